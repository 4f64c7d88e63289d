"""What fine-tuning changed: the start of a run against its best checkpoint, on lines that neither learned from."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import hwr
from hwr.data.dataset import LineRecord, read_imagefolder, write_imagefolder
from hwr.data.supply import synthesize
from hwr.data.synthesis import FontSource
from hwr.errors import InputError
from hwr.evaluation.comparison import Comparison, compare
from hwr.evaluation.evaluate import Evaluation, evaluate_records, spread
from hwr.paths import ASSETS, data_directory
from hwr.reader import Reader
from hwr.recognizer.checkpoint import load_checkpoint
from hwr.training.lines.sets import held_out
from hwr.training.run.directory import RunDirectory

DEFAULT_LINES = 60
DEFAULT_SEED = 20


@dataclass(frozen=True)
class SetComparison:
    """One set of lines, read before and after. role: `new`, the run's own data; `default`, what the start could read.

    On a default set `comparison.cer.difference` above 0 is what was forgotten.
    """

    name: str
    role: Literal["new", "default"]
    part: str
    comparison: Comparison
    before: Evaluation
    after: Evaluation

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "role": self.role,
            "part": self.part,
            **self.comparison.to_dict(),
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
        }


@dataclass(frozen=True)
class BeforeAfter:
    """before, after: names of the two checkpoints."""

    before: str
    after: str
    sets: list[SetComparison]

    def to_dict(self) -> dict[str, Any]:
        """The object that `python -m hwr before-after --json` prints."""
        return {"before": self.before, "after": self.after, "sets": [one.to_dict() for one in self.sets]}


@dataclass(frozen=True)
class _Lines:
    name: str
    role: Literal["new", "default"]
    part: str
    records: list[LineRecord]


def before_after(
    run: RunDirectory,
    *,
    default_lines: Path | None = None,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> BeforeAfter:
    """Read the run's held-out lines, its test split if there is one, and the default lines with both checkpoints.

    default_lines: an imagefolder (its test split if it has one) in the place of lines drawn in the shipped typefaces.
    limit: of each set, so many lines spread evenly. progress: called with lines read and lines to read. Raises
    InputError for a run that began with fresh weights, that has no checkpoint yet, and for a set that cannot be read.
    """
    config = run.config()
    if not config.init:
        raise InputError("training.nothing_before", title=run.title)
    best = run.checkpoints / "best"
    if not best.is_dir():
        raise InputError("training.no_best", title=run.title)
    sets = [_Lines(h.name, "new", h.part, spread(h.records, limit)) for h in held_out(config, test=True)]
    sets.append(_default_set(default_lines, limit))
    readers = Reader(load_checkpoint(config.init)), Reader(load_checkpoint(best))
    total, done, found = 2 * sum(len(lines.records) for lines in sets), 0, []
    for lines in sets:
        evaluations = []
        for reader in readers:
            show = (lambda n, _, done=done: progress(done + n, total)) if progress else None
            evaluations.append(
                evaluate_records(reader, lines.records, lines.name, lines.part, seed=seed, progress=show)
            )
            done += len(lines.records)
        found.append(_compared(lines, evaluations, seed))
    return BeforeAfter(readers[0].name, run.title, found)


def _compared(lines: _Lines, evaluations: Sequence[Evaluation], seed: int) -> SetComparison:
    before, after = evaluations
    return SetComparison(lines.name, lines.role, lines.part, compare(before.lines, after.lines, seed), before, after)


def _default_set(directory: Path | None, limit: int | None) -> _Lines:
    if directory is None:
        records = read_imagefolder(drawn_lines()).records
        return _Lines("default lines", "default", "drawn", spread(records, limit))
    dataset = read_imagefolder(directory)
    part = "test" if "test" in dataset.splits else "all"
    records = dataset.select("test") if part == "test" else dataset.records
    return _Lines(directory.stem, "default", part, spread(records, limit))


def drawn_lines(count: int = DEFAULT_LINES, seed: int = DEFAULT_SEED) -> Path:
    """An imagefolder of lines in the shipped typefaces, the same ones every time; drawn once and kept."""
    directory = data_directory() / "default-lines" / f"{hwr.__version__}-{count}-{seed}"
    if not directory.is_dir():
        directory.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=".drawing-", dir=directory.parent))
        samples = synthesize(FontSource(ASSETS / "fonts", None), count, seed)
        write_imagefolder(new, ((sample.grey, sample.text, {}) for sample in samples))
        try:
            new.rename(directory)
        except OSError:  # another process was sooner
            shutil.rmtree(new)
    return directory
