# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false, reportArgumentType=false, reportUnhashable=false, reportCallIssue=false
import errno
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

from hwr.cli import main
from hwr.data.supply import LineSource, Sample
from hwr.errors import InputError
from hwr.language.causal_lm import FrozenLM
from hwr.language.config import ConnectorConfig
from hwr.language.connector import load_connectors
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint
from hwr.recognizer.config import PRESETS
from hwr.recognizer.network import RecognizerOutput
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.learn.loop import DivergedError, Trainer, ctc_loss, train
from hwr.training.learn.schedule import learning_rate
from hwr.training.lines.batches import Batch, ChunkedBatches, Example, collate, make_example
from hwr.training.run.directory import RunDirectory, Status
from hwr.training.run.state import read_state


@pytest.fixture(autouse=True)
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
    assert trainer._step(stream[8][0], again=True).numbers["loss"] != pytest.approx(first[0]["loss"], abs=1e-6)


def test_the_speed_is_told_in_lines_and_in_pixels(line_folder, tmp_path, tiny_preset):
    run = RunDirectory.create(tmp_path / "run", config(line_folder, steps=3, log_every=3))
    trainer = Trainer(run, None)
    batches = [batch for batch, _ in list(trainer._stream(0))[:3]]
    assert all(batch.pixels == int(batch.widths.sum()) for batch in batches)
    train(run)
    row = next(r for r in run.rows("metrics") if "loss" in r)
    lines, pixels = sum(b.whole for b in batches), sum(b.pixels for b in batches)
    assert row["pixels_per_second"] / row["lines_per_second"] == pytest.approx(pixels / lines)


def test_the_precision_of_a_run_stays_what_it_was(line_folder, tmp_path, tiny_preset, monkeypatch):
    import hwr.training.learn.precision as precision

    monkeypatch.setattr(precision, "_has_bfloat16", lambda device: True)
    monkeypatch.setattr(precision, "_seconds_a_step", lambda network, name: {"float32": 2.0, "bfloat16": 1.0}[name])
    run = RunDirectory.create(tmp_path / "run", config(line_folder, steps=2))
    train(run)
    assert run.status().precision == "bfloat16"
    assert "steps in bfloat16 (a step in bfloat16 is 2.00 times as fast)" in (run.path / "log.txt").read_text()
    monkeypatch.setattr(precision, "_seconds_a_step", lambda network, name: {"float32": 1.0, "bfloat16": 2.0}[name])
    again = Trainer(run, None)
    assert (again.precision, again.why) == ("bfloat16", "as before")
    other = Trainer(RunDirectory.create(tmp_path / "other", config(line_folder)), None)
    assert other.precision == "float32"


def test_training_learns(line_folder, tmp_path, tiny_preset):
    run = RunDirectory.create(tmp_path / "run", config(line_folder, steps=60, learning_rate=5e-3, augment=False))
    train(run)
    losses = [r["loss"] for r in run.rows("metrics") if "loss" in r]
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])


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


def test_label_smoothing_pulls_every_frame_towards_all_classes_alike():
    logits = torch.tensor(
        [[[2.0, 0.0, -1.0], [0.0, 1.0, 0.0], [9.0, 9.0, 0.0]], [[0.0, 0.5, 3.0]] * 3], requires_grad=True
    )
    output = RecognizerOutput(logits, logits, {}, torch.tensor([2, 3]))
    batch = Batch(
        torch.zeros(2, 1, 1, 1), torch.tensor([8, 12]), torch.tensor([1, 2]), torch.tensor([1, 1]), ["a", "b"]
    )
    plain, smooth = ctc_loss(logits, output, batch), ctc_loss(logits, output, batch, 0.25)
    by_line = []
    for line, frames in zip(logits.softmax(-1).tolist(), (2, 3), strict=True):
        distances = [sum(p * np.log(3 * p) for p in frame) for frame in line[:frames]]
        by_line.append(sum(distances) / frames)
    assert smooth.item() == pytest.approx(0.75 * plain.item() + 0.25 * sum(by_line) / 2, rel=1e-5)


def test_a_loss_that_is_no_number_stops_the_run(line_folder, tmp_path, tiny_preset, monkeypatch):
    import hwr.training.learn.loop as loop

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


def test_dropout_is_of_the_training_and_not_of_the_checkpoint(line_folder, tmp_path, tiny_preset, tiny_config):
    run = RunDirectory.create(tmp_path / "run", config(line_folder, dropout=0.75, steps=1))
    trainer = Trainer(run, None)
    assert trainer.network.dropout.p == trainer.best_network().dropout.p == 0.75
    plain = trainer_of(config(line_folder), tmp_path / "plain")
    assert plain.network.dropout.p == tiny_config.dropout != 0.75
    assert take_steps(trainer, 1)[0]["ctc"] != take_steps(plain, 1)[0]["ctc"]
    trainer.save()
    assert load_checkpoint(run.checkpoints / "last").network.dropout.p == tiny_config.dropout


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


