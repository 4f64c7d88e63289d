"""What a run would take; torch is not imported here but asked in a process of its own."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import time
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


class Measuring:
    """A run that is measured by a few real steps in a process of its own, some seconds to a minute; it can be given up.

    To be used in a `with` block, at the end of which the process has ended. timeout: seconds after which it is too late.
    """

    def __init__(self, config: TrainConfig, timeout: float = 600.0) -> None:
        self.config, self.timeout, self.cancelled = config, timeout, False
        self._until = time.monotonic() + timeout
        self._directory = tempfile.TemporaryDirectory()
        folder = Path(self._directory.name)
        file, self._out, self._error = (folder / name for name in ("config.yaml", "out", "error"))
        file.write_text(json.dumps(config.to_dict()), encoding="utf-8")  # JSON is YAML, and `$` stays as it is
        call = [sys.executable, "-m", "hwr", "train", "--config", str(file), "--estimate", "--json"]
        with self._out.open("wb") as out, self._error.open("wb") as error:
            self._process = subprocess.Popen(
                call, stdin=subprocess.DEVNULL, stdout=out, stderr=error, env=child_environment()
            )

    def __enter__(self) -> Measuring:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._directory.cleanup()

    def going(self, seconds: float) -> bool:
        """Wait so long at most; whether it still goes on then. Raises InputError when it is too late."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            if time.monotonic() < self._until:
                return True
            raise InputError("training.not_measured", timeout=self.timeout) from None
        return False

    def cancel(self) -> None:
        """Give it up: it does not go on any more."""
        self.cancelled = True
        self._process.kill()

    def result(self) -> Estimate:
        """What was measured, once it does not go on. Errors as `estimate` raises them."""
        error = self._error.read_text(encoding="utf-8", errors="replace").strip()
        if self._process.returncode == -9:
            raise InputError("training.batch_killed", batch_size=self.config.batch_size)
        if self._process.returncode != 0:
            raise InputError((error.splitlines() or ["it said nothing"])[-1].removeprefix("hwr: "))
        values: dict[str, Any] = json.loads(self._out.read_text(encoding="utf-8"))
        return Estimate(**values)


def estimate(config: TrainConfig, timeout: float = 600.0) -> Estimate:
    """Measure the run, and wait for it.

    Raises InputError for what the run itself would complain about (data, taps, models), and when it takes too long.
    """
    with Measuring(config, timeout) as measuring:
        while measuring.going(min(1.0, timeout)):
            pass
        return measuring.result()
