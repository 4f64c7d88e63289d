"""From grey values to ink: 0 is paper, 1 is the darkest stroke, whatever the light, the paper and the pen."""

from __future__ import annotations

import cv2
import numpy as np

# Less contrast than this between paper and stroke (of 255 grey levels) is noise, not writing.
MIN_CONTRAST = 14.0
_LEVELS = 4096  # of light taken away that quantiles are told apart by


def paper_is_dark(grey: np.ndarray) -> bool:
    """Whether the writing is light on dark, for a (H, W) uint8 image.

    Around a stroke most pixels are paper, so near ink most grey values lie on the paper's side of the local mid-range.
    The edge of a sheet, a shadow or uneven light has as much on either side and does not count.
    """
    is_strip = max(grey.shape) > 4 * min(grey.shape)
    small = _reduced(grey, 64 if is_strip else 256)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (31, 31))
    high = cv2.dilate(small, kernel, borderType=cv2.BORDER_REPLICATE)
    low = cv2.erode(small, kernel, borderType=cv2.BORDER_REPLICATE)
    above = cv2.subtract(small, low).astype(np.float32)
    below = cv2.subtract(high, small).astype(np.float32)
    # (above - below) is twice the distance from the mid-range, (above + below) the range that weighs it.
    return float(np.vdot(above, above) - np.vdot(below, below)) < 0.0


def paper_level(grey: np.ndarray) -> np.ndarray:
    """Brightness of the paper alone under every pixel, (H, W) float32 for (H, W) uint8 grey with dark ink.

    A grey closing with a window wider than any stroke takes the strokes away; it runs on a reduced image, since paper
    changes slowly.
    """
    height, width = grey.shape
    small = _reduced(grey, 48)
    window = max(5, int(min(31, max(9, small.shape[0] // 2))) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (window, window))
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    smooth = cv2.blur(closed.astype(np.float32), (window, window), borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)


def ink_map(grey: np.ndarray) -> np.ndarray | None:
    """Ink of a grey image: (H, W) uint8 -> (H, W) float32 in [0, 1], or None where there is no writing.

    Light that changes over the page and the tone of the paper are divided out, light-on-dark is inverted, and the
    darkest strokes are set to 1.
    """
    if paper_is_dark(grey):
        grey = 255 - grey
    return stretch_ink(1.0 - grey / np.maximum(paper_level(grey), 1.0))


def stretch_ink(absorption: np.ndarray) -> np.ndarray | None:
    """Share of light that ink takes away, (H, W) float32, to ink in [0, 1]; None where nothing stands out."""
    sample = absorption[:: max(1, absorption.shape[0] // 512), :: max(1, absorption.shape[1] // 1024)]
    levels = _levels(sample)
    counts = np.bincount(levels.ravel(), minlength=_LEVELS)
    noise = max(0.0, _quantile(sample, levels, counts, 0.5))
    counts[: int((noise + MIN_CONTRAST / 255.0) * _LEVELS) + 1] = 0
    if counts.sum() < 8:
        return None
    dark = _quantile(sample, levels, counts, 0.8)
    ink = np.subtract(absorption, noise, dtype=np.float32)
    ink *= 1.0 / max(dark - noise, 1e-3)
    return np.clip(ink, 0.0, 1.0, out=ink)


def _levels(values: np.ndarray) -> np.ndarray:
    """Which of _LEVELS slices of 0..1 each value lies in; those below in the first, those above in the last."""
    return (np.clip(values, 0.0, 1.0) * (_LEVELS - 1)).astype(np.int16)


def _quantile(values: np.ndarray, levels: np.ndarray, counts: np.ndarray, share: float) -> float:
    """The value below which this share of those that are counted lies, without sorting all: only its level is sorted.

    counts: (_LEVELS,) how many values of each level count, all or none.
    """
    before = np.cumsum(counts)
    rank = int(share * (before[-1] - 1))
    level = int(np.searchsorted(before, rank, side="right"))
    rank -= int(before[level] - counts[level])
    return float(np.partition(values[levels == level], rank)[rank])


def ink_box(ink: np.ndarray) -> tuple[int, int, int, int] | None:
    """(x0, y0, x1, y1) around the strokes of an ink map, specks left out; None when nothing but specks is there.

    Large pieces always count. Small ones (a full stop, an accent, the dot of an i) count where they stand close to the
    box of the large ones; the same dot far away is dust.
    """
    strokes = (ink > 0.4).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    if count < 2:
        return None
    left, top, width, height, area = stats[1:].T
    right, bottom = left + width, top + height
    large = area >= max(3.0, 0.02 * float(area.max()))
    if not large.any():
        return None
    x0, y0, x1, y1 = left[large].min(), top[large].min(), right[large].max(), bottom[large].max()
    # A dot is about as wide as the pen, which is twice the ink's area over the length of its outline.
    inner = cv2.erode(strokes, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    total = float(area.sum())
    pen = 2.0 * total / max(1.0, total - cv2.countNonZero(inner))
    above, beside = 0.12 * (y1 - y0), 1.0 * (y1 - y0)
    near = (
        (area >= max(3.0, 0.5 * pen * pen))
        & (bottom > y0 - above)
        & (top < y1 + above)
        & (right > x0 - beside)
        & (left < x1 + beside)
    )
    kept = large | near
    return int(left[kept].min()), int(top[kept].min()), int(right[kept].max()), int(bottom[kept].max())


def _reduced(grey: np.ndarray, size: int) -> np.ndarray:
    """The image with its shorter side brought down to `size` px, never enlarged."""
    height, width = grey.shape
    factor = max(1.0, min(height, width) / size)
    target = max(1, round(width / factor)), max(1, round(height / factor))
    return cv2.resize(grey, target, interpolation=cv2.INTER_AREA if factor > 2 else cv2.INTER_LINEAR)
