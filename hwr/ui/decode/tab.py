"""The Decode tab: the texts that a line could be, and how language weighs them while a slider moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from hwr.ui.decode.api import publish_n_best
from hwr.ui.decode.components import n_best_viewer
from hwr.ui.decode.events import Events, Kept, Tab
from hwr.ui.decode.lists import DEFAULT, NONE, OTHER, SMOLLM2, Listed, Wanted
from hwr.ui.decode.view import harm_card, harm_examples, view_of
from hwr.ui.line.kept import KeptTexts
from hwr.ui.line.viewer import line_viewer
from hwr.ui.models.readers import Models
from hwr.ui.page.events import AT_ONCE, EACH, ON_LANGUAGE, ON_MODEL, QUIET
from hwr.ui.page.html import FOLLOWING_CARD, both, label

PLAIN: dict[str, Any] = {"apply_default_css": False}


def build_decode_tab(
    tab: gr.Tab,
    models: Models,
    shown: gr.State,
    picked: gr.State,
    known: KeptTexts,
    assets: Path,
    language_loader: Callable[[str], object],
) -> None:
    """The tab's components and events; arguments as in `hwr.ui.app.build`, states as `build_read_tab` gives them."""
    kept = Kept(assets)
    ui = _components(kept, shown, assets)
    _connect(Events(models, kept, language_loader, known, ui), tab, shown, picked)
    publish_n_best(models)


def _components(kept: Kept, shown: gr.State, assets: Path) -> Tab:
    first = shown.value
    start = Wanted(first.number, truths=first.truths)
    ready = kept.list_of(first, start)
    wanted = gr.State(start, time_to_live=3600)
    listed = gr.State(Listed(start if ready else Wanted(-1), first), time_to_live=3600)
    problem = gr.State("", time_to_live=3600)
    choice, name, use = _language_menu()
    message = gr.HTML(visible=False, elem_id="hwr-decode-message", **PLAIN)
    table = n_best_viewer(
        view_of(ready, first, 0, first.truths[0], precomputed=True) if ready else None,
        elem_id="hwr-n-best",
        elem_classes=FOLLOWING_CARD,
    )
    gr.HTML(f'<h2 class="hwr-decode-below">{both("decode.below")}</h2>', **PLAIN)
    line = line_viewer(first.lines[0] if first.lines else None, elem_id="hwr-decode-line", elem_classes=FOLLOWING_CARD)
    if card := harm_card(harm_examples(assets)):
        gr.HTML(card, elem_classes="hwr-card", elem_id="hwr-harm", **PLAIN)
    return Tab(wanted, listed, problem, choice, name, use, message, table, line)


def _language_menu() -> tuple[gr.Radio, gr.Textbox, gr.Button]:
    bare: dict[str, Any] = {"label": label("decode.lm"), "show_label": False, "container": False}
    with gr.Row(elem_classes="hwr-lm-row"):
        gr.HTML(f'<span class="hwr-lm-title">{both("decode.lm.title")}</span>', **PLAIN)
        choices = [(label(f"decode.lm.{value}"), value) for value in (DEFAULT, SMOLLM2, NONE, OTHER)]
        choice = gr.Radio(choices, value=DEFAULT, elem_id="hwr-lm", **bare)
        name = gr.Textbox(
            placeholder=label("decode.lm.name"), max_lines=1, visible=False, elem_id="hwr-lm-name", **bare
        )
        use = gr.Button(label("decode.lm.use"), visible=False, size="sm", elem_id="hwr-lm-use")
    return choice, name, use


def _connect(events: Events, tab: gr.Tab, shown: gr.State, picked: gr.State) -> None:
    ui = events.ui
    drawn = [ui.wanted, ui.listed, ui.table, ui.line, ui.message]
    # An image may come in while this tab is open; its script then asks for a look, and does nothing while it is hidden.
    ask = "() => { document.querySelector('.hwr-decode')?.dispatchEvent(new Event('hwr-look')); }"
    shown.change(None, js=ask, **QUIET)
    states = [shown, ui.wanted, ui.listed]
    looked = [shown, picked, ui.wanted, ui.listed, events.known.rights.token]
    for planned in (
        tab.select(events.look, looked, drawn, **AT_ONCE),
        ui.table.focus(events.look, looked, drawn, **AT_ONCE),
        ui.table.input(events.choose_line, states, drawn, **AT_ONCE, **EACH),
        ui.choice.input(events.choose_lm, [ui.choice, *states], [*drawn, ui.name, ui.use], **AT_ONCE),
        ui.name.submit(events.name_lm, [ui.name, *states], drawn, **AT_ONCE),
        ui.use.click(events.name_lm, [ui.name, *states], drawn, **AT_ONCE),
    ):
        planned.then(events.load_language, [ui.wanted, ui.listed], ui.problem, **ON_LANGUAGE).then(
            events.make_list, [*states, ui.problem], drawn, **ON_MODEL
        )
    ui.table.select(events.set_on_image, [ui.listed], [ui.line, ui.listed, ui.message], **{**ON_MODEL, **EACH})
