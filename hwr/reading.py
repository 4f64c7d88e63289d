"""What a reading is: the dataclasses that the reader gives to everyone else. They load without torch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hwr.images.line import LineGeometry


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
class PageReading:
    """All lines of one uploaded image, in reading order. rgb: (H, W, 3) uint8, upright, as the polygons refer to it.

    page: which page of its file this is, of so many pages; both 1 for a plain image.
    """

    image: str
    rgb: np.ndarray
    lines: list[Reading]
    model: str
    seconds: float
    page: int = 1
    pages: int = 1

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
        several its `page` and `pages`.
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
        return result
