"""The Receptive field tab: what a frame could see, what it used, and what the BiLSTM's gates did along the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from hwr.ui.line.shown import Shown
from hwr.ui.models.menu import NOTHING, model_menu
from hwr.ui.models.readers import Models
from hwr.ui.page.events import AT_ONCE, ON_MODEL, QUIET
from hwr.ui.page.html import FOLLOWING_CARD, both, heading, label
from hwr.ui.receptive_field.components import field_viewer, gates_viewer
from hwr.ui.receptive_field.events import LOADED, PRESETS, READ, START_LAYER, Drawing, Tab, model_choices, note
from hwr.ui.receptive_field.looking import Charts, Looking


def build_receptive_field_tab(models: Models, shown: gr.State, picked: gr.State, assets: Path) -> None:
    """The tab's components and events; states as `build_read_tab` gives them."""
    ui = _components(shown.value)
    draw = Drawing(models, assets, ui, shown, picked)
    # Inputs as a set: Gradio then hands over one dictionary, component -> value.
    choices = {ui.model, ui.compared, ui.layer, ui.ink, ui.widths, ui.lstm, ui.direction, ui.network, ui.lines}
    controls = {ui.looking, ui.charts, shown, picked, *choices}
    drawn = [
        ui.looking,
        ui.message,
        ui.model,
        ui.compared,
        ui.layer,
        ui.spot,
        *ui.fields,
        ui.widths_note,
        ui.charts,
        ui.chart,
    ]
    drawn += [ui.table, ui.lstm, ui.direction, ui.gates_note, *ui.gates]
    # What is chosen while the last choice is still being drawn comes next; by default Gradio would drop it.
    each: dict[str, Any] = {**ON_MODEL, "trigger_mode": "multiple"}
    # The viewer says when it comes into sight. A tab that is selected may not be mounted yet, and a slow page then loses
    # what arrives in between.
    ui.fields[0].focus(draw.opened, controls, drawn, **each)
    charts = []
    for field, moved in zip(ui.fields, (draw.moved, draw.moved_compared), strict=True):
        charts.append(field.select(moved, controls, drawn, **each).then(draw.charted, controls, drawn, **ON_MODEL))
    for field in ui.fields:
        field.select(None, cancels=charts, **QUIET)
    ui.fields[0].edit(draw.in_words, [ui.charts], [ui.chart, ui.spread], **AT_ONCE)
    for control, again in (
        (ui.model, draw.opened),
        (ui.compared, draw.opened),
        (ui.layer, draw.field_again),
        (ui.ink, draw.field_again),
        (ui.widths, draw.widths_again),
        (ui.lstm, draw.gates_again),
        (ui.direction, draw.gates_again),
        (ui.network, draw.table_again),
    ):
        control.input(again, controls, drawn, **each)
    ui.measure.click(draw.separability, controls, [ui.message, ui.charts, ui.measured, ui.spread, ui.best], **ON_MODEL)


def _components(first: Shown) -> Tab:
    plain: dict[str, Any] = {"apply_default_css": False}
    looking = gr.State(Looking(first), time_to_live=3600)
    charts = gr.State(Charts(), time_to_live=3600)
    with gr.Row(elem_classes="hwr-models"):
        model = gr.Dropdown(
            model_choices(),
            value=READ,
            label=label("model.menu"),
            filterable=False,
            elem_classes="hwr-model-menu",
            elem_id="hwr-f-model",
        )
        compared = model_menu("model.compared", NOTHING, nothing=True, elem_id="hwr-f-compared")
    gr.HTML(heading("field"), **plain)
    with gr.Row(elem_classes="hwr-f-options"):
        layer = gr.Radio(
            [START_LAYER], value=START_LAYER, label=label("field.layer"), scale=3, min_width=320, elem_id="hwr-f-layer"
        )
        heats = [(label("field.heat.gradient"), "gradient"), (label("field.heat.ink"), "ink")]
        ink = gr.Radio(heats, value="gradient", label=label("field.heat"), scale=2, min_width=320, elem_id="hwr-f-ink")
    message = gr.HTML(visible=False, elem_id="hwr-f-message", **plain)
    spot = gr.HTML("", elem_id="hwr-f-spot", **plain)
    fields = (
        field_viewer(None, elem_id="hwr-field", elem_classes=FOLLOWING_CARD),
        field_viewer(None, elem_id="hwr-field-compared", elem_classes=FOLLOWING_CARD, visible=False),
    )

    gr.HTML(heading("field.widths"), elem_classes="hwr-f-section", **plain)
    sources = [(label("field.widths.spot"), "spot"), (label("field.widths.line"), "line")]
    widths = gr.Radio(sources, value="spot", label=label("field.widths"), elem_id="hwr-f-widths")
    widths_note = gr.HTML("", elem_id="hwr-f-widths-note", **plain)
    chart = gr.Plot(show_label=False, visible=False, elem_id="hwr-f-chart", elem_classes="hwr-card")

    gr.HTML(heading("field.table"), elem_classes="hwr-f-section", **plain)
    networks = [(label("field.network.loaded"), LOADED), *((name, name) for name in PRESETS)]
    network = gr.Dropdown(networks, value=LOADED, label=label("field.network"), elem_id="hwr-f-network")
    table = gr.HTML("", elem_id="hwr-f-table", elem_classes="hwr-card", **plain)

    gr.HTML(heading("gates"), elem_classes="hwr-f-section", **plain)
    with gr.Row(elem_classes="hwr-f-options"):
        lstm = gr.Radio([], value=None, label=label("gates.layer"), min_width=320, elem_id="hwr-f-lstm")
        ways = [(label("gates.forward"), "forward"), (label("gates.backward"), "backward")]
        direction = gr.Radio(ways, value="forward", label=label("gates.direction"), elem_id="hwr-f-direction")
    gates_note = gr.HTML("", elem_id="hwr-f-gates-note", **plain)
    gates = (
        gates_viewer(None, elem_id="hwr-gates", elem_classes=FOLLOWING_CARD),
        gates_viewer(None, elem_id="hwr-gates-compared", elem_classes=FOLLOWING_CARD, visible=False),
    )

    gr.HTML(heading("separability"), elem_classes="hwr-f-section", **plain)
    with gr.Row(elem_classes="hwr-f-options"):
        choices = [(label("separability.examples"), "examples"), (label("separability.page"), "page")]
        lines = gr.Radio(choices, value="examples", label=label("separability.lines"), elem_id="hwr-f-lines")
        measure = gr.Button(label("separability.measure"), variant="primary", scale=0, elem_id="hwr-f-measure")
    measured = gr.HTML(note(both("separability.waiting")), elem_id="hwr-f-measured", **plain)
    with gr.Row():
        with gr.Column(scale=7, min_width=320):
            spread = gr.Plot(show_label=False, visible=False, elem_id="hwr-f-spread", elem_classes="hwr-card")
        with gr.Column(scale=4, min_width=300):
            best = gr.HTML("", visible=False, elem_id="hwr-f-best", elem_classes="hwr-card", **plain)
    return Tab(
        looking, charts, message, model, compared, layer, ink, spot, fields, widths, widths_note, chart, network, table,
        lstm, direction, gates_note, gates, lines, measure, measured, spread, best,
    )  # fmt: skip
