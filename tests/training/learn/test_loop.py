import errno
import json
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import pytest
import torch
from small_runs import config, losses_of, saved_step, take_steps, taught, teaching_of, trainer_of, weights

from hwr.cli import main
from hwr.errors import InputError
from hwr.language.causal_lm import FrozenLM
from hwr.language.config import ConnectorConfig
from hwr.language.connector import load_connectors
from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint
from hwr.recognizer.config import PRESETS
from hwr.training.config import TrainConfig
from hwr.training.learn.loop import Trainer, train
from hwr.training.learn.schedule import learning_rate
from hwr.training.run.directory import RunDirectory, Status


@pytest.mark.slow
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


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_resumed_equals_uninterrupted_to_the_last_bit(optimizer, line_folder, tmp_path, tiny_preset):
    whole = RunDirectory.create(tmp_path / "whole", config(line_folder, optimizer=optimizer))
    train(whole)

    cut = RunDirectory.create(tmp_path / "cut", config(line_folder, optimizer=optimizer))

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


@pytest.mark.slow
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


@pytest.mark.slow
def test_a_run_from_a_checkpoint_that_was_killed_before_its_first_save_begins_once(
    line_folder, tiny_checkpoint, tmp_path, tiny_preset
):
    save_checkpoint(tiny_checkpoint, tmp_path / "start")
    run = RunDirectory.create(tmp_path / "run", config(line_folder, init=str(tmp_path / "start"), steps=6))

    class Killed(BaseException):
        pass

    def kill(status: Status, row: dict[str, float]) -> None:
        if status.step == 2:
            raise Killed

    with pytest.raises(Killed):
        train(run, kill)
    assert [row["step"] for row in run.rows("metrics") if "val_cer" in row] == [0]
    train(run)
    assert [row["step"] for row in run.rows("metrics") if "val_cer" in row] == [0, 6]
    assert [row["step"] for row in run.rows("samples") if row["line"] == 0] == [0, 6]


@pytest.mark.slow
def test_lines_that_are_used_again_look_otherwise_and_a_resumed_run_finds_its_place(line_folder, tmp_path, tiny_preset):
    trainer = trainer_of(config(line_folder, reuse=2, steps=40), tmp_path / "run")
    stream = list(trainer._stream(0))
    assert [again for _, again in stream[:16]] == 8 * [False] + 8 * [True]
    assert stream[0][0] is stream[8][0]
    assert len(stream) == 48  # three chunks of 8, each twice: the last ones are not asked for
    later = list(trainer._stream(13))
    assert [batch.texts for batch, _ in later] == [batch.texts for batch, _ in stream[13:]]
    assert [again for _, again in later] == [again for _, again in stream[13:]]
    first = take_steps(trainer, 1)
    assert losses_of(trainer.learner.step(stream[8][0], again=True))["loss"] != pytest.approx(
        first[0]["loss"], abs=1e-6
    )


@pytest.mark.slow
def test_the_speed_is_told_in_lines_and_in_pixels(line_folder, tmp_path, tiny_preset):
    run = RunDirectory.create(tmp_path / "run", config(line_folder, steps=3, log_every=3))
    trainer = Trainer(run, None)
    batches = [batch for batch, _ in list(trainer._stream(0))[:3]]
    assert all(batch.pixels == int(batch.widths.sum()) for batch in batches)
    train(run)
    row = next(r for r in run.rows("metrics") if "loss" in r)
    lines, pixels = sum(b.whole for b in batches), sum(b.pixels for b in batches)
    assert row["pixels_per_second"] / row["lines_per_second"] == pytest.approx(pixels / lines)


@pytest.mark.slow
def test_training_learns(line_folder, tmp_path, tiny_preset):
    run = RunDirectory.create(tmp_path / "run", config(line_folder, steps=60, learning_rate=5e-3, augment=False))
    train(run)
    losses = [r["loss"] for r in run.rows("metrics") if "loss" in r]
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])


