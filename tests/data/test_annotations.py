"""Kept lines: nothing that was acknowledged is lost, whoever writes and however the writer ends."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwr.data.annotations import LONGEST, AnnotationStore, PageImage, clean_text
from hwr.data.dataset import read_imagefolder
from hwr.errors import InputError

PAGE = PageImage("d" * 64, "letter.jpg", 640, 480)
IMAGE = np.arange(24 * 80, dtype=np.uint32).reshape(24, 80).astype(np.uint8)


def polygon(n: int) -> np.ndarray:
    """The n-th line of a page."""
    return np.array([[0.0, 30 * n], [80.0, 30 * n], [80.0, 30 * n + 24], [0.0, 30 * n + 24]])


@pytest.fixture
def store(tmp_path: Path) -> AnnotationStore:
    return AnnotationStore(tmp_path / "new folder" / "annotations.sqlite")


def test_a_line_is_kept_with_who_and_what_was_proposed(store):
    kept = store.keep(
        PAGE, polygon(0), IMAGE, " it is late\n", who="ada", writer=" Bo ", model="small", proposed="it is lafe"
    )
    (line,) = store.lines()
    assert line.revision == kept
    assert (kept.text, kept.who, kept.writer, kept.model, kept.proposed) == (
        "it is late",
        "ada",
        "Bo",
        "small",
        "it is lafe",
    )
    assert kept.at.endswith("+00:00")
    assert line.page == PAGE
    assert line.polygon == polygon(0).tolist()
    assert store.count() == 1


def test_keeping_again_adds_a_revision_and_no_line(store):
    first = store.keep(PAGE, polygon(0), IMAGE, "one", who="ada")
    second = store.keep(PAGE, polygon(0) + 0.01, IMAGE, "two", who="bo")
    other = store.keep(PAGE, polygon(1), IMAGE, "three", who="bo")
    elsewhere = store.keep(PageImage("e" * 64, "letter.jpg", 640, 480), polygon(0), IMAGE, "four", who="bo")
    assert first.line == second.line
    assert len({second.line, other.line, elsewhere.line}) == 3
    assert store.history(first.line) == [first, second]
    assert store.latest(PAGE.digest, polygon(0)) == second
    assert store.latest(PAGE.digest, polygon(7)) is None
    assert [line.revision.text for line in store.lines()] == ["two", "three", "four"]
    assert store.count() == 3


def test_an_empty_text_takes_a_line_out_and_its_history_stays(store):
    with pytest.raises(InputError, match="empty text"):
        store.keep(PAGE, polygon(0), IMAGE, "  ", who="ada")
    kept = store.keep(PAGE, polygon(0), IMAGE, "one", who="ada")
    store.keep(PAGE, polygon(0), IMAGE, "", who="ada")
    assert store.count() == 0
    assert list(store.lines()) == []
    assert [r.text for r in store.history(kept.line)] == ["one", ""]
    store.keep(PAGE, polygon(0), IMAGE, "one again", who="ada")
    assert store.count() == 1


def test_no_statement_changes_or_removes_what_is_kept(store):
    store.keep(PAGE, polygon(0), IMAGE, "one", who="ada")
    with sqlite3.connect(store.path) as connection:
        for table, column in (("revisions", "text"), ("lines", "image"), ("pages", "name")):
            for statement in (f"UPDATE {table} SET {column} = 'x'", f"DELETE FROM {table}"):
                with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                    connection.execute(statement)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store.count() == 1


@pytest.mark.slow
@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_clean_text_is_one_line_that_stays_as_it_is(text):
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert not set("\n\r\t\0\u2028") & set(cleaned)
    assert [c for c in cleaned if not c.isspace()] == [c for c in text if c.isprintable() and not c.isspace()] or any(
        not c.isprintable() for c in text
    )


def test_texts_that_are_no_line_of_text_are_refused(store):
    with pytest.raises(InputError, match=f"at most {LONGEST}"):
        store.keep(PAGE, polygon(0), IMAGE, "x" * (LONGEST + 1), who="ada")
    with pytest.raises(InputError, match="valid Unicode"):
        store.keep(PAGE, polygon(0), IMAGE, "half \ud83d", who="ada")
    assert store.count() == 0


def test_export_is_a_data_set_whose_splits_never_move(store, tmp_path):
    with pytest.raises(InputError, match="No line has been kept"):
        store.export(tmp_path / "nothing")
    for n in range(20):
        store.keep(PAGE, polygon(n), IMAGE + n, f"line {n}", who="ada", writer="Bo" if n % 2 else None, model="m")
    assert store.export(tmp_path / "a") == 20
    before = {r.text: r.split for r in read_imagefolder(tmp_path / "a")}
    assert sorted(text for text, split in before.items() if split == "val") == ["line 19", "line 9"]
    store.keep(PAGE, polygon(0), IMAGE, "", who="ada")
    store.keep(PAGE, polygon(20), IMAGE, "line 20", who="ada")
    store.export(tmp_path / "b")
    after = {r.text: r.split for r in read_imagefolder(tmp_path / "b")}
    assert {text: split for text, split in before.items() if text != "line 0"} == {
        text: split for text, split in after.items() if text != "line 20"
    }
    record = next(r for r in read_imagefolder(tmp_path / "b") if r.text == "line 3")
    assert np.array_equal(record.grey(), IMAGE + 3)
    assert (record.writer, record.page) == ("Bo", "letter-dddddddd")
    assert store.export(tmp_path / "c", writer="Bo") == 10
    with pytest.raises(InputError, match="of Cy"):
        store.export(tmp_path / "d", writer="Cy")


# --- many at once, and ends that nobody planned

WRITER = """
import sys, threading
from pathlib import Path
import numpy as np
from hwr.data.annotations import AnnotationStore, PageImage
path, name, count, threads = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
store, image, lock = AnnotationStore(path), np.full((8, 40), 7, np.uint8), threading.Lock()
def write(thread):
    page = PageImage(f"{name}-{thread}", "page.png", 40, 400)
    for n in range(count):
        y = 8.0 * (n % 5)
        kept = store.keep(page, np.array([[0, y], [40, y], [40, y + 8], [0, y + 8]]), image, f"{name} {n}", who=name)
        with lock:
            print(kept.id, kept.line, kept.text, flush=True)
