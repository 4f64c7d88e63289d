"""The library of an annotator: collections of pages, their lines in reading order, and the texts of each line.

It lives in the same file as the lines kept in Read (`hwr.data.annotations`): a text that a person kept there counts here.
Nothing is ever erased: what is deleted is marked, and `restore` brings it back.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

import numpy as np

from hwr.data.annotations import PageImage, Revision, append_text, clean_text, clean_writer, line_id, place, settled
from hwr.data.store import connected, folded, transaction
from hwr.errors import InputError
from hwr.paths import data_directory

Show = Literal["all", "new", "doubtful", "accepted"]


@dataclass(frozen=True)
class Collection:
    """pages, lines: how many are not deleted; corrected: lines whose text a person has kept."""

    id: int
    name: str
    pages: int
    lines: int
    corrected: int


@dataclass(frozen=True)
class Page:
    """A page of a collection. state: "new" without lines, "read", or "corrected" when every line is."""

    id: int
    collection: int
    title: str
    image: PageImage
    writer: str | None
    lines: int
    corrected: int

    @property
    def state(self) -> str:
        return "new" if not self.lines else "corrected" if self.corrected == self.lines else "read"


@dataclass(frozen=True)
class Line:
    """A line of a page. polygon: corners of its cut-out; outline, baseline: points; all in pixels of the page.

    text: what counts: a person's text, else the newest proposal. revision: the person's newest revision, None where nobody
    has kept one; what the next `keep` is based on. confidence: of the newest proposal, None without one.
    """

    id: int
    page: int
    position: int
    polygon: list[list[float]]
    outline: list[list[float]]
    baseline: list[list[float]]
    text: str
    revision: int | None
    confidence: float | None


@dataclass(frozen=True)
class NewLine:
    """A line that was found or drawn. image: (H, W) uint8, upright. proposal: text, model and confidence of a reading.
    said: what a file that it comes from says of it, see `imported`."""

    polygon: np.ndarray
    outline: np.ndarray
    baseline: np.ndarray
    image: np.ndarray
    proposal: tuple[str, str, float] | None = None
    said: str | None = None


_OF_LINES = (
    "FROM lines JOIN shapes ON shapes.line = lines.id LEFT JOIN cuts ON cuts.id = shapes.cut "
    "JOIN shelved ON shelved.page = lines.page LEFT JOIN current ON current.line = lines.id "
    "WHERE shapes.deleted IS NULL AND shelved.deleted IS NULL"
)
_LINES = (
    "SELECT lines.id, lines.page, shapes.position, coalesce(cuts.polygon, lines.polygon), "
    "coalesce(cuts.outline, shapes.outline), coalesce(cuts.baseline, shapes.baseline), coalesce(current.text, ''), "
    f"current.revision, current.confidence {_OF_LINES}"
)
_LINE_IDS = f"SELECT lines.id {_OF_LINES}"
_FILTERS: dict[str, str] = {
    "all": "",
    "new": " AND current.revision IS NULL",
    "doubtful": " AND current.revision IS NULL AND coalesce(current.confidence, 0) < :threshold",
    "accepted": " AND current.revision IS NOT NULL",
}


class Library:
    """Collections, pages and lines under the data directory, or in a file of another place.

    Any number of threads and processes may use it at once; what a method returned is on the disk. Every method raises
    InputError when the file cannot be used (see `hwr.data.annotations.AnnotationStore`) or when what is named is not there.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or data_directory() / "annotations.sqlite"

    # --- collections and pages

    def create(self, name: str) -> int:
        """A new, empty collection."""
        with connected(self.path) as connection, transaction(connection):
            cursor = connection.execute("INSERT INTO collections (name, at) VALUES (?, ?)", (_named(name), now()))
            return int(cursor.lastrowid or 0)

    def collections(self) -> list[Collection]:
        """Those that are not deleted, oldest first."""
        counts = (
            "SELECT collections.id, name, count(DISTINCT shelved.page), count(shapes.line), count(current.revision) "
            "FROM collections LEFT JOIN shelved ON shelved.collection = collections.id AND shelved.deleted IS NULL "
            "LEFT JOIN lines ON lines.page = shelved.page "
            "LEFT JOIN shapes ON shapes.line = lines.id AND shapes.deleted IS NULL "
            "LEFT JOIN current ON current.line = shapes.line WHERE collections.deleted IS NULL GROUP BY collections.id"
        )
        with connected(self.path) as connection:
            return [Collection(*row) for row in connection.execute(counts)]

    def pages(self, collection: int) -> list[Page]:
        """The pages of a collection in their order, those that are deleted left out."""
        rows = (
            "SELECT pages.id, collection, title, digest, pages.name, width, height, shelved.writer, count(shapes.line), "
            "count(CASE WHEN shapes.line IS NOT NULL THEN current.revision END) "
            "FROM shelved JOIN pages ON pages.id = shelved.page LEFT JOIN lines ON lines.page = pages.id "
            "LEFT JOIN shapes ON shapes.line = lines.id AND shapes.deleted IS NULL "
            "LEFT JOIN current ON current.line = shapes.line "
            "WHERE collection = ? AND shelved.deleted IS NULL GROUP BY pages.id ORDER BY shelved.position"
        )
        with connected(self.path) as connection:
            _exists(connection, "collections", collection)
            return [
                Page(row[0], row[1], row[2], PageImage(*row[3:7]), *row[7:])
                for row in connection.execute(rows, [collection])
            ]

    def add_page(
        self, collection: int, image: PageImage, data: bytes, lines: Sequence[NewLine], writer: str | None = None
    ) -> int:
        """Put a page with its lines, in reading order, at the end of a collection.

        data: the encoded image. A line that was kept before at the same place keeps its texts. A page that was deleted
        comes back with these lines. Raises InputError where the page is in a collection already.
        """
        with connected(self.path) as connection, transaction(connection):
            _exists(connection, "collections", collection)
            connection.execute(
                "INSERT INTO pages (digest, name, width, height) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (image.digest, image.name, image.width, image.height),
            )
            (page,) = connection.execute("SELECT id FROM pages WHERE digest = ?", [image.digest]).fetchone()
            if (there := _collection_of(connection, image.digest)) is not None:
                raise InputError("data.page_is_there", page=image.name, collection=there)
            connection.execute("INSERT INTO page_images VALUES (?, ?) ON CONFLICT DO NOTHING", (page, data))
            connection.execute(
                "INSERT INTO shelved (page, collection, title, position, writer) VALUES (?, ?, ?, "
                "(SELECT coalesce(max(position), 0) + 1 FROM shelved WHERE collection = ?), ?) ON CONFLICT (page) DO UPDATE "
                "SET collection = excluded.collection, title = excluded.title, position = excluded.position, "
                "writer = coalesce(excluded.writer, writer), deleted = NULL",
                (page, collection, image.name, collection, writer),
            )
            connection.execute(
                "UPDATE shapes SET deleted = ? WHERE deleted IS NULL AND line IN (SELECT id FROM lines WHERE page = ?)",
                (now(), page),
            )
            for position, line in enumerate(lines):
                add_line(connection, image, line, position)
            return page

    def collection_of(self, digest: str) -> str | None:
        """The name of the collection that an image is in; None where it is in none, or deleted."""
        with connected(self.path) as connection:
            return _collection_of(connection, digest)

    def page_image(self, page: int) -> PageImage:
        """The name, digest and size of a page's image."""
        with connected(self.path) as connection:
            return image_of_page(connection, page)

    def titles(self) -> dict[int, str]:
        """The title of every page."""
        with connected(self.path) as connection:
            return dict(connection.execute("SELECT page, title FROM shelved"))

    def page_data(self, page: int) -> bytes:
        """The encoded image of a page."""
        with connected(self.path) as connection:
            row = connection.execute("SELECT data FROM page_images WHERE page = ?", [page]).fetchone()
        if row is None:
            raise InputError("data.not_there", what="page", id=page)
        return row[0]

    def rename(self, what: Literal["collection", "page"], id: int, name: str) -> None:
        """Give a collection or a page another name."""
        table, column = ("collections", "name") if what == "collection" else ("shelved", "title")
        self._change(table, id, f"{column} = ?", _named(name))

    def name_writer(self, page: int, writer: str | None) -> None:
        """Say whose hand a page is in; "" or None: nobody's that is known."""
        self._change("shelved", page, "writer = ?", clean_writer(writer))

    def move(self, page: int, collection: int) -> None:
        """Put a page at the end of another collection."""
        with connected(self.path) as connection, transaction(connection):
            _exists(connection, "collections", collection)
            _exists(connection, "shelved", page)
            connection.execute(
                "UPDATE shelved SET collection = ?, position = (SELECT coalesce(max(position), 0) + 1 FROM shelved "
                "WHERE collection = ?) WHERE page = ?",
                (collection, collection, page),
            )

    def delete(self, what: Literal["collection", "page", "line"], id: int) -> None:
        """Mark as deleted; `restore` is the undo. Texts and history stay."""
        self._change(_TABLES[what], id, "deleted = ?", now())

    def restore(self, what: Literal["collection", "page", "line"], id: int) -> None:
        """Undo `delete`."""
        self._change(_TABLES[what], id, "deleted = ?", None)

    def _change(self, table: str, id: int, assignment: str, value: str | None) -> None:
        with connected(self.path) as connection, transaction(connection):
            _exists(connection, table, id)
            connection.execute(f"UPDATE {table} SET {assignment} WHERE {_KEYS.get(table, 'id')} = ?", (value, id))

    # --- lines and texts

    def lines(self, page: int) -> list[Line]:
        """The lines of a page in reading order, those that are deleted left out."""
        with connected(self.path) as connection:
            return _read_lines(connection, f"{_LINES} AND lines.page = ? ORDER BY shapes.position", [page])

    def imported(self, page: int) -> dict[int, str]:
        """What the file that a page came from says of its lines, by line; of lines that were placed anew nothing."""
        query = (
            "SELECT imported.line, said FROM imported JOIN lines ON lines.id = imported.line "
            "JOIN shapes ON shapes.line = lines.id WHERE page = ? AND cut IS NULL"
        )
        with connected(self.path) as connection:
            return dict(connection.execute(query, [page]))

    def line_image(self, line: int) -> bytes:
        """The line upright, as a PNG."""
        with connected(self.path) as connection:
            row = connection.execute(
                "SELECT coalesce(cuts.image, lines.image) FROM lines LEFT JOIN shapes ON shapes.line = lines.id "
                "LEFT JOIN cuts ON cuts.id = shapes.cut WHERE lines.id = ?",
                [line],
            ).fetchone()
        if row is None:
            raise InputError("data.not_there", what="line", id=line)
        return row[0]

    def queue(
        self, collection: int, show: Show = "new", *, threshold: float = 0.9, limit: int = 100, offset: int = 0
    ) -> list[Line]:
        """Lines to look at, the least sure first. show: which; doubtful: nobody kept them and below the threshold."""
        query = (
            f"{_LINES}{_FILTERS[show]} AND collection = :collection ORDER BY coalesce(current.confidence, 0), lines.id"
        )
        values = {"collection": collection, "threshold": threshold, "limit": limit, "offset": offset}
        with connected(self.path) as connection:
            return _read_lines(connection, f"{query} LIMIT :limit OFFSET :offset", values)

    def order(
        self, collection: int, show: Show = "new", *, threshold: float = 0.9, page: int | None = None
    ) -> list[int]:
        """Ids of all lines to look at: the least sure of a collection first, or those of one page in reading order."""
        by = "coalesce(current.confidence, 0), lines.id" if page is None else "shapes.position"
        query = (
            f"{_LINE_IDS}{_FILTERS[show]} AND collection = :collection AND (:page IS NULL OR lines.page = :page) "
            f"ORDER BY {by}"
        )
        values = {"collection": collection, "threshold": threshold, "page": page}
        with connected(self.path) as connection:
            return [id for (id,) in connection.execute(query, values)]

    def line(self, id: int) -> Line:
        """One line. Raises InputError where it is not there or deleted."""
        with connected(self.path) as connection:
            found = _read_lines(connection, f"{_LINES} AND lines.id = ?", [id])
        if not found:
            raise InputError("data.not_there", what="line", id=id)
        return found[0]

    def search(self, words: str, collection: int | None = None, limit: int = 100) -> list[Line]:
        """Lines whose text has these characters, whatever their case and accents, in the order of pages and lines."""
        pattern = "%" + folded(words.strip()).replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        query = (
            f"{_LINES} AND current.folded LIKE :pattern ESCAPE '\\' AND (:collection IS NULL OR collection = :collection) "
            "ORDER BY collection, shelved.position, shapes.position LIMIT :limit"
        )
        with connected(self.path) as connection:
            return _read_lines(connection, query, {"pattern": pattern, "collection": collection, "limit": limit})

    def propose(self, line: int, text: str, model: str, confidence: float) -> None:
        """Note what a model reads; it counts until a person keeps a text, and never in place of one."""
        with connected(self.path) as connection, transaction(connection):
            _exists(connection, "shapes", line)
            add_proposal(connection, line, clean_text(text), model, confidence)

    def keep(self, line: int, text: str, *, who: str, based_on: int | None, writer: str | None = None) -> Revision:
        """Append what a person says that the line says. based_on: `Line.revision` that this person saw.

        Raises Outdated when another revision came in between: the text is then kept in the history, beside the one that
        counts. Raises InputError when the line was taken from its page in between; the text is in its history, too.
        """
        text = clean_text(text)
        with connected(self.path) as connection, transaction(connection):
            _exists(connection, "shapes", line)
            proposal = connection.execute(
                "SELECT model, text FROM proposals WHERE line = ? ORDER BY id DESC LIMIT 1", [line]
            ).fetchone()
            model, proposed = proposal or (None, None)
            kept = append_text(connection, line, text, who, writer, model, proposed, based_on)
            (gone,) = connection.execute("SELECT deleted FROM shapes WHERE line = ?", [line]).fetchone()
        if gone:
            raise InputError("data.line_gone", text=text)
        return settled(*kept)

    def proposed(self, line: int) -> list[str]:
        """What models read on a line, oldest first."""
        with connected(self.path) as connection:
            rows = connection.execute("SELECT text FROM proposals WHERE line = ? ORDER BY id", [line])
            return [text for (text,) in rows]

    def history(self, line: int) -> list[Revision]:
        """Everything that people ever kept of a line, and of those that it was split or merged from, oldest first."""
        query = (
            "WITH RECURSIVE family (line) AS (SELECT ? UNION SELECT origin FROM origins JOIN family USING (line)) "
            "SELECT * FROM revisions WHERE line IN family ORDER BY id"
        )
        with connected(self.path) as connection:
            rows = connection.execute(query, [line])
            return [Revision(*row) for row in rows]


