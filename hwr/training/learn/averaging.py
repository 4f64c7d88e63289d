"""Weights between weights: the moving average of a run, and its blend with those that the run began with."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hwr.recognizer.checkpoint import load_checkpoint


class MovingAverage:
    """Exponential moving average of a module's state; young ones forget faster (decay at most (1 + step) / (10 + step)).

    weights: as the module's state_dict, on its device. Numbers that are not floating point are the latest.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.module, self.decay = module, decay
        self.weights = {key: value.clone() for key, value in module.state_dict().items()}

    def update(self, step: int) -> None:
        """Move towards what the module is after step number `step`, from 0."""
        decay = min(self.decay, (1 + step) / (10 + step))
        for key, value in self.module.state_dict().items():
            if value.is_floating_point():
                self.weights[key].lerp_(value, 1 - decay)
            else:
                self.weights[key].copy_(value)

    def load(self, weights: dict[str, Tensor]) -> None:
        """Go on from weights that were saved. Raises KeyError or RuntimeError where they do not fit."""
        for key, value in self.weights.items():
            value.copy_(weights[key])


def weights_of(source: str) -> dict[str, Tensor]:
    """State of the checkpoint `source` (a directory or name), drawing no random numbers. Raises InputError."""
    with torch.random.fork_rng():
        return load_checkpoint(source).network.state_dict()


def blended(start: Tensor | None, learned: Tensor, share: float) -> Tensor:
    """`share` of what was learned, the rest of the start; rows that the start does not have are as they were learned.

    >>> blended(torch.tensor([0.0, 4.0]), torch.tensor([4.0, 8.0, 5.0]), 0.25)
    tensor([1., 5., 5.])
    """
    if start is None or not learned.is_floating_point():
        return learned
    rows = len(start)
    return torch.cat([start.to(learned).lerp(learned[:rows], share), learned[rows:]])
