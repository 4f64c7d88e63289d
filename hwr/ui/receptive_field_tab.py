"""The Receptive field tab: what a frame could see, what it used, and what the BiLSTM's gates did along the line."""

from __future__ import annotations

import html
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from hwr.errors import InputError
from hwr.ui import viewer as parts
from hwr.ui.html import both, label, notice
from hwr.ui.looking import Looking, example_lines, look_at, measured_widths, page_lines, read_by, spot_line
from hwr.ui.model import Models
from hwr.ui.read_tab import language_of
from hwr.ui.shown import Shown
from hwr.ui.texts import text, translated_error

if TYPE_CHECKING:
    from hwr.inspection.separability import Separability

logger = logging.getLogger(__name__)

START_LAYER = "columns"
LOADED = "loaded"  # the value of the table's menu that stands for the loaded model
PRESETS = ("small", "retsinas2022", "retsinas2024", "mobilevit")

Values = dict[Any, Any]  # component -> its value


def heading(name: str) -> str:
    """A view's title and the sentences that say how to read it."""
    return f'<div class="hwr-f-head"><h2>{both(f"{name}.title")}</h2><p>{both(f"{name}.how")}</p></div>'


def note(line: str) -> str:
    return f'<div class="hwr-f-spot">{line}</div>' if line else ""


def separability_note(found: Separability, what: str) -> str:
    """What was measured on how many lines and frames."""
    sentences = [
        f'<span class="hwr-{language}">'
        + text(
            "separability.on",
            language,
            model=html.escape(found.model),
            lines=found.lines,
            what=text(f"separability.what.{what}", language),
            blank=f"{found.blank_frames:,}",
            character=f"{found.character_frames:,}",
        )
        + "</span>"
        for language in ("en", "ja")
    ]
    return note("".join(sentences))


@lru_cache(maxsize=len(PRESETS))
def preset_table(name: str) -> str:
    """The table of a preset, from a network without weights."""
    import torch

    from hwr.inspection.receptive_field import receptive_field
    from hwr.recognizer.config import preset
    from hwr.recognizer.network import Recognizer
    from hwr.ui.field_view import field_table

    with torch.device("meta"):
        network = Recognizer(preset(name), classes=2)
    return table_card(field_table(receptive_field(network)))


def table_card(table: str) -> str:
    return f'<div class="hwr-f-tablecard">{table}</div>'


@dataclass(frozen=True)
class Tab:
    """The components that events write to."""

    looking: gr.State
    message: gr.HTML
    layer: gr.Radio
    ink: gr.Radio
    spot: gr.HTML
    field: gr.HTML
    widths: gr.Radio
    widths_note: gr.HTML
    chart: gr.Plot
    network: gr.Dropdown
    table: gr.HTML
    lstm: gr.Radio
    direction: gr.Radio
    gates: gr.HTML
    lines: gr.Radio
    measure: gr.Button
    measured: gr.HTML
    spread: gr.Plot
    best: gr.HTML


def build_receptive_field_tab(tab: gr.Tab, models: Models, shown: gr.State, picked: gr.State, assets: Path) -> None:
    """The tab's components and events; states as `build_read_tab` gives them, `tab` the tab that holds it."""
    ui = _components(shown.value)
    draw = Drawing(models, assets, ui, shown, picked)
    on_model: dict[str, Any] = {
        "concurrency_id": "model",
        "concurrency_limit": 1,
        "show_progress": "hidden",
        "api_visibility": "private",
    }
    # Inputs as a set: Gradio then hands over one dictionary, component -> value.
    controls = {ui.looking, ui.layer, ui.ink, ui.widths, ui.lstm, ui.direction, ui.network, ui.lines, shown, picked}
    drawn = [ui.looking, ui.message, ui.layer, ui.spot, ui.field, ui.widths_note, ui.chart, ui.table, ui.lstm, ui.gates]
    # What is chosen while the last choice is still being drawn comes next; by default Gradio would drop it.
    each: dict[str, Any] = {"trigger_mode": "multiple", **on_model}
    tab.select(draw.opened, controls, drawn, **each)
    charted = ui.field.select(draw.moved, controls, drawn, **each).then(draw.charted, controls, drawn, **on_model)
    ui.field.select(None, cancels=[charted], show_progress="hidden", api_visibility="private")
    for control, again in (
        (ui.layer, draw.field_again),
        (ui.ink, draw.field_again),
        (ui.widths, draw.widths_again),
        (ui.lstm, draw.gates_again),
        (ui.direction, draw.gates_again),
        (ui.network, draw.table_again),
    ):
        control.input(again, controls, drawn, **each)
    ui.measure.click(draw.separability, controls, [ui.message, ui.measured, ui.spread, ui.best], **on_model)


