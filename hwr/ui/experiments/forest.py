"""An experiment at a glance, as a forest plot: how each row's CER differs from the first row's, over lines and over seeds.

Lewis and Clarke 2001, "Forest plots: trying to see the wood and the trees". Lengths are percentages of the track, so that
the plot is as wide as the page lets it be and its words stay words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor
from typing import Any

from hwr.ui.page.html import both, escape

Effect = dict[str, Any]  # value, low, high, by_seed, over_seeds: a difference of CER as a report writes it
MARGIN = 0.06  # of the width, left free at both ends
STEPS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0)  # between marks of the axis, points
MARKS = 7  # at most


def forest(report: dict[str, Any]) -> str:
    """Every row against the first, and the pairs of rows that were compared; empty where nothing was.

    report: as `hwr.training.outcome.experiment_table.ExperimentReport.to_dict` gives it.
    """
    effects = [(escape(name), found) for name, found in report["against_first"].items()]
    pairs = [(f"{escape(p['one'])} − {escape(p['other'])}", p) for p in report.get("pairs", [])]
    if not effects:
        return ""
    first = report["rows"][0]["name"]
    chance = [0.0, *(found["value"] for found in report["first_row_seeds"].values())]
    axis = _Axis([*_ends(found for _, found in (*effects, *pairs)), *chance])
    sides = f"<span>{both('forest.fewer', first=first)}</span><span>{both('forest.more', first=first)}</span>"
    lines = [f'<div class="hwr-x-forest-row hwr-x-sides"><i></i><div>{sides}</div><i></i></div>']
    if any(chance):
        dots = "".join(axis.dot(value) for value in chance)
        lines.append(_row(escape(first), axis, dots, f"<small>{both('forest.chance')}</small>"))
    lines += [_effect(name, found, axis) for name, found in effects]
    if pairs:
        lines.append(f'<p class="hwr-x-forest-between">{both("experiment.pair")}</p>')
        lines += [_effect(name, found, axis) for name, found in pairs]
    marks = "".join(f'<span style="left:{axis.at(mark):.2f}%">{_mark(mark)}</span>' for mark in axis.marks)
    lines.append(
        f'<div class="hwr-x-forest-row hwr-x-axis" aria-hidden="true"><i></i><div class="hwr-x-track">{marks}</div><i></i></div>'
    )
    return f'<div class="hwr-x-forest">{"".join(lines)}</div><p class="hwr-x-legend">{both("forest.legend")}</p>'


def side(found: Effect) -> str:
    """`better` or `worse` where the intervals over lines and over seeds leave out zero on the same side, else nothing.

    With one seed there is nothing that tells it from chance.

    >>> side({"low": -0.02, "high": -0.01, "over_seeds": {"low": -0.03, "high": -0.001}})
    'better'
    >>> side({"low": -0.02, "high": -0.01, "over_seeds": None})
    ''
    """
    seeds = found["over_seeds"]
    if seeds is None:
        return ""
    low, high = min(found["low"], seeds["low"]), max(found["high"], seeds["high"])
    return "better" if high < 0 else "worse" if low > 0 else ""


class _Axis:
    """Points of CER on the width of a track, zero among them."""

    def __init__(self, values: Sequence[float]) -> None:
        low, high = 100 * min(0.0, *values), 100 * max(0.0, *values)
        free = MARGIN * (high - low or 1.0)
        self.low, self.high = low - free, high + free
        step = next((s for s in STEPS if floor(self.high / s) - ceil(self.low / s) < MARKS), STEPS[-1])
        self.marks = [round(step * k, 6) for k in range(ceil(self.low / step), floor(self.high / step) + 1)]

    def at(self, place: float) -> float:
        """Percent of the width, between its ends, of a place in points."""
        return min(100.0, max(0.0, 100 * (place - self.low) / (self.high - self.low)))

    def bar(self, kind: str, low: float, high: float) -> str:
        """From one rate to another; an end that lies outside fades out."""
        left, right = self.at(100 * low), self.at(100 * high)
        out = [name for name, is_out in (("left", 100 * low < self.low), ("right", 100 * high > self.high)) if is_out]
        fading = "".join(f" hwr-x-out-{name}" for name in out)
        return f'<i class="hwr-x-{kind}{fading}" style="left:{left:.2f}%;width:{right - left:.2f}%"></i>'

    def dot(self, rate: float) -> str:
        return f'<i class="hwr-x-dot" style="left:{self.at(100 * rate):.2f}%"></i>'


def _ends(effects: Iterable[Effect]) -> list[float]:
    """What must be seen whole: the intervals over lines and each seed. Intervals over two seeds can be as wide as a table."""
    return [value for found in effects for value in (found["low"], found["high"], *found["by_seed"].values())]


def _row(name: str, axis: _Axis, marks: str, words: str, which: str = "") -> str:
    zero = f'<i class="hwr-x-zero" style="left:{axis.at(0):.2f}%"></i>'
    kind = f" hwr-x-{which}" if which else ""
    return (
        f'<div class="hwr-x-forest-row"><span class="hwr-x-name">{name}</span>'
        f'<div class="hwr-x-track{kind}" aria-hidden="true">{zero}{marks}</div><span class="hwr-x-words">{words}</span></div>'
    )


def _marks(found: Effect, axis: _Axis) -> str:
    seeds = found["over_seeds"]
    thin = axis.bar("over-seeds", seeds["low"], seeds["high"]) if seeds else ""
    dots = "".join(axis.dot(value) for value in found["by_seed"].values())
    return thin + axis.bar("over-lines", found["low"], found["high"]) + dots


def _effect(name: str, found: Effect, axis: _Axis) -> str:
    which, seeds = side(found), found["over_seeds"]
    over = f" <br><small>{both('forest.seeds')} {_interval(seeds)}</small>" if seeds else ""
    return _row(name, axis, _marks(found, axis), difference(found, which) + over, which)


def difference(found: dict[str, Any], which: str = "") -> str:
    """A difference in points with its interval over lines. which: as `side` says it, its colour."""
    sign = f' class="hwr-x-{which}"' if which else ""
    return f"<b{sign}>{points(found['value'])}</b> <small>{_interval(found)}</small>"


def _interval(found: dict[str, float]) -> str:
    return f"[{points(found['low'])}, {points(found['high'])}]"


def points(rate: float) -> str:
    """A difference of rates in percentage points.

    >>> points(-0.004)
    '−0.40'
    """
    return signed(f"{100 * rate:+.2f}")


def _mark(place: float) -> str:
    """
    >>> _mark(0.5), _mark(0.0)
    ('+0.5', '0')
    """
    return signed(f"{place:+g}") if place else "0"


def signed(number: str) -> str:
    return number.replace("-", "−")
