import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from hwr.cli import main
from hwr.errors import InputError
from hwr.language.config import ConnectorConfig
from hwr.recognizer.checkpoint import save_checkpoint
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.cost import estimate as estimate_module
from hwr.training.cost.estimate import Estimate, Measuring, estimate
from hwr.training.run import launch
from hwr.training.run.device import ZERO_GPU_TRAINING, check_zero_gpu, hardware, is_zero_gpu

GIB = 2**30


def found(**changes) -> Estimate:
    """2 s a step, 10 s a validation, a batch of 16 that takes 4 of 8 GiB."""
    values = {"device": "cpu", "seconds_a_step": 2.0, "seconds_a_validation": 10.0, "seconds_total": 2020.0}
    values |= {"peak_memory": 4 * GIB, "free_memory": 8 * GIB, "batch_size": 16, "largest_batch": 30}
    return Estimate(**{**values, "disk_bytes": GIB, "free_disk": 2 * GIB, **changes})


def test_what_does_not_fit_is_refused_with_what_does():
    found().check()
    with pytest.raises(InputError, match=r"A batch of 64 takes 4.0 GiB .* 8.0 GiB are free; the largest .* is 30"):
        found(batch_size=64).check()
    with pytest.raises(InputError, match="Not even one line fits"):
        found(largest_batch=0).check()
    with pytest.raises(InputError, match=r"saves 1.0 GiB and the disk has 5 MiB left"):
        found(free_disk=5 * 2**20).check()


def test_a_run_is_made_to_end_in_time():
    config = TrainConfig(steps=5000, warmup=200, connector_warmup=300)
    short = found().within(config, 300.0)
    assert short.steps == (270 - 5 * 10) / 2
    assert short.steps * 2.0 + short.steps // short.validate_every * 10.0 <= 300
    assert short.validate_every == short.checkpoint_every == short.steps / 5
    assert (short.warmup, short.connector_warmup, short.seconds) == (22, 36, 0.0)
    rare = found(seconds_a_validation=60.0).within(config, 300.0)
    assert rare.steps // rare.validate_every == 1, "validations take no more than a quarter"
    with pytest.raises(InputError, match=r"Nothing can be learned in 12 seconds here: a step takes 2.0 s"):
        found().within(config, 12.0)


def test_on_zero_gpu_a_run_must_fit_one_call(monkeypatch, tmp_path):
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path))
    config = TrainConfig(steps=5000)
    check_zero_gpu(config)
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    assert hardware().zero_gpu
    assert "60 seconds at a time" in hardware().note
    with pytest.raises(InputError, match=f"must fit into one call. Set seconds to at most {ZERO_GPU_TRAINING:.0f}"):
        launch.start(config)
    assert list(tmp_path.iterdir()) == []
    short = found(seconds_a_validation=1.0).within(config, 600.0)
    assert short.seconds == ZERO_GPU_TRAINING
    assert short.steps * 2.0 < ZERO_GPU_TRAINING
    check_zero_gpu(short)
    monkeypatch.delenv("SPACES_ZERO_GPU")
    assert not is_zero_gpu()
    monkeypatch.setitem(sys.modules, "spaces", object())
    assert is_zero_gpu()
    monkeypatch.setenv("SPACE_ID", "someone/space")
    assert not is_zero_gpu(), "a Space of another kind has the package, too"


@pytest.fixture
def config(line_folder, tiny_checkpoint, tmp_path):
    save_checkpoint(tiny_checkpoint, tmp_path / "start")
    return TrainConfig([DataConfig(str(line_folder))], init=str(tmp_path / "start"), steps=200, batch_size=4)


@pytest.mark.slow
def test_steps_are_measured(config, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path / "data"))
    config.save(tmp_path / "c.yaml")
    assert main(["train", "--config", str(tmp_path / "c.yaml"), "--estimate", "--json"]) == 0
    measured = Estimate(**json.loads(capsys.readouterr().out))
    assert measured.seconds_a_step > 0
    assert measured.seconds_a_validation > 0
    assert measured.seconds_total > 200 * measured.seconds_a_step
    assert measured.batch_size == 4 <= measured.largest_batch
    assert 0 < measured.peak_memory < measured.free_memory
    weights = (tmp_path / "start" / "model.safetensors").stat().st_size
    assert measured.disk_bytes > 6 * weights, "last, best, and a state with two moments, new beside old"
    measured.check()
    assert not (tmp_path / "data").exists(), "nothing is left of it"

    monkeypatch.setattr("hwr.training.cost.measure._free_memory", lambda: 2**20)
    monkeypatch.setattr("psutil.Process.memory_info", lambda self: type("Memory", (), {"rss": 0}))
    (tmp_path / "c.yaml").write_text(replace(config, batch_size=512).to_yaml())
    assert main(["train", "--config", str(tmp_path / "c.yaml"), "--estimate"]) == 2
    assert "1 MiB are free" in capsys.readouterr().err


@pytest.mark.slow
def test_what_the_run_would_complain_about_is_told_before(config):
    with pytest.raises(InputError, match=r"^The recogniser has no tap 'nowhere'|no tap 'nowhere'"):
        estimate(replace(config, connectors=[ConnectorConfig("linear", "nowhere")]))


@pytest.fixture
def sleeper(tmp_path, monkeypatch):
    """In Python's place a program that sleeps and says with which file it was called."""
    program = tmp_path / "python"
    program.write_text('#!/bin/sh\ntest -f "$5" && echo "$5" > "$(dirname "$0")/called"\nexec sleep 60\n')
    program.chmod(0o755)
    monkeypatch.setattr(estimate_module.sys, "executable", str(program))
    return tmp_path / "called"


@pytest.mark.slow
def test_a_measurement_ends_in_time_and_leaves_nothing(sleeper):
    with pytest.raises(InputError, match="could not be measured within 2 seconds"):
        estimate(TrainConfig(), timeout=2)
    file = Path(sleeper.read_text().strip())
    assert file.name == "config.yaml"
    assert not file.parent.exists()


def test_a_measurement_is_given_up(sleeper):
    with Measuring(TrainConfig()) as measuring:
        assert measuring.going(0.01)
        measuring.cancel()
        assert not measuring.going(10.0)
        assert measuring.cancelled
