"""The moving average of weights, by hand."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from hwr.training.learn.averaging import MovingAverage


@pytest.fixture
def norm() -> nn.BatchNorm1d:
    norm = nn.BatchNorm1d(1)
    nn.init.zeros_(norm.weight)
    return norm


def test_young_averages_forget_faster(norm):
    average = MovingAverage(norm, decay=0.5)
    nn.init.ones_(norm.weight)
    norm.num_batches_tracked.fill_(7)
    assert average.weights["weight"].item() == 0  # a copy
    average.update(0)  # decay 1 / 10
    assert average.weights["weight"].item() == pytest.approx(0.9)
    average.update(2)  # decay 3 / 12
    assert average.weights["weight"].item() == pytest.approx(0.975)
    average.update(1000)  # decay 0.5, not 1001 / 1010
    assert average.weights["weight"].item() == pytest.approx(0.9875)
    assert average.weights["num_batches_tracked"].item() == 7  # a count has no mean


def test_saved_weights_are_copied_and_must_fit(norm):
    average = MovingAverage(norm, decay=0.5)
    saved = {key: torch.full_like(value, 3) for key, value in average.weights.items()}
    average.load(saved)
    nn.init.ones_(norm.weight)
    average.update(1000)
    assert average.weights["weight"].item() == 2
    assert saved["weight"].item() == 3
    with pytest.raises(KeyError):
        average.load({"weight": torch.zeros(1)})
    with pytest.raises(RuntimeError):
        average.load(saved | {"weight": torch.zeros(2, 2)})
