"""What the language losses teach a recogniser beside CTC: `python -m tests.benchmarks.signal RUN [RUN ...]`.

RUN is the directory of a run with connectors. At its start (its connectors warmed up as the run did it, the recogniser as
it was) and at its end, the gradient of each part of the loss is compared with the one that would lower the CTC loss of the
lines of other batches: its cosine, its length, and its share in what a step gains there to first order.

With d the held-out gradient, g the gradient of CTC and h that of the language losses with all their weights, both for one
batch, the share is <d, h> / mean <d, g>; in Adam's metric, where each coordinate is divided by the root of the mean of g^2,
which is how the optimizer walks. A share of 0.1 says: the language losses add a tenth to what CTC gains by itself.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from hwr.errors import InputError
from hwr.evaluation.bootstrap import Interval, bootstrap_mean
from hwr.training.batches import Batch
from hwr.training.loop import Trainer, ctc_loss
from hwr.training.runs import RunDirectory
from hwr.training.saving import read_state
from hwr.training.teaching import Teaching


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


def held_out_gradient(trainer: Trainer, batches: Sequence[Batch], parameters: list[torch.nn.Parameter]) -> Tensor:
    """Mean gradient of the CTC loss, nothing dropped out."""
    trainer.network.eval()
    total = torch.zeros(sum(p.numel() for p in parameters))
    for batch in batches:
        output = trainer.network(batch.images / 255.0, batch.widths)
        total += flat(ctc_loss(output.logits, output, batch), parameters)
    return total / len(batches)


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
    assert trainer.teaching
    parameters = list(trainer.network.parameters())
    d = held_out_gradient(trainer, held_out, parameters)
    step = trainer.config.connector_warmup  # from here on as many lines are read as the run asks for
    pairs = [gradients(trainer, trainer.teaching, b, step + i, parameters) for i, b in enumerate(batches)]
    scaled = d / (torch.stack([g.square() for g, _ in pairs]).mean(0).sqrt() + 1e-8)
    gain = torch.stack([scaled @ g for g, _ in pairs]).mean()

    def over_batches(values: list[Tensor]) -> Interval:
        return bootstrap_mean([float(v) for v in values])

    return Signal(
        over_batches([torch.cosine_similarity(d, g, 0) for g, _ in pairs]),
        over_batches([torch.cosine_similarity(d, h, 0) for _, h in pairs]),
        over_batches([h.norm() / g.norm() for g, h in pairs]),
        over_batches([scaled @ h / gain for _, h in pairs]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, help="run directories with connectors, finished")
    parser.add_argument("--batches", type=int, default=128, help="that are compared, and as many that are held out")
    args = parser.parse_args()
    print(f"{'run':<28} {'at':<6} {'cos(d, g)':^25} {'cos(d, h)':^25} {'|h| / |g|':^25} {'share':^25}")
    for path in args.runs:
        trainer = Trainer(RunDirectory.open(path), None)
        if not trainer.teaching:
            raise InputError(f"{path} has no connectors; name a run that has.")
        warmup = trainer.config.connector_warmup
        stream = (batch for chunk in range(len(trainer.batches)) for batch in trainer.batches[chunk])
        for trainer.status.step in range(warmup):
            trainer._step(next(stream))
        others = [next(stream) for _ in range(2 * args.batches)]
        parts = others[: args.batches], others[args.batches :]
        print(f"{path.name:<28} {'start':<6} {measure(trainer, *parts)}", flush=True)
        found = read_state(path / "checkpoints")
        if found:
            trainer._load(found[0])
            print(f"{path.name:<28} {'end':<6} {measure(trainer, *parts)}", flush=True)


if __name__ == "__main__":
    main()
