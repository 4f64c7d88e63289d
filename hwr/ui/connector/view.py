"""What the Connector tab draws, as plain data: divergences and readings in, dictionaries and HTML out. No Gradio here."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from hwr.evaluation.error_rates import edits
from hwr.sentences import LANGUAGES
from hwr.ui.connector.names import TokenNames
from hwr.ui.line.differences import marked
from hwr.ui.line.line_view import AXIS, axis_of
from hwr.ui.page.errors import translated_error
from hwr.ui.page.html import both, escape

if TYPE_CHECKING:
    from hwr.images.line import LineGeometry
    from hwr.inspection.divergence_report import Divergence, TokenDivergence
    from hwr.reading import Reading

TextFrom = Literal["truth", "kept", "reading", "typed"]


@dataclass(frozen=True)
class Measured:
    """The divergence of one connector, the name of its checkpoint, and how that one's frames lie on the image."""

    checkpoint: str
    divergence: Divergence
    geometry: LineGeometry


def connector_view(
    view: dict[str, Any],
    geometry: LineGeometry,
    rows: Sequence[Measured],
    *,
    text_from: TextFrom,
    problem: str = "",
    precomputed: bool = False,
) -> dict[str, Any]:
    """The value of `connector_viewer`: every connector's KL per token on the axis of one line.

    view, geometry: a `LineView.to_dict()` of the line and what it was made with. text_from: what is written according
    to the example or to a person who kept it, the recogniser's own reading, or what the visitor typed. problem: why the text is not the true one.
    """
    return {
        **{name: view[name] for name in AXIS if name != "characters"},
        "characters": [],
        "lines": view["lines"],
        "text": rows[0].divergence.text,
        "text_from": text_from,
        "problem": {language: translated_error(problem, language) for language in LANGUAGES} if problem else None,
        "precomputed": precomputed,
        "rows": [_row(view, geometry, row) for row in rows],
    }


def _row(view: dict[str, Any], geometry: LineGeometry, row: Measured) -> dict[str, Any]:
    divergence = row.divergence
    found = divergence.to_dict()
    spoken = found["spoken"]
    names = TokenNames([part["token"] for part in spoken])
    return {
        **{name: found[name] for name in ("kind", "tap", "objective", "lm", "mean_kl", "mean_kl_inside", "cut", "end")},
        "ends": divergence.ends,
        "tokens": [_token(token, names, place, divergence.objective) for place, token in enumerate(divergence.tokens)],
        "checkpoint": row.checkpoint,
        "spoken": [
            {
                "token": names.own[place],
                "written": part["written"],
                "ctc": part["ctc"],
                **{side: part[side] and names.at(place, part[side]) for side in ("connector", "reference")},
            }
            for place, part in enumerate(spoken)
        ],
        "places": parted(
            [
                (
                    across(view, geometry, row.geometry, part["first_frame"]),
                    across(view, geometry, row.geometry, part["last_frame"] + 1),
                )
                for part in spoken
                if part["token"] is not None
            ]
        ),
    }


def _token(token: TokenDivergence, names: TokenNames, place: int, objective: str) -> dict[str, Any]:
    """A token's distributions with the names of what they list, and the remainder of the KL: [term, q, p]."""
    about = place + (objective == "surrogate")  # the token that is predicted
    found = token.to_dict()
    for name in ("reference", "connector", "contributors"):
        found[name] = [[names.at(about, text), *values] for text, *values in found[name]]
    own = names.at(place, token.token)
    return {
        **found,
        "token": own,
        "target": names.at(about, token.target),
    }


def parted(places: Sequence[tuple[float, float]]) -> list[list[float]]:
    """Tokens on the same ink, as the bytes of one character are, side by side on it.

    >>> parted([(0.0, 4.0), (4.0, 10.0), (4.0, 10.0), (10.0, 12.0)])
    [[0.0, 4.0], [4.0, 7.0], [7.0, 10.0], [10.0, 12.0]]
    """
    found: list[list[float]] = []
    for (x0, x1), same in itertools.groupby(places):
        ends = np.linspace(x0, x1, len(list(same)) + 1).round(2).tolist()
        found += [list(pair) for pair in itertools.pairwise(ends)]
    return found


def across(view: dict[str, Any], geometry: LineGeometry, other: LineGeometry, frame: float) -> float:
    """Where a frame of another recogniser begins, x on the axis of a line view that was made with `geometry`."""
    start = np.array([[other.network_span(frame, frame)[0], other.height / 2]])
    return round(axis_of(view, geometry).clipped(float(geometry.to_network(other.to_upload(start))[0, 0])), 2)


@dataclass(frozen=True)
class DifferingLine:
    """A line of an example that the two checkpoints read otherwise: the example's name, the line's number, what is written."""

    example: str
    line: int
    title: Mapping[str, str]
    truth: str
    taught: str
    alone: str


def differing_card(lines: Sequence[DifferingLine]) -> str:
    """The lines as a folded list to pick from, those first that the connector won most at."""
    if not lines:
        return ""
    items = "".join(_differing(one) for one in sorted(lines, key=lambda one: -_won(one)))
    head = both("connector.compared.examples", n=len(lines))
    return f'<details class="hwr-k-differing"><summary>{head}</summary><ul>{items}</ul></details>'


def _won(one: DifferingLine) -> int:
    return edits(one.truth, one.alone) - edits(one.truth, one.taught)


def _differing(one: DifferingLine) -> str:
    titles = "".join(f'<span class="hwr-{name}">{escape(one.title[name])}</span>' for name in LANGUAGES)
    readings = "".join(
        f"<dt>{both(f'connector.compared.{side}')}</dt><dd>{marked(one.truth, text)}</dd>"
        f"<dd>{both('connector.compared.errors', n=edits(one.truth, text))}</dd>"
        for side, text in (("with", one.taught), ("without", one.alone))
    )
    return (
        f'<li><button type="button" data-example="{escape(one.example)}" data-line="{one.line}">'
        f"<b>{titles}</b><dl>{readings}</dl></button></li>"
    )


def comparison_card(taught: Reading, alone: Reading, truth: str | None) -> str:
    """Both readings of a line, what differs from the truth (else from each other) marked, and how sure each is."""
    rows = [
        ("with", taught, alone.text if truth is None else truth),
        ("without", alone, taught.text if truth is None else truth),
    ]
    terms = "".join(
        f"<dt>{both(f'connector.compared.{name}')}<small>{escape(reading.model)}</small></dt>"
        f'<dd data-side="{name}"><span class="hwr-k-reading">{_text(reference, reading)}</span>'
        f"<small>{_sureness(reading, truth)}</small></dd>"
        for name, reading, reference in rows
    )
    if truth is not None:
        terms += f'<dt>{both("viewer.truth")}</dt><dd><span class="hwr-k-reading">{escape(truth)}</span></dd>'
    same = both(
        "connector.compared.same"
        if taught.text == alone.text
        else "connector.compared.differ"
        if truth is None
        else "connector.compared.marked"
    )
    return f'<div class="hwr-k-comparison"><dl>{terms}</dl><p>{same}</p></div>'


def _text(reference: str, reading: Reading) -> str:
    return marked(reference, reading.text) if reading.text else both("connector.compared.nothing")


def _sureness(reading: Reading, truth: str | None) -> str:
    sure = both("connector.compared.sure", confidence=f"{100 * reading.confidence:.1f} %")
    if truth is None:
        return sure
    return sure + " · " + both("connector.compared.errors", n=edits(truth, reading.text))
