"""Drawn lines: a page of a few, a photo of one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONTS = Path(__file__).resolve().parents[2] / "assets" / "fonts"
TEXTS = ["the first line", "a second one"]


SENTENCES = Path(__file__).resolve().parents[2] / "assets" / "sentences.txt"


def thirty_lines() -> list[str]:
    """Sentences of the length of a written line."""
    lines = (line.strip() for line in SENTENCES.read_text(encoding="utf-8").splitlines())
    return list(islice((line for line in lines if 24 <= len(line) <= 60 and line.isascii()), 30))


def page_image(
    texts: Sequence[str] = TEXTS, size: int = 70, width: int = 900, faces: Sequence[str] = ("caveat",)
) -> Image.Image:
    """One text under the other on light paper, as high as they need, in these hands by turns."""
    row = 120 * size // 70
    image = Image.new("RGB", (width, 120 + row * len(texts)), (250, 246, 236))
    fonts = [ImageFont.truetype(str(FONTS / f"{face}.ttf"), size) for face in faces]
    for number, text in enumerate(texts):
        font = fonts[number % len(fonts)]
        ImageDraw.Draw(image).text((60, 50 + row * number), text, font=font, fill=(20, 24, 60))
    return image


def photo(path: Path, text: str = "hello from a test") -> Path:
    """A photo of one line, written to `path`."""
    image = Image.new("RGB", (900, 140), (250, 246, 236))
    font = ImageFont.truetype(str(FONTS / "caveat.ttf"), 80)
    ImageDraw.Draw(image).text((20, 20), text, font=font, fill=(20, 24, 60))
    image.save(path)
    return path
