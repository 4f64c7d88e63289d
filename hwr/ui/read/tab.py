"""The Read tab: an image in, its text out, and what the recogniser saw on the way."""

from __future__ import annotations

import html
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import ImageData

from hwr.errors import InputError
from hwr.examples.drawing import EXAMPLES, thumbnail
from hwr.examples.packing import load_precomputed
from hwr.sentences import Language, text
from hwr.ui.line.line_view import data_uri
from hwr.ui.line.shown import Picked, Shown, picked_line, shown_from
from hwr.ui.line.viewer import line_viewer
from hwr.ui.models.menu import NOTHING, OpenInRead, html_name, model_menu, refreshed
from hwr.ui.models.readers import DEFAULT, ModelKey, Models
from hwr.ui.page.errors import translated_error
from hwr.ui.page.html import label, notice
from hwr.ui.page.languages import language_of
from hwr.ui.read import components as parts
from hwr.ui.read.api import publish_read
from hwr.ui.read.beside import Beside, beside_card, compared

logger = logging.getLogger(__name__)

OTHER_FORMATS = [".pdf", ".heic", ".heif", ".avif", ".tif", ".tiff", ".jp2", ".bmp", ".webp", ".png", ".jpg", ".jpeg"]


BROWSER_FORMATS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".avif"}


def photo_input(**properties: Any) -> gr.Image:
    """An image input that hands over the uploaded file as it is; decoding it safely is the reader's work."""
    photo = gr.Image(type="filepath", **properties)
    decode = photo.preprocess

    def path_of(payload: ImageData | None) -> Any:
        return payload.path if payload is not None and payload.path else decode(payload)

    setattr(photo, "preprocess", path_of)  # noqa: B010 (a method is replaced on one instance, knowingly)
    return photo


@dataclass(frozen=True)
class Wanted:
    """The checkpoints that a visitor chose to read with and to compare with: their ids."""

    model: str
    against: str = NOTHING


@dataclass(frozen=True)
class ReadTab:
    """What the tab offers to the others: the states of what is `Shown` and `Picked`, and where an `OpenInRead` is put."""

    shown: gr.State
    picked: gr.State
    asked: gr.State


