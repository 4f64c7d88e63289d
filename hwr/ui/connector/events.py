"""What happens on the Connector tab: plan what is wanted, show at once what needs no model, load, then answer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from hwr.examples.catalogue import EXAMPLES
from hwr.language.config import KINDS
from hwr.sentences import Sentence
from hwr.ui.connector.lines import (
    SIDES,
    Chosen,
    Kept,
    LineMeasured,
    Lines,
    Offered,
    chosen_connectors,
    drawn_line,
    load_kept,
    load_kept_pages,
    measure,
    offered_connectors,
    taught_by,
)
from hwr.ui.connector.view import DifferingLine, comparison_card, connector_view, differing_card
from hwr.ui.line.kept import KeptTexts
from hwr.ui.line.shown import ExampleWish, Picked, Shown
from hwr.ui.models.menu import NOTHING, html_name, refreshed
from hwr.ui.models.readers import Models
from hwr.ui.page.events import Values, caught, guarded, showing
from hwr.ui.page.html import both, escape, in_every, notice

if TYPE_CHECKING:
    from hwr.reading import Reading


SHIPPED, CTC_ONLY = "connector", "twin"  # ids of the checkpoints that the kept divergences are of
FIRST_CHOSEN = 3  # connectors that are chosen when the page is opened
TRAIN = """python -m hwr train --init assets/default --data LINES --out {runs}/taught \\
    --connector qformer:lstm1:1.0 --connector aligned:columns:1.0 \\
    --kl-weight 0.1 --connector-warmup 150"""


@dataclass(frozen=True)
class Wanted:
    """What a visitor wants measured: of which reading (`Shown.number`) which line, which connectors, compared with which checkpoint.

    text: what was typed, None for what is written or read. truths: what is written on every line, where that was known
    when it was asked. again: counts how often it was asked to measure anew. looked:
    the line that was picked on the Read tab when this tab was last looked at; model: the checkpoint that had read it.
    """

    number: int
    line: int = 0
    connectors: tuple[str, ...] = ()
    compared: str = CTC_ONLY
    text: str | None = None
    truths: tuple[str | None, ...] = ()
    again: int = 0
    looked: int = field(default=0, compare=False)
    model: str = field(default="", compare=False)

    @property
    def truth(self) -> str | None:
        """What is written on the line, if that is known."""
        return self.truths[self.line] if self.line < len(self.truths) else None


@dataclass(frozen=True)
class Drawn:
    """What is on the page: what it answers, the line as it is read with and without, and which of them the switch shows."""

    wanted: Wanted
    sides: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    side: str = "with"


@dataclass(frozen=True)
class Side:
    """A line as one of the two checkpoints reads it."""

    reading: Reading
    view: dict[str, Any]


def first_choice(model: str = "") -> tuple[str, ...]:
    """The first few connectors of this checkpoint; of the first one that has any where this one has none."""
    offered = offered_connectors()
    of = model if any(one.checkpoint.id == model for one in offered) else offered[0].checkpoint.id if offered else ""
    return tuple(one.id for one in offered if one.checkpoint.id == of)[:FIRST_CHOSEN]


def checkpoints_of(connectors: Sequence[str]) -> list[str]:
    """The ids of the checkpoints that these connectors lie beside."""
    return list(dict.fromkeys(id.rpartition(":")[0] for id in connectors))


def which_note(connectors: Sequence[str], model: str) -> str:
    """What reads the line here, and why it is not the checkpoint `model` of the Read tab where it is another."""
    used = checkpoints_of(connectors)
    if not used:
        return ""
    names = ", ".join(html_name(id) for id in used)
    said = f"{both('connector.which')} <b>{names}</b>"
    if used == [model]:
        return f'<p class="hwr-k-which">{said} · {both("connector.which.same")}</p>'
    has = any(one.checkpoint.id == model for one in offered_connectors())
    why = both("connector.which.chosen" if has else "connector.which.none")
    return f'<p class="hwr-k-which">{said} · {both("connector.which.read")} <b>{html_name(model)}</b> – {why}</p>'


def training_card() -> str:
    """How to come by a checkpoint with connectors."""
    how = both("connector.none.how", kinds=", ".join(KINDS))
    command = TRAIN.format(runs="$HWR_DATA_DIR/runs" if os.environ.get("HWR_DATA_DIR") else "~/.local/share/hwr/runs")
    return (
        f'<div class="hwr-k-train"><h3>{both("connector.none.title")}</h3><p>{how}</p>'
        f'<pre tabindex="0">{escape(command)}</pre></div>'
    )


def problem_notice(sentence: str) -> str:
    """An InputError where the views are, in both languages; it stays until something else is asked."""
    return f'<div class="hwr-notice hwr-k-error" role="alert">{in_every(sentence)}</div>'


def is_kept(want: Wanted, now: Shown) -> bool:
    """Whether what was computed beforehand answers this."""
    ids = [id.rpartition(":")[0] for id in want.connectors]
    ours = bool(ids) and set(ids) == {SHIPPED} and want.compared == CTC_ONLY
    as_kept = want.truths == now.truths and want.text is None and not want.again
    return ours and now.precomputed and now.example >= 0 and as_kept


@dataclass(frozen=True)
class Tab:
    """The components that events write to."""

    wanted: gr.State
    drawn: gr.State
    train: gr.HTML
    connectors: gr.CheckboxGroup
    which: gr.HTML
    said: gr.Textbox
    ask: gr.Button
    message: gr.HTML
    viewer: gr.HTML
    side: gr.Radio
    compared: gr.Dropdown
    differing: gr.HTML
    comparison: gr.HTML
    line: gr.HTML


def connector_choices() -> list[tuple[str, str]]:
    """Titles and ids; the checkpoint is named where there are several."""
    offered = offered_connectors()
    several = len({one.checkpoint.id for one in offered}) > 1
    return [(one.title if several else f"{one.kind} · {one.tap}", one.id) for one in offered]


@dataclass(frozen=True)
class Answer:
    """Everything that is drawn of one line."""

    view: dict[str, Any] | None
    text: str
    comparison: str
    sides: dict[str, dict[str, Any] | None]

    def drawn(self, wanted: Wanted, side: str = "with") -> Drawn:
        return Drawn(wanted, self.sides, side)


class Views:
    """Answers: from what was kept beforehand, or from what was measured now."""

    def __init__(self, assets: Path) -> None:
        self.assets = assets
        self.example = lru_cache(maxsize=len(EXAMPLES))(lambda name: load_kept(name, assets))

    def kept(self, want: Wanted, now: Shown) -> Answer | None:
        """What was computed beforehand, where that answers it."""
        found: Kept | None = self.example(EXAMPLES[now.example].name) if is_kept(want, now) else None
        if found is None or len(found.lines) != len(now.lines) or want.line >= len(now.lines):
            return None
        measured = found.lines[want.line]
        ids = {f"{SHIPPED}:{row.divergence.tap}" for row in measured.rows}
        if not set(want.connectors) <= ids:
            return None
        rows = [row for row in measured.rows if f"{SHIPPED}:{row.divergence.tap}" in want.connectors]
        truth = now.lines[want.line]["truth"]
        sides = {
            side: Side(page.lines[want.line], drawn_line(page, want.line, truth, precomputed=True))
            for side, page in found.pages.items()
        }
        return self.answer(replace(measured, rows=rows), sides, truth, precomputed=True)

    @cached_property
    def differing(self) -> str:
        """The lines of the examples that the shipped pair reads otherwise, with and without, as a list to pick from."""
        lines = []
        for example in EXAMPLES:
            pages = load_kept_pages(example.name, self.assets)
            for place, truth in enumerate(example.lines if pages else ()):
                texts = tuple(page.lines[place].text for page in pages.values() if place < len(page.lines))
                if len(set(texts)) == len(SIDES):
                    lines.append(DifferingLine(example.name, place, example.title, truth, *texts))
        return differing_card(lines)

    def answer(
        self, measured: LineMeasured, sides: dict[str, Side], truth: str | None, *, precomputed: bool = False
    ) -> Answer:
        taught, alone = sides["with"], sides.get("without")
        view = connector_view(
            taught.view,
            taught.reading.geometry,
            measured.rows,
            text_from=measured.text_from,
            problem=measured.problem,
            precomputed=precomputed,
        )
        card = comparison_card(taught.reading, alone.reading, truth) if alone else ""
        drawn = {"with": taught.view, "without": alone.view if alone else None}
        return Answer(view, measured.rows[0].divergence.text, card, drawn)


class Events:
    """What the tab does: plan what is wanted and show at once what needs no model, load, then answer."""

    def __init__(self, models: Models, views: Views, known: KeptTexts, ui: Tab) -> None:
        self.models, self.views, self.known, self.ui = models, views, known, ui

    @guarded("Looking at the connectors")
    def look(self, now: Shown, want: Wanted, before: Drawn, picked: Picked, token: str, request: gr.Request) -> Values:
        offered = [one.id for one in offered_connectors()]
        chosen = tuple(id for id in want.connectors if id in offered)
        if not chosen or now.model.id not in (want.model, *checkpoints_of(chosen)):  # another one reads: it is followed
            chosen = first_choice(now.model.id)
        moved = now.number != want.number or picked.line != want.looked
        place = picked.line if moved else want.line
        text_of = None if moved else want.text
        truths = self.known.known(now, token, request).truths
        again = 0 if moved else want.again
        new = Wanted(now.number, place, chosen, want.compared, text_of, truths, again, picked.line, now.model.id)
        menus = {
            self.ui.train: "" if offered else training_card(),  # while it is there, the style hides all below
            self.ui.connectors: gr.update(choices=connector_choices(), value=list(chosen)),
            self.ui.compared: refreshed(want.compared, nothing=True),
        }
        return {**menus, **self.plan(new, now, before)}

    @guarded("Listing lines that differ")
    def differing(self) -> str:
        return self.views.differing

    def ask_for(self, event: gr.SelectData) -> ExampleWish:
        """A line of the list: the Read tab is asked to show it, and this tab then follows."""
        return ExampleWish(str(event.value), int(event.index))

    @guarded("Choosing connectors")
    def choose(self, now: Shown, want: Wanted, before: Drawn, chosen: Sequence[str]) -> Values:
        return self.plan(replace(want, connectors=tuple(chosen)), now, before)

    @guarded("Choosing what is compared")
    def choose_compared(self, now: Shown, want: Wanted, before: Drawn, compared: str) -> Values:
        return self.plan(replace(want, compared=compared), now, before)

    @guarded("Asking for a measurement")
    def measure(self, now: Shown, want: Wanted, before: Drawn, said: str) -> Values:
        return self.plan(replace(want, text=said, again=want.again + 1), now, before)

    def plan(self, want: Wanted, now: Shown, before: Drawn) -> Values:
        """Show at once what needs no model, else say what is going on; `load` and `answer` then do the rest."""
        return {self.ui.which: which_note(want.connectors, now.model.id), **self._planned(want, now, before)}

    def _planned(self, want: Wanted, now: Shown, before: Drawn) -> Values:
        ui = self.ui
        if before.wanted == want:
            return {ui.wanted: want, ui.message: gr.update(visible=False)}
        if want.line >= len(now.lines) or not want.connectors:
            key = "connector.choose" if want.line < len(now.lines) else "connector.nothing"
            offered = bool(offered_connectors())
            empty = {ui.viewer: None, ui.comparison: "", ui.line: None, ui.drawn: Drawn(want, side=before.side)}
            return {ui.wanted: want, ui.message: gr.update(value=notice(key), visible=offered), **empty}
        if (ready := self.views.kept(want, now)) is not None:
            return {ui.wanted: want, **self.draw(ready, want, before.side)}
        return {ui.wanted: want, ui.message: showing("notice.connector", ui.viewer, ui.comparison, ui.line)}

    def load(self, now: Shown, want: Wanted, before: Drawn) -> str:
        """Load recognisers and language models outside of the model's queue, so that nobody's reading waits for them."""
        if before.wanted == want:
            return ""
        with caught("Loading a connector") as outcome:
            for one in {one.checkpoint.id: one for one in chosen_connectors(want.connectors)}.values():
                taught_by(self.models, one.checkpoint).language_model()
            if want.compared != NOTHING:
                self.models.get(self.models.key(want.compared))
        if outcome.error and not outcome.refused:
            return Sentence("connector.broken")
        return outcome.problem

    def answer(self, now: Shown, want: Wanted, before: Drawn, side: str, problem: str) -> Values:
        ui = self.ui
        if before.wanted == want:
            return {ui.message: gr.skip()}
        if want.number != now.number:
            return {ui.message: gr.update(visible=False)}
        if ui.drawn in (planned := self.plan(want, now, before)):  # an earlier answer came late and drew over it
            return planned
        if not problem:
            with caught("Measuring a connector") as outcome:
                return self.draw(self.measured(now, want), want, side)
            problem = outcome.problem
        return {ui.message: gr.update(value=problem_notice(problem), visible=True)}

    def measured(self, now: Shown, want: Wanted) -> Answer:
        """Errors as in `measure` and `Lines.page`."""
        lines = Lines(self.models, now, want.line, want.truth)
        by_checkpoint: dict[str, list[Offered]] = {}
        for one in chosen_connectors(want.connectors):
            by_checkpoint.setdefault(one.checkpoint.id, []).append(one)
        chosen = [
            Chosen(
                some[0].checkpoint.name,
                taught_by(self.models, some[0].checkpoint),
                lines.reading(id),
                [one.tap for one in some],
            )
            for id, some in by_checkpoint.items()
        ]
        by_person = lines.truth != now.truths[want.line]
        found = measure(chosen, want.text, lines.truth, "kept" if by_person else "truth")
        ids = {"with": next(iter(by_checkpoint)), **({} if want.compared == NOTHING else {"without": want.compared})}
        sides = {side: Side(lines.reading(id), lines.view(id)) for side, id in ids.items()}
        return self.views.answer(found, sides, lines.truth)

    def draw(self, answer: Answer, want: Wanted, side: str) -> Values:
        ui = self.ui
        return {
            ui.drawn: answer.drawn(want, side),
            ui.message: gr.update(visible=False),
            ui.viewer: answer.view,
            ui.said: answer.text,
            ui.comparison: answer.comparison,
            ui.line: answer.sides.get(side) or answer.sides["with"],
        }

    @guarded("Turning to the other reading")
    def turn(self, side: str, drawn: Drawn) -> Values:
        """The switch: whose reading is drawn, now and for what is asked next."""
        return {self.ui.line: drawn.sides.get(side) or gr.skip(), self.ui.drawn: replace(drawn, side=side)}
