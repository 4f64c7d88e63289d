"""The Read tab: an image in, its text out, and what the recogniser saw on the way."""

from __future__ import annotations

import html
import itertools
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypedDict

import gradio as gr
import numpy as np
from gradio.data_classes import FileData, ImageData
from gradio.events import api
from gradio.utils import get_upload_folder, is_in_or_equal

from hwr.errors import InputError
from hwr.ui import viewer as parts
from hwr.ui.examples import EXAMPLES, load_precomputed, thumbnail
from hwr.ui.html import both, label, notice
from hwr.ui.model import LazyReader
from hwr.ui.texts import Language, choose_language, text, translated_error
from hwr.ui.view_models import data_uri, line_view, page_view

if TYPE_CHECKING:
    from hwr.reading import PageReading, Reading

logger = logging.getLogger(__name__)

_numbers = itertools.count()

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


@dataclass(frozen=True, eq=False)
class Shown:
    """What one visitor sees: one dictionary per line for the viewer, the page if it has several, and where it is from.

    It holds encoded cut-outs instead of the decoded photo, and the readings with their network pixels apart, as
    uint8, so that a visitor costs kilobytes. precomputed: the readings were kept beforehand, their posteriors rounded. number: tells one
    reading from the next.
    """

    lines: list[dict[str, Any]] = field(default_factory=list)
    page: dict[str, Any] | None = None
    text: str = ""
    details: str = ""
    source: str | None = None
    example: int = -1
    unread: bool = False
    readings: list[Reading] = field(default_factory=list)
    pixels: list[np.ndarray] = field(default_factory=list)
    precomputed: bool = False
    number: int = field(default_factory=lambda: next(_numbers))

    def whole_reading(self, line: int) -> Reading:
        """A line's reading with its network pixels, which are kept in 255 steps."""
        return replace(self.readings[line], pixels=self.pixels[line].astype(np.float32) / 255)


@dataclass(frozen=True)
class Picked:
    """The character (-1: none) and frame (-1: none) that the visitor has picked, and their line."""

    line: int = 0
    character: int = -1
    frame: int = -1


def shown_from(page: PageReading, source: str | None, example: int = -1, precomputed: bool = False) -> Shown:
    """Everything that the tab draws of one reading."""
    lesson = EXAMPLES[example].lesson if example >= 0 else None
    truths = EXAMPLES[example].lines if example >= 0 else ()
    lines = [
        line_view(
            line,
            page.rgb,
            line=i,
            lines=len(page.lines),
            precomputed=precomputed,
            lesson=lesson,
            truth=truths[i] if len(truths) == len(page.lines) else None,
        ).to_dict()
        for i, line in enumerate(page.lines)
    ]
    return Shown(
        lines=lines,
        page=page_view(page).to_dict() if len(page.lines) > 1 else None,
        text=page.text,
        details=details(page),
        source=source,
        example=example,
        readings=[replace(line, pixels=np.zeros((0, 0), dtype=np.float32)) for line in page.lines],
        pixels=[np.round(255 * np.clip(line.pixels, 0, 1)).astype(np.uint8) for line in page.lines],
        precomputed=precomputed,
    )


def details(page: PageReading) -> str:
    """Confidence, time and size in plain words."""
    steps: dict[str, float] = {}
    for line in page.lines:
        for step, value in line.seconds.items():
            steps[step] = steps.get(step, 0.0) + value
    height, width = page.rgb.shape[:2]
    rows = [
        ("details.confidence", html.escape(percent(page.confidence))),
        ("details.time", _time(page.seconds, steps)),
        ("details.size", both("details.pixels", width=width, height=height)),
        ("details.lines", str(len(page.lines))),
        *([("details.page", both("details.pages", page=page.page, pages=page.pages))] if page.pages > 1 else []),
        ("details.model", html.escape(page.model)),
    ]
    return (
        f"<h3>{both('details.title')}</h3><dl>" + "".join(f"<dt>{both(k)}</dt><dd>{v}</dd>" for k, v in rows) + "</dl>"
    )


