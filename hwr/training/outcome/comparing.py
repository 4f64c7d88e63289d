"""What a run fixed and broke, told by a process of its own, so that it outlives the page that asked for it.

The run directory then holds before-after.json (the result, replaced whole), before-after.process (which process works on
it, and since when) and before-after.log (what went wrong).
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from hwr.errors import InputError
from hwr.training.run.device import child_environment
from hwr.training.run.directory import RunDirectory, write_whole
from hwr.training.run.processes import process_start

if TYPE_CHECKING:
    from hwr.training.outcome.before_after import BeforeAfter, SetComparison

NAME = "before-after"
MOST_LINES = 6  # lines of each verdict that are kept in the result

State = Literal["none", "going", "done", "failed"]


@dataclass(frozen=True)
class Found:
    """How far it is. result: as `result_of`, of the last time that it was told; message: the last line of the log."""

    state: State
    result: dict[str, Any] = field(default_factory=dict)
    message: str = ""


def start(run: RunDirectory) -> None:
    """Begin to compare, in a process that outlives this one. Raises InputError when one works on it already."""
    if read(run).state == "going":
        raise InputError("training.compared_already", title=run.title)
    with open(run.path / f"{NAME}.log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "hwr", "before-after", str(run.path.absolute())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
            env=child_environment(),
        )
    write_whole(run.path / f"{NAME}.process", json.dumps([process.pid, process_start(process.pid)]))
    threading.Thread(target=process.wait, name="reap", daemon=True).start()


def read(run: RunDirectory) -> Found:
    """Where it stands, as the files say."""
    result: dict[str, Any] = {}
    try:
        file = run.path / f"{NAME}.json"
        result, written = json.loads(file.read_text(encoding="utf-8")), file.stat().st_mtime_ns
    except (FileNotFoundError, ValueError):
        written = 0
    try:
        mark = run.path / f"{NAME}.process"
        pid, born = json.loads(mark.read_text(encoding="utf-8"))
        asked = mark.stat().st_mtime_ns
    except (FileNotFoundError, ValueError):
        return Found("done" if result else "none", result)
    if written > asked:
        return Found("done", result)
    if born is not None and process_start(pid) == born:
        return Found("going", result)
    return Found("failed", result, _last_line(run))


def _last_line(run: RunDirectory) -> str:
    try:
        with open(run.path / f"{NAME}.log", encoding="utf-8", errors="replace") as file:
            return "".join(deque(file, maxlen=1)).strip().removeprefix("hwr: ")
    except FileNotFoundError:
        return ""


def write(run: RunDirectory, found: BeforeAfter) -> None:
    write_whole(run.path / f"{NAME}.json", json.dumps(result_of(run, found), ensure_ascii=False))


def result_of(run: RunDirectory, found: BeforeAfter) -> dict[str, Any]:
    """The result as plain values: of each set the error rates before and after, their difference, and example lines."""
    step = run.status().best_step
    return {"before": found.before, "after": found.after, "step": step, "sets": [_set(one) for one in found.sets]}


def _set(one: SetComparison) -> dict[str, Any]:
    difference = one.comparison.cer.difference
    return {
        "name": one.name,
        "role": one.role,
        "part": one.part,
        "lines": len(one.comparison.lines),
        "cer": [one.before.cer.value, one.after.cer.value],
        "wer": [one.before.wer["space"].value, one.after.wer["space"].value],
        "difference": [difference.value, difference.low, difference.high],
        "fixed": len(one.comparison.of("fixed")),
        "broken": len(one.comparison.of("broken")),
        "examples": [
            {"verdict": verdict, "reference": line.reference, "before": line.before, "after": line.after}
            for verdict in ("fixed", "broken")
            for line in one.comparison.of(verdict)[:MOST_LINES]
        ],
    }
