"""Collections go out and come back in equal, and their splits stay where they were frozen."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from hwr.data.annotations import PageImage
from hwr.data.dataset import read_imagefolder
from hwr.data.exchange import export_collection, import_pages
from hwr.data.formats.archive import read_pages
from hwr.data.formats.document import Glyph, Line, Page, Word, rectangle
from hwr.data.formats.page_xml import write_page_xml
from hwr.data.frozen_splits import digest_of, freeze, frozen_splits, split_of
from hwr.data.library import Library, NewLine
from hwr.errors import InputError


def png(seed: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (200, 400), dtype=np.uint8)).save(out, "PNG")
    return out.getvalue()


def line(n: int, text: str | None) -> NewLine:
    quad = np.array([[10.0, 60 * n + 5], [390, 60 * n + 5], [390, 60 * n + 50], [10, 60 * n + 50]])
    proposal = None if text is None else (text, "small", 0.5)
    return NewLine(quad, quad, quad[[3, 2]] - [0, 8], np.full((45, 380), 9, np.uint8), proposal)


@pytest.fixture
def library(tmp_path) -> Library:
    return Library(tmp_path / "annotations.sqlite")


@pytest.fixture
def collection(library) -> int:
    made = library.create("letters")
    for n in range(3):
        lines = [line(0, f"first of {n}"), line(1, None), line(2, "é & <ü>")]
        library.add_page(made, PageImage(f"digest {n}", "letter.png", 400, 200), png(n), lines, writer=f"hand {n % 2}")
    return made


@pytest.mark.parametrize("form", ["zip", "page", "alto", "json"])
def test_export_import_export_is_equal(library, collection, tmp_path, form):
    out = tmp_path / ("first.zip" if form == "zip" else "first")
    assert export_collection(library, collection, out, form) == 9
    other = Library(tmp_path / "other.sqlite")
    # The archive of all holds every page in three formats; a page comes in once.
    result = import_pages(other, out, "again")
    assert (result.pages, result.lines, result.without_text) == (3, 9, 3)
    assert (result.skipped, result.repeated) == ([], 6 if form == "zip" else 0)
    second = tmp_path / ("second.zip" if form == "zip" else "second")
    export_collection(other, result.collection, second, form)
    first, again = ({(f.file, f.image): f.page for f in read_pages(path).pages} for path in (out, second))
    assert first == again
    assert {len(page.lines) for page in first.values()} == {3}


def test_plain_text_and_unknown_formats(library, collection, tmp_path):
    export_collection(library, collection, tmp_path / "out", "text")
    texts = sorted((tmp_path / "out" / "text").iterdir())
    assert texts[0].read_text("utf-8").splitlines()[1:] == ["", "é & <ü>"]
    assert len(texts) == 3
    with pytest.raises(InputError, match="no format 'docx'"):
        export_collection(library, collection, tmp_path / "x", "docx")
    with pytest.raises(InputError, match="no lines"):
        export_collection(library, library.create("empty"), tmp_path / "x", "zip")
    with pytest.raises(InputError, match="already holds"):
        export_collection(library, collection, tmp_path / "out", "text")


def test_corrected_lines_are_a_data_set_split_by_page_or_writer(library, collection, tmp_path):
    with pytest.raises(InputError, match="No line has been kept"):
        export_collection(library, collection, tmp_path / "none", "imagefolder")
    for page in library.pages(collection):
        library.keep(library.lines(page.id)[0].id, f"kept {page.id}", who="ada", based_on=None)
    assert export_collection(library, collection, tmp_path / "out", "imagefolder", by="writer") == 3
    dataset = read_imagefolder(tmp_path / "out")
    assert {record.writer: record.split for record in dataset} == {f"hand {n}": split_of(f"hand {n}") for n in range(2)}
    result = import_pages(Library(tmp_path / "other.sqlite"), tmp_path / "out", "again")
    assert (result.pages, result.lines) == (1, 1)  # the three cut-outs are one and the same image
    assert len(result.skipped) == 2


def test_an_image_of_another_size_than_its_page_says_is_scaled(library, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(png(0))
    page = Page("a.png", 800, 400, [Line(rectangle(100, 100, 600, 80), [(100, 170), (700, 170)], "twice as large")])
    (tmp_path / "in" / "a.xml").write_bytes(write_page_xml(page))
    result = import_pages(library, tmp_path / "in", "scaled")
    (there,) = library.pages(result.collection)
    (found,) = library.lines(there.id)
    assert found.polygon == [[50.0, 50.0], [350.0, 50.0], [350.0, 90.0], [50.0, 90.0]]
    assert Image.open(io.BytesIO(library.line_image(found.id))).size == (300, 40)


def test_a_split_follows_from_the_key_alone():
    splits = [split_of(f"page {n}") for n in range(4000)]
    assert {name: round(splits.count(name) / 4000, 1) for name in set(splits)} == {
        "train": 0.8,
        "val": 0.1,
        "test": 0.1,
    }
    assert digest_of({"a": "train", "b": "test"}) == digest_of({"b": "test", "a": "train"}) != digest_of({"a": "test"})


def test_what_was_frozen_never_moves(library, collection, monkeypatch):
    frozen = freeze(library, collection, "page")
    assert set(frozen.members) == {"digest 0", "digest 1", "digest 2"}
    assert freeze(library, collection, "page") == frozen
    page = library.pages(collection)[0]
    library.keep(library.lines(page.id)[0].id, "corrected", who="ada", based_on=None)
    library.rename("page", page.id, "another title")
    library.add_page(collection, PageImage("digest 3", "new.png", 400, 200), png(3), [line(0, "new")])
    monkeypatch.setattr("hwr.data.frozen_splits.split_of", lambda key: "test")
    later = frozen_splits(library, collection, "page")
    assert {key: later[key] for key in frozen.members} == frozen.members
    assert later["digest 3"] == "test"
    assert freeze(library, collection, "page").digest == digest_of(later) != frozen.digest
    monkeypatch.setattr("hwr.data.frozen_splits.split_of", lambda key: "val")
    assert frozen_splits(library, collection, "page") == later
    with pytest.raises(InputError, match="by page or by writer"):
        freeze(library, collection, "moon")


def test_json_says_what_it_is(library, collection, tmp_path):
    export_collection(library, collection, tmp_path / "out", "json")
    content = json.loads((tmp_path / "out" / "pages.json").read_text("utf-8"))
    assert (content["format"], content["version"], len(content["pages"])) == ("hwr-pages", 1, 3)


def test_places_of_words_and_characters_are_left_out_and_told(library, tmp_path):
    Image.fromarray(np.full((40, 100), 255, np.uint8)).save(tmp_path / "a.png")
    box = rectangle(5, 5, 40, 20)
    word = Word("god", box, glyphs=[Glyph(box, [("g", None)])])
    page = Page("a.png", 100, 40, [Line(box, [], "god", words=[word])])
    (tmp_path / "a.xml").write_bytes(write_page_xml(page))
    imported = import_pages(library, tmp_path, "words")
    assert [line.text for line in library.lines(library.pages(imported.collection)[0].id)] == ["god"]
    (told,) = imported.skipped
    assert "words (1) and of characters (1)" in told.reason
