import base64
import html
import json
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from hwr.errors import InputError
from hwr.inspection.average_field import average_field
from hwr.inspection.effective_field import SHARES, effective_field, fields_by_layer, spot
from hwr.inspection.gates import GATES, SIGNED, gate_traces
from hwr.inspection.receptive_field import receptive_field
from hwr.inspection.separability import line_separability, separability
from hwr.paths import ASSETS
from hwr.reader import Reader
from hwr.recognizer.checkpoint import Checkpoint
from hwr.recognizer.network import Recognizer
from hwr.ui.line.shown import Picked, Shown, shown_from
from hwr.ui.models.menu import NOTHING
from hwr.ui.models.readers import SHIPPED, ModelKey
from hwr.ui.receptive_field.events import LOADED, READ, Drawing, preset_table, tables
from hwr.ui.receptive_field.looking import (
    Charts,
    Looking,
    character_at,
    look_at,
    page_lines,
    read_by,
    spot_line,
    through,
)
from hwr.ui.receptive_field.tab import _components
from hwr.ui.receptive_field.view import (
    LayerWidths,
    axis_of,
    field_table,
    field_view,
    gates_view,
    separability_chart,
    separability_table,
    widths_chart,
)

SENTENCES = ("Frame 4000 is outside of the line", "no layer 'dropout' with a time axis", "needs at least two lines")


@pytest.fixture
def model(wavering_checkpoint):
    return Reader(wavering_checkpoint, device="cpu")


@pytest.fixture
def shown(model, drawn_line, tmp_path):
    path = tmp_path / "line.png"
    Image.fromarray(drawn_line("in an old abc")).save(path)
    now = shown_from(model.read(str(path), lines="single"), str(path))
    assert now.lines[0]["characters"]
    return now


def decoded(coded: str, *shape: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(coded), np.uint8).reshape(shape)


def test_a_reading_comes_back_with_its_pixels(model, shown):
    fresh = model.read(shown.source, lines="single").lines[0]
    kept = shown.whole_reading(0)
    assert np.abs(kept.pixels - fresh.pixels).max() <= 0.5 / 255 + 1e-6
    assert kept.characters == fresh.characters


def test_field_view_stands_on_the_axis_of_the_line(model, shown):
    reading, line = shown.whole_reading(0), shown.lines[0]
    field = effective_field(model, reading, spot(reading), "columns")
    one = field_view(line, reading.geometry, field, 3)
    json.dumps(one)
    assert one["index"] == 3
    # The axis is linear in network pixels: the frames' own lane gives the same places.
    middle_frame = (field.spot.first + field.spot.last) / 2 + 0.5
    assert one["middle"] == pytest.approx(line["frame_x0"] + middle_frame * line["frame_width"], abs=0.1)
    assert axis_of(line, reading.geometry).clipped(field.middle) == one["middle"]
    per_pixel = line["frame_width"] / reading.geometry.stride
    assert one["box"][1] - one["box"][0] <= (field.box.x1 - field.box.x0) * per_pixel + 0.1
    assert [reach["share"] for reach in one["reach"]] == [round(100 * share) for share in SHARES]
    heat = decoded(one["heat"], one["rows"], one["columns"])
    assert heat.max() == 255
    assert not heat[:, : int(field.box.x0)].any()
    assert np.allclose(heat / 255, np.sqrt(field.heat / field.heat.max()), atol=0.01)
    profile = decoded(one["profile"], one["columns"]) / 255 * one["peak"]
    assert profile.sum() == pytest.approx(1, abs=0.05)


def test_gates_view_keeps_the_values(model, shown):
    reading = shown.whole_reading(0)
    traces = gate_traces(model, reading, "lstm2", "backward")
    view = gates_view(shown.lines[0], traces, line_separability(reading, traces))
    json.dumps(view)
    for gate in GATES:
        one, values = view["gates"][gate], traces.values[gate]
        coded = decoded(one["values"], view["units"], view["frames"]).T / 255
        back = one["low"] + (one["high"] - one["low"]) * coded
        assert np.abs(back - values).max() <= (one["high"] - one["low"]) / 510 + 1e-6
        assert (one["low"] < 0) == (gate in SIGNED)
        assert sorted(one["order"]) == list(range(view["units"]))
        sorted_auc = [one["auc"][unit] for unit in one["order"]]
        assert sorted_auc == sorted(sorted_auc, reverse=True)
    blank = decoded(view["blank"], view["frames"])
    assert (blank == 255).tolist() == (reading.log_probs.argmax(axis=1) == 0).tolist()


