from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hwr.data.dataset import write_imagefolder
from hwr.errors import InputError
from hwr.inspection.gates import DIRECTIONS, GATES, gate_traces
from hwr.inspection.separability import fisher_ratio, prepared_lines, separability, unit_auc
from hwr.reader import Reader
from hwr.recognizer.checkpoint import Checkpoint
from hwr.recognizer.network import Recognizer


def brute_auc(values, positive) -> float:
    pairs = list(product(values[positive], values[~positive]))
    return sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)


def rank_auc(values, positive) -> float:
    """Mann and Whitney by mean ranks: (R+ - n+(n+ + 1)/2) / (n+ n-)."""
    ranks = np.array([(values < v).sum() + ((values == v).sum() + 1) / 2 for v in values])
    n, rest = positive.sum(), (~positive).sum()
    return (ranks[positive].sum() - n * (n + 1) / 2) / (n * rest)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=25))
def test_auc_is_a_count_of_pairs(frames):
    values = np.array([value for value, _ in frames], dtype=np.float32) / 4
    positive = np.array([is_character for _, is_character in frames])
    if positive.all() or not positive.any():
        return
    columns = torch.from_numpy(np.stack([values, -values, values**3], axis=1))
    found = unit_auc(columns, torch.from_numpy(positive)).tolist()
    expected = brute_auc(values, positive)
    assert found == pytest.approx([expected, 1 - expected, expected])
    assert expected == pytest.approx(rank_auc(values, positive))


def test_fisher_by_hand():
    values = torch.tensor([[1.0, 5.0, 2.0], [3.0, 5.0, 2.0], [6.0, 5.0, 3.0], [8.0, 5.0, 3.0]])
    positive = torch.tensor([False, False, True, True])
    # Means 2 and 7, variances 1 and 1; a unit that never moves; one whose two kinds never vary.
    assert fisher_ratio(values, positive).tolist() == [12.5, 0.0, float("inf")]


@pytest.fixture
def lines(reader, drawn_line):
    return [reader.prepare(drawn_line(text)) for text in ("ab", "a longer line, in truth", "on it")]


@pytest.mark.slow
def test_separability_is_the_auc_over_all_frames(reader, drawn_line, lines):
    """Lines in padded batches against lines one by one: traces from `gate_traces`, pairs counted."""
    found = separability(reader, lines)
    readings = [reader.read(drawn_line(t), lines="single").lines[0] for t in ("ab", "a longer line, in truth", "on it")]
    positive = np.concatenate([r.log_probs.argmax(axis=1) != 0 for r in readings])
    assert (found.character_frames, found.blank_frames) == (positive.sum(), (~positive).sum())
    assert [(g.layer, g.direction, g.gate) for g in found.gates] == list(product(("lstm1", "lstm2"), DIRECTIONS, GATES))
    for gate in found.gates[::5]:
        traces = [gate_traces(reader, r, gate.layer, gate.direction).values[gate.gate] for r in readings]
        values = np.concatenate(traces)
        expected = [brute_auc(values[:, unit], positive) for unit in (0, 7)]
        # Padding moves a value in its last bits, which may swap a pair of near-equal ones.
        assert gate.auc[[0, 7]] == pytest.approx(expected, abs=2e-3)
        a, b = values[positive, 7].astype(float), values[~positive, 7].astype(float)
        assert gate.fisher[7] == pytest.approx((a.mean() - b.mean()) ** 2 / (a.var() + b.var()), rel=1e-3)
    top = found.top(5)
    assert max(g.separation.max() for g in found.gates) == pytest.approx(max(top[0].auc, 1 - top[0].auc))
    assert len(found.to_dict()["gates"][0]["auc"]) == 12
    assert sum(found.to_dict()["gates"][0]["separation"]["histogram"]) == 12


def test_frames_can_be_told_apart_by_the_true_text(reader, lines):
    texts = ["ab", "a longer line, in truth", "on it"]
    found = separability(reader, lines, texts)
    assert "forced alignment" in found.labels
    assert found.character_frames >= sum(len(text) for text in texts)
    assert found.character_frames + found.blank_frames == sum(line.geometry.frames for line in lines)
    left = separability(reader, lines, ["ab", "é", "on it"])
    assert left.lines == 2
    assert left.skipped == ["line 2 has characters outside of the charset: 'é'"]
    assert "too few for its text" in separability(reader, lines, ["ab" * 500, "a", "on"]).skipped[0]


def test_data_sets(reader, line_folder):
    lines, texts, skipped = prepared_lines(reader, line_folder, "val")
    assert (len(lines), len(texts), skipped) == (4, 4, [])
    assert len(prepared_lines(reader, line_folder, None, 7)[0]) == 7
    with pytest.raises(InputError, match="at least 1, not 0"):
        prepared_lines(reader, line_folder, None, 0)
    with pytest.raises(InputError, match="no split 'fold1'"):
        prepared_lines(reader, line_folder, "fold1")


def test_lines_without_ink_are_listed(reader, drawn_line, tmp_path):
    blank = np.full((60, 200), 255, np.uint8)
    write_imagefolder(tmp_path / "d", [(drawn_line("ab"), "ab", {}), (blank, "nothing", {})])
    lines, texts, skipped = prepared_lines(reader, tmp_path / "d")
    assert (len(lines), texts) == (1, ["ab"])
    assert "No ink found" in skipped[0]


def test_bad_input(reader, lines, tiny_config):
    with pytest.raises(InputError, match="needs at least two lines, and 1 can be used; the frames of one line"):
        separability(reader, lines[:1])
    with pytest.raises(
        InputError, match=r"and 1 can be used \(2 left out, the first because line 1 has characters outside"
    ):
        separability(reader, lines, ["é", "é", "on it"])
    network = Recognizer(tiny_config.replace(lstm_layers=0, lstm_hidden=8), reader.charset.classes)
    bare = Reader(Checkpoint(network, reader.charset, name="bare"), device="cpu")
    with pytest.raises(InputError, match="bare has no LSTM layer"):
        separability(bare, lines)
    reader.network.head.bias.data[0] = 1e4
    with pytest.raises(InputError, match="sees only blanks in these 3 lines"):
        separability(reader, lines)
    reader.network.head.bias.data[0] = -1e4
    with pytest.raises(InputError, match="sees only characters in these 3 lines"):
        separability(reader, lines)
