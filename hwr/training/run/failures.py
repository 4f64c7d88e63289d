"""Why a training ended before its time, in words that say what to do."""

from __future__ import annotations

import errno

from hwr.errors import InputError
from hwr.sentences import Sentence
from hwr.training.config import TrainConfig
from hwr.training.run.directory import RunDirectory


class DivergedError(InputError, RuntimeError):
    """The loss or its gradient is not a number any more; what was saved before is kept."""


def explained(error: BaseException, run: RunDirectory, step: int, config: TrainConfig | None) -> BaseException:
    """The error, or, for want of disk space or memory, an InputError that says what to do."""
    text = str(error).lower()
    if (isinstance(error, OSError) and error.errno == errno.ENOSPC) or "no space left" in text:
        return InputError("training.disk_full", path=run.path, step=step)
    memory = "out of memory" in text or "can't allocate memory" in text or "not enough memory" in text
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and memory):
        size = Sentence("training.of_lines", n=config.batch_size) if config else ""
        return InputError("training.out_of_memory", size=size, step=step)
    return error
