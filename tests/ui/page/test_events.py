"""How an event says what is going on, and which views are older meanwhile."""

from __future__ import annotations

import inspect
from typing import get_type_hints

import gradio as gr

from hwr.errors import InputError
from hwr.sentences import text
from hwr.ui.page.events import guarded, in_steps, showing

FIRST, SECOND, MESSAGE = (gr.HTML(elem_id=name) for name in ("first", "second", "message"))


def dimmed(step) -> list[str]:
    words = step[MESSAGE].get("value", "")
    return [str(one.elem_id) for one in (FIRST, SECOND) if f"#{one.elem_id}" in words.partition("{")[0]]


def test_old_views_are_dimmed_until_they_are_drawn():
    steps = list(
        in_steps(lambda: iter([{FIRST: 1}, {SECOND: 2}]), MESSAGE, "notice.looking", None, "x", (FIRST, SECOND))
    )
    assert [dimmed(step) for step in steps] == [["first", "second"], ["second"], [], []]
    assert all(step.get(FIRST) == 1 for step in steps[1:])
    assert steps[-1][MESSAGE]["visible"] is False


def test_every_step_repeats_the_updates_before_it_though_gradio_takes_them_apart():
    sent = []
    for step in in_steps(
        lambda: iter([{FIRST: gr.update(value=1)}, {SECOND: 2}]), MESSAGE, "notice.looking", None, "x"
    ):
        sent.append(dict(step.get(FIRST, {})))
        for update in step.values():
            if isinstance(update, dict):
                update.pop("value", None)  # as `postprocess_update_dict` does
    assert [update.get("value") for update in sent] == [None, 1, 1, 1]


def test_what_was_drawn_stays_and_nothing_is_dimmed_after_an_error(monkeypatch):
    monkeypatch.setattr("hwr.ui.page.events.tell", lambda error, request: None)

    def fail():
        yield {FIRST: 1}
        raise InputError("keep.read_first")

    *_, last = in_steps(fail, MESSAGE, "notice.looking", None, "x", (FIRST, SECOND))
    assert last[FIRST] == 1
    assert last[MESSAGE]["visible"] is False


class Tab:
    @guarded("Looking at a tab")
    def look(self, error: Exception | None, request: gr.Request) -> dict:
        if error:
            raise error
        return {FIRST: 1}


def test_an_event_that_fails_is_told_and_draws_nothing(monkeypatch):
    said = []
    monkeypatch.setattr(gr, "Warning", said.append)
    request = gr.Request(cookies={}, headers={"accept-language": "ja"})
    assert Tab().look(None, request) == {FIRST: 1}
    assert said == []
    assert Tab().look(InputError("keep.read_first"), request) == gr.skip()
    assert Tab().look(RuntimeError("secret"), request) == gr.skip()
    assert said == [text("keep.read_first", "ja"), text("error.unexpected", "ja")]


def test_gradio_still_sees_what_a_guarded_event_asks_for():
    assert get_type_hints(Tab().look)["request"] is gr.Request
    assert list(inspect.signature(Tab().look).parameters) == ["error", "request"]


def test_a_sign_without_old_views_dims_nothing():
    assert "<style>" not in showing("notice.looking")["value"]
    assert "#first, #second {" in showing("notice.looking", FIRST, SECOND)["value"]
