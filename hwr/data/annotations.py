"""What people say that a line says: kept in one SQLite file, where a text is only ever followed by a newer one."""

from __future__ import annotations

import io
import json
import sqlite3
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from hwr.data.dataset import write_imagefolder
from hwr.errors import InputError
from hwr.paths import data_directory

APPLICATION = 0x68777231  # "hwr1", by which SQLite tells our files from others
VERSION = 1
PATIENCE = 30.0  # seconds that a writer waits for another
LONGEST = 2000  # characters of one line
VALIDATION_EVERY = 10  # of so many kept lines one is for validation

_SCHEMA = """
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
"""
_APPEND_ONLY = "CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'append-only'); END"
_LATEST = "id = (SELECT max(id) FROM revisions AS newer WHERE newer.line = revisions.line)"


@dataclass(frozen=True)
class PageImage:
    """An uploaded image. digest: tells it from all others; width and height in pixels, as polygons refer to them."""

    digest: str
    name: str
    width: int
    height: int


@dataclass(frozen=True)
class Revision:
    """One text of a line. at: UTC, ISO 8601; text: "" takes the line out; writer: whose hand it is, where known.

    model, proposed: the recogniser that read the line and what it read, None where nothing was proposed.
    """

    id: int
    line: int
    at: str
    who: str
    text: str
    writer: str | None
    model: str | None
    proposed: str | None


@dataclass(frozen=True)
class KeptLine:
    """A line with its newest text. polygon: corners (x, y) in pixels of the page; png: the line upright, encoded."""

    page: PageImage
    polygon: list[list[float]]
    png: bytes
    revision: Revision


