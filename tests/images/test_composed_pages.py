"""Pages composed of drawn lines are cut where they were composed: a small version of `tests.benchmarks.pages`."""

from __future__ import annotations

import numpy as np
import pytest
from composed_pages import ComposedPage, compose_page, count_lines

from hwr.data.fonts import draw_text, load_faces
from hwr.images.page import find_lines
from hwr.paths import ASSETS

WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dogs", "and", "then", "it", "sleeps", "by", "night"]


def drawn_lines(rng: np.random.Generator) -> list[np.ndarray]:
    """Lines of one typeface, of two to seven words, as coverages trimmed to their ink."""
    faces = load_faces(ASSETS / "fonts")
    face = faces[int(rng.integers(len(faces)))]
    lines = []
    for _ in range(14):
        text = " ".join(rng.choice(WORDS, int(rng.integers(2, 8))))
        coverage = draw_text(text, face, 56)[1]
        rows, columns = np.nonzero(coverage > 0.3)
        lines.append(coverage[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(np.float32))
    return lines


@pytest.mark.slow
def test_composed_pages_are_cut_into_their_lines():
    rng = np.random.default_rng(7)
    pages = [compose_page(drawn_lines(rng), rng) for _ in range(10)]
    assert len({page.kind for page in pages}) >= 4
    counted = count_lines([(page, [region.outline for region in find_lines(page.grey)]) for page in pages])
    assert counted.lines > 150
    assert counted.found >= 0.99
    assert counted.cut <= 0.01
    assert counted.merged <= 0.01
    assert counted.ordered >= 0.9


@pytest.mark.slow
def test_the_same_seed_composes_the_same_page():
    first, second = (compose_page(drawn_lines(rng), rng) for rng in map(np.random.default_rng, (3, 3)))
    assert np.array_equal(first.grey, second.grey)
    assert np.array_equal(first.boxes, second.boxes)


def test_flattened_is_the_way_back_of_raised():
    rng = np.random.default_rng(5)
    page = ComposedPage(np.zeros((900, 700), np.uint8), np.zeros((0, 4)), 2.5, 14.0, 1.0, "")
    points = rng.uniform(0, 700, (50, 2))
    assert np.allclose(page.flattened(page.raised(points)), points)


def test_counting_tells_found_cut_merged_and_extra():
    page = ComposedPage(
        np.zeros((400, 400), np.uint8), np.array([[0.0, 0, 100, 20], [0, 40, 100, 60], [0, 80, 100, 100]]), 0, 0, 0, ""
    )

    def box(x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
        return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])

    perfect = count_lines([(page, [box(0, 0, 100, 20), box(0, 40, 100, 60), box(0, 80, 100, 100)])])
    assert (perfect.found, perfect.cut, perfect.merged, perfect.extra, perfect.ordered) == (1, 0, 0, 0, 1)
    halves = count_lines([(page, [box(0, 0, 50, 20), box(50, 0, 100, 20), box(0, 40, 100, 100), box(0, 300, 50, 310)])])
    assert halves.found == 0
    assert halves.cut == pytest.approx(1 / 3)
    assert halves.merged == pytest.approx(2 / 3)
    assert halves.extra == 1
    swapped = count_lines([(page, [box(0, 40, 100, 60), box(0, 0, 100, 20)])])
    assert swapped.ordered == 0
    assert count_lines([(page, [])]).found == 0
