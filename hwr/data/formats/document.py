"""A page with its lines, words and characters, as every format says it."""

from __future__ import annotations

from dataclasses import dataclass, field

Points = list[tuple[int, int]]  # x, y in pixels of the image


@dataclass(frozen=True)
class Glyph:
    """One character. alternatives: texts with their confidence (None: not told), the likeliest first."""

    outline: Points
    alternatives: list[tuple[str, float | None]]


@dataclass(frozen=True)
class Word:
    text: str
    outline: Points
    confidence: float | None = None
    glyphs: list[Glyph] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """text: None where nobody has said what the line says. baseline: empty where it is not known."""

    outline: Points
    baseline: Points
    text: str | None
    confidence: float | None = None
    words: list[Word] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """image: the file's name, without folders. lines: in reading order."""

    image: str
    width: int
    height: int
    lines: list[Line]


def box_of(points: Points) -> tuple[int, int, int, int]:
    """x, y, width and height of what the points enclose.

    >>> box_of([(2, 3), (10, 3), (10, 7)])
    (2, 3, 8, 4)
    """
    left, top = min(x for x, _ in points), min(y for _, y in points)
    return left, top, max(x for x, _ in points) - left, max(y for _, y in points) - top


def rectangle(x: int, y: int, width: int, height: int) -> Points:
    """The corners of a box, clockwise from the top left."""
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]