class AnnotationStore:
    """The kept lines under the data directory, or in a file of another place.

    Any number of threads and processes may use it at once. What `keep` returned is on the disk. Every method raises
    InputError when the file cannot be used: damaged, of another program, not writable, or the disk is full.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or data_directory() / "annotations.sqlite"

    def keep(
        self,
        page: PageImage,
        polygon: np.ndarray,
        image: np.ndarray,
        text: str,
        *,
        who: str,
        writer: str | None = None,
        model: str | None = None,
        proposed: str | None = None,
    ) -> Revision:
        """Add a revision to the line at this place of the page, which is new or was kept before.

        polygon: (N, 2). image: (H, W) uint8 of the line upright; that of the first revision is the one that stays.
        An empty text takes a line out again; its history stays. Raises InputError for a text that is no line of text.
        """
        text = clean_text(text)
        values = (who, text, (writer or "").strip() or None, model, proposed)
        with self._connection() as connection, _transaction(connection):
            line = _line_id(connection, page, polygon, image if text else None)
            at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
            cursor = connection.execute(
                "INSERT INTO revisions (line, at, who, text, writer, model, proposed) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (line, at, *values),
            )
            return Revision(int(cursor.lastrowid or 0), line, at, *values)

    def latest(self, digest: str, polygon: np.ndarray) -> Revision | None:
        """The newest revision of the line at this place of the page; None where it was never kept."""
        with self._connection() as connection:
            row = connection.execute(
                "SELECT revisions.* FROM revisions JOIN lines ON lines.id = revisions.line "
                "JOIN pages ON pages.id = lines.page WHERE digest = ? AND polygon = ? ORDER BY revisions.id DESC",
                (digest, _place(polygon)),
            ).fetchone()
        return row and Revision(*row)

    def history(self, line: int) -> list[Revision]:
        """Everything that was ever kept of a line, oldest first."""
        with self._connection() as connection:
            return [
                Revision(*r) for r in connection.execute("SELECT * FROM revisions WHERE line = ? ORDER BY id", [line])
            ]

    def count(self, writer: str | None = None) -> int:
        """How many lines are kept, those that were taken out not counted. writer: of this hand alone."""
        return sum(writer is None or hand == writer for hand in self._hands())

    def writers(self) -> dict[str, int]:
        """Lines that are kept of each hand that is named, most first."""
        return dict(Counter(hand for hand in self._hands() if hand).most_common())

    def _hands(self) -> list[str]:
        """The hand of every line that is kept."""
        with self._connection() as connection:
            found = connection.execute(f"SELECT writer FROM revisions WHERE {_LATEST} AND text != ''").fetchall()
        return [hand for (hand,) in found]

    def lines(self, writer: str | None = None) -> Iterator[KeptLine]:
        """Every kept line with its newest text, in the order in which they were first kept."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT digest, name, width, height, polygon, image, revisions.* FROM revisions "
                "JOIN lines ON lines.id = revisions.line JOIN pages ON pages.id = lines.page "
                f"WHERE revisions.{_LATEST} AND text != '' AND (? IS NULL OR writer = ?) ORDER BY line",
                (writer, writer),
            )
            for row in rows:
                yield KeptLine(PageImage(*row[:4]), json.loads(row[4]), row[5], Revision(*row[6:]))

    def export(self, directory: Path, writer: str | None = None) -> int:
        """Write the kept lines as an imagefolder data set; returns how many.

        A line is in the split `val` or `train` for good, whatever is kept later. Raises InputError when none is kept.
        """
        lines = self.count(writer)
        if not lines:
            if writer:
                raise InputError("data.nothing_kept_of", writer=writer)
            raise InputError("data.nothing_kept")
        write_imagefolder(directory, map(_exported, self.lines(writer)))
        return lines

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """An open, checked file; what SQLite complains about becomes an InputError."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
            try:
                _prepare(connection, self.path)
                yield connection
            finally:
                connection.close()
        except (sqlite3.Error, OSError) as error:
            raise _explained(self.path, error) from None
        except UnicodeEncodeError:
            raise InputError("data.not_unicode") from None


def clean_text(text: str) -> str:
    """One line: blanks at the ends, line breaks and control characters taken out. Raises InputError when it is too long.

    >>> clean_text(" two\\nlines\\x00 ")
    'two lines'
    """
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    text = " ".join(text.split(" ")).strip()
    if len(text) > LONGEST:
        raise InputError("data.text_too_long", length=len(text), longest=LONGEST)
    return text


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Set a connection up; make the tables of a new file. Raises InputError for a file that is not ours."""
    _in_wal_mode(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if _number(connection, "application_id") != APPLICATION:
        with _transaction(connection):  # of several that come first, one makes the tables
            if _number(connection, "application_id") != APPLICATION:
                if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    raise InputError("data.foreign_database", path=path)
                _create(connection)
    if (version := _number(connection, "user_version")) != VERSION:
        raise InputError("data.other_version", path=path, version=version, known=VERSION)


def _in_wal_mode(connection: sqlite3.Connection) -> None:
    """Switch a new file to WAL. SQLite does not wait for its lock here, so this does."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _create(connection: sqlite3.Connection) -> None:
    for statement in filter(str.strip, _SCHEMA.split(";")):
        connection.execute(statement)
    for table in ("pages", "lines", "revisions"):
        for verb in ("UPDATE", "DELETE"):
            connection.execute(_APPEND_ONLY.format(table=table, verb=verb))
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute(f"PRAGMA application_id = {APPLICATION}")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return connection.execute(f"PRAGMA {pragma}").fetchone()[0]


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; the writers' lock is taken at once, so that two never wait for each other."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _place(polygon: np.ndarray) -> str:
    return json.dumps((np.round(np.asarray(polygon, dtype=np.float64), 1) + 0.0).tolist())


def _line_id(connection: sqlite3.Connection, page: PageImage, polygon: np.ndarray, image: np.ndarray | None) -> int:
    """The line at this place, made where it is new. image None: it must be there."""
    place = _place(polygon)
    row = connection.execute(
        "SELECT lines.id FROM lines JOIN pages ON pages.id = lines.page WHERE digest = ? AND polygon = ?",
        (page.digest, place),
    ).fetchone()
    if row:
        return row[0]
    if image is None:
        raise InputError("data.empty_text")
    connection.execute(
        "INSERT INTO pages (digest, name, width, height) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (page.digest, page.name, page.width, page.height),
    )
    found = connection.execute("SELECT id FROM pages WHERE digest = ?", [page.digest]).fetchone()
    png = io.BytesIO()
    Image.fromarray(image).save(png, "PNG")
    cursor = connection.execute(
        "INSERT INTO lines (page, polygon, image) VALUES (?, ?, ?)", (found[0], place, png.getvalue())
    )
    return int(cursor.lastrowid or 0)


def _exported(kept: KeptLine) -> tuple[Image.Image, str, Mapping[str, Any]]:
    revision = kept.revision
    page = f"{Path(kept.page.name).stem}-{kept.page.digest[:8]}"
    split = "val" if revision.line % VALIDATION_EVERY == 0 else "train"
    fields = {"writer": revision.writer, "page": page, "split": split, "at": revision.at}
    fields |= {"model": revision.model, "proposed": revision.proposed}
    return Image.open(io.BytesIO(kept.png)), revision.text, fields


def _explained(path: Path, error: Exception) -> InputError:
    reason = str(error)
    if "locked" in reason:
        return InputError("data.store_busy", path=path)
    if "full" in reason or "disk I/O" in reason or "No space" in reason:
        return InputError("data.store_full", path=path, reason=reason)
    if isinstance(error, (sqlite3.OperationalError, OSError)):
        return InputError("data.store_not_writable", path=path, reason=reason)
    return InputError("data.store_damaged", path=path, reason=reason)