def test_a_clock_that_is_set_back_takes_no_time_away(line_folder, tmp_path, tiny_preset, monkeypatch):
    now = iter(range(10**9, 0, -3600))
    monkeypatch.setattr(time, "time", lambda: float(next(now)))
    run = RunDirectory.create(tmp_path / "run", config(line_folder, steps=3, validate_every=3))
    assert train(run).seconds_trained > 0
    assert all(row["lines_per_second"] > 0 for row in run.rows("metrics") if "loss" in row)
    assert load_checkpoint(run.checkpoints / "last").info["training"]["hours"] >= 0


def test_numbers_as_people_write_them(tmp_path):
    text = (
        "learning_rate: 3e-4\nfinal_learning_rate: 1E-6\nsteps: 1e3\nclip_norm: 5\ndata: [{path: a, split: Validation}]"
    )
    read = TrainConfig.from_yaml(text)
    assert (read.learning_rate, read.final_learning_rate, read.steps, read.clip_norm) == (3e-4, 1e-6, 1000, 5)
    assert read.data[0].split == "val"
    with pytest.raises(InputError, match="not valid YAML"):
        TrainConfig.from_yaml("[" * 100_000)


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
    assert read_state(run.checkpoints)[1].step == 5
    assert train(run).state == "finished"
    assert not list(run.checkpoints.glob(".*")), "nothing is left aside"


def test_want_of_memory_is_told_with_what_to_change(line_folder, tmp_path, tiny_preset, monkeypatch):
    def greedy(*args):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")

    monkeypatch.setattr(Trainer, "_step", greedy)
    run = RunDirectory.create(tmp_path / "run", config(line_folder))
    with pytest.raises(InputError, match="does not hold a batch of 4 at step 0.* Take a smaller batch_size"):
        train(run)
    assert "smaller batch_size" in run.status().message


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
    assert read_state(run.checkpoints)[1].step == 1, "and kept"


@pytest.mark.parametrize("freeze", ["cnn", "cnn+lstm1"])
def test_what_is_frozen_rests(freeze, line_folder, tmp_path, tiny_preset):
    trainer = trainer_of(config(line_folder, freeze=freeze), tmp_path / "run")
    before = {k: v.clone() for k, v in trainer.network.state_dict().items()}
    take_steps(trainer, 3)
    moved = {k for k, v in trainer.network.state_dict().items() if not torch.equal(before[k], v)}
    resting = ("stem.", "body.", "lstm.0.") if freeze == "cnn+lstm1" else ("stem.", "body.")
    assert not any(k.startswith(resting) for k in moved), "weights and batch norms"
    assert {k.split(".")[0] for k in moved} == {"lstm", "head", "shortcut"}
    assert any(k.startswith("lstm.0.") for k in moved) == (freeze == "cnn")


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


# --- connectors


@pytest.fixture
def language_model(tiny):
    return str(tiny("gpt2", eos_token="<e>"))


def taught(folder, lm: str, **changes) -> TrainConfig:
    """A run with a qformer and an aligned connector at two taps, all losses on, half of each batch read."""
    qformer = ConnectorConfig("qformer", "lstm2", queries=8, width=16, heads=2)
    values = {"connectors": [qformer, ConnectorConfig("aligned", "columns", 0.5)], "language_model": lm}
    values |= {"kl_weight": 0.1, "lm_share": 0.5, "steps": 6, "connector_warmup": 2}
    return config(folder, **{**values, **changes})


def trainer_of(configuration: TrainConfig, directory) -> Trainer:
    return Trainer(RunDirectory.create(directory, configuration), None)


def take_steps(trainer: Trainer, steps: int, same_batch: bool = False) -> list[dict[str, float]]:
    """The next steps' losses, of batches in turn or of the first one again and again."""
    stream, rows = trainer._stream(trainer.status.step), []
    batch, again = next(stream)
    for _ in range(steps):
        rows.append(trainer._step(batch, again).numbers)
        trainer.status.step += 1
        batch, again = (batch, again) if same_batch else next(stream)
    return rows


def prefixed(run: RunDirectory, prefix: str) -> dict[str, torch.Tensor]:
    return {k[len(prefix) :]: v for k, v in weights(run).items() if k.startswith(prefix)}


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
    assert torch.equal(loaded.modules["lstm2"].queries, averages["lstm2.queries"])


