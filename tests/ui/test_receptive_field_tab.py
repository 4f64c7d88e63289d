import base64
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from hwr.inspection.effective_field import SHARES, average_field, effective_field, fields_by_layer, spot
from hwr.inspection.gates import GATES, SIGNED, gate_traces
from hwr.inspection.receptive_field import receptive_field
from hwr.inspection.separability import line_separability, separability
from hwr.ui.field_view import (
    axis_x,
    field_table,
    field_view,
    gates_view,
    separability_chart,
    separability_table,
    widths_chart,
)
from hwr.ui.looking import Looking, look_at, page_lines, read_by, spot_line
from hwr.ui.receptive_field_tab import preset_table
from hwr.ui.shown import Picked, Shown, shown_from


@pytest.fixture
def model(wavering_checkpoint):
    from hwr.reader import Reader

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
    view = field_view(line, reading.geometry, [field])
    json.dumps(view)
    (one,) = view["fields"]
    # The axis is linear in network pixels: the frames' own lane gives the same places.
    middle_frame = (field.spot.first + field.spot.last) / 2 + 0.5
    assert one["middle"] == pytest.approx(line["frame_x0"] + middle_frame * line["frame_width"], abs=0.1)
    assert axis_x(line, reading.geometry, field.middle) == one["middle"]
    per_pixel = line["frame_width"] / reading.geometry.stride
    assert one["box"][1] - one["box"][0] <= (field.box.x1 - field.box.x0) * per_pixel + 0.1
    assert [reach["share"] for reach in one["reach"]] == [round(100 * share) for share in SHARES]
    heat = decoded(one["heat"], view["rows"], view["columns"])
    assert heat.max() == 255
    assert not heat[:, : int(field.box.x0)].any()
    assert np.allclose(heat / 255, np.sqrt(field.heat / field.heat.max()), atol=0.01)
    profile = decoded(one["profile"], view["columns"]) / 255 * one["peak"]
    assert profile.sum() == pytest.approx(1, abs=0.05)
    # Several models share one view.
    assert len(field_view(line, reading.geometry, [field, field])["fields"]) == 2


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


def test_charts(model, shown):
    reading = shown.whole_reading(0)
    fields = fields_by_layer(model, reading, spot(reading))
    figure = widths_chart(fields, reading.geometry.width, "en")
    bars, *marks = figure.data
    assert list(bars.x) == [field.layer for field in fields]
    assert bars.y[-1] == reading.geometry.width  # the logits could see the whole line
    for n, mark in enumerate(marks):
        assert list(mark.y) == [field.widths.network[n] for field in fields]
    average = average_field(model, page_lines(model, shown), frames_per_line=2)
    assert widths_chart(average, reading.geometry.width, "ja").data[1].name == "50 % を含む"
    lines = page_lines(model, shown)
    found = separability(model, lines * 2)
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
    assert look_at(Shown(), Picked(), moved).shown.lines == []


def test_a_reading_kept_by_another_model_is_read_anew(model, shown):
    assert read_by(model, replace(shown, precomputed=True)).readings == shown.readings
    other = [replace(reading, model="another") for reading in shown.readings]
    fresh = read_by(model, replace(shown, precomputed=True, readings=other))
    assert [reading.model for reading in fresh.readings] == ["tiny"]
    assert fresh.number == shown.number
