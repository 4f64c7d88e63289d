"""Tables that were measured beforehand, as HTML in both languages: loss gaps of the shipped connectors, experiments."""

from __future__ import annotations

import itertools
import json
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hwr.sentences import table
from hwr.ui.experiments.forest import difference, forest, points, side, signed
from hwr.ui.page.html import both, escape

GAPS_FILE = Path("connector") / "loss-gaps.json"
EXPERIMENTS = Path("experiments")
LOSSES = ("reference", "connector", "downsampled")
GAPS = ("connector_reference", "downsampled_reference", "connector_downsampled", "connector_reference_inside")
INTERVAL = ("value", "low", "high")

Row = dict[str, Any]  # a run of an experiment, as its report writes it


def gaps_card(assets: Path) -> str:
    """What `python -m hwr losses --json` found for the shipped connectors; empty where no file was kept."""
    path = assets / GAPS_FILE
    if not path.is_file():
        return ""
    kept = json.loads(path.read_text(encoding="utf-8"))
    runs = itertools.groupby(kept, key=lambda table: table["protocol"]["command"])
    return "".join(gap_table(list(tables)) for _, tables in runs)


def gap_table(tables: Sequence[dict[str, Any]]) -> str:
    """The connectors of one run side by side: losses, gaps, LM gain, tokens cut off."""
    rows = [(both("gaps.samples"), [f"<b>{table['total_samples']:,}</b>" for table in tables])]
    rows += [(both(f"gaps.{name}"), [_nats(table["losses"][name]) for table in tables]) for name in LOSSES]
    rows += [(both(f"gaps.{name}"), [_nats(table["gaps"][name]) for table in tables]) for name in GAPS]
    rows.append((both("gaps.gain"), [_nats(table["lm_gain"]) for table in tables]))
    rows.append((both("gaps.cut"), [f"<b>{_percent(table['cut_off'])}</b>" for table in tables]))
    heads = [f"<b>{escape(t['kind'])} · {escape(t['tap'])}</b>" for t in tables]
    about, skipped = tables[0]["protocol"], len(tables[0]["skipped"])
    left_out = f" · {both('gaps.skipped', n=skipped)}" if skipped else ""
    objective = both("gaps.objective", objective=tables[0]["objective"])
    return (
        f'<div class="hwr-f-tablecard">{_table([both("gaps.nats"), *heads], rows, "hwr-x-gaps")}'
        f'<div class="hwr-x-protocol"><p>{objective}{_about(about)}{left_out}</p>{_redo(about["command"])}</div></div>'
    )


def _about(protocol: dict[str, Any]) -> str:
    values = {name: protocol[name] for name in ("model", "language_model", "data", "split", "commit")}
    return both("gaps.about", **{name: "?" if value is None else value for name, value in values.items()})


def _redo(command: str) -> str:
    return f"<p>{both('viewer.precomputed')} <code>{escape(command)}</code></p>"


def _nats(interval: dict[str, float] | None) -> str:
    if interval is None:
        return "–"
    value, low, high = (signed(f"{interval[part]:.4f}") for part in INTERVAL)
    return f"<b>{value}</b> <small>[{low}, {high}]</small>"


def experiment_card(assets: Path) -> str:
    """Every table that `python -m hwr experiment` left in the results folder; empty where there is none."""
    folder = assets / EXPERIMENTS
    cards = []
    for path in sorted((folder / "results").rglob("*.json")):
        report = json.loads(path.read_text(encoding="utf-8"))
        if report.get("rows"):
            file = f"{path.stem}.yaml" if (folder / f"{path.stem}.yaml").is_file() else "FILE.yaml"
            cards.append(experiment_table(path.stem, report, f"assets/{EXPERIMENTS.as_posix()}/{file}"))
    return "".join(cards)


def experiment_table(name: str, report: dict[str, Any], file: str) -> str:
    """How each row differs from the first; below, the rates, gap and cost of each run. `file` asked for it."""
    tested = any(row["test_cer"] is not None for row in report["rows"])
    parts = [f"{part}_{kind}" for part in ("val", *(["test"] if tested else [])) for kind in ("cer", "wer")]
    heads = [both("experiment.row"), both("experiment.seed"), *map(_rate_name, parts)]
    heads += [both(f"experiment.{column}") for column in ("difference", "gap", "seconds")]
    groups = [list(runs) for _, runs in itertools.groupby(report["rows"], key=lambda row: row["name"])]
    body = "".join(
        _runs(runs, parts, report["against_first"].get(runs[0]["name"]), {} if i else report["first_row_seeds"])
        for i, runs in enumerate(groups)
    )
    series = "".join(_series(row) for row in report["rows"] if row["series"])
    budget = ", ".join(f"{k} {v}" for k, v in report["protocol"].get("budget", {}).items() if k != "init")
    about = both("experiment.about", budget=budget, commit=report["protocol"].get("commit") or "?")
    rows_asked = "".join(f" --only {shlex.quote(row)}" for row in report["protocol"].get("only", []))
    command = f"python -m hwr experiment {file} --out RUNS{' --test' if tested else ''}{rows_asked}"
    summary = both("experiment.runs", n=len(report["rows"]))
    return (
        f'<div class="hwr-f-tablecard" data-experiment="{escape(name)}"><h3>{escape(name)}</h3>{_about_experiment(name)}{forest(report)}'
        f'<details class="hwr-x-all"><summary>{summary}</summary>{_framed(heads, body, "hwr-x-runs")}'
        f'{_sets(report.get("sets", {}))}<div class="hwr-x-seriesgrid">{series}</div></details>'
        f'<div class="hwr-x-protocol"><p>{about}</p>{_redo(command)}</div></div>'
    )


