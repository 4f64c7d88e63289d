"""Ways to draw an example image with a shipped typeface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont


@dataclass(frozen=True)
class Drawing:
    """With which typeface an example is drawn, how large (pixels), and by which of the functions below."""

    face: str
    draw: Callable[[tuple[str, ...], ImageFont.FreeTypeFont, np.random.Generator], np.ndarray]
    size: int

    @property
    def typeface(self) -> str:
        """The face's name as its makers write it."""
        return self.face.replace("-", " ").title()


def _ink(
    lines: tuple[str, ...], font: ImageFont.FreeTypeFont, leading: float, margin: int, rng: np.random.Generator
) -> np.ndarray:
    """Lines of text as ink: (H, W) float32, 1 on the stroke. Baselines and left edges wander a little, as a hand does."""
    ascent, descent = font.getmetrics()
    step = round((ascent + descent) * leading)
    width = max(round(font.getlength(line)) for line in lines) + 2 * margin
    canvas = Image.new("L", (width, step * (len(lines) - 1) + ascent + descent + 2 * margin), 0)
    draw = ImageDraw.Draw(canvas)
    for i, line in enumerate(lines):
        left = margin + (int(rng.integers(0, 10)) if len(lines) > 1 else 0)
        draw.text((left, margin + i * step + int(rng.integers(-2, 3))), line, font=font, fill=255)
    ink = np.asarray(canvas, dtype=np.float32) / 255.0
    # A pen presses harder here than there.
    pressure = cv2.resize(
        rng.uniform(0.8, 1.0, (3, 24)).astype(np.float32), ink.shape[::-1], interpolation=cv2.INTER_CUBIC
    )
    return np.clip(cv2.GaussianBlur(ink, (0, 0), 0.6) * pressure, 0.0, 1.0)


def _grain(shape: tuple[int, int], rng: np.random.Generator, amount: float) -> np.ndarray:
    """Paper grain, (H, W) float32 around 0: fine noise on a soft one."""
    fine = rng.normal(0.0, 1.0, shape).astype(np.float32)
    soft = cv2.resize(
        rng.normal(0.0, 1.0, (max(2, shape[0] // 12), max(2, shape[1] // 12))).astype(np.float32),
        shape[::-1],
        interpolation=cv2.INTER_CUBIC,
    )
    return amount * (0.55 * fine + 0.45 * soft)


def _blend(paper: np.ndarray, pen: tuple[int, int, int], ink: np.ndarray) -> np.ndarray:
    """Pen of one colour over paper (H, W, 3) float32 -> (H, W, 3) uint8."""
    mixed = paper * (1.0 - ink[..., None]) + np.asarray(pen, dtype=np.float32) * ink[..., None]
    return np.clip(mixed, 0, 255).astype(np.uint8)


def _paper(shape: tuple[int, int], tone: tuple[int, int, int], rng: np.random.Generator, amount: float) -> np.ndarray:
    return np.asarray(tone, dtype=np.float32) + _grain(shape, rng, amount)[..., None]


def draw_clean(lines: tuple[str, ...], font: ImageFont.FreeTypeFont, rng: np.random.Generator) -> np.ndarray:
    ink = _ink(lines, font, 1.0, round(0.3 * font.size), rng)
    return _blend(_paper(ink.shape, (252, 251, 248), rng, 0.8), (28, 32, 48), ink)


def draw_blue(lines: tuple[str, ...], font: ImageFont.FreeTypeFont, rng: np.random.Generator) -> np.ndarray:
    ink = _ink(lines, font, 1.0, round(0.3 * font.size), rng)
    return _blend(_paper(ink.shape, (246, 242, 232), rng, 1.6), (32, 58, 128), ink)


def draw_photo(lines: tuple[str, ...], font: ImageFont.FreeTypeFont, rng: np.random.Generator) -> np.ndarray:
    """A snapshot: yellow paper, lamp on the left, turned by four degrees, a little out of focus."""
    ink = _ink(lines, font, 1.0, round(1.1 * font.size), rng)
    image = _blend(_paper(ink.shape, (238, 212, 138), rng, 3.0), (60, 40, 44), 0.9 * ink).astype(np.float32)
    height, width = ink.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    lamp = 1.12 - 0.62 * np.hypot((x - 0.18 * width) / width, (y - 0.3 * height) / (2.2 * height))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 4.0, 1.0)
    image = cv2.warpAffine(image * lamp[..., None], turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    image = cv2.GaussianBlur(image, (0, 0), 1.1) + rng.normal(0.0, 3.5, image.shape)
    top = round(0.45 * font.size)
    return np.clip(image[top : height - top], 0, 255).astype(np.uint8)


def draw_chalk(lines: tuple[str, ...], font: ImageFont.FreeTypeFont, rng: np.random.Generator) -> np.ndarray:
    """Chalk on a blackboard: light on dark, worn strokes, wiped dust."""
    ink = _ink(lines, font, 1.0, round(0.45 * font.size), rng)
    worn = np.clip(0.84 + _grain(ink.shape, rng, 0.24), 0.3, 1.0)
    dust = cv2.GaussianBlur(rng.uniform(0.0, 46.0, (6, 18)).astype(np.float32), (0, 0), 1.0)
    dust = cv2.resize(dust, ink.shape[::-1], interpolation=cv2.INTER_CUBIC)
    board = _paper(ink.shape, (34, 52, 46), rng, 3.0) + 0.45 * dust[..., None]
    return _blend(board, (238, 238, 228), ink * worn)


def draw_page(lines: tuple[str, ...], font: ImageFont.FreeTypeFont, rng: np.random.Generator) -> np.ndarray:
    """A page of ruled paper."""
    margin, leading = round(1.15 * font.size), 1.12
    ink = _ink(lines, font, leading, margin, rng)
    paper = _paper(ink.shape, (250, 247, 240), rng, 1.4)
    ascent, descent = font.getmetrics()
    step = round((ascent + descent) * leading)
    for i in range(len(lines)):
        y = margin + i * step + ascent + round(0.04 * font.size)
        paper[y : y + 2] = paper[y : y + 2] * 0.5 + np.array((186, 204, 224), dtype=np.float32) * 0.5
    return _blend(paper, (30, 36, 66), ink)
