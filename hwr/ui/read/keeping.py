"""What happens in the panel of corrections: it follows the line that is picked, and keeps what is typed."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hwr.data.annotations import Outdated
from hwr.errors import InputError
from hwr.ui.correct.asked import Asked, answer_to, revision_entry, unknown, whole, whole_or_none
from hwr.ui.line.kept import KeptTexts
from hwr.ui.line.shown import Picked, Shown
from hwr.ui.models.readers import loaded_language_model
from hwr.ui.page.events import AT_ONCE, EACH, ON_MODEL, Values, guarded, told
from hwr.ui.page.rights import may_write
from hwr.ui.read.comparison import ComparedTexts
from hwr.ui.read.events import Events
from hwr.ui.read.keep import Editing, KeepPanel, keep_line, kept_view, line_doubts, line_history, line_state


class Keeping:
    """The events of the panel; each gives the components that it changes. read: draws the tab that it is a part of."""

    def __init__(self, kept: KeptTexts, read: Events, ui: KeepPanel) -> None:
        self.kept, self.read, self.ui = kept, read, ui

    def follow(self, now: Shown, at: Picked, before: Editing, token: str, request: gr.Request) -> Values:
        """The panel follows the line; it is left alone while the line stays, and never read from for strangers."""
        ui, after = self.ui, Editing(now.number, at.line)
        unchanged: Values = {ui.editing: before}
        if not may_write(request, token) or before == after:
            return unchanged
        with told(request, "Looking for the kept text of a line"):
            _, writer, found = line_state(self.kept.store, now, at.line)
            return {ui.editing: after, ui.line: kept_view(now, at.line, writer, found)}
        return unchanged

    def answer(
        self, event: gr.EventData, now: Shown, token: str, at: Picked, other: ComparedTexts, request: gr.Request
    ) -> Values:
        """The answer to the script; a text that was kept is then what is written, wherever the line is shown."""
        answer = answer_to(event, token, request, lambda asked, who: self.answered(asked, who, now))
        kept = dict(event._data or {}).get("what") == "keep" and "answer" in answer
        views = self.read.known_views(now, at.line, other, token, request) if kept else {}
        return {self.ui.asks: answer, **views}

    def answer_doubts(self, event: gr.EventData, now: Shown, token: str, request: gr.Request) -> dict[str, Any]:
        """The same of what asks a model."""
        return answer_to(event, token, request, lambda asked, who: self.answered(asked, who, now))

    def answered(self, asked: Asked, who: str, now: Shown) -> object:
        what, line, store = asked.get("what"), whole(asked, "line"), self.kept.store
        if asked.get("number") != now.number:
            raise InputError("keep.image_changed")
        if what == "keep":
            return self.keep(asked, who, now, line)
        if what == "history":
            return [revision_entry(one) for one in line_history(store, now, line)]
        if what == "doubts":
            reader = self.read.models.get(now.model)
            return line_doubts(now, line, str(asked.get("text", "")), reader, loaded_language_model())
        raise unknown(what)

    def keep(self, asked: Asked, who: str, now: Shown, line: int) -> dict[str, Any]:
        """Store the text; `who` in the answer says that somebody else had been first, whose text it then is."""
        typed, hand = str(asked.get("text", "")), str(asked.get("writer", ""))
        based_on = whole_or_none(asked, "revision")
        try:
            _, found = keep_line(self.kept.store, now, line, typed, who=who, writer=hand, based_on=based_on)
        except Outdated as error:
            _, writer, found = line_state(self.kept.store, now, line)
            return kept_view(now, line, writer, found) | {"who": error.theirs.who}
        return kept_view(now, line, hand, found)

    @guarded("Opening the panel of corrections")
    def open_panel(self, token: str, request: gr.Request) -> Values:
        """The panel for who may write; `fill` then does the rest, of what is shown by then."""
        free = may_write(request, token)
        visible = {self.ui.panel: gr.update(visible=free), self.ui.locked: gr.update(visible=not free)}
        return {**visible, self.ui.editing: Editing()}

    @guarded("Opening the panel of corrections")
    def fill(
        self, now: Shown, at: Picked, before: Editing, token: str, other: ComparedTexts, request: gr.Request
    ) -> Values:
        """The line in the panel, and what was kept of what is shown."""
        known = self.kept.known(now, token, request) is not now
        views = self.read.known_views(now, at.line, other, token, request) if known else {}
        return {**views, **self.follow(now, at, before, token, request)}


def connect_keeping(events: Keeping) -> None:
    ui, read, token = events.ui, events.read.ui, events.kept.rights.token
    drawn: list[gr.Component] = [ui.editing, ui.line]
    views: list[gr.Component] = [read.page, read.line, read.text, read.card]
    line: list[gr.State] = [read.shown, read.picked, ui.editing, token]
    for changed in (read.shown.change, read.picked.change):
        changed(events.follow, line, drawn, **AT_ONCE)
    asked = [read.shown, token, read.picked, read.compared_texts]
    ui.asks.submit(events.answer, asked, [ui.asks, *views], **EACH, **AT_ONCE)
    ui.doubts.submit(events.answer_doubts, [read.shown, token], ui.doubts, **(ON_MODEL | EACH))
    for opened in events.kept.rights.follow(events.open_panel, [token], [ui.panel, ui.locked, ui.editing]):
        opened.then(events.fill, [*line, read.compared_texts], [*drawn, *views], **AT_ONCE)
