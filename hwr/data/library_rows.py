"""What the library is made of, and how it is read from its tables and written to them, in a transaction of the caller's."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import numpy as np

from hwr.data.annotations import PageImage, clean_text, line_id, place
from hwr.data.store import folded
from hwr.errors import InputError


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
# Lines that are there, placed as they were cut last, with the text that counts.
LINES = (
    "SELECT lines.id, lines.page, shapes.position, coalesce(cuts.polygon, lines.polygon), "
    "coalesce(cuts.outline, shapes.outline), coalesce(cuts.baseline, shapes.baseline), coalesce(current.text, ''), "
    f"current.revision, current.confidence {_OF_LINES}"
)
LINE_IDS = f"SELECT lines.id {_OF_LINES}"
TABLES = {"collection": "collections", "page": "shelved", "line": "shapes"}
KEYS = {"shelved": "page", "shapes": "line"}


def collection_with(connection: sqlite3.Connection, digest: str) -> str | None:
    """The name of the collection that an image is in; None where it is in none, or deleted."""
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


def read_lines(connection: sqlite3.Connection, query: str, values: Any) -> list[Line]:
    """The lines that a query gives which begins with `LINES`."""
    return [
        Line(*row[:3], *(json.loads(shape) for shape in row[3:6]), *row[6:])
        for row in connection.execute(query, values)
    ]


def check_exists(connection: sqlite3.Connection, table: str, id: int) -> None:
    """Raise InputError where a table has no row of that id."""
    if connection.execute(f"SELECT 1 FROM {table} WHERE {KEYS.get(table, 'id')} = ?", [id]).fetchone() is None:
        what = next((name for name, of in TABLES.items() if of == table), table)
        raise InputError("data.not_there", what=what, id=id)


def now() -> str:
    """UTC as it is written down."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")