@pytest.mark.slow
def test_starting_from_a_checkpoint_adds_the_characters_of_the_data(
    line_folder, tmp_path, tiny_checkpoint, tiny_preset
):
    save_checkpoint(tiny_checkpoint, tmp_path / "start")
    changes = {"init": str(tmp_path / "start"), "steps": 1, "validate_every": 1}
    run = RunDirectory.create(tmp_path / "run", config(line_folder, **changes))
    train(run)
    charset = load_checkpoint(run.checkpoints / "best").charset
    assert charset.characters.startswith(tiny_checkpoint.charset.characters)
    assert charset.classes > tiny_checkpoint.charset.classes


def test_a_run_can_begin_with_the_body_of_a_checkpoint(line_folder, tmp_path, tiny_preset, tiny_checkpoint):
    save_checkpoint(tiny_checkpoint, tmp_path / "start")
    start = {"init": str(tmp_path / "start"), "extend_charset": False}
    network = trainer_of(config(line_folder, init_part="cnn", **start), tmp_path / "a").network
    for name, tensor in tiny_checkpoint.network.state_dict().items():
        body = name.startswith(("stem", "body"))
        assert not body or torch.equal(network.state_dict()[name], tensor)
    weight = "lstm.0.weight_hh_l0"
    assert not torch.equal(network.state_dict()[weight], tiny_checkpoint.network.state_dict()[weight])
    with pytest.raises(InputError, match="begins with a part of a checkpoint"):
        config(line_folder, init_part="cnn", blend=0.5, **start)


def test_unusable_configurations_say_why(tmp_path, line_folder):
    for values, reason in (
        ({"stepz": 3}, r"no field 'stepz' \(did you mean 'steps'\?\)"),
        ({"steps": "1,000"}, "steps must be a whole number of at least 1, not '1,000'"),
        ({"steps": 1.5}, "steps must be a whole number of at least 1, not 1.5"),
        ({"learning_rate": "fast"}, "learning_rate must be a number above 0, not 'fast'"),
        ({"learning_rate": float("nan")}, "learning_rate must be a number above 0, not nan"),
        ({"augment": 1}, "augment must be true or false, not 1"),
        ({"keep_layers": "two"}, "keep_layers must be a whole number of at least 1 or empty, not 'two'"),
        ({"data": "lines.zip"}, "data must be a list, not 'lines.zip'"),
        ({"data": ["lines.zip"]}, "item 1 of data must name its fields .path, .*, and is 'lines.zip'"),
        ({"data": [{"path": "a", "splitt": "val"}]}, "no field 'splitt' of item 1 of data .did you mean 'split'"),
        (
            {"connectors": [{"kind": "linear", "queries": True}]},
            "queries of item 1 of connectors must be a whole number",
        ),
    ):
        with pytest.raises(InputError, match=reason):
            TrainConfig.from_dict(values)
    with pytest.raises(InputError, match="batch_size must be a whole number of at least 1, not 0"):
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


def test_a_kept_step_is_there_before_the_state_that_passes_it(line_folder, tmp_path, tiny_preset, monkeypatch):
    def killed(trainer):
        assert (trainer.run.checkpoints / f"step-{trainer.status.step:06d}").is_dir()
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "save", killed)
    run = RunDirectory.create(tmp_path / "run", config(line_folder, keep_every=2, checkpoint_every=2))
    with pytest.raises(KeyboardInterrupt):
        train(run)


@pytest.mark.slow
def test_a_clock_that_is_set_back_takes_no_time_away(line_folder, tmp_path, tiny_preset, monkeypatch):
    now = iter(range(10**9, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(now)))
    run = RunDirectory.create(tmp_path / "run", config(line_folder, steps=3, validate_every=3))
    assert train(run).seconds_trained > 0
    assert all(row["lines_per_second"] > 0 for row in run.rows("metrics") if "loss" in row)
    assert load_checkpoint(run.checkpoints / "last").info["training"]["hours"] >= 0


@pytest.mark.slow
def test_a_full_disk_keeps_the_last_save_and_says_so(line_folder, tmp_path, tiny_preset, monkeypatch):
    import hwr.training.run.state as saving

    real, saves = saving.save_file, []

    def full(*args):
        saves.append(1)
        if len(saves) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(*args)

    run = RunDirectory.create(tmp_path / "run", config(line_folder))
    with monkeypatch.context() as patch:
        patch.setattr(saving, "save_file", full)
        with pytest.raises(InputError, match="The disk of .* is full at step 10; what was saved before is kept"):
            train(run)
    assert run.status().state == "failed"
    assert saved_step(run) == 5
    assert train(run).state == "finished"
    assert not list(run.checkpoints.glob(".*")), "nothing is left aside"


