"""What people say that a line says: kept in one SQLite file, where a text is only ever followed by a newer one."""

from __future__ import annotations

import io
import json
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from hwr.data.dataset import write_imagefolder
from hwr.data.store import LINE_BY_LINE, connected, folded, frozen_members, transaction
from hwr.errors import InputError
from hwr.images.digest import image_digest
from hwr.paths import data_directory
from hwr.recognizer.charset import visible

LONGEST = 2000  # characters of one line
LONGEST_WRITER = 200
VALIDATION_EVERY = 10  # of so many kept lines one is for validation

# The newest revision of every line that has a text and was not deleted.
_KEPT = (
    "revisions JOIN current ON current.revision = revisions.id JOIN lines ON lines.id = revisions.line "
    "JOIN pages ON pages.id = lines.page LEFT JOIN shelved ON shelved.page = pages.id "
    "LEFT JOIN collections ON collections.id = shelved.collection LEFT JOIN shapes ON shapes.line = lines.id "
    "LEFT JOIN cuts ON cuts.id = shapes.cut "
    "WHERE current.text != '' AND shelved.deleted IS NULL AND collections.deleted IS NULL AND shapes.deleted IS NULL"
)

_HAND = "coalesce(revisions.writer, shelved.writer)"


@dataclass(frozen=True)
class PageImage:
    """An uploaded image. digest: tells it from all others; width and height in pixels, as polygons refer to them."""

    digest: str
    name: str
    width: int
    height: int

    @classmethod
    def of(cls, encoded: bytes, name: str, width: int, height: int) -> PageImage:
        """That of an encoded image."""
        return cls(image_digest(encoded), name, width, height)


@dataclass(frozen=True)
class Revision:
    """One text of a line. at: UTC, ISO 8601; text: "" takes the line out; writer: whose hand it is, where known.

    model, proposed: the recogniser that read the line and what it read, None where nothing was proposed. how: "accepted" as
    it was proposed, "typed", "aside" where somebody else had been first (it is kept beside the text that counts), "undone"
    where another text was taken back and this one counts again, None in what an older version kept.
    """

    id: int
    line: int
    at: str
    who: str
    text: str
    writer: str | None
    model: str | None
    proposed: str | None
    how: str | None = None


@dataclass(frozen=True)
class KeptLine:
    """A line with its newest text. polygon: corners (x, y) in pixels of the page; png: the line upright, encoded; writer: as
    the text names it, else its page."""

    page: PageImage
    polygon: list[list[float]]
    png: bytes
    revision: Revision
    writer: str | None


