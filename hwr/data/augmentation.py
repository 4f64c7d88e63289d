"""Paper, pens, light and cameras: what lies between a stroke of ink and the grey values of a scan."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np


def on_paper(coverage: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put ink coverage (H, W) float32 in [0, 1] on paper: (H', W') uint8 grey, with ruling, texture and stray ink."""
    pad = rng.integers(2, 1 + max(3, int(0.4 * coverage.shape[0])), 4)
    ink = np.pad(coverage, ((pad[0], pad[1]), (pad[2], pad[3])))
    height, width = ink.shape
    ink = _neighbours(ink, rng)
    paper = np.full((height, width), rng.uniform(150, 255), dtype=np.float32)
    if rng.random() < 0.5:
        paper += _clouds(height, width, rng) * rng.uniform(2, 22)
    if rng.random() < 0.25:
        _rule(paper, rng)
    darkness = rng.uniform(0.45, 1.0)
    if rng.random() < 0.3:  # a pencil or a dry pen catches on the grain
        ink = ink * np.clip(1 + np.float32(rng.uniform(0.1, 0.5)) * grain(height, width, rng), 0.2, 1.0)
    if rng.random() < 0.3:  # ink that fades and pools
        ink = ink * np.clip(1 - 0.5 * _clouds(height, width, rng), 0.35, 1.0)
    grey = paper * (1 - darkness * ink)
    if rng.random() < 0.08:
        grey = 255 - grey
    return np.clip(grey, 0, 255).astype(np.uint8)


