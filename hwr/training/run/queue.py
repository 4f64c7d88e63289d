"""One run at a time on a device, the others behind it in the order in which they came; no server keeps the list.

Everyone who waits holds the kernel's lock on a numbered ticket file; the lowest ticket whose lock is held has its turn.
A process that ends in any way lets its ticket go.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

SECONDS = 0.3  # between two looks at the queue


@contextmanager
def turn(directory: Path, stopped: Callable[[], bool], waiting: Callable[[int], None]) -> Iterator[bool]:
    """Wait for the turn on the device whose queue lies in `directory`, and keep it inside of the `with` block.

    Gives True, or False when `stopped` became true before the turn came. waiting: called with the number of those
    before it, at first and whenever that changes.
    """
    directory.mkdir(parents=True, exist_ok=True)
    number, ticket = _draw(directory)
    before = None
    try:
        while not stopped():
            ahead = len(_ahead(directory, number))
            if not ahead:
                yield True
                return
            if ahead != before:
                waiting(before := ahead)
            time.sleep(SECONDS)
        yield False
    finally:
        with suppress(FileNotFoundError):
            os.unlink(_path(directory, number))
        ticket.release()


def device_key() -> str:
    """A name for the device that a run started here would take: `cpu`, `gpu0`, `gpu3`, ...; torch is not asked."""
    if os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes"):
        return "cpu"
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    has_gpu = any(Path("/dev").glob("nvidia[0-9]*")) or Path("/dev/kfd").exists() or sys.platform == "darwin"
    if not has_gpu or visible in ("", "-1"):
        return "cpu"
    return "gpu" + re.sub(r"\W", "_", (visible or "0").split(",")[0])


def _draw(directory: Path) -> tuple[int, FileLock]:
    """The next number, its file locked before anyone else can look."""
    with FileLock(directory / "queue.lock"):
        number = max(_numbers(directory), default=0) + 1
        ticket = FileLock(_path(directory, number))
        ticket.acquire()
        return number, ticket


def _ahead(directory: Path, number: int) -> list[int]:
    """The tickets before this one that are held; those that nobody holds are taken away."""
    held = []
    with FileLock(directory / "queue.lock"):
        for other in sorted(n for n in _numbers(directory) if n < number):
            lock = FileLock(_path(directory, other), blocking=False)
            try:
                lock.acquire()
            except Timeout:
                held.append(other)
            else:
                with suppress(FileNotFoundError):
                    os.unlink(_path(directory, other))
                lock.release()
    return held


def _numbers(directory: Path) -> list[int]:
    return [int(path.stem) for path in directory.glob("*.ticket")]


def _path(directory: Path, number: int) -> Path:
    return directory / f"{number:09d}.ticket"
