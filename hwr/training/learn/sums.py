"""What the steps between two points of a run's curves add up to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from torch import Tensor

from hwr.training.lines.batches import Batch


@dataclass
class Step:
    """One step's losses, on the device, and the batch that they are of. numbers: the losses once they were fetched."""

    number: int
    losses: dict[str, Tensor]
    batch: Batch
    numbers: dict[str, float] | None = None


@dataclass
class Sums:
    """Of the steps since the last point of the curves: losses and how often each, lines, network pixels of width."""

    losses: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    pixels: int = 0

    def add(self, step: Step) -> None:
        """A step that was fetched."""
        assert step.numbers is not None
        self.losses.update(step.numbers)
        self.counts.update(step.numbers.keys())
        self.lines += step.batch.whole
        self.pixels += step.batch.pixels

    def means(self) -> dict[str, float]:
        return {name: value / self.counts[name] for name, value in self.losses.items()}
