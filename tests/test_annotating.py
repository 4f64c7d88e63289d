import io

import numpy as np
import pytest
from drawn_pages import TEXTS, page_image
from fake_reader import FakeReader
from PIL import Image

from hwr.annotating import add_page, doubts, line_grey, pages_of, read_again, riskiest
from hwr.data.library import Library
from hwr.errors import InputError
from hwr.images.load import load_image


def encoded(image: Image.Image, form: str, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


@pytest.fixture
def library(tmp_path) -> Library:
    return Library(tmp_path / "annotations.sqlite")


@pytest.fixture
def reader() -> FakeReader:
    return FakeReader({"letter": TEXTS, "book": TEXTS}, default="another line")


def test_a_page_is_cut_and_read_and_its_file_kept(library, reader):
    collection, data = library.create("all"), encoded(page_image(), "PNG")
    added = add_page(library, collection, reader, load_image(data, name="letter.png"), data)
    assert (added.title, added.lines, added.no_ink) == ("letter.png", 2, False)
    assert [line.text for line in library.lines(added.page)] == TEXTS
    assert library.page_data(added.page) == data
    with pytest.raises(InputError, match="already in the collection"):
        add_page(library, collection, reader, load_image(data, name="letter.png"), data)


def test_a_blank_page_comes_in_without_lines(library, reader):
    added = add_page(library, library.create("all"), reader, load_image(np.full((200, 300), 255, np.uint8), name="b"))
    assert added.no_ink
    assert library.lines(added.page) == []


def test_pages_of_a_file_come_one_by_one(library, reader, tmp_path):
    first, second = page_image(), page_image(["only one"])
    (tmp_path / "book.tif").write_bytes(encoded(first, "TIFF", save_all=True, append_images=[second]))
    uploads = list(pages_of(tmp_path / "book.tif"))
    assert [(u.page, u.pages, u.height) for u in uploads] == [(1, 2, first.height), (2, 2, second.height)]
    collection = library.create("all")
    for upload in uploads:
        add_page(library, collection, reader, upload)
    assert [page.title for page in library.pages(collection)] == ["book.tif · 1", "book.tif · 2"]


def test_doubts_are_about_the_text_that_counts(library, reader):
    added = add_page(library, library.create("all"), reader, load_image(page_image(), name="letter.png"))
    line = library.lines(added.page)[0]
    found = doubts(reader, line_grey(library, line.id), "the fist line")
    assert len(found.spans) == len("the fist line")
    assert found.alternatives[0] == "the first line"
    assert "the fist line" not in found.alternatives
    assert found.risky == list(range(10))  # the reader is 80 % sure of each; no more than ten are marked


def test_alternatives_ask_the_language_model_that_is_there(library, reader):
    added = add_page(library, library.create("all"), reader, load_image(page_image(), name="letter.png"))
    grey = line_grey(library, library.lines(added.page)[0].id)
    asked = []
    reader.n_best = lambda reading, n, lm=None: asked.append(lm) or FakeReader.n_best(reader, reading, n, lm=lm)
    assert doubts(reader, grey, TEXTS[0]).lm is None
    assert doubts(reader, grey, TEXTS[0], "smollm2").lm == "smollm2"
    assert asked == [None, "smollm2"]


def test_riskiest_are_the_least_sure_in_their_order():
    assert riskiest([0.5, 0.99, 0.1]) == [0, 2]
    assert riskiest([0.99]) == []


def test_reading_again_touches_no_text_of_a_person(library, reader):
    added = add_page(library, library.create("all"), reader, load_image(page_image(), name="letter.png"))
    kept, other = library.lines(added.page)
    library.keep(kept.id, "mine", who="ada", based_on=None)
    better = FakeReader({}, default="a better reading")
    assert read_again(library, better, library.lines(added.page)) == [other.id]
    assert [line.text for line in library.lines(added.page)] == ["mine", "a better reading"]
    assert read_again(library, better, library.lines(added.page)) == []