def _about_experiment(name: str) -> str:
    """What the experiment asks, of those that ship; empty for another."""
    key = f"experiment.asks.{name.replace('-', '_')}"
    return f'<p class="hwr-x-asks">{both(key)}</p>' if key in table("TEXTS") else ""


def _sets(sets: dict[str, dict[str, Any]]) -> str:
    """Each row on each set, and how it differs there from the first; empty where there is one set."""
    rows = [
        (escape(row), [f"{_percent(one['cer'])}<br>{_difference(one['against_first'])}" for one in found.values()])
        for row, found in sets.items()
    ]
    heads = [both("experiment.set"), *(escape(name) for name in next(iter(sets.values()), ()))]
    return _table(heads, rows, "hwr-x-runs") if rows else ""


def _runs(runs: Sequence[Row], parts: Sequence[str], pooled: dict[str, Any] | None, seeds: dict[str, Any]) -> str:
    """The runs of one configuration, a row a seed.

    pooled: the difference of all of them together. seeds: those of its seeds from the first of them, for the first row.
    """
    span = f' rowspan="{len(runs)}"' if len(runs) > 1 else ""
    lines = []
    for place, run in enumerate(runs):
        state = "" if run["state"] == "finished" else f" <small>{escape(run['state'])}</small>"
        cells = [f"{run['seed']}{state}", *(_percent(run[part]) for part in parts)]
        before = "".join(f"<td>{cell}</td>" for cell in cells)
        seconds = f"{run['seconds_a_step']:.2f}" if run["seconds_a_step"] else "–"
        name = "" if place else f'<th scope="rowgroup"{span}>{escape(run["name"])}</th>'
        against = "" if place else f"<td{span}>{_difference(pooled)}</td>"
        if found := seeds.get(str(run["seed"])):
            chance = both("experiment.chance", seed=run["seed"], first=runs[0]["seed"])
            against = f"<td>{chance} {difference(found)}</td>"
        elif seeds:
            against = "<td>–</td>"
        lines.append(f"<tr>{name}{before}{against}<td>{_gaps_of(run)}</td><td>{seconds}</td></tr>")
    return "".join(lines)


def _difference(found: dict[str, Any] | None) -> str:
    """Better or worse only where chance makes neither."""
    if found is None:
        return "–"
    return difference(found, side(found)) + _by_seed(found)


def _by_seed(found: dict[str, Any]) -> str:
    over = found["over_seeds"]
    if over is None:
        return ""
    values = ", ".join(points(value) for value in found["by_seed"].values())
    ends = ", ".join(points(over[end]) for end in INTERVAL[1:])
    return f"<br><small>{both('experiment.by_seed')} {values} [{ends}]</small>"


def _gaps_of(run: Row) -> str:
    """With the end of the line as a token, and without it: the end alone can put a connector below the reference."""
    cells = []
    for gap in run["gaps"]:
        both_ways = [gap["gaps"][name] for name in ("connector_reference", "connector_reference_inside")]
        values = " / ".join("–" if one is None else signed(f"{one['value']:.2f}") for one in both_ways)
        cells.append(f"{escape(gap['tap'])} {values}")
    return "<br>".join(cells) or "–"


def _series(run: Row) -> str:
    """Error rates of a run's kept checkpoints."""
    names = list(run["series"][0])
    heads = [both("experiment.ckpt"), *(_rate_name(name) for name in names[1:])]
    rows = [(str(entry["ckpt"]), [_percent(entry[name]) for name in names[1:]]) for entry in run["series"]]
    title = both("experiment.series", name=run["name"], seed=run["seed"])
    return f'<div><h4 class="hwr-x-series">{title}</h4>{_table(heads, rows, "hwr-x-runs")}</div>'


def _table(heads: Iterable[str], rows: Iterable[tuple[str, list[str]]], kind: str) -> str:
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>' for name, cells in rows
    )
    return _framed(heads, body, kind)


def _framed(heads: Iterable[str], body: str, kind: str) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    return (
        f'<div class="hwr-f-scroll" tabindex="0"><table class="hwr-f-table {kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _rate_name(part: str) -> str:
    """
    >>> _rate_name("val_cer")
    'val CER'
    """
    name, kind = part.split("_")
    return f"{name} {kind.upper()}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f}\N{NO-BREAK SPACE}%"
