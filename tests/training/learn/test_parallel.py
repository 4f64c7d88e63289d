"""Several processes learn, evaluate and read what one does."""

import copy
import json
import os
import shutil
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from accelerate import Accelerator

from hwr.cli import main
from hwr.data.supply import LineSource
from hwr.errors import InputError
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import Checkpoint, save_checkpoint
from hwr.recognizer.network import Recognizer
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.learn.learner import Learner, ctc_loss
from hwr.training.learn.loop import train
from hwr.training.learn.parallel import SharedBatchNorm, share_batch_norms
from hwr.training.lines.batches import ChunkedBatches
from hwr.training.lines.sets import build_data
from hwr.training.run.directory import RunDirectory, Status
from hwr.training.run.state import read_state

HERE = Path(__file__).parent
NARROW = 700  # network pixels; some lines of the set are wider


@pytest.fixture
def in_double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def together(directory: Path, world: int = 2) -> dict[str, str]:
    """What the first of `world` processes printed, by command. They are told of each other as a launcher would."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    common = {"ACCELERATE_USE_CPU": "true", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(world)}
    call = [sys.executable, str(HERE / "work_together.py"), str(directory)]
    processes = [
        subprocess.Popen(
            call,
            env={
                **os.environ,
                **common,
                "RANK": str(rank),
                "LOCAL_RANK": str(rank),
                "PYTHONPATH": str(HERE.parents[2]),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(world)
    ]
    results = [process.communicate(timeout=280) for process in processes]
    assert [process.returncode for process in processes] == [0] * world, results
    assert all(out == "" for out, _ in results[1:]), "the first process alone speaks"
    parts = results[0][0].split("--- ")[1:]
    return {name: rest for name, _, rest in (part.partition("\n") for part in parts)}


@pytest.mark.slow
def test_two_processes_do_what_one_does(line_folder, tiny_config, tmp_path, in_double, capsys):
    """Batches of 5 lines, so 3 and 2; frames of unequal lines, batch norms in training, validation in shares."""
    shutil.copytree(line_folder, tmp_path / "lines")
    charset = Charset.from_texts(LineSource(line_folder, None).dataset.texts)
    torch.manual_seed(0)
    network = Recognizer(tiny_config.replace(dropout=0.0), charset.classes)
    save_checkpoint(Checkpoint(network.eval(), charset), tmp_path / "start")
    every: dict[str, Any] = {"log_every": 1, "validate_every": 3, "checkpoint_every": 6}
    data = [DataConfig(str(tmp_path / "lines"))]
    config = TrainConfig(data, init=str(tmp_path / "start"), steps=6, batch_size=5, warmup=2, ema=0.9, **every)
    config.save(tmp_path / "shared.yaml")
    local = replace(config, local_batches=True, augment=False, max_width=NARROW, steps=1)
    local.save(tmp_path / "local.yaml")

    alone = RunDirectory.create(tmp_path / "alone", config)
    train(alone)
    printed = together(tmp_path)

    rows, expected = RunDirectory.open(tmp_path / "shared").rows("metrics"), alone.rows("metrics")
    assert [row["step"] for row in rows] == [row["step"] for row in expected]
    for row, other in zip(rows, expected, strict=True):
        for name in ("loss", "ctc", "shortcut_ctc", "gradient_norm", "learning_rate", "val_cer", "val_wer"):
            if name in other:
                assert row[name] == pytest.approx(other[name], rel=1e-9), name
    states = [read_state(tmp_path / name / "checkpoints") for name in ("shared", "alone")]
    (mine, status), (theirs, _) = (state for state in states if state is not None)
    assert status.step == 6
    assert mine.keys() - theirs.keys() == {"random.1"}, "every process's random state is kept"
    for name in theirs:
        if name.startswith(("network.", "average.", "optimizer.")):
            torch.testing.assert_close(mine[name], theirs[name], rtol=1e-7, atol=1e-9)

    _check_local_batches(tmp_path, local, network, charset)
    capsys.readouterr()
    for command, arguments in (
        ("evaluate", ["--data", str(tmp_path / "lines")]),
        ("read", sorted(map(str, (tmp_path / "lines" / "val").glob("*.png")))),
    ):
        assert main([command, *arguments, "--model", str(tmp_path / "start"), "--json"]) == 0
        ours, others = json.loads(capsys.readouterr().out), json.loads(printed[command])
        assert _without_times(ours) == _without_times(others), command


def _check_local_batches(directory: Path, config: TrainConfig, network: Recognizer, charset: Charset) -> None:
    """The first loss is the mean over all lines, each part normalised alone; what was left out is counted in both."""
    same = {"batch_size": config.batch_size, "chunks": 1, "seed": config.seed, "max_width": NARROW, "augment": False}
    source, _ = build_data(config)
    parts = [
        ChunkedBatches(source, charset, network.config, **same, rank=rank, world=2, local=True)[0] for rank in (0, 1)
    ]
    losses = []
    for batch in (batches[0] for batches in parts):
        with torch.no_grad():
            output = copy.deepcopy(network).train()(batch.images.double() / 255, batch.widths)
            ctc, shortcut = (ctc_loss(x, output, batch) for x in (output.logits, output.shortcut_logits))
        losses.append(len(batch.texts) * float(ctc + config.shortcut_weight * shortcut))
    run, dropped = RunDirectory.open(directory / "local"), [sum((b.dropped for b in p), Counter[str]()) for p in parts]
    first = next(row for row in run.rows("metrics") if "loss" in row)
    assert first["loss"] == pytest.approx(sum(losses) / config.batch_size, rel=1e-9)
    assert all(dropped)
    assert f"chunk 0: left out {dict(dropped[0] + dropped[1])}" in "\n".join(run.log_tail(99))


def _without_times(value):
    """The value with its numbers rounded: batches of other lines add up in another order."""
    if isinstance(value, dict):
        return {k: _without_times(v) for k, v in value.items() if k != "seconds"}
    if isinstance(value, list):
        return [_without_times(v) for v in value]
    return round(value, 6) if isinstance(value, float) else value


def test_a_batch_must_have_a_line_for_every_process(line_folder, tmp_path, tiny_checkpoint, monkeypatch):
    import hwr.training.learn.loop as loop

    monkeypatch.setattr(loop.Accelerator, "num_processes", 2)
    run = RunDirectory.create(tmp_path / "run", TrainConfig([DataConfig(str(line_folder))], batch_size=1))
    with pytest.raises(InputError, match="A batch of 1 cannot be shared by 2 processes"):
        train(run)
    assert "cannot be shared" in run.status().message


def test_shared_batch_norms_keep_the_weights_and_the_reading(tiny_checkpoint):
    network = tiny_checkpoint.network
    images, before = torch.rand(2, 64, 96), {k: v.clone() for k, v in network.state_dict().items()}
    expected = network(images).logits
    share_batch_norms(network)
    network.eval()
    after = network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[k], after[k]) for k in before)
    assert sum(isinstance(module, SharedBatchNorm) for module in network.modules()) > 0
    torch.testing.assert_close(network(images).logits, expected)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
def test_shared_batch_norms_of_one_process_are_those_of_pytorch(tmp_path, dtype, tolerance):
    """Output, gradients and running statistics; in bfloat16 those of a step under autocast."""
    dist.init_process_group("gloo", init_method=f"file://{tmp_path / 'group'}", rank=0, world_size=1)
    try:
        torch.manual_seed(0)
        own, shared = torch.nn.BatchNorm2d(3), SharedBatchNorm(3)
        images, wanted = torch.randn(2, 4, 3, 5, 7) * 3 + 1
        found = []
        for norm in (own, shared):
            x = images.to(dtype).requires_grad_()
            y = norm(x)
            (y.float() - wanted).square().mean().backward()
            assert norm.weight.grad is not None
            assert x.grad is not None
            found.append((y, x.grad, norm.weight.grad, norm.running_mean, norm.running_var))
    finally:
        dist.destroy_process_group()
    assert found[1][0].dtype == dtype
    for theirs, ours in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=tolerance, atol=tolerance)


def test_what_rests_rests_in_every_process(tiny_checkpoint, monkeypatch):
    monkeypatch.setattr(Accelerator, "num_processes", property(lambda _: 2))
    config = TrainConfig(data=[DataConfig("nowhere")], freeze="cnn")
    network = tiny_checkpoint.network.train()
    learner = Learner(config, network, tiny_checkpoint.charset, Accelerator(cpu=True), Status())
    norms = [module for module in network.modules() if isinstance(module, SharedBatchNorm)]
    assert norms
    assert not any(parameter.requires_grad for norm in norms for parameter in norm.parameters())
    assert {norm for part in learner.frozen for norm in part.modules()} >= set(norms)