workers = [threading.Thread(target=write, args=[i]) for i in range(threads)]
[w.start() for w in workers]
[w.join() for w in workers]
"""


def start(path: Path, name: str, count: int, threads: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), name, str(count), str(threads)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def acknowledged(lines: list[str]) -> dict[int, tuple[int, str]]:
    """Revision -> (line, text); a line of output that was cut off by the kill acknowledges nothing."""
    whole = [line.split(maxsplit=2) for line in lines if line.endswith("\n")]
    return {int(id): (int(line), text.rstrip("\n")) for id, line, text in whole}


def stored(path: Path) -> dict[int, tuple[int, str]]:
    with sqlite3.connect(path) as connection:
        return {id: (line, text) for id, line, text in connection.execute("SELECT id, line, text FROM revisions")}


nightly = pytest.mark.skipif("HWR_NIGHTLY" not in os.environ, reason="takes minutes; set HWR_NIGHTLY=1")


@pytest.mark.slow
@pytest.mark.parametrize("kills", [20, pytest.param(400, marks=[nightly, pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_kill_9_loses_nothing_that_was_acknowledged(store, kills):
    path, told = store.path, {}
    for turn in range(kills // 2):
        writers = [start(path, f"writer {turn}-{i}", 10**6, 2) for i in range(2)]
        lines: list[list[str]] = [[], []]
        for i, writer in enumerate(writers):
            assert writer.stdout is not None
            lines[i] += [writer.stdout.readline() for _ in range(2 + turn % 7)]
        for writer in writers:
            os.kill(writer.pid, signal.SIGKILL)
        for i, writer in enumerate(writers):
            assert writer.stdout is not None
            lines[i] += writer.stdout.readlines()
            assert writer.wait(20) == -signal.SIGKILL
            told |= acknowledged(lines[i])
            writer.stdout.close()
        there = stored(path)
        assert {id: there.get(id) for id in told} == told
    assert len(told) > 2 * sum(2 + turn % 7 for turn in range(kills // 2)) - 1
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.slow
def test_processes_and_threads_write_at_once(store):
    writers = [start(store.path, f"writer{i}", 15, 3) for i in range(2)]
    told = {}
    for writer in writers:
        out, _ = writer.communicate(timeout=60)
        assert writer.returncode == 0
        told |= acknowledged(out.splitlines(keepends=True))
    assert len(told) == 2 * 3 * 15
    assert stored(store.path) == told
    assert store.count() == 2 * 3 * 5


def test_threads_of_one_store(store):
    errors = []

    def write(n: int) -> None:
        try:
            for i in range(10):
                store.keep(PAGE, polygon(0), IMAGE, f"{n} {i}", who=str(n))
                store.count()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=[n]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    line = store.latest(PAGE.digest, polygon(0)).line
    assert len(store.history(line)) == 40
    assert store.count() == 1


@pytest.mark.parametrize(
    "content", [b"not a database at all" * 300, b"\x00" * 5000, b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_a_damaged_file_is_said_and_left_alone(tmp_path, content):
    path = tmp_path / "annotations.sqlite"
    path.write_bytes(content)
    store = AnnotationStore(path)
    for use in (store.count, lambda: store.keep(PAGE, polygon(0), IMAGE, "x", who="ada"), lambda: list(store.lines())):
        with pytest.raises(InputError, match="annotations.sqlite"):
            use()
    assert path.read_bytes() == content


def test_names_of_writers_are_bounded_and_invisible_texts_are_empty(store):
    kept = store.keep(PAGE, polygon(0), IMAGE, "text", who="ada", writer=" B\u200bo \n Ó ")
    assert kept.writer == "Bo Ó"
    with pytest.raises(InputError, match="name of the writer has 5000 characters"):
        store.keep(PAGE, polygon(0), IMAGE, "text", who="ada", writer="x" * 5000)
    assert clean_text("\u200b\u00ad \u202e") == ""
    with pytest.raises(InputError, match="empty"):
        store.keep(PAGE, polygon(1), IMAGE, "\u200b", who="ada")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_damaged_bits_anywhere_are_said_by_every_call(seed, store):
    for n in range(30):
        store.keep(PAGE, polygon(n), IMAGE, f"line {n}", who="ada", writer="bo")
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = np.frombuffer(store.path.read_bytes(), np.uint8).copy()
    rng = np.random.default_rng(seed)
    content[rng.integers(0, len(content), len(content) // 50)] ^= rng.integers(1, 256, dtype=np.uint8)
    store.path.write_bytes(content.tobytes())
    calls = (
        lambda: list(store.lines()),
        store.count,
        store.writers,
        lambda: store.latest(PAGE.digest, polygon(3)),
        lambda: store.history(3),
        lambda: store.keep(PAGE, polygon(0), IMAGE, "again", who="ada"),
    )
    said = 0
    for call in calls:
        try:
            call()
        except InputError as error:
            said += 1
            assert "damaged" in str(error) or "another program" in str(error) or "another version" in str(error)
    assert said


def test_damage_in_the_middle_is_said(store):
    for n in range(30):
        store.keep(PAGE, polygon(n), IMAGE, f"line {n}", who="ada")
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(store.path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    store.path.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        list(store.lines())


def test_another_programs_database_and_another_version_are_refused(tmp_path, store):
    foreign = tmp_path / "foreign.sqlite"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE notes (body TEXT)")
    with pytest.raises(InputError, match="another program"):
        AnnotationStore(foreign).count()
    with sqlite3.connect(foreign) as connection:
        assert [row[0] for row in connection.execute("SELECT name FROM sqlite_master")] == ["notes"]
    store.keep(PAGE, polygon(0), IMAGE, "one", who="ada")
    with sqlite3.connect(store.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(InputError, match="another version"):
        store.count()


def test_places_that_cannot_be_written_are_said(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder.sqlite").mkdir()
    for path in (tmp_path / "file" / "annotations.sqlite", tmp_path / "folder.sqlite", Path("/proc/hwr/a.sqlite")):
        with pytest.raises(InputError, match="cannot be written"):
            AnnotationStore(path).keep(PAGE, polygon(0), IMAGE, "x", who="ada")


@pytest.fixture
def nobody():
    """Root writes everywhere, so it becomes somebody else for a while; anyone else stays."""
    if os.geteuid() == 0:
        os.seteuid(65534)
    yield
    os.seteuid(os.getuid())


def test_a_read_only_folder_is_said(nobody):
    with tempfile.TemporaryDirectory() as folder:
        store = AnnotationStore(Path(folder) / "annotations.sqlite")
        store.keep(PAGE, polygon(0), IMAGE, "one", who="ada")
        store.path.chmod(0o444)
        store.path.parent.chmod(0o555)
        with pytest.raises(InputError, match="cannot be written"):
            store.keep(PAGE, polygon(1), IMAGE, "two", who="ada")
        store.path.parent.chmod(0o755)
        store.path.chmod(0o644)
        assert store.count() == 1


def test_a_full_disk_is_said_and_costs_nothing_that_was_kept(store):
    """The limit on the size of a file stands in for the end of the disk."""
    store.keep(PAGE, polygon(0), IMAGE, "one", who="ada")
    big = np.random.default_rng(0).integers(0, 256, (800, 2000), dtype=np.uint8)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(InputError, match="Nothing was kept"):
            store.keep(PAGE, polygon(1), big, "two", who="ada")
        assert [line.revision.text for line in store.lines()] == ["one"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    store.keep(PAGE, polygon(1), big, "two", who="ada")
    assert store.count() == 2


def test_writers_are_those_of_the_newest_texts(store):
    for n, writer in enumerate(("Ada", "Bo", "Ada", None)):
        store.keep(PAGE, polygon(n), IMAGE, f"line {n}", who="ada", writer=writer)
    assert store.writers() == {"Ada": 2, "Bo": 1}
    store.keep(PAGE, polygon(0), IMAGE, "", who="ada", writer="Ada")
    store.keep(PAGE, polygon(2), IMAGE, "line 2", who="ada", writer="Bo")
    assert store.writers() == {"Bo": 2}
