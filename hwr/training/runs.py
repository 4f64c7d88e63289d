"""A run directory: the only channel between a training process and whoever watches it.

config.yaml      what was asked for
metrics.jsonl    one JSON object a line: losses every `log_every` steps, error rates at each validation
samples.jsonl    readings of the same lines at each validation
status.json      state, step, steps, ETA, process id; replaced whole at each change
log.txt          what happened, in words
checkpoints/     `best`, `last`, `step-...` if asked for (checkpoint directories, connectors beside the recogniser),
                 `state` (optimizer and random states, to resume exactly)
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from hwr.errors import InputError
from hwr.training.config import TrainConfig

State = Literal["starting", "running", "stopped", "finished", "failed"]


@dataclass
class Status:
    """Where a run stands. Times are seconds since the epoch; eta_seconds None until it can be told."""

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
    message: str = ""


class RunDirectory:
    """Reads and writes one run. Writers append or replace whole files, so a reader never sees half of one."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @classmethod
    def create(cls, path: str | Path, config: TrainConfig) -> RunDirectory:
        """A new run. Raises InputError when the directory already holds one."""
        run = cls(path)
        if run.config_file.exists():
            raise InputError(f"{run.path} already holds a run; resume it (train --resume {run.path}) or name another.")
        run.checkpoints.mkdir(parents=True, exist_ok=True)
        config.save(run.config_file)
        return run

    @classmethod
    def open(cls, path: str | Path) -> RunDirectory:
        run = cls(path)
        if not run.config_file.is_file():
            raise InputError(f"{run.path} is not a run directory (no config.yaml in it).")
        return run

    @property
    def config_file(self) -> Path:
        return self.path / "config.yaml"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    def config(self) -> TrainConfig:
        return TrainConfig.load(self.config_file)

    def log(self, message: str) -> None:
        with open(self.path / "log.txt", "a", encoding="utf-8") as file:
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {message}\n")

    def append(self, name: Literal["metrics", "samples"], row: dict[str, Any]) -> None:
        with open(self.path / f"{name}.jsonl", "a", encoding="utf-8") as file:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def rows(self, name: Literal["metrics", "samples"]) -> list[dict[str, Any]]:
        """All whole lines; a last line that is still being written is left for the next time."""
        try:
            text = (self.path / f"{name}.jsonl").read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in text.split("\n")[:-1] if line]

    def drop_rows_after(self, step: int) -> None:
        """Forget what a crashed process wrote past the step that the run resumes from."""
        for name in ("metrics", "samples"):
            rows = [row for row in self.rows(name) if row["step"] <= step]
            if rows:
                text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
                write_whole(self.path / f"{name}.jsonl", text)

    def write_status(self, status: Status) -> None:
        status.updated = time.time()
        write_whole(self.path / "status.json", json.dumps(asdict(status)))

    def status(self) -> Status:
        """The last status written; a process that is gone without a word is reported as failed."""
        try:
            status = Status(**json.loads((self.path / "status.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return Status(pid=0)
        if status.state in ("starting", "running") and not _alive(status.pid):
            status.state, status.message = "failed", "The training process ended without saying why; see log.txt."
        return status


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one move."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
