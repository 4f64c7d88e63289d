import pytest
import torch

from hwr.recognizer.network import Recognizer
from hwr.training.learn import precision
from hwr.training.learn.precision import autocast, choose_precision

CPU = torch.device("cpu")


@pytest.fixture
def network(tiny_config):
    return Recognizer(tiny_config, 6)


def test_bfloat16_is_chosen_where_a_step_is_faster_and_nowhere_else(network, monkeypatch):
    monkeypatch.setattr(precision, "_has_bfloat16", lambda device: True)
    seconds = {"float32": 1.0, "bfloat16": 0.5}
    monkeypatch.setattr(precision, "_seconds_a_step", lambda network, name: seconds[name])
    assert choose_precision("auto", network, CPU) == ("bfloat16", "a step in bfloat16 is 2.00 times as fast")
    seconds["bfloat16"] = 0.95
    assert choose_precision("auto", network, CPU)[0] == "float32"
    assert choose_precision("bfloat16", network, CPU)[0] == "bfloat16"
    assert choose_precision("float32", network, CPU) == ("float32", "as asked for")


def test_a_processor_without_bfloat16_says_so(network, monkeypatch):
    monkeypatch.setattr(precision, "_has_bfloat16", lambda device: False)
    monkeypatch.setattr(precision, "_seconds_a_step", lambda *_: pytest.fail("it must not be timed"))
    assert choose_precision("auto", network, CPU) == ("float32", "this processor has no fast bfloat16")
    asked = choose_precision("bfloat16", network, CPU)
    assert asked == ("float32", "this processor has no fast bfloat16, so float32 in its place")


@pytest.mark.slow
def test_choosing_leaves_the_network_and_the_random_numbers_as_they_are(network, monkeypatch):
    monkeypatch.setattr(precision, "_has_bfloat16", lambda device: True)
    before, state = {k: v.clone() for k, v in network.state_dict().items()}, torch.get_rng_state()
    assert choose_precision("auto", network, CPU)[0] in ("float32", "bfloat16")
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(v, before[k]) for k, v in network.state_dict().items())
    assert all(p.grad is None for p in network.parameters())


def test_only_bfloat16_changes_what_a_product_is_computed_with():
    matrix = torch.eye(4)
    with autocast("float32", CPU):
        assert (matrix @ matrix).dtype == torch.float32
    with autocast("bfloat16", CPU):
        assert (matrix @ matrix).dtype == torch.bfloat16
