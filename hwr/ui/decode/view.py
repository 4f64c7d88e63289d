"""What the Decode tab draws, as plain data: the n-best list of a line in, dataclasses out. Nothing here knows Gradio."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwr.evaluation.error_rates import edits
from hwr.paths import ASSETS
from hwr.sentences import LANGUAGES
from hwr.ui.line.differences import Piece, differences, marked, word_changes
from hwr.ui.line.kept import line_key
from hwr.ui.line.line_view import data_uri
from hwr.ui.line.shown import Shown
from hwr.ui.page.errors import translated_error
from hwr.ui.page.html import both, escape

if TYPE_CHECKING:
    import numpy as np

    from hwr.reading import NBest

LANGUAGE_EXAMPLES = "language-examples"


@dataclass(frozen=True)
class Row:
    """One text of the list with its scores (nats, as in `hwr.reading.Hypothesis`) and what it does to the greedy text.

    changes: edits from the greedy text, characters. Only where it is known what is written: errors: edits from that;
    fixed, broken: its words that this text has right and the greedy text not, and the other way round.
    """

    text: str
    visual: float
    language: float | None
    ngram: float
    length: int
    pieces: list[Piece]
    changes: int
    errors: int | None = None
    fixed: int | None = None
    broken: int | None = None


@dataclass(frozen=True)
class DecodeView:
    """The n-best list of one line, best first at its weights; the page ranks it anew while a weight is dragged.

    greedy: row of the greedy text, -1 where the list lacks it; best: row closest to what is written, -1 where that is
    not known. problem: why the language model did not score, by language. lines: the greedy texts of the page's lines,
    of which this is number `line`. image: data URI of the line. key: as `hwr.ui.line.kept.line_key`, "" where there is none.
    """

    text: str
    rows: list[Row]
    alpha: float
    beta: float
    gamma: float
    lm: str | None
    tuned: str
    problem: dict[str, str] | None
    greedy: int
    best: int
    truth: str | None
    line: int
    lines: list[str]
    image: str
    precomputed: bool = False
    key: str = ""

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Harm:
    """A line of a validation set that language made worse: its image, both readings, what is written, who did it."""

    image: Path
    greedy: str
    rescored: str
    truth: str
    lm: str
    command: str


def decode_view(
    n_best: NBest,
    *,
    truth: str | None = None,
    line: int = 0,
    lines: Sequence[str] = (),
    image: str = "",
    precomputed: bool = False,
    key: str = "",
) -> DecodeView:
    """The view of one line's list. truth: what is written, if that is known; lines: the greedy text of every line."""
    rows = []
    for h in n_best.hypotheses:
        fixed, broken = (None, None) if truth is None else word_changes(truth, n_best.greedy, h.text)
        rows.append(
            Row(
                text=h.text,
                visual=h.visual,
                language=h.language,
                ngram=h.ngram,
                length=h.length,
                pieces=differences(n_best.greedy, h.text),
                changes=edits(n_best.greedy, h.text),
                errors=None if truth is None else edits(truth, h.text),
                fixed=fixed,
                broken=broken,
            )
        )
    texts = [row.text for row in rows]
    errors = [row.errors for row in rows if row.errors is not None]
    weights, problem = n_best.weights, n_best.problem
    return DecodeView(
        text=n_best.greedy,
        rows=rows,
        alpha=weights.alpha,
        beta=weights.beta,
        gamma=weights.gamma,
        lm=n_best.lm,
        tuned=n_best.tuned,
        problem={language: translated_error(problem, language) for language in LANGUAGES} if problem else None,
        greedy=texts.index(n_best.greedy) if n_best.greedy in texts else -1,
        best=errors.index(min(errors)) if errors else -1,
        truth=truth,
        line=line,
        lines=list(lines) or [n_best.greedy],
        image=image,
        precomputed=precomputed,
        key=key,
    )


def harm_examples(assets: Path = ASSETS) -> list[Harm]:
    """The counterexample that `python -m hwr evaluate --examples` kept; none where there is no file or no image."""
    folder = assets / LANGUAGE_EXAMPLES
    if not (folder / "examples.json").is_file():
        return []
    entry = json.loads((folder / "examples.json").read_text(encoding="utf-8")).get("harms")
    if entry is None or not (folder / entry["image"]).is_file():
        return []
    return [Harm(folder / entry["image"], *(entry[k] for k in ("greedy", "rescored", "truth", "lm", "command")))]


def view_of(n_best: NBest, shown: Shown, line: int, truth: str | None, precomputed: bool = False) -> dict[str, Any]:
    """What the page draws of one line's list. truth: what is written, if that is known."""
    view = shown.lines[line]
    return decode_view(
        n_best,
        truth=truth,
        line=line,
        lines=[other["text"] for other in shown.lines],
        image=view["image"],
        precomputed=precomputed,
        key=line_key(shown, line),
    ).to_dict()


def harm_card(harms: list[Harm]) -> str:
    """Lines that language made worse: ink, both texts with their differences, and the command that found them."""
    if not harms:
        return ""
    figures = []
    for harm in harms:
        picture = data_uri(_rgb(harm.image))
        rows = [
            (both("harm.greedy"), marked(harm.truth, harm.greedy)),
            (both("harm.rescored", lm=harm.lm), marked(harm.truth, harm.rescored)),
            (both("viewer.truth"), escape(harm.truth)),
            (both("harm.command"), f"<code>{escape(harm.command)}</code>"),
        ]
        terms = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
        figures.append(f'<figure><img src="{picture}" alt=""><dl>{terms}</dl></figure>')
    return f'<div class="hwr-harm"><h2>{both("harm.title")}</h2><p>{both("harm.intro")}</p>{"".join(figures)}</div>'


def _rgb(path: Path) -> np.ndarray:
    import numpy as np
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))
