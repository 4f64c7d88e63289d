"""One step of training: what a batch moves, in the network and in the connectors where the run has any."""

from __future__ import annotations

import copy
import math
from collections import defaultdict
from dataclasses import replace
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.nn import functional as F

from hwr.evaluation.sharding import gathered
from hwr.recognizer.charset import Charset
from hwr.recognizer.network import Recognizer, RecognizerOutput
from hwr.training.config import TrainConfig
from hwr.training.learn.averaging import MovingAverage, blended, weights_of
from hwr.training.learn.muon import Muon, like_adamw, matrices_within
from hwr.training.learn.parallel import share_batch_norms
from hwr.training.learn.precision import autocast, choose_precision
from hwr.training.learn.schedule import language_factor, learning_rate
from hwr.training.learn.second_look import second_look
from hwr.training.learn.sums import Step
from hwr.training.learn.teaching import Teaching
from hwr.training.lines.batches import Batch
from hwr.training.lines.sets import frozen_parts
from hwr.training.run.directory import Status
from hwr.training.run.failures import DivergedError


class Learner:
    """The network of one run, its connectors, its optimizer and its averaged weights.

    status: of the run, whose step and seconds say where the schedule is, and whose precision, where there is one, is what
    its steps computed with before.
    """

    def __init__(
        self, config: TrainConfig, network: Recognizer, charset: Charset, accelerator: Accelerator, status: Status
    ) -> None:
        self.config, self.network, self.accelerator, self.status = config, network, accelerator, status
        if accelerator.num_processes > 1 and not config.local_batches:
            share_batch_norms(network)
        self.frozen = frozen_parts(network, config.freeze)
        self.teaching = Teaching(config, network, charset, accelerator) if config.connectors else None
        self.model, self.optimizer = accelerator.prepare(network, self._optimizer())
        self.averages = self._kept_averages()
        self.start = weights_of(config.init) if config.init and config.blend < 1 else {}
        self.precision, self.why = self._precision()

    def _optimizer(self) -> torch.optim.Optimizer:
        """AdamW, or beside it Muon for the matrices within; norms and biases do not decay."""
        config, betas = self.config, (0.9, 0.98)
        within = matrices_within(self.network) if config.optimizer == "muon" else {}
        sorted_out: dict[tuple[int, float], list[nn.Parameter]] = defaultdict(list)
        for p in self.network.parameters():
            sorted_out[within.get(p, 0), config.weight_decay if p.ndim >= 2 else 0.0].append(p)
        groups: list[dict[str, Any]] = [
            {"params": parameters, "matrices": matrices, "weight_decay": decay}
            for (matrices, decay), parameters in sorted_out.items()
        ]
        if self.teaching:
            taught = self.teaching.parameters()
            groups.append({"params": taught, "matrices": 0, "weight_decay": 0.0, "connectors": True})
        if within:
            return Muon(groups, config.learning_rate, far=like_adamw, betas=betas)
        return torch.optim.AdamW(groups, config.learning_rate, betas)

    def _kept_averages(self) -> dict[str, MovingAverage]:
        """The averaged weights of the recogniser and of the connectors, by their name in the saved state."""
        averaged = {"average": self.network, "connector_average": self.teaching.modules if self.teaching else None}
        if not self.config.ema:
            return {}
        return {name: MovingAverage(module, self.config.ema) for name, module in averaged.items() if module is not None}

    def _precision(self) -> tuple[str, str]:
        """What the run's steps computed with so far, else what is chosen now, by the first process for all; and why."""
        before = self.status.precision
        chosen = choose_precision(before or self.config.precision, self.network, self.accelerator.device)
        precision, why = gathered(chosen)[0]
        self.status.precision = precision
        return precision, "as before" if precision == before else why

    def best_network(self) -> Recognizer:
        """The network to validate and save: the averaged weights where they are kept, blended with the start's."""
        average = self.averages.get("average")
        if not average and not self.start:
            return self.network
        network = copy.deepcopy(self.network)  # a fresh network would draw from the random state of the run
        learned = average.weights if average else self.network.state_dict()
        network.load_state_dict({k: blended(self.start.get(k), v, self.config.blend) for k, v in learned.items()})
        return network

    def go_back(self, checkpoint: str) -> None:
        """Put the weights of a checkpoint back, averages too; the optimizer goes on with its moments."""
        self.network.load_state_dict(weights_of(checkpoint))
        if average := self.averages.get("average"):
            average.load(self.network.state_dict())

    def step(self, batch: Batch, again: bool = False) -> Step:
        """Learn from a batch. again: it was learned from before and is looked at otherwise.

        On a CPU no step is taken whose losses or gradients are no numbers; a GPU would wait for the answer, so there they
        are looked at by `fetch`.
        """
        step, device = self.status.step, self.accelerator.device
        resting = step < self.config.resting_steps
        self.model.train(not resting)
        for module in self.frozen:
            module.eval()
        self._set_learning_rates()
        taps = self.teaching.taps if self.teaching else ()
        images = batch.images.to(device, non_blocking=True).to(next(self.network.parameters()).dtype) / 255.0
        if again:
            images = second_look(images, batch.widths, (self.config.seed, step))
        with autocast(self.precision, device), torch.set_grad_enabled(not resting):
            output = self.model(images, batch.widths, taps)
        losses: dict[str, Tensor] = {}
        loss = output.logits.new_zeros(())
        if not resting:
            share = len(batch.texts) * self.accelerator.num_processes / batch.whole
            ctc = share * ctc_loss(output.logits, output, batch, self.config.label_smoothing)
            shortcut = share * ctc_loss(output.shortcut_logits, output, batch)
            loss = ctc + self.config.shortcut_weight * shortcut
            losses |= {"ctc": ctc.detach(), "shortcut_ctc": shortcut.detach()}
        if self.teaching:
            taught, parts = self.teaching.loss(output, batch, step)
            loss = loss + language_factor(self.config, step, self.status.seconds_trained) * taught.to(loss.device)
            losses |= parts
        losses["loss"] = loss.detach()
        self.accelerator.backward(loss)
        if not resting:
            losses["gradient_norm"] = self._clip(list(self.network.parameters()))
        if self.teaching:
            losses["connector_gradient_norm"] = self._clip(self.teaching.parameters())
        taken = Step(step, losses, batch)
        if device.type == "cpu":
            self.fetch([taken])
        with autocast(self.precision, device):  # for the products of Muon
            self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        for average in self.averages.values():
            average.update(step)
        return taken

    def _set_learning_rates(self) -> None:
        config, status = self.config, self.status
        rate = learning_rate(config, status.step, status.seconds_trained)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
            if group.get("connectors"):  # they rise and fall in their own time, from the first step on
                own = replace(config, learning_rate=config.connector_learning_rate, connector_warmup=0, freeze="none")
                group["lr"] = learning_rate(own, status.step, status.seconds_trained)

    def _clip(self, parameters: list[torch.nn.Parameter]) -> Tensor:
        norm = self.accelerator.clip_grad_norm_(parameters, self.config.clip_norm)
        return norm if norm is not None else torch.zeros(())

    def fetch(self, steps: list[Step]) -> None:
        """Bring losses over from the device, all at once, as means over the processes. Raises DivergedError for no number."""
        if not steps:
            return
        values = torch.stack([value.double() for step in steps for value in step.losses.values()])
        if self.accelerator.num_processes > 1:
            values = over_processes(self.accelerator, values, "mean")
        numbers = iter(values.tolist())
        for step in steps:
            step.numbers = {name: next(numbers) for name in step.losses}
            for name in ("loss", "gradient_norm", "connector_gradient_norm"):
                self._check_finite(name, step.numbers.get(name, 0.0), step)

    def _check_finite(self, name: str, value: float, step: Step) -> None:
        if not math.isfinite(value):
            texts = [text for part in gathered(step.batch.texts) for text in part]
            raise DivergedError(
                "training.diverged",
                what=name.replace("_", " "),
                number=step.number,
                seed=self.config.seed,
                texts=", ".join(map(repr, texts)),
            )


