"""What teaching by a language model costs: `python -m tests.benchmarks.objectives [--lm NAME] [--rounds N]`.

A training step with each kind of connector against the CTC-only step, taken in turns on the same batches; and the memory
of the KL of full vocabularies against that of `token_losses`, each in a process of its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from hwr.language.config import ConnectorConfig
from hwr.language.objective import token_losses
from hwr.paths import ASSETS
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.learn.loop import Trainer
from hwr.training.run.directory import RunDirectory
from hwr.training.run.processes import peak_memory
from tests.benchmarks import run

BATCH, TOKENS, VOCABULARY, HIDDEN = 16, 64, 50257, 256
CHARACTERS = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz"


def trainers(lm: str, directory: Path) -> dict[str, Trainer]:
    """A run of the preset `small` for each way of teaching, KD on, 1/8 of the batch read by the model."""
    rows = {
        "CTC alone": {},
        "qformer + KD": {"connectors": [ConnectorConfig("qformer", "lstm1")]},
        "aligned + KD": {"connectors": [ConnectorConfig("aligned", "lstm1")]},
        "linear_gelu_ln + KD, N = T, n positions read": {"connectors": [ConnectorConfig("linear_gelu_ln", "lstm1")]},
        "linear_gelu_ln + KD, N = T, all read (prefix)": {
            "connectors": [ConnectorConfig("linear_gelu_ln", "lstm1")],
            "objective": "prefix",
        },
    }
    made = {}
    for name, fields in rows.items():
        data = [DataConfig(str(ASSETS / "fonts"), kind="fonts", split=None)]
        config = TrainConfig(data=data, characters=CHARACTERS, batch_size=BATCH, seed=1, max_width=1800)
        for key, value in {"language_model": lm, "kl_weight": 0.1, **fields}.items():
            setattr(config, key, value)
        made[name] = Trainer(RunDirectory.create(directory / str(len(made)), config), None)
    return made


def training_steps(lm: str, rounds: int, batches_a_round: int) -> dict[str, tuple[float, float]]:
    """Median seconds a step, by the wall clock and of the processor; the latter bears a busy machine better."""
    with tempfile.TemporaryDirectory() as directory:
        runs = trainers(lm, Path(directory))
        batches = runs["CTC alone"].batches[0][:batches_a_round]
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
        for turn in range(rounds + 1):
            for k, batch in enumerate(batches):
                for name, trainer in runs.items():
                    trainer.status.step = 1 + turn * len(batches) + k
                    start = time.perf_counter(), time.process_time()
                    trainer.learner.step(batch)
                    if turn:  # the first turn compiles kernels
                        times[name].append((time.perf_counter() - start[0], time.process_time() - start[1]))
        widths = [batch.images.shape[-1] for batch in batches]
        teaching = runs["qformer + KD"].learner.teaching
        assert teaching is not None
        tokens = [n for b in batches for n in map(len, teaching.teacher.lm.token_ids(b.texts))]
        print(
            f"{len(batches)} batches of {BATCH}, {min(widths)} to {max(widths)} px; {statistics.mean(tokens):.1f} tokens a line"
        )
        return {name: tuple(map(statistics.median, zip(*values, strict=True))) for name, values in times.items()}


def _inputs() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, nn.Linear]:
    torch.manual_seed(0)
    head = nn.Linear(HIDDEN, VOCABULARY, bias=False).requires_grad_(False)
    hidden, reference = torch.randn(2, BATCH * TOKENS, HIDDEN).unbind()
    return hidden.requires_grad_(), reference, torch.randint(VOCABULARY, (BATCH * TOKENS,)), head


def naive() -> None:
    """All logits of both, as `F.kl_div` wants them."""
    hidden, reference, _, head = _inputs()
    F.kl_div(head(hidden).log_softmax(-1), head(reference).softmax(-1), reduction="sum").backward()


def chunked() -> None:
    hidden, reference, targets, head = _inputs()
    token_losses(hidden, targets, reference, head)[1].sum().backward()


def inputs_alone() -> None:
    """What both begin with, and the kernels of one small product."""
    hidden, reference, _, head = _inputs()
    head(hidden[:8]).sum().backward()
    del reference


def peak(function: Callable[[], None]) -> float:
    """Megabytes that a process which calls the function has held at most."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_run, (function,))


def _run(function: Callable[[], None]) -> float:
    torch.set_num_threads(1)
    function()
    return peak_memory() / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lm", default="default")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--batches", type=int, default=3, help="different ones in a round")
    parser.add_argument("--part", choices=["steps", "memory"], help="one half alone")
    args = parser.parse_args()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads")
    if args.part != "memory":
        print_steps(training_steps(args.lm, args.rounds, args.batches))
    if args.part != "steps":
        print_memory()


def print_steps(times: dict[str, tuple[float, float]]) -> None:
    base = times["CTC alone"]
    print(
        f"{'a training step with':<48} {'wall':>7}  {'ratio':>6} {'cpu':>9}  {'ratio':>6}   (wanted, qformer + KD: 1.30)"
    )
    for name, (wall, cpu) in times.items():
        print(f"{name:<48} {wall:7.3f} s {wall / base[0]:6.2f} {cpu:7.3f} s {cpu / base[1]:6.2f}")


def print_memory() -> None:
    least, full, ours = (peak(function) for function in (inputs_alone, naive, chunked))
    print(f"KD, B {BATCH}, n {TOKENS}, V {VOCABULARY}: {full - least:.0f} MB naive, {ours - least:.0f} MB in chunks,")
    print(f"{(ours - least) / (full - least):.1%} of the extra peak memory (wanted: at most 25 %)")


if __name__ == "__main__":
    run(main)