def _time(total: float, steps: dict[str, float]) -> str:
    spans = []
    for language in ("en", "ja"):
        named = [
            text(f"details.step.{step}", language, n=text("details.second", language, n=f"{value:.2f}"))
            if step in ("prepare", "network", "decode")
            else text("details.step.other", language, n=text("details.second", language, n=f"{value:.2f}"), step=step)
            for step, value in steps.items()
            if value >= 0.005
        ]
        whole = text("details.second", language, n=f"{total:.2f}")
        separator = ", " if language == "en" else "、"
        line = text("details.steps", language, total=whole, steps=separator.join(named)) if named else whole
        spans.append(f'<span class="hwr-{language}">{html.escape(line)}</span>')
    return "".join(spans)


def percent(probability: float) -> str:
    """
    >>> percent(0.9312), percent(0.99999), percent(0.0042)
    ('93 %', '100 %', '0.4 %')
    """
    if probability >= 0.9995:
        return "100 %"
    return f"{100 * probability:.0f} %" if probability >= 0.0995 else f"{100 * probability:.1f} %"


def picked_line(shown: Shown, picked: Picked) -> str:
    """The sentence about the picked character or frame."""
    title = f"<h3>{both('details.picked')}</h3>"
    characters = shown.lines[picked.line]["characters"] if picked.line < len(shown.lines) else []
    if 0 <= picked.character < len(characters):
        c = characters[picked.character]
        return title + both(
            "details.character",
            text="␣" if c["text"] == " " else c["text"],
            n=picked.character + 1,
            all=len(characters),
            confidence=percent(c["confidence"]),
            frame=picked.frame,
        )
    if picked.frame >= 0:
        return title + both("details.frame", frame=picked.frame)
    return title + both("details.nothing")


class ReadCharacter(TypedDict):
    """One character: its text, its span in pixels of the image, the probability that it is right."""

    text: str
    x0: float
    x1: float
    confidence: float


class ReadLine(TypedDict):
    """One line of a page."""

    text: str
    confidence: float
    characters: list[ReadCharacter]
    polygon: list[list[float]]


class _ReadImage(TypedDict):
    image: str
    text: str
    confidence: float
    characters: list[ReadCharacter]
    model: str
    seconds: float


class ReadImage(_ReadImage, total=False):
    """One image that was read; `lines` where it has several, `page` and `pages` where its file has several pages."""

    lines: list[ReadLine]
    page: int
    pages: int


def uploaded_path(file: Any) -> str:
    """The path of an uploaded file, which must lie where uploads lie. Raises InputError otherwise."""
    path = file.get("path") if isinstance(file, dict) else None
    if (
        not isinstance(path, str)
        or not path
        or not is_in_or_equal(path, get_upload_folder())
        or not Path(path).is_file()
    ):
        raise InputError("image is not an uploaded file; send it with handle_file(...) of gradio_client.")
    return path


def language_of(request: gr.Request | None) -> Language:
    if request is None:
        return "en"
    return choose_language(request.cookies.get("hwr_language"), request.headers.get("accept-language"))


