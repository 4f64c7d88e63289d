"""Small masks by hand: what is left of a margin line, and letters in halves."""

from __future__ import annotations

import numpy as np
import pytest

from hwr.images.ridges import Pieces, _give_back, assign

LETTER, PEN, PITCH = 10.0, 2.0, 40


def written(lines: int = 5) -> np.ndarray:
    """So many lines of twenty letters, rings 10 pixels high whose strokes are 2 wide."""
    mask = np.zeros((PITCH * (lines + 1), 600), np.uint8)
    for line in range(lines):
        for letter in range(20):
            y, x = PITCH * (line + 1) - 10, 100 + 14 * letter
            mask[y : y + 10, x : x + 10] = 1
            mask[y + 2 : y + 8, x + 2 : x + 8] = 0
    return mask


def owned(mask: np.ndarray, x: int) -> list[int]:
    """How many ink pixels from column x on belong to no line, and how many to one."""
    pieces = Pieces.find(mask)
    owners = assign(mask, pieces, LETTER, PEN)
    return np.bincount((owners[pieces.x >= x] >= 0).astype(int), minlength=2).tolist()


def test_what_is_left_of_a_margin_line_belongs_to_no_line():
    mask = written()
    for y in range(10, 230, 20):  # a dash of 14 in every 20, one pixel thin
        mask[y : y + 14, 550] = 1
    assert owned(mask, 500) == [int(mask[:, 500:].sum()), 0]
    assert owned(mask, 0)[1] == int(mask[:, :500].sum())


def test_ones_in_a_column_of_their_own_are_writing():
    mask = written()
    for line in range(5):
        mask[PITCH * (line + 1) - 18 : PITCH * (line + 1), 550:552] = 1
    assert owned(mask, 500) == [0, int(mask[:, 500:].sum())]


@pytest.mark.parametrize(
    ("top", "width", "joins"),
    [(22, 30, True), (22, 60, False), (8, 30, False)],
    ids=["upper half of a capital", "as wide as a word", "a mark between two lines"],
)
def test_what_is_short_and_at_the_height_of_a_line_belongs_to_it(top, width, joins):
    line = [(x, y) for x in range(0, 300) for y in range(20, 40)]
    bit = [(x, y) for x in range(310, 310 + width) for y in range(top, top + 10)]
    x, y = np.array(line + bit).T
    owners = np.array([0] * len(line) + [1] * len(bit))
    given = _give_back(x, y, owners, LETTER)
    assert (given == owners).all() or (given == 0).all()
    assert (given == 0).all() == joins
    assert owners.max() == 1  # the array that was given stays


def test_a_stray_of_no_line_stays_one():
    x, y = np.array([(x, y) for x in range(100) for y in range(20)] + [(50, 25)]).T
    owners = np.array([0] * 2000 + [-1])
    assert (_give_back(x, y, owners, LETTER) == owners).all()
