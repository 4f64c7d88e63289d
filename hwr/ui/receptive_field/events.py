"""What happens on the Receptive field tab: each event asks `hwr.inspection` and hands its dataclasses to `field_view`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from hwr.sentences import LANGUAGES, text
from hwr.ui.line.shown import Shown
from hwr.ui.models.menu import NOTHING, menu_choices, refreshed
from hwr.ui.models.readers import ModelKey, Models, whole_reader
from hwr.ui.page.events import Values, hidden, in_steps, told
from hwr.ui.page.gradio_edges import Block
from hwr.ui.page.html import both, escape, label
from hwr.ui.page.languages import language_of
from hwr.ui.receptive_field.looking import (
    Charts,
    Looking,
    character_at,
    example_lines,
    look_at,
    measured_widths,
    page_lines,
    spot_line,
    through,
)

if TYPE_CHECKING:
    from hwr.inspection.receptive_field import ReceptiveField, Row
    from hwr.inspection.separability import Separability
    from hwr.reader import Reader

START_LAYER = "columns"
LOADED = "loaded"  # the value of the table's menu that stands for the models that are looked into
READ = "read"  # the value of the menu of models that stands for the one of the Read tab
PRESETS = ("small", "retsinas2022", "retsinas2024", "mobilevit")


@dataclass(frozen=True)
class Tab:
    """The components that events write to; of a pair the second is of the model that is compared."""

    looking: gr.State
    charts: gr.State
    message: gr.HTML
    model: gr.Dropdown
    compared: gr.Dropdown
    layer: gr.Radio
    ink: gr.Radio
    spot: gr.HTML
    fields: tuple[gr.HTML, gr.HTML]
    widths: gr.Radio
    widths_note: gr.HTML
    chart: gr.Plot
    network: gr.Dropdown
    table: gr.HTML
    lstm: gr.Radio
    direction: gr.Radio
    gates_note: gr.HTML
    gates: tuple[gr.HTML, gr.HTML]
    lines: gr.Radio
    measure: gr.Button
    measured: gr.HTML
    spread: gr.Plot
    best: gr.HTML

    @property
    def of_fields(self) -> tuple[Block, ...]:
        return (self.spot, *self.fields)

    @property
    def of_widths(self) -> tuple[Block, ...]:
        return self.widths_note, self.chart

    @property
    def of_gates(self) -> tuple[Block, ...]:
        return (self.gates_note, *self.gates)


def note(line: str) -> str:
    return f'<div class="hwr-f-spot">{line}</div>' if line else ""


def separability_note(found: Separability, what: str) -> str:
    """What was measured on how many lines and frames."""
    values = {
        "model": escape(found.model),
        "lines": found.lines,
        "blank": f"{found.blank_frames:,}",
        "character": f"{found.character_frames:,}",
    }
    sentences = [
        f'<span class="hwr-{language}">'
        + text("separability.on", language, what=text(f"separability.what.{what}", language), **values)
        + "</span>"
        for language in LANGUAGES
    ]
    return note("".join(sentences))


@lru_cache(maxsize=len(PRESETS))
def preset_table(name: str) -> str:
    """The table of a preset, from a network without weights."""
    import torch

    from hwr.inspection.receptive_field import receptive_field
    from hwr.recognizer.config import preset

    with torch.device("meta"):
        network = preset(name).build(classes=2)
    return tables([receptive_field(network)])


def tables(found: Sequence[ReceptiveField]) -> str:
    """The table of each network; those that are equal share one. Two of them bear the networks' names."""
    from hwr.ui.receptive_field.view import field_table

    groups: dict[tuple[Row, ...], list[ReceptiveField]] = {}
    for table in found:
        groups.setdefault((*table.width, *table.height), []).append(table)
    cards = []
    for group in groups.values():
        names = ", ".join(escape(table.model) for table in group)
        cards.append(titled(names if len(found) > 1 else "", field_table(group[0])))
    return "".join(cards)


