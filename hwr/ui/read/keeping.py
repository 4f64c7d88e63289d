"""What happens in the panel of corrections: it follows the line that is picked, and keeps what is typed."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hwr.data.annotations import Outdated
from hwr.errors import InputError
from hwr.ui.line.kept import KeptTexts
from hwr.ui.line.shown import Picked, Shown
from hwr.ui.page.events import AT_ONCE, Values, told
from hwr.ui.page.rights import may_write, require_writer
from hwr.ui.read.beside import Beside
from hwr.ui.read.events import Events
from hwr.ui.read.keep import Editing, KeepPanel, ink_view, keep_line, line_state


class Keeping:
    """The events of the panel; each gives the components that it changes. read: draws the tab that it is a part of."""

    def __init__(self, kept: KeptTexts, read: Events, ui: KeepPanel) -> None:
        self.kept, self.read, self.ui = kept, read, ui

    def follow(self, now: Shown, at: Picked, before: Editing, hand: str, token: str, request: gr.Request) -> Values:
        """The box follows the line; it is left alone while the line stays, and never read from for strangers."""
        ui, after = self.ui, Editing(now.number, at.line)
        unchanged: Values = {ui.editing: before}
        if not may_write(request, token) or before == after:
            return unchanged
        with told(request, "Looking for the kept text of a line"):
            text, writer, found = line_state(self.kept.store, now, at.line)
            drawn = {ui.editing: after, ui.ink: ink_view(now, at.line), ui.box: text}
            return drawn | {ui.hand: writer or hand, ui.state: found.to_dict()}
        return unchanged

    def keep(
        self, now: Shown, seen: Any, typed: str, hand: str, token: str, at: Picked, other: Beside, request: gr.Request
    ) -> Values:
        """Store the text; it is then what is written, wherever the line is shown."""
        ui, store = self.ui, self.kept.store
        with told(request, "Keeping a line") as outcome:
            who = require_writer(request, token)
            if not isinstance(seen, dict) or seen.get("number") != now.number:
                raise InputError("keep.image_changed")
            line = int(seen.get("line", 0))
            based_on = seen.get("revision")
            text, found = keep_line(store, now, line, typed, who=who, writer=hand, based_on=based_on)
            views = self.read.known_views(now, at.line, other, token, request)
            return {ui.box: text or now.readings[line].text, ui.state: found.to_dict(), **views}
        if isinstance(
            outcome.error, Outdated
        ):  # theirs counts; what is in the box stays, to be looked at and kept again
            return {ui.state: line_state(store, now, int(seen.get("line", 0)))[2].to_dict()}
        return {ui.state: gr.skip()}

    def open_panel(self, token: str, request: gr.Request) -> Values:
        """The panel for who may write; `fill` then does the rest, of what is shown by then."""
        free = may_write(request, token)
        visible = {self.ui.panel: gr.update(visible=free), self.ui.locked: gr.update(visible=not free)}
        return {**visible, self.ui.editing: Editing()}

    def fill(
        self, now: Shown, at: Picked, before: Editing, hand: str, token: str, other: Beside, request: gr.Request
    ) -> Values:
        """The line in the panel, and what was kept of what is shown."""
        known = self.kept.known(now, token, request) is not now
        views = self.read.known_views(now, at.line, other, token, request) if known else {}
        return {**views, **self.follow(now, at, before, hand, token, request)}


def connect_keeping(events: Keeping) -> None:
    ui, read, token = events.ui, events.read.ui, events.kept.rights.token
    drawn: list[Any] = [ui.editing, ui.ink, ui.box, ui.hand, ui.state]
    views: list[Any] = [read.page, read.line, read.text, read.card]
    line: list[Any] = [read.shown, read.picked, ui.editing, ui.hand]
    for changed in (read.shown.change, read.picked.change):
        changed(events.follow, [*line, token], drawn, **AT_ONCE)
    asked = [read.shown, ui.state, ui.box, ui.hand, token, read.picked, read.beside]
    ui.button.click(events.keep, asked, [ui.box, ui.state, *views], **AT_ONCE)
    for opened in events.kept.rights.follow(events.open_panel, [token], [ui.panel, ui.locked, ui.editing]):
        opened.then(events.fill, [*line, token, read.beside], [*drawn, *views], **AT_ONCE)
