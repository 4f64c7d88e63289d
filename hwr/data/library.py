"""The library of an annotator: collections of pages, their lines in reading order, and the texts of each line.

It lives in the same file as the lines kept in Read (`hwr.data.annotations`): a text that a person kept there counts here.
Nothing is ever erased: what is deleted is marked, and `restore` brings it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from hwr.data.annotations import PageImage, Revision, append_text, clean_text, clean_writer, settled
from hwr.data.library_rows import (
    KEYS,
    LINE_IDS,
    LINES,
    TABLES,
    Collection,
    Line,
    NewLine,
    Page,
    add_line,
    add_proposal,
    check_exists,
    collection_with,
    image_of_page,
    now,
    read_lines,
)
from hwr.data.store import connected, folded, transaction
from hwr.errors import InputError
from hwr.paths import data_directory

Show = Literal["all", "new", "doubtful", "accepted"]
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
            check_exists(connection, "collections", collection)
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
            check_exists(connection, "collections", collection)
            connection.execute(
                "INSERT INTO pages (digest, name, width, height) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (image.digest, image.name, image.width, image.height),
            )
            (page,) = connection.execute("SELECT id FROM pages WHERE digest = ?", [image.digest]).fetchone()
            if (there := collection_with(connection, image.digest)) is not None:
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
            return collection_with(connection, digest)

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
            check_exists(connection, "collections", collection)
            check_exists(connection, "shelved", page)
            connection.execute(
                "UPDATE shelved SET collection = ?, position = (SELECT coalesce(max(position), 0) + 1 FROM shelved "
                "WHERE collection = ?) WHERE page = ?",
                (collection, collection, page),
            )

    def delete(self, what: Literal["collection", "page", "line"], id: int) -> None:
        """Mark as deleted; `restore` is the undo. Texts and history stay."""
        self._change(TABLES[what], id, "deleted = ?", now())

    def restore(self, what: Literal["collection", "page", "line"], id: int) -> None:
        """Undo `delete`."""
        self._change(TABLES[what], id, "deleted = ?", None)

    def _change(self, table: str, id: int, assignment: str, value: str | None) -> None:
        with connected(self.path) as connection, transaction(connection):
            check_exists(connection, table, id)
            connection.execute(f"UPDATE {table} SET {assignment} WHERE {KEYS.get(table, 'id')} = ?", (value, id))

    # --- lines and texts

    def lines(self, page: int) -> list[Line]:
        """The lines of a page in reading order, those that are deleted left out."""
        with connected(self.path) as connection:
            return read_lines(connection, f"{LINES} AND lines.page = ? ORDER BY shapes.position", [page])

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
            f"{LINES}{_FILTERS[show]} AND collection = :collection ORDER BY coalesce(current.confidence, 0), lines.id"
        )
        values = {"collection": collection, "threshold": threshold, "limit": limit, "offset": offset}
        with connected(self.path) as connection:
            return read_lines(connection, f"{query} LIMIT :limit OFFSET :offset", values)

    def order(
        self, collection: int, show: Show = "new", *, threshold: float = 0.9, page: int | None = None
    ) -> list[int]:
        """Ids of all lines to look at: the least sure of a collection first, or those of one page in reading order."""
        by = "coalesce(current.confidence, 0), lines.id" if page is None else "shapes.position"
        query = (
            f"{LINE_IDS}{_FILTERS[show]} AND collection = :collection AND (:page IS NULL OR lines.page = :page) "
            f"ORDER BY {by}"
        )
        values = {"collection": collection, "threshold": threshold, "page": page}
        with connected(self.path) as connection:
            return [id for (id,) in connection.execute(query, values)]

    def line(self, id: int) -> Line:
        """One line. Raises InputError where it is not there or deleted."""
        with connected(self.path) as connection:
            found = read_lines(connection, f"{LINES} AND lines.id = ?", [id])
        if not found:
            raise InputError("data.not_there", what="line", id=id)
        return found[0]

    def search(self, words: str, collection: int | None = None, limit: int = 100) -> list[Line]:
        """Lines whose text has these characters, whatever their case and accents, in the order of pages and lines."""
        pattern = "%" + folded(words.strip()).replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
        query = (
            f"{LINES} AND current.folded LIKE :pattern ESCAPE '\\' AND (:collection IS NULL OR collection = :collection) "
            "ORDER BY collection, shelved.position, shapes.position LIMIT :limit"
        )
        with connected(self.path) as connection:
            return read_lines(connection, query, {"pattern": pattern, "collection": collection, "limit": limit})

    def propose(self, line: int, text: str, model: str, confidence: float) -> None:
        """Note what a model reads; it counts until a person keeps a text, and never in place of one."""
        with connected(self.path) as connection, transaction(connection):
            check_exists(connection, "shapes", line)
            add_proposal(connection, line, clean_text(text), model, confidence)

    def keep(self, line: int, text: str, *, who: str, based_on: int | None, writer: str | None = None) -> Revision:
        """Append what a person says that the line says. based_on: `Line.revision` that this person saw.

        Raises Outdated when another revision came in between: the text is then kept in the history, beside the one that
        counts. Raises InputError when the line was taken from its page in between; the text is in its history, too.
        """
        text = clean_text(text)
        with connected(self.path) as connection, transaction(connection):
            check_exists(connection, "shapes", line)
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


def _named(name: str) -> str:
    name = clean_text(name)
    if not name:
        raise InputError("data.no_name")
    return name
