"""Tables that were measured beforehand, as HTML in both languages: loss gaps of the shipped connectors, experiments."""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hwr.ui.html import both

GAPS_FILE = Path("connector") / "loss-gaps.json"
RESULTS = Path("experiments") / "results"
LOSSES = ("reference", "connector", "downsampled")
GAPS = ("connector_reference", "downsampled_reference", "connector_downsampled")


def gaps_card(assets: Path) -> str:
    """What `python -m hwr losses --json` found for the shipped connectors; empty where no file was kept."""
    path = assets / GAPS_FILE
    if not path.is_file():
        return ""
    tables = "".join(map(gap_table, json.loads(path.read_text(encoding="utf-8"))))
    return f'<div class="hwr-k-cards">{tables}</div>'


def gap_table(table: dict[str, Any]) -> str:
    """One connector's table in the words of the slides: losses, gaps, LM gain, tokens cut off, with intervals."""
    rows = [(both("gaps.samples"), f"{table['total_samples']:,}", "")]
    rows += [(both(f"gaps.{name}"), *_nats(table["losses"][name])) for name in LOSSES]
    rows += [(both(f"gaps.{name}"), *_nats(table["gaps"][name])) for name in GAPS]
    gain, interval = _nats(table["lm_gain"]) if table["lm_gain"] else ("–", "")
    rows.append((both("gaps.gain"), gain, interval))
    rows.append((both("gaps.cut"), f"{table['cut_off']:.2%}", ""))
    body = "".join(
        f'<tr><th scope="row">{name}</th><td>{value}</td><td><small>{interval}</small></td></tr>'
        for name, value, interval in rows
    )
    about, skipped = table["protocol"], len(table["skipped"])
    left_out = f" · {both('gaps.skipped', n=skipped)}" if skipped else ""
    command = f"<p>{both('viewer.precomputed')} <code>{html.escape(about['command'])}</code></p>"
    return (
        f'<div class="hwr-f-tablecard"><h3>{html.escape(table["kind"])} · {html.escape(table["tap"])}'
        f" <small>{html.escape(table['objective'])}</small></h3>"
        f'<div class="hwr-f-scroll" tabindex="0"><table class="hwr-f-table hwr-k-gaps"><thead><tr><th></th>'
        f"<th>{both('gaps.nats')}</th><th>{both('gaps.interval')}</th></tr></thead><tbody>{body}</tbody></table></div>"
        f'<div class="hwr-k-protocol"><p>{_about(about)}{left_out}</p>{command}</div></div>'
    )


def _about(protocol: dict[str, Any]) -> str:
    values = {name: protocol[name] for name in ("model", "language_model", "data", "split", "commit")}
    return both("gaps.about", **{name: "?" if value is None else value for name, value in values.items()})


def _nats(interval: dict[str, float]) -> tuple[str, str]:
    return f"{interval['value']:.4f}", f"[{interval['low']:.4f}, {interval['high']:.4f}]"


def experiment_card(assets: Path) -> str:
    """Every table that `python -m hwr experiment` left in the results folder; empty where there is none."""
    paths = sorted((assets / RESULTS).rglob("*.json"))
    reports = [(path, json.loads(path.read_text(encoding="utf-8"))) for path in paths]
    return "".join(experiment_table(path.stem, report) for path, report in reports if report.get("rows"))


def experiment_table(name: str, report: dict[str, Any]) -> str:
    """Error rates, gap and cost of each run, and the difference of CER from the first row with its interval."""
    tested = any(row["test_cer"] is not None for row in report["rows"])
    parts = [f"{part}_{kind}" for part in ("val", *(["test"] if tested else [])) for kind in ("cer", "wer")]
    columns: list[tuple[str, Callable[[dict[str, Any]], str]]] = [
        (both("experiment.seed"), lambda row: str(row["seed"])),
        *((_rate_name(part), lambda row, part=part: _percent(row[part])) for part in parts),
        (both("experiment.gap"), _gaps_of),
        (both("experiment.seconds"), lambda row: f"{row['seconds_a_step']:.2f}" if row["seconds_a_step"] else "–"),
        (both("experiment.against"), _against(report)),
    ]
    rows = [(html.escape(row["name"]), [cell(row) for _, cell in columns]) for row in report["rows"]]
    table = _table([both("experiment.row"), *(head for head, _ in columns)], rows)
    series = "".join(_series(row) for row in report["rows"] if row["series"])
    budget = ", ".join(f"{k} {v}" for k, v in report["protocol"].get("budget", {}).items() if k != "init")
    about = both("experiment.about", budget=budget, commit=report["protocol"].get("commit") or "?")
    return (
        f'<div class="hwr-f-tablecard"><h3>{html.escape(name)}</h3>{table}'
        f'<div class="hwr-k-protocol"><p>{about}</p></div>{series}</div>'
    )


def _against(report: dict[str, Any]) -> Callable[[dict[str, Any]], str]:
    """The difference stands in the first of a row's runs, as it is of all its seeds."""
    seen: set[str] = set()

    def cell(row: dict[str, Any]) -> str:
        found = report["against_first"].get(row["name"])
        if row["state"] != "finished":
            return html.escape(row["state"])
        if found is None or row["name"] in seen:
            return ""
        seen.add(row["name"])
        clear = "" if found["low"] <= 0 <= found["high"] else ' class="hwr-k-clear"'
        return f"<b{clear}>{_points(found['value'])}</b> <small>[{_points(found['low'])}, {_points(found['high'])}]</small>"

    return cell


def _gaps_of(row: dict[str, Any]) -> str:
    gaps = [(html.escape(gap["tap"]), gap["gaps"]["connector_reference"]) for gap in row["gaps"]]
    cells = [f"{tap} {gap['value']:.3f} <small>[{gap['low']:.3f}, {gap['high']:.3f}]</small>" for tap, gap in gaps]
    return "<br>".join(cells) or "–"


def _series(row: dict[str, Any]) -> str:
    """Error rates of a run's kept checkpoints, as on the slides."""
    names = list(row["series"][0])
    heads = ["ckpt", *(_rate_name(name) for name in names[1:])]
    rows = [(str(entry["ckpt"]), [f"{entry[name]:.3f}" for name in names[1:]]) for entry in row["series"]]
    title = both("experiment.series", name=row["name"], seed=row["seed"])
    return f'<h4 class="hwr-k-series">{title}</h4>{_table(heads, rows)}'


def _table(heads: Iterable[str], rows: Iterable[tuple[str, list[str]]]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>' for name, cells in rows
    )
    return (
        f'<div class="hwr-f-scroll" tabindex="0"><table class="hwr-f-table hwr-k-runs"><thead><tr>{head}</tr></thead>'
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
    return "–" if value is None else f"{value:.2%}"


def _points(value: float) -> str:
    return f"{value:+.2%}".replace("-", "−")
