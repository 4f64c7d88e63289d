"""What a program asks of the library, and what it is answered."""

import gradio as gr
import numpy as np
import pytest

from hwr.data.annotations import PageImage
from hwr.data.library import Library
from hwr.data.library_rows import NewLine
from hwr.ui.annotate import api


@pytest.fixture
def library(tmp_path) -> Library:
    found = Library(tmp_path / "annotations.sqlite")
    letters = found.create("Letters")
    lines = []
    for n, (text, confidence) in enumerate([("tbe cat", 0.4), ("a mat", 0.95)]):
        place = np.array([[0.0, 30 * n], [80.0, 30 * n], [80.0, 30 * n + 24], [0.0, 30 * n + 24]])
        image = np.full((24, 80), n, np.uint8)
        lines.append(NewLine(place, place, place[[3, 2]], image, (text, "small", confidence)))
    found.add_page(letters, PageImage("digest", "letter.png", 80, 60), b"image", lines)
    return found


@pytest.fixture
def ask(library, monkeypatch):
    """ask(name, ...) -> the answer of that function; "ada" asks."""
    monkeypatch.setattr(api, "writer", lambda request, token: "ada")
    with gr.Blocks() as demo:
        api.publish_annotate(library)
    named = {fn.api_name: fn.fn for fn in demo.fns.values() if fn.fn}
    return lambda name, *args, **options: named[name](*args, **options)


def test_lines_are_asked_for_and_kept(ask):
    (letters,) = ask("collections")
    assert (letters["name"], letters["pages"], letters["lines"], letters["corrected"]) == ("Letters", 1, 2, 0)
    (page,) = ask("pages", letters["id"])
    assert (page["title"], page["state"]) == ("letter.png", "read")
    first, second = ask("queue", letters["id"])
    assert (first["text"], second["text"]) == ("tbe cat", "a mat"), "the least sure first"
    kept = ask("keep_line", first["id"], "the cat", first["revision"])
    assert (kept["text"], kept["who"], kept["how"]) == ("the cat", "ada", "typed")
    assert [line["text"] for line in ask("queue", letters["id"])] == ["a mat"]
    assert ask("queue", letters["id"], show="accepted")[0]["revision"] == kept["id"]


def test_what_is_refused_is_a_sentence(ask):
    with pytest.raises(gr.Error, match="There is no"):
        ask("keep_line", 999, "words")
    (letters,) = ask("collections")
    line = ask("queue", letters["id"])[0]
    ask("keep_line", line["id"], "the cat", line["revision"])
    with pytest.raises(gr.Error, match="the cat"):
        ask("keep_line", line["id"], "the hat", line["revision"])
