"""Lines drawn in handwriting typefaces."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hwr.errors import InputError

# Whole faces are kept out of training: the test faces are also the ones that the shipped examples are drawn in.
TEST_FACES = (
    "caveat",
    "cedarville-cursive",
    "dancing-script",
    "gloria-hallelujah",
    "homemade-apple",
    "kalam",
    "patrick-hand",
    "reenie-beanie",
    "rochester",
    "shadows-into-light",
)
VAL_FACES = ("bad-script", "indie-flower", "marck-script", "sue-ellen-francisco")


# TrueType instructions (PUSHB 0, POP, twice; PUSHB 1 1, INSTCTRL) that keep all others from being run. Short of eight
# bytes FreeType would fit the outlines to the grid itself.
UNHINTED = bytes([0xB0, 0, 0x21] * 2 + [0xB1, 1, 1, 0x8E])


@dataclass(frozen=True)
class Face:
    """A typeface file and the characters that it has."""

    path: Path
    characters: frozenset[str]

    @property
    def name(self) -> str:
        return self.path.stem


def load_faces(directory: Path, split: str | None = None) -> list[Face]:
    """The faces (*.ttf, *.otf) of a directory; `split` keeps those of train, val or test. Raises InputError if none."""
    faces = [
        Face(path, _coverage(path))
        for path in sorted(directory.glob("*.[ot]tf"))
        if split is None or split == face_split(path.stem)
    ]
    if not faces:
        raise InputError("data.no_typefaces", path=directory, split=split or "all")
    return faces


def face_split(name: str) -> str:
    return "test" if name in TEST_FACES else "val" if name in VAL_FACES else "train"


def _coverage(path: Path) -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(path, lazy=True) as font:
        return frozenset(chr(code) for code in font.getBestCmap() or {})


@lru_cache(maxsize=256)
def _font(path: Path, size: int, hinted: bool) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path if hinted else io.BytesIO(_unhinted(path)), size)


@lru_cache(maxsize=256)
def _unhinted(path: Path) -> bytes:
    """A typeface file whose outlines stay as they were designed: to fit each to the pixels takes most of drawing it."""
    from fontTools.ttLib import TTFont
    from fontTools.ttLib.tables.DefaultTable import DefaultTable

    with TTFont(path, lazy=True) as font:
        if "glyf" not in font:
            return path.read_bytes()
        font["prep"] = instructions = DefaultTable("prep")
        instructions.data = UNHINTED
        written = io.BytesIO()
        font.save(written, reorderTables=None)
    return written.getvalue()


def draw_text(text: str, face: Face, size: int, spacing: float = 1.0, hinted: bool = True) -> tuple[str, np.ndarray]:
    """Draw a line: (text as drawn, (H, W) float32 coverage in [0, 1]).

    Characters that the face lacks are left out of both; `spacing` stretches the blanks between words. size: px per em.
    hinted: fit the outlines to the pixels, as on a screen, which takes thrice as long.
    """
    text = " ".join("".join(c for c in text if c == " " or c in face.characters).split())
    font = _font(face.path, size, hinted)
    if spacing == 1.0:
        left, top, right, bottom = font.getbbox(text or " ")
        image = Image.new("L", (max(1, int(right - left) + 4), max(1, int(bottom - top) + 4)))
        ImageDraw.Draw(image).text((2 - left, 2 - top), text, font=font, fill=255)
        return text, np.asarray(image, dtype=np.float32) / 255.0
    words = text.split(" ")
    blank = font.getlength(" ") * spacing
    widths = [font.getlength(word) for word in words]
    width = sum(widths) + blank * len(words) + size
    ascent, descent = font.getmetrics()
    image = Image.new("L", (int(width) + 4, ascent + descent + size))
    pen, x = ImageDraw.Draw(image), size / 2
    for word, length in zip(words, widths, strict=True):
        pen.text((x, size / 2), word, font=font, fill=255)
        x += length + blank
    box = image.getbbox() or (0, 0, 1, 1)
    return text, np.asarray(image.crop(box), dtype=np.float32) / 255.0
