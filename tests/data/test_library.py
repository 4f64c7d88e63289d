"""Collections, pages, lines and texts: found again, never lost, and old files come along."""

from __future__ import annotations

import resource
import signal
import sqlite3
import threading

import numpy as np
import pytest

from hwr.data import store
from hwr.data.annotations import AnnotationStore, Outdated, PageImage
from hwr.data.library import Library
from hwr.data.library_rows import NewLine
from hwr.errors import InputError

IMAGE = np.arange(24 * 80, dtype=np.uint32).reshape(24, 80).astype(np.uint8)

# The tables as version 1 of the program made them.
VERSION_1 = """
CREATE TABLE pages (
  id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
  width INTEGER NOT NULL, height INTEGER NOT NULL
);
CREATE TABLE lines (
  id INTEGER PRIMARY KEY, page INTEGER NOT NULL REFERENCES pages, polygon TEXT NOT NULL, image BLOB NOT NULL,
  UNIQUE (page, polygon)
);
CREATE TABLE revisions (
  id INTEGER PRIMARY KEY, line INTEGER NOT NULL REFERENCES lines, at TEXT NOT NULL, who TEXT NOT NULL,
  text TEXT NOT NULL, writer TEXT, model TEXT, proposed TEXT
);
CREATE INDEX revisions_of_line ON revisions (line, id);
CREATE TRIGGER pages_UPDATE BEFORE UPDATE ON pages BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER pages_DELETE BEFORE DELETE ON pages BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER lines_UPDATE BEFORE UPDATE ON lines BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER lines_DELETE BEFORE DELETE ON lines BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER revisions_UPDATE BEFORE UPDATE ON revisions BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER revisions_DELETE BEFORE DELETE ON revisions BEGIN SELECT RAISE(ABORT, 'append-only'); END;
PRAGMA journal_mode = WAL;
PRAGMA user_version = 1;
PRAGMA application_id = 1752658481;
INSERT INTO pages VALUES (1, 'd', 'letter.jpg', 640, 480);
INSERT INTO lines VALUES (1, 1, '[[0.0, 0.0], [80.0, 0.0], [80.0, 24.0], [0.0, 24.0]]', x'00');
INSERT INTO lines VALUES (2, 1, '[[0.0, 30.0], [80.0, 30.0], [80.0, 54.0], [0.0, 54.0]]', x'00');
INSERT INTO revisions VALUES (1, 1, '2026-01-01T00:00:00.000+00:00', 'ada', 'first', 'Bo', 'small', 'frst');
INSERT INTO revisions VALUES (2, 1, '2026-01-02T00:00:00.000+00:00', 'ada', 'Émile', 'Bo', 'small', 'frst');
INSERT INTO revisions VALUES (3, 2, '2026-01-03T00:00:00.000+00:00', 'ada', 'gone', NULL, NULL, NULL);
INSERT INTO revisions VALUES (4, 2, '2026-01-04T00:00:00.000+00:00', 'ada', '', NULL, NULL, NULL);
"""


def quad(n: int) -> np.ndarray:
    return np.array([[0.0, 30 * n], [80.0, 30 * n], [80.0, 30 * n + 24], [0.0, 30 * n + 24]])


def new_line(n: int, text: str | None = None, confidence: float = 0.5) -> NewLine:
    proposal = None if text is None else (text, "small", confidence)
    return NewLine(quad(n), quad(n), quad(n)[[3, 2]], IMAGE, proposal)


@pytest.fixture
def library(tmp_path) -> Library:
    return Library(tmp_path / "annotations.sqlite")


def filled(library: Library, texts: list[str], name: str = "letters", digest: str = "d") -> tuple[int, int]:
    collection = library.create(name)
    lines = [new_line(n, text, 0.1 * n) for n, text in enumerate(texts)]
    return collection, library.add_page(collection, PageImage(digest, f"{digest}.png", 80, 400), b"image", lines)