_TABLES = {"collection": "collections", "page": "shelved", "line": "shapes"}
_KEYS = {"shelved": "page", "shapes": "line"}


def _collection_of(connection: sqlite3.Connection, digest: str) -> str | None:
    row = connection.execute(
        "SELECT collections.name FROM shelved JOIN collections ON collections.id = collection JOIN pages ON pages.id = page "
        "WHERE digest = ? AND shelved.deleted IS NULL AND collections.deleted IS NULL",
        [digest],
    ).fetchone()
    return row[0] if row else None


def image_of_page(connection: sqlite3.Connection, page: int) -> PageImage:
    """What is known of a page's image. Raises InputError where there is no such page."""
    row = connection.execute("SELECT digest, name, width, height FROM pages WHERE id = ?", [page]).fetchone()
    if row is None:
        raise InputError("data.not_there", what="page", id=page)
    return PageImage(*row)


def add_line(connection: sqlite3.Connection, page: PageImage, line: NewLine, position: int) -> int:
    """Put a line on its page, in a transaction of the caller's; one that was at the same place before comes back."""
    id = line_id(connection, page, line.polygon, line.image)
    connection.execute(
        "INSERT INTO shapes (line, position, outline, baseline) VALUES (?, ?, ?, ?) ON CONFLICT (line) DO UPDATE "
        "SET position = excluded.position, outline = excluded.outline, baseline = excluded.baseline, cut = NULL, deleted = NULL",
        (id, position, place(line.outline), place(line.baseline)),
    )
    if line.said is not None:
        connection.execute(
            "INSERT INTO imported VALUES (?, ?, ?) ON CONFLICT (line) DO UPDATE SET at = excluded.at, said = excluded.said",
            (id, now(), line.said),
        )
    if line.proposal is not None:
        text, model, confidence = line.proposal
        add_proposal(connection, id, clean_text(text), model, confidence)
    return id


