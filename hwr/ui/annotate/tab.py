"""The Annotate tab: pages in, line after line corrected by keys, data sets out."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hwr.data.library import Library
from hwr.ui.annotate import components as parts
from hwr.ui.annotate.adding import Worker
from hwr.ui.annotate.api import publish_annotate
from hwr.ui.annotate.events import Events, Place, Tab
from hwr.ui.annotate.page_lines import page_lines
from hwr.ui.correct.asked import wire
from hwr.ui.models.menu import model_menu, refreshed
from hwr.ui.models.readers import Models
from hwr.ui.page.events import AT_ONCE, ON_MODEL, QUIET
from hwr.ui.page.html import label
from hwr.ui.page.rights import Rights, locked_notice

DOUBT_ANEW = "() => document.dispatchEvent(new CustomEvent('hwr-annotate-model'))"


def build_annotate_tab(models: Models, library: Library, rights: Rights, learn: gr.State) -> None:
    """The tab's components and events. learn: where it puts a `LearnFrom`."""
    ui, wires = _components(models.start_id, learn)
    _connect(Events(library, models, Worker(), ui), wires, rights)
    publish_annotate(library)


def _components(start_id: str, learn: gr.State) -> tuple[Tab, dict[str, gr.HTML]]:
    place = gr.State(Place())
    locked = gr.HTML(locked_notice(), visible=False, apply_default_css=False, elem_id="hwr-annotate-locked")
    with gr.Column(visible=False, elem_id="hwr-annotate", elem_classes="hwr-annotate") as panel:
        library = parts.library_viewer(elem_id="hwr-annotate-library", elem_classes="hwr-card")
        with gr.Row(elem_classes="hwr-models"):
            menu = model_menu("annotate.model", start_id, elem_id="hwr-annotate-model")
            download = gr.DownloadButton(visible=False, size="sm", elem_id="hwr-annotate-download")
        # Pressed by the scripts of the library, and by what is dropped.
        with gr.Column(elem_id="hwr-annotate-files"):
            files = gr.UploadButton(label("annotate.files"), file_count="multiple", type="filepath")
        with gr.Column(elem_id="hwr-annotate-import"):
            bring = gr.UploadButton(label("annotate.import"), file_count="multiple", type="filepath")
        loop = parts.correction_loop(elem_id="hwr-annotate-loop", elem_classes="hwr-card")
        with gr.Column(elem_id="hwr-annotate-page"):  # where the opened page is shown
            page = parts.opened_page(elem_classes="hwr-card")
            lines = page_lines(elem_classes="hwr-card", elem_id="hwr-annotate-lines")
        wires = {name: wire(name) for name in ("texts", "pictures", "doubts")}
    return Tab(panel, locked, place, menu, files, bring, download, learn, library, loop, page, lines), wires


def _connect(events: Events, wires: dict[str, gr.HTML], rights: Rights) -> None:
    ui, token = events.ui, rights.token
    drawn = [ui.place, ui.library, ui.loop, ui.page, ui.lines]
    every: dict[str, Any] = {"trigger_mode": "multiple"}  # nothing that was done is dropped
    rights.follow(events.opened, [ui.place, token], [ui.panel, ui.locked, *drawn])
    for viewer in (ui.library, ui.loop, ui.page):
        viewer.select(events.act, [ui.place, ui.menu, token], [*drawn, ui.download, ui.learn], **every, **AT_ONCE)
    ui.lines.select(
        events.change_lines, [ui.place, ui.menu, token], [ui.library, ui.loop, ui.lines], **every, **AT_ONCE
    )
    ui.files.upload(events.upload, [ui.files, ui.place, ui.menu, token], drawn, **every, **AT_ONCE)
    ui.bring.upload(events.bring_in, [ui.bring, ui.place, token], drawn, **every, **AT_ONCE)
    ui.menu.focus(lambda chosen: refreshed(chosen), ui.menu, ui.menu, **AT_ONCE)
    for name in ("texts", "pictures"):
        wires[name].submit(events.answer, [ui.menu, token], wires[name], **every, **AT_ONCE)
    wires["doubts"].submit(events.answer, [ui.menu, token], wires["doubts"], **(ON_MODEL | every))
    ui.menu.change(None, js=DOUBT_ANEW, **QUIET)
