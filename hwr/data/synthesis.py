"""Endless training lines, each a pure function of (seed, index): composed strokes, typefaces, varied scans."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from hwr.data.augmentation import on_paper, photographed, rescanned, thickened, warped
from hwr.data.dataset import LineDataset, read_imagefolder
from hwr.data.fonts import draw_text, load_faces
from hwr.data.strokes import SentenceFinder, Writer, compose_line, draw_strokes, load_writers
from hwr.errors import InputError
from hwr.paths import ASSETS
from hwr.recognizer.charset import normalize_text

OWN_SENTENCES = ASSETS / "sentences.txt"


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


def read_paragraphs(path: Path | None, limit: int | None = None) -> list[str]:
    """Paragraphs of a text file (one a line, .gz too); without a file the sentences that ship with the program."""
    path = path or OWN_SENTENCES
    if not path.is_file():
        raise InputError(f"There is no text file at {path}.")
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        paragraphs = [line.strip() for line in lines if line.strip()]
    return paragraphs if limit is None else paragraphs[:: max(1, len(paragraphs) // limit)][:limit]


@dataclass
class StrokeSource:
    """Pen strokes of one writer composed into a line: natural sentences, or (share `loose`) the writer's items at random."""

    path: Path
    split: str
    text: Path | None = None
    loose: float = 0.5

    @cached_property
    def writers(self) -> list[Writer]:
        return load_writers(self.path, self.split)

    @cached_property
    def _natural(self) -> tuple[SentenceFinder, list[tuple[Writer, list[tuple[int, int]]]]]:
        finder = SentenceFinder(read_paragraphs(self.text, limit=12000))
        found = [(writer, finder.runs(writer)) for writer in self.writers]
        return finder, [(writer, runs) for writer, runs in found if len(runs) >= 20]

    def sample(self, rng: np.random.Generator) -> Sample:
        finder, able = self._natural
        if able and rng.random() >= self.loose:
            writer, runs = able[rng.integers(len(able))]
            tokens = finder.sentence(runs, rng)
        else:
            writer = self.writers[rng.integers(len(self.writers))]
            tokens = self._loose_tokens(writer, rng)
        text, strokes = compose_line(writer, tokens, rng)
        coverage = draw_strokes(strokes, rng)
        return Sample(photographed(on_paper(coverage, rng), rng), text, "strokes", str(writer.name))

    def _loose_tokens(self, writer: Writer, rng: np.random.Generator) -> list[str]:
        budget, tokens = int(rng.integers(4, 48)), []
        while budget > 0:
            word = writer.words[rng.integers(len(writer.words))].text
            tokens.append(word)
            budget -= len(word) + 1
        return tokens[:10]


@dataclass
class FontSource:
    """Text drawn in handwriting typefaces: prose, lines of `extra` texts, and made-up numbers, dates and codes."""

    directory: Path
    split: str | None
    text: Path | None = None
    extra: Sequence[str] = field(default_factory=list)

    @cached_property
    def faces(self):
        return load_faces(self.directory, self.split)

    @cached_property
    def _tokens(self) -> list[list[str]]:
        return [normalize_text(p).split() for p in read_paragraphs(self.text, limit=20000)]

    def sample(self, rng: np.random.Generator) -> Sample:
        face = self.faces[rng.integers(len(self.faces))]
        text, coverage = "", np.zeros((1, 1), dtype=np.float32)
        while not text:
            spacing = 1.0 if rng.random() < 0.5 else float(rng.uniform(0.7, 2.2))
            text, coverage = draw_text(self._text(rng), face, int(rng.integers(36, 84)), spacing)
        if rng.random() < 0.35:
            coverage = thickened(coverage, rng)
        pad = max(4, coverage.shape[0] // 6)
        coverage = warped(np.pad(coverage, pad), rng)
        return Sample(photographed(on_paper(coverage, rng), rng), text, "fonts", face.name)

    def _text(self, rng: np.random.Generator) -> str:
        kind = rng.random()
        if self.extra and kind < 0.25:
            return normalize_text(self.extra[int(rng.integers(len(self.extra)))])
        if kind < 0.40:
            return made_up_text(rng)
        words = self._tokens[rng.integers(len(self._tokens))]
        length = int(rng.integers(1, 9))
        start = int(rng.integers(0, max(1, len(words) - length + 1)))
        text = " ".join(words[start : start + length])
        style = rng.random()
        if style < 0.08:
            return text.upper()
        return text.title() if style < 0.12 else text


def made_up_text(rng: np.random.Generator) -> str:
    """Numbers, dates, prices, codes and stray symbols, which prose has few of."""

    def digits(low: int, high: int) -> str:
        return "".join(str(d) for d in rng.integers(0, 10, int(rng.integers(low, high + 1))))

    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    symbols = "!\"#$%&'()*+,-./:;<=>?@[]_{}«»°€£§àâäçèéêëîïôöùûüœæÀÇÈÉÊÔŒñóáíúß"

    def piece() -> str:
        kind = int(rng.integers(0, 8))
        if kind == 0:
            return digits(1, 6)
        if kind == 1:
            return f"{rng.integers(1, 32)}{rng.choice(['/', '.', '-'])}{rng.integers(1, 13)}{rng.choice(['/', '.', '-'])}{rng.integers(1700, 2030)}"
        if kind == 2:
            return f"{rng.choice(['$', '€', '£', ''])}{digits(1, 3)}{rng.choice(['.', ','])}{digits(2, 2)}{rng.choice(['', '%', ' kg', ' km'])}"
        if kind == 3:
            return f"{rng.integers(0, 24)}:{rng.integers(0, 60):02d}"
        if kind == 4:
            return f"({digits(2, 3)}) {digits(3, 3)}-{digits(4, 4)}"
        if kind == 5:
            return "".join(letters[i] for i in rng.integers(0, len(letters), int(rng.integers(1, 7))))
        if kind == 6:
            return "".join(letters[i] for i in rng.integers(0, 26, int(rng.integers(1, 4)))) + digits(1, 4)
        return "".join(symbols[i] for i in rng.integers(0, len(symbols), int(rng.integers(1, 4))))

    return " ".join(piece() for _ in range(int(rng.integers(1, 5))))


@dataclass
class LineSource:
    """Scanned or photographed lines of an imagefolder data set, varied anew each time they are drawn."""

    path: Path
    split: str | None
    augment: bool = True

    @cached_property
    def dataset(self) -> LineDataset:
        return read_imagefolder(self.path, self.split)

    def sample(self, rng: np.random.Generator) -> Sample:
        return self.line(int(rng.integers(len(self.dataset.records))), rng)

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
