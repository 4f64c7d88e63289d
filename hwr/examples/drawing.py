"""The example images, one lesson each: drawn from shipped typefaces, and their readings kept beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from hwr.paths import ASSETS

if TYPE_CHECKING:
    pass

SEED = 20220807


@dataclass(frozen=True)
class Example:
    """One example image: what is written, with which typeface, how it is drawn, and what it teaches."""

    name: str
    face: str
    lines: tuple[str, ...]
    draw: Callable[[Example, ImageFont.FreeTypeFont, np.random.Generator], np.ndarray]
    size: int
    title: dict[str, str]
    lesson: dict[str, str]

    @property
    def file(self) -> str:
        return f"{self.name}.png"

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

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


def _draw_clean(example: Example, font: ImageFont.FreeTypeFont, rng: np.random.Generator) -> np.ndarray:
    ink = _ink(example.lines, font, 1.0, round(0.3 * font.size), rng)
    return _blend(_paper(ink.shape, (252, 251, 248), rng, 0.8), (28, 32, 48), ink)


def _draw_blue(example: Example, font: ImageFont.FreeTypeFont, rng: np.random.Generator) -> np.ndarray:
    ink = _ink(example.lines, font, 1.0, round(0.3 * font.size), rng)
    return _blend(_paper(ink.shape, (246, 242, 232), rng, 1.6), (32, 58, 128), ink)


def _draw_photo(example: Example, font: ImageFont.FreeTypeFont, rng: np.random.Generator) -> np.ndarray:
    """A snapshot: yellow paper, lamp on the left, turned by four degrees, a little out of focus."""
    ink = _ink(example.lines, font, 1.0, round(1.1 * font.size), rng)
    image = _blend(_paper(ink.shape, (238, 212, 138), rng, 3.0), (60, 40, 44), 0.9 * ink).astype(np.float32)
    height, width = ink.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    lamp = 1.12 - 0.62 * np.hypot((x - 0.18 * width) / width, (y - 0.3 * height) / (2.2 * height))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 4.0, 1.0)
    image = cv2.warpAffine(image * lamp[..., None], turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    image = cv2.GaussianBlur(image, (0, 0), 1.1) + rng.normal(0.0, 3.5, image.shape)
    top = round(0.45 * font.size)
    return np.clip(image[top : height - top], 0, 255).astype(np.uint8)


def _draw_chalk(example: Example, font: ImageFont.FreeTypeFont, rng: np.random.Generator) -> np.ndarray:
    """Chalk on a blackboard: light on dark, worn strokes, wiped dust."""
    ink = _ink(example.lines, font, 1.0, round(0.45 * font.size), rng)
    worn = np.clip(0.84 + _grain(ink.shape, rng, 0.24), 0.3, 1.0)
    dust = cv2.GaussianBlur(rng.uniform(0.0, 46.0, (6, 18)).astype(np.float32), (0, 0), 1.0)
    dust = cv2.resize(dust, ink.shape[::-1], interpolation=cv2.INTER_CUBIC)
    board = _paper(ink.shape, (34, 52, 46), rng, 3.0) + 0.45 * dust[..., None]
    return _blend(board, (238, 238, 228), ink * worn)


def _draw_page(example: Example, font: ImageFont.FreeTypeFont, rng: np.random.Generator) -> np.ndarray:
    """A page of ruled paper."""
    margin, leading = round(1.15 * font.size), 1.12
    ink = _ink(example.lines, font, leading, margin, rng)
    paper = _paper(ink.shape, (250, 247, 240), rng, 1.4)
    ascent, descent = font.getmetrics()
    step = round((ascent + descent) * leading)
    for i in range(len(example.lines)):
        y = margin + i * step + ascent + round(0.04 * font.size)
        paper[y : y + 2] = paper[y : y + 2] * 0.5 + np.array((186, 204, 224), dtype=np.float32) * 0.5
    return _blend(paper, (30, 36, 66), ink)


EXAMPLES: tuple[Example, ...] = (
    Example(
        "clean",
        "shadows-into-light",
        ("The morning train was late again.",),
        _draw_clean,
        96,
        {"en": "A clean line", "ja": "きれいな一行"},
        {
            "en": "Start here: each letter stands on a few frames, and between the letters the blank takes over.",
            "ja": "まずはここから。一文字ごとに数フレームが反応し、文字と文字のあいだはブランクが占めます。",
        },
    ),
    Example(
        "confusable",
        "kalam",
        ("A modern burn in the corner of a calm clearing.",),
        _draw_blue,
        84,
        {"en": "Letters that look alike", "ja": "似た形の文字"},
        {
            "en": "rn or m, cl or d, u or n: look for a second row that lights up under the winner.",
            "ja": "rn と m、cl と d、u と n。勝った文字の列の近くで、別の行も光っていないか見てください。",
        },
    ),
    Example(
        "cursive",
        "dancing-script",
        ("yours sincerely, with many thanks",),
        _draw_blue,
        100,
        {"en": "Joined letters", "ja": "続け書き"},
        {
            "en": "No gap between the letters: CTC needs none. See where it decides that one letter has ended.",
            "ja": "文字のあいだに切れ目がなくても CTC は読めます。どこで次の文字に移ったと判断したかを確かめてください。",
        },
    ),
    Example(
        "photo",
        "caveat",
        ("milk, two lemons and fresh bread",),
        _draw_photo,
        104,
        {"en": "A tilted snapshot", "ja": "傾いた写真"},
        {
            "en": "Yellow paper, a lamp from the left, turned by four degrees: the line is straightened and its light evened out.",
            "ja": "黄色い紙、左からの照明、4度の傾き。行をまっすぐに直し、明るさをならしてから読みます。",
        },
    ),
    Example(
        "chalk",
        "gloria-hallelujah",
        ("homework: read chapter nine",),
        _draw_chalk,
        72,
        {"en": "Chalk on a blackboard", "ja": "黒板のチョーク"},
        {
            "en": "Light writing on a dark ground is turned round before it is read: ink is always 1, paper 0.",
            "ja": "暗い地に明るい文字は、反転してから読みます。常にインクが 1、紙が 0 です。",
        },
    ),
    Example(
        "french",
        "patrick-hand",
        ("Où étiez-vous ? Le théâtre a déjà fermé ses portes.",),
        _draw_clean,
        84,
        {"en": "French accents", "ja": "フランス語のアクセント"},
        {
            "en": "é, è, à, ù are classes of their own. Click one: how near is the letter without its accent?",
            "ja": "é・è・à・ù はそれぞれ独立したクラスです。クリックして、アクセントのない文字との差を見てください。",
        },
    ),
    Example(
        "long",
        "reenie-beanie",
        ("We walked along the river until the lamps were lit, and nobody said a word about the letter that had come.",),
        _draw_clean,
        92,
        {"en": "A very long line", "ja": "とても長い一行"},
        {
            "en": "Nothing is squeezed: a longer line has more frames. Scroll sideways, or walk with the arrow keys.",
            "ja": "縮めずに読むので、長い行ほどフレームが増えます。横にスクロールするか、矢印キーで進んでください。",
        },
    ),
    Example(
        "page",
        "cedarville-cursive",
        (
            "Dear Mary,",
            "thank you for the seeds. I have put",
            "them in the kitchen window, where the",
            "sun comes in before noon. The cat has",
            "only moved them twice. Write soon and",
            "tell me how the garden is doing.",
        ),
        _draw_page,
        56,
        {"en": "A whole page", "ja": "1ページ全体"},
        {
            "en": "The lines are found first, then read one by one. Pick one on the page to look inside it.",
            "ja": "まず行を見つけ、一行ずつ読みます。ページ上の行を選ぶと、その中身を見られます。",
        },
    ),
)


def render_examples(out_dir: Path, fonts: Path = ASSETS / "fonts", seed: int = SEED) -> list[Path]:
    """Draw every example as PNG into `out_dir`; the same seed gives the same pixels. Returns the files."""
    out_dir.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, example in enumerate(EXAMPLES):
        font = ImageFont.truetype(str(fonts / f"{example.face}.ttf"), example.size)
        image = example.draw(example, font, np.random.default_rng([seed, number]))
        paths.append(out_dir / example.file)
        Image.fromarray(image).save(paths[-1], optimize=True)
    return paths


def thumbnail(path: Path, width: int = 440, height: int = 128) -> np.ndarray:
    """(height, width, 3) uint8: the beginning of an example at a size in which its hand can be recognised."""
    with Image.open(path) as picture:
        rgb = np.asarray(picture.convert("RGB"))
    rows, columns = rgb.shape[:2]
    factor = max(height / rows, width / columns)
    small = cv2.resize(
        rgb, (max(width, round(columns * factor)), max(height, round(rows * factor))), interpolation=cv2.INTER_AREA
    )
    return small[:height, :width]
