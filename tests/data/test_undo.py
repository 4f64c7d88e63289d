import numpy as np
import pytest

from hwr.data.annotations import Outdated, PageImage
from hwr.data.library import Library
from hwr.data.library_rows import NewLine
from hwr.data.undo import take_back
from hwr.errors import InputError

BOX = np.array([[0, 0], [90, 0], [90, 9], [0, 9]], float)


@pytest.fixture
def library(tmp_path) -> Library:
    return Library(tmp_path / "annotations.sqlite")


@pytest.fixture
def line(library) -> int:
    """A line that a model has read."""
    new = NewLine(BOX, BOX, BOX[2:], np.zeros((9, 90), np.uint8), ("as read", "model", 0.5))
    page = library.add_page(library.create("all"), PageImage("digest", "page", 90, 9), b"", [new])
    return library.lines(page)[0].id


def test_what_was_kept_is_taken_back_step_by_step(library, line):
    first = library.keep(line, "one", who="ada", based_on=None)
    second = library.keep(line, "two", who="ada", based_on=first.id)
    back = take_back(library, line, second.id, first.id, "ada")
    assert (back.text, back.revision) == ("one", first.id)
    back = take_back(library, line, first.id, None, "ada")
    assert (back.text, back.revision) == ("as read", None)
    assert [(one.text, one.how) for one in library.history(line)] == [
        ("one", "typed"),
        ("two", "typed"),
        ("one", "undone"),
        ("as read", "undone"),
    ]
    assert library.search("as read")
    assert not library.search("two")


def test_a_newer_text_of_somebody_else_is_not_taken_back(library, line):
    mine = library.keep(line, "mine", who="ada", based_on=None)
    theirs = library.keep(line, "theirs", who="bert", based_on=mine.id)
    with pytest.raises(Outdated, match="bert") as refused:
        take_back(library, line, mine.id, None, "ada")
    assert refused.value.theirs == theirs
    assert library.line(line).text == "theirs"


def test_a_text_is_kept_where_the_one_that_was_seen_was_taken_back(library, line):
    hers = library.keep(line, "hers", who="ada", based_on=None)
    take_back(library, line, hers.id, None, "ada")
    his = library.keep(line, "his", who="bert", based_on=hers.id)
    assert (library.line(line).text, library.line(line).revision) == ("his", his.id)


def test_texts_of_another_line_and_lines_that_are_gone_are_refused(library, line):
    kept = library.keep(line, "mine", who="ada", based_on=None)
    with pytest.raises(InputError):
        take_back(library, line, kept.id, kept.id + 1, "ada")
    with pytest.raises(InputError):
        take_back(library, line, kept.id + 1, None, "ada")
    library.delete("line", line)
    with pytest.raises(InputError):
        take_back(library, line, kept.id, None, "ada")