def add_proposal(connection: sqlite3.Connection, line: int, text: str, model: str, confidence: float) -> None:
    """Note what is proposed for a line, in a transaction of the caller's."""
    connection.execute(
        "INSERT INTO proposals (line, at, model, text, confidence) VALUES (?, ?, ?, ?, ?)",
        (line, now(), model, text, confidence),
    )
    connection.execute(
        "INSERT INTO current (line, text, folded, confidence) VALUES (?, ?, ?, ?) ON CONFLICT (line) DO UPDATE "
        "SET confidence = excluded.confidence, "
        "text = CASE WHEN revision IS NULL THEN excluded.text ELSE text END, "
        "folded = CASE WHEN revision IS NULL THEN excluded.folded ELSE folded END",
        (line, text, folded(text), confidence),
    )


def _read_lines(connection: sqlite3.Connection, query: str, values: Any) -> list[Line]:
    return [
        Line(*row[:3], *(json.loads(shape) for shape in row[3:6]), *row[6:])
        for row in connection.execute(query, values)
    ]


def _exists(connection: sqlite3.Connection, table: str, id: int) -> None:
    if connection.execute(f"SELECT 1 FROM {table} WHERE {_KEYS.get(table, 'id')} = ?", [id]).fetchone() is None:
        what = next((name for name, of in _TABLES.items() if of == table), table)
        raise InputError("data.not_there", what=what, id=id)


def _named(name: str) -> str:
    name = clean_text(name)
    if not name:
        raise InputError("data.no_name")
    return name


def now() -> str:
    """UTC as it is written down."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
