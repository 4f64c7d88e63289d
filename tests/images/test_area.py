"""What a person boxes, cuts and joins on a page is the writing that is there."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from test_page import TEXTS, page

from hwr.images.area import drawn, framed, joined, parts, rectangle
from hwr.images.page import LineRegion, find_lines
from hwr.images.page_ink import ink_of


def iou(a: np.ndarray, b: np.ndarray) -> float:
    left, right = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    both = float(np.prod(np.maximum(right - left, 0)))
    return both / (float(np.prod(a[2:] - a[:2])) + float(np.prod(b[2:] - b[:2])) - both)


@pytest.fixture(scope="module")
def three() -> tuple[np.ndarray, np.ndarray]:
    return page(TEXTS[:3])


def test_a_roughly_drawn_box_becomes_the_line_in_it(three):
    grey, boxes = three
    lines = find_lines(grey)
    x0, y0, x1, y1 = boxes[1]
    rough = rectangle(x0 - 15, y0 - 12, x1 + 15, y1 + 14)
    region = drawn(grey, ink_of(grey), rough, [lines[0].outline, lines[2].outline])
    assert iou(np.array(region.box), boxes[1]) > 0.9
    assert np.array_equal(region.grey, lines[1].grey)


def test_what_reaches_into_a_box_from_another_line_is_painted_over(three):
    grey, boxes = three
    lines = find_lines(grey)
    x0, _, x1, y1 = boxes[1]
    deep = rectangle(x0, boxes[0][3] - 8, x1, y1)  # the feet of the line above lie in it
    region = drawn(grey, ink_of(grey), deep, [lines[0].outline])
    assert iou(np.array(region.box), boxes[1]) > 0.9


def test_a_box_is_cut_as_it_is_given(three):
    grey, boxes = three
    x0, y0, x1, y1 = (round(float(v)) for v in boxes[1])
    box = rectangle(x0 - 3, y0 - 4, (x0 + x1) // 2, y1 + 5)
    region = framed(grey, ink_of(grey), box, [])
    assert region.grey.shape == (y1 - y0 + 9, (x0 + x1) // 2 - x0 + 3)
    assert np.array_equal(region.polygon, box)
    assert region.box[2] <= (x0 + x1) // 2 + 1
    assert y0 < region.baseline[0, 1] < y1


def test_a_turned_box_is_cut_upright(three):
    grey, _ = three
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -4, 1.0)
    turned = cv2.warpAffine(grey, turn, (width, height), borderValue=245)
    lines = find_lines(turned)
    assert len(lines) == 3
    ink = ink_of(turned)
    again = framed(turned, ink, lines[1].polygon, [lines[0].outline, lines[2].outline])
    assert again.grey.shape == lines[1].grey.shape
    assert np.abs(again.grey.astype(int) - lines[1].grey).mean() < 2.0
    left, right = halves(turned, lines[1])
    assert left.box[2] < right.box[0] + 5  # of a slanting cut


def halves(grey: np.ndarray, line: LineRegion) -> tuple[LineRegion, LineRegion]:
    x0, _, x1, _ = line.box
    found = parts(grey, ink_of(grey), line.polygon, line.outline, "x", (x0 + x1) / 2)
    assert found is not None
    return found


def test_a_line_is_cut_in_two_and_joined_again(three):
    grey, boxes = three
    line = find_lines(grey)[1]
    left, right = halves(grey, line)
    middle = (boxes[1][0] + boxes[1][2]) / 2
    assert left.box[0] == pytest.approx(line.box[0])
    assert right.box[2] == pytest.approx(line.box[2])
    assert left.box[2] < middle + 20
    assert right.box[0] > middle - 20
    whole = joined(grey, ink_of(grey), [right.outline, left.outline])
    assert whole.box == pytest.approx(line.box)
    assert np.array_equal(whole.grey, line.grey)


def test_two_lines_in_one_box_are_cut_between_them(three):
    grey, boxes = three
    both = joined(grey, ink_of(grey), [line.outline for line in find_lines(grey)[:2]])
    gap = (boxes[0][3] + boxes[1][1]) / 2
    found = parts(grey, ink_of(grey), both.polygon, both.outline, "y", gap)
    assert found is not None
    for part, box in zip(found, boxes, strict=False):
        assert iou(np.array(part.box), box) > 0.9


def test_nothing_beside_a_cut_is_told(three):
    grey, _ = three
    line = find_lines(grey)[0]
    assert parts(grey, ink_of(grey), line.polygon, line.outline, "x", line.box[0] - 1) is None
    assert parts(grey, None, line.polygon, line.outline, "x", 100.0) is None


def test_where_no_ink_is_seen_the_box_is_the_line():
    grey = np.full((100, 200), 240, np.uint8)
    box = rectangle(20, 30, 120, 60)
    for found in (drawn(grey, None, box, []), framed(grey, None, box, []), joined(grey, None, [box])):
        assert found.grey.shape == (30, 100)
        assert found.outline.tolist() == box.tolist()
        assert found.baseline.tolist() == [[20.0, 54.0], [120.0, 54.0]]
