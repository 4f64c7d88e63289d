"""Lines that are drawn as they are needed, each a pure function of (seed, index): composed strokes, typefaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from hwr.data.augmentation import on_paper, photographed, thickened, warped
from hwr.data.fonts import draw_text, load_faces
from hwr.data.pens import draw_strokes
from hwr.data.prose import (
    SentenceFinder,
    cut_to,
    made_up_text,
    mixed_with_numbers,
    number_in_prose,
    read_paragraphs,
    wanted_length,
    with_marks,
)
from hwr.data.strokes import Writer, compose_line, load_writers, spells
from hwr.data.supply import Sample
from hwr.errors import InputError
from hwr.recognizer.charset import normalize_text


@dataclass
class StrokeSource:
    """Pen strokes of one writer composed into a line as long as real ones are.

    Natural runs of the writer's words joined, or (share `loose`) the writer's words at random. With `numbers`, a share of
    the words, only writers of all ten digits are drawn from, and a number is set of their digits. without: numbers of
    writers that are left out.
    """

    path: Path
    split: str
    text: Path | None = None
    loose: float = 0.5
    numbers: float = 0.0
    without: Sequence[int] = ()

    @cached_property
    def writers(self) -> list[Writer]:
        writers = load_writers(self.path, self.split, self.without)
        if not self.numbers:
            return writers
        able = [writer for writer in writers if all(digit in writer.by_text for digit in "0123456789")]
        if not able:
            raise InputError("data.no_digits", path=self.path, split=self.split)
        return able

    @cached_property
    def _natural(self) -> tuple[SentenceFinder, list[tuple[Writer, list[tuple[int, int]]]]]:
        finder = SentenceFinder(read_paragraphs(self.text, limit=12000))
        found = [(writer, finder.runs(writer.by_text)) for writer in self.writers]
        return finder, [(writer, runs) for writer, runs in found if len(runs) >= 20]

    def sample(self, rng: np.random.Generator) -> Sample:
        finder, able = self._natural
        if able and rng.random() >= self.loose:
            writer, runs = able[rng.integers(len(able))]
            tokens = finder.line(runs, wanted_length(rng), rng)
        else:
            writer = self.writers[rng.integers(len(self.writers))]
            tokens = self._loose_tokens(writer, rng)
        if self.numbers:
            tokens = _with_own_numbers(writer, tokens, self.numbers, rng)
        text, strokes = compose_line(writer, tokens, rng)
        coverage = draw_strokes(strokes, rng)
        return Sample(photographed(on_paper(coverage, rng), rng), text, "strokes", str(writer.name))

    def _loose_tokens(self, writer: Writer, rng: np.random.Generator) -> list[str]:
        characters, tokens = wanted_length(rng), []
        while sum(len(token) + 1 for token in tokens) <= characters:
            tokens.append(with_marks(writer.words[rng.integers(len(writer.words))].text, rng))
        return cut_to(tokens, characters)


def _with_own_numbers(writer: Writer, tokens: list[str], share: float, rng: np.random.Generator) -> list[str]:
    """A `share` of the tokens replaced by numbers that the writer's signs can spell."""
    tokens = list(tokens)
    for place in np.flatnonzero(rng.random(len(tokens)) < share):
        tokens[place] = next(n for n in iter(lambda: number_in_prose(rng), "") if spells(writer, n))
    return tokens


@dataclass
class FontSource:
    """Text drawn in handwriting typefaces: prose, lines of `extra` texts, and made-up numbers, dates and codes.

    With `numbers` it is prose alone, a share of its words numbers.
    """

    directory: Path
    split: str | None
    text: Path | None = None
    extra: Sequence[str] = field(default_factory=list)
    numbers: float = 0.0

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
            text, coverage = draw_text(self._text(rng), face, int(rng.integers(28, 60)), spacing, hinted=False)
        if rng.random() < 0.35:
            coverage = thickened(coverage, rng)
        pad = max(4, coverage.shape[0] // 6)
        coverage = warped(np.pad(coverage, pad), rng)
        return Sample(photographed(on_paper(coverage, rng), rng), text, "fonts", face.name)

    def _text(self, rng: np.random.Generator) -> str:
        kind = rng.random()
        if self.numbers:
            kind = 1.0
        if self.extra and kind < 0.25:
            return normalize_text(self.extra[int(rng.integers(len(self.extra)))])
        if kind < 0.40:
            return made_up_text(rng)
        words = self._tokens[rng.integers(len(self._tokens))]
        start = int(rng.integers(len(words)))
        words = words[start:]
        if self.numbers:
            words = mixed_with_numbers(words, self.numbers, rng)
        text = " ".join(cut_to(words, wanted_length(rng)))
        style = rng.random()
        if style < 0.08:
            return text.upper()
        return text.title() if style < 0.12 else text
