"""How an event says what is going on, and which views are older meanwhile."""

from __future__ import annotations

import gradio as gr

from hwr.errors import InputError
from hwr.ui.page.events import in_steps, showing

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


def test_a_sign_without_old_views_dims_nothing():
    assert "<style>" not in showing("notice.looking")["value"]
    assert "#first, #second {" in showing("notice.looking", FIRST, SECOND)["value"]
