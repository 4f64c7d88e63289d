"""Which way up a page lies, told by how surely it is read: a line that is upside down still looks like writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from hwr.images.load import Upload

TURNS = (180, 90, 270)  # degrees clockwise that are tried, the likeliest first
UNSURE = 0.86  # a page that is read with less confidence may lie the wrong way; upside down lines reach 0.83
MARGIN = 0.1  # by which another direction must be read more surely
LINES_TRIED = 6  # the widest lines of each direction


@dataclass(frozen=True)
class Tried:
    """How one direction reads. confidence: mean over characters; characters: how many there are."""

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
