"""What is drawn of a page's lines, and changes of them as a browser sends them."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from drawn_pages import TEXTS, page_image

from hwr.data.annotations import PageImage
from hwr.data.library import Library
from hwr.data.library_rows import NewLine
from hwr.errors import InputError
from hwr.images.page import find_lines
from hwr.ui.annotate.page_lines import apply_change, page_lines_view


@pytest.fixture
def page(tmp_path) -> tuple[Library, int]:
    library, out = Library(tmp_path / "annotations.sqlite"), io.BytesIO()
    image = page_image()
    image.save(out, "PNG")
    lines = [
        NewLine(region.polygon, region.outline, region.baseline, region.grey, (text, "small", confidence))
        for region, text, confidence in zip(find_lines(np.array(image.convert("L"))), TEXTS, (0.95, 0.3), strict=True)
    ]
    named = PageImage(hashlib.sha256(out.getvalue()).hexdigest(), "letter.png", *image.size)
    return library, library.add_page(library.create("letters"), named, out.getvalue(), lines)


def states(library: Library, page: int) -> list[str]:
    return [line["state"] for line in page_lines_view(library, page, "")["lines"]]


def test_lines_are_new_doubtful_or_corrected(page):
    library, id = page
    assert states(library, id) == ["new", "doubtful"]
    first = library.lines(id)[0]
    library.keep(first.id, first.text, who="ada", based_on=None)
    assert states(library, id) == ["corrected", "doubtful"]
    view = page_lines_view(library, id, "data:", chosen=[first.id, 99], answer=4)
    assert (view["chosen"], view["answer"], view["undo"], view["redo"]) == ([first.id], 4, None, None)
    assert view["lines"][0]["box"] == first.polygon


def test_every_change_is_done_as_it_was_asked(page):
    library, id = page
    first, second = (line["id"] for line in page_lines_view(library, id, "")["lines"])
    (made,) = apply_change(library, id, {"do": "merge", "lines": [second, first]}, "ada").lines
    assert page_lines_view(library, id, "")["undo"] == "merge"
    gap = float(np.mean([point[1] for point in library.lines(id)[0].polygon]))
    apply_change(library, id, {"do": "split", "lines": [made], "y": gap}, "ada")
    assert [line.text for line in library.lines(id)] == TEXTS
    last = library.lines(id)[1].id
    apply_change(library, id, {"do": "order", "lines": [last], "number": 1}, "ada")
    assert [line.text for line in library.lines(id)] == TEXTS[::-1]
    moved = [[x + 3, y + 2] for x, y in library.lines(id)[0].polygon]
    apply_change(library, id, {"do": "move", "lines": [last], "box": moved}, "ada")
    assert library.lines(id)[0].polygon == moved
    apply_change(library, id, {"do": "delete", "lines": [last]}, "ada")
    x0, y0, x1, y1 = *np.min(moved, axis=0), *np.max(moved, axis=0)
    apply_change(library, id, {"do": "draw", "box": [x0, y0, x1, y1]}, "ada")
    assert len(library.lines(id)) == 2
    for _ in range(6):
        apply_change(library, id, {"do": "undo"}, "ada")
    assert [line.id for line in library.lines(id)] == [first, second]
    apply_change(library, id, {"do": "redo"}, "ada")
    assert [line.id for line in library.lines(id)] == [made]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({}, "not known here"),
        ({"do": "fly"}, "not known here"),
        ({"do": "move", "lines": [1], "box": [[0, 0]] * 3}, "not known here"),
        ({"do": "move", "lines": [1], "box": [[0, 0], [9, 0], [9, "x"], [0, 9]]}, "not known here"),
        ({"do": "move", "lines": [], "box": [[0, 0], [9, 0], [9, 9], [0, 9]]}, "not known here"),
        ({"do": "split", "lines": [1], "x": None}, "not known here"),
        ({"do": "split", "lines": [1]}, "not understood"),
        ({"do": "draw", "box": "all"}, "not known here"),
        ({"do": "delete", "lines": []}, "not known here"),
        ({"do": "delete", "lines": ["1"]}, "not known here"),
        ({"do": "merge", "lines": [1, 77]}, "not on this page"),
        ({"do": "merge", "lines": [1]}, "two lines"),
        ({"do": "undo"}, "nothing to undo"),
    ],
)
def test_what_is_not_understood_is_a_sentence(page, asked, message):
    library, id = page
    before = library.lines(id)
    with pytest.raises(InputError, match=message):
        apply_change(library, id, asked, "ada")
    assert library.lines(id) == before
