"""The SQLite file of pages, lines and texts: its tables, how an older one becomes a new one, how it is opened."""

from __future__ import annotations

import json
import sqlite3
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hwr.errors import InputError

APPLICATION = 0x68777231  # "hwr1", by which SQLite tells our files from others
VERSION = 4
PATIENCE = 30.0  # seconds that a writer waits for another
LINE_BY_LINE = "lines"  # in place of a split: of what stands there some lines are for validation, the rest for training

# Version 1: what was kept in Read. These tables are append-only.
_KEPT = """
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
CREATE INDEX revisions_of_line ON revisions (line, id)
"""
# Version 2: where pages and lines stand in the library, what models proposed, and the text that counts of every line.
_LIBRARY = """
CREATE TABLE collections (id INTEGER PRIMARY KEY, name TEXT NOT NULL, at TEXT NOT NULL, deleted TEXT);
CREATE TABLE page_images (page INTEGER PRIMARY KEY REFERENCES pages, data BLOB NOT NULL);
CREATE TABLE shelved (
  page INTEGER PRIMARY KEY REFERENCES pages, collection INTEGER NOT NULL REFERENCES collections,
  title TEXT NOT NULL, position INTEGER NOT NULL, writer TEXT, deleted TEXT
);
CREATE INDEX shelved_in ON shelved (collection, position);
CREATE TABLE shapes (
  line INTEGER PRIMARY KEY REFERENCES lines, position INTEGER NOT NULL, outline TEXT NOT NULL, baseline TEXT NOT NULL,
  deleted TEXT
);
CREATE TABLE proposals (
  id INTEGER PRIMARY KEY, line INTEGER NOT NULL REFERENCES lines, at TEXT NOT NULL, model TEXT NOT NULL,
  text TEXT NOT NULL, confidence REAL NOT NULL
);
CREATE INDEX proposals_of_line ON proposals (line, id);
ALTER TABLE revisions ADD COLUMN how TEXT;
CREATE TABLE current (
  line INTEGER PRIMARY KEY REFERENCES lines, revision INTEGER REFERENCES revisions, text TEXT NOT NULL,
  folded TEXT NOT NULL, confidence REAL
);
CREATE TABLE splits (
  id INTEGER PRIMARY KEY, at TEXT NOT NULL, name TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, members TEXT NOT NULL
)
"""
# Version 3: lines that were moved, split, merged and drawn. A cut is a place and picture of a line newer than its first.
_SHAPES = """
CREATE TABLE cuts (
  id INTEGER PRIMARY KEY, line INTEGER NOT NULL REFERENCES lines, at TEXT NOT NULL,
  polygon TEXT NOT NULL, outline TEXT NOT NULL, baseline TEXT NOT NULL, image BLOB NOT NULL
);
ALTER TABLE shapes ADD COLUMN cut INTEGER REFERENCES cuts;
CREATE TABLE origins (
  line INTEGER NOT NULL REFERENCES lines, origin INTEGER NOT NULL REFERENCES lines, PRIMARY KEY (line, origin)
);
CREATE TABLE line_changes (
  id INTEGER PRIMARY KEY, page INTEGER NOT NULL REFERENCES pages, at TEXT NOT NULL, who TEXT NOT NULL,
  what TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL, undone TEXT
);
CREATE INDEX line_changes_of_page ON line_changes (page, id)
"""
# Version 4: what a file that was brought in says of a line beside its text: words, characters and confidences, as JSON.
_IMPORTED = "CREATE TABLE imported (line INTEGER PRIMARY KEY REFERENCES lines, at TEXT NOT NULL, said TEXT NOT NULL)"
_APPEND_ONLY = "CREATE TRIGGER {table}_{verb} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'append-only'); END"


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """An open, checked file of the newest version; what SQLite complains about becomes an InputError.

    A file of an older version is brought up to date in one transaction; one of a newer version is refused.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        try:
            _prepare(connection, path)
            yield connection
        finally:
            connection.close()
    except (sqlite3.Error, OSError) as error:
        raise _explained(path, error) from None
    except UnicodeEncodeError:
        raise InputError("data.not_unicode") from None
    except InputError:
        raise
    except ValueError as error:  # a place or a text that the file spells wrongly
        raise InputError("data.store_damaged", path=path, reason=str(error)) from None


def folded(text: str) -> str:
    """A text as it is searched: without case and accents.

    >>> folded("Ému À")
    'emu a'
    """
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Set a connection up; make the tables of a new file. Raises InputError for a file that is not ours."""
    _in_wal_mode(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    if _number(connection, "application_id") != APPLICATION:
        with transaction(connection):  # of several that come first, one makes the tables
            if _number(connection, "application_id") != APPLICATION:
                if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    raise InputError("data.foreign_database", path=path)
                _create(connection)
    for older, migrate in _MIGRATIONS.items():
        if _number(connection, "user_version") == older:
            with transaction(connection):
                if _number(connection, "user_version") == older:  # of several that come first, one migrates
                    migrate(connection)
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
    for statement in _KEPT.split(";"):
        connection.execute(statement)
    _protect(connection, "pages", "lines", "revisions")
    for migrate in _MIGRATIONS.values():
        migrate(connection)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")


def _add_library(connection: sqlite3.Connection) -> None:
    """From version 1 to version 2: the tables of the library, and the newest text of every line that was kept."""
    for statement in _LIBRARY.split(";"):
        connection.execute(statement)
    _protect(connection, "page_images", "proposals", "splits")
    newest = "SELECT line, max(id), text FROM revisions GROUP BY line"
    rows = [(line, revision, text, folded(text)) for line, revision, text in connection.execute(newest)]
    connection.executemany("INSERT INTO current (line, revision, text, folded) VALUES (?, ?, ?, ?)", rows)
    connection.execute("PRAGMA user_version = 2")


def _add_shapes(connection: sqlite3.Connection) -> None:
    """From version 2 to version 3: the tables of changed lines."""
    for statement in _SHAPES.split(";"):
        connection.execute(statement)
    _protect(connection, "cuts", "origins")
    connection.execute("PRAGMA user_version = 3")


def _add_imported(connection: sqlite3.Connection) -> None:
    """From version 3 to version 4: the table of what files say of words."""
    connection.execute(_IMPORTED)
    connection.execute("PRAGMA user_version = 4")


_MIGRATIONS = {
    1: _add_library,
    2: _add_shapes,
    3: _add_imported,
}  # from which version, in order; the last one makes the newest


def _protect(connection: sqlite3.Connection, *tables: str) -> None:
    for table in tables:
        for verb in ("UPDATE", "DELETE"):
            connection.execute(_APPEND_ONLY.format(table=table, verb=verb))


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return connection.execute(f"PRAGMA {pragma}").fetchone()[0]


def frozen_members(connection: sqlite3.Connection, by: str) -> dict[str, str]:
    """The split of every page's digest (by "page") or writer (by "writer") that was ever frozen, as it first was, or LINE_BY_LINE."""
    rows = connection.execute("SELECT members FROM splits WHERE name LIKE ? ORDER BY id DESC", [f"{by}:%"])
    known: dict[str, str] = {}
    for (members,) in rows:  # the oldest is read last and wins
        known |= json.loads(members)
    return known


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; the writers' lock is taken at once, so that two never wait for each other."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _explained(path: Path, error: Exception) -> InputError:
    reason = str(error)
    if "locked" in reason:
        return InputError("data.store_busy", path=path)
    if "full" in reason or "disk I/O" in reason or "No space" in reason:
        return InputError("data.store_full", path=path, reason=reason)
    if isinstance(error, OSError) or any(word in reason for word in ("readonly", "unable to open", "attempt to write")):
        return InputError("data.store_not_writable", path=path, reason=reason)
    return InputError("data.store_damaged", path=path, reason=reason)
