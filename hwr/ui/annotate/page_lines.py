"""The opened page with its lines: what is drawn of them, and what becomes of a change that was made there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import gradio as gr
import numpy as np

from hwr.data import line_shapes
from hwr.data.library import Library, Line
from hwr.data.line_shapes import Change
from hwr.ui.correct.asked import unknown
from hwr.ui.page.scripted import scripted

DOUBTFUL = 0.9  # a proposal with less confidence is to be looked at first


def page_lines(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """A page whose lines are moved, split, merged, drawn, deleted and put in order. Value: `page_lines_view(...)`.

    select: `change`, for `apply_change`; the answer is the new value. In the page it tells the loop by an event of the
    document which line was picked, and is told which one is corrected (`hwr-annotate-pick` and `hwr-annotate-line`).
    """
    return scripted("annotate/page_lines", value, **properties)


def page_lines_view(
    library: Library, page: int, image: str, *, chosen: Sequence[int] = (), answer: int = 0, doubtful: float = DOUBTFUL
) -> dict[str, Any]:
    """A page and its lines as they are drawn. image: its address; chosen: ids of lines; answer: the number of the change
    that this answers. Points are in pixels of the page. Raises InputError where there is no such page."""
    size = library.page_image(page)
    lines = library.lines(page)
    standing = {line.id for line in lines}
    undo = line_shapes.undo_state(library, page)
    return {
        "page": page,
        "image": image,
        "width": size.width,
        "height": size.height,
        "lines": [_line(line, doubtful) for line in lines],
        "chosen": [id for id in chosen if id in standing],
        "undo": undo.undo,
        "redo": undo.redo,
        "answer": answer,
    }


def _line(line: Line, doubtful: float) -> dict[str, Any]:
    sure = line.confidence is not None and line.confidence >= doubtful
    return {
        "id": line.id,
        "text": line.text,
        "state": "corrected" if line.revision is not None else "new" if sure else "doubtful",
        "outline": line.outline,
        "box": line.polygon,
    }


def apply_change(library: Library, page: int, asked: Mapping[str, Any], who: str) -> Change:
    """Do what was asked on a page. asked: `do`, and what it needs, as it came from a browser.

    Raises InputError for what is not understood, and as the functions of `hwr.data.line_shapes`.
    """
    known: dict[object, Callable[[], Change]] = {
        "move": lambda: line_shapes.move_line(library, line(), numbers("box", (4, 2)), who),
        "split": lambda: line_shapes.split_line(library, line(), who, **cut()),
        "merge": lambda: line_shapes.merge_lines(library, lines(), who),
        "draw": lambda: line_shapes.draw_line(library, page, numbers("box", (4,)).tolist(), who),
        "delete": lambda: line_shapes.delete_lines(library, lines(), who),
        "order": lambda: line_shapes.order_line(library, line(), int(numbers("number", ())), who),
        "undo": lambda: line_shapes.undo(library, page),
        "redo": lambda: line_shapes.redo(library, page),
    }

    def numbers(name: str, shape: tuple[int, ...]) -> np.ndarray:
        try:
            found = np.array(asked.get(name), dtype=np.float64)
        except (TypeError, ValueError):
            raise unknown(name) from None
        if found.shape != shape or not np.isfinite(found).all():
            raise unknown(name)
        return found

    def cut() -> dict[str, float]:
        return {axis: float(numbers(axis, ())) for axis in ("x", "y") if axis in asked}

    def lines() -> list[int]:
        given = asked.get("lines")
        ids = [id for id in given if isinstance(id, int)] if isinstance(given, list) else []
        if not ids:
            raise unknown("lines")
        return [one.id for one in line_shapes.standing_lines(library, page, ids)]

    def line() -> int:
        return lines()[-1]

    if (wanted := known.get(asked.get("do"))) is None:
        raise unknown(asked.get("do"))
    return wanted()
