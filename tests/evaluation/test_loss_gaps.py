import json

import numpy as np
import pytest
import torch

from hwr.cli import main
from hwr.data.dataset import read_imagefolder, write_imagefolder
from hwr.errors import InputError
from hwr.evaluation.bootstrap import bootstrap_mean, bootstrap_rate
from hwr.evaluation.loss_gaps import loss_gaps
from hwr.language.causal_lm import FrozenLM
from hwr.language.config import ConnectorConfig
from hwr.language.connector import Connectors, build_connector, feature_size
from hwr.reader import Reader
from hwr.recognizer.charset import normalize_text
from hwr.recognizer.checkpoint import save_checkpoint


@pytest.fixture(scope="module")
def lm(tiny):
    return FrozenLM.load(tiny("gpt2", eos_token="<e>"))


def connectors_of(checkpoint, lm, *configs: ConnectorConfig, objective: str = "surrogate") -> Connectors:
    torch.manual_seed(0)
    modules = {c.tap: build_connector(c, feature_size(checkpoint.network, c.tap), 32).eval() for c in configs}
    return Connectors.of(modules, lm, None, {"objective": objective})


QFORMER = ConnectorConfig("qformer", "lstm1", queries=5, width=16)


@pytest.mark.slow
def test_the_table_equals_a_reading_line_by_line(tiny_checkpoint, line_folder, lm):
    """Reference and connector losses of a qformer with 5 positions, spelled out with the model itself."""
    connectors, reader = connectors_of(tiny_checkpoint, lm, QFORMER), Reader(tiny_checkpoint)
    (table,) = loss_gaps(reader, connectors, lm, line_folder, "val")
    assert len(table.lines) == 4
    assert table.gain_left_out == 0
    for line, record in zip(table.lines, read_imagefolder(line_folder, "val").records, strict=True):
        (ids,) = lm.token_ids([normalize_text(record.text)])
        k = min(len(ids), 5)
        pixels = torch.from_numpy(reader.prepare(record.grey()).pixels)[None]
        with torch.no_grad():
            features = tiny_checkpoint.network(pixels, taps=("lstm1",)).taps["lstm1"]
            e, _ = connectors.modules["lstm1"](features, torch.tensor([features.shape[1]]))
            text = lm.model(torch.tensor([ids])).logits[0].log_softmax(-1)
            image = lm.model(inputs_embeds=e).logits[0].log_softmax(-1)
            squeezed = torch.nn.functional.adaptive_avg_pool1d(e.transpose(1, 2), len(ids)).transpose(1, 2)
            small = lm.model(inputs_embeds=squeezed).logits[0].log_softmax(-1)
            table_of_tokens = lm.model.get_input_embeddings()(torch.tensor([ids]))
            given = lm.model(inputs_embeds=torch.cat([e, table_of_tokens], 1)).logits[0].log_softmax(-1)
        wanted = [*ids[1:], lm.end_id][:k]
        for log_probs, value in ((text, line.reference), (image, line.connector), (small, line.downsampled)):
            assert value == pytest.approx(-log_probs[range(k), wanted].mean().item(), abs=1e-3)
        inner = range(min(k, len(ids) - 1))  # all but the end
        apart = (text[inner, wanted[: len(inner)]] - image[inner, wanted[: len(inner)]]).mean().item()
        assert line.inside == (pytest.approx(apart, abs=1e-3) if inner else None)
        gain = given[range(4, 4 + len(ids)), ids].sum().item() - lm.score_ids([ids])[0]
        assert line.gain == pytest.approx(gain / len(ids), abs=1e-3)
        assert (line.tokens, line.cut) == (len(ids), len(ids) - k)
    assert table.cut_off == sum(x.cut for x in table.lines) / sum(x.tokens for x in table.lines) > 0
    assert table.connector_reference is not None
    assert table.lm_gain is not None
    assert table.connector_reference.value == pytest.approx(table.connector.value - table.reference.value)
    assert table.connector_downsampled.value == pytest.approx(table.connector.value - table.downsampled.value)