def test_the_losses_are_logged_apart_and_add_up(line_folder, tmp_path, tiny_preset, language_model):
    trainer = trainer_of(taught(line_folder, language_model), tmp_path / "run")
    rows = take_steps(trainer, 4)
    parts = {"lm", "kl", "lm/lstm2", "kl/lstm2", "lm/columns", "kl/columns", "connector_gradient_norm", "cut_off"}
    assert all(parts <= row.keys() for row in rows)
    assert ["ctc" in row for row in rows] == [False, False, True, True]
    last = rows[-1]
    language = sum(w * 0.1 * (last[f"lm/{tap}"] + last[f"kl/{tap}"]) for tap, w in (("lstm2", 1.0), ("columns", 0.5)))
    assert last["loss"] == pytest.approx(last["ctc"] + 0.1 * last["shortcut_ctc"] + language, rel=1e-5)
    assert last["lm"] == pytest.approx((last["lm/lstm2"] + last["lm/columns"]) / 2)
    assert any(row["cut_off"] > 0 for row in rows), "8 queries are fewer than the tokens of most lines"


def test_in_the_warm_up_the_connectors_alone_learn(line_folder, tmp_path, tiny_preset, language_model):
    trainer = trainer_of(taught(line_folder, language_model), tmp_path / "run")
    states = []
    for steps in (0, 2, 1):
        take_steps(trainer, steps) if steps else None
        states.append(
            [{k: v.clone() for k, v in m.state_dict().items()} for m in (trainer.network, trainer.teaching.modules)]
        )
    (before, fresh), (rested, warm), (after, _) = states
    assert [k for k in before if not torch.equal(before[k], rested[k])] == [], "weights and batch norms rest"
    assert not torch.equal(fresh["lstm2.queries"], warm["lstm2.queries"])
    moved = [k for k in rested if not torch.equal(rested[k], after[k])]
    assert any("running_mean" in k for k in moved)
    assert any("lstm" in k for k in moved)


def test_with_the_recogniser_frozen_the_connectors_alone_learn(line_folder, tmp_path, tiny_preset, language_model):
    changes = {"freeze": "recogniser", "connector_warmup": 0, "validate_every": 2, "checkpoint_every": 6}
    run = RunDirectory.create(tmp_path / "run", taught(line_folder, language_model, **changes))
    trainer = Trainer(run, None)
    before = {k: v.clone() for k, v in trainer.network.state_dict().items()}
    queries = trainer.teaching.modules["lstm2"].queries.clone()
    assert trainer.train().best_step == 6, "the last connectors are kept as best: the reading does not change"
    assert all(torch.equal(before[k], v) for k, v in trainer.network.state_dict().items())
    assert not torch.equal(queries, trainer.teaching.modules["lstm2"].queries)
    rows = [row for row in run.rows("metrics") if "loss" in row]
    assert all("ctc" not in row and row["lm"] > 0 for row in rows)
    assert all(len(trainer.teaching.rows(step, 4)) == 2 for step in range(6)), "lm_share holds"
    with pytest.raises(InputError, match="leaves nothing to learn without a connector"):
        TrainConfig(freeze="recogniser")
    with pytest.raises(InputError, match="freeze must be one of none, cnn"):
        TrainConfig(freeze="head")


def test_connectors_change_nothing_of_what_a_run_draws(line_folder, tmp_path, tiny_preset, language_model):
    """The first step of CTC alone and of CTC with connectors: the same lines, weights and dropout."""
    (plain,) = take_steps(trainer_of(config(line_folder), tmp_path / "plain"), 1)
    with_connectors = trainer_of(taught(line_folder, language_model, connector_warmup=0), tmp_path / "taught")
    (row,) = take_steps(with_connectors, 1)
    assert plain["ctc"] == row["ctc"]
    assert plain["gradient_norm"] != row["gradient_norm"], "the language model's gradient reaches the recogniser"


def test_the_recogniser_can_be_taught_through_the_frozen_model(line_folder, tmp_path, tiny_preset, language_model):
    changes = {"lm_share": 1.0, "kl_weight": 1.0, "learning_rate": 5e-3, "connector_warmup": 0, "steps": 100}
    connectors = [ConnectorConfig("aligned", "lstm2")]
    trainer = trainer_of(taught(line_folder, language_model, connectors=connectors, **changes), tmp_path / "run")
    rows = take_steps(trainer, 30, same_batch=True)
    assert rows[-1]["kl"] < 0.85 * rows[0]["kl"]


