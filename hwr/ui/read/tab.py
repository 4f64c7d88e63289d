"""The Read tab: an image in, its text out, and what the recogniser saw on the way."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from hwr.ui.line.kept import KeptTexts
from hwr.ui.line.shown import Picked, Shown, picked_line
from hwr.ui.line.viewer import line_viewer
from hwr.ui.models.menu import NOTHING, model_menu
from hwr.ui.models.readers import DEFAULT, Models
from hwr.ui.page.events import AT_ONCE, EACH, ON_LOADING, ON_MODEL, opening
from hwr.ui.page.html import label
from hwr.ui.page.photo import Photo
from hwr.ui.read import components as parts
from hwr.ui.read.api import publish_read
from hwr.ui.read.comparison import ComparedTexts
from hwr.ui.read.events import Events, Tab
from hwr.ui.read.gallery import Gallery
from hwr.ui.read.keep import KeepPanel, keep_panel
from hwr.ui.read.keeping import Keeping, connect_keeping
from hwr.ui.read.place import place_of

OTHER_FORMATS = [".pdf", ".heic", ".heif", ".avif", ".tif", ".tiff", ".jp2", ".bmp", ".webp", ".png", ".jpg", ".jpeg"]
PLAIN: dict[str, Any] = {"apply_default_css": False}


@dataclass(frozen=True)
class ReadTab:
    """What the tab offers to the others: the states of what is `Shown` and `Picked`, and where an `OpenInRead` or an `ExampleWish` is put."""

    shown: gr.State
    picked: gr.State
    asked: gr.State
    example: gr.State


def build_read_tab(models: Models, assets: Path, demo: gr.Blocks, kept: KeptTexts, message: gr.HTML) -> ReadTab:
    """The tab's components and events; it is the one with the id "read" on the page `demo`.

    message: where it says that it reads; outside of the tab, since the others show what is read, too.
    """
    gallery = Gallery(assets)
    ui, panel = _components(models.start_id, gallery, message)
    events = Events(models, gallery, kept, ui)
    _connect(events, demo)
    connect_keeping(Keeping(kept, events, panel))
    publish_read(models)
    return ReadTab(ui.shown, ui.picked, ui.asked, ui.example)


def _components(start_id: str, gallery: Gallery, message: gr.HTML) -> tuple[Tab, KeepPanel]:
    first = gallery.first()
    shown = gr.State(first, time_to_live=3600)
    picked = gr.State(Picked(), time_to_live=3600)
    compared_texts = gr.State(ComparedTexts(), time_to_live=3600)
    asked, example = gr.State(None, time_to_live=3600), gr.State(None, time_to_live=3600)
    with gr.Row(equal_height=True, elem_classes="hwr-top"):
        with gr.Column(scale=0, min_width=356, elem_classes="hwr-input"):
            parts.camera()
            photo, mode, turn, other = _inputs()
        with gr.Column(scale=1, min_width=320, elem_classes="hwr-examples"):
            cards = parts.gallery(gallery.value(first), visible=bool(gallery.cards), elem_id="hwr-gallery")
    with gr.Row(elem_classes="hwr-models"):
        menu = model_menu("model.menu", start_id, elem_id="hwr-model")
        compared = model_menu("model.compared", NOTHING, nothing=True, elem_id="hwr-compared")
    remark = gr.HTML(visible=False, elem_id="hwr-remark", **PLAIN)
    card = gr.HTML(visible=False, elem_id="hwr-comparison", elem_classes="hwr-card", **PLAIN)
    page = parts.page_viewer(first.page, elem_id="hwr-page", elem_classes="hwr-card")
    place = parts.remembered(place_of(first, 0).to_dict(), elem_id="hwr-place")
    panel = keep_panel(first)
    line = line_viewer(first.lines[0] if first.lines else None, elem_id="hwr-line", elem_classes="hwr-card")
    text, details, pick = _outputs(first)
    tab = Tab(
        shown, picked, compared_texts, asked, example, photo, mode, other, cards, menu, compared, message, remark, card, page, line, text,
        details, pick, turn, place, panel.panel,
    )  # fmt: skip
    return tab, panel


def _inputs() -> tuple[gr.Image, gr.Radio, gr.Button, gr.UploadButton]:
    photo = Photo(
        type="filepath",
        label=label("read.image"),
        sources=["upload", "clipboard", "webcam"],
        height=190,
        buttons=[],
        placeholder=label("read.drop"),
        elem_id="hwr-photo",
    )
    with gr.Row(elem_classes="hwr-options"):
        mode = gr.Radio(
            [(label("read.lines.auto"), "auto"), (label("read.lines.single"), "single")],
            value="auto",
            label=label("read.lines"),
            show_label=False,
            container=False,
            elem_id="hwr-mode",
        )
        turn = gr.Button(label("read.turn"), size="sm", elem_id="hwr-turn")
        other = gr.UploadButton(
            label("read.other"), file_types=OTHER_FORMATS, type="filepath", size="sm", elem_id="hwr-other"
        )
    return photo, mode, turn, other


def _outputs(first: Shown) -> tuple[gr.Textbox, gr.HTML, gr.HTML]:
    noted: dict[str, Any] = {"elem_classes": "hwr-card hwr-details", **PLAIN}
    with gr.Row(equal_height=True, elem_classes="hwr-below"):
        with gr.Column(scale=4, min_width=320):
            text = gr.Textbox(
                first.text,
                label=label("read.text"),
                lines=4,
                max_lines=16,
                buttons=["copy"],
                interactive=False,
                elem_id="hwr-text",
            )
        with gr.Column(scale=4, min_width=320):
            details = gr.HTML(first.details, elem_id="hwr-details", **noted)
        with gr.Column(scale=3, min_width=240):
            pick = gr.HTML(picked_line(first, Picked()), elem_id="hwr-picked", **noted)
    return text, details, pick


def _connect(events: Events, demo: gr.Blocks) -> None:
    ui = events.ui
    drawn = [
        ui.photo, ui.message, ui.remark, ui.page, ui.line, ui.text, ui.details, ui.pick, ui.gallery, ui.shown, ui.picked, ui.menu,
        ui.compared, ui.compared_texts, ui.card, ui.place, ui.mode,
    ]  # fmt: skip
    token = events.kept.rights.token
    wanted, menus = [ui.mode, ui.menu, ui.compared, ui.shown, token], [ui.menu, ui.compared]
    chosen = [*wanted, ui.picked]
    ui.photo.input(events.read_photo, [ui.photo, *wanted], drawn, **ON_MODEL)
    ui.other.upload(events.read_photo, [ui.other, *wanted], drawn, **ON_MODEL)
    ui.mode.input(events.read_again, wanted, drawn, **ON_MODEL)
    ui.turn.click(events.read_turned, wanted, drawn, **ON_MODEL)
    for shown in (
        ui.gallery.select(events.show_example, [ui.menu, token], drawn, **AT_ONCE, **EACH),
        ui.example.change(events.show_wanted, [ui.example, ui.menu, token], drawn, **AT_ONCE, **EACH),
    ):
        shown.then(events.read_unread, wanted, drawn, **ON_MODEL)
    ui.place.input(events.restore, wanted, drawn, **ON_MODEL)
    one_line = [ui.line, ui.picked, ui.pick, ui.card, ui.place]
    ui.page.select(events.show_line, [ui.shown, ui.compared_texts, token], one_line, **AT_ONCE, **EACH)
    ui.line.select(events.pick, [ui.shown, ui.picked], [ui.picked, ui.pick], **AT_ONCE, **EACH)

    if events.models.start_id != DEFAULT:  # what is painted first was read by the shipped model
        demo.load(events.read_chosen, chosen, drawn, **ON_MODEL)
    ui.menu.focus(events.refresh, menus, menus, **AT_ONCE)
    ui.compared.focus(events.refresh, menus, menus, **AT_ONCE)
    ui.menu.input(events.load_chosen, [ui.menu, ui.shown], [ui.message, *menus], **ON_LOADING).then(
        events.read_chosen, chosen, drawn, **ON_MODEL
    )
    ui.compared.input(events.load_compared, [ui.compared, ui.shown], [ui.message, *menus], **ON_LOADING).then(
        events.compare, [ui.compared, ui.shown, token, ui.picked], drawn, **ON_MODEL
    )
    ui.asked.change(**opening("read")).then(events.open_asked, [ui.asked], [ui.asked, *menus], **AT_ONCE).then(
        events.load_both, [*menus, ui.shown], [ui.message, *menus], **ON_LOADING
    ).then(events.read_chosen, chosen, drawn, **ON_MODEL)
