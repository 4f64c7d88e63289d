"""What a run would take; torch is not imported here but asked in a process of its own."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hwr.errors import InputError
from hwr.training.config import TrainConfig
from hwr.training.run.device import ZERO_GPU_TRAINING, child_environment, is_zero_gpu, size_text

VALIDATIONS = 5  # of a run that is made to end in time, if they take no more than their share of it
VALIDATION_SHARE = 0.25
SPARE = 0.9  # of the free memory that a run may take, and of the time that it is planned for


@dataclass(frozen=True)
class Estimate:
    """What a run takes, measured by real steps with the widest lines of its data. Seconds, and memory in bytes.

    largest_batch: the largest batch that fits into the free memory, from the growth between two small batches.
    """

    device: str
    seconds_a_step: float
    seconds_a_validation: float
    seconds_total: float
    peak_memory: int
    free_memory: int
    batch_size: int
    largest_batch: int
    disk_bytes: int
    free_disk: int

    def check(self) -> None:
        """Raises InputError when the batch or what is saved does not fit."""
        if self.largest_batch < 1:
            raise InputError(
                "training.no_line_fits",
                peak_memory=size_text(self.peak_memory),
                free_memory=size_text(self.free_memory),
            )
        if self.batch_size > self.largest_batch:
            raise InputError(
                "training.batch_does_not_fit",
                batch_size=self.batch_size,
                peak_memory=size_text(self.peak_memory),
                free_memory=size_text(self.free_memory),
                largest_batch=self.largest_batch,
            )
        if self.disk_bytes > self.free_disk:
            raise InputError(
                "training.disk_too_small", disk_bytes=size_text(self.disk_bytes), free_disk=size_text(self.free_disk)
            )

    def steps_within(self, seconds: float) -> int:
        """How many steps end in so many seconds, their validations included."""
        return int((SPARE * seconds - self._validations(seconds) * self.seconds_a_validation) / self.seconds_a_step)

    def within(self, config: TrainConfig, seconds: float) -> TrainConfig:
        """The same run with so many steps that it ends in time; warm-up and validations are fitted to them.

        On ZeroGPU the time is that of one call at most, and held by `seconds`. Raises InputError when not even a few
        steps can be had.
        """
        if is_zero_gpu():
            seconds = min(seconds, ZERO_GPU_TRAINING)
        steps = self.steps_within(seconds)
        if steps < 2:
            raise InputError(
                "training.too_little_time",
                seconds=seconds,
                seconds_a_step=self.seconds_a_step,
                seconds_a_validation=self.seconds_a_validation,
            )
        every = math.ceil(steps / self._validations(seconds))
        return replace(
            config,
            steps=steps,
            warmup=min(config.warmup, steps // 5),
            connector_warmup=min(config.connector_warmup, steps // 3),
            log_every=min(config.log_every, max(1, steps // 20)),
            validate_every=every,
            checkpoint_every=every,
            seconds=seconds if is_zero_gpu() else config.seconds,
        )

    def _validations(self, seconds: float) -> int:
        affordable = VALIDATION_SHARE * seconds / max(self.seconds_a_validation, 1e-9)
        return max(1, min(VALIDATIONS, int(affordable)))


def estimate(config: TrainConfig, timeout: float = 600.0) -> Estimate:
    """Measure the run by a few real steps in a process of its own; some seconds to a minute.

    Raises InputError for what the run itself would complain about (data, taps, models), and when it takes too long.
    """
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "config.yaml"
        file.write_text(json.dumps(config.to_dict()), encoding="utf-8")  # JSON is YAML, and `$` stays as it is
        call = [sys.executable, "-m", "hwr", "train", "--config", str(file), "--estimate", "--json"]
        try:
            done = subprocess.run(call, capture_output=True, text=True, timeout=timeout, env=child_environment())
        except subprocess.TimeoutExpired:
            raise InputError("training.not_measured", timeout=timeout) from None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        if done.returncode == -9:
            last = f"A batch of {config.batch_size} does not fit into the memory; take a smaller one."
        raise InputError(last.removeprefix("hwr: "))
    values: dict[str, Any] = json.loads(done.stdout)
    return Estimate(**values)