def test_a_line_of_blanks_has_gates_without_auc(model, shown):
    reading = shown.whole_reading(0)
    log_probs = np.full_like(reading.log_probs, -9.0)
    log_probs[:, 0] = 0.0
    blank = replace(reading, log_probs=log_probs)
    traces = gate_traces(model, blank)
    view = gates_view(shown.lines[0], traces, line_separability(blank, traces))
    assert set(view["gates"]["i"]["auc"]) == {None}
    assert "NaN" not in json.dumps(view)


def test_the_table_shows_the_seeds_numbers():
    table = preset_table("retsinas2022")
    for sees in (7, 23, 25, 89, 93, 221, 237):
        assert f"<b>{sees}</b> px" in table
    assert "8 × (3 − 1) × 8 =</small> 128" in table
    assert "whole line" in table
    assert "行全体" in table
    assert "attention across patches" in preset_table("mobilevit")


def test_equal_networks_share_a_table(model):
    one = receptive_field(model.network, "one")
    assert tables([one]).count("<table") == 1
    assert "one" not in re.findall(r"<h3[^>]*>(.*?)</h3>", tables([one]))
    same = tables([one, replace(one, model="<b>")])
    assert re.findall(r"<h3[^>]*>(.*?)</h3>", same) == ["one, &lt;b&gt;"]
    other = replace(one, model="other", width=[*one.width[1:], one.width[0]])
    assert re.findall(r"<h3[^>]*>(.*?)</h3>", tables([one, other])) == ["one", "other"]


@pytest.mark.slow
def test_charts(model, shown):
    reading = shown.whole_reading(0)
    fields = fields_by_layer(model, reading, spot(reading))
    spot_widths = LayerWidths.of(fields, reading.geometry)
    bars, *marks = widths_chart([spot_widths], "en").data
    assert list(bars.x) == [field.layer for field in fields]
    assert bars.y[-1] == round(reading.geometry.upload_length(reading.geometry.width))  # the logits see the whole line
    assert bars.text[-1].startswith("all")
    for n, mark in enumerate(marks):
        assert list(mark.y) == [field.widths.upload[n] for field in fields]
    average = LayerWidths.of(average_field(model, page_lines(shown), frames_per_line=2), reading.geometry)
    assert widths_chart([average], "ja").data[1].name == "50 % を含む"
    both = widths_chart([spot_widths, replace(average, model="other")], "en").data
    assert [trace.name for trace in both[::4]] == ["could see · tiny", "could see · other"]
    assert {trace.offsetgroup for trace in both[:4]} == {"0"} != {trace.offsetgroup for trace in both[4:]}
    found = separability(model, page_lines(shown) * 2)
    chart = separability_chart([found, found], "en")
    assert len(chart.data) == 2
    assert len(chart.data[0].y) == sum(len(gate.auc) for gate in found.gates)
    assert separability_table(found).count("<tr>") == 11


def test_values_are_escaped(model, shown):
    hostile = replace(receptive_field(model.network), model="<b>")
    assert "<b></b>" not in field_table(hostile)
    characters = [replace(c, text="<") for c in shown.readings[0].characters]
    evil = replace(shown, readings=[replace(shown.readings[0], characters=characters)])
    looking = Looking(evil, character=0)
    reading = shown.whole_reading(0)
    field = effective_field(model, reading, spot(reading), "columns")
    line = spot_line(looking, replace(field.spot, text="<", index=0), field)
    assert "“&lt;”" in line
    assert "“<”" not in line


def test_what_is_looked_at(shown):
    start = Looking(Shown())
    opened = look_at(shown, Picked(), start)
    assert (opened.character, opened.frame) == (-1, -1)
    assert opened.spot().index == len(shown.readings[0].characters) // 2
    picked = look_at(shown, Picked(0, 1, 7), opened)
    assert picked.spot().index == 1
    assert look_at(shown, Picked(0, -1, 7), opened).spot().first == 7
    # What was clicked here stays when the tab is opened again, until something new is picked in Read.
    moved = replace(picked, character=0)
    assert look_at(shown, Picked(0, 1, 7), moved) is moved
    assert look_at(shown, Picked(0, 0, 7), moved).character == 0
    assert look_at(Shown(), Picked(), moved).asked.lines == []


