"""Outlines hold all ink of a line, baselines run under its small letters."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwr.images.outline import baseline_of, outline_of
from hwr.images.page import find_lines


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40)), min_size=1, max_size=80), st.floats(3, 20))
def test_an_outline_holds_every_pixel(pixels, letter):
    points = np.array(sorted(set(pixels))) + 0.5
    outline = outline_of(points, letter).astype(np.float32)
    for x, y in points:
        assert cv2.pointPolygonTest(outline, (float(x), float(y)), True) >= 0
    assert np.allclose(outline.min(axis=0), points.min(axis=0) - 0.5)
    assert np.allclose(outline.max(axis=0), points.max(axis=0) + 0.5)


@pytest.mark.parametrize("bend", [0.0, 6.0])
def test_a_baseline_follows_the_small_letters(bend):
    """Letters 10 px high that stand on y = 50, every fifth with a descender, every third with an ascender."""
    points = []
    for index, x in enumerate(range(0, 800, 10)):
        base = 50 + round(bend * np.sin(np.pi * x / 800))
        low, high = base + (12 if index % 5 == 0 else 0), base - (22 if index % 3 == 0 else 10)
        points += [(x + dx + 0.5, y + 0.5) for dx in range(3) for y in range(high, low)]
        points += [(x + dx + 0.5, base - 0.5) for dx in range(8)]
    baseline = baseline_of(np.array(points), 10.0)
    expected = 50 + bend * np.sin(np.pi * baseline[:, 0] / 800)
    assert np.abs(baseline[:, 1] - expected).max() < 2.0


def test_regions_have_a_box_an_outline_and_a_baseline_in_the_upload(drawn_line):
    line = drawn_line("minimum gravy")
    page = np.full((500, 900), 255, np.uint8)
    for top in (40, 240):
        page[top : top + line.shape[0], 60 : 60 + line.shape[1]] = line
    regions = find_lines(page)
    assert len(regions) == 2
    ink = np.argwhere(page < 128)
    for region, mine in zip(regions, (ink[ink[:, 0] < 240], ink[ink[:, 0] >= 240]), strict=True):
        assert np.allclose(region.box, [*mine.min(axis=0)[::-1], *(mine.max(axis=0)[::-1] + 1)], atol=2)
        foot = np.median(region.baseline[:, 1])
        assert region.box[1] + 0.4 * (region.box[3] - region.box[1]) < foot < region.box[3]
        assert (np.diff(region.baseline[:, 0]) > 0).all()