def _components(first: Shown) -> Tab:
    plain: dict[str, Any] = {"apply_default_css": False}
    looking = gr.State(Looking(first), time_to_live=3600)
    gr.HTML(heading("field"), **plain)
    with gr.Row(elem_classes="hwr-f-options"):
        layer = gr.Radio(
            [START_LAYER], value=START_LAYER, label=label("field.layer"), scale=3, min_width=320, elem_id="hwr-f-layer"
        )
        heats = [(label("field.heat.gradient"), "gradient"), (label("field.heat.ink"), "ink")]
        ink = gr.Radio(heats, value="gradient", label=label("field.heat"), scale=2, min_width=320, elem_id="hwr-f-ink")
    message = gr.HTML(visible=False, elem_id="hwr-f-message", **plain)
    spot = gr.HTML("", elem_id="hwr-f-spot", **plain)
    field = parts.field_viewer(None, elem_id="hwr-field", elem_classes="hwr-card")

    gr.HTML(heading("field.widths"), elem_classes="hwr-f-section", **plain)
    sources = [(label("field.widths.spot"), "spot"), (label("field.widths.line"), "line")]
    widths = gr.Radio(sources, value="spot", label=label("field.widths"), elem_id="hwr-f-widths")
    widths_note = gr.HTML("", elem_id="hwr-f-widths-note", **plain)
    chart = gr.Plot(show_label=False, elem_id="hwr-f-chart", elem_classes="hwr-card")

    gr.HTML(heading("field.table"), elem_classes="hwr-f-section", **plain)
    networks = [(label("field.network.loaded"), LOADED), *((name, name) for name in PRESETS)]
    network = gr.Dropdown(networks, value=LOADED, label=label("field.network"), elem_id="hwr-f-network")
    table = gr.HTML("", elem_id="hwr-f-table", elem_classes="hwr-card", **plain)

    gr.HTML(heading("gates"), elem_classes="hwr-f-section", **plain)
    with gr.Row(elem_classes="hwr-f-options"):
        lstm = gr.Radio([], value=None, label=label("gates.layer"), min_width=320, elem_id="hwr-f-lstm")
        ways = [(label("gates.forward"), "forward"), (label("gates.backward"), "backward")]
        direction = gr.Radio(ways, value="forward", label=label("gates.direction"), elem_id="hwr-f-direction")
    gates = parts.gates_viewer(None, elem_id="hwr-gates", elem_classes="hwr-card")

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
        looking, message, layer, ink, spot, field, widths, widths_note, chart, network, table, lstm, direction, gates,
        lines, measure, measured, spread, best,
    )  # fmt: skip


