import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from hwr.data.synthesis import LineSource, Sample
from hwr.errors import InputError
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import load_checkpoint
from hwr.recognizer.config import PRESETS
from hwr.training.batches import ChunkedBatches, Example, collate, make_example
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.loop import learning_rate, train
from hwr.training.runs import RunDirectory, Status


@pytest.fixture
def tiny_preset(tiny_config, monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", tiny_config)


def config(folder, **changes) -> TrainConfig:
    values = {"steps": 12, "batch_size": 4, "warmup": 2, "log_every": 1, "validate_every": 6, "checkpoint_every": 5}
    return TrainConfig(data=[DataConfig(str(folder))], preset="tiny", ema=0.9, seed=7, **{**values, **changes})


def weights(run: RunDirectory) -> dict[str, torch.Tensor]:
    return load_file(run.checkpoints / "state" / "state.safetensors")


def test_a_run_leaves_what_a_watcher_needs(line_folder, tmp_path, tiny_preset):
    run = RunDirectory.create(tmp_path / "run", config(line_folder))
    seen = []
    status = train(run, lambda status, row: seen.append((status.step, row["loss"])))
    assert status.state == "finished"
    assert [step for step, _ in seen] == list(range(1, 13))
    rows = run.rows("metrics")
    assert [r["step"] for r in rows if "loss" in r] == list(range(1, 13))
    assert [r["step"] for r in rows if "val_cer" in r] == [6, 12]
    assert run.status().best_cer == min(r["val_cer"] for r in rows if "val_cer" in r)
    samples = run.rows("samples")
    assert {s["step"] for s in samples} == {6, 12}
    assert all(s["reference"] for s in samples)
    assert "finished" in (run.path / "log.txt").read_text()
    for name in ("best", "last"):
        assert load_checkpoint(run.checkpoints / name).config.preset == "tiny"


def test_resumed_equals_uninterrupted_to_the_last_bit(line_folder, tmp_path, tiny_preset):
    whole = RunDirectory.create(tmp_path / "whole", config(line_folder))
    train(whole)

    cut = RunDirectory.create(tmp_path / "cut", config(line_folder))

    def interrupt(status: Status, row: dict[str, float]) -> None:
        if status.step == 7:
            os.kill(os.getpid(), signal.SIGTERM)

    assert train(cut, interrupt).state == "stopped"
    assert cut.status().step == 7
    assert train(cut).state == "finished"

    expected, got = weights(whole), weights(cut)
    assert expected.keys() == got.keys()
    assert all(torch.equal(expected[k], got[k]) for k in expected)

    def losses(run):
        return [(r["step"], r["loss"]) for r in run.rows("metrics") if "loss" in r]

    assert losses(cut) == losses(whole)


def test_a_killed_run_resumes_from_its_last_save(line_folder, tmp_path, tiny_preset):
    whole = RunDirectory.create(tmp_path / "whole", config(line_folder))
    train(whole)
    killed = RunDirectory.create(tmp_path / "killed", config(line_folder))

    class Killed(BaseException):
        pass

    def kill(status: Status, row: dict[str, float]) -> None:
        if status.step == 8:
            raise Killed

    with pytest.raises(Killed):
        train(killed, kill)
    assert killed.status().state == "failed"
    assert train(killed).state == "finished"
    assert all(torch.equal(a, b) for a, b in zip(weights(whole).values(), weights(killed).values(), strict=True))
    steps = [r["step"] for r in killed.rows("metrics") if "loss" in r]
    assert steps == list(range(1, 13))


def test_training_learns(line_folder, tmp_path, tiny_preset):
    run = RunDirectory.create(tmp_path / "run", config(line_folder, steps=60, learning_rate=5e-3, augment=False))
    train(run)
    losses = [r["loss"] for r in run.rows("metrics") if "loss" in r]
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])


def test_starting_from_a_checkpoint_adds_the_characters_of_the_data(line_folder, tmp_path, tiny_checkpoint):
    from hwr.recognizer.checkpoint import save_checkpoint

    save_checkpoint(tiny_checkpoint, tmp_path / "start")
    changes = {"init": str(tmp_path / "start"), "steps": 1, "validate_every": 1}
    run = RunDirectory.create(tmp_path / "run", config(line_folder, **changes))
    train(run)
    charset = load_checkpoint(run.checkpoints / "best").charset
    assert charset.characters.startswith(tiny_checkpoint.charset.characters)
    assert charset.classes > tiny_checkpoint.charset.classes


