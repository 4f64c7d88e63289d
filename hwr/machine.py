"""What this computer, or the container that the program runs in, is and has left."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path


def main_memory() -> tuple[int, int]:
    """(free, total) bytes of main memory, of the container where it has a limit of its own."""
    import psutil

    memory = psutil.virtual_memory()
    free, total = memory.available, memory.total
    limit, used = cgroup("memory.max"), cgroup("memory.current")
    if limit.isdigit() and used.isdigit():
        total = min(total, int(limit))
        free = min(free, max(0, total - int(used)))
    return free, total


def cgroup(name: str) -> str:
    """What the container's limits say under a name; "" where there are none."""
    try:
        return Path("/sys/fs/cgroup", name).read_text().strip()
    except OSError:
        return ""


def is_zero_gpu() -> bool:
    """Whether this is a Space on ZeroGPU: it says so, or the package `spaces` is here and no other kind of Space is."""
    if os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "true", "yes"):
        return True
    present = "spaces" in sys.modules or importlib.util.find_spec("spaces") is not None
    return present and "SPACE_ID" not in os.environ
