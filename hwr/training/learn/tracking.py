"""The curves of a run in another program, too: any tracker that Hugging Face Accelerate knows, if its package is there."""

from __future__ import annotations

from typing import Any

from accelerate import Accelerator
from accelerate.tracking import get_available_trackers

from hwr.errors import InputError
from hwr.training.config import NO_TRACKER, TrainConfig
from hwr.training.run.directory import RunDirectory

PROJECT = "hwr"
FOLDER = "trackers"  # of the run directory; what keeps files keeps them there
_NAMED = ("trackio", "wandb", "swanlab")  # whose runs take a name


def tracker_options(config: TrainConfig, run: RunDirectory) -> dict[str, Any]:
    """What `Accelerator` is told. Raises InputError when the tracker's package is not installed."""
    if config.log_with == NO_TRACKER:
        return {}
    if config.log_with not in [str(name) for name in get_available_trackers()]:
        package = config.log_with.replace("_", "-")
        raise InputError("training.no_tracker", name=config.log_with, package=package)
    return {"log_with": config.log_with, "project_dir": str(run.path / FOLDER)}


def start_tracker(accelerator: Accelerator, config: TrainConfig, run: RunDirectory) -> None:
    """Begin to track, with the run's configuration as plain values. Does nothing where no tracker was asked for."""
    if config.log_with == NO_TRACKER:
        return
    values = {name: value for name, value in config.to_dict().items() if isinstance(value, (bool, int, float, str))}
    named = {config.log_with: {"name": run.title}} if config.log_with in _NAMED else {}
    accelerator.init_trackers(PROJECT, config=values, init_kwargs=named)