@pytest.fixture
def taller(model, tiny_config):
    """A network that sees the line at twice the height, so that its frames are half as wide on the image."""
    network = Recognizer(tiny_config.replace(height=128), model.charset.classes)
    return Reader(Checkpoint(network.eval(), model.charset, name="tall"), device="cpu")


def test_two_models_look_at_the_same_place(model, shown, taller):
    keys = SHIPPED, ModelKey("tall")
    looking = through([(keys[0], model), (keys[1], taller)], shown, look_at(shown, Picked(0, 1, 7), Looking(Shown())))
    first, second = looking.sides
    assert first is shown
    assert (second.readings[0].model, second.readings[0].geometry.height, second.number) == ("tall", 128, shown.number)
    here, there = looking.spots()
    assert here == looking.spot() == spot(shown.whole_reading(0), 1)
    assert (there.text, there.index) == (here.text, here.index)
    middles = [
        side.readings[0].geometry.middle_in_upload(where.first)[0]
        for side, where in zip(looking.sides, (here, there), strict=True)
    ]
    assert middles[0] == pytest.approx(middles[1], abs=0.51 * first.readings[0].geometry.frame_span(0, 0)[1])
    # What a model has read is kept, also when something else is picked in Read; a new image is read anew.
    again = look_at(shown, Picked(0, 0, 3), looking)
    assert through([(keys[1], cast(Any, None))], shown, again).sides[0] is second
    other = replace(shown, number=shown.number + 1)
    assert look_at(other, Picked(), looking).sides == ()


def test_the_other_models_own_character_is_marked(shown):
    reading = shown.whole_reading(0)
    where = spot(reading, 2)
    assert character_at(reading, where) == 2
    assert character_at(reading, replace(where, index=0)) == 2  # another model counts other characters before it
    assert character_at(reading, replace(where, text="")) == -1
    assert character_at(replace(reading, characters=[]), where) == -1


def test_a_model_that_finds_other_lines_is_refused(model, shown, taller, monkeypatch):
    monkeypatch.setattr(
        "hwr.ui.receptive_field.looking.read_by", lambda reader, key, now: replace(now, lines=[], model=key)
    )
    with pytest.raises(InputError, match="tall finds 0 lines on this image, not 1"):
        through([(ModelKey("tall"), taller)], shown, Looking(shown))


def test_a_reading_kept_by_another_model_is_read_anew(model, shown):
    assert read_by(model, SHIPPED, replace(shown, precomputed=True)).readings == shown.readings
    other = [replace(reading, model="another") for reading in shown.readings]
    fresh = read_by(model, SHIPPED, replace(shown, precomputed=True, readings=other))
    assert [reading.model for reading in fresh.readings] == ["tiny"]
    assert fresh.number == shown.number


# --- the events of the tab, asked without a browser


class Known:
    """`Models` with readers at hand."""

    def __init__(self, **readers):
        self.readers = readers

    def key(self, id):
        return ModelKey(id)

    def get(self, key):
        return self.readers[key.id]

    def state_of(self, key):
        return "ready"


def drawing(tab, **readers) -> Any:
    known: Any = Known(**readers)
    return Drawing(known, ASSETS, *tab)


@pytest.fixture
def tab():
    import gradio as gr

    with gr.Blocks():
        return _components(Shown()), gr.State(), gr.State()


def asked(tab, shown, picked=Picked(0, 1, 7), **chosen):  # noqa: B008 (frozen)
    ui, shown_state, picked_state = tab
    start = {"model": READ, "compared": NOTHING, "layer": "columns", "ink": "gradient", "widths": "spot"}
    start |= {"lstm": None, "direction": "forward", "network": LOADED, "lines": "page", "looking": Looking(Shown())}
    start |= {"charts": Charts()}
    values = {getattr(ui, name): value for name, value in (start | chosen).items()}
    return {**values, shown_state: shown, picked_state: picked}


