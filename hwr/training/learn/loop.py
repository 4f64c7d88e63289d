"""The training loop: one for a laptop, a GPU, or many (Hugging Face Accelerate)."""

from __future__ import annotations

import copy
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader

from hwr.errors import InputError
from hwr.evaluation.sharding import gathered
from hwr.recognizer.charset import RIGHT_TO_LEFT, runs_right_to_left
from hwr.recognizer.network import Recognizer, RecognizerOutput
from hwr.training.learn.averaging import MovingAverage, blended, weights_of
from hwr.training.learn.parallel import share_batch_norms
from hwr.training.learn.precision import autocast, choose_precision
from hwr.training.learn.rounds import Rounds
from hwr.training.learn.saving import Saving
from hwr.training.learn.schedule import language_factor, learning_rate
from hwr.training.learn.second_look import second_look
from hwr.training.learn.sums import Step, Sums
from hwr.training.learn.teaching import Teaching
from hwr.training.learn.tracking import start_tracker, tracker_options
from hwr.training.learn.validation import Validation, validate
from hwr.training.lines.batches import (
    BATCHES_A_CHUNK,
    Batch,
    ChunkedBatches,
    single_threaded,
    worker_count,
)
from hwr.training.lines.sets import (
    VALIDATION_WIDTH,
    build_data,
    build_network,
    frozen_parts,
    set_name,
    skipped_of,
    texts_of,
)
from hwr.training.run.directory import RunDirectory, Status, is_first_process
from hwr.training.run.failures import DivergedError, explained
from hwr.training.run.processes import StopSignals, peak_memory
from hwr.training.run.state import random_states

HARM = 1.1  # times the best CER: a round that ends above it is undone
Progress = Callable[[Status, dict[str, float]], None]


def train(run: RunDirectory, progress: Progress | None = None, signals: StopSignals | None = None) -> Status:
    """Train, or go on training, what the run directory's config asks for.

    SIGTERM or SIGINT save and stop (signals: those that the caller has entered already). progress is called after every
    logged step. Returns the last status; raises InputError for a configuration that cannot be trained, for a run that
    another process trains, for want of memory or disk space, and DivergedError when the loss stops being a number.
    """
    first = is_first_process()
    if first:
        run.hold()
    trainer = None
    try:
        if first:
            run.write_status(run.taken_over())
        with nullcontext(signals) if signals else StopSignals() as stop:
            trainer = Trainer(run, progress, stop)
            return trainer.train()
    except BaseException as error:
        failure = explained(error, run, *((trainer.status.step, trainer.config) if trainer else (0, None)))
        if first:
            with suppress(OSError, InputError):  # of a full disk, of a status that cannot be read
                status = trainer.status if trainer else run.taken_over()
                run.end(status, "failed", str(failure) if isinstance(failure, InputError) else repr(failure))
        if failure is error:
            raise
        raise failure from error
    finally:
        run.release()


