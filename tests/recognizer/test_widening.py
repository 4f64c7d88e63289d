"""A widened network reads as before, and learns with all that it has."""

import pytest
import torch

from hwr.errors import InputError
from hwr.recognizer.config import Stage
from hwr.recognizer.network import Recognizer
from hwr.recognizer.widening import widened


@pytest.fixture
def narrow(tiny_config):
    torch.manual_seed(0)
    network = Recognizer(tiny_config, 7).train()
    network(torch.rand(4, 64, 96))  # norms that have seen something
    return network.eval()


@pytest.fixture
def wider_config(tiny_config):
    stages = (Stage(1, 8), Stage(1, 12, pool=(2, 2)), Stage(1, 24, pool=(2, 1)))
    return tiny_config.replace(stages=stages, lstm_hidden=20)


def test_a_widened_network_gives_the_same_logits(narrow, tiny_config):
    stages = (Stage(1, 12), Stage(1, 12, pool=(2, 2)), Stage(1, 24, pool=(2, 1)))
    wide = widened(narrow, tiny_config.replace(stem_channels=12, stages=stages, lstm_hidden=20)).eval()
    images, widths = torch.rand(3, 64, 96), torch.tensor([96, 64, 32])
    old, new = narrow(images, widths), wide(images, widths)
    assert torch.allclose(old.logits, new.logits, atol=1e-5)
    assert torch.allclose(old.shortcut_logits, new.shortcut_logits, atol=1e-5)
    assert sum(p.numel() for p in wide.parameters()) > 1.5 * sum(p.numel() for p in narrow.parameters())


def test_what_is_new_learns(narrow, tiny_config):
    stages = (Stage(1, 8), Stage(1, 8, pool=(2, 2)), Stage(1, 24, pool=(2, 1)))
    wide = widened(narrow, tiny_config.replace(stages=stages, lstm_hidden=20)).train()
    wide(torch.rand(3, 64, 96)).logits.square().sum().backward()
    gradient = wide.head.weight.grad
    assert gradient is not None
    assert gradient[:, 12:20].abs().min() > 0  # the new units of the forward direction are listened to


def test_only_widths_may_differ_and_none_may_shrink(narrow, tiny_config, wider_config):
    with pytest.raises(InputError, match="cannot be widened"):
        widened(narrow, wider_config)  # a block that passed its input on would get a convolution in its place
    with pytest.raises(InputError, match="cannot be widened"):
        widened(narrow, tiny_config.replace(lstm_hidden=8))
    with pytest.raises(InputError, match="cannot be widened"):
        widened(narrow, tiny_config.replace(lstm_layers=3))