def test_a_page_and_its_lines_are_found_again(library):
    collection, page = filled(library, ["one", "two"])
    again = Library(library.path)
    (found,) = again.collections()
    assert (found.name, found.pages, found.lines, found.corrected) == ("letters", 1, 2, 0)
    (there,) = again.pages(collection)
    assert (there.id, there.title, there.state, there.image.digest) == (page, "d.png", "read", "d")
    assert again.page_data(page) == b"image"
    first, second = again.lines(page)
    assert (first.text, second.text, second.confidence) == ("one", "two", 0.1)
    assert first.polygon == quad(0).tolist()
    assert second.baseline == quad(1)[[3, 2]].tolist()
    with pytest.raises(InputError, match="already in the collection 'letters'"):
        again.add_page(collection, there.image, b"image", [])


def test_texts_count_in_read_and_in_the_library(library):
    collection, page = filled(library, ["one", "two"])
    line = library.lines(page)[0]
    kept = library.keep(line.id, "One", who="ada", based_on=line.revision)
    assert (kept.how, kept.proposed, kept.model) == ("typed", "one", "small")
    assert library.keep(library.lines(page)[1].id, "two", who="ada", based_on=None).how == "accepted"
    assert [text.revision.text for text in AnnotationStore(library.path).lines()] == ["One", "two"]
    assert library.pages(collection)[0].state == "corrected"
    library.propose(line.id, "0ne", "large", 0.99)
    assert library.lines(page)[0].text == "One"


def test_two_people_on_one_line_lose_nothing_and_the_second_is_told(library):
    _, page = filled(library, ["one"])
    (line,) = library.lines(page)
    first = library.keep(line.id, "from ada", who="ada", based_on=line.revision)
    with pytest.raises(Outdated, match="ada kept another text") as told:
        library.keep(line.id, "from bo", who="bo", based_on=line.revision)
    assert told.value.theirs == first
    assert told.value.mine.text == "from bo"
    assert "ada" in told.value.text("ja")
    assert [(r.text, r.how) for r in library.history(line.id)] == [("from ada", "typed"), ("from bo", "aside")]
    assert library.lines(page)[0].text == "from ada"
    library.keep(line.id, "from bo", who="bo", based_on=first.id)
    assert library.lines(page)[0].text == "from bo"


