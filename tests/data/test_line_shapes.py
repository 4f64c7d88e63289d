"""Lines are moved, split, merged, drawn, deleted and put in order; what a person wrote stays, and all of it can be undone."""

from __future__ import annotations

import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from hwr.data.annotations import AnnotationStore, PageImage, place
from hwr.data.library import Library
from hwr.data.library_rows import Line, NewLine
from hwr.data.line_shapes import (
    delete_lines,
    draw_line,
    merge_lines,
    move_line,
    order_line,
    redo,
    split_line,
    undo,
    undo_state,
)
from hwr.errors import InputError
from hwr.images.area import rectangle
from hwr.images.page import find_lines

# Three lines of words, a word a black box: two words, three, one.
WORDS = [(20, 20, 100, 40), (140, 20, 220, 40), (20, 80, 80, 100), (110, 80, 170, 100), (200, 80, 280, 100)]
WORDS += [(20, 140, 160, 160)]
TEXTS = ["hello world", "one two three", "end"]


def png(words: list[tuple[int, int, int, int]] = WORDS) -> bytes:
    grey = np.full((240, 400), 240, np.uint8)
    for x0, y0, x1, y1 in words:
        grey[y0:y1, x0:x1:8] = grey[y0:y1, x0 + 1 : x1 : 8] = 20  # strokes
        grey[y1 - 3 : y1, x0:x1] = 20  # that hang together
    out = io.BytesIO()
    Image.fromarray(grey).save(out, "PNG")
    return out.getvalue()


def add_page(library: Library, texts: list[str], data: bytes) -> int:
    grey = np.array(Image.open(io.BytesIO(data)))
    lines = [
        NewLine(region.polygon, region.outline, region.baseline, region.grey, (text, "small", 0.6))
        for region, text in zip(find_lines(grey), texts, strict=True)
    ]
    image = PageImage(hashlib.sha256(data).hexdigest(), "page.png", 400, 240)
    return library.add_page(library.create("letters"), image, data, lines)


@pytest.fixture
def library(tmp_path) -> Library:
    return Library(tmp_path / "annotations.sqlite")


@pytest.fixture
def page(library) -> int:
    return add_page(library, TEXTS, png())


def shown(library: Library, page: int) -> list[tuple[str, bool]]:
    """The texts of a page in reading order, and whether a person has kept them."""
    return [(line.text, line.revision is not None) for line in library.lines(page)]


def is_at(line: Line, box: list[int]) -> bool:
    """Whether the ink of a line fills a box, to two pixels."""
    return np.abs(np.array([np.min(line.outline, axis=0), np.max(line.outline, axis=0)]).ravel() - box).max() <= 2


def test_a_moved_line_keeps_its_id_and_text_and_gets_a_new_picture(library, page):
    line = library.lines(page)[0]
    library.keep(line.id, "Hello, world", who="ada", based_on=None)
    change = move_line(library, line.id, rectangle(10, 10, 120.4, 50), "ada")
    assert (change.lines, change.to_read) == ((line.id,), ())
    moved = library.lines(page)[0]
    assert (moved.id, moved.text, moved.polygon) == (line.id, "Hello, world", rectangle(10, 10, 120, 50).tolist())
    assert is_at(moved, [20, 20, 100, 40])
    assert Image.open(io.BytesIO(library.line_image(line.id))).size == (110, 40)
    (kept,) = AnnotationStore(library.path).lines()
    assert (kept.polygon, kept.png) == (moved.polygon, library.line_image(line.id))
    undo(library, page)
    assert library.lines(page)[0].polygon == line.polygon
    assert move_line(library, library.lines(page)[1].id, rectangle(5, 70, 300, 110), "ada").to_read != ()


def test_a_split_line_shares_its_text_and_keeps_its_history(library, page):
    line = library.lines(page)[1]
    library.keep(line.id, "One two three", who="ada", based_on=None)
    change = split_line(library, line.id, "bo", x=95)
    assert change.to_read == ()
    assert shown(library, page) == [("hello world", False), ("One", False), ("two three", False), ("end", False)]
    left, right = library.lines(page)[1:3]
    assert is_at(left, [20, 80, 80, 100])
    assert is_at(right, [110, 80, 280, 100])
    assert [r.text for r in library.history(left.id)] == ["One two three"]
    library.keep(left.id, "One,", who="bo", based_on=None)
    assert [r.text for r in library.history(left.id)] == ["One two three", "One,"]
    undo(library, page)
    assert shown(library, page)[1] == ("One two three", True)
    redo(library, page)
    assert shown(library, page)[1:3] == [("One,", True), ("two three", False)]


def test_two_lines_in_one_are_parted_at_a_y(library, page):
    first, second, _ = library.lines(page)
    both = merge_lines(library, [second.id, first.id], "ada")
    assert shown(library, page) == [("hello world one two three", False), ("end", False)]
    change = split_line(library, both.lines[0], "ada", y=60)
    assert change.to_read == change.lines
    upper, lower, _ = library.lines(page)
    assert is_at(upper, [20, 20, 220, 40])
    assert is_at(lower, [20, 80, 280, 100])
    assert [text for text, _ in shown(library, page)] == TEXTS


def test_parts_of_a_row_are_merged_from_left_to_right(library, page):
    line = library.lines(page)[1]
    left, right = split_line(library, line.id, "ada", x=95).lines
    order_line(library, right, 1, "ada")
    library.keep(left, "One", who="ada", based_on=None)
    change = merge_lines(library, [right, left], "ada")
    assert change.to_read == ()  # a model would take the place of what ada wrote
    assert shown(library, page) == [("One two three", False), ("hello world", False), ("end", False)]
    assert library.lines(page)[0].id == line.id  # it is the same place again
    assert [r.text for r in library.history(line.id)] == ["One"]


