"""What the Fine-tune tab draws of training runs: run directories in, plain data and markup out. Nothing here writes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from hwr.evaluation.error_rates import edits
from hwr.sentences import LANGUAGES
from hwr.training.run.directory import LIVE, RunDirectory, RunSummary, Status
from hwr.ui.line.differences import Piece, differences
from hwr.ui.page.errors import translated_error
from hwr.ui.page.html import both, escape

MOST_POINTS = 400  # of a curve on the page; peaks and dips survive the thinning
MOST_EVALUATIONS = 60  # whose readings travel to the page

# Charts from top to bottom: name, unit, whether a logarithmic axis makes sense, and the keys of `metrics.jsonl` in it.
PANELS: tuple[tuple[str, str, bool, str], ...] = (
    ("loss", "", True, r"loss|ctc|shortcut_ctc"),
    ("error", "%", True, r"val_cer|val_wer"),
    ("sets", "%", True, r"val_(cer|wer)/.+"),
    ("lm", "", True, r"lm(/.+)?"),
    ("kl", "", True, r"kl(/.+)?"),
    ("cut", "%", False, r"cut_off"),
    ("rate", "", True, r"learning_rate"),
    ("speed", "", False, r"lines_per_second"),
    ("gradient", "", True, r"(connector_)?gradient_norm"),
    ("memory", "", False, r"memory"),
    ("other", "", True, r".+"),
)
NOT_DRAWN = ("step", "seconds", "eta_seconds")
GIB = 2**30


@dataclass(frozen=True)
class Series:
    """One curve: a value at each step; seconds: of training until then."""

    key: str
    step: list[int]
    seconds: list[float]
    value: list[float]


def run_series(rows: Sequence[dict[str, Any]]) -> list[Series]:
    """The curves in the rows of `metrics.jsonl`, thinned to MOST_POINTS each, in the order of their first value.

    Memory is in GiB. Rows of a validation have no time of their own: theirs is that of the last training row.
    """
    found: dict[str, Series] = {}
    seconds = 0.0
    for row in rows:
        seconds = row.get("seconds", seconds)
        for key, value in row.items():
            if key in NOT_DRAWN or not isinstance(value, (int, float)):
                continue
            series = found.setdefault(key, Series(key, [], [], []))
            series.step.append(row["step"])
            series.seconds.append(round(seconds, 1))
            series.value.append(float(f"{value / GIB if key == 'memory' else value:.5g}"))
    return [thinned(series) for series in found.values() if not _only_set(series.key, found)]


def _only_set(key: str, found: dict[str, Series]) -> bool:
    """Whether a curve is of one validation set where there is no other, so that it says what the mean says."""
    kind, _, name = key.partition("/")
    return kind in ("val_cer", "val_wer") and bool(name) and sum(k.startswith(f"{kind}/") for k in found) < 2


def thinned(series: Series, most: int = MOST_POINTS) -> Series:
    """At most so many points: of every stretch the lowest and the highest, in their order, and the last of all.

    >>> thinned(Series("ctc", list(range(9)), [0.0] * 9, [5, 4, 9, 3, 3, 0, 3, 2, 1]), most=5).value
    [9, 3, 3, 0, 1]
    """
    count = len(series.step)
    if count <= most:
        return series
    stretches = max(1, (most - 1) // 2)
    kept = {count - 1}
    for n in range(stretches):
        stretch = range(n * count // stretches, (n + 1) * count // stretches)
        kept |= {min(stretch, key=series.value.__getitem__), max(stretch, key=series.value.__getitem__)}
    order = sorted(kept)
    step, seconds, value = series.step, series.seconds, series.value
    return Series(series.key, [step[i] for i in order], [seconds[i] for i in order], [value[i] for i in order])


@dataclass(frozen=True)
class Metrics:
    """The curves of a run, and the newest value of each metric."""

    series: list[Series]
    last: dict[str, Any]


def metrics_of(run: RunDirectory) -> Metrics:
    """What a run has measured; a file that has not changed is not read again."""
    return _metrics_of(run.path, *_state(run.path / "metrics.jsonl"))


@lru_cache(maxsize=32)
def _metrics_of(path: Path, changed: int, size: int) -> Metrics:
    rows = RunDirectory(path).rows("metrics")
    return Metrics(run_series(rows), last_values(rows))


def samples_of(run: RunDirectory) -> dict[str, Any] | None:
    """`samples_view` of a run; a file that has not changed is not read again."""
    return _samples_of(run.path, *_state(run.path / "samples.jsonl"))


@lru_cache(maxsize=8)
def _samples_of(path: Path, changed: int, size: int) -> dict[str, Any] | None:
    return samples_view(path.name, RunDirectory(path).rows("samples"))


def _state(path: Path) -> tuple[int, int]:
    """What changes when a file does; zeros where there is none."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return 0, 0
    return state.st_mtime_ns, state.st_size


