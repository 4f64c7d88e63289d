"""What a reading is: the dataclasses that the reader gives to everyone else. They load without torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np

from hwr.images.line import LineGeometry
from hwr.images.load import Upload
from hwr.images.page import LineRegion


@dataclass(frozen=True)
class Character:
    """One character of a reading: its frames, its span in pixels of the upload, the confidence that it is right.

    log_prob: mean over its frames of the log posterior of its class, nats.
    """

    text: str
    first_frame: int
    last_frame: int
    x0: float
    x1: float
    confidence: float
    log_prob: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "x0": round(self.x0, 1),
            "x1": round(self.x1, 1),
            "confidence": round(self.confidence, 4),
        }


@dataclass(frozen=True)
class Word:
    """One word of a reading; `start` and `end` index `Reading.characters` (end exclusive)."""

    text: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True)
class Reading:
    """What the recogniser says one line is.

    log_probs: (T, C) float32, temperature applied, class 0 blank; characters of class c > 0: charset[c - 1].
    log_prob: of the path through the frames that gives the text, nats. pixels: (H, W) float32 network pixels, ink 1.
    polygon: (4, 2) corners of the line in the upload. seconds: this line's share of each
    step ("prepare", "network", "decode").
    """

    text: str
    confidence: float
    characters: list[Character]
    words: list[Word]
    log_probs: np.ndarray
    log_prob: float
    pixels: np.ndarray
    geometry: LineGeometry
    polygon: np.ndarray
    charset: str
    model: str
    seconds: dict[str, float] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Text, confidence, characters and the line's corners, ready for JSON."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "characters": [c.to_dict() for c in self.characters],
            "polygon": np.round(self.polygon, 1).tolist(),
        }


@dataclass(frozen=True)
class ReadPage:
    """A page with its lines in reading order. upload: turned clockwise by so many degrees to be read, as the regions refer
    to it. readings: of the regions that have ink, told by their polygons."""

    upload: Upload
    regions: list[LineRegion]
    readings: list[Reading]
    turned: int = 0


@dataclass(frozen=True)
class PageReading:
    """All lines of one uploaded image, in reading order. rgb: (H, W, 3) uint8, upright, as the polygons refer to it.

    page: which page of its file this is, of so many pages; both 1 for a plain image. turned: degrees clockwise by which
    the upload was turned to be read, for it lay the wrong way; rgb and polygons are of the turned image.
    """

    image: str
    rgb: np.ndarray
    lines: list[Reading]
    model: str
    seconds: float
    page: int = 1
    pages: int = 1
    turned: int = 0

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def confidence(self) -> float:
        """Share of the characters expected to be right; 0 where nothing was read."""
        weights = [max(1, len(line.characters)) for line in self.lines]
        return float(np.average([line.confidence for line in self.lines], weights=weights)) if self.lines else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The object that `python -m hwr read --json` and the web API give for one image.

        `characters` runs over all lines; an image of several lines also has `lines`, each with its own, and a page of
        several its `page` and `pages`; one that was turned to be read by how many degrees clockwise, in `turned`.
        """
        lines = [line.to_dict() for line in self.lines]
        result: dict[str, Any] = {
            "image": self.image,
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "characters": [c for line in lines for c in line["characters"]],
            "model": self.model,
            "seconds": round(self.seconds, 3),
        }
        if len(lines) > 1:
            result["lines"] = lines
        if self.pages > 1:
            result |= {"page": self.page, "pages": self.pages}
        if self.turned:
            result["turned"] = self.turned
        return result


@dataclass(frozen=True)
class Weights:
    """total = log p(text | line) + alpha * log P_lm(text) + beta * characters + gamma * log P_ngram(text)."""

    alpha: float = 0.0
    beta: float = 0.0
    gamma: float = 0.0


LANGUAGE_OFF = Weights()


@dataclass(frozen=True)
class Hypothesis:
    """One text of a line and what speaks for it.

    visual: exact CTC score log p(text | line), nats. language: log P(text) of a language model, nats, None where none
    was asked. length: characters. ngram: log P(text) of the character n-gram, nats. total: what it is ranked by.
    """

    text: str
    visual: float
    language: float | None
    length: int
    total: float = 0.0
    ngram: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """One entry of `hypotheses` as the command line and the web API give it."""
        language = None if self.language is None else round(self.language, 4)
        return {
            "text": self.text,
            "ctc": round(self.visual, 4),
            "lm": language,
            "ngram": round(self.ngram, 4),
            "length": self.length,
            "total": round(self.total, 4),
        }


@dataclass(frozen=True)
class NBest:
    """The likeliest texts of one line, and which of them language prefers.

    greedy: what the recogniser reads by itself. hypotheses: best first at `weights`, the greedy text among them. lm:
    name of the language model that scored them, None where none did. tuned: the validation set that chose the weights,
    "" where nobody has measured them. problem: why the language model did not score, for the person who asked.
    seconds: of each step ("beam", "exact", "language").
    """

    greedy: str
    hypotheses: list[Hypothesis]
    weights: Weights = LANGUAGE_OFF
    lm: str | None = None
    tuned: str = ""
    problem: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text to show: the first hypothesis, or the greedy text where language is off or there is none."""
        return self.greedy if self.weights == LANGUAGE_OFF or not self.hypotheses else self.hypotheses[0].text

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "greedy": self.greedy,
            "text": self.text,
            "hypotheses": [h.to_dict() for h in self.hypotheses],
            **asdict(self.weights),
            "lm": self.lm,
            "tuned": self.tuned,
            "problem": self.problem,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> NBest:
        """What `to_dict` wrote."""
        hypotheses = [
            Hypothesis(h["text"], h["ctc"], h["lm"], h["length"], h["total"], h["ngram"]) for h in values["hypotheses"]
        ]
        weights = Weights(values["alpha"], values["beta"], values["gamma"])
        return cls(values["greedy"], hypotheses, weights, values["lm"], values["tuned"], values["problem"])


@runtime_checkable
class LineReader(Protocol):
    """What the interface and the examples ask of a reader; `hwr.reader.Reader` says what each gives and raises."""

    @property
    def name(self) -> str: ...

    @property
    def card(self) -> str: ...

    def read(
        self, source: Any, *, lines: Literal["auto", "single"] = "auto", turn: int | None = None
    ) -> PageReading: ...

    def read_pages(self, source: Any, *, lines: Literal["auto", "single"] = "auto") -> list[PageReading]: ...

    def read_page(self, upload: Upload) -> ReadPage: ...

    def read_lines(self, greys: Sequence[np.ndarray]) -> Sequence[Reading | None]: ...

    def align(self, reading: Reading, text: str) -> Reading: ...

    def n_best(self, reading: Reading, n_best: int = 16, *, lm: str | None = None) -> NBest: ...
