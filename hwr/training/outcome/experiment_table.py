"""The table of an experiment: rates of every run, differences to the first row over lines and over seeds, as markdown and plain values."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Any

from hwr.decoding.decoders import DEFAULT_DECODER
from hwr.evaluation.bootstrap import Interval, PairedDifference
from hwr.evaluation.error_rates import LineErrors, error_rates
from hwr.evaluation.evaluate import commit
from hwr.evaluation.seeds import SeededDifference, seeded_difference
from hwr.recognizer.checkpoint import markdown_table
from hwr.training.lines.sets import set_name
from hwr.training.run.directory import Status

if TYPE_CHECKING:
    from hwr.training.outcome.experiment import Experiment

TOKENISATION = "space"
SeedLines = dict[int, dict[str, LineErrors]]  # by seed, the edits of every line by its name


@dataclass
class RunResult:
    """One run, measured. Rates are fractions; lines (by set and number) carry the edits that the intervals are drawn from.

    gaps: what `loss_gaps` says of each connector. series: kept checkpoints, where the run kept any.
    """

    name: str
    seed: int
    status: Status
    val: dict[str, LineErrors] = field(default_factory=dict)
    test: dict[str, LineErrors] = field(default_factory=dict)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    series: list[dict[str, Any]] = field(default_factory=list)

    @property
    def seconds_a_step(self) -> float | None:
        return self.status.seconds_trained / self.status.step if self.status.step else None


@dataclass(frozen=True)
class SetResult:
    """One row on one set: its CER over all seeds, and minus that of the first row (None for the first row itself)."""

    cer: float
    against_first: SeededDifference | None


@dataclass(frozen=True)
class ExperimentReport:
    """The table. against_first: by row name, CER minus the CER of the first row on the same lines and seeds. sets: by row
    and set, where there are several sets. pairs: by (one, other) of the experiment's pairs, CER of one minus that of the other.

    first_row_seeds: by seed, CER of the first row minus that of its first seed: what chance alone makes of one
    configuration, which an interval over lines does not hold.
    """

    results: list[RunResult]
    against_first: dict[str, SeededDifference]
    first_row_seeds: dict[int, PairedDifference]
    measured_on: str
    protocol: dict[str, Any]
    sets: dict[str, dict[str, SetResult]] = field(default_factory=dict)
    pairs: dict[tuple[str, str], SeededDifference] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The object that `python -m hwr experiment --json` prints and `table.json` holds."""
        rows = []
        for result in self.results:
            rates = {f"{name}_{kind}": value for name, kind, value in _all_rates(result)}
            row = {"name": result.name, "seed": result.seed, "state": result.status.state, "step": result.status.step}
            row |= {**rates, "seconds_a_step": result.seconds_a_step, "gaps": result.gaps, "series": result.series}
            rows.append(row)
        against = {name: {**found.to_dict(), "on": self.measured_on} for name, found in self.against_first.items()}
        seeds = {str(seed): vars(found.difference) for seed, found in self.first_row_seeds.items()}
        sets = {
            row: {
                name: {"cer": one.cer, "against_first": one.against_first and one.against_first.to_dict()}
                for name, one in found.items()
            }
            for row, found in self.sets.items()
        }
        parts = {"rows": rows, "against_first": against, "first_row_seeds": seeds, "protocol": self.protocol}
        pairs = [{"one": one, "other": other, **found.to_dict()} for (one, other), found in self.pairs.items()]
        return parts | ({"sets": sets} if sets else {}) | ({"pairs": pairs} if pairs else {})

    def markdown(self) -> str:
        """The table, a line a row with its seeds side by side, and one of each run's kept checkpoints."""
        groups = itertools.groupby(self.results, key=lambda result: result.name)
        shown = [self._shown(name, list(runs)) for name, runs in groups]
        said = [{column: row[column] for column in row if any(one[column] for one in shown)} for row in shown]
        text = (markdown_table(said) if said else "no run yet") + "\n"
        if self.pairs:
            text += f"\n{markdown_table(self._pair_rows())}\n"
        if self.sets:
            text += f"\nBy set, {self.measured_on}, all seeds together:\n\n{self._sets_table()}\n"
        for result in self.results:
            if result.series:
                text += f"\nCheckpoints of {result.name}, seed {result.seed}:\n\n"
                text += markdown_table([{k: _cell(k, v) for k, v in row.items()} for row in result.series]) + "\n"
        return text

    def _shown(self, name: str, runs: Sequence[RunResult]) -> dict[str, str]:
        """The cells of one row by column; those that say nothing are empty."""
        rates: dict[str, list[float | None]] = {}
        for run in runs:
            for part, kind, value in _all_rates(run):
                rates.setdefault(f"{part} {kind.upper()}", []).append(value)
        steps = sum(run.status.step for run in runs)
        states = [run.status.state for run in runs]
        against = self.against_first.get(name)
        if name == self.results[0].name:
            first = self.results[0].seed
            chance = (
                f"seed {seed} - seed {first}: {_points(d.difference)}" for seed, d in self.first_row_seeds.items()
            )
            difference = "; ".join(chance)
        else:
            difference = _points(against.over_lines.difference) if against else ""
        return {
            "name": name,
            "seeds": ", ".join(str(run.seed) for run in runs),
            **{column: _percents(values) for column, values in rates.items()},
            "connector - reference, nats: all / without the end": _mean_gaps(runs),
            "s / step": f"{sum(run.status.seconds_trained for run in runs) / steps:.2f}" if steps else "",
            f"{self.measured_on} CER against the first row, points [95 %]": difference,
            "by seed [95 % over seeds]": _by_seed(against),
            "state": ", ".join(states) if {*states} != {"finished"} else "",
        }

    def _pair_rows(self) -> list[dict[str, str]]:
        return [
            {
                "rows": f"{one} - {other}",
                f"{self.measured_on} CER, points [95 %]": _points(found.over_lines.difference),
                "by seed [95 % over seeds]": _by_seed(found),
            }
            for (one, other), found in self.pairs.items()
        ]

    def _sets_table(self) -> str:
        """CER of each row on each set, and its difference to the first row in points: over lines, over seeds."""
        rows = []
        for row, found in self.sets.items():
            cells = {"name": row}
            for name, one in found.items():
                cells[f"{name} CER"] = _percent(one.cer)
                if one.against_first:
                    seeds = one.against_first.over_seeds
                    over = f"; seeds {_ends(seeds)}" if seeds else ""
                    cells[f"{name} CER"] += f" ({_points(one.against_first.over_lines.difference)}{over})"
            rows.append(cells)
        return markdown_table(rows)