@pytest.mark.parametrize("kind", ["aligned", "downsample"])
def test_a_connector_of_n_positions_is_its_own_downsampling(tiny_checkpoint, short_lines, lm, kind):
    connectors = connectors_of(tiny_checkpoint, lm, ConnectorConfig(kind, "columns"), objective="prefix")
    (table,) = loss_gaps(Reader(tiny_checkpoint), connectors, lm, short_lines)
    assert table.cut_off == 0
    assert [x.connector for x in table.lines] == pytest.approx([x.downsampled for x in table.lines], abs=1e-4)
    # with the objective `prefix` the reference is log P(y) itself, and the gain the gap turned round
    assert table.connector_reference is not None
    assert table.lm_gain is not None
    assert table.connector_reference.value == pytest.approx(-table.lm_gain.value, abs=1e-3)


def test_more_positions_than_the_model_reads_leave_the_gain_out(tiny_checkpoint, short_lines, lm):
    connectors = connectors_of(tiny_checkpoint, lm, ConnectorConfig("linear_gelu_ln", "columns"))
    (table,) = loss_gaps(Reader(tiny_checkpoint), connectors, lm, short_lines)
    assert table.cut_off == 0
    assert [line.gain is None for line in table.lines] == [True, False]
    assert table.gain_left_out == 1
    assert table.connector_downsampled.value != 0


@pytest.fixture
def short_lines(tmp_path, drawn_line):
    texts = ["that fat cat", "a hat"]
    write_imagefolder(tmp_path / "short", ((drawn_line(text), text, {}) for text in texts))
    return tmp_path / "short"


def test_lines_that_cannot_be_measured_are_listed(tiny_checkpoint, lm, tmp_path, drawn_line):
    blank = np.full((40, 200), 255, np.uint8)
    lines = [(drawn_line("abc"), "abc"), (drawn_line("a"), "abc " * 40), (blank, "abc")]
    write_imagefolder(tmp_path / "set", ((grey, text, {"split": "val"}) for grey, text in lines))
    connectors, reader = connectors_of(tiny_checkpoint, lm, QFORMER), Reader(tiny_checkpoint)
    (table,) = loss_gaps(reader, connectors, lm, tmp_path / "set")
    assert len(table.lines) == 1
    assert len(table.skipped) == 2
    assert any("at most" in s.reason or "does not fit" in s.reason for s in table.skipped)
    write_imagefolder(tmp_path / "none", ((grey, text, {"split": "val"}) for grey, text in lines[1:]))
    with pytest.raises(InputError, match="no line to measure losses on in none; the first was left out because"):
        loss_gaps(reader, connectors, lm, tmp_path / "none")


@pytest.mark.slow
def test_the_command_prints_the_table(tiny_checkpoint, lm, line_folder, tmp_path, capsys):
    connectors = connectors_of(tiny_checkpoint, lm, QFORMER)
    save_checkpoint(tiny_checkpoint, tmp_path / "model", beside=connectors.save)
    call = ["losses", "--model", str(tmp_path / "model"), "--data", str(line_folder), "--split", "val"]
    assert main([*call, "--json"]) == 0
    (table,) = json.loads(capsys.readouterr().out)
    assert table["total_samples"] == 4
    assert table["protocol"]["command"] == "python -m hwr losses --model model --data lines --split val --json"
    names = ("connector_reference", "downsampled_reference", "connector_downsampled", "connector_reference_inside")
    assert set(table["gaps"]) == set(names)
    low, value, high = (table["losses"]["connector"][k] for k in ("low", "value", "high"))
    assert low <= value <= high
    assert main(call) == 0
    out = capsys.readouterr().out
    assert "Total samples: 4" in out
    assert f"{value:.4f}" in out
    save_checkpoint(tiny_checkpoint, tmp_path / "plain")
    assert main([*call[:2], str(tmp_path / "plain"), *call[3:]]) == 2
    assert "has no connectors" in capsys.readouterr().err


def test_another_model_is_refused(tiny_checkpoint, lm, tiny, line_folder):
    connectors = connectors_of(tiny_checkpoint, lm, QFORMER)
    with pytest.raises(InputError, match="has another; choose the language model"):
        loss_gaps(Reader(tiny_checkpoint), connectors, FrozenLM.load(tiny("gpt2", eos_token="<x>")), line_folder)


def test_the_bootstrap_of_a_mean():
    values = [0.5, 2.0, 3.5, 1.0, 0.0]
    mean = bootstrap_mean(values, seed=3)
    whole = bootstrap_rate([5, 20, 35, 10, 0], [10] * 5, seed=3)  # the same draws, as a rate
    assert (mean.value, mean.low, mean.high) == pytest.approx((whole.value, whole.low, whole.high))
    with pytest.raises(InputError, match="no lines"):
        bootstrap_mean([])
