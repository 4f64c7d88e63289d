"""Every checkpoint that can be read with: those that ship with the program, HWR_MODEL, and those of the runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hwr.errors import InputError
from hwr.paths import DEFAULT_CONNECTOR, DEFAULT_CTC_ONLY, DEFAULT_MODEL, data_directory
from hwr.training.run.directory import RunDirectory

Kind = Literal["default", "connector", "twin", "environment", "best", "last", "step"]
WEIGHTS = "model.safetensors"  # what makes a directory a checkpoint, as in hwr.recognizer.checkpoint


@dataclass(frozen=True)
class KnownCheckpoint:
    """One checkpoint of the list.

    id: what menus and clients name it by. source: its directory or Hub id. title: of its run, else its directory's name.
    version: another number each time its weights are written; 0 where they are not on this computer.
    """

    id: str
    kind: Kind
    source: str
    title: str
    version: int = 0

    @property
    def of_run(self) -> bool:
        return self.kind in ("best", "last", "step")

    @property
    def name(self) -> str:
        """What a reader of this checkpoint is called."""
        return f"{self.title} ({Path(self.source).name})" if self.of_run else self.title


def known_checkpoints() -> list[KnownCheckpoint]:
    """The shipped ones first, then HWR_MODEL, then those of every run, the run that was written last first."""
    shipped: list[tuple[Kind, Path]] = [("connector", DEFAULT_CONNECTOR), ("twin", DEFAULT_CTC_ONLY)]
    found = [_listed("default", "default", DEFAULT_MODEL, DEFAULT_MODEL.name)]
    found += [_listed(kind, kind, path, path.name) for kind, path in shipped if _version(path)]
    if named := os.environ.get("HWR_MODEL"):
        path = Path(named)
        found.append(_listed("environment", "environment", named, path.resolve().name if path.is_dir() else named))
    runs = [list(_of_run(path)) for path in _directories(data_directory() / "runs")]
    runs.sort(key=lambda checkpoints: -max((c.version for c in checkpoints), default=0))
    return found + [checkpoint for checkpoints in runs for checkpoint in checkpoints]


def known_checkpoint(id: str) -> KnownCheckpoint:
    """The checkpoint of that id. Raises InputError when the list does not have it, so that no id can be a path."""
    for checkpoint in known_checkpoints():
        if checkpoint.id == id:
            return checkpoint
    raise InputError("training.no_checkpoint", id=id)


def checkpoint_id(run: Path, which: str) -> str:
    """The id of a run's checkpoint; run: its directory. which: `best`, `last`, or the name of a kept step.

    >>> checkpoint_id(Path("runs/mine"), "best")
    'run/mine/best'
    """
    return f"run/{run.name}/{which}"


def id_of(source: str | Path | None) -> str | None:
    """The id of the listed checkpoint that lies at this path or is this Hub id; None where none does."""
    if source is None:
        return None
    path = Path(source)
    for checkpoint in known_checkpoints():
        if checkpoint.source == str(source) or (path.is_dir() and path.resolve() == Path(checkpoint.source).resolve()):
            return checkpoint.id
    return None


def _listed(id: str, kind: Kind, source: str | Path, title: str) -> KnownCheckpoint:
    return KnownCheckpoint(id, kind, str(source), title, _version(Path(source)))


def _of_run(run: Path) -> Iterator[KnownCheckpoint]:
    directory = RunDirectory(run)
    for path in directory.finished_checkpoints():
        if _version(path):
            kind: Kind = "best" if path.name == "best" else "last" if path.name == "last" else "step"
            yield _listed(checkpoint_id(run, path.name), kind, path, directory.title)


def _version(directory: Path) -> int:
    """When the weights were written, ns since the epoch; 0 where there are none."""
    try:
        return (directory / WEIGHTS).stat().st_mtime_ns
    except OSError:
        return 0


def _directories(parent: Path) -> list[Path]:
    try:
        return sorted(path for path in parent.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:
        return []
