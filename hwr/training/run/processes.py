"""Processes, told apart for good: a number alone is used again, a number and its birth are not."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any


def process_start(pid: int) -> float | None:
    """When a process was born: clock ticks since boot on Linux, else seconds since the epoch; None when it is gone.

    A process that has ended and that nobody has asked about yet (a zombie) is gone. Two processes with the same number
    have different births.
    """
    if pid <= 0:
        return None
    if sys.platform == "linux":
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            return None
        fields = text.rpartition(")")[2].split()  # the name, in brackets, may hold anything
        return None if fields[0] in "ZX" else float(fields[19])
    import psutil

    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else process.create_time()
    except psutil.NoSuchProcess:
        return None


class StopSignals:
    """While it is entered, SIGTERM and SIGINT do not end the process: they set `asked` and call `on_stop`.

    In a thread that is not the main one no signal can be caught; there only `asked` can be set, by hand.
    """

    def __init__(self, on_stop: Callable[[], None] | None = None) -> None:
        self.asked = False
        self.on_stop = on_stop
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            self._before = {s: signal.signal(s, self._handle) for s in (signal.SIGTERM, signal.SIGINT)}
        return self

    def _handle(self, _number: int, _frame: Any) -> None:
        self.asked = True
        if self.on_stop:
            self.on_stop()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def kill_group(pid: int) -> None:
    """Kill a process and, where it leads a group, what it started; one that is gone already is no error."""
    with suppress(ProcessLookupError):
        if hasattr(os, "killpg") and os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def peak_memory(device: str = "cpu") -> int:
    """Bytes that this process has held at most: on a GPU (`cuda`) what torch allocated there, else in main memory."""
    if device == "cuda":
        import torch

        return torch.cuda.max_memory_allocated()
    if sys.platform == "linux":  # not getrusage, whose peak begins with that of the process that started this one
        fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024
    import psutil

    memory = psutil.Process().memory_info()
    return getattr(memory, "peak_wset", memory.rss)
