"""The Decode tab: the likeliest texts of a line, and which of them language prefers."""

from __future__ import annotations

import html
import logging
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, TypedDict

import gradio as gr
from gradio.data_classes import FileData
from gradio.events import api

from hwr.errors import InputError
from hwr.examples.drawing import EXAMPLES
from hwr.examples.packing import LISTED, load_precomputed_lists
from hwr.reading import NBest, Reading
from hwr.sentences import text
from hwr.ui.decode.components import n_best_viewer
from hwr.ui.decode.view import Harm, decode_view, harm_examples
from hwr.ui.line.differences import marked
from hwr.ui.line.line_view import data_uri, realigned_view
from hwr.ui.line.shown import Picked, Shown, shown_from
from hwr.ui.line.viewer import line_viewer
from hwr.ui.models.readers import Models
from hwr.ui.page.errors import translated_error
from hwr.ui.page.html import both, label, notice
from hwr.ui.page.languages import language_of
from hwr.ui.page.uploads import uploaded_path

logger = logging.getLogger(__name__)

DEFAULT, SMOLLM2, NONE, OTHER = "default", "smollm2", "none", "other"
MOST = 256  # texts that the web API lists
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


@dataclass(frozen=True)
class Wanted:
    """Which list the visitor wants: of which reading (`Shown.number`), which line, scored by which language model.

    looked: the line that was picked on the Read tab when this one was last looked at.
    """

    number: int
    line: int = 0
    lm: str | None = DEFAULT
    looked: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Listed:
    """The list that is on the page, and the reading that it is of."""

    wanted: Wanted
    shown: Shown


def wanted_lm(name: str) -> str | None:
    """The language model that a visitor named; None for "none".

    Raises InputError when there is no name, and for a directory on a shared host, whose files are not the visitor's.
    """
    name = name.strip()
    if name in (DEFAULT, SMOLLM2, NONE):
        return None if name == NONE else name
    if not name:
        raise InputError("Name a language model: a Hub id such as openai-community/gpt2, or a directory.")
    if os.environ.get("SPACE_ID") and (not HUB_ID.fullmatch(name) or Path(name).exists()):
        raise InputError("This is a shared host, where directories cannot be used; give the Hub id of a model.")
    return name


def n_best_of(reader: Any, reading: Reading, n_best: int, lm: str | None, problem: str = "") -> NBest:
    """`Reader.n_best`. problem: why the language model is not to be asked; what else fails leaves the greedy text."""
    try:
        found = reader.n_best(reading, n_best, lm=None if problem else lm)
    except InputError as error:
        return NBest(reading.text, [], problem=str(error))
    return replace(found, problem=problem) if problem else found


def view_of(n_best: NBest, shown: Shown, line: int, precomputed: bool = False) -> dict[str, Any]:
    """What the page draws of one line's list."""
    view = shown.lines[line]
    return decode_view(
        n_best,
        truth=view["truth"],
        line=line,
        lines=[other["text"] for other in shown.lines],
        image=view["image"],
        precomputed=precomputed,
    ).to_dict()


def harm_card(harms: list[Harm]) -> str:
    """Lines that language made worse: ink, both texts with their differences, and the command that found them."""
    if not harms:
        return ""
    figures = []
    for harm in harms:
        picture = data_uri(_rgb(harm.image))
        rows = [
            (both("harm.greedy"), marked(harm.truth, harm.greedy)),
            (both("harm.rescored", lm=harm.lm), marked(harm.truth, harm.rescored)),
            (both("viewer.truth"), html.escape(harm.truth)),
            (both("harm.command"), f"<code>{html.escape(harm.command)}</code>"),
        ]
        terms = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
        figures.append(f'<figure><img src="{picture}" alt=""><dl>{terms}</dl></figure>')
    return f'<div class="hwr-harm"><h3>{both("harm.title")}</h3><p>{both("harm.intro")}</p>{"".join(figures)}</div>'


def _rgb(path: Path) -> Any:
    import numpy as np
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


class ListedText(TypedDict):
    """One text: its exact CTC score, its language model's and n-gram's scores (nats), its length, what it ranks by."""

    text: str
    ctc: float
    lm: float | None
    ngram: float
    length: int
    total: float


class ListedLine(TypedDict):
    """One line: its greedy text, the text that language prefers, the list (best first) and the weights it is ranked by.

    lm: the language model that scored, null where none did, and `problem` says why; tuned: what the weights were tuned on.
    """

    greedy: str
    text: str
    hypotheses: list[ListedText]
    alpha: float
    beta: float
    gamma: float
    lm: str | None
    tuned: str
    problem: str


class ListedImage(ListedLine, total=False):
    """An image of one line, or of several: then the texts are the page's, `hypotheses` is empty and `lines` has each."""

    lines: list[ListedLine]


