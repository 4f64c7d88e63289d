"""One way to run an event: what goes wrong is told in the asker's language, and what was drawn stays."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import gradio as gr

from hwr.errors import InputError
from hwr.sentences import Sentence, text
from hwr.ui.page.errors import translated_error
from hwr.ui.page.gradio_edges import Block
from hwr.ui.page.html import FOLLOWS, busy, escape, notice
from hwr.ui.page.languages import language_of

logger = logging.getLogger(__name__)

Values = dict[Any, Any]  # component -> its value, of whatever type that has
Update = dict[str, Any]  # what gr.update and gr.skip give
P = ParamSpec("P")
Drawn = TypeVar("Drawn")

# How an event waits for its turn: with those that ask a recogniser, a language model, or for weights; or for nobody.
# What is asked while such an event runs is asked again when it has ended: the last wish counts, none is dropped.
QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
LAST: dict[str, Any] = {"trigger_mode": "always_last", **QUIET}
ON_MODEL: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1, **LAST}
ON_LANGUAGE: dict[str, Any] = {"concurrency_id": "language", "concurrency_limit": 4, **LAST}
ON_LOADING: dict[str, Any] = {"concurrency_id": "load", "concurrency_limit": 4, **LAST}
AT_ONCE: dict[str, Any] = {"concurrency_limit": None, **QUIET}
# What is picked comes with the event itself, which Gradio forgets of one that it asks again: so each is asked.
EACH: dict[str, Any] = {"trigger_mode": "multiple"}


def opening(tab: str) -> dict[str, Any]:
    """The event that shows the tab of that id, as a click on it does.

    A `gr.Tabs(selected=...)` from Python is no click: it tells no `Tabs.select`. It comes before what fills the tab, for what
    reaches a tab that was not opened yet makes Gradio draw the page again as Python last sent it.
    """
    return {"fn": None, "inputs": None, "outputs": None, "js": f"() => hwrOpenTab({tab!r})", **QUIET}


class Latest:
    """Whose answer counts: of what a page asks in several events, the last. Pages that asked longest ago are forgotten."""

    def __init__(self, pages: int = 10_000) -> None:
        self.pages = pages
        self._numbers: OrderedDict[str | None, int] = OrderedDict()

    def ask(self, request: gr.Request) -> Callable[[], bool]:
        """Note that a page asks something; what comes back tells whether it has asked nothing else since."""
        page = request.session_hash
        number = self._numbers.pop(page, 0) + 1
        self._numbers[page] = number
        while len(self._numbers) > self.pages:
            self._numbers.popitem(last=False)
        return lambda: self._numbers.get(page, number) == number


@dataclass
class Outcome:
    """How a guarded piece of work ended. error: what went wrong, None for nothing."""

    error: Exception | None = None

    @property
    def refused(self) -> bool:
        """Whether it was something that the asker gave."""
        return isinstance(self.error, InputError)

    @property
    def problem(self) -> str:
        """What to say of it later, a `Sentence`; "" for nothing."""
        if isinstance(self.error, InputError):
            return self.error.sentence
        return Sentence("error.unexpected") if self.error else ""


@contextmanager
def caught(doing: str) -> Iterator[Outcome]:
    """Keep what goes wrong inside; what is not an InputError is logged. doing: for the log, "Reading an image"."""
    outcome = Outcome()
    try:
        yield outcome
    except InputError as error:
        outcome.error = error
    except gr.Error:
        raise
    except Exception as error:
        outcome.error = error
        logger.exception("%s failed", doing)


@contextmanager
def told(request: gr.Request | None, doing: str) -> Iterator[Outcome]:
    """The same, and say it in a notice on the asker's page."""
    with caught(doing) as outcome:
        yield outcome
    if isinstance(outcome.error, InputError):
        tell(outcome.error, request)
    elif outcome.error:
        gr.Warning(text("error.unexpected", language_of(request)))


def guarded(doing: str) -> Callable[[Callable[P, Drawn]], Callable[P, Drawn]]:
    """For an event that draws once: what goes wrong is told, and nothing is drawn. doing: as in `caught`."""

    def mark(event: Callable[P, Drawn]) -> Callable[P, Drawn]:
        @wraps(event)
        def run(*given: P.args, **named: P.kwargs) -> Drawn:
            request = next((one for one in given if isinstance(one, gr.Request)), None)
            with told(request, doing):
                return event(*given, **named)
            return cast(Drawn, gr.skip())

        return run

    return mark


def tell(error: InputError, request: gr.Request | None) -> None:
    """A notice on the asker's page."""
    gr.Warning(escape(translated_error(error, language_of(request))))


def showing(key: str, *old: Block, everywhere: bool = False, **values: object) -> Update:
    """The update of a line of progress: what is going on, over the page and without moving it.

    old: the components that show what was asked before; they are dimmed until the line goes or says something else.
    everywhere: so are the views of all tabs that follow the Read tab.
    """
    dimmed = [f"#{one.elem_id}" for one in old] + [f".block.{FOLLOWS}"] * everywhere
    return gr.update(value=busy(key, dimmed, **values), visible=True)


def remark(key: str, **values: object) -> Update:
    """The update of a line of progress where nothing is going on, but something is to be said."""
    return gr.update(value=notice(key, **values), visible=True)


def hidden() -> Update:
    """The update of a line of progress where nothing is going on."""
    return gr.update(visible=False)


def once_more(drawn: Values) -> Values:
    """What may be yielded again: Gradio takes the value out of an update when it sends it, so each yield needs its own."""
    return {
        component: dict(value) if isinstance(value, dict) and value.get("__type__") == "update" else value
        for component, value in drawn.items()
    }


def in_steps(
    steps: Callable[[], Iterable[Values]],
    message: Block,
    saying: str,
    request: gr.Request | None,
    doing: str,
    old: Sequence[Block] = (),
) -> Iterator[Values]:
    """An event that draws step by step, from its first word to its last.

    It says what is going on in `message`, draws, and takes the word away. Of several answers a slow page may see only
    the last, so each repeats what the ones before it drew. What goes wrong is told, and what was drawn stays. old: the
    components that are dimmed until they are drawn.
    """
    drawn: Values = {message: showing(saying, *old)}
    yield once_more(drawn)
    with told(request, doing):
        for step in steps():
            drawn = drawn | step
            yield once_more(drawn) | {message: showing(saying, *(one for one in old if one not in drawn))}
    yield once_more(drawn) | {message: hidden()}


@contextmanager
def answering_client() -> Iterator[None]:
    """What a client of the web API is told: the sentence of an InputError, in English and without a traceback."""
    try:
        yield
    except InputError as error:
        raise gr.Error(str(error), print_exception=False) from None
