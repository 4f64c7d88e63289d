"""Correct and keep: what the corrector shows of the picked line, and what is stored of it for training."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import gradio as gr

from hwr.annotating import other_texts, riskiest, set_on
from hwr.data.annotations import AnnotationStore, PageImage, Revision
from hwr.errors import InputError
from hwr.images.cut import file_digest, lined_page
from hwr.recognizer.charset import normalize_text
from hwr.ui.correct.asked import wire
from hwr.ui.line.kept import line_key
from hwr.ui.line.line_view import realigned_view
from hwr.ui.line.shown import Shown
from hwr.ui.page.rights import locked_notice
from hwr.ui.read.components import kept_line

if TYPE_CHECKING:
    from hwr.reading import LineReader


@dataclass(frozen=True)
class Editing:
    """Which line the box shows: of which reading."""

    number: int = -1
    line: int = -1


@dataclass(frozen=True)
class KeepState:
    """What is known of the text of a line.

    number, line: the reading and its line, one of `lines`. reading: what was proposed, None where there is no line. kept: newest
    text in the store, None for none yet, "" for taken out; version: how many texts were kept of this line. counts:
    whether it is learned from; a line that Annotate split, merged or deleted is not. revision: id of the text. count: lines in the store. unknown:
    characters of `kept` that the recogniser cannot write. key: tells the line from all others; what was typed and not
    kept lies in the browser under it.
    """

    number: int = -1
    line: int = 0
    lines: int = 0
    reading: str | None = None
    kept: str | None = None
    version: int = 0
    counts: bool = True
    revision: int | None = None
    count: int = 0
    unknown: str = ""
    key: str = ""


def line_state(store: AnnotationStore, shown: Shown, line: int) -> tuple[str, str, KeepState]:
    """The text for the box, whose hand it is, and the state of a line. Raises InputError as the store does."""
    if shown.source is None or not 0 <= line < len(shown.readings):
        return "", "", KeepState(shown.number, line, count=store.count())
    reading = shown.readings[line]
    latest = store.latest(file_digest(shown.source, shown.turned), reading.polygon)
    if latest is None:
        key = line_key(shown, line)
        state = KeepState(shown.number, line, len(shown.readings), reading.text, count=store.count(), key=key)
        return reading.text, "", state
    return latest.text or reading.text, latest.writer or "", _kept(store, shown, line, latest)


def keep_line(
    store: AnnotationStore,
    shown: Shown,
    line: int,
    typed: str,
    *,
    who: str,
    writer: str = "",
    based_on: int | Literal["newest"] | None = "newest",
) -> tuple[str, KeepState]:
    """Store what a line says; returns the text as it was stored, and the new state. based_on: `KeepState.revision`.

    Raises InputError when nothing was read, the image is gone, or the store cannot be written, and Outdated when somebody
    else kept another text in between.
    """
    if shown.source is None or not 0 <= line < len(shown.readings):
        raise InputError("keep.read_first")
    reading = shown.readings[line]
    page = lined_page(shown.source, shown.turned)
    height, width = page.grey.shape
    revision = store.keep(
        PageImage(page.digest, Path(shown.source).name, width, height),
        reading.polygon,
        page.line_image(reading.polygon),
        typed,
        who=who,
        writer=writer,
        model=reading.model,
        proposed=reading.text,
        based_on=based_on,
    )
    return revision.text, _kept(store, shown, line, revision)


def _kept(store: AnnotationStore, shown: Shown, line: int, revision: Revision) -> KeepState:
    reading = shown.readings[line]
    return KeepState(
        shown.number,
        line,
        len(shown.readings),
        reading.text,
        revision.text,
        version=len(store.history(revision.line)),
        counts=not revision.text or store.counts(revision.line),
        revision=revision.id,
        count=store.count(),
        unknown="".join(dict.fromkeys(c for c in normalize_text(revision.text) if c not in reading.charset)),
        key=line_key(shown, line),
    )


def kept_view(shown: Shown, line: int, writer: str, state: KeepState) -> dict[str, Any]:
    """What `kept_line` draws: a line's state, its ink, and what is risky in its reading.

    doubts: as in `hwr.annotating.Doubts`, of the text that was read, on the picture. lesson: whether it is an example of
    one line, which is looked at rather than corrected.
    """
    ink: dict[str, Any] = {}
    if 0 <= line < len(shown.lines):
        view = shown.lines[line]
        ink = {name: view[name] for name in ("image", "width", "height")} | {"doubts": _risky(view)}
    return {**asdict(state), **ink, "writer": writer, "lesson": shown.example >= 0 and shown.page is None}


def _risky(view: dict[str, Any]) -> dict[str, Any]:
    characters = view["characters"]
    return {
        "text": view["text"],
        "risky": riskiest([c["confidence"] for c in characters]),
        "spans": [[c["x0"], c["x1"]] for c in characters],
    }


def line_doubts(shown: Shown, line: int, text: str, reader: LineReader, lm: str | None) -> dict[str, Any]:
    """What `reader` doubts in a text of the line, on its picture, and what it might say instead as `lm` weighs it.

    Raises InputError where there is no such line.
    """
    if not 0 <= line < len(shown.readings):
        raise InputError("keep.read_first")
    reading = shown.whole_reading(line)
    others, lm = other_texts(reader, reading, text, lm)
    read = set_on(reader, reading, text)
    found = (
        {"text": text, "risky": [], "spans": []} if read is None else _risky(realigned_view(shown.lines[line], read))
    )
    return {**found, "alternatives": others, "lm": lm, "model": reader.name}


def line_history(store: AnnotationStore, shown: Shown, line: int) -> list[Revision]:
    """Every text that was kept of the line, the oldest first. Raises InputError where there is no such line."""
    if shown.source is None or not 0 <= line < len(shown.readings):
        raise InputError("keep.read_first")
    latest = store.latest(file_digest(shown.source, shown.turned), shown.readings[line].polygon)
    return [] if latest is None else store.history(latest.line)


@dataclass(frozen=True)
class KeepPanel:
    """The components; `locked` stands in the place of `panel` for who may not write. asks, doubts: the wires."""

    editing: gr.State
    locked: gr.HTML
    panel: gr.Column
    line: gr.HTML
    asks: gr.HTML
    doubts: gr.HTML


def keep_panel(first: Shown) -> KeepPanel:
    """The line to correct, and its wires."""
    editing = gr.State(Editing(), time_to_live=3600)
    locked = gr.HTML(locked_notice(), visible=False, elem_id="hwr-keep-locked", apply_default_css=False)
    with gr.Column(visible=False, elem_id="hwr-keep", elem_classes="hwr-keep") as panel:
        line = kept_line(kept_view(first, 0, "", KeepState()), elem_id="hwr-keep-line")
        asks, doubts = wire("read"), wire("read-doubts")
    return KeepPanel(editing, locked, panel, line, asks, doubts)
