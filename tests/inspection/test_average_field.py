from dataclasses import replace

import numpy as np
import pytest

from hwr.errors import InputError
from hwr.inspection.average_field import LayerAverage, average_field, field_differences
from hwr.inspection.effective_field import Spot, effective_field

TEXTS = ("ab", "on it")


@pytest.fixture
def lines(reader, drawn_line):
    return [reader.prepare(drawn_line(text)) for text in TEXTS]


@pytest.mark.slow
def test_average_is_the_mean_over_its_frames_line_by_line(reader, drawn_line, lines):
    average = average_field(reader, lines, ["columns", "logits"], frames_per_line=10_000)
    assert (average.lines, average.frames) == (2, sum(line.geometry.frames for line in lines))
    means = []
    for text in TEXTS:
        reading = reader.read(drawn_line(text), lines="single").lines[0]
        fields = [effective_field(reader, reading, Spot(t, t)) for t in range(reading.geometry.frames)]
        means.append([np.mean([(*f.widths.network, *f.widths.upload, f.inside) for f in fields], axis=0)])
    network, upload, inside = np.split(np.mean(means, axis=(0, 1)), [3, 6])
    logits = average.layers[1]
    assert logits.theoretical is None
    assert logits.widths.network == pytest.approx(network)
    assert logits.widths.upload == pytest.approx(upload)
    assert logits.inside == pytest.approx(inside[0], abs=1e-4)


def test_the_same_seed_looks_at_the_same_frames(reader, lines):
    some = average_field(reader, lines, ["columns"], frames_per_line=3, seed=1)
    assert some == average_field(reader, lines, ["columns"], frames_per_line=3, seed=1)
    assert some.frames == 6
    other = average_field(reader, lines, ["columns"], frames_per_line=3, seed=2)
    assert some.layers[0].widths != other.layers[0].widths


def test_dead_features_are_counted(reader, drawn_line):
    line = reader.prepare(drawn_line("ab"))
    for parameter in reader.network.stem.parameters():
        parameter.data.fill_(-1)  # no ink can lift a unit over its ReLU
    layer = average_field(reader, [line], ["stem"], frames_per_line=3).layers[0]
    assert layer.dead == 3
    assert layer.widths.network == (0.0, 0.0, 0.0)
    assert layer.to_dict()["interval"] is None


def by_line(*widths):
    """One line a width of 50 %; 90 and 95 % are two and three times as wide, the upload twice as large."""
    return np.array([[w, 2 * w, 3 * w, 2 * w, 4 * w, 6 * w, w / 100] for w in widths])


def test_intervals_by_hand():
    """Of two lines each resample has the mean 10, 15 or 20: the interval goes from line to line."""
    layer = LayerAverage.of("columns", 81, by_line(10, 20), 0)
    assert layer.widths.network == (15.0, 30.0, 45.0)
    assert layer.widths.upload == (30.0, 60.0, 90.0)
    assert layer.inside == pytest.approx(0.15)
    assert [(i.low, i.high) for i in layer.intervals()] == [(10, 20), (20, 40), (30, 60)]
    assert layer.to_dict()["interval"] == {"50": [10, 20], "90": [20, 40], "95": [30, 60]}
    one = LayerAverage.of("columns", 81, np.vstack([by_line(10), np.full((1, 7), np.nan)]), 4)
    assert one.widths.network == (10.0, 20.0, 30.0)  # a line of dead frames has no say
    assert one.intervals() == ()


def average(reader, lines, **layers):
    found = average_field(reader, lines, ["columns"], frames_per_line=1)
    return replace(found, layers=[LayerAverage.of(name, 81, rows, 0) for name, rows in layers.items()])


def test_differences_are_paired_by_line(reader, lines):
    """Lines differ by 90 px, the two networks by 1 to 2: only the latter is in the interval."""
    first = average(reader, lines, columns=by_line(10, 100), lstm1=by_line(10, 100), stem=by_line(1, 1))
    second = average(reader, lines, columns=by_line(11, 102), lstm1=by_line(10, 100), shortcut=by_line(1, 1))
    columns, lstm = field_differences(first, second)
    assert (columns.layer, lstm.layer) == ("columns", "lstm1")  # those that both have
    assert [(i.value, i.low, i.high) for i in columns.widths] == [(3, 2, 4), (6, 4, 8), (9, 6, 12)]
    assert columns.to_dict()["inside_columns"] == [0.015, 0.01, 0.02]
    assert all((i.value, i.low, i.high) == (0, 0, 0) for i in lstm.widths)


def test_bad_input(reader, lines):
    with pytest.raises(InputError, match="no line to average"):
        average_field(reader, [])
    with pytest.raises(InputError, match="no layer 'head' with a time axis"):
        average_field(reader, lines, ["head"])
    both = average_field(reader, lines, ["columns"], frames_per_line=1)
    one = replace(average_field(reader, lines[:1], ["columns"], frames_per_line=1), skipped=["b.png: No ink found"])
    with pytest.raises(InputError, match="same lines .2 and 1.; first left out: b.png: No ink found"):
        field_differences(both, one)
