"""A run directory: the only channel between a training process and whoever watches it.

config.yaml      what was asked for
title.txt        what people call it, if it was given a name
metrics.jsonl    one JSON object a line: losses every `log_every` steps, error rates at each validation
samples.jsonl    readings of the same lines at each validation
status.json      state, step, steps, ETA, process; replaced whole at each change
log.txt          what happened, in words
checkpoints/     `best`, `last`, `step-...` if asked for (checkpoint directories, connectors beside the recogniser),
                 `state` (optimizer and random states, to resume exactly)
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args

from filelock import FileLock, Timeout

from hwr.errors import InputError
from hwr.recognizer.charset import visible
from hwr.training.config import TrainConfig
from hwr.training.run.processes import process_start

State = Literal["queued", "starting", "running", "stopped", "finished", "failed", "died"]
STATES: tuple[State, ...] = get_args(State)
LIVE: tuple[State, ...] = ("queued", "starting", "running")
RowFile = Literal["metrics", "samples"]
ROW_FILES: tuple[RowFile, ...] = get_args(RowFile)
LONGEST_TITLE = 200
REPORT_SECONDS = 60.0  # in which a process that was started must have written its status
HANDOVER_SECONDS = 5.0  # in which a process that has written its last status lets its run go
_NUMBERS = (  # of Status: name, whether it is whole, whether it may be None
    ("step", True, False),
    ("steps", True, False),
    ("pid", True, False),
    ("best_step", True, True),
    ("eta_seconds", False, True),
    ("started", False, False),
    ("updated", False, False),
    ("seconds_trained", False, False),
    ("best_cer", False, True),
    ("process_started", False, True),
)
DIED = "The training process ended without a word: it was killed, or the machine stopped."


@dataclass
class Status:
    """Where a run stands. Times are seconds since the epoch; eta_seconds None until it can be told.

    pid, process_started: the process that wrote this last, and its birth (`process_start`); 0 while a process that was
    started has not reported in. precision: of the numbers that its steps compute with. message: what happened, in one sentence.
    """

    state: State = "starting"
    step: int = 0
    steps: int = 0
    eta_seconds: float | None = None
    pid: int = field(default_factory=os.getpid)
    started: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    seconds_trained: float = 0.0
    best_cer: float | None = None
    best_step: int | None = None
    precision: str | None = None
    message: str = ""
    process_started: float | None = field(default_factory=lambda: process_start(os.getpid()))

    @property
    def alive(self) -> bool:
        """Waiting, starting or training."""
        return self.state in LIVE

    def check(self) -> None:
        """Raise ValueError for a field that is not of its kind."""
        if self.state not in STATES:
            raise ValueError(f"there is no state {self.state!r}")
        for name, whole, optional in _NUMBERS:
            value: Any = getattr(self, name)
            kinds = (int,) if whole else (int, float)
            if value is None and optional:
                continue
            if type(value) not in kinds or not -(2**62) < value < 2**62:  # which a NaN is not, either
                raise ValueError(f"{name} is {value!r}")
        if not isinstance(self.message, str):
            raise ValueError("message is no text")

    @classmethod
    def read(cls, path: Path) -> Status:
        """Raises FileNotFoundError, and InputError for what another version wrote or what is damaged."""
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            status = cls(**{"process_started": None, **values})
            status.check()
            return status
        except FileNotFoundError:
            raise
        except (ValueError, TypeError, OSError, RecursionError) as error:
            raise InputError("training.other_version", path=path, error=error) from None


class RunDirectory:
    """Reads and writes one run. Writers append or replace whole files, so a reader never sees half of one."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._lock: FileLock | None = None

    @classmethod
    def create(cls, path: str | Path, config: TrainConfig) -> RunDirectory:
        """A new run. Raises InputError when the directory already holds one."""
        run = cls(path)
        if run.config_file.exists():
            raise InputError("training.run_is_there", path=run.path)
        run.checkpoints.mkdir(parents=True, exist_ok=True)
        write_whole(run.config_file, config.to_yaml())
        return run

    @classmethod
    def open(cls, path: str | Path) -> RunDirectory:
        run = cls(path)
        if not run.config_file.is_file():
            raise InputError("training.no_run", path=run.path)
        return run

    @property
    def config_file(self) -> Path:
        return self.path / "config.yaml"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def created(self) -> float:
        """Seconds since the epoch."""
        return self.config_file.stat().st_mtime

    @property
    def title(self) -> str:
        try:
            with open(self.path / "title.txt", encoding="utf-8") as file:
                return visible(file.read(LONGEST_TITLE)).strip() or self.path.name
        except (OSError, UnicodeDecodeError):
            return self.path.name

    def rename(self, title: str) -> None:
        """Give it another title; its directory keeps its name. Raises InputError when nothing is left of the title."""
        title = " ".join(title.split())
        if not title:
            raise InputError("training.no_title")
        write_whole(self.path / "title.txt", title[:LONGEST_TITLE])

    def config(self) -> TrainConfig:
        """What was asked for, `$NAME` as it stands. Raises InputError for what another version wrote."""
        try:
            return TrainConfig.from_yaml(self.config_file.read_text(encoding="utf-8"), str(self.config_file))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError("training.config_unreadable", config_file=self.config_file, error=error) from None

    def finished_checkpoints(self) -> list[Path]:
        """The checkpoint directories that exist: best, last, then those of certain steps."""
        found = [self.checkpoints / "best", self.checkpoints / "last", *sorted(self.checkpoints.glob("step-*"))]
        return [path for path in found if path.is_dir()]

    # --- what happened

    def log(self, message: str) -> None:
        with open(self.path / "log.txt", "a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {message}\n")

    def log_tail(self, lines: int = 20) -> list[str]:
        """The last lines of the log."""
        try:
            with open(self.path / "log.txt", encoding="utf-8", errors="replace") as file:
                return [line.rstrip("\n") for line in deque(file, maxlen=lines)]
        except OSError:
            return []

    def append(self, name: RowFile, row: dict[str, Any]) -> None:
        with open(self.path / f"{name}.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def rows(self, name: RowFile) -> list[dict[str, Any]]:
        """All whole lines but damaged ones; a last line that is still being written is left for the next time."""
        return self._read_rows(name)[0]

    def remarks(self) -> list[str]:
        """What should be said beside the rows: how many lines of them are damaged."""
        counts = {name: self._read_rows(name)[1] for name in ROW_FILES}
        return [
            f"{n} damaged line(s) of {name}.jsonl cannot be read and are left out" for name, n in counts.items() if n
        ]

    def _read_rows(self, name: RowFile) -> tuple[list[dict[str, Any]], int]:
        """The rows, and how many lines are no rows."""
        try:
            content = (self.path / f"{name}.jsonl").read_bytes()
        except OSError:
            return [], 0
        rows, damaged = [], 0
        for line in filter(bytes.strip, content.split(b"\n")[:-1]):
            try:
                row = json.loads(line.decode())
                if not isinstance(row["step"], int):
                    raise TypeError
                rows.append(row)
            except (ValueError, KeyError, TypeError, RecursionError):
                damaged += 1
        return rows, damaged

    def drop_rows_after(self, step: int) -> dict[str, int]:
        """Forget what a crashed process wrote past the step that the run resumes from, half a line included.

        Returns how many damaged lines were taken out, by file.
        """
        found = {}
        for name in ROW_FILES:
            path = self.path / f"{name}.jsonl"
            if path.exists():
                rows, damaged = self._read_rows(name)
                found |= {name: damaged} if damaged else {}
                kept = [row for row in rows if row["step"] <= step]
                write_whole(path, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept))
        return found

    # --- its process

    def write_status(self, status: Status) -> None:
        status.updated = time.time()
        write_whole(self.path / "status.json", json.dumps(asdict(status)))

    def taken_over(self) -> Status:
        """Where the run stood, in the name of this process and not written yet. Errors as in `status`."""
        status, fresh = self.status(), Status()
        status.pid, status.process_started = fresh.pid, fresh.process_started
        status.state, status.message, status.eta_seconds = "starting", "", None
        status.steps = self.config().steps
        return status

    def end(self, status: Status, state: State, message: str) -> None:
        """Write a new state and say so in the log."""
        status.state, status.message = state, message
        self.log(message)
        self.write_status(status)

    def status(self) -> Status:
        """The last status written; a process that is gone without a word is reported as died.

        Raises InputError for what another version wrote.
        """
        try:
            status = Status.read(self.path / "status.json")
        except FileNotFoundError:
            updated = self.created if self.config_file.exists() else 0.0
            status = Status(pid=0, process_started=None, started=updated, updated=updated)
            if not _alive(status):
                status.state, status.message = "stopped", "never started"
            return status
        if status.alive and not _alive(status):
            again = Status.read(self.path / "status.json")  # it may have ended properly in between
            if again.alive and not _alive(again):
                again.state, again.message = "died", DIED
            return again
        return status

    def hold(self, seconds: float = 0.0) -> None:
        """Take the run for this process alone, until it ends or calls `release`.

        Raises InputError when another has it, and still has it after so many seconds.
        """
        if self._lock:
            return
        lock = FileLock(self.path / ".lock", timeout=seconds)
        try:
            lock.acquire()
        except Timeout:
            raise InputError("training.run_goes_on", title=self.title) from None
        self._lock = lock

    def release(self) -> None:
        if self._lock:
            self._lock.release()
            self._lock = None

    def delete(self) -> None:
        """Remove the directory and all that is in it. Raises InputError while its process is alive."""
        try:
            alive = self.status().alive
        except InputError:
            alive = False
        self.hold(0.0 if alive else HANDOVER_SECONDS)
        self.config_file.unlink(missing_ok=True)  # so that it is no run any more, whatever happens to the rest
        shutil.rmtree(self.path)
        self.release()