class Trainer:
    """State of one run: network, averaged weights, optimizer, position; connectors where the run has any."""

    def __init__(self, run: RunDirectory, progress: Progress | None, signals: StopSignals | None = None) -> None:
        self.run, self.config = run, run.config()
        self.progress = progress or (lambda status, row: None)
        self.signals = signals or StopSignals()
        if self.config.threads:
            torch.set_num_threads(self.config.threads)
        torch.manual_seed(self.config.seed)
        options = tracker_options(self.config, run)
        self.accelerator = Accelerator(mixed_precision="no", **options)  # what a step computes with is `precision`
        world = self.accelerator.num_processes
        if self.config.batch_size < world:
            raise InputError("training.batch_not_shared", batch_size=self.config.batch_size, world=world)
        source, validation = build_data(self.config)
        self.network, self.charset = build_network(self.config, source)
        if self.config.dropout is not None:
            self.network.dropout.p = self.config.dropout
        self.frozen = frozen_parts(self.network, self.config.freeze)
        if world > 1:
            share_batch_norms(self.network)
        self.validation = [
            Validation.of(
                set_name(d), samples, self.charset, self.network, VALIDATION_WIDTH * self.config.max_width, d.weight
            )
            for d, samples in validation
        ]
        has_connectors = bool(self.config.connectors)
        self.teaching = Teaching(self.config, self.network, self.charset, self.accelerator) if has_connectors else None
        self.model, self.optimizer = self.accelerator.prepare(self.network, self._optimizer())
        self.averages = self._kept_averages()
        self.start = weights_of(self.config.init) if self.config.init and self.config.blend < 1 else {}
        self.saving = Saving(
            run,
            self.config,
            self.accelerator,
            network=self.network,
            charset=self.charset,
            optimizer=self.optimizer,
            teaching=self.teaching,
            averages=self.averages,
        )
        self.status = Status(steps=self.config.steps)
        self.precision, self.why = self._precision()
        self.noted: list[Step] = []  # losses that still lie on the device
        if rank := self.accelerator.process_index:
            torch.manual_seed(self.config.seed + rank)  # each drops out other places
        self.rounds = Rounds(self.config, run, source)
        self.chunk_steps = BATCHES_A_CHUNK * self.config.reuse
        self.round_starts = self.rounds.starts(self.chunk_steps)
        chunks = -(-self.config.steps // self.chunk_steps)
        self.batches = ChunkedBatches(
            source,
            self.charset,
            self.network.config,
            batch_size=self.config.batch_size,
            chunks=chunks,
            seed=self.config.seed,
            max_width=self.config.max_width,
            augment=self.config.augment,
            rank=self.accelerator.process_index,
            world=self.accelerator.num_processes,
        )

    def _kept_averages(self) -> dict[str, MovingAverage]:
        """The averaged weights of the recogniser and of the connectors, by their name in the saved state."""
        averaged = {"average": self.network, "connector_average": self.teaching.modules if self.teaching else None}
        if not self.config.ema:
            return {}
        return {name: MovingAverage(module, self.config.ema) for name, module in averaged.items() if module is not None}

    def _precision(self) -> tuple[str, str]:
        """What the run's steps computed with so far, else what is chosen now, by the first process for all."""
        before = self.run.status().precision
        chosen = choose_precision(before or self.config.precision, self.network, self.accelerator.device)
        precision, why = gathered(chosen)[0]
        self.status.precision = precision
        return precision, "as before" if precision == before else why

    def _optimizer(self) -> torch.optim.Optimizer:
        """AdamW; norms and biases do not decay."""
        decay = [p for p in self.network.parameters() if p.ndim >= 2]
        rest = [p for p in self.network.parameters() if p.ndim < 2]
        groups = [{"params": decay, "weight_decay": self.config.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        if self.teaching:
            groups.append({"params": self.teaching.parameters(), "weight_decay": 0.0, "connectors": True})
        return torch.optim.AdamW(groups, lr=self.config.learning_rate, betas=(0.9, 0.98))

    # --- the loop

    def train(self) -> Status:
        self.saving.resume(self.status)
        self._log_start()
        start_tracker(self.accelerator, self.config, self.run)
        if self.config.init and not self.status.step:
            self._validate()  # what is learned must beat the start
        self._steps()
        finished = self._out_of_budget()
        self.save()
        self.accelerator.end_training()
        self._set_state("finished" if finished else "stopped", "finished" if finished else "saved and stopped")
        return self.status

    def _stopping(self) -> bool:
        """Whether any process was asked to stop: all must leave the loop at the same step."""
        if self.accelerator.num_processes == 1:
            return self.signals.asked
        asked = torch.tensor(float(self.signals.asked), device=self.accelerator.device)
        return bool(self._over_processes(asked, "sum") > 0)

    def _over_processes(self, values: Tensor, reduction: str) -> Tensor:
        return self.accelerator.reduce(values, reduction)  # type: ignore[return-value]

    def _steps(self) -> None:
        since, sums = time.monotonic(), Sums()
        self._set_state("running", f"step {self.status.step}")
        for batch, again in self._stream(self.status.step):
            if self._stopping() or self._out_of_budget():
                break
            self.noted.append(self._step(batch, again))
            self.status.step += 1
            step = self.status.step
            if step % self.config.log_every == 0:
                self._take_notes(sums)
                elapsed = time.monotonic() - since
                self._log_metrics(sums, elapsed)
                since, sums = time.monotonic(), Sums()
            pause = time.monotonic()
            validating = step % self.config.validate_every == 0 or step in self.round_starts or self._out_of_budget()
            saving = step % self.config.checkpoint_every == 0
            keeping = self.config.keep_every > 0 and step % self.config.keep_every == 0
            if validating or saving or keeping:
                self._take_notes(sums)
            if validating:
                self._validate()
            # Before the state: a run that is killed here and goes on from the state does not come by again.
            if keeping and self.accelerator.is_main_process:
                self.saving.write(self.best_network(), f"step-{step:06d}", self.status)
            if saving:
                self.save()
            since += time.monotonic() - pause
        self._take_notes(sums)

    def _take_notes(self, sums: Sums) -> None:
        """Add up the losses of the steps since the last time; nothing of them has been saved yet. Errors as in `_fetch`."""
        self._fetch([step for step in self.noted if step.numbers is None])
        for step in self.noted:
            sums.add(step)
        self.noted = []

    def _fetch(self, steps: list[Step]) -> None:
        """Bring losses over from the device, all at once, as means over the processes. Raises DivergedError for no number."""
        if not steps:
            return
        values = torch.stack([value.double() for step in steps for value in step.losses.values()])
        if self.accelerator.num_processes > 1:
            values = self._over_processes(values, "mean")
        numbers = iter(values.tolist())
        for step in steps:
            step.numbers = {name: next(numbers) for name in step.losses}
            for name in ("loss", "gradient_norm", "connector_gradient_norm"):
                self._check_finite(name, step.numbers.get(name, 0.0), step)

    def _out_of_budget(self) -> bool:
        timed_out = 0 < self.config.seconds <= self.status.seconds_trained
        return timed_out or self.status.step >= self.config.steps

    def _stream(self, step: int) -> Iterator[tuple[Batch, bool]]:
        """Batches from number `step` on, and whether each was seen before: a chunk comes `reuse` times in a row."""
        ends = [*self.round_starts[1:], len(self.batches) * self.chunk_steps]
        for number, (first, end) in enumerate(zip(self.round_starts, ends, strict=True), start=1):
            if step < end:
                self._begin_round(number)
                start = max(first, step) // self.chunk_steps
                yield from self._batches(range(start, end // self.chunk_steps), step)

    def _begin_round(self, number: int) -> None:
        """Where lines have no texts, propose some; a round that did not help validation is undone before."""
        if not self.config.unlabelled:
            return
        status, first = self.status, self.round_starts[number - 1]
        if number > 1 and status.step == first and self._harmed():
            self._go_back()
        if self.accelerator.is_main_process:
            self.rounds.begin(number, status.step, self.best_network(), self.charset)
        self.accelerator.wait_for_everyone()
        self.batches.source = self.rounds.source(self.rounds.read(number))

    def _harmed(self) -> bool:
        """Whether the last validation is so much worse than the best that it is no matter of a high learning rate."""
        found = [row["val_cer"] for row in self.run.rows("metrics") if "val_cer" in row]
        return bool(found) and self.status.best_cer is not None and found[-1] > HARM * self.status.best_cer

    def _go_back(self) -> None:
        """Put the best weights so far back, averages too; the optimizer goes on with its moments."""
        best = weights_of(str(self.run.checkpoints / "best"))
        self.network.load_state_dict(best)
        if average := self.averages.get("average"):
            average.load(self.network.state_dict())
        if self.accelerator.is_main_process:
            self.run.log(
                f"step {self.status.step}: this round did harm; back to the weights of step {self.status.best_step}"
            )

    def _batches(self, chunks: range, step: int) -> Iterator[tuple[Batch, bool]]:
        """Batches of these chunks from number `step` on."""
        reuse = self.config.reuse
        workers = worker_count(self.config.workers, self.accelerator.device.type)
        loader = DataLoader(
            self.batches,
            batch_size=None,
            sampler=chunks,  # type: ignore[arg-type]
            num_workers=workers,
            worker_init_fn=single_threaded,
            generator=torch.Generator(),  # its own: making a loader must not advance the generator of the dropout
            prefetch_factor=2 if workers else None,
            multiprocessing_context="spawn" if workers else None,  # threads of OpenCV do not survive a fork
        )
        for chunk, batches in zip(chunks, loader, strict=True):
            for batch in batches:
                if batch.dropped and self.accelerator.is_main_process:
                    self.run.log(f"chunk {chunk}: left out {dict(batch.dropped)}")
            for k, batch in enumerate(reuse * batches):
                if chunk * self.chunk_steps + k >= step:
                    yield batch, k >= len(batches)

    def _step(self, batch: Batch, again: bool = False) -> Step:
        """Learn from a batch. again: it was learned from before and is looked at otherwise.

        On a CPU no step is taken whose losses or gradients are no numbers; a GPU would wait for the answer, so there they
        are looked at when they are logged or saved.
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
            self._fetch([taken])
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self._average_weights()
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

    def _average_weights(self) -> None:
        for average in self.averages.values():
            average.update(self.status.step)

    # --- watching

    def _log_start(self) -> None:
        if not self.accelerator.is_main_process:
            return
        if skipped := skipped_of(self.batches.source):
            named = "; ".join(f"{s.file}: {s.reason}" for s in skipped[:5])
            self.run.log(f"{len(skipped)} entries of the data are left out: {named}{'; ...' if skipped[5:] else ''}")
        for v in self.validation:
            left_out = f", left out {dict(v.dropped)}" if v.dropped else ""
            self.run.log(f"validation {v.name}: {len(v.examples)} lines{left_out}")
        unknown = sum((self.charset.encode(text).unknown for text in texts_of(self.batches.source)), Counter[str]())
        if unknown:
            shown = " ".join(f"{c!r} x{n}" for c, n in unknown.most_common(20))
            self.run.log(f"{unknown.total()} characters of the data are outside the charset and are left out: {shown}")
        if turned := sum(map(runs_right_to_left, texts_of(self.batches.source))):
            self.run.log(f"careful: {RIGHT_TO_LEFT.format(lines=turned)}")
        what = f"resuming at step {self.status.step}" if self.status.step else "starting"
        self.run.log(f"{what}; {self.accelerator.device}, {self.accelerator.num_processes} process(es)")
        self.run.log(f"steps in {self.precision} ({self.why})")

    def _log_metrics(self, sums: Sums, elapsed: float) -> None:
        status, config, steps = self.status, self.config, sums.counts["loss"]
        means, speed = (
            sums.means(),
            {"lines_per_second": sums.lines / elapsed, "pixels_per_second": sums.pixels / elapsed},
        )
        if self.accelerator.num_processes > 1:  # the schedule may hang on it
            elapsed = broadcast(torch.tensor(elapsed, device=self.accelerator.device)).item()  # type: ignore[union-attr]
        status.seconds_trained += elapsed
        status.eta_seconds = (config.steps - status.step) * elapsed / steps
        if config.seconds:
            status.eta_seconds = min(status.eta_seconds, max(0.0, config.seconds - status.seconds_trained))
        rate = learning_rate(config, status.step, status.seconds_trained)
        row = means | {"learning_rate": rate, **speed, "eta_seconds": status.eta_seconds}
        row["memory"] = peak_memory(self.accelerator.device.type)
        if self.accelerator.is_main_process:
            self.run.append("metrics", {"step": status.step, "seconds": status.seconds_trained, **row})
            self.accelerator.log(row, status.step)
            self.run.write_status(status)
            self.progress(status, row)

    def _validate(self) -> None:
        if not self.validation:
            return
        network = self.best_network()
        row, samples = validate(network, self.charset, self.validation, self.config.samples)
        value = row["val_cer"]
        better = self.status.best_cer is None or value < self.status.best_cer
        if self.config.freeze == "recogniser":  # the reading stays; the last connectors are the best taught
            better = True
        if better:
            self.status.best_cer, self.status.best_step = value, self.status.step
        if self.accelerator.is_main_process:
            self.run.append("metrics", {"step": self.status.step, **row})
            self.accelerator.log(row, self.status.step)
            for i, (reference, text) in enumerate(samples):
                self.run.append("samples", {"step": self.status.step, "line": i, "reference": reference, "text": text})
            self.run.log(f"step {self.status.step}: validation CER {value:.4f}{' (best)' if better else ''}")
            if better:
                self.saving.write(network, "best", self.status)
            self.run.write_status(self.status)

    def best_network(self) -> Recognizer:
        """The network to validate and save: the averaged weights where they are kept, blended with the start's."""
        average = self.averages.get("average")
        if not average and not self.start:
            return self.network
        network = copy.deepcopy(self.network)  # a fresh network would draw from the random state of the run
        learned = average.weights if average else self.network.state_dict()
        network.load_state_dict({k: blended(self.start.get(k), v, self.config.blend) for k, v in learned.items()})
        return network

    # --- saving

    def _set_state(self, state: Any, message: str) -> None:
        self.status.state, self.status.message = state, message
        if self.accelerator.is_main_process:
            self.run.end(self.status, state, message)

    def save(self) -> None:
        """Write `checkpoints/last` and all that is needed to go on exactly from here."""
        random = random_states()
        if self.accelerator.is_main_process:
            self.saving.save(self.best_network(), random, self.status)


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
