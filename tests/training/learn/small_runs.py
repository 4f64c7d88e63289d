"""Runs of a tiny network over a few drawn lines, with connectors or without, and the steps of one."""

import torch
from safetensors.torch import load_file

from hwr.language.config import ConnectorConfig
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.learn.loop import Trainer
from hwr.training.learn.sums import Step
from hwr.training.learn.teaching import Teaching
from hwr.training.run.directory import RunDirectory
from hwr.training.run.state import read_state


def config(folder, **changes) -> TrainConfig:
    values = {"steps": 12, "batch_size": 4, "warmup": 2, "log_every": 1, "validate_every": 6, "checkpoint_every": 5}
    return TrainConfig(data=[DataConfig(str(folder))], preset="tiny", ema=0.9, seed=7, **{**values, **changes})


def weights(run: RunDirectory) -> dict[str, torch.Tensor]:
    return load_file(run.checkpoints / "state" / "state.safetensors")


def taught(folder, lm: str, **changes) -> TrainConfig:
    """A run with a qformer and an aligned connector at two taps, all losses on, half of each batch read."""
    qformer = ConnectorConfig("qformer", "lstm2", queries=8, width=16, heads=2)
    values = {"connectors": [qformer, ConnectorConfig("aligned", "columns", 0.5)], "language_model": lm}
    values |= {"kl_weight": 0.1, "lm_share": 0.5, "steps": 6, "connector_warmup": 2}
    return config(folder, **{**values, **changes})


def trainer_of(configuration: TrainConfig, directory) -> Trainer:
    return Trainer(RunDirectory.create(directory, configuration), None)


def teaching_of(trainer: Trainer) -> Teaching:
    assert trainer.learner.teaching is not None
    return trainer.learner.teaching


def losses_of(step: Step) -> dict[str, float]:
    assert step.numbers is not None
    return step.numbers


def saved_step(run: RunDirectory) -> int:
    """The step from which the run would go on."""
    found = read_state(run.checkpoints)
    assert found is not None
    return found[1].step


def take_steps(trainer: Trainer, steps: int, same_batch: bool = False) -> list[dict[str, float]]:
    """The next steps' losses, of batches in turn or of the first one again and again."""
    stream, rows = trainer._stream(trainer.status.step), []
    batch, again = next(stream)
    for _ in range(steps):
        rows.append(losses_of(trainer.learner.step(batch, again)))
        trainer.status.step += 1
        batch, again = (batch, again) if same_batch else next(stream)
    return rows
