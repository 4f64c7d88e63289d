"""The one front door: load a recogniser, read an image."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hwr.images.line import LineGeometry


@dataclass(frozen=True)
class Character:
    """One character of a reading: its frames, its span in pixels of the upload, the confidence that it is right."""

    text: str
    first_frame: int
    last_frame: int
    x0: float
    x1: float
    confidence: float


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
    pixels: (H, W) float32 network pixels, ink 1. polygon: (4, 2) corners of the line in the upload.
    seconds: time spent per step ("prepare", "network", "decode").
    """

    text: str
    confidence: float
    characters: list[Character]
    words: list[Word]
    log_probs: np.ndarray
    pixels: np.ndarray
    geometry: LineGeometry
    polygon: np.ndarray
    charset: str
    model: str
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class PageReading:
    """All lines of one uploaded image, top to bottom. rgb: (H, W, 3) uint8, upright, as the polygons refer to it."""

    image: str
    rgb: np.ndarray
    lines: list[Reading]
    model: str
    seconds: float

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)

    @property
    def confidence(self) -> float:
        """The lines' confidences weighted by their characters; 0 where nothing was read."""
        weights = [max(1, len(line.characters)) for line in self.lines]
        return float(np.average([line.confidence for line in self.lines], weights=weights)) if self.lines else 0.0
