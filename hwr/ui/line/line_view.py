"""What the page draws, as plain data: readings in, dataclasses out. Nothing here knows Gradio."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from hwr.examples.packing import encode_posteriors
from hwr.images.line import LineAxis

if TYPE_CHECKING:
    from hwr.images.line import LineGeometry
    from hwr.reading import Character, PageReading, Reading

# Confidence bins, told to the page so that the legend and the colours come from the same two numbers.
SURE = 0.9
DOUBTFUL = 0.6

# A class gets a row of the heat map when its posterior reaches SHOWN in some frame; it travels to the page (for the
# five best classes of a frame) when it reaches SENT.
SHOWN = 0.05
SENT = 0.003
MAX_ROWS = 30

MAX_CUT_WIDTH = 3200
MAX_CUT_HEIGHT = 320
MAX_PAGE_SIDE = 1400
MARGIN = 0.12  # of the line's height, shown around the line
# The parts of a `LineView` that place a line on its axis; the viewers of the other tabs stand on the same one.
AXIS = ("image", "width", "height", "frames", "frame_x0", "frame_width", "origin", "per_pixel", "characters", "line")


@dataclass(frozen=True)
class CharacterView:
    """One character on the line's axis: x0, x1 in cut-out pixels, first and last frame, index of its word or -1."""

    text: str
    x0: float
    x1: float
    first: int
    last: int
    confidence: float
    word: int


@dataclass(frozen=True)
class WordView:
    """One word; `start` and `end` index the characters (end exclusive). confidence: that of its least sure character."""

    text: str
    start: int
    end: int
    confidence: float


@dataclass(frozen=True)
class LineView:
    """One line on one pixel axis, the `LineAxis` of its cut-out.

    posteriors: base64 of uint8 (1 + len(classes), T), row 0 the blank; p = (value / 255) ** 2, so that faint rivals of
    the winner survive. The first `rows` classes are rows of the heat map. truth: what is written, where that is known, and
    whether a person has `kept` it.
    """

    text: str
    confidence: float
    characters: list[CharacterView]
    words: list[WordView]
    image: str
    width: float
    height: float
    frames: int
    frame_x0: float
    frame_width: float
    origin: float
    per_pixel: float
    classes: list[str]
    rows: int
    posteriors: str
    model: str
    seconds: dict[str, float] = field(default_factory=dict)
    sure: float = SURE
    doubtful: float = DOUBTFUL
    line: int = 0
    lines: int = 1
    precomputed: bool = False
    lesson: dict[str, str] | None = None
    truth: str | None = None
    kept: bool = False

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class PageLine:
    """One line of a page: its four corners in pixels of the upload, its text and confidence, that of its least sure
    character, and what a person kept."""

    points: list[list[float]]
    text: str
    confidence: float
    worst: float
    kept: str | None = None


@dataclass(frozen=True)
class PageView:
    """The uploaded image with its lines; `width` and `height` in pixels of the upload, `image` maybe smaller."""

    image: str
    width: int
    height: int
    lines: list[PageLine]
    selected: int = 0
    sure: float = SURE
    doubtful: float = DOUBTFUL

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


def line_view(
    reading: Reading,
    rgb: np.ndarray,
    *,
    line: int = 0,
    lines: int = 1,
    precomputed: bool = False,
    lesson: dict[str, str] | None = None,
    truth: str | None = None,
) -> LineView:
    """The view of one line. rgb: (H, W, 3) uint8, the upload as the reading's polygon and geometry refer to it."""
    axis = LineAxis(reading.geometry, *_network_extent(reading), MARGIN)
    return LineView(
        **_read_on_axis(reading, axis),
        image=_cut_out(rgb, axis),
        width=_rounded(axis.width),
        height=_rounded(axis.height),
        frames=int(reading.log_probs.shape[0]),
        frame_x0=_rounded(axis.frame_x0),
        frame_width=axis.frame_width,
        origin=_rounded(axis.origin),
        per_pixel=axis.per_pixel,
        model=reading.model,
        seconds={step: round(float(value), 4) for step, value in reading.seconds.items()},
        line=line,
        lines=lines,
        precomputed=precomputed,
        lesson=lesson,
        truth=truth,
    )


def axis_of(view: dict[str, Any], geometry: LineGeometry) -> LineAxis:
    """The axis that a `LineView.to_dict()` stands on."""
    return LineAxis.drawn(geometry, view["frame_x0"], view["width"], MARGIN)


def realigned_view(view: dict[str, Any], reading: Reading) -> dict[str, Any]:
    """A `LineView.to_dict()` with another text on the same line; `reading`: what `Reader.align` made of it."""
    changed = _read_on_axis(reading, axis_of(view, reading.geometry))
    for name in ("characters", "words"):
        changed[name] = [dataclasses.asdict(part) for part in changed[name]]
    return {**view, **changed, "lesson": None, "precomputed": False}


def _read_on_axis(reading: Reading, axis: LineAxis) -> dict[str, Any]:
    """The fields of a `LineView` that depend on the text."""
    posteriors = np.exp(np.asarray(reading.log_probs, dtype=np.float32))
    order, rows = _rows(reading, posteriors)
    coded = encode_posteriors(posteriors[:, [0, *order]])
    word_of = {i: w for w, word in enumerate(reading.words) for i in range(word.start, word.end)}
    return {
        "text": reading.text,
        "confidence": float(reading.confidence),
        "characters": [
            CharacterView(
                text=c.text,
                x0=_rounded(axis.x(x0)),
                x1=_rounded(axis.x(x1)),
                first=c.first_frame,
                last=c.last_frame,
                confidence=round(float(c.confidence), 4),
                word=word_of.get(i, -1),
            )
            for i, c in enumerate(reading.characters)
            for x0, x1 in [_network_span(reading, i)]
        ],
        "words": [
            WordView(w.text, w.start, w.end, worst_confidence(reading.characters[w.start : w.end]))
            for w in reading.words
        ],
        "classes": [reading.charset[c - 1] for c in order],
        "rows": rows,
        "posteriors": base64.b64encode(np.ascontiguousarray(coded.T).tobytes()).decode("ascii"),
    }


