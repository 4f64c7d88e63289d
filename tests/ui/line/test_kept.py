"""What a person kept is the truth of its line, for those who may write."""

from __future__ import annotations

import pytest

from hwr.ui.line import kept as room
from hwr.ui.line.kept import KeptTexts
from hwr.ui.line.shown import Shown, with_kept
from hwr.ui.read.keep import keep_line


@pytest.fixture
def known(store, monkeypatch):
    """known(shown, writer) -> what a visitor knows who may write, or may not."""
    kept = KeptTexts(store, None)  # type: ignore[arg-type]

    def ask(shown: Shown, writer: bool = True) -> Shown:
        monkeypatch.setattr(room, "may_write", lambda request, token: writer)
        return kept.known(shown, "", None)

    return ask


@pytest.mark.slow
def test_a_kept_text_is_what_is_written_wherever_the_line_is_shown(store, page, known):
    assert known(page) is page
    keep_line(store, page, 2, "corrected", who="ada")
    found = known(page)
    assert found.truths == (None, None, "corrected", None, None, None)
    assert [line["kept"] for line in found.lines] == [False, False, True, False, False, False]
    assert [line["kept"] for line in found.page["lines"]] == [None, None, "corrected", None, None, None]
    assert found.text.split("\n")[2] == "corrected"
    assert found.text.split("\n")[1] == page.lines[1]["text"]
    assert found.number == page.number
    assert page.truths == (None,) * 6  # what is shown stays what was read
    keep_line(store, page, 2, "", who="ada")  # taken out
    assert known(page) is page


def test_strangers_are_told_of_none(store, page, known):
    keep_line(store, page, 2, "corrected", who="ada")
    assert known(page, writer=False) is page


def test_an_image_that_is_gone_has_no_kept_texts(store, page, known, tmp_path):
    from dataclasses import replace

    keep_line(store, page, 2, "corrected", who="ada")
    gone = replace(page, source=str(tmp_path / "gone.png"))
    assert known(gone) is gone
    assert known(Shown()).lines == []


def test_the_kept_text_stands_before_what_the_example_says(page):
    first = with_kept(page, ["as kept", *[None] * 5])
    assert with_kept(first, [None] * 6) is first
    assert with_kept(first, ["later", *[None] * 5]).truths[0] == "later"
