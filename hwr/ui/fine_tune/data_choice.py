"""What a run will learn from: chosen from the kept lines, an upload, a place or the Hub, and made ready."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from hwr.errors import InputError
from hwr.training.config import DataConfig
from hwr.ui.fine_tune.form import list_text
from hwr.ui.fine_tune.preparing import Preparation
from hwr.ui.fine_tune.start_components import Start, init_of
from hwr.ui.fine_tune.start_view import data_card, kept_card
from hwr.ui.fine_tune.untyped import untyped_choices, untyped_lines
from hwr.ui.page.events import Update, Values, guarded, told
from hwr.ui.page.html import label, notice
from hwr.ui.page.rights import may_write, require_writer

if TYPE_CHECKING:
    from hwr.data.sources import DataSummary


def before_choices() -> list[tuple[str, str]]:
    """Data that was prepared before, the newest first: its name, lines and time, and where it lies."""
    from hwr.data.sources import SUMMARY, prepared

    choices = []
    for one in prepared():
        with suppress(FileNotFoundError):  # deleted in this moment
            when = clock((one.path / SUMMARY).stat().st_mtime)
            choices.append((f"{Path(one.source).name} · {one.lines:,} · {when}", str(one.path)))
    return choices


def whose_menu(source: str) -> Update:
    """The menu of hands whose kept lines can be learned alone; hidden where there are not two."""
    from hwr.data.annotations import AnnotationStore

    writers = AnnotationStore().writers() if source == "kept" else {}
    choices = [(label("tune.whose.all"), ""), *((f"{name} · {n:,}", name) for name, n in writers.items())]
    return gr.update(choices=choices, visible=len(writers) > 1)


def clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")


def learned(found: DataSummary) -> DataConfig:
    """What of prepared data is learned: its training split, or all where it has none of ours.

    Raises InputError for data that has lines for validation or the test, and none for training.
    """
    named = set(found.splits)
    if named & {"train", ""}:
        return DataConfig(str(found.path), split="train")
    if named & {"val", "test"}:
        raise InputError("tune.nothing_to_learn", splits=", ".join(found.splits))
    return DataConfig(str(found.path), split=None)


class DataChoice:
    """The events of the data's row."""

    def __init__(self, ui: Start, token: gr.State) -> None:
        self.ui, self.token = ui, token

    def opened(self, values: Values, free: bool, wished: bool) -> Values:
        """What may have changed since the page was made. free: whether this visitor may train on what was kept here.

        wished: whether another tab has named data, whose card may be on its way.
        """
        ui = self.ui
        untyped = untyped_choices() if free else []
        shown: Values = {
            ui.before: gr.update(choices=before_choices() if free else []),
            ui.untyped: gr.update(choices=untyped, visible=bool(untyped)),
        }
        if free:
            shown[ui.whose] = whose_menu(values[ui.source])
            if values[ui.source] == "kept" and not wished:
                shown |= self._first_words(values, free)
        return shown

    def _first_words(self, values: Values, free: bool) -> Values:
        """What stands under the sources as long as no data was made ready: how many lines were kept, where it is about them."""
        from hwr.data.annotations import AnnotationStore

        if values[self.ui.fields["data"]]:
            return {}
        return {self.ui.data: kept_card(AnnotationStore().count()) if free and values[self.ui.source] == "kept" else ""}

    @guarded("Choosing a source")
    def source(self, values: Values, request: gr.Request) -> Values:
        """What is asked for each source; whose lines were kept is told to none but those who may train on them."""
        ui, chosen = self.ui, values[self.ui.source]
        place = label("tune.place.hub" if chosen == "hub" else "tune.place")
        free = may_write(request, values[self.token])
        return self._first_words(values, free) | {
            ui.whose: whose_menu(chosen if free else ""),
            ui.archive: gr.update(visible=chosen == "zip"),
            ui.place: gr.update(visible=chosen in ("path", "hub"), label=place),
            ui.before: gr.update(visible=chosen == "before"),
        }

    def prepared(self, values: Values, request: gr.Request) -> Iterator[Values]:
        """Make the data ready to learn from, and say what is in it."""
        with told(request, "Preparing data"):
            require_writer(request, values[self.token])
            yield from self.made_ready(values)

    def made_ready(self, values: Values) -> Generator[Values, None, Values]:
        """The same; returns the values with the data in them. Raises InputError, after which the page is as before."""
        from hwr.training.lines.usable import try_lines

        ui, field = self.ui, self.ui.fields["data"]
        try:
            named = self._named(values)
            work = Preparation(named, values[ui.source] == "before")
            while work.going(1.0):
                yield {
                    ui.data: notice("tune.preparing", done=f"{work.done:,}", all=f"{work.all or '?'}"),
                    ui.prepare: gr.update(interactive=False),
                }
            found, init = work.result(), init_of(values[ui.fields["init"]])
            filled = {field: list_text([learned(found)])}
            tried = try_lines(found.path, init)
        except Exception as error:
            yield {ui.data: "", ui.prepare: gr.update(interactive=True)}
            if isinstance(error, InputError) and values[ui.source] == "zip":  # not where the upload lies
                raise error.telling(Path(values[ui.archive]).name, instead_of=str(values[ui.archive])) from None
            raise
        card = data_card(found, init, tried)
        yield {
            ui.data: card,
            ui.before: gr.update(choices=before_choices()),
            ui.prepare: gr.update(interactive=True),
            **filled,
        }
        return values | filled

    def with_data(self, values: Values) -> Generator[Values, None, Values]:
        """The values; where the form names no data yet, what was chosen is made ready first."""
        if values[self.ui.fields["data"]]:
            return values
        return (yield from self.made_ready(values))

    def _named(self, values: Values) -> str:
        """What was named, as `prepare_data` takes it. Raises InputError when nothing was."""
        ui = self.ui
        kind = values[ui.source]
        if kind == "kept":
            return f"kept:{values[ui.whose]}" if values[ui.whose] else "kept"
        named = {"zip": values[ui.archive], "before": values[ui.before]}.get(kind, values[ui.place])
        if not named or not str(named).strip():
            raise InputError("tune.no_data")
        return str(named).strip()

    def untyped(self, values: Values, request: gr.Request) -> Values:
        """The lines of a collection that nobody has corrected, in the field for lines without texts."""
        lines = self.ui.fields["unlabelled"]
        with told(request, "Naming lines without texts"):
            require_writer(request, values[self.token])
            if values[self.ui.untyped] is not None:
                return {lines: untyped_lines(int(values[self.ui.untyped]))}
        return {lines: values[lines]}
