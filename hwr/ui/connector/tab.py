"""The Connector tab: KL per token under the ink, the recogniser with and without its connector."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from hwr.training.run.checkpoints import known_checkpoints
from hwr.ui.connector.api import publish_divergence
from hwr.ui.connector.components import connector_viewer, differing_list
from hwr.ui.connector.events import (
    CTC_ONLY,
    Answer,
    Drawn,
    Events,
    Tab,
    Views,
    Wanted,
    connector_choices,
    first_choice,
    training_card,
    which_note,
)
from hwr.ui.connector.lines import SIDES
from hwr.ui.line.kept import KeptTexts
from hwr.ui.line.shown import Shown
from hwr.ui.line.viewer import line_viewer
from hwr.ui.models.menu import NOTHING, model_menu
from hwr.ui.models.readers import Models
from hwr.ui.page.events import AT_ONCE, EACH, ON_LANGUAGE, ON_MODEL, QUIET
from hwr.ui.page.html import FOLLOWING_CARD, heading, label


def build_connector_tab(
    tab: gr.Tab, models: Models, shown: gr.State, picked: gr.State, example: gr.State, known: KeptTexts, assets: Path
) -> None:
    """The tab's components and events; states as `build_read_tab` gives them, `tab` the tab that holds it."""
    views = Views(assets)
    first: Shown = shown.value
    paired = any(checkpoint.id == CTC_ONLY for checkpoint in known_checkpoints())
    compared = CTC_ONLY if paired else NOTHING
    start = Wanted(
        first.number, connectors=first_choice(), compared=compared, truths=first.truths, model=first.model.id
    )
    ready = views.kept(start, first)
    ui = _components(start, ready, assets)
    events = Events(models, views, known, ui)
    drawn = [ui.wanted, ui.drawn, ui.message, ui.which, ui.viewer, ui.said, ui.comparison, ui.line]
    menus = [ui.train, ui.connectors, ui.compared]
    problem = gr.State("", time_to_live=3600)
    # An image may come in while this tab is open; its script then asks for a look, and does nothing while it is hidden.
    awake = "() => { document.querySelector('.hwr-connector')?.dispatchEvent(new Event('hwr-look')); }"
    shown.change(None, js=awake, **QUIET)
    states = [shown, ui.wanted, ui.drawn]
    for planned in (
        tab.select(events.look, [*states, picked, known.rights.token], [*drawn, *menus], **AT_ONCE),
        ui.viewer.focus(events.look, [*states, picked, known.rights.token], [*drawn, *menus], **AT_ONCE),
        ui.connectors.input(events.choose, [*states, ui.connectors], drawn, **AT_ONCE),
        ui.compared.input(events.choose_compared, [*states, ui.compared], drawn, **AT_ONCE),
        ui.said.submit(events.measure, [*states, ui.said], drawn, **AT_ONCE),
        ui.ask.click(events.measure, [*states, ui.said], drawn, **AT_ONCE),
    ):
        planned.then(events.load, [*states], problem, **ON_LANGUAGE).then(
            events.answer, [*states, ui.side, problem], drawn, **ON_MODEL
        )
    for seen in (tab.select, ui.viewer.focus):
        seen(events.differing, None, ui.differing, **AT_ONCE)
    ui.differing.select(events.ask_for, None, example, **AT_ONCE, **EACH)
    ui.side.input(events.turn, [ui.side, ui.drawn], [ui.line, ui.drawn], **AT_ONCE)
    publish_divergence(models)


def _components(start: Wanted, ready: Answer | None, assets: Path) -> Tab:
    plain: dict[str, Any] = {"apply_default_css": False}
    there = bool(start.connectors)
    wanted = gr.State(start, time_to_live=3600)
    drawn = gr.State(ready.drawn(start) if ready else Drawn(Wanted(-1)), time_to_live=3600)
    gr.HTML(heading("connector.compared"), **plain)
    train = gr.HTML("" if there else training_card(), elem_id="hwr-k-train", elem_classes="hwr-card", **plain)
    with gr.Column(elem_classes="hwr-k-body"):
        with gr.Row(elem_classes="hwr-k-options"):
            sides = [(label(f"connector.compared.side.{side}"), side) for side in SIDES]
            side = gr.Radio(
                sides, value="with", label=label("connector.compared.side"), min_width=320, elem_id="hwr-k-side"
            )
            compared = model_menu("connector.compared.other", start.compared, nothing=True, elem_id="hwr-k-compared")
        differing = differing_list(elem_id="hwr-k-differing")
        comparison = gr.HTML(
            ready.comparison if ready else "", elem_id="hwr-k-comparison", elem_classes=FOLLOWING_CARD, **plain
        )
        line = line_viewer(ready.sides["with"] if ready else None, elem_id="hwr-k-line", elem_classes=FOLLOWING_CARD)
        gr.HTML(heading("connector"), elem_classes="hwr-f-section", **plain)
        connectors = gr.CheckboxGroup(
            connector_choices(),
            value=list(start.connectors),
            label=label("connector.taps"),
            info=label("connector.taps.how"),
            elem_id="hwr-k-taps",
        )
        which = gr.HTML(which_note(start.connectors, start.model), elem_id="hwr-k-which", **plain)
        with gr.Row(elem_classes="hwr-k-options"):
            said = gr.Textbox(
                ready.text if ready else "", label=label("connector.text"), max_lines=1, scale=5, elem_id="hwr-k-said"
            )
            measure_it = label("connector.measure")
            ask = gr.Button(measure_it, variant="primary", scale=0, min_width=130, elem_id="hwr-k-measure")
        message = gr.HTML(visible=False, elem_id="hwr-k-message", **plain)
        viewer = connector_viewer(ready.view if ready else None, elem_id="hwr-k-viewer", elem_classes=FOLLOWING_CARD)
    return Tab(
        wanted, drawn, train, connectors, which, said, ask, message, viewer, side, compared, differing, comparison, line
    )
