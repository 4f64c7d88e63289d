"""What this computer, or the container that the program runs in, has left."""

from __future__ import annotations

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