class Drawing:
    """The events of the tab: each asks `hwr.inspection` and hands its dataclasses to `field_view`."""

    def __init__(self, models: Models, assets: Path, ui: Tab, shown: gr.State, picked: gr.State) -> None:
        self.models, self.assets, self.ui, self.shown, self.picked = models, assets, ui, shown, picked

    def opened(self, values: Values, request: gr.Request) -> Iterator[Values]:
        """Everything of the tab, the views that need longer last."""
        ui = self.ui
        looking = look_at(values[self.shown], values[self.picked], values[ui.looking])

        def steps() -> Iterator[Values]:
            reader = self.models.get(looking.shown.model)
            yield self._table({**values, ui.looking: looking})
            if not looking.shown.lines:
                yield {ui.looking: looking, ui.field: None, ui.gates: None, ui.spot: ""}
                return
            fresh = replace(looking, shown=read_by(reader, looking.shown))
            now = {**values, ui.looking: fresh, **self._choices(reader, values)}
            choices = self._choice_updates(reader, now)
            yield {ui.looking: fresh, **choices, **self._field(now)}
            yield self._gates(now) if len(reader.network.lstm) else {ui.gates: None}
            yield self._widths(now, request)

        yield from self._guarded(steps, looking.shown, request)

    def moved(self, values: Values, event: gr.SelectData, request: gr.Request) -> Iterator[Values]:
        """A click on a letter or on the ink."""
        data = event._data or {}
        place = {"character": int(data.get("index", -1)), "frame": int(data.get("frame", -1))}
        now = {**values, self.ui.looking: replace(values[self.ui.looking], **place)}

        def steps() -> Iterator[Values]:
            yield {self.ui.looking: now[self.ui.looking], **self._field(now)}

        yield from self._guarded(steps, values[self.ui.looking].shown, request)

    def charted(self, values: Values, request: gr.Request) -> Iterator[Values]:
        """The widths, which take longer, after a click; a mean over the line stays what it is."""
        if values[self.ui.widths] == "spot":
            yield from self.widths_again(values, request)
        else:
            yield {self.ui.message: gr.update(visible=False)}

    def field_again(self, values: Values, request: gr.Request) -> Iterator[Values]:
        yield from self._guarded(lambda: iter([self._field(values)]), values[self.ui.looking].shown, request)

    def widths_again(self, values: Values, request: gr.Request) -> Iterator[Values]:
        yield from self._guarded(lambda: iter([self._widths(values, request)]), values[self.ui.looking].shown, request)

    def gates_again(self, values: Values, request: gr.Request) -> Iterator[Values]:
        yield from self._guarded(lambda: iter([self._gates(values)]), values[self.ui.looking].shown, request)

    def table_again(self, values: Values, request: gr.Request) -> Iterator[Values]:
        yield from self._guarded(lambda: iter([self._table(values)]), values[self.ui.looking].shown, request)

    def separability(self, values: Values, request: gr.Request) -> Iterator[Values]:
        def steps() -> Iterator[Values]:
            from hwr.inspection.separability import separability
            from hwr.ui.field_view import separability_chart, separability_table

            reader, what = self.models.get(values[self.shown].model), values[self.ui.lines]
            lines = page_lines(reader, values[self.shown]) if what == "page" else example_lines(reader, self.assets)
            found = separability(reader, lines)
            yield {
                self.ui.measured: separability_note(found, what),
                self.ui.spread: gr.update(value=separability_chart([found], language_of(request)), visible=True),
                self.ui.best: gr.update(value=table_card(separability_table(found)), visible=True),
            }

        yield from self._guarded(steps, values[self.shown], request, "notice.measuring")

    def _guarded(
        self, steps: Callable[[], Iterator[Values]], now: Shown, request: gr.Request, saying: str = "notice.looking"
    ) -> Iterator[Values]:
        """What goes wrong becomes a notice, and what was drawn stays."""
        message, language = self.ui.message, language_of(request)
        waiting = saying if self.models.state_of(now.model) == "ready" else "notice.loading"
        yield {message: gr.update(value=notice(waiting), visible=True)}
        try:
            yield from steps()
        except InputError as error:
            gr.Warning(html.escape(translated_error(str(error), language)))
        except Exception:
            logger.exception("Looking into the network failed")
            gr.Warning(text("error.unexpected", language))
        yield {message: gr.update(visible=False)}

    def _choices(self, reader: Any, values: Values) -> Values:
        """Layer and LSTM layer that are chosen, or the last LSTM layer of this network."""
        from hwr.inspection.receptive_field import layer_names

        layers = layer_names(reader.network)
        layer, lstm = values[self.ui.layer], values[self.ui.lstm]
        return {
            self.ui.layer: layer if layer in layers else START_LAYER,
            self.ui.lstm: lstm if lstm in layers else f"lstm{len(reader.network.lstm)}",
        }

    def _choice_updates(self, reader: Any, now: Values) -> Values:
        from hwr.inspection.receptive_field import layer_names

        layers = layer_names(reader.network)
        lstms = [layer for layer in layers if layer.startswith("lstm")]
        return {
            self.ui.layer: gr.update(choices=layers, value=now[self.ui.layer]),
            self.ui.lstm: gr.update(choices=lstms, value=now[self.ui.lstm], visible=bool(lstms)),
        }

    def _field(self, values: Values) -> Values:
        from hwr.inspection.effective_field import effective_field
        from hwr.ui.field_view import field_view

        looking: Looking = values[self.ui.looking]
        where, reading = looking.spot(), looking.reading
        times_ink = values[self.ui.ink] == "ink"
        reader = self.models.get(looking.shown.model)
        field = effective_field(reader, reading, where, values[self.ui.layer], times_ink=times_ink)
        return {
            self.ui.spot: note(spot_line(looking, where, field)),
            self.ui.field: field_view(looking.view, reading.geometry, [field]),
        }

    def _widths(self, values: Values, request: gr.Request) -> Values:
        from hwr.inspection.effective_field import AverageField
        from hwr.ui.field_view import widths_chart

        reader = self.models.get(values[self.ui.looking].shown.model)
        found = measured_widths(reader, values[self.ui.looking], values[self.ui.widths])
        if isinstance(found, AverageField):
            line = both("field.widths.at.line", frames=found.frames, seed=found.seed)
        else:
            line = both("field.widths.at.spot")
        width = values[self.ui.looking].reading.geometry.width
        figure = widths_chart(found, width, language_of(request))
        return {self.ui.chart: figure, self.ui.widths_note: note(line)}

    def _table(self, values: Values) -> Values:
        from hwr.inspection.receptive_field import receptive_field
        from hwr.ui.field_view import field_table

        chosen = values[self.ui.network]
        if chosen in PRESETS:
            return {self.ui.table: preset_table(chosen)}
        reader = self.models.get(values[self.ui.looking].shown.model)
        return {self.ui.table: table_card(field_table(receptive_field(reader.network, reader.name)))}

    def _gates(self, values: Values) -> Values:
        from hwr.inspection.gates import gate_traces
        from hwr.inspection.separability import line_separability
        from hwr.ui.field_view import gates_view

        looking: Looking = values[self.ui.looking]
        reader = self.models.get(looking.shown.model)
        traces = gate_traces(reader, looking.reading, values[self.ui.lstm], values[self.ui.direction])
        parted = line_separability(looking.reading, traces)
        return {self.ui.gates: gates_view(looking.view, traces, parted)}