def report_of(experiment: Experiment, results: list[RunResult], test: bool) -> ExperimentReport:
    """The table of what was measured so far. test: of the test sets, else of the validation sets."""
    order = {row.name: i for i, row in enumerate(experiment.rows)}
    results = sorted(results, key=lambda result: order[result.name])
    part = "test" if test else "val"
    first = experiment.rows[0].name
    lines_of: dict[str, SeedLines] = {row.name: {} for row in experiment.rows}
    for result in results:
        lines_of[result.name][result.seed] = getattr(result, part)
    against = {name: seeded_difference(lines_of[first], lines) for name, lines in lines_of.items() if name != first}
    pairs = {(one, other): seeded_difference(lines_of[other], lines_of[one]) for one, other in experiment.pairs}
    shown = [row.name for row in experiment.rows[1:] if lines_of[row.name]]
    protocol = {
        "budget": {k: experiment.base[k] for k in ("steps", "seconds", "init") if k in experiment.base},
        "wer": TOKENISATION,
        "checkpoint": experiment.checkpoint,
        "decoding": DEFAULT_DECODER,  # of the readers that measure
        "interval": "95 % percentile, paired bootstrap over lines, edits of a line summed over the seeds both rows have",
        "over_seeds": "95 % t interval of the mean of the differences by seed",
        "commit": commit(),
        "only": shown if len(shown) < len(experiment.rows) - 1 else [],  # the rows beside the first, where not all
    }
    sets = experiment.test if test else experiment.config(experiment.rows[0], 0).validation
    numbers = {set_name(data): {k} for k, data in enumerate(sets)}
    if test:
        numbers |= {name: set().union(*(numbers[one] for one in names)) for name, names in experiment.pooled.items()}
    by_set = _by_set(lines_of, first, numbers) if len(sets) > 1 else {}
    return ExperimentReport(
        results,
        {name: found for name, found in against.items() if found},
        _first_row_seeds(lines_of[first]),
        part,
        protocol,
        by_set,
        {pair: found for pair, found in pairs.items() if found},
    )