def curves_view(runs: Sequence[tuple[str, Sequence[Series]]]) -> dict[str, Any] | None:
    """The value of `curves_viewer`: (title, curves) of each run, the first the one that is looked at; None: nothing yet."""
    panels = []
    taken: set[str] = set()
    for name, unit, log, pattern in PANELS:
        drawn = [
            {"run": n, "key": s.key, "step": s.step, "seconds": s.seconds, "value": s.value}
            for n, (_, curves) in enumerate(runs)
            for s in sorted(curves, key=lambda s: _rank(pattern, s.key))
            if s.key not in taken and re.fullmatch(pattern, s.key)
        ]
        taken |= {part["key"] for part in drawn}
        if drawn:
            panels.append({"name": name, "unit": unit, "log": log, "series": drawn})
    if not panels:
        return None
    return {"runs": [{"name": title, "colour": n} for n, (title, _) in enumerate(runs)], "panels": panels}


def _rank(pattern: str, key: str) -> tuple[int, str]:
    """The order of a panel's curves: as its pattern lists them, then by name."""
    listed = pattern.split("|")
    return (listed.index(key) if key in listed else len(listed), key)


def runs_view(summaries: Sequence[RunSummary], shown: str, compared: Sequence[str]) -> dict[str, Any]:
    """The value of `runs_viewer`. shown: id of the run that is looked at; compared: ids of those drawn beside it."""
    queue = sorted(
        (s for s in summaries if s.status and s.status.state == "queued"), key=lambda summary: summary.created
    )
    places = {run_id(summary): n for n, summary in enumerate(queue, start=1)}
    colours = {name: n for n, name in enumerate([shown, *(name for name in compared if name != shown)])}

    def entry(summary: RunSummary) -> dict[str, Any]:
        status, name = summary.status, run_id(summary)
        return {
            "id": name,
            "title": summary.title,
            "state": status.state if status else "unreadable",
            "step": status.step if status else 0,
            "steps": status.steps if status else 0,
            "cer": status.best_cer if status else None,
            "started": summary.created,
            "ends": status.updated + status.eta_seconds
            if status and status.state == "running" and status.eta_seconds is not None and status.step
            else None,
            "place": places.get(name, 0),
            "colour": colours.get(name, 0),
        }

    return {"runs": [entry(s) for s in summaries], "shown": shown, "compared": list(compared)}


def run_id(run: RunSummary | RunDirectory) -> str:
    """What the page calls a run: its directory's name."""
    return run.path.name


