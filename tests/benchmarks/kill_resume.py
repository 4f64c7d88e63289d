"""A training that is killed (SIGKILL) at random moments and resumed each time ends in the same bits as one left alone.

`python -m tests.benchmarks.kill_resume --kills 100` prints what happened and exits with 1 if anything differs. The
trainings are processes forked from this one, so that importing torch is paid for once; each opens the run directory
anew, as a process started from a shell does.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

from hwr.data.dataset import write_imagefolder
from hwr.data.supply import synthesize
from hwr.data.synthesis import FontSource
from hwr.paths import ASSETS
from hwr.recognizer.checkpoint import load_checkpoint
from hwr.recognizer.config import PRESETS, Stage, preset
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.learn.loop import train
from hwr.training.run.directory import RunDirectory
from tests.benchmarks import run


@dataclass
class Report:
    """kills by the state in which the run was found after them; differing: names of what was not equal at the end."""

    kills: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    failed: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)
    aside: int = 0  # kills that left an unfinished or a replaced directory behind
    steps_lost: int = 0


def tiny_run(directory: Path) -> TrainConfig:
    """A run whose steps are short and which saves at every one of them, so that a kill often meets a save."""
    stages = (Stage(1, 4), Stage(1, 4, pool=(2, 2)), Stage(1, 8, pool=(2, 1)))
    PRESETS["tiny"] = preset("small").replace(preset="tiny", stem_channels=4, stages=stages, lstm_hidden=8)
    lines = directory / "lines"
    splits = ["train"] * 8 + ["val"] * 2
    samples = synthesize(FontSource(ASSETS / "fonts", None), len(splits), seed=3)
    write_imagefolder(lines, ((s.grey, s.text, {"split": split}) for s, split in zip(samples, splits, strict=True)))
    every: dict[str, Any] = {"log_every": 1, "validate_every": 2, "checkpoint_every": 1}
    data = [DataConfig(str(lines))]
    return TrainConfig(
        data=data,
        preset="tiny",
        steps=60,
        batch_size=2,
        warmup=2,
        ema=0.9,
        seed=7,
        precision="float32",  # two runs might each measure another one to be faster
        **every,
    )


def kill_and_resume(directory: Path, kills: int, seed: int) -> Report:
    """Kill `kills` trainings at random moments, resuming every time; whole runs are begun as often as it takes."""
    torch.set_num_threads(1)  # so that nothing but this thread is there to be lost by a fork
    config, rng, report = tiny_run(directory), np.random.default_rng(seed), Report()
    whole = RunDirectory.create(directory / "whole", config)
    child = _train_apart(whole)
    _wait_until_it_trains(whole, child)
    start = time.monotonic()
    _wait(child)
    seconds, number = time.monotonic() - start, 0
    while report.kills.total() < kills:
        run = RunDirectory.create(directory / f"run-{number}", config)
        number += 1
        while run.status().state != "finished":
            wanted = report.kills.total() < kills
            _attempt(run, rng.uniform(-0.02, 0.08) * seconds if wanted else None, report)
        report.finished += 1
        report.differing += [f"{run.path.name}: {what}" for what in differences(whole, run)]
    return report


def _attempt(run: RunDirectory, seconds: float | None, report: Report) -> None:
    """Train on in a process of its own, and kill it after so many seconds unless it has ended (None: let it end).

    The seconds count from its first step; below 0 it is killed while it still reads what was saved.
    """
    child = _train_apart(run)
    if seconds is not None:
        if seconds >= 0:
            _wait_until_it_trains(run, child)
        time.sleep(abs(seconds))
        os.kill(child, signal.SIGKILL)  # a child that has ended and was not waited for can still be named
    code = _wait(child)
    if code == -signal.SIGKILL:
        reached = max((row["step"] for row in run.rows("metrics")), default=0)
        saved = run.checkpoints / "state" / "status.json"
        report.steps_lost += reached - (RunDirectory(saved.parent).status().step if saved.exists() else 0)
        report.kills[run.status().state] += 1
        report.aside += any(run.checkpoints.glob(".*"))
        for path in run.finished_checkpoints():
            load_checkpoint(path)  # what can be seen is whole
    elif code != 0:
        report.failed.append(f"{run.path.name}: exit code {code}: {' '.join(run.log_tail(2))}")
        raise RuntimeError(report.failed[-1])


def _wait_until_it_trains(run: RunDirectory, child: int) -> None:
    while True:
        status = run.status()
        if status.pid == child and status.state not in ("queued", "starting"):
            return
        time.sleep(0.005)


def differences(first: RunDirectory, second: RunDirectory) -> list[str]:
    """The tensors of the two final states that are not equal to the last bit, and the logged values that are not."""
    a, b = (load_file(run.checkpoints / "state" / "state.safetensors") for run in (first, second))
    found = [
        name for name in a.keys() | b.keys() if name not in a or name not in b or not torch.equal(a[name], b[name])
    ]
    times = ("seconds", "lines_per_second", "pixels_per_second", "eta_seconds", "memory")
    rows = [
        [{k: v for k, v in row.items() if k not in times} for row in run.rows("metrics")] for run in (first, second)
    ]
    if rows[0] != rows[1]:
        found.append("metrics.jsonl")
    if first.rows("samples") != second.rows("samples"):
        found.append("samples.jsonl")
    return found


def _train_apart(run: RunDirectory) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        train(RunDirectory.open(run.path))
        code = 0
    finally:
        os._exit(code)


def _wait(child: int) -> int:
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        start = time.monotonic()
        report = kill_and_resume(Path(directory), args.kills, args.seed)
    print(f"{report.kills.total()} kills in {time.monotonic() - start:.0f} s, the run then found: {dict(report.kills)}")
    print(f"{report.aside} of them left a directory aside; {report.steps_lost} logged steps were taken again")
    print(f"{report.finished} runs finished; different from the uninterrupted one: {report.differing or 'nothing'}")
    return 1 if report.differing else 0


if __name__ == "__main__":
    run(main)