class Outdated(InputError):
    """Somebody else kept a text of the line in between. mine: what was tried, kept in the history; theirs: what counts."""

    def __init__(self, mine: Revision, theirs: Revision) -> None:
        super().__init__("data.line_outdated", who=theirs.who, text=theirs.text, mine=mine.text)
        self.mine, self.theirs = mine, theirs


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
        based_on: int | Literal["newest"] | None = "newest",
    ) -> Revision:
        """Add a revision to the line at this place of the page, which is new or was kept before.

        polygon: (N, 2). image: (H, W) uint8 of the line upright; that of the first revision is the one that stays.
        An empty text takes a line out again; its history stays. based_on: the revision that this person saw, None for none;
        "newest": whichever it is. Raises InputError for a text that is no line of text, and Outdated when another revision
        came in between: the text is then kept in the history, beside the one that counts.
        """
        text = clean_text(text)
        with connected(self.path) as connection, transaction(connection):
            line = line_id(connection, page, polygon, image if text else None)
            kept = append_text(connection, line, text, who, clean_writer(writer), model, proposed, based_on)
        return settled(*kept)

    def latest(self, digest: str, polygon: np.ndarray) -> Revision | None:
        """The newest revision of the line at this place of the page; None where it was never kept."""
        return self.latest_on(digest).get(place(polygon))

    def latest_on(self, digest: str) -> dict[str, Revision]:
        """The newest revision of every line of a page that was kept, by the `place` of the line."""
        with connected(self.path) as connection:
            rows = connection.execute(
                "SELECT polygon, revisions.* FROM revisions JOIN lines ON lines.id = revisions.line "
                "JOIN pages ON pages.id = lines.page JOIN current ON current.revision = revisions.id WHERE digest = ?",
                [digest],
            ).fetchall()
        return {where: Revision(*revision) for where, *revision in rows}

    def counts(self, line: int) -> bool:
        """Whether a line is among the kept ones: it has a text, and nobody took it, its page or its collection away."""
        with connected(self.path) as connection:
            return bool(connection.execute(f"SELECT 1 FROM {_KEPT} AND revisions.line = ?", [line]).fetchone())

    def history(self, line: int) -> list[Revision]:
        """Everything that was ever kept of a line, oldest first."""
        with connected(self.path) as connection:
            return [
                Revision(*r) for r in connection.execute("SELECT * FROM revisions WHERE line = ? ORDER BY id", [line])
            ]

    def count(self, writer: str | None = None) -> int:
        """How many lines are kept, those that were taken out not counted. writer: of this hand alone."""
        return sum(writer is None or hand == writer for _, hand in self.origins())

    def writers(self) -> dict[str, int]:
        """Lines that are kept of each hand that is named, most first."""
        return dict(Counter(hand for _, hand in self.origins() if hand).most_common())

    def origins(self) -> list[tuple[str, str | None]]:
        """Of every line that is kept the digest of its page, and its hand where that is named."""
        with connected(self.path) as connection:
            return connection.execute(f"SELECT digest, {_HAND} FROM {_KEPT}").fetchall()

    def lines(self, writer: str | None = None) -> Iterator[KeptLine]:
        """Every kept line with its newest text, in the order in which they were first kept."""
        with connected(self.path) as connection:
            rows = connection.execute(
                "SELECT digest, pages.name, width, height, coalesce(cuts.polygon, lines.polygon), "
                f"coalesce(cuts.image, lines.image), {_HAND}, revisions.* FROM {_KEPT} "
                f"AND (? IS NULL OR {_HAND} = ?) ORDER BY revisions.line",
                (writer, writer),
            )
            for row in rows:
                yield KeptLine(PageImage(*row[:4]), json.loads(row[4]), row[5], Revision(*row[7:]), row[6])

    def export(self, directory: Path, writer: str | None = None) -> int:
        """Write the kept lines as an imagefolder data set; returns how many.

        A line is in the split in which its page or its writer was frozen (`hwr.data.frozen_splits`), else, or where that
        goes line by line, in `val` or `train` for good, whatever is kept later. Raises InputError when none is kept.
        """
        lines = self.count(writer)
        if not lines:
            if writer:
                raise InputError("data.nothing_kept_of", writer=writer)
            raise InputError("data.nothing_kept")
        with connected(self.path) as connection:
            pages, writers = frozen_members(connection, "page"), frozen_members(connection, "writer")
        frozen = ((kept, pages.get(kept.page.digest) or writers.get(kept.writer or "")) for kept in self.lines(writer))
        write_imagefolder(directory, (_exported(kept, split) for kept, split in frozen))
        return lines


def clean_writer(writer: str | None) -> str | None:
    """A name on one line; None for none. Raises InputError when it is too long."""
    name = " ".join(visible(writer or "").split())
    if len(name) > LONGEST_WRITER:
        raise InputError("data.writer_too_long", length=len(name), longest=LONGEST_WRITER)
    return name or None


def clean_text(text: str) -> str:
    """One line: blanks at the ends, line breaks and control characters taken out. Raises InputError when it is too long.

    >>> clean_text(" two\\nlines\\x00 ")
    'two lines'
    """
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in text)
    text = " ".join(text.split(" ")).strip() if visible(text).strip() else ""
    if len(text) > LONGEST:
        raise InputError("data.text_too_long", length=len(text), longest=LONGEST)
    return text