def test_of_many_who_keep_at_once_one_counts_and_all_are_in_the_history(library):
    _, page = filled(library, ["one"])
    (line,) = library.lines(page)
    told = []

    def write(n: int) -> None:
        try:
            library.keep(line.id, f"text {n}", who=str(n), based_on=None)
        except Outdated as outdated:
            told.append(outdated.mine.text)

    threads = [threading.Thread(target=write, args=[n]) for n in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    counts = library.lines(page)[0].text
    assert len(told) == 7
    assert (
        sorted([*told, counts]) == sorted(r.text for r in library.history(line.id)) == [f"text {n}" for n in range(8)]
    )


def test_delete_has_an_undo_at_every_level(library):
    collection, page = filled(library, ["one", "two"])
    line = library.lines(page)[0].id
    library.keep(line, "one", who="ada", based_on=None)
    for what, id, left in (("line", line, 1), ("page", page, 0), ("collection", collection, 0)):
        library.delete(what, id)
        assert AnnotationStore(library.path).count() == 0
        assert sum(found.lines for found in library.collections()) == left
        library.restore(what, id)
        assert AnnotationStore(library.path).count() == 1
        assert [found.lines for found in library.collections()] == [2]
    with pytest.raises(InputError, match="no line 99"):
        library.delete("line", 99)


def test_rename_and_move(library):
    first, page = filled(library, ["one"])
    second, other = filled(library, ["two"], "diaries", "e")
    library.rename("collection", first, "  war letters ")
    library.rename("page", page, "page 1")
    library.move(page, second)
    assert [(c.name, c.pages) for c in library.collections()] == [("war letters", 0), ("diaries", 2)]
    assert [(p.id, p.title) for p in library.pages(second)] == [(other, "e.png"), (page, "page 1")]
    with pytest.raises(InputError, match="name"):
        library.rename("page", page, " ")


def test_search_takes_any_case_and_accents_and_no_wildcards(library):
    collection, page = filled(library, ["Émile arrive", "100 % sûr", "a_b", "axb"])
    assert [line.text for line in library.search("emile")] == ["Émile arrive"]
    assert [line.text for line in library.search("SUR", collection)] == ["100 % sûr"]
    assert [line.text for line in library.search("a_b")] == ["a_b"]
    assert [line.text for line in library.search("0 %")] == ["100 % sûr"]
    assert library.search("emile", collection + 1) == []
    line = library.lines(page)[0]
    library.keep(line.id, "Julie", who="ada", based_on=None)
    assert library.search("emile") == []
    assert [found.id for found in library.search("julie")] == [line.id]


def test_the_queue_begins_with_the_least_sure(library):
    collection, page = filled(library, ["zero", "one", "two", "three"])
    lines = library.lines(page)
    library.keep(lines[0].id, "zero", who="ada", based_on=None)
    texts = {
        show: [line.text for line in library.queue(collection, show, threshold=0.25)]
        for show in ("all", "new", "doubtful", "accepted")
    }
    assert texts == {
        "all": ["zero", "one", "two", "three"],
        "new": ["one", "two", "three"],
        "doubtful": ["one", "two"],
        "accepted": ["zero"],
    }
    assert [line.text for line in library.queue(collection, limit=1, offset=1)] == ["two"]


def test_a_file_of_version_1_comes_along(library):
    with sqlite3.connect(library.path) as connection:
        connection.executescript(VERSION_1)
    store = AnnotationStore(library.path)
    assert [(line.revision.text, line.revision.writer) for line in store.lines()] == [("Émile", "Bo")]
    assert [r.text for r in store.history(1)] == ["first", "Émile"]
    latest = store.latest("d", quad(1))
    assert latest is not None
    assert latest.text == ""
    collection = library.create("letters")
    page = library.add_page(collection, PageImage("d", "letter.jpg", 640, 480), b"x", [new_line(0, "frst", 0.4)])
    (line,) = library.lines(page)
    assert (line.text, line.revision) == ("Émile", 2)
    assert [found.id for found in library.search("emile")] == [line.id]


def test_a_file_of_version_2_comes_along(library, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("hwr.data.store.VERSION", 2)
        patched.setattr("hwr.data.store._MIGRATIONS", {1: store._MIGRATIONS[1]})
        library.create("letters")
    with sqlite3.connect(library.path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (2,)
    page = library.add_page(1, PageImage("d", "d.png", 80, 400), b"image", [new_line(0, "one")])
    (line,) = library.lines(page)
    assert (line.text, line.polygon) == ("one", quad(0).tolist())


def test_a_text_kept_of_a_line_that_is_gone_is_told_and_not_lost(library):
    _, page = filled(library, ["one"])
    (line,) = library.lines(page)
    library.delete("line", line.id)
    with pytest.raises(InputError, match="no longer on its page"):
        library.keep(line.id, "One", who="ada", based_on=None)
    assert [r.text for r in library.history(line.id)] == ["One"]


def test_a_migration_that_is_cut_short_changes_nothing(library, monkeypatch):
    with sqlite3.connect(library.path) as connection:
        connection.executescript(VERSION_1)
    with monkeypatch.context() as patched:
        patched.setattr("hwr.data.store.folded", lambda text: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            library.collections()
    with sqlite3.connect(library.path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'collections'").fetchone() == (0,)
    assert library.collections() == []


def test_a_newer_version_is_refused_and_left_alone(library):
    library.create("letters")
    with sqlite3.connect(library.path) as connection:
        connection.execute("PRAGMA user_version = 999")
    with pytest.raises(InputError, match="another version"):
        library.create("diaries")
    with sqlite3.connect(library.path) as connection:
        assert connection.execute("SELECT name FROM collections").fetchall() == [("letters",)]


def test_a_full_disk_is_said_and_costs_nothing_that_was_kept(library):
    """The limit on the size of a file stands in for the end of the disk."""
    collection, page = filled(library, ["one"])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, before[1]))
    try:
        with pytest.raises(InputError, match="Nothing was kept"):
            library.add_page(collection, PageImage("e", "e.png", 80, 400), bytes(2_000_000), [new_line(0, "two")])
        assert [line.text for line in library.lines(page)] == ["one"]
        assert len(library.pages(collection)) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    library.add_page(collection, PageImage("e", "e.png", 80, 400), bytes(2_000_000), [new_line(0, "two")])
    assert [line.text for line in library.search("two")] == ["two"]