def _by_set(
    lines_of: Mapping[str, SeedLines], first: str, sets: Mapping[str, set[int]]
) -> dict[str, dict[str, SetResult]]:
    """Each row on each set, over the seeds that were measured. sets: the numbers of those that a name stands for."""
    found: dict[str, dict[str, SetResult]] = {}
    for row in lines_of:
        for name, numbers in sets.items():
            mine, other = (
                {
                    seed: {line: e for line, e in lines.items() if int(line.split("/")[0]) in numbers}
                    for seed, lines in lines_of[which].items()
                }
                for which in (row, first)
            )
            errors = [e for lines in mine.values() for e in lines.values()]
            if errors:
                against = seeded_difference(other, mine) if row != first else None
                found.setdefault(row, {})[name] = SetResult(error_rates(errors).cer, against)
    return found


def _first_row_seeds(by_seed: SeedLines) -> dict[int, PairedDifference]:
    """Empty, too, where the first seed was not measured."""
    runs = list(by_seed.items())
    found = {seed: seeded_difference({0: runs[0][1]}, {0: lines}) for seed, lines in runs[1:]}
    return {seed: difference.over_lines for seed, difference in found.items() if difference}


def rates_of(errors: Sequence[LineErrors]) -> list[tuple[str, float]]:
    """("cer", rate) and ("wer", rate) of lines, as fractions."""
    rates = error_rates(errors)
    return [("cer", rates.cer), ("wer", rates.wer[TOKENISATION])]


def _all_rates(result: RunResult) -> Iterator[tuple[str, str, float | None]]:
    for part, lines in (("val", result.val), ("test", result.test)):
        for kind, value in rates_of(list(lines.values())) if lines else [("cer", None), ("wer", None)]:
            yield part, kind, value


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _points(found: Interval) -> str:
    return f"{100 * found.value:+.2f} {_ends(found)}"


def _by_seed(found: SeededDifference | None) -> str:
    if found is None or found.over_seeds is None:
        return ""
    return f"{', '.join(f'{100 * value:+.2f}' for value in found.by_seed.values())} {_ends(found.over_seeds)}"


def _ends(found: Interval) -> str:
    return f"[{100 * found.low:+.2f}, {100 * found.high:+.2f}]"


def _percents(values: Sequence[float | None]) -> str:
    return ", ".join(map(_percent, values)) if any(value is not None for value in values) else ""


def _mean_gaps(runs: Sequence[RunResult]) -> str:
    """Of each tap, the mean over the seeds: with the end of the line as a token, and without it (see `hwr.evaluation.loss_gaps`)."""
    by_tap: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        for gap in run.gaps:
            by_tap.setdefault(gap["tap"], []).append(gap["gaps"])
    shown = []
    for tap, gaps in by_tap.items():
        both = [[gap[name] for gap in gaps] for name in ("connector_reference", "connector_reference_inside")]
        means = ["-" if None in found else f"{fmean(one['value'] for one in found):+.2f}" for found in both]
        shown.append(f"{tap} {' / '.join(means)}")
    return ", ".join(shown)


def _cell(name: str, value: Any) -> str:
    return str(value) if name == "ckpt" else _percent(value)
