"""Printed lines of the paper: ruling, squares and margins, which are long, thin and straight or gently bent."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import cv2
import numpy as np

REDUCED = 4  # pixels along a line that are looked at as one
DARKER = 0.4  # of a printed line's own tone, by which a stroke that runs along it stands out
SLOPES = np.linspace(-0.06, 0.06, 9)  # of a printed line on a bent sheet


def printed_lines(excess: np.ndarray, least: np.ndarray, dark: float, pen: float) -> np.ndarray:
    """Which pixels are printed lines and not strokes that cross them, (h, w) bool.

    excess: (h, w) uint8, how much light each pixel of the page, turned upright, takes; least: the same of what is no
    noise; dark: from where on it is a stroke; pen: stroke width in pixels.
    """
    thick = int(np.ceil(max(4.0, 1.6 * pen)))
    across = _long_lines(excess, least, dark, pen, thick, share=0.3)
    # Down the page no row of small letters can be taken for a line, so that a margin may stand beside one of the squares.
    broad = int(np.ceil(max(8.0, 2.5 * pen)))
    turned = np.ascontiguousarray(excess.T), np.ascontiguousarray(least.T)
    down = _long_lines(*turned, dark, pen, broad, share=0.6).T
    # Strokes that cross a line stay: they continue right above and below it.
    stroke = excess > np.maximum(least, dark)
    kept = _crossing(stroke & ~down, thick + 1) & across
    kept |= _crossing((stroke & ~across).T, broad + 1).T & down
    return (across | down) & ~kept


def _crossing(stroke: np.ndarray, reach: int) -> np.ndarray:
    """Where there are strokes both above and below, (h, w) bool."""
    above, below = np.zeros_like(stroke), np.zeros_like(stroke)
    above[reach:], below[:-reach] = stroke[:-reach], stroke[reach:]
    return above & below


def _long_lines(excess: np.ndarray, least: np.ndarray, dark: float, pen: float, thick: int, share: float) -> np.ndarray:
    """Lines along x, at most about `thick` pixels thick, that are longer than `share` of the image, (h, w) bool.

    A printed row has next to no empty column over a long stretch and somewhere is a thin stroke alone, beside or between
    the words; rows of letters have gaps. What is much darker than the line itself is a stroke on it and left out.
    """
    height, length = excess.shape
    ruling = np.zeros(excess.shape, bool)
    run = int(max(0.08 * length, 20 * pen, 50))
    if run > length:
        return ruling
    size = max(1, length // REDUCED), height
    small, floor = (cv2.resize(values, size, interpolation=cv2.INTER_AREA) for values in (excess, least))
    ink = (small > np.maximum(floor, dark)).astype(np.uint8)
    # Noise is halved by the reduction along the line.
    marks = np.maximum(ink, small > np.maximum(8, floor // 4))
    # A printed line wavers by a pixel on a photo. The rim of a dark one is faint, so that it is thin as ink only.
    waver, upright = np.ones((3, 1), np.uint8), np.ones((thick + 1, 1), np.uint8)
    present = cv2.dilate(marks, waver)
    strokes = (cv2.subtract(mask, cv2.morphologyEx(mask, cv2.MORPH_OPEN, upright)) for mask in (marks, ink))
    found = _runs(present, cv2.dilate(np.maximum(*strokes), waver), max(3, run // REDUCED) | 1)
    if not found.any():
        return ruling
    scale = length / size[0]
    for fit, half, start, stop in _courses(found, share * size[0], thick):
        x = np.arange(round(start * scale), round(stop * scale))
        middle = np.round(fit((x + 0.5) / scale - 0.5)).astype(np.int64)
        rows = np.clip(middle + np.arange(-half, half + 1)[:, None], 0, height - 1)
        tones = excess[rows, x]
        ruling[rows, x] |= tones < _darkest(tones)
    return ruling


def _darkest(tones: np.ndarray) -> float:
    """How much light a printed line takes at most. tones: (thickness, length) uint8 along it."""
    tone = float(np.percentile(tones.max(axis=0), 40))
    return tone + max(20.0, DARKER * tone)


def _runs(present: np.ndarray, thin: np.ndarray, window: int) -> np.ndarray:
    """Rows of any of the slopes that are marked over so many columns, (h, w) uint8: 2 where thin almost everywhere, 1
    where thin in many columns."""
    size = present.shape[::-1]
    total = np.zeros(present.shape, np.uint8)
    for slope in SLOPES:
        shear = np.array([[1.0, 0.0, 0.0], [-slope * REDUCED, 1.0, slope * REDUCED * size[0] / 2]])
        full, bare = (
            cv2.blur(
                cv2.warpAffine(
                    mask * np.uint8(255), shear, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
                ),
                (window, 1),
                borderType=cv2.BORDER_REFLECT,
            )
            for mask in (present, thin)
        )
        found = ((full > 0.93 * 255) & (bare > 0.3 * 255)).astype(np.uint8)
        if found.any():
            found[bare > 0.85 * 255] *= 2
            found = cv2.dilate(found, np.ones((3, window), np.uint8))
            found = cv2.warpAffine(found, shear, size, flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP)
            total = np.asarray(cv2.max(total, found))
    return np.asarray(cv2.min(total, present * np.uint8(2)))


def _courses(found: np.ndarray, least: float, thick: int) -> Iterator[tuple[np.polynomial.Polynomial, int, int, int]]:
    """Height by x, half thickness, first and last x of every printed line that is at least so long.

    found: (h, w) uint8, 2 where it is told by itself and 1 where letters stand on it.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(found, connectivity=8)
    y, x = np.nonzero(found == 2)
    of = np.asarray(labels, dtype=np.int64)[y, x]
    lefts, widths = np.array(stats[:, cv2.CC_STAT_LEFT]), np.array(stats[:, cv2.CC_STAT_WIDTH])
    rank = np.argsort(of, kind="stable")
    y, x, of = y[rank], x[rank], of[rank]
    bounds = np.append(np.flatnonzero(np.diff(of, prepend=-1)), len(of))
    for first, last in itertools.pairwise(bounds):
        left, wide = int(lefts[of[first]]), int(widths[of[first]])
        rows, columns = y[first:last], x[first:last]
        told = int(np.ptp(columns)) + 1
        if wide < least or told < 0.3 * least:
            continue
        is_whole = told > 0.6 * found.shape[1]
        fit = _fit(columns, rows, 4 if is_whole else 2 if told > 0.5 * wide else 1)
        distance = np.abs(rows - fit(columns))
        keep = distance <= max(1.0, 1.5 * float(np.median(distance)))
        fit = _fit(columns[keep], rows[keep], fit.degree())
        thickness = len(rows) / len(np.unique(columns))
        if thickness > thick + 6 or float(np.median(np.abs(rows - fit(columns)))) > 0.5 * thick:
            continue
        start, stop = (0, found.shape[1]) if is_whole else (left, left + wide)
        yield fit, round(0.5 * (thickness - 1)), start, stop


def _fit(x: np.ndarray, y: np.ndarray, degree: int) -> np.polynomial.Polynomial:
    """A polynomial of that degree, or of the highest that so few places tell."""
    return np.polynomial.Polynomial.fit(x, y, min(degree, len(np.unique(x)) - 1))
