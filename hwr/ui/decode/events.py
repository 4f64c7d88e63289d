"""What happens on the Decode tab: plan what is wanted and show at once what needs no model, load language, then list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import gradio as gr

from hwr.examples.catalogue import EXAMPLES
from hwr.examples.packing import LISTED, load_precomputed_lists
from hwr.reading import NBest
from hwr.sentences import Sentence
from hwr.ui.decode.lists import DEFAULT, OTHER, Listed, Wanted, n_best_of, wanted_lm
from hwr.ui.decode.view import view_of
from hwr.ui.line.kept import KeptTexts
from hwr.ui.line.line_view import realigned_view
from hwr.ui.line.shown import Picked, Shown, shown_from
from hwr.ui.models.readers import Models
from hwr.ui.page.events import Values, caught, guarded, hidden, showing, told
from hwr.ui.page.rights import is_own_machine


@dataclass(frozen=True)
class Tab:
    """The components that events read and write. problem: why the language model could not be loaded, "" for nothing."""

    wanted: gr.State
    listed: gr.State
    problem: gr.State
    choice: gr.Radio
    name: gr.Textbox
    use: gr.Button
    message: gr.HTML
    table: gr.HTML
    line: gr.HTML


class Kept:
    """The lists of the examples that were made beforehand with the built-in language model."""

    def __init__(self, assets: Path) -> None:
        self.readings = assets / "readings"
        self._lists = lru_cache(maxsize=len(EXAMPLES))(self._load)

    def _load(self, example: int) -> list[NBest]:
        return load_precomputed_lists(EXAMPLES[example].name, self.readings) or []

    def list_of(self, now: Shown, wanted: Wanted) -> NBest | None:
        """The list that answers this; None where it must be made."""
        lists = self._lists(now.example) if now.precomputed and wanted.lm == DEFAULT else []
        return lists[wanted.line] if len(lists) == len(now.lines) and wanted.line < len(lists) else None


class Events:
    """The events of the tab. load_language: as `language_loader` of `hwr.ui.app.build`."""

    def __init__(
        self, models: Models, kept: Kept, load_language: Callable[[str], object], known: KeptTexts, ui: Tab
    ) -> None:
        self.models, self.kept, self.language_loader, self.known, self.ui = models, kept, load_language, known, ui

    def exact(self, now: Shown) -> Shown:
        """What is shown with the readings that the model gives; those kept beforehand are rounded."""
        if not now.precomputed:
            return now
        page = self.models.get(now.model).read(now.source, turn=now.turned)
        return replace(shown_from(page, now.source, now.example, model=now.model), number=now.number)

    def draw(self, n_best: NBest, now: Shown, want: Wanted, precomputed: bool = False) -> Values:
        return {
            self.ui.listed: Listed(want, now),
            self.ui.table: view_of(n_best, now, want.line, want.truth, precomputed),
            self.ui.line: {**now.lines[want.line], "truth": want.truth},
            self.ui.message: hidden(),
        }

    # --- plan

    def plan(self, want: Wanted, now: Shown, before: Listed) -> Values:
        """Show at once what needs no model, else say what is going on; `make_list` then does the rest."""
        ui = self.ui
        if before.wanted == want:
            return {ui.wanted: want, ui.message: hidden()}
        if want.line >= len(now.lines):
            return {ui.wanted: want, ui.table: None, ui.line: None, ui.listed: Listed(want, now)}
        if (ready := self.kept.list_of(now, want)) is not None:
            return {ui.wanted: want, **self.draw(ready, now, want, precomputed=True)}
        old = (ui.table, ui.line)
        said = showing("notice.language", *old, lm=want.lm) if want.lm else showing("notice.searching", *old)
        return {ui.wanted: want, ui.message: said}

    @guarded("Looking at a list")
    def look(self, now: Shown, chosen: Picked, want: Wanted, before: Listed, token: str, request: gr.Request) -> Values:
        moved = now.number != want.number or chosen.line != want.looked
        place = chosen.line if moved else want.line
        truths = self.known.known(now, token, request).truths
        return self.plan(Wanted(now.number, place, want.lm, truths, chosen.line), now, before)

    @guarded("Choosing a line")
    def choose_line(self, event: gr.EventData, now: Shown, want: Wanted, before: Listed) -> Values:
        place = int((event._data or {}).get("line", 0))
        return self.plan(replace(want, line=max(0, place)), now, before)

    @guarded("Choosing a language model")
    def choose_lm(self, chosen: str, now: Shown, want: Wanted, before: Listed, request: gr.Request) -> Values:
        typing: Values = {part: gr.update(visible=chosen == OTHER) for part in (self.ui.name, self.ui.use)}
        if chosen == OTHER:
            return typing
        return {**typing, **self.plan(replace(want, lm=wanted_lm(chosen, is_own_machine(request))), now, before)}

    def name_lm(self, typed: str, now: Shown, want: Wanted, before: Listed, request: gr.Request) -> Values:
        with told(request, "Choosing a language model"):
            return self.plan(replace(want, lm=wanted_lm(typed, is_own_machine(request))), now, before)
        return {self.ui.message: hidden()}

    # --- load and list

    def load_language(self, want: Wanted, before: Listed) -> str:
        """Load the language model outside of the model's queue, so that nobody's reading waits for it; what went wrong."""
        if want.lm is None or before.wanted == want:
            return ""
        with caught(f"Loading the language model {want.lm!r}") as outcome:
            self.language_loader(want.lm)
        if outcome.error and not outcome.refused:
            return Sentence("decode.lm.broken", name=want.lm)
        return outcome.problem

    def make_list(self, now: Shown, want: Wanted, before: Listed, problem: str, request: gr.Request) -> Values:
        if before.wanted == want or want.number != now.number or want.line >= len(now.lines):
            return {self.ui.message: hidden()}
        with told(request, "Listing the texts of a line"):
            now = self.exact(now)
            if want.line < len(now.readings):
                reader, reading = self.models.get(now.model), now.readings[want.line]
                return self.draw(n_best_of(reader, reading, LISTED, want.lm, problem), now, want)
        return {self.ui.message: hidden()}

    def set_on_image(self, event: gr.SelectData, now: Listed, request: gr.Request) -> Iterator[Values]:
        """A text of the list on the ink, wherever it can stand there."""
        ui = self.ui
        yield {ui.message: showing("notice.aligning", ui.line)}
        drawn: Values = {ui.message: hidden()}
        with told(request, "Aligning a text"):
            fresh, place = self.exact(now.shown), now.wanted.line
            aligned = self.models.get(fresh.model).align(fresh.readings[place], str(event.value))
            line = {**fresh.lines[place], "truth": now.wanted.truth}
            drawn |= {ui.line: realigned_view(line, aligned), ui.listed: replace(now, shown=fresh)}
        yield drawn