def test_merged_texts_count_as_kept_where_all_were(library, page):
    first, second, _ = library.lines(page)
    for line, text in ((first, "Hello world"), (second, "one two three")):
        library.keep(line.id, text, who="ada", based_on=None, writer="Cleo")
    (made,) = merge_lines(library, [first.id, second.id], "bo").lines
    assert shown(library, page)[0] == ("Hello world one two three", True)
    assert [(r.text, r.who, r.writer) for r in library.history(made)][-1] == ("Hello world one two three", "bo", "Cleo")
    assert AnnotationStore(library.path).count() == 1


def test_a_drawn_line_follows_its_ink_and_stands_in_its_place(library, page):
    line = library.lines(page)[1]
    delete_lines(library, [line.id], "ada")
    change = draw_line(library, page, [10, 60, 190, 118], "ada")
    drawn = library.lines(page)[1]
    assert (drawn.id, drawn.text) == (change.lines[0], "")
    assert is_at(drawn, [20, 80, 170, 100])
    assert change.to_read == change.lines
    with pytest.raises(InputError, match="at exactly this place"):
        draw_line(library, page, [11, 61, 189, 117], "ada")
    faint = draw_line(library, page, [300, 170, 390, 200], "ada").lines[0]
    assert library.lines(page)[-1].id == faint
    assert is_at(library.lines(page)[-1], [300, 170, 390, 200])


def test_deleted_lines_come_back_in_their_places_with_their_texts(library, page):
    first, _, third = library.lines(page)
    library.keep(first.id, "Hello", who="ada", based_on=None)
    delete_lines(library, [first.id, third.id], "ada")
    assert shown(library, page) == [("one two three", False)]
    assert undo_state(library, page).undo == "delete"
    assert undo(library, page).lines == (first.id, third.id)
    assert shown(library, page) == [("Hello", True), ("one two three", False), ("end", False)]


def test_changes_are_undone_and_redone_in_turn(library, page):
    first, second, third = (line.id for line in library.lines(page))
    order_line(library, third, 1, "ada")
    order_line(library, first, 9, "ada")
    assert [line.id for line in library.lines(page)] == [third, second, first]
    assert (undo_state(library, page).undo, undo_state(library, page).redo) == ("order", None)
    undo(library, page)
    undo(library, page)
    assert [line.id for line in library.lines(page)] == [first, second, third]
    with pytest.raises(InputError, match="nothing to undo"):
        undo(library, page)
    redo(library, page)
    assert [line.id for line in library.lines(page)] == [third, first, second]
    delete_lines(library, [second], "ada")
    with pytest.raises(InputError, match="nothing to redo"):
        redo(library, page)
    order_line(library, third, 1, "ada")  # where it is already: no change
    undo(library, page)
    assert [line.id for line in library.lines(page)] == [third, first, second]


def test_nothing_is_undone_over_what_happened_otherwise(library, page):
    first, second, _ = (line.id for line in library.lines(page))
    delete_lines(library, [first], "ada")
    library.delete("line", second)
    with pytest.raises(InputError, match="changed the lines"):
        undo(library, page)
    assert shown(library, page) == [("end", False)]


def test_bad_input_is_a_sentence_and_changes_nothing(library, page):
    first, second, _ = (line.id for line in library.lines(page))
    other_page = add_page(library, ["x", "y"], png(WORDS[:3]))
    other = library.lines(other_page)[0].id
    before = library.lines(page)
    delete_lines(library, [library.lines(other_page)[1].id], "ada")
    gone = library.lines(other_page)
    assert len(gone) == 1
    for message, change in {
        "outside of the page": lambda: draw_line(library, page, [500, 10, 600, 40], "ada"),
        "no area": lambda: draw_line(library, page, [10, 10, 12, 40], "ada"),
        "no  area": lambda: move_line(library, first, np.array([[50, 10], [20, 40], [50, 10], [20, 40]]), "ada"),
        "not understood": lambda: move_line(library, first, np.full((4, 2), np.nan), "ada"),
        "no writing": lambda: split_line(library, first, "ada", x=390),
        "two lines": lambda: merge_lines(library, [first, first], "ada"),
        "not on this page": lambda: merge_lines(library, [first, other], "ada"),
        "or no longer": lambda: delete_lines(library, [first, 999], "ada"),
        "Line 998": lambda: order_line(library, 998, 1, "ada"),
    }.items():
        with pytest.raises(InputError, match=message.replace("  ", " ")):
            change()
    delete_lines(library, [second], "ada")
    with pytest.raises(InputError, match="or no longer"):
        split_line(library, second, "ada", x=95)
    undo(library, page)
    assert library.lines(page) == before


def test_what_is_kept_in_read_of_a_line_that_was_split_is_said_not_to_count(library, page):
    store, line = AnnotationStore(library.path), library.lines(page)[1]
    image = library.page_image(page)

    def keep(text: str):
        revision = store.keep(image, np.array(line.polygon), np.zeros((4, 4), np.uint8), text, who="ada")
        return revision, store.counts(revision.line)

    assert keep("One two three")[1]
    split_line(library, line.id, "bo", x=95)
    later, counts = keep("1 2 3")
    assert not counts
    assert "1 2 3" not in [kept.revision.text for kept in store.lines()]
    assert store.latest_on(image.digest)[place(np.array(line.polygon))] == later  # noted all the same
    undo(library, page)
    assert store.counts(later.line)
    assert keep("")[1] is False  # taken out
