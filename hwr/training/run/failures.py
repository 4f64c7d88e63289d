"""Why a training ended before its time, in words that say what to do."""

from __future__ import annotations

import errno

from hwr.errors import InputError
from hwr.training.config import TrainConfig
from hwr.training.run.directory import RunDirectory


class DivergedError(InputError, RuntimeError):
    """The loss or its gradient is not a number any more; what was saved before is kept."""


def explained(error: BaseException, run: RunDirectory, step: int, config: TrainConfig | None) -> BaseException:
    """The error, or, for want of disk space or memory, an InputError that says what to do."""
    text = str(error).lower()
    if (isinstance(error, OSError) and error.errno == errno.ENOSPC) or "no space left" in text:
        return InputError(
            f"The disk of {run.path} is full at step {step}; what was saved before is kept. Free some space and resume."
        )
    memory = "out of memory" in text or "can't allocate memory" in text or "not enough memory" in text
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and memory):
        size = f" of {config.batch_size}" if config else ""
        return InputError(
            f"The memory does not hold a batch{size} at step {step}; what was saved before is kept. Take a smaller "
            "batch_size or max_width."
        )
    return error