def test_what_fails_before_the_first_step_is_in_the_status(line_folder, tmp_path):
    run = RunDirectory.create(tmp_path / "run", config(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="nowhere"):
        train(run)
    assert (run.status().state, "nowhere" in run.status().message) == ("failed", True)


def test_a_run_is_trained_by_one_process_at_a_time(line_folder, tmp_path, tiny_preset):
    run = RunDirectory.create(tmp_path / "run", config(line_folder))
    holder = RunDirectory.open(run.path)
    holder.hold()
    with pytest.raises(InputError, match="training in another process"):
        train(run)
    assert run.status().state == "starting", "the status of the one that has it is left alone"


def test_a_state_of_another_network_is_refused(line_folder, tmp_path, tiny_preset, tiny_config, monkeypatch):
    run = RunDirectory.create(tmp_path / "run", config(line_folder, steps=1))
    train(run)
    monkeypatch.setitem(PRESETS, "tiny", tiny_config.replace(lstm_hidden=14))
    with pytest.raises(
        InputError, match="does not fit its configuration, or another version wrote it; begin a new run"
    ):
        train(run)
    assert saved_step(run) == 1, "and kept"


@pytest.mark.slow
def test_rows_tell_all_that_is_to_be_watched(line_folder, tmp_path, tiny_preset):
    run = RunDirectory.create(tmp_path / "run", config(line_folder, steps=6))
    train(run)
    losses = [row for row in run.rows("metrics") if "loss" in row]
    named = {
        "step",
        "seconds",
        "ctc",
        "shortcut_ctc",
        "learning_rate",
        "lines_per_second",
        "pixels_per_second",
        "eta_seconds",
        "memory",
    }
    assert all(named <= row.keys() for row in losses)
    assert losses[-1]["eta_seconds"] == 0 < losses[0]["eta_seconds"]
    assert all(a["memory"] <= b["memory"] for a, b in pairwise(losses))
    assert losses[0]["memory"] > 2**26, "bytes, and torch alone takes more than that"
    (validation,) = (row for row in run.rows("metrics") if "val_cer" in row)
    assert validation["val_wer"] == validation["val_wer/lines"] >= 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("send", "number"), [(os.kill, signal.SIGTERM), (os.killpg, signal.SIGINT), (os.killpg, signal.SIGTERM)]
)
def test_a_signal_to_a_real_process_or_to_its_group_saves(line_folder, tmp_path, send, number):
    command = [sys.executable, "-m", "hwr", "train", "--data", str(line_folder), "--out", str(tmp_path / "run")]
    flags = ["--steps", "500", "--batch-size", "2", "--seed", "3", "--log-every", "1", "--checkpoint-every", "500"]
    process = subprocess.Popen(
        [*command, *flags], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    run = RunDirectory(tmp_path / "run")
    deadline = time.time() + 120
    while not run.rows("metrics") and time.time() < deadline and process.poll() is None:
        time.sleep(0.2)
    assert run.status().state == "running"
    send(process.pid, number)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert "stopped at step" in output
    status = json.loads((tmp_path / "run" / "status.json").read_text())
    assert status["state"] == "stopped"
    assert 0 < status["step"] < 500


# --- connectors


def prefixed(run: RunDirectory, prefix: str) -> dict[str, torch.Tensor]:
    return {k[len(prefix) :]: v for k, v in weights(run).items() if k.startswith(prefix)}


@pytest.mark.slow
def test_a_taught_run_resumes_to_the_last_bit_and_leaves_its_connectors(
    line_folder, tmp_path, tiny_preset, language_model
):
    whole = RunDirectory.create(tmp_path / "whole", taught(line_folder, language_model))
    assert whole.config() == taught(line_folder, language_model)
    train(whole)
    cut = RunDirectory.create(tmp_path / "cut", taught(line_folder, language_model))

    def interrupt(status: Status, row: dict[str, float]) -> None:
        if status.step in (1, 4):
            os.kill(os.getpid(), signal.SIGTERM)

    assert [train(cut, interrupt).state for _ in range(3)] == ["stopped", "stopped", "finished"]
    expected, got = weights(whole), weights(cut)
    assert expected.keys() == got.keys()
    assert [k for k in expected if not torch.equal(expected[k], got[k])] == []
    kept = ("step", "loss", "lm", "kl", "cut_off")
    rows = [[[row.get(k) for k in kept] for row in run.rows("metrics")] for run in (whole, cut)]
    assert rows[0] == rows[1]

    best = load_checkpoint(whole.checkpoints / "best")
    loaded = load_connectors(whole.checkpoints / "last", best.network, FrozenLM.load(language_model))
    assert loaded.training["objective"] == "surrogate"
    assert loaded.modules["columns"].config.weight == 0.5
    averages = prefixed(whole, "connector_average.")
    assert torch.equal(loaded.modules["lstm2"].get_parameter("queries"), averages["lstm2.queries"])


@pytest.mark.slow
def test_with_the_recogniser_frozen_the_connectors_alone_learn(line_folder, tmp_path, tiny_preset, language_model):
    changes = {"freeze": "recogniser", "connector_warmup": 0, "validate_every": 2, "checkpoint_every": 6}
    run = RunDirectory.create(tmp_path / "run", taught(line_folder, language_model, **changes))
    trainer = Trainer(run, None)
    before = {k: v.clone() for k, v in trainer.network.state_dict().items()}
    queries = teaching_of(trainer).modules["lstm2"].get_parameter("queries").clone()
    assert trainer.train().best_step == 6, "the last connectors are kept as best: the reading does not change"
    assert all(torch.equal(before[k], v) for k, v in trainer.network.state_dict().items())
    assert not torch.equal(queries, teaching_of(trainer).modules["lstm2"].get_parameter("queries"))
    rows = [row for row in run.rows("metrics") if "loss" in row]
    assert all("ctc" not in row and row["lm"] > 0 for row in rows)
    assert all(len(teaching_of(trainer).rows(step, 4)) == 2 for step in range(6)), "lm_share holds"
    with pytest.raises(InputError, match="leaves nothing to learn without a connector"):
        TrainConfig(freeze="recogniser")
    with pytest.raises(InputError, match="freeze must be one of none, cnn"):
        TrainConfig(freeze="head")


def test_a_budget_of_seconds_ends_a_run(line_folder, tmp_path, tiny_preset):
    run = RunDirectory.create(tmp_path / "run", config(line_folder, steps=100_000, seconds=0.2))
    status = train(run)
    assert status.state == "finished"
    assert 0.2 <= status.seconds_trained < 20
    assert status.step < 2000
    assert [r["step"] for r in run.rows("metrics") if "val_cer" in r][-1] == status.step
    c = TrainConfig(steps=100, warmup=10, learning_rate=1.0, final_learning_rate=0.1, seconds=60)
    assert learning_rate(c, 11, 60.0) == pytest.approx(0.1)


@pytest.mark.slow
def test_the_command_takes_connectors(line_folder, tmp_path, tiny_checkpoint, language_model, capsys):
    save_checkpoint(tiny_checkpoint, tmp_path / "start")
    call = ["train", "--data", str(line_folder), "--out", str(tmp_path / "run"), "--init", str(tmp_path / "start")]
    call += ["--steps", "1", "--batch-size", "2", "--connector", "aligned:lstm2:0.5", "--kl-weight", "0.2"]
    assert main([*call, "--language-model", language_model]) == 0
    config = RunDirectory.open(tmp_path / "run").config()
    assert config.connectors == [ConnectorConfig("aligned", "lstm2", 0.5)]
    assert (
        load_connectors(tmp_path / "run" / "checkpoints" / "best", tiny_checkpoint.network).training["kl_weight"] == 0.2
    )
    assert main([*call[:4], str(tmp_path / "other"), "--connector", "conv:lstm1"]) == 2
    assert "kind must be one of linear, " in capsys.readouterr().err
