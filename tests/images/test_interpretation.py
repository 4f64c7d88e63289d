from __future__ import annotations

import numpy as np

from hwr.images.interpretation import MOST_PARTS, Tried, best_turn, is_one_line, may_be_one_line
from hwr.images.page import LineRegion


def region(x0: float, y0: float, x1: float, y1: float) -> LineRegion:
    corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=np.float64)
    return LineRegion(corners, np.eye(2, 3), np.zeros((2, 2), np.uint8), corners, corners[[3, 2]])


def test_one_region_needs_no_second_look_and_none_does():
    assert not may_be_one_line([region(0, 0, 900, 40)])
    assert may_be_one_line([])


def test_only_few_regions_that_are_wide_together_may_be_one_line():
    assert may_be_one_line([region(0, 10, 300, 40), region(310, 0, 600, 50)])
    assert not may_be_one_line([region(0, 0, 300, 40), region(0, 60, 200, 300)])
    parts = [region(50 * i, 0, 50 * i + 40, 30) for i in range(MOST_PARTS + 1)]
    assert may_be_one_line(parts[1:])
    assert not may_be_one_line(parts)


def test_two_lines_that_are_guessed_at_as_one_stay_two():
    assert not is_one_line(Tried(0.98, 57), Tried(0.91, 45))
    assert not is_one_line(Tried(0.93, 60), Tried(0.60, 30))
    assert not is_one_line(Tried(0.50, 400), Tried(0.90, 3))  # a page of which hardly a letter is seen


def test_parts_of_one_line_that_are_guessed_at_are_one():
    assert is_one_line(Tried(0.66, 18), Tried(1.00, 13))
    assert is_one_line(Tried(0.99, 51), Tried(0.98, 52))
    assert is_one_line(Tried(0.53, 92), Tried(0.86, 42))  # most of the parts' letters are none


def test_where_nothing_was_found_only_what_is_read_surely_counts():
    assert is_one_line(Tried(0.0, 0), Tried(0.97, 14))
    assert not is_one_line(Tried(0.0, 0), Tried(0.48, 4))
    assert not is_one_line(Tried(0.0, 0), Tried(0.0, 0))


def test_a_direction_must_be_read_much_more_surely():
    assert best_turn({0: Tried(0.8, 40), 180: Tried(0.85, 40)}) == 0
    assert best_turn({0: Tried(0.7, 40), 180: Tried(0.85, 40), 90: Tried(0.99, 10)}) == 180
