"""Correct and keep: the ink of the current line, right under it the text to put right, stored for training."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import gradio as gr

from hwr.data.annotations import AnnotationStore, PageImage, Revision
from hwr.errors import InputError
from hwr.images.cut import file_digest, lined_page
from hwr.recognizer.charset import normalize_text
from hwr.ui.line.kept import line_key
from hwr.ui.line.shown import Shown
from hwr.ui.page.html import label
from hwr.ui.page.rights import locked_notice
from hwr.ui.read.components import keep_ink, keep_state


@dataclass(frozen=True)
class Editing:
    """Which line the box shows: of which reading."""

    number: int = -1
    line: int = -1


@dataclass(frozen=True)
class KeepState:
    """What the page says under the box, which comes with the box's text and goes back to Python when it is kept.

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

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


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


def ink_view(shown: Shown, line: int) -> dict[str, Any] | None:
    """What `keep_ink` draws of a line: its picture, what was read, where each character is, and the words to check.

    lesson: whether it is an example of one line, which is looked at rather than corrected.
    """
    if not 0 <= line < len(shown.lines):
        return None
    view = shown.lines[line]
    return {
        **{name: view[name] for name in ("image", "width", "height", "text")},
        "lesson": shown.example >= 0 and shown.page is None,
        "spans": [[c["x0"], c["x1"]] for c in view["characters"]],
        "doubtful": [[w["start"], w["end"]] for w in view["words"] if w["confidence"] < view["sure"]],
    }


@dataclass(frozen=True)
class KeepPanel:
    """The components; `locked` stands in the place of `panel` for who may not write."""

    editing: gr.State
    locked: gr.HTML
    panel: gr.Column
    ink: gr.HTML
    box: gr.Textbox
    hand: gr.Textbox
    button: gr.Button
    state: gr.HTML


def keep_panel(first: Shown) -> KeepPanel:
    """The ink, the box under it, its button and what they say."""
    editing = gr.State(Editing(), time_to_live=3600)
    locked = gr.HTML(locked_notice(), visible=False, elem_id="hwr-keep-locked", apply_default_css=False)
    with gr.Column(visible=False, elem_id="hwr-keep", elem_classes="hwr-keep") as panel:
        ink = keep_ink(ink_view(first, 0), elem_id="hwr-keep-ink")
        with gr.Row(elem_classes="hwr-keep-row"):
            box = gr.Textbox(label=label("keep.text"), lines=1, max_lines=4, scale=6, elem_id="hwr-keep-text")
            hand = gr.Textbox(
                label=label("keep.writer"), scale=2, min_width=140, max_lines=1, elem_id="hwr-keep-writer"
            )
            button = gr.Button(label("keep.keep"), variant="primary", scale=1, min_width=96, elem_id="hwr-keep-button")
        state = keep_state(KeepState().to_dict(), elem_id="hwr-keep-state")
    return KeepPanel(editing, locked, panel, ink, box, hand, button, state)
