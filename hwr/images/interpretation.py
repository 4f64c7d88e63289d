"""How an image is taken: which way up it lies and whether it is one line, told by how surely it is read. A line that is
upside down still looks like writing, and the upper halves of its letters like a line of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hwr.images.load import Upload
from hwr.images.page import LineRegion

TURNS = (180, 90, 270)  # degrees clockwise that are tried, the likeliest first
UNSURE = 0.86  # a page that is read with less confidence may lie the wrong way; upside down lines reach 0.83
MARGIN = 0.1  # by which another direction must be read more surely
LINES_TRIED = 6  # the widest lines of each direction
# What is found on an image that may be one line: so many lines at most, so much wider than high all together.
MOST_PARTS, WIDER = 8, 1.5
SPLIT_MARGIN = 0.03  # by which the parts of an image must be read more surely than the whole, or it is one line


@dataclass(frozen=True)
class Tried:
    """How one way to look at an image reads. confidence: mean over characters; characters: how many there are."""

    confidence: float
    characters: int


def turned(upload: Upload, degrees: int) -> Upload:
    """The upload turned clockwise by a multiple of 90 degrees.

    >>> turned(Upload("a", 1, 1, np.zeros((2, 3, 3), np.uint8)), 90).rgb.shape
    (3, 2, 3)
    """
    return replace(upload, rgb=np.ascontiguousarray(np.rot90(upload.rgb, -degrees // 90)))


def best_turn(tried: Mapping[int, Tried]) -> int:
    """The direction, in degrees clockwise, to read in: 0 unless another one is much surer of no fewer than half the letters.

    >>> best_turn({0: Tried(0.7, 40), 180: Tried(0.95, 42)}), best_turn({0: Tried(0.7, 40), 90: Tried(0.95, 3)})
    (180, 0)
    """
    most = max(one.characters for one in tried.values())
    whole = {degrees: one for degrees, one in tried.items() if 2 * one.characters >= most}
    best = max(whole, key=lambda degrees: whole[degrees].confidence)
    return best if whole[best].confidence >= tried[0].confidence + MARGIN else 0


def may_be_one_line(regions: Sequence[LineRegion]) -> bool:
    """Whether an image may be a single line where these were found on it: none at all, or a few that are together wider
    than high."""
    if len(regions) < 2:
        return not regions
    boxes = np.array([region.box for region in regions])
    (left, top), (right, bottom) = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return len(regions) <= MOST_PARTS and right - left >= WIDER * (bottom - top)


def is_one_line(parts: Tried, whole: Tried) -> bool:
    """Whether an image is read as one line, given how it reads in parts and as a whole.

    Two lines that are read as one are guessed at. Parts of one are, too, and are many letters more; where there are none,
    the whole is read surely or not at all.

    >>> is_one_line(Tried(0.8, 60), Tried(0.95, 48)), is_one_line(Tried(0.99, 90), Tried(0.9, 50))
    (True, False)
    >>> is_one_line(Tried(0.0, 0), Tried(0.9, 50)), is_one_line(Tried(0.0, 0), Tried(0.7, 50))
    (True, False)
    """
    if not parts.characters:
        return whole.confidence >= UNSURE
    return 3 * whole.characters >= parts.characters and whole.confidence >= parts.confidence - SPLIT_MARGIN
