"""Lines that a person places on a page: what is written within a box, a part of a line, or several lines as one.

Points are (N, 2) pixels of the upload, boxes (4, 2) corners clockwise from the line's top left, as in `LineRegion`.
`ink` is what `hwr.images.page_ink.ink_of` saw; None on a page where it saw nothing, on which a box is taken as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import cv2
import numpy as np

from hwr.images.cut import cut_along
from hwr.images.page import LineRegion, cut_out, cut_upright
from hwr.images.page_ink import PageInk

BASELINE = 0.8  # of a box's height, where no ink tells it
CROSSING = 0.25  # of a piece of ink; less than that beyond a cut goes along with the rest


def drawn(grey: np.ndarray, ink: PageInk | None, box: np.ndarray, others: Sequence[np.ndarray]) -> LineRegion:
    """The line whose writing lies in a box, cut out close about it. others: outlines of the page's other lines.

    A word that reaches into the box but belongs to another line is left to that line. Where there is no ink that stands
    out, the box is the line.
    """
    if ink is not None and (own := _within(ink, box, others)).any():
        return cut_out(grey, ink, _owners(own), 0)
    return _plain(grey, box)


def framed(grey: np.ndarray, ink: PageInk | None, box: np.ndarray, others: Sequence[np.ndarray]) -> LineRegion:
    """The same, cut out along the box itself, whose sides may be turned."""
    across, down = box[1] - box[0], box[3] - box[0]
    size = max(1, round(float(np.hypot(*across)))), max(1, round(float(np.hypot(*down))))
    if ink is None or not (own := _within(ink, box, others)).any():
        return _plain(grey, box)
    turn = np.stack([across / np.hypot(*across), down / np.hypot(*down)])
    matrix = np.column_stack([turn, -turn @ box[0]])
    region = cut_upright(grey, ink, _owners(own), 0, matrix, size)
    return LineRegion(box, matrix, region.grey, region.outline, region.baseline)


def parts(
    grey: np.ndarray, ink: PageInk | None, box: np.ndarray, outline: np.ndarray, axis: Literal["x", "y"], at: float
) -> tuple[LineRegion, LineRegion] | None:
    """The two parts of a line: left and right of an x, or above and below a y, where that meets the line's middle.

    box, outline: of the line. A turned line is cut at right angles to its own direction. None where all is on one side.
    """
    if ink is None:
        return None
    own = np.flatnonzero(_inside(ink, outline))
    side = beyond(ink.to_upload(ink.points[own]), box, axis, at)
    piece = ink.pieces.of[own]
    share = np.bincount(piece, weights=side) / np.maximum(1, np.bincount(piece))
    side = np.where(share[piece] < CROSSING, False, np.where(share[piece] > 1 - CROSSING, True, side))
    if not len(own) or side.all() or not side.any():
        return None
    owners = np.full(len(ink.pieces.x), 2)
    owners[own] = side
    return cut_out(grey, ink, owners, 0), cut_out(grey, ink, owners, 1)


def beyond(points: np.ndarray, box: np.ndarray, axis: Literal["x", "y"], at: float) -> np.ndarray:
    """Which points lie right of an x, or below a y, of a line with this box.

    >>> box = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 4.0], [0.0, 4.0]])
    >>> beyond(np.array([[2.0, 1.0], [7.0, 3.0]]), box, "x", 5.0).tolist()
    [False, True]
    """
    middle, across, down = box.mean(axis=0), box[1] - box[0], box[3] - box[0]
    if axis == "x":
        through = middle + across * ((at - middle[0]) / across[0] if across[0] else 0.0)
        return (points - through) @ across > 0
    return (points - (middle[0], at)) @ down > 0


def joined(grey: np.ndarray, ink: PageInk | None, outlines: Sequence[np.ndarray]) -> LineRegion:
    """Several lines as one."""
    if ink is not None:
        own = np.any([_inside(ink, outline) for outline in outlines], axis=0)
        if own.any():
            return cut_out(grey, ink, _owners(own), 0)
    points = np.concatenate(outlines)
    return _plain(grey, rectangle(*points.min(axis=0), *points.max(axis=0)))


def rectangle(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """(4, 2) corners, clockwise from the top left."""
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=np.float64)


def _plain(grey: np.ndarray, box: np.ndarray) -> LineRegion:
    line = cut_along(grey, box)
    height, width = line.shape
    target = np.array([[0, 0], [width, 0], [0, height]], dtype=np.float32)
    matrix = cv2.getAffineTransform(box[[0, 1, 3]].astype(np.float32), target)
    baseline = box[:2] + BASELINE * (box[[3, 2]] - box[:2])
    return LineRegion(box, np.asarray(matrix), line, box, baseline)


def _owners(own: np.ndarray) -> np.ndarray:
    """0 for a line's own ink, 1 for all other, which is painted over in its cut-out."""
    return np.where(own, 0, 1)


def _within(ink: PageInk, box: np.ndarray, others: Sequence[np.ndarray]) -> np.ndarray:
    """Which pixels of the ink lie in a box and belong there: (N,) bool."""
    inside = _inside(ink, box)
    theirs = np.zeros_like(inside)
    for outline in others:
        theirs |= _inside(ink, outline)
    of, count = ink.pieces.of, ink.pieces.count
    mine = np.bincount(of[inside], minlength=count)
    elsewhere = np.bincount(of[theirs & ~inside], minlength=count)
    is_dust = ink.pieces.area < max(3.0, 0.4 * ink.page.pen**2)
    return inside & ((mine >= elsewhere) & ~is_dust)[of]


def _inside(ink: PageInk, polygon: np.ndarray) -> np.ndarray:
    """Which pixels of the ink lie in a polygon: (N,) bool."""
    shape = np.zeros(ink.mask.shape, np.uint8)
    corners = np.round((ink.to_mask(np.asarray(polygon, dtype=np.float64)) - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(shape, [corners], 1, shift=4)
    return shape[ink.pieces.y, ink.pieces.x] > 0
