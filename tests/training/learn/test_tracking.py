"""Curves in another program: what a tracker is told is what the run directory has."""

from typing import ClassVar

import pytest
from accelerate.tracking import LOGGER_TYPE_TO_CLASS, GeneralTracker
from accelerate.utils import LoggerType

from hwr.errors import InputError
from hwr.training.config import NO_TRACKER, TRACKERS, DataConfig, TrainConfig
from hwr.training.learn.loop import train
from hwr.training.run.directory import RunDirectory


class FakeTracker(GeneralTracker):
    """Keeps what it is told, in place of trackio."""

    name = "trackio"
    requires_logging_directory = False
    told: ClassVar[list] = []

    def __init__(self, run_name, **options):
        super().__init__(_blank=True)
        self.told.append(("run", run_name, options))

    def start(self):
        pass

    @property
    def tracker(self):
        return self

    def store_init_configuration(self, values):
        self.told.append(("config", values["steps"], values["seed"]))

    def log(self, values, step=None, **options):
        self.told.append(("log", step, values))

    def finish(self):
        self.told.append(("finished",))


def small(line_folder, **changes):
    data = [DataConfig(str(line_folder))]
    held = [DataConfig(str(line_folder), split="val")]
    return TrainConfig(data, held, steps=2, batch_size=4, log_every=1, validate_every=2, augment=False, **changes)


def test_every_tracker_that_accelerate_knows_can_be_named():
    assert set(TRACKERS) == {NO_TRACKER, *map(str, LOGGER_TYPE_TO_CLASS)}


@pytest.mark.slow
def test_a_tracker_is_told_what_the_run_says(line_folder, tmp_path, monkeypatch):
    monkeypatch.setitem(LOGGER_TYPE_TO_CLASS, "trackio", FakeTracker)
    monkeypatch.setattr("accelerate.tracking._available_trackers", [LoggerType.TRACKIO])
    monkeypatch.setattr(FakeTracker, "told", [])
    run = RunDirectory.create(tmp_path / "mine", small(line_folder, log_with="trackio", seed=3))
    assert train(run).state == "finished"
    told = FakeTracker.told
    assert told[0] == ("run", "hwr", {"name": run.title})
    assert told[1] == ("config", 2, 3)
    assert told[-1] == ("finished",)
    rows = [{k: v for k, v in row.items() if k not in ("step", "seconds")} for row in run.rows("metrics")]
    assert [values for kind, _, values in told[2:-1]] == rows
    assert [step for _, step, _ in told[2:-1]] == [1, 2, 2]


def test_tensorboard_writes_into_the_run(line_folder, tmp_path):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed (pip install tensorboard)")
    run = RunDirectory.create(tmp_path / "mine", small(line_folder, log_with="tensorboard"))
    train(run)
    assert list((run.path / "trackers").rglob("events.out.tfevents.*"))


def test_a_package_that_is_not_there_is_named(line_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("accelerate.tracking._available_trackers", [])
    run = RunDirectory.create(tmp_path / "mine", small(line_folder, log_with="comet_ml"))
    with pytest.raises(InputError, match="pip install comet-ml"):
        train(run)