def titled(name: str, content: str) -> str:
    title = f'<h3 class="hwr-f-model">{name}</h3>' if name else ""
    return f'<div class="hwr-f-tablecard">{title}{content}</div>'


def model_choices() -> list[tuple[Any, str]]:
    """The model of the Read tab, and every checkpoint that there is."""
    return [(label("field.model.read"), READ), *menu_choices()]


class Drawing:
    """The events of the tab."""

    def __init__(self, models: Models, assets: Path, ui: Tab, shown: gr.State, picked: gr.State) -> None:
        self.models, self.assets, self.ui, self.shown, self.picked = models, assets, ui, shown, picked

    def opened(self, values: Values, request: gr.Request) -> Iterator[Values]:
        """Everything of the tab, the views that need longer last."""

        def steps() -> Iterator[Values]:
            ui, now = self.ui, values[self.shown]
            model, compared = values[ui.model], values[ui.compared]
            yield {ui.model: gr.update(choices=model_choices()), ui.compared: refreshed(compared, nothing=True)}
            looking = look_at(now, values[self.picked], values[ui.looking])
            readers = self._readers(self._keys(now, model, compared))
            yield self._table(values, [reader for _, reader in readers])
            if not now.lines:
                nothing = dict.fromkeys([*ui.fields, *ui.gates])
                yield {ui.looking: looking, ui.spot: "", ui.gates_note: "", **nothing}
                return
            fresh = through(readers, now, looking)
            chosen = {**values, ui.looking: fresh, **self._choices(readers, values)}
            yield {ui.looking: fresh, **self._choice_updates(readers, chosen), **self._fields(chosen)}
            yield self._gates(chosen)
            yield self._widths(chosen, request)

        ui = self.ui
        old = (*ui.of_fields, *ui.of_widths, ui.table, *ui.of_gates)
        yield from self._guarded(steps, values, request, old)

    def moved(self, values: Values, event: gr.SelectData, request: gr.Request) -> Iterator[Values]:
        """A click on a letter or on the ink."""
        yield from self._moved(0, values, event, request)

    def moved_compared(self, values: Values, event: gr.SelectData, request: gr.Request) -> Iterator[Values]:
        """The same on the line of the model that is compared."""
        yield from self._moved(1, values, event, request)

    def _moved(self, side: int, values: Values, event: gr.SelectData, request: gr.Request) -> Iterator[Values]:
        data, looking = event._data or {}, values[self.ui.looking]
        place = {"character": int(data.get("index", -1)), "frame": int(data.get("frame", -1))}

        def steps() -> Iterator[Values]:
            fresh = replace(looking, asked=looking.sides[side], **place)
            yield {self.ui.looking: fresh, **self._fields({**values, self.ui.looking: fresh})}

        yield from self._guarded(steps, values, request, (*self.ui.of_fields, *self.ui.of_widths))

    def charted(self, values: Values, request: gr.Request) -> Iterator[Values]:
        """The widths, which take longer, after a click; a mean over the line stays what it is."""
        if values[self.ui.widths] == "spot":
            yield from self.widths_again(values, request)
        else:
            yield {self.ui.message: gr.update(visible=False)}

    def field_again(self, values: Values, request: gr.Request) -> Iterator[Values]:
        yield from self._guarded(lambda: iter([self._fields(values)]), values, request, self.ui.of_fields)

    def widths_again(self, values: Values, request: gr.Request) -> Iterator[Values]:
        yield from self._guarded(lambda: iter([self._widths(values, request)]), values, request, self.ui.of_widths)

    def gates_again(self, values: Values, request: gr.Request) -> Iterator[Values]:
        yield from self._guarded(lambda: iter([self._gates(values)]), values, request, self.ui.of_gates)

    def table_again(self, values: Values, request: gr.Request) -> Iterator[Values]:
        yield from self._guarded(lambda: iter([self._table(values)]), values, request, [self.ui.table])

    def in_words(self, charts: Charts, request: gr.Request) -> Values:
        """The charts in the language that the page has now."""
        from hwr.ui.receptive_field.view import separability_chart, widths_chart

        language, drawn = language_of(request), {}
        if charts.widths:
            drawn[self.ui.chart] = widths_chart(charts.widths, language)
        if charts.separability:
            drawn[self.ui.spread] = separability_chart(charts.separability, language)
        return drawn or {self.ui.chart: gr.skip()}

    def separability(self, values: Values, request: gr.Request) -> Iterator[Values]:
        def steps() -> Iterator[Values]:
            from hwr.inspection.separability import separability
            from hwr.ui.receptive_field.view import separability_chart, separability_table

            looking: Looking = values[self.ui.looking]
            what, found = values[self.ui.lines], []
            for side, reader in self._sides(looking):
                lines = page_lines(side) if what == "page" else example_lines(reader, self.assets)
                found.append(separability(reader, lines))
            names = [escape(one.model) if len(found) > 1 else "" for one in found]
            best = "".join(titled(name, separability_table(one)) for name, one in zip(names, found, strict=True))
            yield {
                self.ui.charts: replace(values[self.ui.charts], separability=found),
                self.ui.measured: "".join(separability_note(one, what) for one in found),
                self.ui.spread: gr.update(value=separability_chart(found, language_of(request)), visible=True),
                self.ui.best: gr.update(value=best, visible=True),
            }

        ui = self.ui
        yield from self._guarded(steps, values, request, (ui.measured, ui.spread, ui.best), "notice.measuring")

    def _guarded(
        self,
        steps: Callable[[], Iterator[Values]],
        values: Values,
        request: gr.Request,
        old: Sequence[Block],
        saying: str = "notice.looking",
    ) -> Iterator[Values]:
        """`in_steps` with what is said while the models that are looked into are used, or loaded first."""
        ready = False
        with told(request, "Looking for a model") as outcome:
            keys = self._keys(values[self.shown], values[self.ui.model], values[self.ui.compared])
            ready = all(self.models.state_of(key) == "ready" for key in keys)
        if outcome.error:
            yield {self.ui.message: hidden()}
            return
        saying = saying if ready else "notice.loading.model"
        yield from in_steps(steps, self.ui.message, saying, request, "Looking into the network", old)

    def _keys(self, now: Shown, model: str, compared: str) -> list[ModelKey]:
        """The model that is looked into and the one that is compared, if that is another."""
        first = now.model if model == READ else self.models.key(model)
        keys = [first] if compared == NOTHING else [first, self.models.key(compared)]
        return list(dict.fromkeys(keys))

    def _readers(self, keys: Sequence[ModelKey]) -> list[tuple[ModelKey, Reader]]:
        return [(key, whole_reader(self.models, key)) for key in keys]

    def _sides(self, looking: Looking) -> list[tuple[Shown, Reader]]:
        """Every side with its reader."""
        return [(side, whole_reader(self.models, side.model)) for side in looking.sides]

    def _choices(self, readers: Sequence[tuple[ModelKey, Reader]], values: Values) -> Values:
        """Layer and LSTM layer that are chosen, or the last LSTM layer that these networks have."""
        layers = _common_layers(readers)
        lstms = [layer for layer in layers if layer.startswith("lstm")]
        layer, lstm = values[self.ui.layer], values[self.ui.lstm]
        return {
            self.ui.layer: layer if layer in layers else START_LAYER,
            self.ui.lstm: lstm if lstm in lstms else lstms[-1] if lstms else None,
        }

    def _choice_updates(self, readers: Sequence[tuple[ModelKey, Reader]], chosen: Values) -> Values:
        layers = _common_layers(readers)
        lstms = [layer for layer in layers if layer.startswith("lstm")]
        return {
            self.ui.layer: gr.update(choices=layers, value=chosen[self.ui.layer]),
            self.ui.lstm: gr.update(choices=lstms, value=chosen[self.ui.lstm], visible=bool(lstms)),
            self.ui.direction: gr.update(visible=bool(lstms)),
        }

    def _fields(self, values: Values) -> Values:
        from hwr.inspection.effective_field import effective_field
        from hwr.ui.receptive_field.view import field_view

        looking: Looking = values[self.ui.looking]
        options = {"layer": values[self.ui.layer], "times_ink": values[self.ui.ink] == "ink"}
        fields, views = [], []
        for (side, reader), where in zip(self._sides(looking), looking.spots(), strict=True):
            reading = side.whole_reading(looking.line)
            fields.append(effective_field(reader, reading, where, **options))
            marked = character_at(reading, where)
            views.append(field_view(side.lines[looking.line], reading.geometry, fields[-1], marked))
        line = note(spot_line(looking, looking.spot(), fields[0]))
        return {self.ui.spot: line, **_pair(self.ui.fields, views)}

    def _widths(self, values: Values, request: gr.Request) -> Values:
        from hwr.inspection.average_field import AverageField
        from hwr.ui.receptive_field.view import LayerWidths, widths_chart

        looking: Looking = values[self.ui.looking]
        models, line = [], both("field.widths.at.spot")
        for (side, reader), where in zip(self._sides(looking), looking.spots(), strict=True):
            reading = side.whole_reading(looking.line)
            found = measured_widths(reader, reading, where, values[self.ui.widths])
            models.append(LayerWidths.of(found, reading.geometry))
            if isinstance(found, AverageField):
                line = both("field.widths.at.line", frames=found.frames, seed=found.seed)
        pixels = {(model.model, f"{model.pixel():.2f}") for model in models}
        return {
            self.ui.charts: replace(values[self.ui.charts], widths=models),
            self.ui.chart: gr.update(value=widths_chart(models, language_of(request)), visible=True),
            self.ui.widths_note: note(
                line + "".join(both("field.widths.pixel", model=name, n=n) for name, n in sorted(pixels))
            ),
        }

    def _table(self, values: Values, readers: Sequence[Reader] | None = None) -> Values:
        """readers: those that are looked into, where they are not those of the last time."""
        from hwr.inspection.receptive_field import receptive_field

        chosen = values[self.ui.network]
        if chosen in PRESETS:
            return {self.ui.table: preset_table(chosen)}
        if readers is None:
            readers = [reader for _, reader in self._sides(values[self.ui.looking])]
        return {self.ui.table: tables([receptive_field(reader.network, reader.name) for reader in readers])}

    def _gates(self, values: Values) -> Values:
        from hwr.inspection.gates import gate_traces
        from hwr.inspection.separability import line_separability
        from hwr.ui.receptive_field.view import gates_view

        looking: Looking = values[self.ui.looking]
        if values[self.ui.lstm] is None:
            without = [reader.name for _, reader in self._sides(looking) if not reader.network.bilstms]
            return {self.ui.gates_note: note(both("gates.none", model=", ".join(without))), **_pair(self.ui.gates, [])}
        views = []
        for side, reader in self._sides(looking):
            reading = side.whole_reading(looking.line)
            traces = gate_traces(reader, reading, values[self.ui.lstm], values[self.ui.direction])
            views.append(gates_view(side.lines[looking.line], traces, line_separability(reading, traces)))
        return {self.ui.gates_note: "", **_pair(self.ui.gates, views)}


def _common_layers(readers: Sequence[tuple[ModelKey, Reader]]) -> list[str]:
    """The layers that every network has, in the order of the first."""
    from hwr.inspection.receptive_field import layer_names

    first, *others = (layer_names(reader.network) for _, reader in readers)
    return [layer for layer in first if all(layer in layers for layers in others)]


def _pair(components: tuple[gr.HTML, gr.HTML], views: Sequence[dict[str, Any]]) -> Values:
    """One view for each side; a component without one is not shown."""
    padded = [*views, None, None]
    return {
        component: gr.update(value=view, visible=view is not None)
        for component, view in zip(components, padded, strict=False)
    }
