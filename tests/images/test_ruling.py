"""Printed lines are told from the strokes on them by their darkness, and where two of them cross nothing is left."""

from __future__ import annotations

import numpy as np
import pytest

from hwr.images.ruling import _courses, printed_lines

TONE, INK = 50, 180  # light that printed lines and strokes take, of 255


@pytest.fixture
def squared() -> np.ndarray:
    """Squares of 40 pixels, as much light as each pixel takes: (600, 600) uint8."""
    excess = np.zeros((600, 600), np.uint8)
    excess[20::40] = TONE
    excess[:, 20::40] = TONE
    return excess


def printed(excess: np.ndarray) -> np.ndarray:
    return printed_lines(excess, np.full_like(excess, 10), 30.0, 2.0)


def test_squares_are_taken_out_with_their_crossings(squared: np.ndarray):
    left = (squared > 0) & ~printed(squared)
    assert left.sum() <= 0.005 * (squared > 0).sum()


def test_a_dark_stroke_along_a_printed_line_is_kept(squared: np.ndarray):
    squared[100:102, 205:235] = INK  # lies on the line at 100
    assert not printed(squared)[100, 205:235].any()
    assert printed(squared)[100, 250:270].all()


def test_a_stroke_across_a_printed_line_is_whole(squared: np.ndarray):
    squared[85:116, 210:213] = INK
    assert not printed(squared)[85:116, 210:213].any()


def test_a_printed_line_that_is_told_in_two_places_only_is_straight():
    """Two places tell no bent line: fitting one would warn whoever reads the image."""
    found = np.zeros((12, 20), np.uint8)
    found[5, 3:13] = 1  # letters stand on it
    found[5, [3, 12]] = 2
    ((course, half, start, stop),) = _courses(found, 8, 3)
    assert course(np.array([3.0, 8.0, 12.0])) == pytest.approx([5, 5, 5])
    assert (half, start, stop) == (0, 3, 13)
