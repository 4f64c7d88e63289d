"""A page of a few drawn lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FONT = Path(__file__).resolve().parents[2] / "assets" / "fonts" / "caveat.ttf"
TEXTS = ["the first line", "a second one"]


def page_image(texts: Sequence[str] = TEXTS) -> Image.Image:
    """(W 900) One text under the other on light paper."""
    image = Image.new("RGB", (900, 120 + 120 * len(texts)), (250, 246, 236))
    font = ImageFont.truetype(str(FONT), 70)
    for row, text in enumerate(texts):
        ImageDraw.Draw(image).text((60, 50 + 120 * row), text, font=font, fill=(20, 24, 60))
    return image
