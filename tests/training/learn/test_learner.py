"""What one step moves, and what it does not."""

import numpy as np
import pytest
import torch
from small_runs import config, take_steps, taught, teaching_of, trainer_of

from hwr.errors import InputError
from hwr.language.config import ConnectorConfig
from hwr.language.connector import load_connectors
from hwr.recognizer.checkpoint import load_checkpoint
from hwr.recognizer.network import RecognizerOutput
from hwr.training.learn.learner import Learner, ctc_loss
from hwr.training.learn.loop import Trainer, train
from hwr.training.lines.batches import Batch
from hwr.training.run.directory import RunDirectory
from hwr.training.run.failures import DivergedError


@pytest.mark.slow
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
    assert (again.learner.precision, again.learner.why) == ("bfloat16", "as before")
    other = Trainer(RunDirectory.create(tmp_path / "other", config(line_folder)), None)
    assert other.learner.precision == "float32"


@pytest.mark.slow
def test_dropout_is_of_the_training_and_not_of_the_checkpoint(line_folder, tmp_path, tiny_preset, tiny_config):
    run = RunDirectory.create(tmp_path / "run", config(line_folder, dropout=0.75, steps=1))
    trainer = Trainer(run, None)
    assert trainer.network.dropout.p == trainer.learner.best_network().dropout.p == 0.75
    plain = trainer_of(config(line_folder), tmp_path / "plain")
    assert plain.network.dropout.p == tiny_config.dropout != 0.75
    assert take_steps(trainer, 1)[0]["ctc"] != take_steps(plain, 1)[0]["ctc"]
    trainer.save()
    assert load_checkpoint(run.checkpoints / "last").network.dropout.p == tiny_config.dropout


@pytest.mark.slow
def test_a_loss_that_is_no_number_stops_the_run(line_folder, tmp_path, tiny_preset, monkeypatch):
    import hwr.training.learn.learner as learner

    real, calls = learner.ctc_loss, []

    def broken(*args):
        calls.append(1)
        return real(*args) * (float("nan") if len(calls) > 20 else 1.0)

    monkeypatch.setattr(learner, "ctc_loss", broken)
    run = RunDirectory.create(tmp_path / "run", config(line_folder))
    with pytest.raises(RuntimeError, match="not a number at step 10"):
        train(run)
    assert run.status().state == "failed"
    assert load_checkpoint(run.checkpoints / "last").config.preset == "tiny"


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


@pytest.mark.slow
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


@pytest.mark.slow
def test_in_the_warm_up_the_connectors_alone_learn(line_folder, tmp_path, tiny_preset, language_model):
    trainer = trainer_of(taught(line_folder, language_model), tmp_path / "run")
    states = []
    for steps in (0, 2, 1):
        take_steps(trainer, steps) if steps else None
        states.append(
            [{k: v.clone() for k, v in m.state_dict().items()} for m in (trainer.network, teaching_of(trainer).modules)]
        )
    (before, fresh), (rested, warm), (after, _) = states
    assert [k for k in before if not torch.equal(before[k], rested[k])] == [], "weights and batch norms rest"
    assert not torch.equal(fresh["lstm2.queries"], warm["lstm2.queries"])
    moved = [k for k in rested if not torch.equal(rested[k], after[k])]
    assert any("running_mean" in k for k in moved)
    assert any("lstm" in k for k in moved)


@pytest.mark.slow
def test_connectors_change_nothing_of_what_a_run_draws(line_folder, tmp_path, tiny_preset, language_model):
    """The first step of CTC alone and of CTC with connectors: the same lines, weights and dropout."""
    (plain,) = take_steps(trainer_of(config(line_folder), tmp_path / "plain"), 1)
    with_connectors = trainer_of(taught(line_folder, language_model, connector_warmup=0), tmp_path / "taught")
    (row,) = take_steps(with_connectors, 1)
    assert plain["ctc"] == row["ctc"]
    assert plain["gradient_norm"] != row["gradient_norm"], "the language model's gradient reaches the recogniser"


@pytest.mark.slow
def test_the_recogniser_can_be_taught_through_the_frozen_model(line_folder, tmp_path, tiny_preset, language_model):
    changes = {"lm_share": 1.0, "kl_weight": 1.0, "learning_rate": 5e-3, "connector_warmup": 0, "steps": 100}
    connectors = [ConnectorConfig("aligned", "lstm2")]
    trainer = trainer_of(taught(line_folder, language_model, connectors=connectors, **changes), tmp_path / "run")
    rows = take_steps(trainer, 30, same_batch=True)
    assert rows[-1]["kl"] < 0.85 * rows[0]["kl"]


@pytest.mark.slow
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
    monkeypatch.setattr(trainer.learner, "_clip", lambda parameters: torch.tensor(torch.nan))
    with pytest.raises(DivergedError, match="gradient norm is not a number at step 0"):
        take_steps(trainer, 1)
    assert all(torch.equal(before[k], v) for k, v in trainer.network.named_parameters())


def test_want_of_memory_is_told_with_what_to_change(line_folder, tmp_path, tiny_preset, monkeypatch):
    def greedy(*args):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes")

    monkeypatch.setattr(Learner, "step", greedy)
    run = RunDirectory.create(tmp_path / "run", config(line_folder))
    with pytest.raises(InputError, match="does not hold a batch of 4 at step 0.* Take a smaller batch_size"):
        train(run)
    assert "smaller batch_size" in run.status().message


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