def events(tab, steps) -> dict[str, Any]:
    """All that one event writes, by name; of `gr.update` its value."""
    ui, written = tab[0], {}
    for step in steps:
        written |= step
    plain = {c: (u.get("value") if isinstance(u, dict) and "__type__" in u else u) for c, u in written.items()}
    by_name = {name: plain.get(c) for name, c in vars(ui).items() if not isinstance(c, tuple)}
    return by_name | {name: [plain.get(c) for c in getattr(ui, name)] for name in ("fields", "gates")}


@pytest.fixture
def request_en():
    return SimpleNamespace(headers={}, cookies={})


@pytest.mark.slow
def test_two_models_are_drawn_side_by_side(tab, model, shown, taller, request_en):
    draw = drawing(tab, default=model, tall=taller)
    drawn = events(tab, draw.opened(asked(tab, shown, compared="tall"), request_en))
    assert [view["model"] for view in drawn["fields"]] == ["tiny", "tall"]
    assert [view["model"] for view in drawn["gates"]] == ["tiny", "tall"]
    assert len(drawn["chart"].data) == 8
    assert drawn["table"].count("<table") == 1  # equal tables
    # A click on the second line moves the place on both.
    click = SimpleNamespace(_data={"index": -1, "frame": 9})
    values = asked(tab, shown, compared="tall", looking=drawn["looking"], lstm="lstm2")
    moved = events(tab, draw.moved_compared(values, click, request_en))
    assert moved["looking"].spots()[1].first == moved["fields"][1]["frame"] == 9
    assert moved["fields"][0]["frame"] in (4, 5, 6)
    alone = events(tab, draw.opened(asked(tab, shown, compared="default", looking=moved["looking"]), request_en))
    assert alone["fields"][1] is alone["gates"][1] is None  # a model is not compared with itself


@pytest.mark.slow
def test_charts_change_their_words_without_another_measurement(tab, model, shown, request_en, monkeypatch):
    draw = drawing(tab, default=model)
    drawn = events(tab, draw.opened(asked(tab, shown), request_en))
    assert drawn["chart"].layout.yaxis.title.text == "pixels of the image"
    assert re.search(r"One pixel of tiny is \d+\.\d\d px", drawn["widths_note"])
    monkeypatch.setattr(draw.models, "get", None)  # nothing is asked of a model
    ja = SimpleNamespace(headers={}, cookies={"hwr_language": "ja"})
    assert draw.in_words(drawn["charts"], ja)[tab[0].chart].layout.yaxis.title.text == "画像のピクセル"
    assert all("value" not in update for update in draw.in_words(Charts(), ja).values())


def test_a_model_without_lstm_says_so(tab, model, shown, tiny_config, request_en, monkeypatch):
    network = Recognizer(tiny_config.replace(lstm_layers=0, lstm_hidden=8), model.charset.classes)
    bare = Reader(Checkpoint(network.eval(), model.charset, name="<bare>"), device="cpu")
    draw = drawing(tab, default=model, bare=bare)
    drawn = events(tab, draw.opened(asked(tab, shown, model="bare"), request_en))
    assert "&lt;bare&gt; has no LSTM layer" in drawn["gates_note"]
    assert drawn["gates"] == [None, None]
    assert drawn["fields"][0]["layer"] == "columns"
    warnings = []
    monkeypatch.setattr("gradio.Warning", warnings.append)
    list(draw.separability(asked(tab, shown, model="bare", looking=drawn["looking"]), request_en))
    assert warnings == ["&lt;bare&gt; has no LSTM layer, so there are no gates to show."]


def test_bad_input_is_one_notice(tab, model, shown, request_en, monkeypatch):
    draw = drawing(tab, default=model)
    looking = events(tab, draw.opened(asked(tab, shown), request_en))["looking"]
    warnings = []
    monkeypatch.setattr("gradio.Warning", warnings.append)
    steps = [
        draw.moved(asked(tab, shown, looking=looking), SimpleNamespace(_data={"frame": 4000}), request_en),
        draw.field_again(asked(tab, shown, looking=looking, layer="dropout"), request_en),
        draw.separability(asked(tab, shown, looking=looking), request_en),
    ]
    for step in steps:
        *_, last = step
        assert last[tab[0].message]["visible"] is False
    said = [html.unescape(warning) for warning in warnings]
    assert len(said) == len(SENTENCES)
    assert all(sentence in warning for sentence, warning in zip(SENTENCES, said, strict=True)), said
