"""The examples of the gallery, one lesson each: scanned lines, whose makers are named, then lines drawn with shipped typefaces."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageFont

from hwr.examples.drawing import (
    Drawing,
    draw_blue,
    draw_chalk,
    draw_clean,
    draw_page,
    draw_photo,
)
from hwr.paths import ASSETS

SEED = 20220807


@dataclass(frozen=True)
class Scan:
    """Where a scanned line is from. split: what it was for these weights; `train` is never shown. original: its file there."""

    work: str
    makers: str
    licence: str
    address: str
    split: str
    original: str

    @property
    def credit(self) -> str:
        return f"{self.work}; {self.makers}; {self.licence}"


@dataclass(frozen=True)
class Example:
    """One example image: what is written, where the image is from, and what it teaches."""

    name: str
    lines: tuple[str, ...]
    origin: Scan | Drawing
    title: dict[str, str]
    lesson: dict[str, str]

    @property
    def file(self) -> str:
        return f"{self.name}.webp" if isinstance(self.origin, Scan) else f"{self.name}.png"

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


def _memorial(split: str, original: str) -> Scan:
    return Scan(
        work="Memorials for Jane Lathrop Stanford, 1905",
        makers="HTR students of the École nationale des chartes",
        licence="CC-BY-4.0",
        address="https://github.com/PSL-Chartes-HTR-Students/HN2021-Memorials_Jane_Lathrop_Stanford",
        split=split,
        original=original,
    )


_JONES = "data_by_yagmur_ozturk_Page13-Lettre253_Lettre253"
_HASTY = "data_by_ingrid_guimaraes_PageX-LettreX_SC0033B_s4_b01_f14_i091"

SCANNED: tuple[Example, ...] = (
    Example(
        "memorial",
        ("sympathy. I assure you that the",),
        _memorial("val", f"{_JONES}_0008"),
        {"en": "A letter of 1905", "ja": "1905年の手紙"},
        {
            "en": "Start here: real ink, not learned from. Which letters are unsure? Decode shows what language makes of them.",
            "ja": "まずはここから。学習に使っていない本物の筆跡です。どの文字が不確かでしょうか。言語が好む読みは「デコード」で。",
        },
    ),
    Example(
        "loops",
        ("consolation there may be in their",),
        _memorial("val", f"{_JONES}_0007"),
        {"en": "Words that touch", "ja": "つながった単語"},
        {
            "en": "A loop ties 'there' to 'may': the image alone easily loses the gap. Compare with what language prefers.",
            "ja": "there の終わりの線が may にかかり、画像だけでは切れ目を見失いがちです。言語が好む読みと比べてください。",
        },
    ),
    Example(
        "date",
        ("San Jose, Mar. 13",),
        _memorial("val", f"{_JONES}_0017"),
        {"en": "A date", "ja": "日付"},
        {
            "en": "Names and numbers, of which language knows little: does it mend the name, and leave the 13 alone?",
            "ja": "言語モデルが苦手な固有名詞と数字。名前は直り、13 はそのまま残るでしょうか。",
        },
    ),
    Example(
        "hasty",
        ("this morning heard from",),
        _memorial("test", f"{_HASTY}_0006"),
        {"en": "A hasty hand", "ja": "走り書き"},
        {
            "en": "Another writer, in haste, on rough paper: too hard for these weights. Do their confidences say so?",
            "ja": "別の書き手が粗い紙に急いで書いた一行。この重みにはまだ難しい筆跡です。確信度にそれが表れているでしょうか。",
        },
    ),
)

DRAWN: tuple[Example, ...] = (
    Example(
        "clean",
        ("The morning train was late again.",),
        Drawing("shadows-into-light", draw_clean, 96),
        {"en": "A clean line", "ja": "きれいな一行"},
        {
            "en": "Each letter stands on a few frames, and between the letters the blank takes over.",
            "ja": "一文字ごとに数フレームが反応し、文字と文字のあいだはブランクが占めます。",
        },
    ),
    Example(
        "confusable",
        ("A modern burn in the corner of a calm clearing.",),
        Drawing("kalam", draw_blue, 84),
        {"en": "Letters that look alike", "ja": "似た形の文字"},
        {
            "en": "rn or m, cl or d, u or n: look for a second row that lights up under the winner.",
            "ja": "rn と m、cl と d、u と n。勝った文字の列の近くで、別の行も光っていないか見てください。",
        },
    ),
    Example(
        "cursive",
        ("yours sincerely, with many thanks",),
        Drawing("dancing-script", draw_blue, 100),
        {"en": "Joined letters", "ja": "続け書き"},
        {
            "en": "No gap between the letters: CTC needs none. See where it decides that one letter has ended.",
            "ja": "文字のあいだに切れ目がなくても CTC は読めます。どこで次の文字に移ったと判断したかを確かめてください。",
        },
    ),
    Example(
        "photo",
        ("milk, two lemons and fresh bread",),
        Drawing("caveat", draw_photo, 104),
        {"en": "A tilted snapshot", "ja": "傾いた写真"},
        {
            "en": "Yellow paper, a lamp from the left, turned by four degrees: the line is straightened and its light evened out.",
            "ja": "黄色い紙、左からの照明、4度の傾き。行をまっすぐに直し、明るさをならしてから読みます。",
        },
    ),
    Example(
        "chalk",
        ("homework: read chapter nine",),
        Drawing("gloria-hallelujah", draw_chalk, 72),
        {"en": "Chalk on a blackboard", "ja": "黒板のチョーク"},
        {
            "en": "Light writing on a dark ground is turned round before it is read: ink is always 1, paper 0.",
            "ja": "暗い地に明るい文字は、反転してから読みます。常にインクが 1、紙が 0 です。",
        },
    ),
    Example(
        "french",
        ("Où étiez-vous ? Le théâtre a déjà fermé ses portes.",),
        Drawing("patrick-hand", draw_clean, 84),
        {"en": "French accents", "ja": "フランス語のアクセント"},
        {
            "en": "é, è, à, ù are classes of their own. Click one: how near is the letter without its accent?",
            "ja": "é・è・à・ù はそれぞれ独立したクラスです。クリックして、アクセントのない文字との差を見てください。",
        },
    ),
    Example(
        "long",
        ("We walked along the river until the lamps were lit, and nobody said a word about the letter that had come.",),
        Drawing("reenie-beanie", draw_clean, 92),
        {"en": "A very long line", "ja": "とても長い一行"},
        {
            "en": "Nothing is squeezed: a longer line has more frames. Scroll sideways, or walk with the arrow keys.",
            "ja": "縮めずに読むので、長い行ほどフレームが増えます。横にスクロールするか、矢印キーで進んでください。",
        },
    ),
    Example(
        "page",
        (
            "Dear Mary,",
            "thank you for the seeds. I have put",
            "them in the kitchen window, where the",
            "sun comes in before noon. The cat has",
            "only moved them twice. Write soon and",
            "tell me how the garden is doing.",
        ),
        Drawing("cedarville-cursive", draw_page, 56),
        {"en": "A whole page", "ja": "1ページ全体"},
        {
            "en": "The lines are found first, then read one by one. Pick one on the page to look inside it.",
            "ja": "まず行を見つけ、一行ずつ読みます。ページ上の行を選ぶと、その中身を見られます。",
        },
    ),
)

EXAMPLES = SCANNED + DRAWN


def file_of(name: str) -> str:
    """The image file of an example.

    >>> file_of("memorial"), file_of("clean")
    ('memorial.webp', 'clean.png')
    """
    return next((example.file for example in EXAMPLES if example.name == name), f"{name}.png")


def lay_out_examples(out_dir: Path, fonts: Path = ASSETS / "fonts", seed: int = SEED) -> list[Path]:
    """Every example as a file of `out_dir`: scans copied from the shipped ones, the others drawn, alike for the same seed."""
    out_dir.mkdir(parents=True, exist_ok=True)
    for example in SCANNED:
        shipped = ASSETS / "examples" / example.file
        if out_dir.resolve() != shipped.parent.resolve():
            shutil.copy(shipped, out_dir)
    for number, example in enumerate(DRAWN):
        drawing = example.origin
        assert isinstance(drawing, Drawing)
        font = ImageFont.truetype(str(fonts / f"{drawing.face}.ttf"), drawing.size)
        image = drawing.draw(example.lines, font, np.random.default_rng([seed, number]))
        Image.fromarray(image).save(out_dir / example.file, optimize=True)
    return [out_dir / example.file for example in EXAMPLES]


def thumbnail(path: Path, width: int = 440, height: int = 128) -> np.ndarray:
    """(height, width, 3) uint8: the beginning of an example at a size in which its hand can be recognised."""
    with Image.open(path) as picture:
        rgb = np.asarray(picture.convert("RGB"))
    rows, columns = rgb.shape[:2]
    factor = max(height / rows, width / columns)
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    small = cv2.resize(rgb, (max(width, round(columns * factor)), max(height, round(rows * factor))), interpolation=how)
    return small[:height, :width]
