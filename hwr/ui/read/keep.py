"""Correct and keep: under the viewer of the Read tab, the text of the current line to put right, stored for training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import gradio as gr

from hwr.data.annotations import AnnotationStore, PageImage, Revision
from hwr.errors import InputError
from hwr.images.cut import file_digest, lined_page
from hwr.recognizer.charset import normalize_text
from hwr.ui.line.shown import Picked, Shown
from hwr.ui.page.events import AT_ONCE, told
from hwr.ui.page.html import label
from hwr.ui.page.rights import Rights, locked_notice, may_write, require_writer
from hwr.ui.read.components import keep_state


@dataclass(frozen=True)
class Editing:
    """Which line the box shows: of which reading, and what was typed for its other lines but not kept."""

    number: int = -1
    line: int = 0
    drafts: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class KeepState:
    """What the page says under the box, which comes with the box's text and goes back to Python when it is kept.

    number, line: the reading and its line, one of `lines`. reading: what was proposed, None where there is no line. kept: newest
    text in the store, None for none yet, "" for taken out; version: how many texts were kept of this line. count: lines
    in the store. unknown: characters of `kept` that the recogniser cannot write. draft: the box has a text that was
    typed before and is not kept.
    """

    number: int = -1
    line: int = 0
    lines: int = 0
    reading: str | None = None
    kept: str | None = None
    version: int = 0
    count: int = 0
    unknown: str = ""
    draft: bool = False

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def line_state(store: AnnotationStore, shown: Shown, line: int) -> tuple[str, str, KeepState]:
    """The text for the box, whose hand it is, and the state of a line. Raises InputError as the store does."""
    if shown.source is None or not 0 <= line < len(shown.readings):
        return "", "", KeepState(shown.number, line, count=store.count())
    reading = shown.readings[line]
    latest = store.latest(file_digest(shown.source), reading.polygon)
    if latest is None:
        state = KeepState(shown.number, line, len(shown.readings), reading.text, count=store.count())
        return reading.text, "", state
    return latest.text or reading.text, latest.writer or "", _kept(store, shown, line, latest)


def keep_line(
    store: AnnotationStore, shown: Shown, line: int, typed: str, *, who: str, writer: str = ""
) -> tuple[str, KeepState]:
    """Store what a line says; returns the text as it was stored, and the new state.

    Raises InputError when nothing was read, the image is gone, or the store cannot be written.
    """
    if shown.source is None or not 0 <= line < len(shown.readings):
        raise InputError("keep.read_first")
    reading = shown.readings[line]
    page = lined_page(shown.source)
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
    )
    return revision.text, _kept(store, shown, line, revision)


def _kept(store: AnnotationStore, shown: Shown, line: int, revision: Revision) -> KeepState:
    reading = shown.readings[line]
    unknown = "".join(dict.fromkeys(c for c in normalize_text(revision.text) if c not in reading.charset))
    versions, count = len(store.history(revision.line)), store.count()
    lines = len(shown.readings)
    return KeepState(shown.number, line, lines, reading.text, revision.text, versions, count, unknown)


def build_keep_panel(shown: gr.State, picked: gr.State, rights: Rights, store: AnnotationStore) -> None:
    """The box, its button and what they say; they follow the line that is picked in Read."""
    editing = gr.State(Editing(), time_to_live=3600)
    locked = gr.HTML(locked_notice(), visible=False, elem_id="hwr-keep-locked", apply_default_css=False)
    with gr.Column(visible=False, elem_id="hwr-keep", elem_classes="hwr-keep") as panel:
        with gr.Row(elem_classes="hwr-keep-row"):
            box = gr.Textbox(label=label("keep.text"), lines=1, max_lines=4, scale=6, elem_id="hwr-keep-text")
            hand = gr.Textbox(
                label=label("keep.writer"), scale=2, min_width=140, max_lines=1, elem_id="hwr-keep-writer"
            )
            button = gr.Button(label("keep.keep"), variant="primary", scale=1, min_width=96, elem_id="hwr-keep-button")
        state = keep_state(KeepState().to_dict(), elem_id="hwr-keep-state")

    def follow(
        now: Shown, at: Picked, before: Editing, typed: str, hand_now: str, token: str, request: gr.Request
    ) -> tuple[Any, ...]:
        """The box follows the line; it is left alone while the line stays, and never read from for strangers."""
        same = before.number == now.number
        if not may_write(request, token) or (same and before.line == at.line):
            return (gr.skip(),) * 4
        drafts = {**before.drafts, before.line: typed} if same else {}
        with told(request, "Looking for the kept text of a line") as outcome:
            line, writer, found = line_state(store, now, at.line)
        if outcome.error:
            return (gr.skip(),) * 4
        after = Editing(now.number, at.line, drafts)
        draft = drafts.get(at.line, line)
        return after, draft, writer or hand_now, replace(found, draft=draft != line).to_dict()

    def keep(now: Shown, seen: Any, typed: str, writer: str, token: str, request: gr.Request) -> tuple[Any, Any]:
        with told(request, "Keeping a line"):
            who = require_writer(request, token)
            if not isinstance(seen, dict) or seen.get("number") != now.number:
                raise InputError("keep.image_changed")
            line = int(seen.get("line", 0))
            kept, found = keep_line(store, now, line, typed, who=who, writer=writer)
            return kept or now.readings[line].text, found.to_dict()
        return gr.skip(), gr.skip()

    def open_panel(now: Shown, at: Picked, hand_now: str, token: str, request: gr.Request) -> tuple[Any, ...]:
        free = may_write(request, token)
        seen = (gr.update(visible=free), gr.update(visible=not free))
        return *seen, *follow(now, at, Editing(), "", hand_now, token, request)

    for changed in (shown.change, picked.change):
        changed(follow, [shown, picked, editing, box, hand, rights.token], [editing, box, hand, state], **AT_ONCE)
    button.click(keep, [shown, state, box, hand, rights.token], [box, state], **AT_ONCE)
    rights.follow(open_panel, [shown, picked, hand, rights.token], [panel, locked, editing, box, hand, state])