@dataclass(frozen=True)
class RunSummary:
    """One row of a list of runs; `problem` says why a run cannot be read, and then there is no status."""

    path: Path
    title: str
    created: float
    status: Status | None
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        status = asdict(self.status) if self.status else None
        return asdict(self) | {"path": str(self.path), "status": status}


def list_runs(root: Path) -> list[RunDirectory]:
    """The runs in a directory, newest first."""
    runs = []
    for path in root.glob("*/config.yaml"):
        with suppress(OSError):  # deleted in this moment
            runs.append((path.stat().st_mtime, path.parent.name, RunDirectory(path.parent)))
    return [run for *_, run in sorted(runs, key=lambda found: found[:2], reverse=True)]


def summary(run: RunDirectory) -> RunSummary:
    """What a list shows of a run; one that cannot be read says why."""
    status, created = None, 0.0
    try:
        written = run.config_file.stat()
        created = written.st_mtime
        problem = _config_problem(run.config_file, written.st_mtime_ns, written.st_size)
        if not problem:
            status = run.status()
    except InputError as error:
        problem = str(error)
    except OSError as error:
        problem = f"{run.path} cannot be read: {error.strerror or error}."
    return RunSummary(run.path, run.title, created, status, problem)


@lru_cache(maxsize=1024)
def _config_problem(path: Path, changed: int, size: int) -> str:
    """Why a configuration cannot be read, "" if it can; one that has not changed is not read again."""
    try:
        RunDirectory(path.parent).config()
    except InputError as error:
        return f"{path.name} was written by another version of this program, or is damaged: {error}"
    return ""


def is_first_process() -> bool:
    """Whether this process is the one that writes, of those that a launcher started; torch need not have met them yet."""
    return os.environ.get("RANK", "0") == "0"


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one move."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)


def _alive(status: Status) -> bool:
    if not status.pid:  # started, and not heard of yet
        return time.time() - status.updated < REPORT_SECONDS
    born = process_start(status.pid)
    return born is not None and status.process_started in (None, born)
