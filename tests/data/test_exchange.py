"""Collections go out and come back in equal, and their splits stay where they were frozen."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from hwr.data.annotations import AnnotationStore, PageImage
from hwr.data.dataset import read_imagefolder
from hwr.data.exchange import export_collection, import_files, import_pages, page_document
from hwr.data.formats.archive import read_pages
from hwr.data.formats.document import Glyph, Line, Page, Word, rectangle
from hwr.data.formats.page_xml import write_page_xml
from hwr.data.frozen_splits import digest_of, freeze, freeze_kept, frozen_splits, split_of
from hwr.data.library import Library
from hwr.data.library_rows import NewLine
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


@pytest.mark.slow
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


def test_neither_a_name_nor_the_other_way_to_split_moves_a_line_into_the_test(library, collection, monkeypatch):
    by_page = freeze(library, collection, "page")
    monkeypatch.setattr("hwr.data.frozen_splits.split_of", lambda key: "test")
    assert frozen_splits(library, collection, "writer") == by_page.members
    # Nobody was named when the splits were frozen by writer; a page that comes later goes with the hand it is of.
    made = library.create("nameless")
    library.add_page(made, PageImage("digest 7", "a.png", 400, 200), png(7), [line(0, "read")])
    monkeypatch.setattr("hwr.data.frozen_splits.split_of", lambda key: "train")
    by_writer = freeze(library, made, "writer")
    assert by_writer.members == {"digest 7": "train"}
    monkeypatch.setattr("hwr.data.frozen_splits.split_of", lambda key: "test")
    (page,) = library.pages(made)
    library.name_writer(page.id, "Bo")
    library.rename("page", page.id, "b.png")
    library.add_page(made, PageImage("digest 8", "c.png", 400, 200), png(8), [line(0, "read")], writer="Bo")
    library.add_page(made, PageImage("digest 9", "d.png", 400, 200), png(9), [line(0, "read")], writer="Cy")
    expected = {"digest 7": "train", "digest 8": "train", "digest 9": "test"}
    assert frozen_splits(library, made, "writer") == expected
    assert freeze(library, made, "writer").digest == digest_of(expected) == freeze(library, made, "page").digest


@pytest.mark.parametrize("by", ["page", "writer"])
def test_what_is_typed_first_is_for_training_and_stays(library, collection, monkeypatch, by):
    monkeypatch.setattr("hwr.data.frozen_splits.split_of", lambda key: "test")
    page = library.pages(collection)[0]
    library.keep(library.lines(page.id)[0].id, "typed", who="ada", based_on=None)
    same_hand = {"digest 2": "train"} if by == "writer" else {"digest 2": "test"}
    expected = {"digest 0": "train", "digest 1": "test"} | same_hand
    assert freeze(library, collection, by).members == expected
    library.keep(library.lines(library.pages(collection)[1].id)[0].id, "typed", who="ada", based_on=None)
    assert frozen_splits(library, collection, by) == expected


def test_json_says_what_it_is(library, collection, tmp_path):
    export_collection(library, collection, tmp_path / "out", "json")
    content = json.loads((tmp_path / "out" / "pages.json").read_text("utf-8"))
    assert (content["format"], content["version"], len(content["pages"])) == ("hwr-pages", 1, 3)


def brought_in(library: Library, folder, texts: list[str]) -> int:
    """A page with a line of these words, each with glyphs and alternatives, brought in as a collection; its id."""
    folder.mkdir()
    Image.fromarray(np.full((40, 100), 255, np.uint8)).save(folder / "a.png")
    words = []
    for n, text in enumerate(texts):
        glyphs = [Glyph(rectangle(45 * n + 9 * g, 5, 8, 20), [(c, 0.75), ("x", 0.125)]) for g, c in enumerate(text)]
        words.append(Word(text, rectangle(45 * n, 5, 40, 20), 0.5, glyphs))
    page = Page("a.png", 100, 40, [Line(rectangle(0, 5, 90, 20), [(0, 22), (90, 22)], " ".join(texts), 0.25, words)])
    (folder / "a.xml").write_bytes(write_page_xml(page))
    return import_pages(library, folder, "words").collection


@pytest.mark.parametrize("form", ["page", "alto", "json"])
def test_words_and_characters_go_out_as_they_came_in(library, tmp_path, form):
    collection = brought_in(library, tmp_path / "in", ["god", "dag"])
    export_collection(library, collection, tmp_path / "first", form)
    (first,) = [found.page for found in read_pages(tmp_path / "first").pages]
    assert [word.text for word in first.lines[0].words] == ["god", "dag"]
    assert first.lines[0].words[1].glyphs[2] == Glyph(rectangle(63, 5, 8, 20), [("g", 0.75), ("x", 0.125)])
    other = Library(tmp_path / "other.sqlite")
    again = import_pages(other, tmp_path / "first", "again")
    assert again.skipped == []
    export_collection(other, again.collection, tmp_path / "second", form)
    (second,) = [found.page for found in read_pages(tmp_path / "second").pages]
    assert first == second


def test_words_of_another_text_or_place_do_not_go_out(library, tmp_path):
    collection = brought_in(library, tmp_path / "in", ["god", "dag"])
    (page,) = library.pages(collection)
    (line,) = library.lines(page.id)
    kept = library.keep(line.id, "god dog", who="ada", based_on=None)
    assert page_document(library, page, "a.png").lines[0].words == []
    library.keep(line.id, "god dag", who="ada", based_on=kept.id)
    assert len(page_document(library, page, "a.png").lines[0].words) == 2


@pytest.mark.parametrize("names", [["broken.xml"], ["broken.xml", "a.png"], ["a.png"], ["bad.zip"]])
def test_what_is_said_of_an_upload_names_the_file_and_not_where_it_lies(library, tmp_path, names):
    for name in names:
        (tmp_path / name).write_bytes(b"<broken")
    with pytest.raises(InputError) as refused:
        import_files(library, [tmp_path / name for name in names])
    assert names[0] in str(refused.value)
    assert "/" not in str(refused.value)
    assert "/" not in refused.value.text("ja")


def test_pages_that_are_there_already_make_no_collection(library, tmp_path):
    first = brought_in(library, tmp_path / "in", ["god"])
    with pytest.raises(
        InputError,
        match=r"Nothing of in was brought in.*left out: 1, the first a\.xml: .*already in the collection 'words'",
    ):
        import_pages(library, tmp_path / "in", "again")
    assert [one.name for one in library.collections()] == ["words"]
    (page,) = library.pages(first)
    (line,) = library.lines(page.id)
    library.keep(line.id, "good", who="ada", based_on=None)
    library.delete("collection", first)
    again = import_pages(library, tmp_path / "in", "again")
    assert (again.pages, again.lines) == (1, 1)
    assert [one.text for one in library.lines(page.id)] == ["good"]  # what was kept of it is its text
    assert [one.name for one in library.collections()] == ["again"]


def test_lines_kept_in_read_stay_in_the_frozen_split_of_their_page_or_writer(
    library, collection, tmp_path, monkeypatch
):
    given = {"digest 0": "train", "digest 1": "test", "hand 0": "test"}
    monkeypatch.setattr("hwr.data.frozen_splits.split_of", lambda key: given.get(key, "val"))
    store = AnnotationStore(library.path)
    for n in range(3):
        quad = line(0, None).polygon
        store.keep(PageImage(f"digest {n}", "p", 400, 200), quad, np.zeros((9, 9), np.uint8), f"kept {n}", who="ada")

    def splits(out: str) -> dict[str, str | None]:
        store.export(tmp_path / out)
        return {record.text: record.split for record in read_imagefolder(tmp_path / out)}

    assert "test" not in splits("before").values()
    freeze(library, collection, "page")
    assert splits("pages") == {"kept 0": "train", "kept 1": "test", "kept 2": "val"}
    library.path = store.path = tmp_path / "writers.sqlite"
    made = library.create("writers")
    library.add_page(made, PageImage("digest 4", "p", 400, 200), png(4), [line(0, "read")], writer="hand 0")
    freeze(library, made, "writer")
    page = PageImage("digest 9", "p", 400, 200)
    store.keep(page, line(1, None).polygon, np.zeros((9, 9), np.uint8), "by hand", who="ada", writer="hand 0")
    assert splits("writers") == {"by hand": "test"}


def test_a_page_learned_as_kept_lines_is_in_no_test_of_a_collection(library, tmp_path, monkeypatch):
    monkeypatch.setattr("hwr.data.frozen_splits.split_of", lambda key: "train" if key == "ed" else "test")
    store = AnnotationStore(library.path)

    def keep(page: int, n: int, writer: str | None) -> None:
        image = PageImage(f"digest {page}", "p", 400, 200)
        store.keep(image, line(n, None).polygon, np.zeros((9, 9), np.uint8), f"{page} {n}", who="ada", writer=writer)

    def exported() -> dict[str, str | None]:
        out = tmp_path / f"kept {len(list(tmp_path.glob('kept *')))}"
        store.export(out)
        return {record.text: record.split for record in read_imagefolder(out)}

    tested = library.create("tested")
    library.add_page(tested, PageImage("digest 9", "p", 400, 200), png(9), [line(0, "read")], writer="cy")
    library.add_page(tested, PageImage("digest 8", "p", 400, 200), png(8), [line(0, "read")], writer="di")
    library.add_page(tested, PageImage("digest 2", "p", 400, 200), png(2), [line(0, "read")], writer="ed")
    freeze(library, tested, "writer")  # nothing of it has a text, so that it stays as `split_of` says
    for page, n, writer in [(0, 0, None), (1, 0, "bo"), (9, 0, None), (3, 0, "cy"), (3, 1, None)]:
        keep(page, n, writer)
    learned = exported()
    assert learned == {"0 0": "train", "1 0": "train", "9 0": "test", "3 0": "test", "3 1": "train"}
    freeze_kept(store)
    assert exported() == learned | {"3 1": "test"}  # a hand of the test set wrote a line of that page

    pages = library.create("pages")
    for page, writer in [(0, None), (5, "bo"), (6, "eve"), (3, None)]:
        library.add_page(pages, PageImage(f"digest {page}", "p", 400, 200), png(page), [line(0, "read")], writer=writer)
    by_page = freeze(library, pages, "page").members
    assert by_page == {"digest 0": "train", "digest 5": "test", "digest 6": "test", "digest 3": "test"}
    others = library.create("others")
    library.add_page(others, PageImage("digest 7", "p", 400, 200), png(7), [line(0, "read")], writer="bo")
    assert frozen_splits(library, others, "writer") == {"digest 7": "train"}  # bo's hand was learned
    keep(1, 1, "bo")
    assert exported()["1 1"] in ("train", "val")
    keep(4, 0, "ed")  # a hand that is for training,
    keep(4, 1, "cy")  # and one of the test set, on a page of both
    freeze_kept(store)  # again, with what is new
    assert {text: split for text, split in exported().items() if text[0] == "4"} == {"4 0": "test", "4 1": "test"}
    assert {text: exported()[text] for text in learned} == learned | {"3 1": "test"}