def place(polygon: np.ndarray) -> str:
    """Points (N, 2) as they are stored, to a tenth of a pixel."""
    return json.dumps((np.round(np.asarray(polygon, dtype=np.float64), 1) + 0.0).tolist())


def append_text(
    connection: sqlite3.Connection,
    line: int,
    text: str,
    who: str,
    writer: str | None,
    model: str | None,
    proposed: str | None,
    based_on: int | Literal["newest"] | None,
) -> tuple[Revision, Revision | None]:
    """Append what a person says that a line says, in a transaction of the caller's, for `settled` once that has ended.

    based_on: the revision that this person saw. Where another one counts by now, it comes second and goes on to count.
    """
    row = connection.execute(
        "SELECT revisions.* FROM current JOIN revisions ON revisions.id = revision WHERE current.line = ?", [line]
    ).fetchone()
    theirs = Revision(*row) if row and based_on not in ("newest", row[0]) else None
    how = "aside" if theirs else "accepted" if text == proposed else "typed"
    return add_revision(connection, line, who, text, writer, model, proposed, how), theirs


def settled(mine: Revision, theirs: Revision | None) -> Revision:
    """The revision that counts. Raises Outdated where it is another text than mine."""
    if theirs and theirs.text != mine.text:
        raise Outdated(mine, theirs)
    return theirs or mine


def add_revision(
    connection: sqlite3.Connection,
    line: int,
    who: str,
    text: str,
    writer: str | None,
    model: str | None,
    proposed: str | None,
    how: str,
) -> Revision:
    """Append a text to a line, in a transaction of the caller's; it counts from now on unless it is set aside."""
    values = (who, text, writer, model, proposed, how)
    at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
    cursor = connection.execute(
        "INSERT INTO revisions (line, at, who, text, writer, model, proposed, how) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (line, at, *values),
    )
    revision = Revision(int(cursor.lastrowid or 0), line, at, *values)
    if how != "aside":
        connection.execute(
            "INSERT INTO current (line, revision, text, folded) VALUES (?, ?, ?, ?) ON CONFLICT (line) DO UPDATE "
            "SET revision = excluded.revision, text = excluded.text, folded = excluded.folded",
            (line, revision.id, text, folded(text)),
        )
    return revision


def line_id(connection: sqlite3.Connection, page: PageImage, polygon: np.ndarray, image: np.ndarray | None) -> int:
    """The line at this place, made where it is new. image None: it must be there."""
    where = place(polygon)
    row = connection.execute(
        "SELECT lines.id FROM lines JOIN pages ON pages.id = lines.page WHERE digest = ? AND polygon = ?",
        (page.digest, where),
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
    cursor = connection.execute(
        "INSERT INTO lines (page, polygon, image) VALUES (?, ?, ?)", (found[0], where, encoded(image))
    )
    return int(cursor.lastrowid or 0)


def encoded(image: np.ndarray) -> bytes:
    """A line's (H, W) uint8 picture as a PNG."""
    png = io.BytesIO()
    Image.fromarray(image).save(png, "PNG")
    return png.getvalue()


def _exported(kept: KeptLine, frozen: str | None) -> tuple[Image.Image, str, Mapping[str, Any]]:
    revision = kept.revision
    page = f"{Path(kept.page.name).stem}-{kept.page.digest[:8]}"
    by_line = "val" if revision.line % VALIDATION_EVERY == 0 else "train"
    split = by_line if frozen in (None, LINE_BY_LINE) else frozen
    fields = {"writer": kept.writer, "page": page, "split": split, "at": revision.at}
    fields |= {"model": revision.model, "proposed": revision.proposed}
    return Image.open(io.BytesIO(kept.png)), revision.text, fields
