"""A line cut out again from its corners is the line that was read."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import Image

from hwr.errors import InputError
from hwr.images.cut import cut_along, file_digest, lined_page
from hwr.images.load import load_image
from hwr.images.page import find_lines
from hwr.paths import ASSETS


@pytest.mark.slow
@pytest.mark.parametrize("name", ["page", "photo"])
def test_a_found_line_comes_as_it_was_found(name):
    path = ASSETS / "examples" / f"{name}.png"
    regions = find_lines(load_image(path).grey)
    page = lined_page(path)
    for region in regions:
        assert np.array_equal(page.line_image(region.polygon), region.grey)
        assert np.array_equal(page.line_image(region.polygon.round(1)), region.grey)
    assert page.digest == hashlib.sha256(path.read_bytes()).hexdigest() == file_digest(path)


def test_the_whole_image_as_one_line_is_the_image():
    path = ASSETS / "examples" / "page.png"
    page = lined_page(path)
    height, width = page.grey.shape
    whole = np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]])
    assert np.array_equal(page.line_image(whole), page.grey)


def test_a_turned_line_is_set_upright():
    """Bright columns 10..19 of a box that lies on its side, its top at the right."""
    grey = np.zeros((60, 50), np.uint8)
    grey[20:30, 10:20] = 200
    turned = cut_along(grey, np.array([[20.0, 10.0], [20.0, 50.0], [10.0, 50.0], [10.0, 10.0]]))
    assert turned.shape == (10, 40)
    assert (turned[:, 10:20] == 200).all()
    assert turned[:, 21:].max() == turned[:, :9].max() == 0


def test_corners_on_each_other_and_files_that_are_gone(tmp_path):
    with pytest.raises(InputError, match="no area"):
        cut_along(np.zeros((9, 9), np.uint8), np.full((4, 2), 3.0))
    for use in (lined_page, file_digest):
        with pytest.raises(InputError, match="no longer here"):
            use(tmp_path / "gone.png")


def test_a_page_without_ink_still_gives_its_whole(tmp_path):
    Image.new("L", (90, 40), 255).save(tmp_path / "blank.png")
    page = lined_page(tmp_path / "blank.png")
    assert page.regions == []
    assert page.line_image(np.array([[0.0, 0.0], [90.0, 0.0], [90.0, 40.0], [0.0, 40.0]])).shape == (40, 90)
