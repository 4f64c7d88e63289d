"""Pages as JSON, which keeps everything, and as plain text, which keeps the words."""

from __future__ import annotations

import json
import posixpath
from dataclasses import asdict
from typing import Any

from hwr.data.formats.document import Glyph, Line, Page, Points, Word
from hwr.data.formats.xml import pixels, share
from hwr.errors import InputError

FORMAT = "hwr-pages"
VERSION = 1


def write_json(pages: list[Page]) -> bytes:
    """{"format": "hwr-pages", "version": 1, "pages": [...]}, the fields as `hwr.data.formats.document` names them."""
    content = {"format": FORMAT, "version": VERSION, "pages": [asdict(page) for page in pages]}
    return json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n"


def read_json(content: bytes, name: str) -> list[Page]:
    """What `write_json` wrote. Raises InputError for anything else, and for a newer version."""
    try:
        found = json.loads(content)
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise ValueError(f'"format" is not "{FORMAT}"')
        if found.get("version") != VERSION:
            raise InputError("data.json_version", name=name, version=found.get("version"), known=VERSION)
        return [_page(page) for page in found["pages"]]
    except InputError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError("data.json_broken", name=name, error=error) from None


def line_to_json(line: Line) -> str:
    """A line as `write_json` writes it."""
    return json.dumps(asdict(line), ensure_ascii=False)


def line_from_json(content: str) -> Line:
    """The way back. Raises ValueError for anything else."""
    return _line(json.loads(content))


def _page(value: dict[str, Any]) -> Page:
    image = posixpath.basename(_string(value["image"]).replace("\\", "/"))
    return Page(image, pixels(value["width"]), pixels(value["height"]), [_line(line) for line in value["lines"]])


def _line(value: dict[str, Any]) -> Line:
    text, outline = value["text"], _points(value["outline"])
    if not outline:
        raise ValueError("a line has no outline")
    words = [_word(word) for word in value["words"]]
    return Line(
        outline, _points(value["baseline"]), None if text is None else _string(text), share(value["confidence"]), words
    )


def _word(value: dict[str, Any]) -> Word:
    glyphs = [
        Glyph(_points(glyph["outline"]), [(_string(text), share(sure)) for text, sure in glyph["alternatives"]])
        for glyph in value["glyphs"]
    ]
    return Word(_string(value["text"]), _points(value["outline"]), share(value["confidence"]), glyphs)


def _points(value: list[list[float]]) -> Points:
    return [(pixels(str(x)), pixels(str(y))) for x, y in value]


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a text")
    return value


def write_text(page: Page) -> bytes:
    """One line of writing a line; where nobody has said what it says, the line is empty."""
    return "".join((line.text or "").replace("\n", " ") + "\n" for line in page.lines).encode()
