"""Weights that are validated and saved, blended with those of the start."""

import pytest
import torch

from hwr.errors import InputError
from hwr.recognizer.checkpoint import load_checkpoint
from hwr.recognizer.config import PRESETS
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.learn.loop import train
from hwr.training.run.directory import RunDirectory


def trained(path, line_folder, **fields):
    values = {"steps": 4, "batch_size": 4, "warmup": 1, "log_every": 1, "validate_every": 4, "checkpoint_every": 4}
    config = TrainConfig(data=[DataConfig(str(line_folder))], preset="tiny", **{"seed": 7, **values, **fields})
    run = RunDirectory.create(path, config)
    assert train(run).state == "finished"
    return load_checkpoint(run.checkpoints / "last"), run.checkpoints / "last"


@pytest.mark.slow
@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_what_is_saved_lies_between_the_start_and_what_was_learned(
    line_folder, tmp_path, tiny_config, monkeypatch, ema
):
    monkeypatch.setitem(PRESETS, "tiny", tiny_config)
    start, directory = trained(tmp_path / "start", line_folder)
    learned, _ = trained(tmp_path / "learned", line_folder, init=str(directory), seed=8, ema=ema)
    blended, _ = trained(tmp_path / "blended", line_folder, init=str(directory), seed=8, ema=ema, blend=0.25)
    moved = False
    for name, value in blended.network.state_dict().items():
        a, b = start.network.state_dict()[name], learned.network.state_dict()[name]
        expected = a + 0.25 * (b - a) if a.is_floating_point() else b
        torch.testing.assert_close(value, expected)
        moved |= not torch.equal(a, b)
    assert moved


@pytest.mark.slow
def test_characters_that_the_start_lacks_are_saved_as_they_were_learned(
    line_folder, tmp_path, tiny_config, monkeypatch
):
    monkeypatch.setitem(PRESETS, "tiny", tiny_config)
    start, directory = trained(tmp_path / "start", line_folder)
    more = start.charset.characters + "§"
    wider = {"init": str(directory), "seed": 8, "characters": more}
    learned, _ = trained(tmp_path / "learned", line_folder, **wider)
    blended, _ = trained(tmp_path / "blended", line_folder, **wider, blend=0.25)
    ends = [
        [v[-1] for v in c.network.state_dict().values() if v.ndim and len(v) == start.network.classes + 1]
        for c in (learned, blended)
    ]
    assert len(ends[0]) >= 2
    for a, b in zip(*ends, strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize(
    ("fields", "message"), [({"blend": 0.0, "init": "x"}, "above 0 and at most 1"), ({"blend": 0.5}, "name one")]
)
def test_a_share_that_makes_no_sense(fields, message):
    with pytest.raises(InputError, match=message):
        TrainConfig(**fields)
