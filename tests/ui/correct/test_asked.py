"""How the scripts of a tab are answered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hwr.data.annotations import Revision
from hwr.errors import InputError
from hwr.ui.correct.asked import answer_to, revision_entry, unknown, whole, whole_or_none

QUESTION: Any = SimpleNamespace(_data={"n": 7, "what": "add", "line": 3, "yes": True})
VISITOR: Any = SimpleNamespace(cookies={"hwr_language": "ja"}, headers={}, session_hash="one", request=None)


@pytest.fixture
def own_machine(monkeypatch) -> None:
    monkeypatch.setattr("hwr.ui.page.rights.is_own_machine", lambda request: True)


def test_an_answer_bears_the_number_of_its_question(own_machine):
    answer = answer_to(QUESTION, "", VISITOR, lambda asked, who: whole(asked, "line") + len(who) * 0)
    assert answer == {"n": 7, "answer": 3}


def test_what_goes_wrong_is_said_in_the_askers_language(own_machine):
    def refused(asked: dict[str, Any], who: str) -> Any:
        raise unknown(asked["what"])

    assert "add" in answer_to(QUESTION, "", VISITOR, refused)["error"]
    assert "理解できません" in answer_to(QUESTION, "", VISITOR, refused)["error"]
    assert set(answer_to(QUESTION, "", VISITOR, lambda asked, who: 1 // 0)) == {"n", "error"}


def test_a_stranger_is_told_so_and_nothing_else(monkeypatch):
    monkeypatch.setenv("HWR_SHARED", "1")
    asked = []
    answer = answer_to(QUESTION, "", VISITOR, lambda question, who: asked.append(question))
    assert set(answer) == {"n", "error"}
    assert asked == []


def test_the_parts_of_a_question():
    assert (whole_or_none(QUESTION._data, "line"), whole_or_none(QUESTION._data, "yes")) == (3, None)
    with pytest.raises(InputError, match="not known here"):
        whole(QUESTION._data, "yes")


def test_a_revision_of_an_old_store_was_kept():
    revision = Revision(1, 2, "2026-01-01", "ada", "text", None, None, None)
    assert revision_entry(revision) == {"id": 1, "at": "2026-01-01", "who": "ada", "text": "text", "how": "kept"}