def worst_confidence(characters: Sequence[Character]) -> float:
    """By which words and lines are marked: the confidence of their least sure character, so that all marks agree."""
    return round(min((float(c.confidence) for c in characters), default=0.0), 4)


def page_view(page: PageReading, selected: int = 0) -> PageView:
    """The view of a page: its image, small enough to travel, and a numbered outline for every line."""
    height, width = page.rgb.shape[:2]
    return PageView(
        image=data_uri(shrunk(page.rgb, MAX_PAGE_SIDE, MAX_PAGE_SIDE)),
        width=width,
        height=height,
        lines=[
            PageLine(
                points=[[round(float(x), 1), round(float(y), 1)] for x, y in line.polygon],
                text=line.text,
                confidence=float(line.confidence),
                worst=worst_confidence(line.characters),
            )
            for line in page.lines
        ],
        selected=selected,
    )


def shrunk(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """An image (H, W) or (H, W, 3) uint8 that is at most so wide and high, its shape kept; a smaller one as it is."""
    factor = min(1.0, width / image.shape[1], height / image.shape[0])
    if factor == 1.0:
        return image
    size = max(1, round(image.shape[1] * factor)), max(1, round(image.shape[0] * factor))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def data_uri(rgb: np.ndarray, quality: int = 86) -> str:
    """(H, W, 3) uint8 as a WebP data URI: no file to clean up, none that another session could ask for."""
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    done, buffer = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, quality])
    if not done:
        raise ValueError("The cut-out could not be encoded as WebP.")
    return "data:image/webp;base64," + base64.b64encode(buffer.tobytes()).decode("ascii")


def _rounded(value: float) -> float:
    return round(float(value), 2)


def _network_extent(reading: Reading) -> tuple[float, float]:
    """The network x that the view shows: the line and all of its characters, cut to the network's input."""
    geometry = reading.geometry
    corners = geometry.to_network(reading.polygon)[:, 0]
    low, high = float(corners.min()), float(corners.max())
    if reading.characters:
        spans = [_network_span(reading, i) for i in range(len(reading.characters))]
        low, high = min(low, spans[0][0]), max(high, spans[-1][1])
    room = MARGIN * geometry.height
    low, high = max(0.0, low - room), min(float(geometry.width), high + room)
    return (low, high) if high - low >= geometry.stride else (0.0, float(geometry.width))


def _network_span(reading: Reading, index: int) -> tuple[float, float]:
    """A character's x0, x1 on the network's axis; its frames where the line is so steep that x says little."""
    geometry, character = reading.geometry, reading.characters[index]
    start, one_further = geometry.upload_x(0.0, 1.0)
    per_network_pixel = one_further - start
    if abs(per_network_pixel) * geometry.scale[0] > 0.5 and character.x1 > character.x0:
        x0, x1 = sorted((x - start) / per_network_pixel for x in (character.x0, character.x1))
        return x0, x1
    return geometry.network_span(character.first_frame, character.last_frame)


def _cut_out(rgb: np.ndarray, axis: LineAxis) -> str:
    """The deskewed piece of the upload, at the upload's own resolution unless that is more than a screen can show."""
    factor = min(1.0, MAX_CUT_WIDTH / axis.width, MAX_CUT_HEIGHT / axis.height)
    size = max(1, round(axis.width * factor)), max(1, round(axis.height * factor))
    matrix = factor * axis.matrix
    # warpAffine puts pixel i at x = i; here pixel i covers [i, i + 1), so both sides move by half a pixel.
    shift = matrix[:, 2] + matrix[:, :2] @ np.array([0.5, 0.5]) - 0.5
    paper = tuple(float(v) for v in np.median(rgb.reshape(-1, 3)[:: max(1, rgb.size // 30000)], axis=0))
    cut = cv2.warpAffine(
        rgb,
        np.column_stack([matrix[:, :2], shift]),
        size,
        flags=cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=paper,
    )
    return data_uri(cut)


def _rows(reading: Reading, posteriors: np.ndarray) -> tuple[list[int], int]:
    """Classes that travel to the page, those of the heat map first, and how many rows that map has.

    Rows stand in the order in which their characters are written, so that the map runs down from left to right.
    """
    peaks = posteriors.max(axis=0) if len(posteriors) else np.zeros(posteriors.shape[1])
    where = posteriors.argmax(axis=0) if len(posteriors) else np.zeros(posteriors.shape[1], dtype=int)
    label_of = {c: i + 1 for i, c in enumerate(reading.charset)}
    first: dict[int, int] = {}
    for character in reading.characters:
        label = label_of.get(character.text)
        if label is not None:
            first.setdefault(label, character.first_frame)
    candidates = [c for c in range(1, posteriors.shape[1]) if peaks[c] >= SHOWN or c in first]
    kept = sorted(candidates, key=lambda c: (c not in first, -peaks[c]))[:MAX_ROWS]
    kept.sort(key=lambda c: first.get(c, int(where[c])))
    rest = [c for c in range(1, posteriors.shape[1]) if c not in set(kept) and peaks[c] >= SENT]
    return kept + rest, len(kept)
