"""Supplies of lines to learn from: what one line is, and where the next one comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from hwr.data.augmentation import rescanned
from hwr.data.dataset import LineDataset, read_imagefolder
from hwr.recognizer.charset import normalize_text


@dataclass(frozen=True)
class Sample:
    """One line to learn from: (H, W) uint8 grey image, its text, and where it comes from."""

    grey: np.ndarray
    text: str
    source: str
    writer: str | None = None


class Source(Protocol):
    """A supply of lines: `sample(rng)` draws one."""

    def sample(self, rng: np.random.Generator) -> Sample: ...


@dataclass
class LineSource:
    """Scanned or photographed lines of an imagefolder data set, varied anew each time they are drawn."""

    path: Path
    split: str | None
    augment: bool = True
    weights: Sequence[float] | None = None  # how often each record is drawn (None: all as often)

    @cached_property
    def dataset(self) -> LineDataset:
        return read_imagefolder(self.path, self.split)

    def sample(self, rng: np.random.Generator) -> Sample:
        if self.weights is None:
            return self.line(int(rng.integers(len(self.dataset.records))), rng)
        weights = np.asarray(self.weights)
        return self.line(int(rng.choice(len(weights), p=weights / weights.sum())), rng)

    def line(self, index: int, rng: np.random.Generator) -> Sample:
        """The record of that index, varied by `rng`."""
        record = self.dataset.records[index]
        grey = record.grey()
        if self.augment:
            grey = rescanned(grey, rng)
        return Sample(grey, normalize_text(record.text), "lines", record.writer or record.page)


@dataclass
class Mixture:
    """Several sources, drawn from by weight."""

    sources: Sequence[tuple[float, Source]]

    def sample(self, rng: np.random.Generator) -> Sample:
        weights = np.array([weight for weight, _ in self.sources])
        return self.sources[rng.choice(len(self.sources), p=weights / weights.sum())][1].sample(rng)


def synthesize(source: Source, count: int, seed: int) -> Iterator[Sample]:
    """`count` lines; line i depends on (seed, i) alone."""
    for index in range(count):
        yield source.sample(np.random.default_rng((seed, index)))