def test_a_loss_that_is_no_number_stops_the_run(line_folder, tmp_path, tiny_preset, monkeypatch):
    import hwr.training.loop as loop

    real, calls = loop.ctc_loss, []

    def broken(*args):
        calls.append(1)
        return real(*args) * (float("nan") if len(calls) > 20 else 1.0)

    monkeypatch.setattr(loop, "ctc_loss", broken)
    run = RunDirectory.create(tmp_path / "run", config(line_folder))
    with pytest.raises(RuntimeError, match="not a number at step 10"):
        train(run)
    assert run.status().state == "failed"
    assert load_checkpoint(run.checkpoints / "last").config.preset == "tiny"


def test_unusable_configurations_say_why(tmp_path, line_folder):
    with pytest.raises(InputError, match="unexpected keyword argument 'stepz'"):
        TrainConfig.from_dict({"stepz": 3})
    with pytest.raises(InputError, match="batch_size must be at least 1"):
        TrainConfig(batch_size=0)
    with pytest.raises(InputError, match="no configuration file"):
        TrainConfig.load(tmp_path / "none.yaml")
    RunDirectory.create(tmp_path / "run", config(line_folder))
    with pytest.raises(InputError, match="already holds a run"):
        RunDirectory.create(tmp_path / "run", config(line_folder))
    with pytest.raises(InputError, match="not a run directory"):
        RunDirectory.open(tmp_path)
    with pytest.raises(InputError, match="names no training data"):
        train(RunDirectory.create(tmp_path / "empty", TrainConfig()))


def test_config_survives_yaml(line_folder, tmp_path):
    original = config(line_folder, characters='a"\\é: #')
    original.save(tmp_path / "c.yaml")
    assert TrainConfig.load(tmp_path / "c.yaml") == original


def test_the_schedule_warms_up_and_falls_to_its_end():
    c = TrainConfig(steps=100, warmup=10, learning_rate=1.0, final_learning_rate=0.1)
    rates = [learning_rate(c, s) for s in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[10] == pytest.approx(1.0)
    assert rates[100] == pytest.approx(0.1)
    assert all(a >= b for a, b in pairwise(rates[10:]))


def test_batches_are_padded_sorted_and_split_between_processes(line_folder, tiny_config):
    charset = Charset.from_texts(LineSource(line_folder, None).dataset.texts)

    def chunk(**changes):
        arguments = {"batch_size": 4, "chunks": 2, "seed": 1, "max_width": 4000}
        return ChunkedBatches(LineSource(line_folder, "train"), charset, tiny_config, **arguments, **changes)[1]

    batches = chunk()
    assert len(batches) == 8
    for batch in batches:
        assert batch.images.shape[-1] % 64 == 0
        assert batch.images.shape[-1] - batch.widths.max() < 64
        assert int(batch.label_lengths.sum()) == len(batch.labels)
    halves = [chunk(rank=r, world=2) for r in (0, 1)]
    for whole, a, b in zip(batches, *halves, strict=True):
        assert sorted(whole.texts) == sorted(a.texts + b.texts)


def test_lines_that_cannot_be_learned_are_told_apart(tiny_config, drawn_line):
    charset = Charset("abc")
    grey = drawn_line("abc")
    assert isinstance(make_example(Sample(grey, "abc", "t"), charset, tiny_config, 4000), Example)
    reasons = {
        make_example(Sample(grey, "xyz", "t"), charset, tiny_config, 4000),
        make_example(Sample(grey, "abc" * 99, "t"), charset, tiny_config, 4000),
        make_example(Sample(np.full((50, 90), 255, np.uint8), "abc", "t"), charset, tiny_config, 4000),
        make_example(Sample(grey, "abc", "t"), charset, tiny_config, 40),
    }
    assert reasons == {
        "no known characters",
        "text does not fit the image",
        "no ink or too long",
        "wider than max_width",
    }
    dropped = Counter({"no ink": 2})
    batch = collate([make_example(Sample(grey, "abc", "t"), charset, tiny_config, 4000)], dropped)
    assert batch.dropped == dropped


@pytest.mark.slow
def test_sigterm_in_a_real_process_saves(line_folder, tmp_path):
    command = [sys.executable, "-m", "hwr", "train", "--data", str(line_folder), "--out", str(tmp_path / "run")]
    flags = ["--steps", "500", "--batch-size", "2", "--seed", "3", "--log-every", "1", "--checkpoint-every", "500"]
    process = subprocess.Popen([*command, *flags], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    run = RunDirectory(tmp_path / "run")
    deadline = time.time() + 120
    while not run.rows("metrics") and time.time() < deadline and process.poll() is None:
        time.sleep(0.2)
    assert run.status().state == "running"
    process.terminate()
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert "stopped at step" in output
    status = json.loads((tmp_path / "run" / "status.json").read_text())
    assert status["state"] == "stopped"
    assert 0 < status["step"] < 500
