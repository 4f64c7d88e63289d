"""From a source of lines to batches of tensors; batch number k is a pure function of (seed, k)."""

from __future__ import annotations

import os
import signal
from collections import Counter
from dataclasses import dataclass, field

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from hwr.data.supply import Sample, Source
from hwr.decoding.alignment import frames_needed
from hwr.errors import InputError
from hwr.reader import prepare
from hwr.recognizer.charset import Charset
from hwr.recognizer.config import RecognizerConfig
from hwr.recognizer.network import padded_width
from hwr.sentences import Sentence

MOST_BATCHES, MOST_LINES = 8, 1024  # of a chunk, whose lines are sorted by width together
NO_MARGINS = (0.0, 0.0, 0.0, 0.0)


@dataclass
class PreparedSample:
    """One line for the network: pixels (H, W) uint8 (ink 255), W a multiple of the network's; labels of its text."""

    pixels: np.ndarray
    labels: list[int]
    text: str


@dataclass
class Batch:
    """B lines: images (B, H, W) uint8, widths (B,), labels (sum of label_lengths,), label_lengths (B,), texts.

    dropped counts the lines that were drawn for this batch and could not be used, by reason. whole: lines of the batch in
    all processes together, pixels: their widths added up, padding left out.
    """

    images: Tensor
    widths: Tensor
    labels: Tensor
    label_lengths: Tensor
    texts: list[str]
    dropped: Counter[str] = field(default_factory=Counter)
    whole: int = 0
    pixels: int = 0

    def __post_init__(self) -> None:
        self.whole = self.whole or len(self.texts)
        self.pixels = self.pixels or int(self.widths.sum())


def prepare_sample(
    sample: Sample,
    charset: Charset,
    config: RecognizerConfig,
    max_width: int,
    rng: np.random.Generator | None = None,
) -> PreparedSample | str:
    """The network's pixels and labels of a sample, or the reason why it cannot be used.

    rng: vary how much paper is left around the ink, as a line finder would.
    """
    labels = charset.encode(sample.text).labels
    if not labels:
        return Sentence("training.left.no_characters")
    margins = NO_MARGINS if rng is None or rng.random() < 0.5 else tuple(rng.exponential(0.05, 4).tolist())
    try:
        line = prepare(sample.grey, config, margins=margins)
    except InputError:
        return Sentence("training.left.no_ink")
    if line.pixels.shape[1] > max_width:
        return Sentence("training.left.too_wide")
    if line.geometry.frames < frames_needed(labels):
        return Sentence("training.left.text_too_long")
    return PreparedSample((line.pixels * 255).astype(np.uint8), labels, sample.text)


def collate(samples: list[PreparedSample], dropped: Counter[str] | None = None, rank: int = 0, world: int = 1) -> Batch:
    """Pad to the widest, and that to one of few widths; of several processes each takes every `world`-th line."""
    width = padded_width(max(sample.pixels.shape[1] for sample in samples))
    whole, pixels, samples = len(samples), sum(sample.pixels.shape[1] for sample in samples), samples[rank::world]
    images = np.zeros((len(samples), samples[0].pixels.shape[0], width), dtype=np.uint8)
    for row, sample in zip(images, samples, strict=True):
        row[:, : sample.pixels.shape[1]] = sample.pixels
    return Batch(
        torch.from_numpy(images),
        torch.tensor([sample.pixels.shape[1] for sample in samples]),
        torch.tensor([label for sample in samples for label in sample.labels]),
        torch.tensor([len(sample.labels) for sample in samples]),
        [sample.text for sample in samples],
        dropped or Counter(),
        whole,
        pixels,
    )


def batches_a_chunk(batch_size: int) -> int:
    """How many batches are made together: many, so that little is padded, but the first step waits for a whole chunk.

    >>> batches_a_chunk(16), batches_a_chunk(256), batches_a_chunk(4096)
    (8, 4, 1)
    """
    return max(1, min(MOST_BATCHES, MOST_LINES // batch_size))


class ChunkedBatches(Dataset[list[Batch]]):
    """Item c is chunk c: `batches_a_chunk` batches of similar width in random order.

    Sample i is drawn with the generator seeded (seed, i), so a run can start again at any chunk. With several
    processes each takes every `world`-th line of every batch; local: it draws no others, and what it sorts into batches of
    similar width are its own lines.
    """

    def __init__(
        self,
        source: Source,
        charset: Charset,
        config: RecognizerConfig,
        *,
        batch_size: int,
        chunks: int,
        seed: int,
        max_width: int,
        augment: bool = True,
        rank: int = 0,
        world: int = 1,
        local: bool = False,
    ) -> None:
        self.source, self.charset, self.config = source, charset, config
        self.batch_size, self.chunks, self.seed = batch_size, chunks, seed
        self.max_width, self.augment = max_width, augment
        self.rank, self.world, self.local = rank, world, local

    def __len__(self) -> int:
        return self.chunks

    def __getitem__(self, chunk: int) -> list[Batch]:
        count = batches_a_chunk(self.batch_size)
        first, lines = chunk * count * self.batch_size, range(count * self.batch_size)
        drawn = [i for i in lines if not self.local or i % self.batch_size % self.world == self.rank]
        dropped: Counter[str] = Counter()
        samples = sorted((self.sample(first + i, dropped) for i in drawn), key=_width)
        size = len(samples) // count
        batches = [samples[i : i + size] for i in range(0, len(samples), size)]
        order = np.random.default_rng((self.seed, chunk, 1)).permutation(count)
        counted = [dropped] + [Counter() for _ in batches[1:]]
        return [self._batch(batches[k], c) for k, c in zip(order, counted, strict=True)]

    def _batch(self, samples: list[PreparedSample], dropped: Counter[str]) -> Batch:
        if not self.local:
            return collate(samples, dropped, self.rank, self.world)
        batch = collate(samples, dropped)
        batch.pixels = batch.pixels * self.batch_size // len(samples)  # the others' lines are not known here
        batch.whole = self.batch_size
        return batch

    def sample(self, index: int, dropped: Counter[str] | None = None) -> PreparedSample:
        """Draw sample `index`; one that cannot be used is counted and replaced by the next of the same stream."""
        rng, dropped = np.random.default_rng((self.seed, index)), Counter() if dropped is None else dropped
        for _ in range(50):
            sample = prepare_sample(
                self.source.sample(rng), self.charset, self.config, self.max_width, rng if self.augment else None
            )
            if isinstance(sample, PreparedSample):
                return sample
            dropped[sample] += 1
        raise InputError(
            "training.no_line_in_a_row", reasons=", ".join((f"{reason}: {n}" for reason, n in dropped.items()))
        )


def _width(sample: PreparedSample) -> int:
    return sample.pixels.shape[1]


def worker_count(wanted: int, device: str) -> int:
    """How many processes prepare batches: as many as wanted, or (-1) one beside a CPU, all other cores beside a GPU."""
    if wanted >= 0:
        return wanted
    return 1 if device == "cpu" else max(1, (os.cpu_count() or 2) - 1)


def begin_worker(_number: int) -> None:
    """Keep a loader process to one thread, so that it does not take the cores from the network, and alive when a run is
    asked to stop: Ctrl-C and many a scheduler signal all processes at once, and the training process needs a whole step."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
