"""An experiment: a list of configurations from one start, with the same budget and seeds, compared in one table.

    base: {init: ..., steps: ..., data: [...], validation: [...]}   # any fields of TrainConfig, for all rows
    seeds: [1]                                                      # of rows that name none
    test: [{path: ..., split: test}]                                # read only when asked for
    pooled: {real: [memorials, csafe]}                              # test sets that the table also shows as one
    pairs: [[qformer, ctc]]                                         # rows of which the first is compared with the second, too
    rows:
      - {name: ctc, seeds: [1, 2]}                                  # what the others are compared with
      - {name: start, train: false}                                 # the checkpoint of `init` as it is
      - {name: qformer, connectors: [{kind: qformer, tap: lstm1}]}  # fields that differ from the base

Every (row, seed) is a run directory `<name>-<seed>`; calling the experiment again goes on where it was stopped. Its best
checkpoint (`checkpoint: last`: its last, so that validation chooses nothing) is measured once, and the edits of every
line are kept in the run's `results.json`.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator
from pydantic.dataclasses import dataclass as checked_dataclass

from hwr.checked import KNOWN_FIELDS, EmptyAsList, Text, Truth, checked, problems_of, refuse
from hwr.errors import InputError
from hwr.evaluation.error_rates import LineErrors
from hwr.evaluation.evaluate import evaluate
from hwr.evaluation.loss_gaps import loss_gaps
from hwr.language.causal_lm import FrozenLM
from hwr.language.connector import load_connectors
from hwr.reader import Reader
from hwr.recognizer.checkpoint import load_checkpoint
from hwr.sentences import Sentence
from hwr.training.config import DataConfig, Seed, TrainConfig, read_yaml
from hwr.training.learn.loop import train
from hwr.training.lines.sets import set_name
from hwr.training.outcome.experiment_table import ExperimentReport, RunResult, rates_of, report_of
from hwr.training.run.directory import RunDirectory, Status, write_whole
from hwr.training.run.failures import DivergedError

RESULTS = "results.json"
GAP_LINES = 200  # of the first validation set, for the loss gaps


Measured = Literal["best", "last"]
Seeds = Annotated[list[Seed], EmptyAsList]


def _named(values: Any) -> Any:
    """Fields by name; nothing is written for none, and a name that YAML reads as a number stays a name."""
    return {str(name): value for name, value in (values or {}).items()} if isinstance(values or {}, dict) else values


Fields = Annotated[dict[str, Any], BeforeValidator(_named)]


@checked
@checked_dataclass(config=KNOWN_FIELDS, frozen=True)
class Row:
    """One configuration: fields that differ from the experiment's base, and the seeds it is run with.

    train: false measures the checkpoint that it would begin with.
    """

    name: Text
    train: Truth = True
    fields: Fields = field(default_factory=dict)
    seeds: Seeds = field(default_factory=list)


@checked
@checked_dataclass(config=KNOWN_FIELDS, frozen=True)
class Experiment:
    """What a YAML file asks for. base: fields of TrainConfig that all rows share. seeds: of rows that name none. pooled:
    names of test sets that the table by set shows as one set too, by the name of the whole. pairs: rows that are compared
    besides those with the first one, (one, other) for CER of one minus that of the other.

    Raises InputError that names all that is wrong, and in which rows: fields of a configuration, a row's name that is no
    directory name or stands twice, a pooled set that is no test set, a whole with the name of one, a pair of no such row.
    """

    base: Fields = field(default_factory=dict)
    rows: Annotated[list[Row], EmptyAsList] = field(default_factory=list)
    test: Annotated[list[DataConfig], EmptyAsList] = field(default_factory=list)
    pooled: Annotated[dict[str, list[Text]], BeforeValidator(_named)] = field(default_factory=dict)
    pairs: Annotated[list[tuple[Text, Text]], EmptyAsList] = field(default_factory=list)
    seeds: Seeds = field(default_factory=list)
    checkpoint: Measured = "best"

    def __post_init__(self) -> None:
        refuse(self._problems())

    @classmethod
    def load(cls, path: Path) -> Experiment:
        """Read YAML; `$NAME` stands for an environment variable. Raises InputError as the constructor does."""
        try:
            values = read_yaml(os.path.expandvars(Path(path).read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise InputError("training.no_experiment", path=path) from None
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise InputError("training.bad_yaml", name=path, reason=" ".join(str(error).split())) from None
        if not isinstance(values, dict):
            raise InputError("training.no_mapping", name=path)
        rows = values.get("rows")
        if isinstance(rows, list):
            values["rows"] = [_row(row) if isinstance(row, dict) else row for row in rows]
        found = cls(**{str(name): value for name, value in values.items()})
        seeds = found.seeds or [0]
        return replace(found, rows=[replace(row, seeds=row.seeds or seeds) for row in found.rows])

    def _problems(self) -> Iterator[InputError]:
        if not self.rows:
            yield InputError("training.no_rows")
        names, found = [row.name for row in self.rows], defaultdict[Sentence, list[str]](list)
        for row in self.rows:
            if not re.fullmatch(r"[\w.+-]*\w", row.name) or names.count(row.name) > 1:
                yield InputError("training.row_name", row=row.name)
            try:
                config = TrainConfig.from_dict({**self.base, **row.fields})
                if not row.train and not config.init:
                    yield InputError("training.row_without_start", row=row.name)
            except InputError as error:
                for problem in problems_of(error):
                    found[problem].append(row.name)
        known = [set_name(data) for data in self.test]
        for name in sorted({name for names in self.pooled.values() for name in names} - set(known)):
            yield InputError("training.no_pooled_set", name=name, known=", ".join(known))
        for name in sorted(self.pooled.keys() & set(known)):
            yield InputError("training.pooled_as_set", name=name)
        for name in sorted({name for pair in self.pairs for name in pair} - set(names)):
            yield InputError("training.no_row", unknown=name)
        for problem, where in found.items():  # what the base has wrong is said once
            yield InputError("training.row", row=", ".join(where), error=problem)

    def config(self, row: Row, seed: int) -> TrainConfig:
        return TrainConfig.from_dict({**self.base, **row.fields, "seed": seed})


def _row(values: dict[str, Any]) -> dict[str, Any]:
    """A row as it is written, apart into what a `Row` holds."""
    own = {name: values[name] for name in ("name", "seeds", "train") if name in values}
    return own | {"fields": {name: value for name, value in values.items() if name not in own}}


def run_experiment(
    experiment: Experiment,
    out: Path,
    *,
    test: bool = False,
    seed_limit: int | None = None,
    only: Sequence[str] = (),
    progress: Callable[[str, Status, dict[str, float]], None] | None = None,
) -> ExperimentReport:
    """Train what is not trained yet, measure what is not measured yet, write `table.md` and `table.json` into `out`.

    test: measure the test sets, too. seed_limit: so many seeds of each row. only: these rows (and the first) only.
    progress: called with the run's name after every logged step. With `precision: auto` all rows compute in what the first
    run chose, so that they differ in nothing but what their fields say. SIGINT and SIGTERM save the present run and stop; a
    run whose loss is no number any more is reported as failed and the others go on. Raises InputError when a run
    directory was made with another configuration or a name in `only` does not exist.
    """
    unknown = set(only) - {row.name for row in experiment.rows}
    if unknown:
        raise InputError("training.no_row", unknown=sorted(unknown)[0])
    if test and not experiment.test:
        raise InputError("training.no_test")
    out.mkdir(parents=True, exist_ok=True)
    results, precision = [], None
    for row, seed in _runs(experiment, seed_limit, only):
        run = _open_run(out / f"{row.name}-{seed}", experiment.config(row, seed), precision)
        status = _train(run, progress) if row.train else _left_as_it_is(run)
        precision = precision or status.precision
        results.append(_measure(row.name, seed, run, experiment.test if test else [], experiment.checkpoint))
        report = report_of(experiment, results, test)
        write_whole(out / "table.md", report.markdown())
        write_whole(out / "table.json", json.dumps(report.to_dict(), indent=1, ensure_ascii=False))
        if status.state == "stopped":
            break
    return report_of(experiment, results, test)


def _runs(experiment: Experiment, seed_limit: int | None, only: Sequence[str]) -> Iterator[tuple[Row, int]]:
    """Seed by seed, so that a whole table stands early."""
    rows = [row for i, row in enumerate(experiment.rows) if not only or i == 0 or row.name in only]
    for k in range(max(len(row.seeds) for row in rows) if seed_limit is None else seed_limit):
        for row in rows:
            if k < len(row.seeds):
                yield row, row.seeds[k]


def _open_run(path: Path, config: TrainConfig, precision: str | None) -> RunDirectory:
    """precision: in which a new run computes, if its configuration leaves that open."""
    if not (path / "config.yaml").exists():
        run = RunDirectory.create(path, config)
        if precision and config.precision == "auto":
            run.write_status(Status(steps=config.steps, precision=precision))
        return run
    run = RunDirectory.open(path)
    if run.config() != config:
        raise InputError("training.other_run", path=path)
    return run


def _train(run: RunDirectory, progress: Callable[[str, Status, dict[str, float]], None] | None) -> Status:
    if run.status().state == "finished":
        return run.status()
    try:
        return train(run, (lambda status, row: progress(run.path.name, status, row)) if progress else None)
    except DivergedError:
        return run.status()


def _left_as_it_is(run: RunDirectory) -> Status:
    """The state of a run that learns nothing."""
    status = Status(state="finished", message="not trained")
    run.write_status(status)
    return status


# --- measuring


def _measure(
    name: str, seed: int, run: RunDirectory, test: Sequence[DataConfig], checkpoint: Measured = "best"
) -> RunResult:
    """Error rates and loss gaps of the best or the last checkpoint, from `results.json` where that was measured before
    on these sets."""
    status, config = run.status(), run.config()
    result = RunResult(name, seed, status)
    best = str(run.checkpoints / checkpoint) if status.step else config.init or ""
    if status.state != "finished" or not (Path(best).is_dir() or not status.step):
        return result
    path = run.path / RESULTS
    known = _still_true(path, checkpoint, {"val": config.validation, "test": test})
    reader = Reader(load_checkpoint(best))
    for part, sets in (("val", config.validation), ("test", test)):
        if sets and part not in known:
            known[part] = _edits(reader, sets)
    if config.connectors and config.validation and status.step and "gaps" not in known:
        connectors = load_connectors(Path(best), reader.checkpoint.network)
        lm = FrozenLM.load(config.language_model, config.keep_layers)
        data = config.validation[0]
        gaps = loss_gaps(reader, connectors, lm, data.path, data.split, limit=GAP_LINES)
        known["gaps"] = [gap.to_dict() for gap in gaps]
    series = "series with test" if test else "series"
    if config.keep_every and status.step and series not in known:
        known[series] = checkpoint_series(run, config.validation, test)
    write_whole(path, json.dumps(known, ensure_ascii=False))
    result.val = _line_errors(known.get("val", {}))
    result.test = _line_errors(known["test"]) if test else {}
    result.gaps, result.series = known.get("gaps", []), known.get(series, [])
    return result


def _still_true(path: Path, checkpoint: Measured, sets: dict[str, Sequence[DataConfig]]) -> dict[str, Any]:
    """What was measured before, without what was measured of another checkpoint or on other sets; with what is asked now.

    Where no test sets are asked for, what is known of some stays.
    """
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    before, asked = known.pop("asked", {}), {part: [asdict(data) for data in chosen] for part, chosen in sets.items()}
    if before.get("checkpoint") != checkpoint:
        before, known = {}, {}
    asked["test"] = asked["test"] or before.get("test", [])
    if before.get("test") != asked["test"]:
        known = {name: value for name, value in known.items() if "test" not in name}
    if before.get("val") != asked["val"]:
        known = {name: value for name, value in known.items() if name == "test"}
    return known | {"asked": asked | {"checkpoint": checkpoint}}


def _line_errors(edits: dict[str, dict[str, Any]]) -> dict[str, LineErrors]:
    return {line: LineErrors(**errors) for line, errors in edits.items()}


def _edits(reader: Reader, sets: Sequence[DataConfig]) -> dict[str, dict[str, Any]]:
    """Edits of every line of the sets, by "set/line", both counted from 0."""
    return {
        f"{k}/{i}": asdict(line.errors)
        for k, data in enumerate(sets)
        for i, line in enumerate(evaluate(reader, data.path, data.split, limit=data.lines).lines)
    }


def checkpoint_series(
    run: RunDirectory, validation: Sequence[DataConfig], test: Sequence[DataConfig] = ()
) -> list[dict[str, Any]]:
    """Error rates of each checkpoint that a run kept (`keep_every`): ckpt, val_cer, val_wer, and of test if given."""
    rows = []
    for directory in sorted(run.checkpoints.glob("step-*")):
        reader = Reader(load_checkpoint(directory))
        row: dict[str, Any] = {"ckpt": int(directory.name.removeprefix("step-"))}
        for part, sets in (("val", validation), ("test", test)):
            if sets:
                errors = [LineErrors(**e) for e in _edits(reader, sets).values()]
                row |= {f"{part}_{kind}": value for kind, value in rates_of(errors)}
        rows.append(row)
    return rows
