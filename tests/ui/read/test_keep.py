"""What Correct and keep stores of a line, and what it says about it."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from hwr.annotating import RISKY
from hwr.data.annotations import AnnotationStore, Outdated
from hwr.data.dataset import read_imagefolder
from hwr.errors import InputError
from hwr.ui.line.kept import line_key
from hwr.ui.line.shown import Shown, shown_from
from hwr.ui.read.keep import KeepState, keep_line, kept_view, line_doubts, line_history, line_state


@pytest.mark.slow
def test_a_line_is_proposed_kept_and_found_again(store, page, reader, assets):
    text, writer, state = line_state(store, page, 2)
    assert text == page.readings[2].text
    assert (writer, state.kept, state.version, state.count) == ("", None, 0, 0)
    kept, state = keep_line(store, page, 2, " corrected ", who="ada", writer="Bo")
    assert kept == "corrected"
    assert (state.line, state.kept, state.version, state.count, state.unknown) == (2, "corrected", 1, 1, "")
    (line,) = store.lines()
    assert line.revision.proposed == page.readings[2].text
    assert line.revision.model == reader.name
    assert (line.page.name, line.page.height) == ("page.png", page.page["height"] if page.page else 0)
    # Read again, by whatever model: the text is still there.
    path = str(assets / "examples" / "page.png")
    again = shown_from(reader.read(path), path)
    again.readings[2] = replace(again.readings[2], text="something else", model="another")
    assert line_state(store, again, 2)[:2] == ("corrected", "Bo")
    assert line_state(store, again, 3)[2].kept is None
    _, state = keep_line(store, again, 2, "better still", who="ada")
    assert (state.number, state.version, state.count) == (again.number, 2, 1)


@pytest.mark.slow
def test_an_empty_text_takes_the_line_out(store, page):
    with pytest.raises(InputError, match="empty text"):
        keep_line(store, page, 0, "", who="ada")
    keep_line(store, page, 0, "one", who="ada")
    _, state = keep_line(store, page, 0, "", who="ada")
    assert (state.kept, state.version, state.count) == ("", 2, 0)
    assert line_state(store, page, 0)[0] == page.readings[0].text


def test_what_somebody_else_kept_in_between_is_told(store, page):
    _, mine = keep_line(store, page, 0, "one", who="ada", based_on=None)
    assert line_state(store, page, 0)[2].revision == mine.revision
    _, theirs = keep_line(store, page, 0, "two", who="bert", based_on=mine.revision)
    with pytest.raises(Outdated, match="bert"):
        keep_line(store, page, 0, "three", who="ada", based_on=mine.revision)
    assert line_state(store, page, 0)[0] == "two"
    assert keep_line(store, page, 0, "three", who="ada", based_on=theirs.revision)[0] == "three"


def test_characters_that_the_model_cannot_write_are_kept_and_named(store, page):
    kept, state = keep_line(store, page, 0, "π “curly” – ππ ż", who="ada")
    assert kept == "π “curly” – ππ ż"
    assert state.unknown == "πż"
    assert state.count == 1


def test_what_cannot_be_kept_is_said(store, page, tmp_path):
    with pytest.raises(InputError, match="Read an image first"):
        keep_line(store, Shown(), 0, "x", who="ada")
    for line in (-1, 99):
        with pytest.raises(InputError, match="Read an image first"):
            keep_line(store, page, line, "x", who="ada")
    gone = replace(page, source=str(tmp_path / "gone.png"))
    for use in (lambda: keep_line(store, gone, 0, "x", who="ada"), lambda: line_state(store, gone, 0)):
        with pytest.raises(InputError, match="no longer here"):
            use()
    number = Shown().number + 1
    assert line_state(store, Shown(number=number), 0) == ("", "", KeepState(number, 0))
    assert store.count() == 0


@pytest.mark.slow
@pytest.mark.parametrize(("name", "how"), [("page", "auto"), ("photo", "auto"), ("clean", "single")])
def test_what_is_learned_from_a_kept_line_is_what_was_read(store, assets, tmp_path, wavering_checkpoint, name, how):
    from hwr.reader import Reader

    path, reader = str(assets / "examples" / f"{name}.png"), Reader(wavering_checkpoint)
    reading = reader.read(path, lines=how)
    shown = shown_from(reading, path)
    for line in range(len(reading.lines)):
        keep_line(store, shown, line, f"text {line}", who="ada")
    store.export(tmp_path / "export")
    records = {record.text: record for record in read_imagefolder(tmp_path / "export")}
    for line, read in enumerate(reading.lines):
        assert np.array_equal(reader.prepare(records[f"text {line}"].grey()).pixels, read.pixels)


@pytest.mark.slow
def test_a_line_that_annotate_split_is_said_not_to_count(store, page, monkeypatch):
    monkeypatch.setattr(AnnotationStore, "counts", lambda self, line: False)
    assert keep_line(store, page, 0, "one", who="ada")[1].counts is False
    assert line_state(store, page, 0)[2].counts is False
    assert keep_line(store, page, 0, "", who="ada")[1].counts  # taken out, and said so


@pytest.mark.slow
def test_what_is_kept_of_a_turned_page_is_the_upright_line(store, reader, assets, tmp_path):
    path = tmp_path / "page.png"
    with Image.open(assets / "examples" / "page.png") as upright:
        upright.convert("RGB").transpose(Image.Transpose.ROTATE_90).save(path)
    turned = shown_from(reader.read(path, turn=90), str(path))
    assert turned.turned == 90
    keep_line(store, turned, 1, "one", who="ada")
    (line,) = store.lines()
    kept = np.asarray(Image.open(io.BytesIO(line.png)))
    assert kept.shape[1] > 4 * kept.shape[0]  # along the line, not across it
    assert line_state(store, turned, 1)[2].kept == "one"
    as_it_lies = replace(turned, turned=0)
    assert line_state(store, as_it_lies, 1)[2].kept is None
    assert line_key(turned, 1) != line_key(as_it_lies, 1)


def test_what_is_risky_is_marked_on_the_ink(page):
    view, state = page.lines[0], KeepState()
    shown = kept_view(page, 0, "Ada", state)
    assert (shown["writer"], shown["lesson"], shown["image"]) == ("Ada", False, view["image"])
    doubts = shown["doubts"]
    assert (doubts["text"], len(doubts["spans"])) == (view["text"], len(view["characters"]))
    assert doubts["risky"] == [i for i, c in enumerate(view["characters"]) if c["confidence"] < RISKY]
    assert "image" not in kept_view(page, 99, "", state)


def test_what_a_line_might_say_instead(page, reader):
    read = page.readings[0].text
    found = line_doubts(page, 0, read, reader, None)
    assert found["text"] == read
    assert (found["lm"], found["model"]) == (None, reader.name)
    assert found["alternatives"]
    assert read not in found["alternatives"]
    assert [span[0] for span in found["spans"]] == [c["x0"] for c in page.lines[0]["characters"]]
    typed = line_doubts(page, 0, "ab", reader, None)
    assert len(typed["spans"]) == 2
    assert typed["alternatives"][0] == read
    endless = line_doubts(page, 0, "x" * 5000, reader, None)  # cannot be set on the line
    assert (endless["risky"], endless["spans"]) == ([], [])
    with pytest.raises(InputError, match="Read an image first"):
        line_doubts(page, 99, read, reader, None)


def test_the_history_of_a_line(store, page):
    assert line_history(store, page, 0) == []
    keep_line(store, page, 0, "one", who="ada")
    keep_line(store, page, 0, "two", who="bert")
    assert [(one.who, one.text) for one in line_history(store, page, 0)] == [("ada", "one"), ("bert", "two")]
    with pytest.raises(InputError, match="Read an image first"):
        line_history(store, page, 99)
