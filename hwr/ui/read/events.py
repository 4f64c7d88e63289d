"""What happens on the Read tab: an image is read, maybe by a second checkpoint too, and lines and letters are picked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import gradio as gr

from hwr.errors import InputError
from hwr.examples.catalogue import EXAMPLES
from hwr.reading import LineReader
from hwr.ui.line.kept import KeptTexts
from hwr.ui.line.shown import ExampleWish, How, Picked, Shown, picked_line, shown_from
from hwr.ui.models.menu import NOTHING, OpenInRead, html_name, refreshed
from hwr.ui.models.readers import DEFAULT, ModelKey, Models
from hwr.ui.page.events import Latest, Update, Values, guarded, hidden, once_more, remark, showing, tell, told
from hwr.ui.page.gradio_edges import Block
from hwr.ui.read.comparison import ComparedTexts, compare_texts, comparison_card
from hwr.ui.read.gallery import Gallery
from hwr.ui.read.place import place_from, place_of

BROWSER_FORMATS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".avif"}


@dataclass(frozen=True)
class Wanted:
    """What a visitor wants read: how, by which checkpoint and compared with which (their ids), turned by how many degrees.

    turn: as in `Reader.read`.
    """

    how: How
    model: str
    compared: str = NOTHING
    turn: int | None = None


@dataclass(frozen=True)
class Tab:
    """The components that events read and write."""

    shown: gr.State
    picked: gr.State
    compared_texts: gr.State
    asked: gr.State
    example: gr.State
    photo: gr.Image
    mode: gr.Radio
    other: gr.UploadButton
    gallery: gr.HTML
    menu: gr.Dropdown
    compared: gr.Dropdown
    message: gr.HTML
    remark: gr.HTML
    card: gr.HTML
    page: gr.HTML
    line: gr.HTML
    text: gr.Textbox
    details: gr.HTML
    pick: gr.HTML
    turn: gr.Button
    place: gr.HTML
    panel: gr.Column


class Events:
    """The events of the tab; each gives the components that it changes."""

    def __init__(self, models: Models, gallery: Gallery, kept: KeptTexts, ui: Tab) -> None:
        self.models, self.gallery, self.kept, self.ui, self.latest = models, gallery, kept, ui, Latest()

    @property
    def old(self) -> tuple[Block, ...]:
        """What shows a reading, and is older while another one is on its way."""
        ui = self.ui
        return ui.remark, ui.card, ui.page, ui.panel, ui.line, ui.text, ui.details, ui.pick

    def draw(self, now: Shown, token: str, request: gr.Request, place: int = 0) -> Values:
        """Everything of a reading, at one of its lines."""
        ui, place = self.ui, place if place < len(now.lines) else 0
        by_itself = now.turned and not now.by_hand
        return {
            ui.message: hidden(),
            ui.remark: remark("notice.turned", degrees=now.turned) if by_itself else hidden(),
            ui.details: now.details,
            ui.pick: picked_line(now, Picked(place)),
            ui.gallery: self.gallery.value(now),
            ui.shown: now,
            ui.picked: Picked(place),
            ui.place: place_of(now, place).to_dict(),
            ui.compared_texts: ComparedTexts(),
            **self.known_views(now, place, ComparedTexts(), token, request),
        }

    def known_views(self, now: Shown, place: int, other: ComparedTexts, token: str, request: gr.Request) -> Values:
        """What says what is written where that is known: of an example, or of lines that a person has kept."""
        ui, known = self.ui, self.kept.known(now, token, request)
        return {
            ui.page: known.page and {**known.page, "selected": place},
            ui.line: known.lines[place] if place < len(known.lines) else None,
            ui.text: known.text,
            ui.card: self.comparison(known, other, place),
        }

    # --- reading

    def read(
        self,
        source: str | None,
        example: int,
        wanted: Wanted,
        now: Shown,
        token: str,
        request: gr.Request,
        place: int = 0,
    ) -> Iterator[Values]:
        """Read one file. What goes wrong becomes a notice, and the last result stays.

        What is not asked for any more, since its page has asked for something else, is not drawn.
        """
        ui, models, wanted_still = self.ui, self.models, self.latest.ask(request)
        if not source:
            yield {ui.message: hidden()}
            return
        models.start()
        saying = "notice.reading" if models.ready(wanted.model) else "notice.loading"
        yield {ui.message: showing(saying, *self.old, everywhere=True)}
        with told(request, f"Reading {Path(source).name}") as outcome:
            key, reader = self.first_that_loads((wanted.model, now.model.id, models.start_id), request)
            page = reader.read(source, lines=wanted.how, turn=wanted.turn)
            new = shown_from(page, source, example, model=key, how=wanted.how)
            if wanted.turn is not None:
                new = replace(new, by_hand=True)
            if not wanted_still():
                return
            # What a browser cannot show would stand in the input as a broken picture.
            kept = {} if Path(source).suffix.lower() in BROWSER_FORMATS else {ui.photo: None}
            chosen = {} if key.id == wanted.model else {ui.menu: key.id}
            drawn = self.draw(new, token, request, place) | kept | chosen
            yield once_more(drawn)
            if wanted.compared != NOTHING:
                # A slow page may see only the last of several answers, so each repeats what the ones before it said.
                steps = self.read_compared(new, place, wanted.compared, token, request)
                yield from (once_more(drawn) | step for step in steps)
        if outcome.error:
            yield {ui.message: hidden(), **({ui.photo: None} if outcome.refused else {})}

    def restore(
        self, event: gr.EventData, how: How, id: str, compared: str, now: Shown, token: str, request: gr.Request
    ) -> Iterator[Values]:
        """After a reload: the image, its line and how it was read, as the browser remembers them."""
        ui, place = self.ui, place_from(event._data)
        if not place.upload and place.example_index not in self.gallery.available:
            yield {ui.message: hidden()}
            return
        wanted = Wanted(place.how, place.model or id, place.compared or compared, place.turn)
        ready = self.gallery.shown(place.example_index) if not place.upload and self.as_painted(wanted) else None
        if ready is not None:
            self.latest.ask(request)
            yield {ui.mode: place.how, **self.draw(ready, token, request, place.line)}
            return
        with told(request, "Finding an upload again") as outcome:
            source = place.file() if place.upload else str(self.gallery.image(place.example_index))
            shown = Path(source).suffix.lower() in BROWSER_FORMATS and bool(place.upload)
            menus: Values = {ui.mode: place.how, ui.menu: wanted.model, **({ui.photo: source} if shown else {})}
            if place.compared:
                menus[ui.compared] = refreshed(place.compared, nothing=True, value=place.compared)
            example = -1 if place.upload else place.example_index
            for step in self.read(source, example, wanted, now, token, request, place.line):
                yield menus | step
        if outcome.error:
            yield {ui.message: hidden()}

    def as_painted(self, wanted: Wanted) -> bool:
        """Whether the readings that were made beforehand answer this."""
        return wanted.model == DEFAULT and wanted.how == "auto" and not wanted.turn and wanted.compared == NOTHING

    def first_that_loads(self, ids: Iterable[str], request: gr.Request) -> tuple[ModelKey, LineReader]:
        """The first of these checkpoints that can be had and its reader; a notice about each that cannot."""
        *wanted, last = dict.fromkeys(ids)
        for id in wanted:
            try:
                key = self.models.key(id)
                return key, self.models.get(key)
            except InputError as error:
                tell(error, request)
        key = self.models.key(last)
        return key, self.models.get(key)

    def read_compared(self, now: Shown, place: int, id: str, token: str, request: gr.Request) -> Iterator[Values]:
        """Read what is shown with another checkpoint, too. What goes wrong ends the comparison; the reading stays."""
        ui = self.ui
        alone = place_of(now, place).to_dict()
        none: Values = {
            ui.message: hidden(), ui.compared_texts: ComparedTexts(), ui.card: hidden(), ui.place: alone
        }  # fmt: skip
        if id == NOTHING or not now.source or not now.lines:
            yield none
            return
        yield {ui.message: showing("notice.comparing", ui.card)}
        with told(request, f"Reading with {id} for a comparison") as outcome:
            key = self.models.key(id)
            page = self.models.get(key).read(now.source, lines=now.how, turn=now.turned)
            texts = tuple(line.text for line in page.lines)
            other = ComparedTexts(key, now.number, texts, html_name(id), html_name(now.model.id))
            known = self.kept.known(now, token, request)
            yield none | {
                ui.compared_texts: other,
                ui.card: self.comparison(known, other, place),
                ui.place: place_of(now, place, id).to_dict(),
            }
        if outcome.error:
            yield {**none, ui.compared: NOTHING}

    def comparison(self, now: Shown, other: ComparedTexts, place: int) -> Update:
        """The card of the comparison, where there is one of what is shown."""
        if other.model is None or other.number != now.number:
            return hidden()
        texts = [line["text"] for line in now.lines]
        found = compare_texts(other.texts, texts, now.truths)
        return gr.update(value=comparison_card(found, other, place), visible=True)

    def read_photo(
        self, path: str | None, how: How, id: str, compared: str, now: Shown, token: str, request: gr.Request
    ) -> Iterator[Values]:
        yield from self.read(path, -1, Wanted(how, id, compared), now, token, request)

    def read_again(
        self, how: How, id: str, compared: str, now: Shown, token: str, request: gr.Request
    ) -> Iterator[Values]:
        wanted = Wanted(how, id, compared, now.turned if now.by_hand else None)
        yield from self.read(now.source, now.example, wanted, now, token, request)

    def read_turned(
        self, how: How, id: str, compared: str, now: Shown, token: str, request: gr.Request
    ) -> Iterator[Values]:
        """Read the image turned by a quarter more."""
        wanted = Wanted(how, id, compared, (now.turned + 90) % 360)
        yield from self.read(now.source, now.example, wanted, now, token, request)

    def read_unread(
        self, how: How, id: str, compared: str, now: Shown, token: str, request: gr.Request
    ) -> Iterator[Values]:
        if now.unread:
            yield from self.read_again(how, id, compared, now, token, request)
        else:
            yield from self.read_compared(now, 0, compared, token, request)

    def read_chosen(
        self, how: How, id: str, compared: str, now: Shown, token: str, pick: Picked, request: gr.Request
    ) -> Iterator[Values]:
        """Read what is shown with the checkpoint that was chosen, unless that one has read it."""
        try:
            done = self.models.key(id) == now.model and not now.unread
        except InputError:
            done = id == now.model.id
        if done:
            yield from self.read_compared(now, pick.line, compared, token, request)
        else:
            wanted = Wanted(how, id, compared, now.turned if now.by_hand else None)
            yield from self.read(now.source, now.example, wanted, now, token, request, pick.line)

    def compare(self, compared: str, now: Shown, token: str, pick: Picked, request: gr.Request) -> Iterator[Values]:
        yield from self.read_compared(now, pick.line, compared, token, request)

    # --- the menus of checkpoints

    def load(self, ids: dict[gr.Dropdown, str], now: Shown, request: gr.Request) -> Iterator[Values]:
        """Load checkpoints outside of the readers' queue, so that nobody waits for them; ids: menu -> its choice.

        One that cannot be had is not chosen: its menu goes back.
        """
        ui = self.ui
        yield {ui.message: showing("notice.loading.model")}
        back: Values = {}
        for part, id in ids.items():
            with told(request, f"Loading {id}") as outcome:
                if id != NOTHING:
                    self.models.get(self.models.key(id))
            if outcome.error:
                back[part] = now.model.id if part is ui.menu else NOTHING
        yield {ui.message: hidden(), **back}

    def load_chosen(self, id: str, now: Shown, request: gr.Request) -> Iterator[Values]:
        yield from self.load({self.ui.menu: id}, now, request)

    def load_compared(self, id: str, now: Shown, request: gr.Request) -> Iterator[Values]:
        yield from self.load({self.ui.compared: id}, now, request)

    def load_both(self, id: str, compared: str, now: Shown, request: gr.Request) -> Iterator[Values]:
        yield from self.load({self.ui.menu: id, self.ui.compared: compared}, now, request)

    @guarded("Opening a model")
    def open_asked(self, wish: OpenInRead | None) -> Values:
        """Another tab asks for this one with its checkpoints."""
        ui = self.ui
        if wish is None:
            return {ui.asked: None}
        compared = wish.compared or NOTHING
        return {
            ui.menu: refreshed(wish.model, value=wish.model),
            ui.compared: refreshed(compared, nothing=True, value=compared),
        }

    @guarded("Listing the models")
    def refresh(self, id: str, compared: str) -> list[Update]:
        return [refreshed(id), refreshed(compared, nothing=True)]

    # --- picking

    @guarded("Showing an example")
    def show_example(self, event: gr.SelectData, id: str, token: str, request: gr.Request) -> Values:
        """At once where it was read beforehand by what is chosen; else it is read next."""
        return self.put_example(self.gallery.chosen(int(event.index)), 0, id, token, request)

    @guarded("Showing an example")
    def show_wanted(self, wish: ExampleWish, id: str, token: str, request: gr.Request) -> Values:
        """The same of an example that another tab asks for."""
        index = next((i for i in self.gallery.available if EXAMPLES[i].name == wish.name), -1)
        return self.put_example(index, wish.line, id, token, request) if index >= 0 else {self.ui.photo: gr.skip()}

    def put_example(self, index: int, line: int, id: str, token: str, request: gr.Request) -> Values:
        self.latest.ask(request)
        ready = self.gallery.shown(index) if id == DEFAULT else None
        if ready is not None:
            return {self.ui.photo: None, **self.draw(ready, token, request, line)}
        unread = Shown(source=str(self.gallery.image(index)), example=index, unread=True)
        return {self.ui.photo: None, self.ui.shown: unread}

    @guarded("Showing a line")
    def show_line(
        self, event: gr.SelectData, now: Shown, other: ComparedTexts, token: str, request: gr.Request
    ) -> Values:
        ui, index = self.ui, int(event.index)
        if not 0 <= index < len(now.lines):
            return {ui.picked: Picked()}
        chosen, known = Picked(line=index), self.kept.known(now, token, request)
        return {
            ui.line: known.lines[index],
            ui.picked: chosen,
            ui.pick: picked_line(now, chosen),
            ui.place: place_of(now, index, other.model.id if other.model else "").to_dict(),
            ui.card: self.comparison(known, other, index),
        }

    @guarded("Picking a character")
    def pick(self, event: gr.SelectData, now: Shown, before: Picked) -> tuple[Picked | Update, str | Update]:
        data = event._data or {}
        chosen = Picked(int(data.get("line", 0)), int(event.index), int(data.get("frame", -1)))
        if chosen.line != before.line:  # of the line that another one has replaced meanwhile
            return gr.skip(), gr.skip()
        return chosen, picked_line(now, chosen)
