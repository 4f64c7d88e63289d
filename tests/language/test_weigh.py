"""What a language model's config promises and its weight files do not hold is refused before any memory is taken."""

from __future__ import annotations

import json
import os
import resource
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from hwr.errors import InputError
from hwr.language import weigh as weighing
from hwr.language.causal_lm import FrozenLM
from hwr.language.n_best import _loading, language_model
from hwr.language.weigh import weigh


@pytest.fixture(params=["gpt2", "llama", "bloom"])
def model(request, tiny, tmp_path) -> Path:
    shutil.copytree(tiny(request.param, eos_token="<e>"), tmp_path / "model")
    return tmp_path / "model"


def change(model: Path, **fields) -> None:
    path = model / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_a_whole_model_passes(model):
    weigh("mine", model)
    assert FrozenLM.load(model).layers == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        {"hidden_size": 8192, "n_embd": 8192},
        {"vocab_size": 10**9},
        {"num_hidden_layers": 10**7, "n_layer": 10**7},
        {"num_hidden_layers": 30, "n_layer": 30},
        {"hidden_size": 2**62, "n_embd": 2**62},
        {"hidden_size": "wide", "n_embd": "wide"},
        {"vocab_size": -5},
        {"extra": {"num_experts": 10**8}},
    ],
    ids=lambda fields: next(iter(fields)) + str(next(iter(fields.values())))[:9],
)
def test_a_config_that_asks_for_more_than_the_file_holds(model, fields):
    change(model, **fields)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(InputError) as caught:
        FrozenLM.load(model)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300 * 1024  # KiB
    assert "\n" not in str(caught.value)


def test_missing_weights_are_not_made_up(model):
    state = load_file(model / "model.safetensors")
    first, second = [key for key, value in state.items() if value.ndim == 2][:2]
    state["padding"] = torch.zeros(state[second].numel())
    del state[second]
    save_file(state, model / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"weight files of .* lack .* which would be chance"):
        FrozenLM.load(model)
    assert first in state


def test_a_model_without_weights_or_with_damaged_ones(model):
    (model / "model.safetensors").write_bytes(b"\x08" + bytes(7) + b"{}      ")
    with pytest.raises(InputError, match="hold 0|has no weights"):
        weigh("mine", model)
    (model / "model.safetensors").write_bytes(b"no weights at all")
    with pytest.raises(InputError, match="is damaged"):
        weigh("mine", model)
    (model / "model.safetensors").unlink()
    with pytest.raises(InputError, match="has no weights"):
        weigh("mine", model)


def test_weights_that_are_no_numbers(model):
    state = {key: torch.full_like(value, float("nan")) for key, value in load_file(model / "model.safetensors").items()}
    save_file(state, model / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(InputError, match="are damaged: what it says is no number"):
        FrozenLM.load(model)


def test_a_model_that_the_memory_does_not_hold(model, monkeypatch):
    monkeypatch.setattr(weighing, "main_memory", lambda: (1000, 10**9))
    with pytest.raises(InputError, match="GiB are free; choose a smaller model"):
        weigh("mine", model)


def test_only_regular_files_are_read(model):
    (model / "config.json").unlink()
    os.mkfifo(model / "config.json")
    with pytest.raises(InputError, match="no config.json|no regular file"):
        FrozenLM.load(model)


def test_a_name_is_bounded_before_it_is_kept():
    before = len(_loading)
    with pytest.raises(InputError, match="A name of 8000000 characters"):
        language_model("x" * 8_000_000)
    assert len(_loading) == before
