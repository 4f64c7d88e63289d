"""What the browser remembers for a reload, and what of it is believed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hwr.errors import InputError
from hwr.examples.catalogue import EXAMPLES
from hwr.ui.line.shown import shown_from
from hwr.ui.read.place import Place, place_from, place_of

FOLDER = "0123456789abcdef" * 4


@pytest.fixture
def uploads(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    (tmp_path / "uploads" / FOLDER).mkdir(parents=True)
    return tmp_path / "uploads"


@pytest.mark.slow
def test_a_place_comes_back_as_it_was(uploads, reader, assets):
    path = uploads / FOLDER / "page.png"
    path.write_bytes((assets / "examples" / "page.png").read_bytes())
    shown = shown_from(reader.read(path, turn=90), str(path), how="auto")
    place = place_of(replace(shown, by_hand=True), 3)
    assert (place.upload, place.turn, place.line) == (f"{FOLDER}/page.png", 90, 3)
    assert place_from(place.to_dict()) == place
    assert place.file() == str(path)
    assert place_of(shown, 3).turn is None  # that was the reader's own choice, and it may choose again
    example = shown_from(reader.read(path), "elsewhere.png", example=2)
    assert place_of(example, 0).to_dict() | {"upload": ""} == place_of(example, 0).to_dict()
    assert place_of(example, 0).example_index == 2
    assert place_of(example, 0).example == EXAMPLES[2].name


def test_only_what_lies_among_the_uploads_is_opened(uploads):
    secret = uploads.parent / "secret.png"
    secret.write_bytes(b"x")
    (uploads / "notes.png").write_bytes(b"x")
    (uploads / FOLDER / "link.png").symlink_to(secret)
    for upload in (
        "",
        f"{FOLDER}/gone.png",
        f"{FOLDER}/..",
        f"{FOLDER}/../../secret.png",
        "../secret.png",
        str(secret),
        "notes.png",
        "0123456789abcdef/../notes.png",
        f"{FOLDER}\\x.png",
        f"{FOLDER}/a\n.png",
        f"{FOLDER}/" + "a" * 300,
    ):
        with pytest.raises(InputError, match="upload it again"):
            Place(upload=upload).file()


@pytest.mark.parametrize(
    "said",
    [
        None,
        "x",
        3,
        [],
        {},
        {"line": -1, "turn": 45},
        {"line": True, "turn": True, "how": 3},
        {"line": 10**9, "example": 7},
    ],
)
def test_whatever_is_no_place_is_the_beginning(said):
    place = place_from(said)
    assert (place.upload, place.how, place.turn, place.line) == ("", "auto", None, 0)
    assert place.example_index == -1
