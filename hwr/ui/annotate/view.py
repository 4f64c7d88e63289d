"""What the Annotate tab draws, as plain data."""

from __future__ import annotations

import io
import itertools
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import cv2
import numpy as np
from PIL import Image

from hwr.data.library import Library, Line, Page, Show
from hwr.errors import InputError
from hwr.evaluation.agreement import agreement
from hwr.images.load import load_image
from hwr.sentences import LANGUAGES
from hwr.ui.annotate.adding import Job
from hwr.ui.line.line_view import data_uri, shrunk
from hwr.ui.page.errors import translated_error

_numbers = itertools.count()

CARDS_AT_ONCE = 12  # that one question may ask for
FIRST_CARDS = 3  # that come with a queue
FOUND = 50  # lines of a search
THUMBNAIL = 260  # pixels of the longer side
OPENED = 1600  # the same of an opened page
QUALITY = 80  # of pictures, in WebP
LINE_HEIGHT, LINE_WIDTH = 160, 2400  # pixels that the picture of a line has at most


def library_view(
    library: Library,
    collection: int | None,
    page: int | None,
    job: Job | None = None,
    undo: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The collections, the pages of the chosen one, the work on it, what was deleted last, and who agrees how far."""
    pages = library.pages(collection) if collection is not None else []
    return {
        "collections": [asdict(one) for one in library.collections()],
        "collection": collection,
        "pages": [page_entry(one) for one in pages],
        "page": page,
        "job": job and job_view(job),
        "undo": undo,
        "agreement": _agreement(library, collection) if collection is not None else [],
        "number": next(_numbers),  # a page hears of a value only if it is another one
    }


def _agreement(library: Library, collection: int) -> list[dict[str, Any]]:
    return [
        {"first": one.first, "second": one.second, "lines": one.lines, "cer": f"{100 * one.cer:.1f}"}
        for one in agreement(library, collection)
    ]


def page_entry(page: Page) -> dict[str, Any]:
    return {
        "id": page.id,
        "title": page.title,
        "writer": page.writer,
        "state": page.state,
        "lines": page.lines,
        "corrected": page.corrected,
    }


def job_view(job: Job) -> dict[str, Any]:
    problems = [{language: translated_error(one, language) for language in LANGUAGES} for one in job.problems]
    return {
        "kind": job.kind,
        "done": job.done,
        "all": job.all,
        "name": job.name,
        "ended": job.ended,
        "problems": problems,
        "changed": len(job.changed),
    }


def opened_view(library: Library, collection: int, page: int) -> dict[str, Any]:
    """The page, its writer and those of its collection, and the collections that it may be moved to. Raises InputError where it is not there."""
    pages = library.pages(collection)
    one = next((one for one in pages if one.id == page), None)
    if one is None:
        raise InputError("annotate.page_gone")
    return {
        "id": page,
        "title": one.title,
        "writer": one.writer or "",
        "writers": sorted({other.writer for other in pages if other.writer}),
        "others": [{"id": c.id, "name": c.name} for c in library.collections() if c.id != collection],
    }


def loop_view(
    library: Library,
    collection: int | None,
    *,
    opened: int | None = None,
    page: int | None = None,
    show: Show | Literal["changed"] = "new",
    threshold: float = 0.9,
    start: int | None = None,
    focus: bool = False,
    only: list[int] | None = None,
    changed: bool = False,
) -> dict[str, Any] | None:
    """A queue of lines: their ids in order, the first cards, and how much of the collection, or of `page`, is corrected.

    opened: the page that is open. start: the line to begin with. focus: whether its text is to be typed in at once.
    only: of these lines alone, nobody kept. changed: whether there are lines that were read again, and otherwise.
    """
    if collection is None:
        return None
    if only is None:
        order = library.order(collection, cast(Show, show), threshold=threshold, page=page)
    else:
        wanted = set(only)
        show, order = "changed", [id for id in library.order(collection, "new", page=page) if id in wanted]
    begin = max(0, order.index(start)) if start in order else 0
    pages = library.pages(collection)
    titles = {one.id: one.title for one in pages}
    counted = [one for one in pages if page is None or one.id == page]
    return {
        "collection": collection,
        "opened": opened,
        "changed": changed,
        "page": page,
        "show": show,
        "threshold": threshold,
        "order": order,
        "cards": [card(library, id, titles) for id in order[begin : begin + FIRST_CARDS]],
        "start": start if start in order else None,
        "focus": focus,
        "lines": sum(one.lines for one in counted),
        "corrected": sum(one.corrected for one in counted),
    }


def card(library: Library, id: int, titles: dict[int, str]) -> dict[str, Any]:
    """A line to correct. titles: of the pages. Raises InputError where it is not there."""
    line = library.line(id)
    picture, width, height = line_picture(library, id)
    before = library.proposed(id)[-2:-1] if line.revision is None else []
    return {
        "id": id,
        "page": line.page,
        "title": titles.get(line.page, ""),
        "position": line.position,
        "text": line.text,
        "revision": line.revision,
        "confidence": line.confidence,
        "before": next((text for text in before if text != line.text), None),
        "image": picture,
        "width": width,
        "height": height,
    }


def cards(library: Library, ids: list[int]) -> list[dict[str, Any]]:
    """Cards of these lines, those that are not there any more left out."""
    titles = library.titles()
    found = []
    for id in ids[:CARDS_AT_ONCE]:
        try:
            found.append(card(library, id, titles))
        except InputError:  # deleted since the queue was made
            continue
    return found


def found_line(line: Line, titles: dict[int, str]) -> dict[str, Any]:
    return {
        "id": line.id,
        "page": line.page,
        "title": titles.get(line.page, ""),
        "position": line.position,
        "text": line.text,
    }


def line_picture(library: Library, line: int) -> tuple[str, int, int]:
    """The line's picture, small enough to travel, and the size in pixels that places on it refer to."""
    image = Image.open(io.BytesIO(library.line_image(line))).convert("L")
    width, height = image.size
    grey = shrunk(np.asarray(image), LINE_WIDTH, LINE_HEIGHT)
    return data_uri(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), QUALITY), width, height


def scaled_page(library: Library, page: int, side: int) -> str:
    """The page's picture with a longer side of at most so many pixels. A page's picture never changes."""
    return _scaled_page(str(library.path), page, side)


@lru_cache(maxsize=400)
def _scaled_page(path: str, page: int, side: int) -> str:
    rgb = load_image(Library(Path(path)).page_data(page)).rgb
    return data_uri(shrunk(rgb, side, side), QUALITY)
