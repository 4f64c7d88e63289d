"""What a run saves and puts back; that it then goes on as if never stopped is in `test_loop.py`."""

import dataclasses

import pytest
import torch

from hwr.errors import InputError
from hwr.recognizer.checkpoint import load_checkpoint
from hwr.recognizer.config import PRESETS
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.learn.loop import Trainer
from hwr.training.run.directory import RunDirectory, Status
from hwr.training.run.state import random_states, read_state


@pytest.fixture
def trainer(line_folder, tmp_path, tiny_config, monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", tiny_config)
    config = TrainConfig([DataConfig(str(line_folder))], preset="tiny", batch_size=3, ema=0.9, seed=7)
    return Trainer(RunDirectory.create(tmp_path / "run", config), None)


def test_a_run_that_was_never_saved_begins_and_forgets_what_a_crash_left(trainer):
    trainer.run.append("metrics", {"step": 5, "loss": 1.0})
    status = Status(steps=9)
    trainer.saving.resume(status)
    assert status.step == 0
    assert trainer.run.rows("metrics") == []


def test_weights_averages_position_and_random_state_come_back(trainer):
    parameter = next(trainer.network.parameters())
    saved, averaged = parameter.detach().clone(), trainer.learner.averages["average"].weights
    trainer.saving.save(trainer.network, random_states(), Status(steps=9, step=4, best_cer=0.25, best_step=3))
    drawn = torch.rand(3)
    with torch.no_grad():
        parameter += 1
    status = Status(steps=9)
    trainer.saving.resume(status)
    assert (status.step, status.best_cer, status.best_step) == (4, 0.25, 3)
    assert torch.equal(parameter, saved)
    assert torch.equal(torch.rand(3), drawn), "the random numbers go on from where it was saved"
    found = read_state(trainer.run.checkpoints)
    assert found is not None
    assert {f"average.{name}" for name in averaged} <= set(found[0])


def test_a_checkpoint_tells_how_it_was_trained(trainer):
    trainer.saving.write(trainer.network, "step-000004", Status(steps=9, step=4, seconds_trained=1800.0, best_cer=0.25))
    info = load_checkpoint(trainer.run.checkpoints / "step-000004").info
    assert info["training"] == {"steps": 4, "lines": 12, "hours": 0.5, "seed": 7, "init": "fresh weights"}
    assert info["validation"]["mean_cer"] == 0.25


def test_a_checkpoint_tells_what_share_is_new_and_how_many_processes_learned_it(trainer, monkeypatch):
    monkeypatch.setattr(type(trainer.saving.accelerator), "num_processes", property(lambda _: 2))
    trainer.saving.config = dataclasses.replace(trainer.saving.config, init="start", blend=0.7)
    trainer.saving.write(trainer.network, "step-000004", Status(steps=9, step=4))
    told = load_checkpoint(trainer.run.checkpoints / "step-000004").info["training"]
    assert (told["blend"], told["processes"]) == (0.7, 2)


def test_the_state_of_another_network_is_refused(trainer, monkeypatch):
    trainer.save()
    monkeypatch.setattr(trainer.saving, "load", lambda tensors: tensors["network.nothing"])
    with pytest.raises(InputError, match="does not fit its configuration"):
        trainer.saving.resume(Status(steps=9))
