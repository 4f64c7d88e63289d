import numpy as np
import pytest

from hwr.data.annotations import Outdated, PageImage
from hwr.data.library import Library
from hwr.data.library_rows import NewLine
from hwr.data.undo import take_back
from hwr.evaluation.agreement import Agreement, agreement


@pytest.fixture
def library(tmp_path) -> Library:
    return Library(tmp_path / "annotations.sqlite")


def lines_of(library: Library, count: int) -> tuple[int, list[int]]:
    """A collection of one page with so many lines; their ids."""
    collection = library.create("all")
    boxes = [np.array([[0, y], [90, y], [90, y + 9], [0, y + 9]], float) for y in range(0, 10 * count, 10)]
    new = [NewLine(box, box, box[2:], np.zeros((9, 90), np.uint8)) for box in boxes]
    page = library.add_page(collection, PageImage("digest", "page", 90, 10 * count), b"", new)
    return collection, [line.id for line in library.lines(page)]


def test_two_people_agree_but_for_their_edits(library):
    collection, (one, two, three) = lines_of(library, 3)
    for line, ada, bert in ((one, "cart", "cut"), (two, "same", "same")):
        kept = library.keep(line, ada, who="ada", based_on=None)
        library.keep(line, bert, who="bert", based_on=kept.id)
    library.keep(three, "hers alone", who="ada", based_on=None)
    (found,) = agreement(library, collection)
    assert found == Agreement("ada", "bert", lines=2, equal=1, edits=2, characters=7.5)  # (4 + 3) / 2 + 4
    assert found.cer == 2 / 7.5


def test_a_text_that_was_set_aside_counts_and_one_that_was_taken_back_does_not(library):
    collection, (one, two) = lines_of(library, 2)
    library.keep(one, "ab", who="ada", based_on=None)
    with pytest.raises(Outdated):
        library.keep(one, "ac", who="bert", based_on=None)
    kept = library.keep(two, "ab", who="ada", based_on=None)
    theirs = library.keep(two, "xy", who="bert", based_on=kept.id)
    take_back(library, two, theirs.id, kept.id, "bert")
    (found,) = agreement(library, collection)
    assert (found.lines, found.edits) == (1, 1)


def test_one_person_has_nobody_to_agree_with(library):
    collection, (one,) = lines_of(library, 1)
    kept = library.keep(one, "ab", who="ada", based_on=None)
    library.keep(one, "ac", who="ada", based_on=kept.id)
    assert agreement(library, collection) == []
