"""Time and memory of a run, from real steps of it: see `hwr.training.cost.estimate.estimate`, which asks in a process apart."""

from __future__ import annotations

import math
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import torch

from hwr.machine import main_memory
from hwr.training.config import TrainConfig
from hwr.training.cost.estimate import SPARE, Estimate
from hwr.training.learn.loop import Trainer
from hwr.training.learn.validation import greedy_texts
from hwr.training.lines.batches import Batch, PreparedSample, collate
from hwr.training.run.device import free_disk
from hwr.training.run.directory import RunDirectory
from hwr.training.run.launch import runs_root
from hwr.training.run.processes import peak_memory

LINES = 48  # drawn to learn how wide they are and how long it takes
SMALL, LARGE = 2, 8  # batches whose difference says what a line takes
TIMED = 3  # steps, from narrow lines to wide ones
VALIDATION_LINES = 16


def measure(config: TrainConfig) -> Estimate:
    """Take some steps of the run and throw them away. Raises InputError for what the run would complain about."""
    free = _free_memory() + psutil.Process().memory_info().rss * (not torch.cuda.is_available())
    with tempfile.TemporaryDirectory() as directory:
        trainer = Trainer(RunDirectory.create(Path(directory) / "run", replace(config, workers=0)), None)
        start = time.perf_counter()
        samples = [trainer.batches.sample(i) for i in range(LINES)]
        drawing = (time.perf_counter() - start) / LINES
        samples.sort(key=lambda sample: sample.pixels.shape[1])
        trainer.status.step = min(config.resting_steps, config.steps - 1)
        first, second, a_line = _memory(trainer, samples[-1], config.batch_size)
        peak = int(first + max(0, config.batch_size - second) * a_line)
        fits = peak <= SPARE * free
        step = _seconds_a_step(trainer, samples, config.batch_size if fits else second)
        step *= 1 if fits else config.batch_size / second
        draw = drawing * config.batch_size
        step = max(step, draw / config.workers) if config.workers else step + draw
        validation = _seconds_a_validation(trainer)
        disk = _disk(trainer, config)
        if fits:
            peak = max(peak, peak_memory(trainer.accelerator.device.type))
    largest = int((SPARE * free - first) / a_line) + second if a_line else config.batch_size
    return Estimate(
        device=str(trainer.accelerator.device),
        seconds_a_step=step,
        seconds_a_validation=validation,
        seconds_total=config.steps * step + _validations(config) * validation,
        peak_memory=peak,
        free_memory=free,
        batch_size=config.batch_size,
        largest_batch=max(largest, config.batch_size if fits else 0),
        disk_bytes=disk,
        free_disk=free_disk(runs_root()),
    )


def _validations(config: TrainConfig) -> int:
    """How many a run has: at its steps, and of the checkpoint that it starts from."""
    return math.ceil(config.steps / config.validate_every) + (config.init is not None)


def _free_memory() -> int:
    return torch.cuda.mem_get_info()[0] if torch.cuda.is_available() else main_memory()[0]


def _memory(trainer: Trainer, widest: PreparedSample, batch_size: int) -> tuple[int, int, float]:
    """Peak bytes with a batch of a few of the widest lines, how many they were, and what one more of them takes."""
    small, large = min(SMALL, batch_size), min(LARGE, batch_size)
    trainer.learner.step(_repeated([widest], small))  # allocates what stays: moments, kernels
    peaks = []
    for count in (small, large):
        _forget_peak()
        trainer.learner.step(_repeated([widest], count))
        peaks.append(peak_memory(trainer.accelerator.device.type))
    growth = max(0, peaks[1] - peaks[0]) / (large - small) if large > small else 0.0
    activations = widest.pixels.size * 4.0  # at the very least the line itself
    return peaks[1], large, max(growth, activations)


def _forget_peak() -> None:
    """Let `peak_memory` begin anew, where the system can."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _seconds_a_step(trainer: Trainer, samples: list[PreparedSample], batch_size: int) -> float:
    """Mean over batches of narrow, middling and wide lines; the first step of each width compiles, and is not counted."""
    seconds = []
    for share in (np.arange(TIMED) + 0.5) / TIMED:
        middle = int(share * len(samples))
        half = max(1, len(samples) // (2 * TIMED))
        batch = _repeated(samples[max(0, middle - half) : middle + half], batch_size)
        trainer.learner.step(batch)
        start = time.perf_counter()
        trainer.learner.step(batch)
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return float(np.mean(seconds))


def _repeated(samples: list[PreparedSample], count: int) -> Batch:
    return collate([samples[i % len(samples)] for i in range(count)])


def _seconds_a_validation(trainer: Trainer) -> float:
    total = 0.0
    for v in trainer.validation:
        if v.samples:
            some = v.samples[:: max(1, len(v.samples) // VALIDATION_LINES)][:VALIDATION_LINES]
            start = time.perf_counter()
            greedy_texts(trainer.learner.best_network(), trainer.charset, some)
            total += (time.perf_counter() - start) * len(v.samples) / len(some)
    return total


def _disk(trainer: Trainer, config: TrainConfig) -> int:
    """Bytes of best, last and state, of those kept, and of the new ones that are written before the old ones go."""
    trainer.save()
    last, state = (_size(trainer.run.checkpoints / name) for name in ("last", "state"))
    kept = config.steps // config.keep_every if config.keep_every else 0
    return 2 * (last + state) + (1 + kept) * last


def _size(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
