"""From grey values to ink: 0 is paper, 1 is the darkest stroke, whatever the light, the paper and the pen."""

from __future__ import annotations

import cv2
import numpy as np

# Less contrast than this between paper and stroke (of 255 grey levels) is noise, not writing.
MIN_CONTRAST = 14.0


def paper_is_dark(grey: np.ndarray) -> bool:
    """Whether the writing is light on dark (H, W uint8): the rare tail of grey values is then on the bright side."""
    low, middle, high = np.percentile(grey[:: max(1, grey.shape[0] // 256), :: max(1, grey.shape[1] // 1024)], (2, 50, 98))
    return high - middle > 1.5 * (middle - low) and middle < 140


def paper_level(grey: np.ndarray) -> np.ndarray:
    """Brightness of the paper alone under every pixel, (H, W) float32 for (H, W) uint8 grey with dark ink.

    A grey closing with a window wider than any stroke takes the strokes away; it runs on a reduced image, since paper
    changes slowly.
    """
    height, width = grey.shape
    factor = max(1.0, min(height, width) / 48.0)
    small = cv2.resize(grey, (max(1, round(width / factor)), max(1, round(height / factor))), interpolation=cv2.INTER_AREA)
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
    ink = 1.0 - grey / np.maximum(paper_level(grey), 1.0)
    np.clip(ink, 0.0, 1.0, out=ink)
    sample = ink[:: max(1, ink.shape[0] // 512), :: max(1, ink.shape[1] // 2048)]
    noise = float(np.median(sample))
    strokes = sample[sample > noise + MIN_CONTRAST / 255.0]
    if strokes.size < 8:
        return None
    dark = float(np.percentile(strokes, 80))
    return np.clip((ink - noise) / max(dark - noise, 1e-3), 0.0, 1.0).astype(np.float32)


def ink_box(ink: np.ndarray) -> tuple[int, int, int, int] | None:
    """(x0, y0, x1, y1) around the strokes of an ink map, specks left out; None when nothing but specks is there."""
    strokes = (ink > 0.4).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    if count < 2:
        return None
    areas = stats[1:, cv2.CC_STAT_AREA]
    kept = stats[1:][areas >= max(3.0, 0.02 * float(areas.max()))]
    x0, y0 = kept[:, cv2.CC_STAT_LEFT].min(), kept[:, cv2.CC_STAT_TOP].min()
    x1 = (kept[:, cv2.CC_STAT_LEFT] + kept[:, cv2.CC_STAT_WIDTH]).max()
    y1 = (kept[:, cv2.CC_STAT_TOP] + kept[:, cv2.CC_STAT_HEIGHT]).max()
    return int(x0), int(y0), int(x1), int(y1)
