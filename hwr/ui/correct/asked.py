"""What the scripts of a tab ask Python over a `wire`: one way to answer, and to take the parts of a question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from hwr.data.annotations import Revision
from hwr.errors import InputError
from hwr.sentences import text
from hwr.ui.page.errors import translated_error
from hwr.ui.page.events import caught
from hwr.ui.page.languages import language_of
from hwr.ui.page.rights import require_writer
from hwr.ui.page.scripted import scripted

Asked = dict[str, Any]  # a question of a script, as its JSON came from a browser


def wire(name: str, **properties: Any) -> gr.HTML:
    """A way for scripts to ask Python: `askPython(name, {what: ...})` promises an answer.

    submit: n, what, and what it is about; the value is the answer: n, and `answer` or `error`.
    """
    return scripted("correct/wire", {"name": name}, elem_classes="hwr-wire", **properties)


def answer_to(
    event: gr.EventData, token: str, request: gr.Request, answered: Callable[[Asked, str], object]
) -> dict[str, Any]:
    """The value of a wire for what was asked: n, and `answer`, or `error` in the asker's language.

    answered: of the question and the name of who asks. Whoever may not write is told so, and nothing else.
    """
    asked = dict(event._data or {})
    number = {"n": asked.get("n")}
    with caught(f"A script asked: {str(asked.get('what'))[:40]}") as outcome:
        return number | {"answer": answered(asked, require_writer(request, token))}
    if isinstance(outcome.error, InputError):
        return number | {"error": translated_error(outcome.error, language_of(request))}
    return number | {"error": text("error.unexpected", language_of(request))}


def unknown(what: object) -> InputError:
    """What is said of a question, or a part of one, that a page of this version does not ask."""
    return InputError("correct.unknown", what=str(what)[:40])


def whole_or_none(asked: Asked, name: str) -> int | None:
    value = asked.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def whole(asked: Asked, name: str) -> int:
    """Raises InputError where it is not there."""
    value = whole_or_none(asked, name)
    if value is None:
        raise unknown(name)
    return value


def revision_entry(one: Revision) -> dict[str, Any]:
    """A revision as the history of the corrector draws it."""
    return {"id": one.id, "at": one.at, "who": one.who, "text": one.text, "how": one.how or "kept"}