def listed_image(lists: list[NBest]) -> ListedImage:
    """What the web API gives for one image."""
    lines: list[Any] = [n_best.to_dict() for n_best in lists]
    if len(lines) == 1:
        return lines[0]
    joined = {key: "\n".join(line[key] for line in lines) for key in ("greedy", "text")}
    problem = next((line["problem"] for line in lines if line["problem"]), "")
    return {**lines[0], **joined, "hypotheses": [], "problem": problem, "lines": lines}  # type: ignore[typeddict-item]


def build_decode_tab(
    tab: gr.Tab,
    models: Models,
    shown: gr.State,
    picked: gr.State,
    assets: Path,
    language_loader: Callable[[str], object],
) -> None:
    """The tab's components and events; arguments as in `hwr.ui.app.build`, states as `build_read_tab` gives them."""

    @lru_cache(maxsize=len(EXAMPLES))
    def kept_lists(example: int) -> list[NBest]:
        return load_precomputed_lists(EXAMPLES[example].name, assets / "readings") or []

    def kept(now: Shown, wanted: Wanted) -> NBest | None:
        lists = kept_lists(now.example) if now.precomputed and wanted.lm == DEFAULT else []
        return lists[wanted.line] if len(lists) == len(now.lines) and wanted.line < len(lists) else None

    first: Shown = shown.value
    start = Wanted(first.number)
    kept_first = kept(first, start)
    wanted = gr.State(start, time_to_live=3600)
    listed = gr.State(Listed(start if kept_first else Wanted(-1), first), time_to_live=3600)
    problem = gr.State("", time_to_live=3600)
    with gr.Row(elem_classes="hwr-lm-row"):
        gr.HTML(f'<span class="hwr-lm-title">{both("decode.lm.title")}</span>', apply_default_css=False)
        choice = gr.Radio(
            [(label(f"decode.lm.{value}"), value) for value in (DEFAULT, SMOLLM2, NONE, OTHER)],
            value=DEFAULT,
            label=label("decode.lm"),
            show_label=False,
            container=False,
            elem_id="hwr-lm",
        )
        name = gr.Textbox(
            label=label("decode.lm"),
            show_label=False,
            container=False,
            placeholder=label("decode.lm.name"),
            max_lines=1,
            visible=False,
            elem_id="hwr-lm-name",
        )
        use = gr.Button(label("decode.lm.use"), visible=False, size="sm", elem_id="hwr-lm-use")
    message = gr.HTML(visible=False, elem_id="hwr-decode-message", apply_default_css=False)
    table = n_best_viewer(
        view_of(kept_first, first, 0, precomputed=True) if kept_first else None,
        elem_id="hwr-n-best",
        elem_classes="hwr-card",
    )
    gr.HTML(f'<h3 class="hwr-decode-below">{both("decode.below")}</h3>', apply_default_css=False)
    line = line_viewer(first.lines[0] if first.lines else None, elem_id="hwr-decode-line", elem_classes="hwr-card")
    if card := harm_card(harm_examples(assets)):
        gr.HTML(card, elem_classes="hwr-card", elem_id="hwr-harm", apply_default_css=False)

    def exact(now: Shown) -> Shown:
        """What is shown with the readings that the model gives; those kept beforehand are rounded."""
        if not now.precomputed:
            return now
        page = models.get(now.model).read(now.source)
        return replace(shown_from(page, now.source, now.example, model=now.model), number=now.number)

    def draw(n_best: NBest, now: Shown, want: Wanted, precomputed: bool = False) -> dict[Any, Any]:
        return {
            listed: Listed(want, now),
            table: view_of(n_best, now, want.line, precomputed),
            line: now.lines[want.line],
            message: gr.update(visible=False),
        }

    def want_list(want: Wanted, now: Shown, before: Listed) -> dict[Any, Any]:
        """Show at once what needs no model, else say what is going on; `make_list` then does the rest."""
        if before.wanted == want:
            return {wanted: want, message: gr.update(visible=False)}
        if want.line >= len(now.lines):
            return {wanted: want, table: None, line: None, listed: Listed(want, now)}
        if (ready := kept(now, want)) is not None:
            return {wanted: want, **draw(ready, now, want, precomputed=True)}
        said = notice("notice.language", lm=want.lm) if want.lm else notice("notice.searching")
        return {wanted: want, message: gr.update(value=said, visible=True)}

    def look(now: Shown, chosen: Picked, want: Wanted, before: Listed) -> dict[Any, Any]:
        moved = now.number != want.number or chosen.line != want.looked
        place = chosen.line if moved else want.line
        return want_list(Wanted(now.number, place, want.lm, chosen.line), now, before)

    def choose_line(event: gr.EventData, now: Shown, want: Wanted, before: Listed) -> dict[Any, Any]:
        place = int((event._data or {}).get("line", 0))
        return want_list(replace(want, line=max(0, place)), now, before)

    def choose_lm(chosen: str, now: Shown, want: Wanted, before: Listed) -> dict[Any, Any]:
        typing = {part: gr.update(visible=chosen == OTHER) for part in (name, use)}
        if chosen == OTHER:
            return typing
        return {**typing, **want_list(replace(want, lm=wanted_lm(chosen)), now, before)}

    def name_lm(typed: str, now: Shown, want: Wanted, before: Listed, request: gr.Request) -> dict[Any, Any]:
        try:
            return want_list(replace(want, lm=wanted_lm(typed)), now, before)
        except InputError as error:
            gr.Warning(html.escape(translated_error(error, language_of(request))))
            return {message: gr.update(visible=False)}

    def load_language(want: Wanted, before: Listed) -> str:
        """Load the language model outside of the model's queue, so that nobody's reading waits for it."""
        if want.lm is None or before.wanted == want:
            return ""
        try:
            language_loader(want.lm)
        except InputError as error:
            return str(error)
        except Exception:
            logger.exception("The language model %r could not be loaded", want.lm)
            return f"The language model {want.lm} cannot be loaded; the reason is in the log."
        return ""

    def make_list(now: Shown, want: Wanted, before: Listed, why: str, request: gr.Request) -> dict[Any, Any]:
        if before.wanted == want or want.number != now.number or want.line >= len(now.lines):
            return {message: gr.update(visible=False)}
        try:
            now = exact(now)
            if want.line >= len(now.readings):
                return {message: gr.update(visible=False)}
            n_best = n_best_of(models.get(now.model), now.readings[want.line], LISTED, want.lm, why)
            return draw(n_best, now, want)
        except InputError as error:
            gr.Warning(html.escape(translated_error(error, language_of(request))))
        except Exception:
            logger.exception("Listing the texts of a line failed")
            gr.Warning(text("error.unexpected", language_of(request)))
        return {message: gr.update(visible=False)}

    def set_on_image(event: gr.SelectData, now: Listed, request: gr.Request) -> Iterator[dict[Any, Any]]:
        if models.state_of(now.shown.model) != "ready":
            yield {message: gr.update(value=notice("notice.aligning"), visible=True)}
        try:
            fresh, place = exact(now.shown), now.wanted.line
            aligned = models.get(fresh.model).align(fresh.readings[place], str(event.value))
            yield {
                line: realigned_view(fresh.lines[place], aligned),
                listed: replace(now, shown=fresh),
                message: gr.update(visible=False),
            }
        except InputError as error:
            gr.Warning(html.escape(translated_error(error, language_of(request))))
            yield {message: gr.update(visible=False)}
        except Exception:
            logger.exception("Aligning a text failed")
            gr.Warning(text("error.unexpected", language_of(request)))
            yield {message: gr.update(visible=False)}

    drawn = [wanted, listed, table, line, message]
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    on_model: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1, **quiet}
    on_language: dict[str, Any] = {"concurrency_id": "language", "concurrency_limit": 4, **quiet}
    at_once: dict[str, Any] = {"concurrency_limit": None, **quiet}
    # An image may come in while this tab is open; its script then asks for a look, and does nothing while it is hidden.
    ask = "() => { document.querySelector('.hwr-decode')?.dispatchEvent(new Event('hwr-look')); }"
    shown.change(None, js=ask, **quiet)
    for planned in (
        tab.select(look, [shown, picked, wanted, listed], drawn, **at_once),
        table.focus(look, [shown, picked, wanted, listed], drawn, **at_once),
        table.input(choose_line, [shown, wanted, listed], drawn, **at_once),
        choice.input(choose_lm, [choice, shown, wanted, listed], [*drawn, name, use], **at_once),
        name.submit(name_lm, [name, shown, wanted, listed], drawn, **at_once),
        use.click(name_lm, [name, shown, wanted, listed], drawn, **at_once),
    ):
        planned.then(load_language, [wanted, listed], problem, **on_language).then(
            make_list, [shown, wanted, listed, problem], drawn, **on_model
        )
    table.select(set_on_image, [listed], [line, listed, message], **on_model)

    def n_best_api(
        image: FileData,
        n_best: int = 16,
        lm: str = DEFAULT,
        lines: Literal["auto", "single"] = "auto",
        model: str = "",
    ) -> ListedImage:
        """List the likeliest texts of the handwriting on an image, and say which of them language prefers.

        Parameters:
            image: the image file, as for /read; of a file of several pages the first.
            n_best: how many texts of each line, 1 to 256.
            lm: the language model that scores: "default", "smollm2", a Hub id, or "none".
            lines: "auto" finds the lines of a page, "single" takes the whole image as one line.
            model: the checkpoint, as for /read.
        Returns:
            The greedy text and the list with its scores, best first; for a page also its lines.
        """
        try:
            if isinstance(n_best, bool) or not isinstance(n_best, int) or not 1 <= n_best <= MOST:
                raise InputError(f"n_best must be a whole number from 1 to {MOST}, not {n_best!r}.")
            chosen, reader = wanted_lm(lm), models.named(model)
            page = reader.read(uploaded_path(image), lines=lines)
            return listed_image([n_best_of(reader, reading, n_best, chosen) for reading in page.lines])
        except InputError as error:
            raise gr.Error(str(error), print_exception=False) from None

    # A slow language model holds up the others who ask for lists, and nobody's reading.
    api(n_best_api, api_name="n_best", concurrency_id="language", concurrency_limit=4)
