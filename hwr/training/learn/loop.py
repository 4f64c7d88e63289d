"""The training loop: one for a laptop, a GPU, or many (Hugging Face Accelerate)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import closing, nullcontext, suppress
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import broadcast
from torch.utils.data import DataLoader

from hwr.errors import InputError
from hwr.evaluation.sharding import gathered, join_processes
from hwr.recognizer.charset import RIGHT_TO_LEFT, runs_right_to_left
from hwr.training.learn.learner import Learner, over_processes
from hwr.training.learn.rounds import Rounds
from hwr.training.learn.saving import Saving
from hwr.training.learn.schedule import learning_rate
from hwr.training.learn.sums import Step, Sums
from hwr.training.learn.tracking import start_tracker, tracker_options
from hwr.training.learn.validation import Validation, validate
from hwr.training.lines.batches import (
    Batch,
    ChunkedBatches,
    batches_a_chunk,
    begin_worker,
    worker_count,
)
from hwr.training.lines.sets import (
    VALIDATION_WIDTH,
    build_data,
    build_network,
    set_name,
    skipped_of,
    texts_of,
)
from hwr.training.run.directory import RunDirectory, Status, is_first_process
from hwr.training.run.failures import explained
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
    """State of one run: what learns, what it learns from, and where it is."""

    def __init__(self, run: RunDirectory, progress: Progress | None, signals: StopSignals | None = None) -> None:
        self.run, self.config = run, run.config()
        self.progress = progress or (lambda status, row: None)
        self.signals = signals or StopSignals()
        if self.config.threads:
            torch.set_num_threads(self.config.threads)
        torch.manual_seed(self.config.seed)
        join_processes()
        options = tracker_options(self.config, run)
        self.accelerator = Accelerator(mixed_precision="no", **options)  # what a step computes with is `precision`
        world = self.accelerator.num_processes
        if self.config.batch_size < world:
            raise InputError("training.batch_not_shared", batch_size=self.config.batch_size, world=world)
        source, validation = build_data(self.config)
        self.network, self.charset = build_network(self.config, source)
        if self.config.dropout is not None:
            self.network.dropout.p = self.config.dropout
        self.validation = [
            Validation.of(
                set_name(d), samples, self.charset, self.network, VALIDATION_WIDTH * self.config.max_width, d.weight
            )
            for d, samples in validation
        ]
        self.status = Status(steps=self.config.steps, precision=run.status().precision)
        self.learner = Learner(self.config, self.network, self.charset, self.accelerator, self.status)
        self.saving = Saving(run, self.config, self.learner, self.charset)
        self.noted: list[Step] = []  # losses that still lie on the device
        if rank := self.accelerator.process_index:
            torch.manual_seed(self.config.seed + rank)  # each drops out other places
        self.rounds = Rounds(self.config, run, source)
        self.chunk_steps = batches_a_chunk(self.config.batch_size) * self.config.reuse
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
            local=self.config.local_batches,
        )

    # --- the loop

    def train(self) -> Status:
        self.saving.resume(self.status)
        self._log_start()
        start_tracker(self.accelerator, self.config, self.run)
        if self.config.init and not self.status.step:
            self._validate()  # what is learned must beat the start
        with closing(self._stream(self.status.step)) as stream:  # its workers end even where a step raises
            self._steps(stream)
        finished = self._out_of_budget()
        self.save()
        for tracker in self.accelerator.trackers:
            tracker.finish()
        self._set_state("finished" if finished else "stopped", "finished" if finished else "saved and stopped")
        return self.status

    def _stopping(self) -> bool:
        """Whether any process was asked to stop: all must leave the loop at the same step."""
        if self.accelerator.num_processes == 1:
            return self.signals.asked
        asked = torch.tensor(float(self.signals.asked), device=self.accelerator.device)
        return bool(over_processes(self.accelerator, asked, "sum") > 0)

    def _steps(self, stream: Iterable[tuple[Batch, bool]]) -> None:
        since, sums = time.monotonic(), Sums()
        self._set_state("running", f"step {self.status.step}")
        for batch, again in stream:
            if self._stopping() or self._out_of_budget():
                break
            self.noted.append(self.learner.step(batch, again))
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
                self.saving.write(self.learner.best_network(), f"step-{step:06d}", self.status)
            if saving:
                self.save()
            since += time.monotonic() - pause
        self._take_notes(sums)

    def _take_notes(self, sums: Sums) -> None:
        """Add up the losses of the steps since the last time; nothing of them has been saved yet. Errors as in `fetch`."""
        self.learner.fetch([step for step in self.noted if step.numbers is None])
        for step in self.noted:
            sums.add(step)
        self.noted = []

    def _out_of_budget(self) -> bool:
        timed_out = 0 < self.config.seconds <= self.status.seconds_trained
        return timed_out or self.status.step >= self.config.steps

    def _stream(self, step: int) -> Generator[tuple[Batch, bool]]:
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
            self.rounds.begin(number, status.step, self.learner.best_network(), self.charset)
        self.accelerator.wait_for_everyone()
        self.batches.source = self.rounds.source(self.rounds.read(number))

    def _harmed(self) -> bool:
        """Whether the last validation is so much worse than the best that it is no matter of a high learning rate."""
        found = [row["val_cer"] for row in self.run.rows("metrics") if "val_cer" in row]
        return bool(found) and self.status.best_cer is not None and found[-1] > HARM * self.status.best_cer

    def _go_back(self) -> None:
        """Put the best weights so far back."""
        self.learner.go_back(str(self.run.checkpoints / "best"))
        if self.accelerator.is_main_process:
            self.run.log(
                f"step {self.status.step}: this round did harm; back to the weights of step {self.status.best_step}"
            )

    def _batches(self, chunks: range, step: int) -> Generator[tuple[Batch, bool]]:
        """Batches of these chunks from number `step` on."""
        reuse = self.config.reuse
        workers = worker_count(self.config.workers, self.accelerator.device.type)
        loader = DataLoader(
            self.batches,
            batch_size=None,
            sampler=chunks,  # type: ignore[arg-type]
            num_workers=workers,
            worker_init_fn=begin_worker,
            generator=torch.Generator(),  # its own: making a loader must not advance the generator of the dropout
            prefetch_factor=2 if workers else None,
            multiprocessing_context="spawn" if workers else None,  # threads of OpenCV do not survive a fork
        )
        for chunk, batches in zip(chunks, loader, strict=True):
            dropped = sum((batch.dropped for batch in batches), Counter[str]())
            if self.config.local_batches:
                dropped = sum(gathered(dropped), Counter[str]())
            if dropped and self.accelerator.is_main_process:
                self.run.log(f"chunk {chunk}: left out {dict(dropped)}")
            for k, batch in enumerate(reuse * batches):
                if chunk * self.chunk_steps + k >= step:
                    yield batch, k >= len(batches)

    # --- watching

    def _log_start(self) -> None:
        if not self.accelerator.is_main_process:
            return
        if skipped := skipped_of(self.batches.source):
            named = "; ".join(f"{s.file}: {s.reason}" for s in skipped[:5])
            self.run.log(f"{len(skipped)} entries of the data are left out: {named}{'; ...' if skipped[5:] else ''}")
        for v in self.validation:
            left_out = f", left out {dict(v.dropped)}" if v.dropped else ""
            self.run.log(f"validation {v.name}: {len(v.samples)} lines{left_out}")
        unknown = sum((self.charset.encode(text).unknown for text in texts_of(self.batches.source)), Counter[str]())
        if unknown:
            shown = " ".join(f"{c!r} x{n}" for c, n in unknown.most_common(20))
            self.run.log(f"{unknown.total()} characters of the data are outside the charset and are left out: {shown}")
        if turned := sum(map(runs_right_to_left, texts_of(self.batches.source))):
            self.run.log(f"careful: {RIGHT_TO_LEFT.format(lines=turned)}")
        what = f"resuming at step {self.status.step}" if self.status.step else "starting"
        self.run.log(f"{what}; {self.accelerator.device}, {self.accelerator.num_processes} process(es)")
        self.run.log(f"steps in {self.learner.precision} ({self.learner.why})")

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
        network = self.learner.best_network()
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

    # --- saving

    def _set_state(self, state: Any, message: str) -> None:
        self.status.state, self.status.message = state, message
        if self.accelerator.is_main_process:
            self.run.end(self.status, state, message)

    def save(self) -> None:
        """Write `checkpoints/last` and all that is needed to go on exactly from here."""
        random = random_states()
        if self.accelerator.is_main_process:
            self.saving.save(self.learner.best_network(), random, self.status)