def build_read_tab(model: LazyReader, assets: Path) -> tuple[gr.State, gr.State]:
    """The tab's components and events. Returns, for the tabs beside it, the states of what is `Shown` and `Picked`."""
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
    message = gr.HTML(visible=False, elem_id="hwr-message", apply_default_css=False)
    page_viewer = parts.page_viewer(first.page, elem_id="hwr-page", elem_classes="hwr-card")
    viewer = parts.line_viewer(first.lines[0] if first.lines else None, elem_id="hwr-line", elem_classes="hwr-card")
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

    def draw(now: Shown) -> dict[Any, Any]:
        return {
            message: gr.update(visible=False),
            page_viewer: now.page,
            viewer: now.lines[0] if now.lines else None,
            output: now.text,
            about: now.details,
            pick_line: picked_line(now, Picked()),
            gallery: {"cards": cards, "selected": available.index(now.example) if now.example in available else -1},
            shown: now,
            picked: Picked(),
        }

    def read(source: str | None, how: str, example: int, language: Language) -> Iterator[dict[Any, Any]]:
        """Read one file. What goes wrong becomes a notice, and the last result stays."""
        if not source:
            yield {message: gr.update(visible=False)}
            return
        model.start()
        yield {
            message: gr.update(
                value=notice("notice.reading" if model.state == "ready" else "notice.loading"), visible=True
            )
        }
        try:
            now = shown_from(model.get().read(source, lines=how), source, example)
            # What a browser cannot show would stand in the input as a broken picture.
            yield draw(now) | ({} if Path(source).suffix.lower() in BROWSER_FORMATS else {photo: None})
        except InputError as error:
            gr.Warning(html.escape(translated_error(str(error), language)))
            yield {message: gr.update(visible=False), photo: None}
        except Exception:
            logger.exception("Reading %s failed", Path(source).name)
            gr.Warning(text("error.unexpected", language))
            yield {message: gr.update(visible=False)}

    def read_photo(path: str | None, how: str, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from read(path, how, -1, language_of(request))

    def read_again(how: str, now: Shown, request: gr.Request) -> Iterator[dict[Any, Any]]:
        yield from read(now.source, how, now.example, language_of(request))

    def read_unread(how: str, now: Shown, request: gr.Request) -> Iterator[dict[Any, Any]]:
        # A generator that yields nothing would empty every output.
        yield from read(now.source if now.unread else None, how, now.example, language_of(request))

    def show_example(event: gr.SelectData) -> dict[Any, Any]:
        index = available[int(event.index)] if 0 <= int(event.index) < len(available) else available[0]
        ready = example_shown(index)
        if ready is not None:
            return {photo: None, **draw(ready)}
        return {photo: None, shown: Shown(source=str(images / EXAMPLES[index].file), example=index, unread=True)}

    def show_line(event: gr.SelectData, now: Shown) -> dict[Any, Any]:
        index = int(event.index)
        if not 0 <= index < len(now.lines):
            return {picked: Picked()}
        chosen = Picked(line=index)
        return {viewer: now.lines[index], picked: chosen, pick_line: picked_line(now, chosen)}

    def pick(event: gr.SelectData, now: Shown) -> tuple[Picked, str]:
        data = event._data or {}
        chosen = Picked(int(data.get("line", 0)), int(event.index), int(data.get("frame", -1)))
        return chosen, picked_line(now, chosen)

    drawn = [photo, message, page_viewer, viewer, output, about, pick_line, gallery, shown, picked]
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    on_model: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1, **quiet}
    photo.input(read_photo, [photo, mode], drawn, **on_model)
    other.upload(read_photo, [other, mode], drawn, **on_model)
    mode.input(read_again, [mode, shown], drawn, **on_model)
    gallery.select(show_example, None, drawn, concurrency_limit=None, **quiet).then(
        read_unread, [mode, shown], drawn, **on_model
    )
    page_viewer.select(show_line, [shown], [viewer, picked, pick_line], concurrency_limit=None, **quiet)
    viewer.select(pick, [shown], [picked, pick_line], concurrency_limit=None, **quiet)

    def read_api(image: FileData, lines: Literal["auto", "single"] = "auto") -> list[ReadImage]:
        """Read the handwriting on an image.

        Parameters:
            image: the image file (PNG, JPEG, WebP, TIFF; HEIC and PDF where their packages are installed).
            lines: "auto" finds the lines of a page, "single" takes the whole image as one line.
        Returns:
            One entry per page of the file: its text, its confidence, every character with its span in pixels of the image, the
            model and the seconds that it took; for a page also its lines.
        """
        try:
            pages = model.get().read_pages(uploaded_path(image), lines=lines)
        except InputError as error:
            raise gr.Error(str(error), print_exception=False) from None
        return [page.to_dict() for page in pages]

    api(read_api, api_name="read", concurrency_id="model", concurrency_limit=1)
    return shown, picked