def test_a_loss_or_gradient_that_is_no_number_names_the_batch(
    line_folder, tmp_path, tiny_preset, language_model, monkeypatch
):
    import hwr.training.learn.teaching as teaching

    run = RunDirectory.create(tmp_path / "run", taught(line_folder, language_model, checkpoint_every=1))
    real, calls = teaching.Teacher.losses, []

    def broken(*args):
        calls.append(1)
        nll, kl = real(*args)
        return nll * (float("inf") if len(calls) > 2 else 1.0), kl

    monkeypatch.setattr(teaching.Teacher, "losses", broken)
    with pytest.raises(
        DivergedError, match=r"loss is not a number at step 1 \(seed 7, texts '.+', '.+'\); the last good"
    ):
        train(run)
    last = run.checkpoints / "last"
    assert load_connectors(last, load_checkpoint(last).network).training["steps"] == 1

    trainer = trainer_of(config(line_folder), tmp_path / "plain")
    before = {k: v.clone() for k, v in trainer.network.named_parameters()}
    monkeypatch.setattr(trainer, "_clip", lambda parameters: torch.tensor(torch.nan))
    with pytest.raises(DivergedError, match="gradient norm is not a number at step 0"):
        take_steps(trainer, 1)
    assert all(torch.equal(before[k], v) for k, v in trainer.network.named_parameters())


def test_rows_are_a_function_of_seed_and_step(line_folder, tmp_path, tiny_preset, language_model):
    teaching = trainer_of(taught(line_folder, language_model, lm_share=0.25), tmp_path / "run").teaching
    assert teaching.rows(1, 16) == list(range(16)), "all lines while the recogniser rests"
    chosen = [teaching.rows(step, 16) for step in range(2, 60)]
    assert chosen == [teaching.rows(step, 16) for step in range(2, 60)]
    assert {len(rows) for rows in chosen} == {4}
    assert {row for rows in chosen for row in rows} == set(range(16))
    assert len(teaching.rows(5, 1)) == 1


def test_connectors_that_cannot_be_trained_say_why(line_folder, tmp_path, tiny_preset, language_model):
    elsewhere = taught(line_folder, language_model, connectors=[ConnectorConfig("linear", "mobilevit1")])
    with pytest.raises(InputError, match="has no tap 'mobilevit1' for a connector; it has columns, lstm1, lstm2"):
        trainer_of(elsewhere, tmp_path / "tap")
    with pytest.raises(InputError, match="no language model directory at '/nowhere'"):
        trainer_of(taught(line_folder, "/nowhere"), tmp_path / "model")
    for changes, reason in (
        ({"connectors": [ConnectorConfig("linear"), ConnectorConfig("aligned")]}, "one connector"),
        ({"objective": "kd"}, "objective must be one of"),
        ({"lm_weight": 0.0, "kl_weight": 0.0}, "One of lm_weight and kl_weight must be above 0"),
        ({"lm_share": 0.0}, "lm_share"),
        ({"connector_warmup": 6}, "must be below steps .6., not 6"),
    ):
        with pytest.raises(InputError, match=reason):
            taught(line_folder, language_model, **changes)
    with pytest.raises(InputError, match=r"There is no field 'tapp' of item 1 of connectors \(did you mean 'tap'\?\)"):
        TrainConfig.from_dict({"connectors": [{"kind": "linear", "tapp": "lstm1"}]})


def test_a_budget_of_seconds_ends_a_run(line_folder, tmp_path, tiny_preset):
    run = RunDirectory.create(tmp_path / "run", config(line_folder, steps=100_000, seconds=0.2))
    status = train(run)
    assert status.state == "finished"
    assert 0.2 <= status.seconds_trained < 20
    assert status.step < 2000
    assert [r["step"] for r in run.rows("metrics") if "val_cer" in r][-1] == status.step
    c = TrainConfig(steps=100, warmup=10, learning_rate=1.0, final_learning_rate=0.1, seconds=60)
    assert learning_rate(c, 11, 60.0) == pytest.approx(0.1)


def test_the_recognisers_rate_waits_for_the_connectors(line_folder):
    c = TrainConfig(
        steps=110, warmup=10, learning_rate=1.0, connectors=[ConnectorConfig("linear")], connector_warmup=10
    )
    plain = TrainConfig(steps=100, warmup=10, learning_rate=1.0)
    assert [learning_rate(c, s) for s in range(10)] == [0.0] * 10
    alone = TrainConfig(steps=100, warmup=10, learning_rate=1.0, connector_warmup=10)
    assert learning_rate(alone, 0) == learning_rate(plain, 0) > 0, "CTC alone has nothing to wait for"
    assert [learning_rate(c, s) for s in range(10, 111)] == [learning_rate(plain, s) for s in range(101)]


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
