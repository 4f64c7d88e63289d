import pytest

from hwr.sentences import LANGUAGES, table, text
from hwr.training.run.checkpoints import KnownCheckpoint
from hwr.ui.models.menu import NOTHING, OpenInRead, html_label, html_name, menu_choices, menu_label, refreshed


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """Two checkpoints of one run with a hostile title."""
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("HWR_MODEL", raising=False)
    for which in ("best", "last"):
        directory = tmp_path / "runs" / "a" / "checkpoints" / which
        directory.mkdir(parents=True)
        (directory / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "runs" / "a" / "title.txt").write_text("<img> & co")


def ids(choices):
    return [id for _, id in choices]


def test_a_menu_lists_what_there_is_now(tmp_path):
    assert ids(menu_choices(nothing=True))[:2] == [NOTHING, "default"]
    assert ids(menu_choices(nothing=True))[1:] == ids(menu_choices())
    assert ids(menu_choices())[-2:] == ["run/a/best", "run/a/last"]
    (tmp_path / "runs" / "a" / "checkpoints" / "last" / "model.safetensors").unlink()
    assert "run/a/last" not in ids(menu_choices())


def test_a_choice_that_is_gone_stays_in_its_menu_and_says_so():
    gone = refreshed("run/b/best")["choices"][-1]
    assert gone[1] == "run/b/best"
    assert "model.gone" in str(gone[0])
    for known in ("run/a/best", "default", None):
        assert ids(refreshed(known)["choices"]) == ids(menu_choices())
    assert ids(refreshed(NOTHING, nothing=True)["choices"]) == ids(menu_choices(nothing=True))


@pytest.mark.parametrize("kind", ["default", "connector", "twin", "environment", "best", "last"])
def test_every_kind_has_a_name_in_both_languages(kind):
    checkpoint = KnownCheckpoint("id", kind, "/somewhere/x", "title")
    assert len(table("LABELS")[f"model.{kind}"]) == len(LANGUAGES)
    assert f"model.{kind}" in str(menu_label(checkpoint))
    assert text(f"model.{kind}", "ja") in html_label(checkpoint)


def test_names_are_escaped_in_markup():
    assert html_name("run/a/best").startswith("&lt;img&gt; &amp; co · ")
    assert html_name("<b>") == "&lt;b&gt;"
    step = KnownCheckpoint("run/a/step-1", "step", "/runs/a/checkpoints/step-1", "<b>")
    assert html_label(step) == "&lt;b&gt; · step-1"
    assert menu_label(step) == "<b> · step-1"


def test_the_same_wish_can_be_made_twice():
    assert OpenInRead("default", "run/a/best") != OpenInRead("default", "run/a/best")
