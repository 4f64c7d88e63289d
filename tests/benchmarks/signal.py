"""What the language losses teach a recogniser beside CTC: `python -m tests.benchmarks.signal RUN [RUN ...]`.

RUN is the directory of a run with connectors. At its start (its connectors warmed up as the run did it, the recogniser as
it was) and at its end, the gradient of each part of the loss is compared with the one that would lower the CTC loss of the
lines of other batches: its cosine, its length, and its share in what a step gains there to first order.

With d the held-out gradient, g the gradient of CTC and h that of the language losses with all their weights, both for one
batch, the share is <d, h> / mean <d, g>; in Adam's metric, where each coordinate is divided by the root of the mean square of
the gradients, which is how the optimizer walks. A share of 0.1 says: the language losses add a tenth to what CTC gains by itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from hwr.errors import InputError
from hwr.evaluation.bootstrap import Interval, bootstrap_mean
from hwr.training.learn.learner import ctc_loss
from hwr.training.learn.loop import Trainer
from hwr.training.learn.teaching import Teaching
from hwr.training.lines.batches import Batch
from hwr.training.run.directory import RunDirectory
from hwr.training.run.state import read_state
from tests.benchmarks import run


@dataclass(frozen=True)
class Signal:
    """One moment of a run. cosine_*: with the held-out gradient. length: of h in that of g. share: see above."""

    cosine_ctc: Interval
    cosine_language: Interval
    length: Interval
    share: Interval

    def __str__(self) -> str:
        return " ".join(f"{i.value:>8.3f} [{i.low:+.3f}, {i.high:+.3f}]" for i in vars(self).values())


def flat(loss: Tensor, parameters: list[torch.nn.Parameter], keep: bool = False) -> Tensor:
    """The gradient as one vector, 0 where the loss does not reach."""
    parts = torch.autograd.grad(loss, parameters, retain_graph=keep, allow_unused=True)
    return torch.cat(
        [torch.zeros(p.numel()) if g is None else g.flatten() for p, g in zip(parameters, parts, strict=True)]
    )


def held_out_gradients(trainer: Trainer, batches: Sequence[Batch], parameters: list) -> tuple[Tensor, Tensor]:
    """Mean of the gradients of the CTC loss, nothing dropped out, and the root of the mean of their squares."""
    trainer.network.eval()
    mean, square = torch.zeros(2, sum(p.numel() for p in parameters)).unbind()
    for batch in batches:
        output = trainer.network(batch.images / 255.0, batch.widths)
        one = flat(ctc_loss(output.logits, output, batch), parameters)
        mean, square = mean + one / len(batches), square + one.square() / len(batches)
    return mean, square.sqrt()


def gradients(trainer: Trainer, teaching: Teaching, batch: Batch, step: int, parameters: list) -> tuple[Tensor, Tensor]:
    """g and h: of the CTC losses and of the language losses of one batch, as the run weighs them."""
    trainer.network.train()
    output = trainer.network(batch.images / 255.0, batch.widths, teaching.taps)
    shortcut = trainer.config.shortcut_weight * ctc_loss(output.shortcut_logits, output, batch)
    ctc = ctc_loss(output.logits, output, batch) + shortcut
    language, _ = teaching.loss(output, batch, step)
    return flat(ctc, parameters, keep=True), flat(language, parameters)


def measure(trainer: Trainer, batches: Sequence[Batch], held_out: Sequence[Batch]) -> Signal:
    """Compare on those batches, none of which is learned from."""
    assert trainer.learner.teaching
    parameters = list(trainer.network.parameters())
    d, size = held_out_gradients(trainer, held_out, parameters)
    scaled = d / (size + 1e-8)
    step = trainer.config.connector_warmup  # from here on as many lines are read as the run asks for
    rows = []
    for i, batch in enumerate(batches):
        g, h = gradients(trainer, trainer.learner.teaching, batch, step + i, parameters)
        cosines = [torch.cosine_similarity(d, x, 0) for x in (g, h)]
        rows.append([float(x) for x in (*cosines, h.norm() / g.norm(), scaled @ g, scaled @ h)])
    cosine_ctc, cosine_language, length, gain, gain_language = np.array(rows).T
    share = gain_language / gain.mean()
    return Signal(*map(bootstrap_mean, (cosine_ctc, cosine_language, length, share)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, help="run directories with connectors, finished")
    parser.add_argument("--batches", type=int, default=64, help="that are compared, and as many that are held out")
    args = parser.parse_args()
    print(f"{'run':<28} {'at':<6} {'cos(d, g)':^25} {'cos(d, h)':^25} {'|h| / |g|':^25} {'share':^25}")
    for path in args.runs:
        trainer = Trainer(RunDirectory.open(path), None)
        if not trainer.learner.teaching:
            raise InputError(f"{path} has no connectors; name a run that has.")
        warmup = trainer.config.connector_warmup
        stream = (batch for chunk in range(len(trainer.batches)) for batch in trainer.batches[chunk])
        for trainer.status.step in range(warmup):
            trainer.learner.step(next(stream))
        others = [next(stream) for _ in range(2 * args.batches)]
        parts = others[: args.batches], others[args.batches :]
        print(f"{path.name:<28} {'start':<6} {measure(trainer, *parts)}", flush=True)
        found = read_state(path / "checkpoints")
        if found:
            trainer.saving.load(found[0])
            print(f"{path.name:<28} {'end':<6} {measure(trainer, *parts)}", flush=True)


if __name__ == "__main__":
    run(main)