def samples_view(run: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The value of `samples_viewer`: how the same lines were read at the last MOST_EVALUATIONS evaluations of a run."""
    steps = sorted({row["step"] for row in rows})[-MOST_EVALUATIONS:]
    if not steps:
        return None
    texts = {(row["line"], row["step"]): row["text"] for row in rows}
    references = {row["line"]: row["reference"] for row in rows if row["step"] >= steps[0]}
    lines = []
    for line, reference in sorted(references.items()):
        before: str | None = None
        readings: list[dict[str, Any] | None] = []
        for step in steps:
            after = texts.get((line, step))
            readings.append(None if after is None else reading_view(reference, before, after))
            before = after if after is not None else before
        lines.append({"reference": reference, "readings": readings})
    return {"run": run, "steps": steps, "lines": lines}


def reading_view(reference: str, before: str | None, after: str) -> dict[str, Any]:
    """One reading in pieces as it stands to what is written; `changed`: not as in the reading before.

    >>> [(p["kind"], p["text"], p["changed"]) for p in reading_view("a cart", "a cat", "a curt")["pieces"]]
    [('same', 'a c', False), ('changed', 'u', True), ('same', 'r', True), ('same', 't', False)]
    """
    new = new_characters(before, after)
    pieces: list[dict[str, Any]] = []
    at = 0
    for piece in differences(reference, after):
        pieces += _split(piece, new[at : at + len(piece.text)])
        at += len(piece.text)
    return {"pieces": pieces, "errors": edits(reference, after), "changed": before not in (None, after)}


def new_characters(before: str | None, after: str) -> list[bool]:
    """Of each character of `after`, whether it was not there before.

    >>> new_characters("cat", "cart"), new_characters(None, "ab")
    ([False, False, True, False], [False, False])
    """
    if before is None:
        return [False] * len(after)
    return [p.kind != "same" for p in differences(before, after) for _ in p.text]


def _split(piece: Piece, new: Sequence[bool]) -> list[dict[str, Any]]:
    """A piece, cut where new characters begin and end; only the first part keeps what stood there."""
    cuts = [0, *(i for i in range(1, len(piece.text)) if new[i] != new[i - 1]), len(piece.text)]
    ends = list(pairwise(cuts)) if piece.text else [(0, 0)]
    return [
        {
            "kind": piece.kind,
            "text": piece.text[a:b],
            "was": piece.was if a == 0 else "",
            "changed": bool(new[a]) if b > a else False,
        }
        for a, b in ends
    ]


def duration(seconds: float) -> str:
    """A time in words, in both languages.

    >>> duration(200)
    '<span class="hwr-en">3 min 20 s</span><span class="hwr-ja">3 分 20 秒</span>'
    """
    whole = max(0, round(seconds))
    if whole < 60:
        return both("tune.time.seconds", s=whole)
    if whole < 600:
        return both("tune.time.minutes.seconds", m=whole // 60, s=whole % 60)
    if whole < 3600:
        return both("tune.time.minutes", m=round(whole / 60))
    return both("tune.time.hours", h=whole // 3600, m=whole % 3600 // 60)


def memory(size: float) -> str:
    """
    >>> memory(3.2e8), memory(5.5e9)
    ('305 MiB', '5.1 GiB')
    """
    return f"{size / 2**20:.0f} MiB" if size < GIB else f"{size / GIB:.1f} GiB"


def status_card(summary: RunSummary | None, last: dict[str, Any], log_tail: Sequence[str]) -> str:
    """What a run does now, in words and figures. last: the newest value of each metric; log_tail: shown when it broke."""
    if summary is None:
        return f'<div class="hwr-now" data-state="none"><p class="hwr-now-empty">{both("tune.now.none")}</p></div>'
    title = escape(summary.title)
    if summary.status is None:
        return (
            f'<div class="hwr-now" data-state="failed"><div class="hwr-now-head"><h3>{title}</h3></div>'
            f'<p class="hwr-now-problem">{in_both(summary.problem)}</p></div>'
        )
    status = summary.status
    return (
        f'<div class="hwr-now" data-state="{status.state}"><div class="hwr-now-head"><h3>{title}</h3>'
        f'<span class="hwr-now-state" role="status">{both(f"tune.now.{status.state}")}</span></div>'
        f"{_bar(title, status)}<p class='hwr-now-words'>{_words(status)}</p>{_problem(status, log_tail)}{_facts(status, last)}</div>"
    )


def _bar(title: str, status: Status) -> str:
    done = 100 * status.step / status.steps if status.steps else 0
    return (
        f'<div class="hwr-now-bar" role="progressbar" aria-label="{title}" aria-valuenow="{status.step}" aria-valuemin="0" '
        f'aria-valuemax="{status.steps}"><i style="--done:{done:.1f}%"></i></div>'
    )


def _words(status: Status) -> str:
    steps = both("tune.now.step", step=f"{status.step:,}", steps=f"{status.steps:,}") if status.steps else ""
    if status.state == "running" and status.eta_seconds is not None and status.step:
        return f"{steps} {both('tune.now.left')} <b>{duration(status.eta_seconds)}</b>"
    if status.state in ("running", "starting", "queued"):
        return f"{steps} {both(f'tune.now.{status.state}.words')}"
    return f"{steps} {both(f'tune.now.{status.state}.words')}" if status.state != "failed" else steps


def _problem(status: Status, log_tail: Sequence[str]) -> str:
    """Why a run ended that did not mean to, with the end of its log; nothing where neither is told."""
    if status.state not in ("failed", "died"):
        return ""
    words = both("tune.now.died.log") if status.state == "died" and log_tail else in_both(status.message)
    lines = f"<pre>{escape(chr(10).join(log_tail))}</pre>" if log_tail else ""
    return f'<div class="hwr-now-problem">{words}{lines}</div>' if words or lines else ""


def in_both(sentence: str) -> str:
    """A sentence of an InputError in both languages; escaped."""
    return "".join(
        f'<span class="hwr-{language}">{escape(translated_error(sentence, language))}</span>'
        for language in LANGUAGES
        if sentence
    )


def _facts(status: Status, last: dict[str, Any]) -> str:
    facts = []
    if "start_cer" in last:
        facts.append(("start", f"{100 * last['start_cer']:.2f} %"))
    if status.best_cer is not None:
        facts.append(
            ("best", f"{100 * status.best_cer:.2f} % <small>{both('tune.fact.at', n=status.best_step)}</small>")
        )
    if "val_wer" in last:
        facts.append(("wer", f"{100 * last['val_wer']:.2f} %"))
    if "loss" in last:
        facts.append(("loss", f"{last['loss']:.4g}"))
    if "lines_per_second" in last:
        facts.append(("speed", f"{last['lines_per_second']:.1f}"))
    if "memory" in last:
        facts.append(("memory", memory(last["memory"])))
    if status.seconds_trained:
        facts.append(("trained", duration(status.seconds_trained)))
    cells = "".join(f"<div><dt>{both(f'tune.fact.{name}')}</dt><dd>{value}</dd></div>" for name, value in facts)
    return f"<dl>{cells}</dl>" if cells else ""


def last_values(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The newest value of each metric; `start_cer`: that of the checkpoint from which the run starts.

    >>> last_values([{"step": 1, "loss": 3.0}, {"step": 1, "val_cer": 0.5}, {"step": 2, "loss": 2.0}])
    {'step': 2, 'loss': 2.0, 'val_cer': 0.5}
    """
    values: dict[str, Any] = {}
    for row in rows:
        values |= row
        if row["step"] == 0 and "val_cer" in row:
            values["start_cer"] = row["val_cer"]
    return values


def log_view(lines: Sequence[str]) -> str:
    return f'<div class="hwr-log"><pre tabindex="0">{escape(chr(10).join(lines)) or both("tune.log.empty")}</pre></div>'


def chosen_run(summaries: Sequence[RunSummary], wanted: str) -> RunSummary | None:
    """The run that is asked for; where it is gone, the one that trains, else one that waits, else the newest."""
    for summary in summaries:
        if run_id(summary) == wanted:
            return summary
    for states in (("running", "starting"), LIVE):
        for summary in summaries:
            if summary.status and summary.status.state in states:
                return summary
    return summaries[0] if summaries else None