def over_processes(accelerator: Accelerator, values: Tensor, reduction: str) -> Tensor:
    """The "sum" or "mean" over all processes."""
    return accelerator.reduce(values, reduction)  # type: ignore[return-value]


def ctc_loss(logits: Tensor, output: RecognizerOutput, batch: Batch, smoothing: float = 0.0) -> Tensor:
    """Mean over lines of the CTC loss per character (Graves et al. 2006); logits (B, T, C), lengths on the CPU.

    smoothing: share of it that gives way to KL(frame || all classes alike), the mean over a line's frames (Kim et al. 2018,
    "Improved training for online end-to-end speech recognition systems").
    """
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    log_probs = F.log_softmax(logits, dim=-1).transpose(0, 1)
    labels = batch.labels.to(log_probs.device, non_blocking=True)
    loss = F.ctc_loss(log_probs, labels, output.lengths, batch.label_lengths, zero_infinity=True)
    if not smoothing:
        return loss
    lengths = output.lengths.to(log_probs.device)
    inside = torch.arange(len(log_probs), device=log_probs.device)[:, None] < lengths
    distances = math.log(logits.shape[-1]) + (log_probs.exp() * log_probs).sum(-1)  # (T, B)
    return (1 - smoothing) * loss + smoothing * ((distances * inside).sum(0) / lengths).mean()