def grain(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Normal noise of size 1, (H, W) float32: a random piece of a fixed sheet, since to draw it anew takes longest of all."""
    sheet = _sheet()
    if height > sheet.shape[0] or width > sheet.shape[1]:
        sheet = np.tile(sheet, (-(-height // sheet.shape[0]), -(-width // sheet.shape[1])))
    row, column = (int(rng.integers(size + 1)) for size in (sheet.shape[0] - height, sheet.shape[1] - width))
    return sheet[row : row + height, column : column + width]


@lru_cache(maxsize=1)
def _sheet() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((400, 6000), dtype=np.float32)


def _clouds(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise of about unit size, (H, W) float32."""
    cell = float(rng.choice([12, 40, 120]))
    grid = rng.normal(0, 1, (max(2, int(height / cell) + 2), max(2, int(width / cell) + 2))).astype(np.float32)
    return _smooth(grid, width, height)


def _smooth(grid: np.ndarray, width: int, height: int) -> np.ndarray:
    """A coarse grid as a smooth (height, width) float32 map: cubic to a quarter of the size, linear from there."""
    quarter = cv2.resize(grid, (-(-width // 4), -(-height // 4)), interpolation=cv2.INTER_CUBIC)
    return cv2.resize(quarter, (width, height), interpolation=cv2.INTER_LINEAR)


def _rule(paper: np.ndarray, rng: np.random.Generator) -> None:
    """Draw ruled or squared lines into the paper."""
    height, width = paper.shape
    step = int(rng.uniform(0.3, 1.2) * height) + 4
    tone, thickness = float(rng.uniform(20, 90)), int(rng.integers(1, 3))
    tilt = rng.normal(0, 0.004) * width
    start = int(rng.integers(0, step))
    for y in range(start, height + step, step):
        cv2.line(paper, (0, y), (width, int(y + tilt)), float(paper.mean() - tone), thickness, cv2.LINE_AA)
    if rng.random() < 0.25:
        for x in range(start, width, step):
            cv2.line(paper, (x, 0), (x, height), float(paper.mean() - tone), thickness, cv2.LINE_AA)


def _neighbours(ink: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sometimes let pieces of the lines above or below reach in, as they do where a page was cut into lines."""
    if rng.random() > 0.2:
        return ink
    ink = ink.copy()
    height, width = ink.shape
    reach = int(rng.uniform(0.04, 0.14) * height) + 1
    offset = int(rng.integers(0, width))
    piece = np.roll(ink, offset, axis=1)
    if rng.random() < 0.5:
        bottom = np.flatnonzero(piece.max(1) > 0.3)
        if len(bottom):
            strip = piece[max(0, bottom[-1] - reach) : bottom[-1]]
            ink[: len(strip)] = np.maximum(ink[: len(strip)], strip * (rng.random() < 0.9))
    else:
        top = np.flatnonzero(piece.max(1) > 0.3)
        if len(top):
            strip = piece[top[0] : top[0] + reach]
            ink[height - len(strip) :] = np.maximum(ink[height - len(strip) :], strip)
    return ink


def warped(grey: np.ndarray, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Slant, stretch, slope and a slow elastic wobble: (H, W) -> (H, W') of the same type; edges repeat the paper."""
    height, width = grey.shape
    shear = float(np.clip(rng.normal(0, 0.14), -0.4, 0.4)) * strength
    stretch = float(np.exp(rng.normal(0, 0.12 * strength)))
    slope = float(rng.normal(0, 0.008)) * strength
    out_width = max(8, int(width * stretch + abs(shear) * height))
    xs, ys = np.arange(out_width, dtype=np.float32)[None], np.arange(height, dtype=np.float32)[:, None]
    shift = shear * height if shear < 0 else 0.0
    map_x = (xs + np.float32(shift) + np.float32(shear) * (ys - (height if shear > 0 else 0))) / np.float32(stretch)
    map_y = ys + np.float32(slope) * (xs - np.float32(out_width / 2))
    if rng.random() < 0.6:
        cell = rng.uniform(0.3, 0.8) * height
        shape = (max(3, int(height / cell) + 2), max(3, int(out_width / cell) + 2))
        amplitude = rng.uniform(0.01, 0.04) * height * strength
        map_x += _smooth(rng.normal(0, amplitude, shape).astype(np.float32), out_width, height)
        map_y += _smooth(rng.normal(0, amplitude, shape).astype(np.float32), out_width, height)
    return cv2.remap(grey, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def thickened(coverage: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Make strokes thicker or thinner by at most a few pixels: (H, W) float32 coverage."""
    size = int(rng.integers(2, 4))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    changed = cv2.dilate(coverage, kernel) if rng.random() < 0.6 else cv2.erode(coverage, kernel)
    share = float(rng.uniform(0.3, 1.0))
    return cv2.addWeighted(changed, share, coverage, 1 - share, 0.0)


def photographed(grey: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light, lens, sensor and file: (H, W) uint8 -> (H, W) uint8."""
    image = grey.astype(np.float32)
    height, width = grey.shape
    if rng.random() < 0.35:
        direction = rng.normal(0, 1, 2)
        y, x = np.linspace(-1, 1, 9)[:, None], np.linspace(-1, 1, 33)[None]
        light = 1 - rng.uniform(0.05, 0.3) * (0.5 + 0.5 * np.tanh(direction[0] * x + direction[1] * y))
        image *= cv2.resize(light.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.3:
        contrast = rng.uniform(0.35, 1.0)
        image = (image - 255) * contrast + 255 - rng.uniform(0, 40)
    if rng.random() < 0.45:
        image = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.3, 0.018 * height + 0.5)))
    if rng.random() < 0.3:  # a small scan that was enlarged
        factor = float(rng.uniform(0.35, 0.8))
        small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.5:
        image = image + np.float32(rng.uniform(1, 9)) * grain(height, width, rng)
    image = np.clip(image, 0, 255).astype(np.uint8)
    if rng.random() < 0.25:
        encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])[1]
        image = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))
    return image


def rescanned(grey: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A real scan (H, W) uint8, varied: warped and photographed again."""
    image = grey
    if rng.random() < 0.85:
        image = warped(image, rng, strength=0.9)
    if rng.random() < 0.2:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2, 2))
        image = cv2.erode(image, kernel) if rng.random() < 0.5 else cv2.dilate(image, kernel)
    if rng.random() < 0.6:
        image = photographed(image, rng)
    return 255 - image if rng.random() < 0.04 else image
