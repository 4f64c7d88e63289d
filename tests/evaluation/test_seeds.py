"""Differences over lines and over seeds, by hand."""

from __future__ import annotations

import pytest

from hwr.evaluation.error_rates import line_errors
from hwr.evaluation.seeds import seeded_difference, t_interval, t_quantile


def edits(*texts: str):
    return {f"{i}": line_errors("abcd", text) for i, text in enumerate(texts)}


def test_seeds_are_pooled_line_by_line():
    first = {1: edits("abcx", "abcd"), 2: edits("abxx", "abcd"), 9: edits("xxxx", "xxxx")}
    second = {1: edits("abcd", "abcx"), 2: edits("abcd", "abcd")}
    found = seeded_difference(first, second)
    assert found is not None
    assert found.over_seeds is not None
    d = found.over_lines.difference
    assert d.value == pytest.approx((1 - 3) / 16), "the seed that only one has is left out"
    assert (d.low, d.high) == pytest.approx((-3 / 8, 1 / 8)), "line 0 twice: -3 of 8; line 1 twice: 1 of 8"
    assert found.by_seed == {1: 0.0, 2: -2 / 8}
    half = 12.706 * (0.25 / 2**0.5) / 2**0.5  # the standard deviation of two is their distance over the root of two
    assert found.over_seeds.value == pytest.approx(d.value)
    assert (found.over_seeds.low, found.over_seeds.high) == pytest.approx((-0.125 - half, -0.125 + half), rel=1e-4)
    assert found.to_dict()["over_seeds"]["value"] == found.to_dict()["value"]


def test_one_seed_says_nothing_of_seeds_and_none_says_nothing():
    one = seeded_difference({1: edits("abcx")}, {1: edits("abcd"), 2: edits("abcd")})
    assert one is not None
    assert one.over_seeds is None
    assert seeded_difference({1: edits("a")}, {2: edits("a")}) is None


@pytest.mark.parametrize(
    ("degrees", "quantile"), [(1, 12.7062), (2, 4.3027), (3, 3.1824), (9, 2.2622), (30, 2.0423), (1000, 1.9623)]
)
def test_quantiles_are_those_of_the_printed_tables(degrees, quantile):
    assert t_quantile(0.975, degrees) == pytest.approx(quantile, rel=1e-4)
    assert t_quantile(0.025, degrees) == pytest.approx(-quantile, rel=1e-4)
    assert t_quantile(0.5, degrees) == pytest.approx(0, abs=1e-6)


def test_an_interval_of_three_values_by_hand():
    found = t_interval([1.0, 2.0, 6.0])  # mean 3, squares 4 + 1 + 9 over 2 degrees
    assert found.value == 3
    assert found.high - 3 == pytest.approx(4.3027 * (7 / 3) ** 0.5, rel=1e-4)
    assert 3 - found.low == pytest.approx(found.high - 3)
