"""What the Read tab does when it is asked: turn, find again after a reload, pick a line, show what was kept."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from stand_ins import Components

from hwr.examples.catalogue import EXAMPLES
from hwr.ui.line.shown import Picked, Shown, shown_from, with_kept
from hwr.ui.models.readers import Models
from hwr.ui.page.html import both
from hwr.ui.read.comparison import ComparedTexts
from hwr.ui.read.events import Events
from hwr.ui.read.gallery import Gallery

REQUEST: Any = SimpleNamespace(session_hash="me")


class Kept:
    """A stand-in for the store: these texts were kept of whatever is shown."""

    texts: list[str | None] | None = None

    def known(self, now: Shown, token: str, request: Any) -> Shown:
        return now if self.texts is None else with_kept(now, self.texts)


@pytest.fixture
def events(reader, assets) -> Events:
    models = Models(lambda: reader)
    return Events(models, Gallery(assets), Kept(), Components())  # type: ignore[arg-type]


@pytest.fixture
def page(reader, assets) -> Shown:
    path = str(assets / "examples" / "page.png")
    return shown_from(reader.read(path), path)


def last(steps) -> dict[str, Any]:
    return list(steps)[-1]


@pytest.mark.slow
def test_the_button_turns_by_a_quarter_more_and_says_so(events, page):
    turns = []
    for _ in range(4):
        drawn = last(events.read_turned("auto", "default", "none", page, "", REQUEST))
        page = drawn["shown"]
        turns.append(page.turned)
        assert page.by_hand
        assert drawn["remark"]["visible"] is False  # the visitor knows
    assert turns == [90, 180, 270, 0]
    turned = last(events.read_turned("auto", "default", "none", page, "", REQUEST))["shown"]
    assert both("details.degrees", degrees=90) in turned.details
    assert last(events.read_again("single", "default", "none", turned, "", REQUEST))["shown"].turned == 90


def test_a_turn_that_the_reader_chose_is_told(events, page):
    told = events.draw(replace(page, turned=180), "", REQUEST)["remark"]
    assert told["visible"]
    assert both("notice.turned", degrees=180) in told["value"]
    assert "hwr-busy" not in told["value"]  # it stays
    assert events.draw(page, "", REQUEST)["remark"]["visible"] is False


@pytest.mark.slow
def test_a_letter_of_the_line_before_is_not_picked_in_the_new_one(events, page):
    event: Any = SimpleNamespace(index=3, _data={"line": 1, "frame": 7})
    chosen, words = events.pick(event, page, Picked(line=1))
    assert chosen == Picked(line=1, character=3, frame=7)
    assert page.lines[1]["characters"][3]["text"] in words
    assert [one["__type__"] for one in events.pick(event, page, Picked(line=2))] == ["update", "update"]


def test_while_an_image_is_read_the_old_one_is_dimmed(events, page):
    first, *_ = events.read_again("auto", "default", "none", page, "", REQUEST)
    for name in ("page", "line", "text", "details", "panel"):
        assert f"#{name}" in first["message"]["value"]
    assert ".hwr-follows" in first["message"]["value"]  # on the other tabs


def test_a_line_that_was_kept_is_drawn_with_its_text(events, page):
    events.kept.texts = [None, None, "as kept", None, None, None]
    drawn = events.show_line(SimpleNamespace(index=2), page, ComparedTexts(), "", REQUEST)
    assert (drawn["line"]["truth"], drawn["line"]["kept"]) == ("as kept", True)
    assert drawn["place"]["line"] == 2
    views = events.known_views(page, 2, ComparedTexts(), "", REQUEST)
    assert views["page"]["lines"][2]["kept"] == "as kept"
    assert views["text"].split("\n")[2] == "as kept"
    other = ComparedTexts(page.model, page.number, tuple(line["text"] for line in page.lines), "one", "two")
    card = events.known_views(page, 2, other, "", REQUEST)["card"]
    assert both("comparison.wrong", n=len("as kept")) not in card["value"]
    assert "as kept" in card["value"]


@pytest.mark.slow
def test_after_a_reload_the_image_and_its_line_are_there_again(events, monkeypatch):
    example = next(i for i, one in enumerate(EXAMPLES) if one.name == "page")
    said = SimpleNamespace(_data={"example": "page", "line": 4, "model": "default"})
    drawn = last(events.restore(said, "auto", "default", "none", Shown(), "", REQUEST))
    assert (drawn["shown"].example, drawn["picked"]) == (example, Picked(4))
    said._data["turn"] = 90  # it has to be read for that
    drawn = last(events.restore(said, "auto", "default", "none", Shown(), "", REQUEST))
    assert (drawn["shown"].turned, drawn["picked"], drawn["mode"]) == (90, Picked(4), "auto")
    said._data = {"example": "clean", "model": "default", "compared": "default"}
    drawn = last(events.restore(said, "auto", "default", "none", Shown(), "", REQUEST))
    assert (drawn["compared"]["value"], drawn["place"]["compared"]) == ("default", "default")
    line = events.show_line(SimpleNamespace(index=0), drawn["shown"], drawn["compared_texts"], "", REQUEST)
    assert line["place"]["compared"] == "default"
    assert last(events.compare("none", drawn["shown"], "", Picked(), REQUEST))["place"]["compared"] == ""
    told = []
    monkeypatch.setattr("hwr.ui.page.events.tell", lambda error, request: told.append(str(error)))
    gone = SimpleNamespace(_data={"upload": "0123456789abcdef/gone.png"})
    assert "shown" not in last(events.restore(gone, "auto", "default", "none", Shown(), "", REQUEST))
    assert "upload it again" in told[0]
    assert "shown" not in last(
        events.restore(SimpleNamespace(_data=None), "auto", "default", "none", Shown(), "", REQUEST)
    )
