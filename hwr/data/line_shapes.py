"""Changes of the lines of a page in the library: moved, split, merged, drawn, deleted, put in another order; and undone.

A change is one transaction. It writes down which lines stood on the page before and after it, so that it can be undone
and redone; no line, picture or text is ever erased. A line that is moved stays the same line, with its texts; the parts of
a line and what several were merged to are new lines, whose `Library.history` goes on from those that they came from.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hwr.data.annotations import add_revision, encoded, place
from hwr.data.library import Library
from hwr.data.library_rows import Line, NewLine, add_line, add_proposal, image_of_page, now
from hwr.data.store import connected, transaction
from hwr.errors import InputError
from hwr.images import area
from hwr.images.load import load_image
from hwr.images.page import LineRegion
from hwr.images.page_ink import PageInk, ink_of

LEAST = 4  # pixels that a box is wide and high

Standing = list[tuple[int, "int | None"]]  # the lines of a page in reading order, each with its cut


@dataclass(frozen=True)
class Change:
    """What was done to a page. what: "move", "split", "merge", "draw", "delete" or "order".

    lines: those that it made or changed. to_read: those of them whose text a model should read anew; the others keep words
    that a person wrote.
    """

    what: str
    page: int
    lines: tuple[int, ...] = ()
    to_read: tuple[int, ...] = ()


@dataclass(frozen=True)
class UndoState:
    """What the newest change that can be undone, or redone, did to the page; None where there is none."""

    undo: str | None
    redo: str | None


def move_line(library: Library, line: int, box: np.ndarray, who: str) -> Change:
    """Give a line another box (4, 2), clockwise from its top left; it keeps its text.

    Raises InputError for a box outside of the page or without an area, and for a line that is on no page.
    """
    page = _page_of(library, line)
    grey, ink = _page_image(library, page)
    region = area.framed(grey, ink, _on_page(box, grey), _outlines(library, page, but=[line]))
    with connected(library.path) as connection, transaction(connection):
        before = _standing(connection, page, needed=[line])
        cursor = connection.execute(
            "INSERT INTO cuts (line, at, polygon, outline, baseline, image) VALUES (?, ?, ?, ?, ?, ?)",
            (line, now(), *map(place, (region.polygon, region.outline, region.baseline)), encoded(region.grey)),
        )
        after = [(id, cursor.lastrowid if id == line else cut) for id, cut in before]
        by_person = _said(connection, line).revision is not None
        return _apply(connection, page, who, "move", before, after, [line], [] if by_person else [line])


def split_line(library: Library, line: int, who: str, *, x: float | None = None, y: float | None = None) -> Change:
    """Cut a line into left and right at an x, or into upper and lower at a y, in pixels of the page.

    Its text is shared out between them where it has a blank, as a proposal to look at. Raises InputError where one side
    of the cut has no ink of the line.
    """
    page = _page_of(library, line)
    grey, ink = _page_image(library, page)
    (shape,) = standing_lines(library, page, [line])
    axis, at = ("x", x) if x is not None else ("y", y)
    if at is None or not np.isfinite(at):
        raise InputError("data.change_unknown", why="split")
    found = area.parts(grey, ink, np.array(shape.polygon), np.array(shape.outline), axis, at)
    if found is None:
        raise InputError("data.cut_beside")
    wide = [region.box[2] - region.box[0] for region in found]
    with connected(library.path) as connection, transaction(connection):
        before = _standing(connection, page, needed=[line])
        said = _said(connection, line)
        made = [_new(connection, page, region, [line], before) for region in found]
        for id, text in zip(made, shared_out(said.text, wide[0] / sum(wide)), strict=True):
            if text:
                add_proposal(connection, id, text, "split", 0.0)
        after = [entry for old in before for entry in ([(id, None) for id in made] if old[0] == line else [old])]
        return _apply(connection, page, who, "split", before, after, made, made if said.revision is None else [])


def merge_lines(library: Library, lines: Sequence[int], who: str) -> Change:
    """Make one line of several, at the place of the first of them; their texts are joined with a blank.

    The text counts as kept where a person had kept all of them. Raises InputError for fewer than two lines, and for those
    of another page.
    """
    chosen = list(dict.fromkeys(lines))
    if len(chosen) < 2:
        raise InputError("data.merge_few")
    page = _page_of(library, chosen[0])
    grey, ink = _page_image(library, page)
    parts = _side_by_side(standing_lines(library, page, chosen))
    region = area.joined(grey, ink, [np.array(part.outline) for part in parts])
    with connected(library.path) as connection, transaction(connection):
        before = _standing(connection, page, needed=chosen)
        said = [_said(connection, part.id) for part in parts]
        made = _new(connection, page, region, [part.id for part in parts], before)
        kept = [one for one in said if one.revision is not None]
        _join_texts(connection, made, said, who)
        first = next(number for number, (id, _) in enumerate(before) if id in chosen)
        after = [
            (made, None) if n == first else old for n, old in enumerate(before) if n == first or old[0] not in chosen
        ]
        return _apply(connection, page, who, "merge", before, after, [made], [] if kept else [made])


def draw_line(library: Library, page: int, box: Sequence[float], who: str) -> Change:
    """A new line from x0, y0, x1, y1 about it: outline, baseline and cut-out follow the ink inside.

    Raises InputError for a box outside of the page or without an area, and where the same line is there already.
    """
    grey, ink = _page_image(library, page)
    if len(box) != 4:
        raise InputError("data.change_unknown", why="draw")
    corners = _on_page(area.rectangle(*box), grey)
    region = area.drawn(grey, ink, corners, _outlines(library, page))
    shapes = library.lines(page)
    with connected(library.path) as connection, transaction(connection):
        before = _standing(connection, page)
        made = _new(connection, page, region, [], before)
        place_there = _place_among(region, shapes)
        after = [*before[:place_there], (made, None), *before[place_there:]]
        by_person = _said(connection, made).revision is not None
        return _apply(connection, page, who, "draw", before, after, [made], [] if by_person else [made])


def delete_lines(library: Library, lines: Sequence[int], who: str) -> Change:
    """Take lines from their page; `undo` brings them back with their texts."""
    if not lines:
        raise InputError("data.change_unknown", why="delete")
    page = _page_of(library, lines[0])
    with connected(library.path) as connection, transaction(connection):
        before = _standing(connection, page, needed=lines)
        after = [entry for entry in before if entry[0] not in lines]
        return _apply(connection, page, who, "delete", before, after)


def order_line(library: Library, line: int, number: int, who: str) -> Change:
    """Make a line number `number`, counted from 1, in the reading order of its page; the ends are as far as it goes."""
    page = _page_of(library, line)
    with connected(library.path) as connection, transaction(connection):
        before = _standing(connection, page, needed=[line])
        after = [entry for entry in before if entry[0] != line]
        at = min(max(number - 1, 0), len(after))
        after.insert(at, next(entry for entry in before if entry[0] == line))
        return _apply(connection, page, who, "order", before, after, [line])


def undo(library: Library, page: int) -> Change:
    """Take the newest change of a page back. Raises InputError when there is none, or the page has changed otherwise."""
    return _step(library, page, back=True)


def redo(library: Library, page: int) -> Change:
    """Do again what was undone last."""
    return _step(library, page, back=False)


def undo_state(library: Library, page: int) -> UndoState:
    """What `undo` and `redo` would take back or do again on a page."""
    with connected(library.path) as connection:
        found = [_undoable(connection, page), _redoable(connection, page)]
    return UndoState(*(row[1] if row else None for row in found))


def shared_out(text: str, share: float) -> tuple[str, str]:
    """A text as two, the first one about as long as `share` says: at the nearest blank, at any place where it has none.

    >>> shared_out("the quick brown fox", 0.5), shared_out("一二三四", 0.25)
    (('the quick', 'brown fox'), ('一', '二三四'))
    """
    middle = share * len(text)
    blanks = [place for place, character in enumerate(text) if character == " "]
    at = min(blanks, key=lambda place: abs(place + 0.5 - middle)) if blanks else round(middle)
    return text[:at].strip(), text[at:].strip()


# --- what stands on a page


def _step(library: Library, page: int, back: bool) -> Change:
    with connected(library.path) as connection, transaction(connection):
        row = _undoable(connection, page) if back else _redoable(connection, page)
        if row is None:
            raise InputError("data.nothing_to_undo" if back else "data.nothing_to_redo")
        id, what, *sides = row
        before, after = ([(line, cut) for line, cut in json.loads(side)] for side in sides)
        there, then = (after, before) if back else (before, after)
        if _standing(connection, page) != there:
            raise InputError("data.lines_changed")
        _stand(connection, page, then)
        connection.execute("UPDATE line_changes SET undone = ? WHERE id = ?", (now() if back else None, id))
    old = set(there)
    return Change(what, page, tuple(line for line, cut in then if (line, cut) not in old))


_CHANGES = "SELECT id, what, before, after FROM line_changes WHERE page = ?"


def _undoable(connection: sqlite3.Connection, page: int) -> tuple | None:
    return connection.execute(f"{_CHANGES} AND undone IS NULL ORDER BY id DESC LIMIT 1", [page]).fetchone()


def _redoable(connection: sqlite3.Connection, page: int) -> tuple | None:
    """The oldest of those that were undone since the newest that was not."""
    newest = "(SELECT coalesce(max(id), 0) FROM line_changes WHERE page = ? AND undone IS NULL)"
    return connection.execute(f"{_CHANGES} AND id > {newest} ORDER BY id LIMIT 1", [page, page]).fetchone()


def _standing(connection: sqlite3.Connection, page: int, needed: Sequence[int] = ()) -> Standing:
    """The lines that stand on a page. Raises InputError where one that is needed is not among them."""
    rows = connection.execute(
        "SELECT shapes.line, cut FROM shapes JOIN lines ON lines.id = shapes.line "
        "WHERE lines.page = ? AND shapes.deleted IS NULL ORDER BY shapes.position, shapes.line",
        [page],
    ).fetchall()
    if missing := set(needed) - {line for line, _ in rows}:
        raise InputError("data.line_elsewhere", line=min(missing))
    return rows


def _stand(connection: sqlite3.Connection, page: int, lines: Standing) -> None:
    gone = {line for line, _ in _standing(connection, page)} - {line for line, _ in lines}
    connection.executemany("UPDATE shapes SET deleted = ? WHERE line = ?", [(now(), line) for line in gone])
    connection.executemany(
        "UPDATE shapes SET position = ?, cut = ?, deleted = NULL WHERE line = ?",
        [(position, cut, line) for position, (line, cut) in enumerate(lines)],
    )


def _apply(
    connection: sqlite3.Connection,
    page: int,
    who: str,
    what: str,
    before: Standing,
    after: Standing,
    lines: Sequence[int] = (),
    to_read: Sequence[int] = (),
) -> Change:
    if after == before:
        return Change(what, page, tuple(lines))
    _stand(connection, page, after)
    connection.execute(
        "INSERT INTO line_changes (page, at, who, what, before, after) VALUES (?, ?, ?, ?, ?, ?)",
        (page, now(), who, what, json.dumps(before), json.dumps(after)),
    )
    return Change(what, page, tuple(lines), tuple(to_read))


def _new(
    connection: sqlite3.Connection, page: int, region: LineRegion, origins: Sequence[int], standing: Standing
) -> int:
    """A line at a new place, or the one that was there before."""
    image = image_of_page(connection, page)
    row = connection.execute(
        "SELECT id FROM lines WHERE page = ? AND polygon = ?", (page, place(region.polygon))
    ).fetchone()
    if row and row[0] in (line for line, _ in standing):
        raise InputError("data.line_is_there")
    id = add_line(connection, image, NewLine(region.polygon, region.outline, region.baseline, region.grey), 0)
    for origin in origins:
        connection.execute("INSERT INTO origins VALUES (?, ?) ON CONFLICT DO NOTHING", (id, origin))
    return id


# --- texts


@dataclass(frozen=True)
class _Said:
    """What counts of a line. revision: of a person, None where it is a proposal."""

    text: str
    revision: int | None
    confidence: float | None
    writer: str | None


def _said(connection: sqlite3.Connection, line: int) -> _Said:
    row = connection.execute(
        "SELECT current.text, current.revision, current.confidence, revisions.writer FROM current "
        "LEFT JOIN revisions ON revisions.id = current.revision WHERE current.line = ?",
        [line],
    ).fetchone()
    return _Said(*row) if row else _Said("", None, None, None)


def _join_texts(connection: sqlite3.Connection, line: int, said: list[_Said], who: str) -> None:
    text = " ".join(one.text for one in said if one.text)
    if not text:
        return
    if all(one.revision is not None for one in said):
        writers = {one.writer for one in said}
        add_revision(connection, line, who, text, writers.pop() if len(writers) == 1 else None, None, None, "typed")
    else:
        add_proposal(connection, line, text, "merge", min(one.confidence or 0.0 for one in said))


# --- places


@lru_cache(maxsize=2)
def _decoded(data: bytes) -> tuple[np.ndarray, PageInk | None]:
    grey = load_image(data).grey
    try:
        return grey, ink_of(grey)
    except InputError:  # a person may box what is too faint for us
        return grey, None


def _page_image(library: Library, page: int) -> tuple[np.ndarray, PageInk | None]:
    return _decoded(library.page_data(page))


def _page_of(library: Library, line: int) -> int:
    with connected(library.path) as connection:
        row = connection.execute("SELECT page FROM lines WHERE id = ?", [line]).fetchone()
    if row is None:
        raise InputError("data.line_elsewhere", line=line)
    return row[0]


def standing_lines(library: Library, page: int, chosen: Sequence[int]) -> list[Line]:
    """These lines. Raises InputError for one that does not stand on the page."""
    standing = {line.id: line for line in library.lines(page)}
    if missing := set(chosen) - standing.keys():
        raise InputError("data.line_elsewhere", line=min(missing))
    return [standing[id] for id in chosen]


def _outlines(library: Library, page: int, but: Sequence[int] = ()) -> list[np.ndarray]:
    return [np.array(line.outline) for line in library.lines(page) if line.id not in but]


def _on_page(box: np.ndarray, grey: np.ndarray) -> np.ndarray:
    """A box (4, 2) as far as it lies on the page; one that stands upright has whole pixels.

    Raises InputError where nothing of it does, and for one without an area.
    """
    height, width = grey.shape
    box = np.asarray(box, dtype=np.float64)
    if box.shape != (4, 2) or not np.isfinite(box).all():
        raise InputError("data.change_unknown", why="box")
    if (box.max(axis=0) <= 0).any() or (box.min(axis=0) >= (width, height)).any():
        raise InputError("data.box_outside", width=width, height=height)
    if np.ptp(box[[0, 1], 1]) < 0.5 and np.ptp(box[[0, 3], 0]) < 0.5:
        low, high = np.round(np.clip([box.min(axis=0), box.max(axis=0)], 0, (width, height)))
        box = area.rectangle(*low, *high)
    across, down = box[1] - box[0], box[3] - box[0]
    if min(np.hypot(*across), np.hypot(*down)) < LEAST or across[0] * down[1] - across[1] * down[0] <= 0:
        raise InputError("data.box_empty", least=LEAST)
    return box


def _side_by_side(parts: Sequence[Line]) -> list[Line]:
    """Parts in the order in which they are read: from left to right where all stand on one row, else as on the page."""
    spans = [np.array(part.outline) for part in parts]
    top, bottom = max(s[:, 1].min() for s in spans), min(s[:, 1].max() for s in spans)
    key = (lambda part: min(x for x, _ in part.outline)) if top < bottom else (lambda part: part.position)
    return sorted(parts, key=key)


def _place_among(region: LineRegion, shapes: Sequence[Line]) -> int:
    """Which place, from 0, a new line has in the reading order: after the last that stands above it in its column."""
    x0, y0, x1, y1 = region.box
    boxes = [(*np.min(line.outline, axis=0), *np.max(line.outline, axis=0)) for line in shapes]
    beside = [n for n, (left, _, right, _) in enumerate(boxes) if left < x1 and right > x0] or range(len(boxes))
    above = [n for n in beside if boxes[n][1] + boxes[n][3] <= y0 + y1]
    return above[-1] + 1 if above else next(itertools.chain(beside), 0)