def build_read_tab(
    models: Models, assets: Path, demo: gr.Blocks, tabs: gr.Tabs, under_viewer: Callable[[gr.State, gr.State], None]
) -> ReadTab:
    """The tab's components and events; `tabs` the tabs of the page `demo` that it is one of, under the id "read".

    under_viewer: given the states of what is `Shown` and `Picked`, builds what stands under the viewer.
    """
    readings, images = assets / "readings", assets / "examples"

    @lru_cache(maxsize=len(EXAMPLES))
    def example_shown(index: int) -> Shown | None:
        example = EXAMPLES[index]
        page = load_precomputed(example.name, readings, images)
        return None if page is None else shown_from(page, str(images / example.file), index, precomputed=True)

    available = [i for i, example in enumerate(EXAMPLES) if (images / example.file).is_file()]
    first = (example_shown(available[0]) if available else None) or Shown()
    cards = [
        {
            "name": EXAMPLES[i].name,
            "title": EXAMPLES[i].title,
            "lesson": EXAMPLES[i].lesson,
            "typeface": EXAMPLES[i].typeface,
            "image": data_uri(thumbnail(images / EXAMPLES[i].file), quality=78),
        }
        for i in available
    ]

    shown = gr.State(first, time_to_live=3600)
    picked = gr.State(Picked(), time_to_live=3600)
    beside = gr.State(Beside(), time_to_live=3600)
    asked = gr.State(None, time_to_live=3600)
    with gr.Row(equal_height=True, elem_classes="hwr-top"):
        with gr.Column(scale=0, min_width=356, elem_classes="hwr-input"):
            photo = photo_input(
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
                other = gr.UploadButton(
                    label("read.other"),
                    file_types=OTHER_FORMATS,
                    type="filepath",
                    size="sm",
                    elem_id="hwr-other",
                )
        with gr.Column(scale=1, min_width=320, elem_classes="hwr-examples"):
            gallery = parts.gallery(
                {"cards": cards, "selected": available.index(first.example) if first.example in available else -1},
                visible=bool(cards),
                elem_id="hwr-gallery",
            )
    with gr.Row(elem_classes="hwr-models"):
        menu = model_menu("model.menu", models.start_id, elem_id="hwr-model")
        against = model_menu("model.against", NOTHING, nothing=True, elem_id="hwr-against")
    message = gr.HTML(visible=False, elem_id="hwr-message", apply_default_css=False)
    card = gr.HTML(visible=False, elem_id="hwr-beside", elem_classes="hwr-card", apply_default_css=False)
    page_viewer = parts.page_viewer(first.page, elem_id="hwr-page", elem_classes="hwr-card")
    viewer = line_viewer(first.lines[0] if first.lines else None, elem_id="hwr-line", elem_classes="hwr-card")
    under_viewer(shown, picked)
    with gr.Row(equal_height=True, elem_classes="hwr-below"):
        with gr.Column(scale=4, min_width=320):
            output = gr.Textbox(
                first.text,
                label=label("read.text"),
                lines=4,
                max_lines=16,
                buttons=["copy"],
                interactive=False,
                elem_id="hwr-text",
            )
        with gr.Column(scale=4, min_width=320):
            about = gr.HTML(
                first.details, elem_id="hwr-details", elem_classes="hwr-card hwr-details", apply_default_css=False
            )
        with gr.Column(scale=3, min_width=240):
            pick_line = gr.HTML(
                picked_line(first, Picked()),
                elem_id="hwr-picked",
                elem_classes="hwr-card hwr-details",
                apply_default_css=False,
            )

    def draw(now: Shown, place: int = 0) -> dict[Any, Any]:
        place = place if place < len(now.lines) else 0
        return {
            message: gr.update(visible=False),
            page_viewer: now.page and {**now.page, "selected": place},
            viewer: now.lines[place] if now.lines else None,
            output: now.text,
            about: now.details,
            pick_line: picked_line(now, Picked(place)),
            gallery: {"cards": cards, "selected": available.index(now.example) if now.example in available else -1},
            shown: now,
            picked: Picked(place),
            beside: Beside(),
            card: gr.update(visible=False),
        }

    def warn(error: InputError, language: Language) -> None:
        gr.Warning(html.escape(translated_error(error, language)))

    def first_that_loads(ids: Iterable[str], language: Language) -> tuple[ModelKey, Any]:
        """The first of these checkpoints that can be had and its reader; a notice about each that cannot."""
        *wanted, last = dict.fromkeys(ids)
        for id in wanted:
            try:
                key = models.key(id)
                return key, models.get(key)
            except InputError as error:
                warn(error, language)
        key = models.key(last)
        return key, models.get(key)

    def read(
        source: str | None, how: Any, example: int, wanted: Wanted, now: Shown, language: Language, place: int = 0
    ) -> Iterator[dict[Any, Any]]:
        """Read one file. What goes wrong becomes a notice, and the last result stays."""
        if not source:
            yield {message: gr.update(visible=False)}
            return
        models.start()
        said = "notice.reading" if models.ready(wanted.model) else "notice.loading"
        yield {message: gr.update(value=notice(said), visible=True)}
        try:
            key, reader = first_that_loads((wanted.model, now.model.id, models.start_id), language)
            new = shown_from(reader.read(source, lines=how), source, example, model=key, how=how)
            # What a browser cannot show would stand in the input as a broken picture.
            kept = {} if Path(source).suffix.lower() in BROWSER_FORMATS else {photo: None}
            drawn_now = draw(new, place) | kept | ({} if key.id == wanted.model else {menu: key.id})
            yield drawn_now
            if wanted.against != NOTHING:
                # A slow page may see only the last of several answers, so each repeats what the ones before it said.
                yield from (drawn_now | step for step in put_beside(new, place, wanted.against, language))
        except InputError as error:
            warn(error, language)
            yield {message: gr.update(visible=False), photo: None}
        except Exception:
            logger.exception("Reading %s failed", Path(source).name)
            gr.Warning(text("error.unexpected", language))
            yield {message: gr.update(visible=False)}

    def put_beside(now: Shown, place: int, id: str, language: Language) -> Iterator[dict[Any, Any]]:
        """Read what is shown with another checkpoint, too. What goes wrong ends the comparison; the reading stays."""
        none = {message: gr.update(visible=False), beside: Beside(), card: gr.update(visible=False)}
        if id == NOTHING or not now.source or not now.lines:
            yield none
            return
        yield {message: gr.update(value=notice("notice.comparing"), visible=True)}
        try:
            key = models.key(id)
            page = models.get(key).read(now.source, lines=now.how)
            other = Beside(
                key, now.number, tuple(line.text for line in page.lines), html_name(id), html_name(now.model.id)
            )
            yield none | {beside: other, card: besides(now, other, place)}
        except InputError as error:
            warn(error, language)
            yield {**none, against: NOTHING}
        except Exception:
            logger.exception("Reading with %s for a comparison failed", id)
            gr.Warning(text("error.unexpected", language))
            yield {**none, against: NOTHING}

    def besides(now: Shown, other: Beside, place: int) -> Any:
        """The card of the comparison, where there is one of what is shown."""
        if other.model is None or other.number != now.number:
            return gr.update(visible=False)
        texts = [line["text"] for line in now.lines]
        found = compared(other.texts, texts, [line["truth"] for line in now.lines])
        return gr.update(value=beside_card(found, other, place), visible=True)

    def read_photo(path: str | None, how: str, id: str, beside_id: str, now: Shown, request: gr.Request) -> Any:
        yield from read(path, how, -1, Wanted(id, beside_id), now, language_of(request))

    def read_again(how: str, id: str, beside_id: str, now: Shown, request: gr.Request) -> Any:
        yield from read(now.source, how, now.example, Wanted(id, beside_id), now, language_of(request))

    def read_unread(how: str, id: str, beside_id: str, now: Shown, request: gr.Request) -> Any:
        if now.unread:
            yield from read_again(how, id, beside_id, now, request)
        else:
            yield from put_beside(now, 0, beside_id, language_of(request))

    def read_chosen(how: str, id: str, beside_id: str, now: Shown, pick: Picked, request: gr.Request) -> Any:
        """Read what is shown with the checkpoint that was chosen, unless that one has read it."""
        language = language_of(request)
        try:
            done = models.key(id) == now.model and not now.unread
        except InputError:
            done = id == now.model.id
        if done:
            yield from put_beside(now, pick.line, beside_id, language)
        else:
            yield from read(now.source, how, now.example, Wanted(id, beside_id), now, language, pick.line)

    def compare(beside_id: str, now: Shown, pick: Picked, request: gr.Request) -> Any:
        yield from put_beside(now, pick.line, beside_id, language_of(request))

    def load(ids: dict[Any, str], now: Shown, request: gr.Request) -> Iterator[dict[Any, Any]]:
        """Load checkpoints outside of the readers' queue, so that nobody waits for them; ids: menu -> its choice.

        One that cannot be had is not chosen: its menu goes back.
        """
        yield {message: gr.update(value=notice("notice.loading.model"), visible=True)}
        back: dict[Any, Any] = {}
        for part, id in ids.items():
            try:
                if id != NOTHING:
                    models.get(models.key(id))
            except InputError as error:
                warn(error, language_of(request))
                back[part] = now.model.id if part is menu else NOTHING
        yield {message: gr.update(visible=False), **back}

    def load_chosen(id: str, now: Shown, request: gr.Request) -> Any:
        yield from load({menu: id}, now, request)

    def load_against(id: str, now: Shown, request: gr.Request) -> Any:
        yield from load({against: id}, now, request)

    def load_both(id: str, beside_id: str, now: Shown, request: gr.Request) -> Any:
        yield from load({menu: id, against: beside_id}, now, request)

    def open_asked(wish: OpenInRead | None) -> dict[Any, Any]:
        if wish is None:
            return {asked: None}
        beside_id = wish.beside or NOTHING
        return {
            tabs: gr.Tabs(selected="read"),
            menu: refreshed(wish.model, value=wish.model),
            against: refreshed(beside_id, nothing=True, value=beside_id),
        }

    def refresh(id: str, beside_id: str) -> list[Any]:
        return [refreshed(id), refreshed(beside_id, nothing=True)]

    def show_example(event: gr.SelectData, id: str) -> dict[Any, Any]:
        index = available[int(event.index)] if 0 <= int(event.index) < len(available) else available[0]
        ready = example_shown(index) if id == DEFAULT else None
        if ready is not None:
            return {photo: None, **draw(ready)}
        return {photo: None, shown: Shown(source=str(images / EXAMPLES[index].file), example=index, unread=True)}

    def show_line(event: gr.SelectData, now: Shown, other: Beside) -> dict[Any, Any]:
        index = int(event.index)
        if not 0 <= index < len(now.lines):
            return {picked: Picked()}
        chosen = Picked(line=index)
        return {
            viewer: now.lines[index],
            picked: chosen,
            pick_line: picked_line(now, chosen),
            card: besides(now, other, index),
        }

    def pick(event: gr.SelectData, now: Shown) -> tuple[Picked, str]:
        data = event._data or {}
        chosen = Picked(int(data.get("line", 0)), int(event.index), int(data.get("frame", -1)))
        return chosen, picked_line(now, chosen)

    drawn = [
        photo, message, page_viewer, viewer, output, about, pick_line, gallery, shown, picked, menu, against, beside, card,
    ]  # fmt: skip
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    on_model: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1, **quiet}
    loading: dict[str, Any] = {"concurrency_id": "load", "concurrency_limit": 4, **quiet}
    at_once: dict[str, Any] = {"concurrency_limit": None, **quiet}
    wanted = [mode, menu, against, shown]
    photo.input(read_photo, [photo, *wanted], drawn, **on_model)
    other.upload(read_photo, [other, *wanted], drawn, **on_model)
    mode.input(read_again, wanted, drawn, **on_model)
    gallery.select(show_example, [menu], drawn, **at_once).then(read_unread, wanted, drawn, **on_model)
    page_viewer.select(show_line, [shown, beside], [viewer, picked, pick_line, card], **at_once)
    viewer.select(pick, [shown], [picked, pick_line], **at_once)

    menus = [menu, against]
    if models.start_id != DEFAULT:  # what is painted first was read by the shipped model
        demo.load(read_chosen, [*wanted, picked], drawn, **on_model)
    menu.focus(refresh, menus, menus, **at_once)
    against.focus(refresh, menus, menus, **at_once)
    last: dict[str, Any] = {"trigger_mode": "always_last", **loading}
    menu.input(load_chosen, [menu, shown], [message, *menus], **last).then(
        read_chosen, [*wanted, picked], drawn, **on_model
    )
    against.input(load_against, [against, shown], [message, *menus], **last).then(
        compare, [against, shown, picked], drawn, **on_model
    )
    asked.change(open_asked, [asked], [asked, tabs, *menus], **at_once).then(
        load_both, [*menus, shown], [message, *menus], **loading
    ).then(read_chosen, [*wanted, picked], drawn, **on_model)

    publish_read(models)
    return ReadTab(shown, picked, asked)
