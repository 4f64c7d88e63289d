"""Ink is the same whatever the light, the paper's tone, the pen's colour and the polarity."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from hwr.images.ink import ink_box, ink_map, paper_is_dark, paper_level


def written(text: str = "quick brown fox", size: int = 48) -> np.ndarray:
    """Share of ink (H, W) in 0..1 of drawn text."""
    font = ImageFont.load_default(size)
    image = Image.new("L", (round(font.getlength(text)) + size, size * 2), 0)
    ImageDraw.Draw(image).text((size // 2, size // 3), text, fill=255, font=font)
    return np.asarray(image).astype(np.float64) / 255


def on_paper(share: np.ndarray, paper: np.ndarray | float, ink: float) -> np.ndarray:
    return (paper * (1 - share) + ink * share).round().clip(0, 255).astype(np.uint8)


def light(kind: str, shape: tuple[int, int]) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]]
    y, x = y / shape[0], x / shape[1]
    return {
        "even": np.ones(shape),
        "from the right": 0.45 + 0.55 * x,
        "from above": 1.0 - 0.1 * y,
        "a lamp": 1.0 - 0.3 * ((x - 0.3) ** 2 + 0.3 * (y - 0.5) ** 2),
    }[kind]


@pytest.mark.parametrize("kind", ["even", "from the right", "from above", "a lamp"])
@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (250, 40), (190, 60), (235, 150), (20, 240), (60, 160)])
def test_ink_map_is_the_ink_that_was_drawn(kind, paper, ink):
    share = written()
    found = ink_map(on_paper(share, paper * light(kind, share.shape), ink * light(kind, share.shape)))
    assert found is not None
    assert found.dtype == np.float32
    assert found.min() >= 0.0
    assert found.max() == pytest.approx(1.0)
    assert np.abs(found - share).mean() < 0.035


@pytest.mark.parametrize("scale", [12, 24, 48, 120, 300])
def test_polarity_at_every_size(scale):
    share = written(size=scale)
    for grey in (on_paper(share, 230, 30), on_paper(share, 180, 140)):
        assert not paper_is_dark(grey)
        assert paper_is_dark(255 - grey)


def test_polarity_of_a_sheet_on_a_dark_table():
    share = written()
    photo = np.full((share.shape[0] + 200, share.shape[1] + 200), 45, np.uint8)
    photo[100:-100, 100:-100] = on_paper(share, 210, 60)
    assert not paper_is_dark(photo)
    assert paper_is_dark(255 - photo)


def test_paper_level_ignores_strokes_and_follows_the_light():
    share = written()
    paper = 220 * light("from the right", share.shape)
    level = paper_level(on_paper(share, paper, 10))
    middle = slice(share.shape[1] // 4, 3 * share.shape[1] // 4)
    assert np.abs(level - paper)[:, middle].max() < 15


@pytest.mark.parametrize(
    "grey", [np.full((50, 90), 255), np.zeros((50, 90)), np.full((1, 1), 7), np.full((50, 90), 128)]
)
def test_blank_paper_has_no_ink(grey):
    assert ink_map(grey.astype(np.uint8)) is None


def test_paper_grain_is_no_ink():
    grain = np.random.default_rng(0).normal(215, 3, (100, 300)).clip(0, 255).astype(np.uint8)
    ink = ink_map(grain)
    assert ink is None or ink_box(ink) is None


def test_box_holds_letters_and_full_stop_but_not_dust():
    ink = np.zeros((60, 400), np.float32)
    ink[20:40, 50:300:10] = ink[20:40, 51:300:10] = ink[20:40, 52:300:10] = 1.0
    ink[36:40, 50:300] = 1.0  # a word
    ink[36:40, 310:314] = 1.0  # its full stop
    ink[18:19, 122:128] = 1.0  # an accent above it
    ink[55:57, 200:202] = 1.0  # dust below
    ink[30:33, 390:393] = 1.0  # dust far to the right
    assert ink_box(ink) == (50, 18, 314, 40)


def test_box_keeps_letters_beside_a_component_that_a_printed_line_holds_together():
    ink = np.zeros((60, 900), np.float32)
    ink[40:43, 0:850] = 1.0
    ink[15:40, 10:700:12] = 1.0
    ink[25:38, 870:876] = 1.0  # an i that does not touch the line
    assert ink_box(ink) == (0, 15, 876, 43)


def test_empty_map_has_no_box():
    assert ink_box(np.zeros((9, 9), np.float32)) is None


def test_dust_alone_has_no_box():
    specks = np.zeros((40, 40), np.float32)
    specks[::5, ::5] = 1.0
    assert ink_box(specks) is None
