"""A connector in one file: a class with a kind, which is then configured, trained, saved, loaded and offered by its name."""

import json

import pytest
import torch

from hwr.checked import choices_of
from hwr.errors import InputError
from hwr.evaluation.loss_gaps import loss_gaps
from hwr.language.causal_lm import FrozenLM
from hwr.language.config import KINDS, ConnectorConfig
from hwr.language.connector import Connector, build_connector, load_connectors, needs_alignment
from hwr.reader import Reader
from hwr.recognizer.checkpoint import load_checkpoint
from hwr.recognizer.config import PRESETS
from hwr.training.config import TrainConfig
from hwr.training.learn.loop import train
from hwr.training.run.directory import RunDirectory
from hwr.ui.fine_tune.form import form_fields, from_form, to_form
from hwr.ui.fine_tune.start_components import start_components


@pytest.fixture
def mean():
    """`mean`: the whole line as one position; it asks for an alignment to see that it gets one."""

    class MeanConnector(Connector):
        kind = "mean"
        needs_alignment = True

        def __init__(self, config, features, hidden_size):
            super().__init__(config, features, hidden_size)
            self.linear = torch.nn.Linear(features, hidden_size)

        def embed(self, features, lengths, tokens):
            assert tokens is not None
            assert tokens.first is not None, "the kind asks for an alignment"
            return self.linear(features.mean(dim=1, keepdim=True)), torch.ones_like(lengths)

    yield MeanConnector
    del Connector.kinds["mean"]
    KINDS.remove("mean")


@pytest.mark.slow
def test_a_class_with_a_kind_is_a_connector_everywhere(mean, line_folder, tmp_path, tiny_config, tiny, monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", tiny_config)
    values = {
        "data": [{"path": str(line_folder)}],
        "preset": "tiny",
        "steps": 2,
        "batch_size": 2,
        "warmup": 0,
        "connectors": [{"kind": "mean", "tap": "columns"}],
        "lm_share": 1.0,
        "language_model": str(tiny("gpt2", eos_token="<e>")),
    }
    run = RunDirectory.create(tmp_path / "run", TrainConfig.from_dict(values))
    assert train(run).state == "finished"

    reader = Reader(load_checkpoint(run.checkpoints / "last"))
    connectors = load_connectors(run.checkpoints / "last", reader.checkpoint.network)
    assert type(connectors.modules["columns"]) is mean
    assert needs_alignment(connectors.modules.values())
    (table,) = loss_gaps(reader, connectors, FrozenLM.load(values["language_model"]), line_folder, "val")
    assert (table.kind, table.tap) == ("mean", "columns")
    assert table.cut_off > 0.5, "one position stands for a line of many tokens"


def test_a_checkpoint_of_a_kind_that_is_not_here_says_so(tiny_checkpoint, tmp_path):
    index = {"format": 1, "connectors": [{"kind": "mean", "tap": "columns", "features": 16, "hidden_size": 32}]}
    (tmp_path / "connectors.json").write_text(json.dumps(index))
    with pytest.raises(
        InputError, match=r"connectors\.json lists a connector .*: kind must be one of linear, .*, not 'mean'"
    ):
        load_connectors(tmp_path, tiny_checkpoint.network)


def test_menus_forms_and_the_command_line_offer_it(mean):
    import gradio as gr

    assert "mean" in (choices_of(ConnectorConfig, "kind") or ())
    assert ConnectorConfig.parse("mean:lstm1:0.5") == ConnectorConfig("mean", "lstm1", 0.5)
    form_fields.cache_clear()
    assert "mean" in form_fields(ConnectorConfig)["kind"].choices
    form_fields.cache_clear()
    assert from_form(to_form(TrainConfig()) | {"connectors": "{kind: mean}"}).connectors == [ConnectorConfig("mean")]
    with gr.Blocks():
        assert ("mean", "mean") in start_components().connector.kind.choices


def test_a_kind_that_nobody_gives_is_an_error():
    assert set(Connector.kinds) == set(KINDS), "the names that menus know without torch are those of the classes"
    with pytest.raises(InputError, match="kind must be one of linear, .*, not 'mean'"):
        ConnectorConfig("mean")


def test_the_six_kinds_keep_the_tensors_of_older_checkpoints():
    shapes = {kind: sorted(build_connector(ConnectorConfig(kind), 6, 8).state_dict()) for kind in KINDS[:5]}
    assert shapes["linear"] == ["layers.0.bias", "layers.0.weight", "scale"]
    assert shapes["linear_ln"] == ["layers.0.bias", "layers.0.weight", "layers.1.bias", "layers.1.weight", "scale"]
    assert shapes["linear_gelu_ln"] == shapes["linear_ln"]
    assert shapes["downsample"] == ["linear.bias", "linear.weight", "scale"]
