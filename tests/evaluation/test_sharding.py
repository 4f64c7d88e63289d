import pytest

from hwr.evaluation import sharding


def lengths(words):
    return [len(word) for word in words]


def test_a_process_alone_does_all_the_work():
    assert sharding.rank_and_world() == (0, 1)
    assert sharding.sharded(lengths, ["a", "bb", "ccc"]) == [1, 2, 3]
    assert sharding.gathered("mine") == ["mine"]


@pytest.mark.parametrize("rank", range(3))
@pytest.mark.parametrize("items", [[], ["a"], ["a", "bb", "ccc", "dddd", "eeeee", "ffffff", "ggggggg"]])
def test_shares_of_three_are_put_together_in_the_order_of_the_items(monkeypatch, items, rank):
    monkeypatch.setattr(sharding, "rank_and_world", lambda: (rank, 3))
    monkeypatch.setattr(sharding, "gathered", lambda mine: [lengths(items[other::3]) for other in range(3)])
    seen = []
    assert sharding.sharded(lambda share: seen.extend(share) or lengths(share), items) == lengths(items)
    assert seen == items[rank::3]
