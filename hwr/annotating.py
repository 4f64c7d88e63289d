"""Between a reader and the library: files become pages of lines that were read, and a line's doubts and other texts."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image

from hwr.data.annotations import PageImage
from hwr.data.library import Library
from hwr.data.library_rows import Line, NewLine
from hwr.errors import InputError
from hwr.images.load import Upload, load_pages
from hwr.reading import Reading, ReadPage

if TYPE_CHECKING:
    from hwr.reading import LineReader

RISKY = 0.9  # a character that is less likely to be right is marked
MOST_RISKY = 10  # of one line
ALTERNATIVES = 5
JPEG_QUALITY = 95
SHOWN_BY_BROWSERS = {"PNG", "JPEG", "WEBP", "GIF", "BMP"}


@dataclass(frozen=True)
class Added:
    """A page that was put into a collection. no_ink: there was no line to find on it."""

    page: int
    title: str
    lines: int
    no_ink: bool = False


@dataclass(frozen=True)
class Doubts:
    """What a recogniser doubts in a text of a line.

    risky: places of the characters that are least likely right, in the order of the text. spans: x0, x1 of every
    character in pixels of the line's image, empty where the text cannot be set on it. alternatives: other texts, the
    likeliest first. lm: the language model that they were weighed with, None for the n-gram alone.
    """

    text: str
    risky: list[int]
    spans: list[tuple[float, float]]
    alternatives: list[str]
    lm: str | None = None


def pages_of(path: str | Path, name: str | None = None) -> Iterator[Upload]:
    """The pages of an image file one by one, however many it has. Raises InputError as `hwr.images.load.load_pages`."""
    number, count = 1, 1
    while number <= count:
        (upload,) = load_pages(str(path), name=name, max_pages=1, first=number)
        yield upload
        number, count = number + 1, upload.pages


def add_page(
    library: Library,
    collection: int,
    reader: LineReader,
    upload: Upload,
    encoded: bytes | None = None,
    writer: str = "",
) -> Added:
    """Cut a page into lines, read them and put it at the end of a collection.

    encoded: the file of an upload of one page. Raises InputError where the page is in a collection already.
    """
    try:
        page = reader.read_page(upload)
    except InputError as error:
        if error.args[0] != "images.no_ink":
            raise
        page = ReadPage(upload, [], [])
    data = encoded if encoded and not page.turned and _shown_by_browsers(encoded) else _jpeg(page.upload.rgb)
    title = upload.name if upload.pages == 1 else f"{upload.name} · {upload.page}"
    image = PageImage.of(data, title, page.upload.width, page.upload.height)
    id = library.add_page(collection, image, data, _new_lines(page), writer or None)
    return Added(id, title, len(page.regions), no_ink=not page.regions)


def _new_lines(page: ReadPage) -> list[NewLine]:
    read = {reading.polygon.tobytes(): reading for reading in page.readings}
    return [
        NewLine(
            region.polygon, region.outline, region.baseline, region.grey, _proposal(read.get(region.polygon.tobytes()))
        )
        for region in page.regions
    ]


def _proposal(reading: Reading | None) -> tuple[str, str, float] | None:
    return None if reading is None else (reading.text, reading.model, reading.confidence)


def _shown_by_browsers(encoded: bytes) -> bool:
    with Image.open(io.BytesIO(encoded)) as image:
        return image.format in SHOWN_BY_BROWSERS


def _jpeg(rgb: np.ndarray) -> bytes:
    done, buffer = cv2.imencode(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError("the page could not be encoded as JPEG")
    return buffer.tobytes()


def line_grey(library: Library, line: int) -> np.ndarray:
    """The line upright, (H, W) uint8."""
    return np.asarray(Image.open(io.BytesIO(library.line_image(line))).convert("L"))


def doubts(reader: LineReader, grey: np.ndarray, text: str, lm: str | None = None) -> Doubts:
    """What a reader doubts in `text` of the line (H, W) uint8, and what else it might say, as `lm` weighs it."""
    reading = reader.read_lines([grey])[0]
    if reading is None:
        return Doubts(text, [], [], [])
    others, lm = other_texts(reader, reading, text, lm)
    read = set_on(reader, reading, text)
    if read is None:
        return Doubts(text, [], [], others, lm)
    spans = [(round(c.x0, 1), round(c.x1, 1)) for c in read.characters]
    return Doubts(text, riskiest([c.confidence for c in read.characters]), spans, others, lm)


def other_texts(reader: LineReader, reading: Reading, text: str, lm: str | None = None) -> tuple[list[str], str | None]:
    """What a line might say instead of `text`, the likeliest first, and the language model that weighed it, if one did."""
    alternatives = [reading.text]
    with suppress(InputError):  # without the n-gram there are no others
        found = reader.n_best(reading, 2 * ALTERNATIVES, lm=lm)
        lm = None if found.problem else found.lm
        alternatives += [hypothesis.text for hypothesis in found.hypotheses]
    return [other for other in dict.fromkeys(alternatives) if other and other != text][:ALTERNATIVES], lm


def set_on(reader: LineReader, reading: Reading, text: str) -> Reading | None:
    """The same line with the characters of `text` on its frames; None where it has unknown letters, or too many."""
    if reading.text == text:
        return reading
    with suppress(InputError):
        return reader.align(reading, text)
    return None


def riskiest(confidences: Sequence[float]) -> list[int]:
    """Places of the least sure characters, in the order of the text.

    >>> riskiest([0.99, 0.4, 0.95, 0.7])
    [1, 3]
    """
    doubtful = sorted((confidence, place) for place, confidence in enumerate(confidences) if confidence < RISKY)
    return sorted(place for _, place in doubtful[:MOST_RISKY])


def read_again(library: Library, reader: LineReader, lines: Sequence[Line]) -> list[int]:
    """Propose what a reader says of lines that nobody has kept a text of; the ids of those whose text it changes."""
    waiting = [line for line in lines if line.revision is None]
    if not waiting:
        return []
    readings = reader.read_lines([line_grey(library, line.id) for line in waiting])
    changed = []
    for line, reading in zip(waiting, readings, strict=True):
        if reading is not None:
            library.propose(line.id, reading.text, reading.model, reading.confidence)
            if reading.text != line.text:
                changed.append(line.id)
    return changed
