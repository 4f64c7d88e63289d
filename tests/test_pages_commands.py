"""`hwr page` and `hwr annotations` from the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from hwr.cli import main
from hwr.data.formats.alto import read_alto
from hwr.data.formats.page_xml import read_page_xml
from hwr.data.formats.plain import read_json
from hwr.data.library import Library


@pytest.fixture
def image(tmp_path, drawn_line, monkeypatch):
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path / "data"))
    page = np.full((400, 1000), 255, np.uint8)
    for top, text in ((30, "a quick fox"), (200, "and a lazy dog")):
        line = drawn_line(text)
        page[top : top + line.shape[0], 50 : 50 + line.shape[1]] = line
    Image.fromarray(page).save(tmp_path / "page.png")
    return tmp_path / "page.png"


@pytest.mark.slow
def test_page_says_where_the_lines_are_without_weights(image, capsys):
    assert main(["page", str(image), "--format", "json", "--no-read", "--model", "/nowhere"]) == 0
    (page,) = read_json(capsys.readouterr().out.encode(), "out")
    assert (page.image, page.width, page.height, len(page.lines)) == ("page.png", 1000, 400, 2)
    assert [line.text for line in page.lines] == [None, None]
    for form, read in (("page", read_page_xml), ("alto", read_alto)):
        assert main(["page", str(image), "--format", form, "--no-read"]) == 0
        again = read(capsys.readouterr().out.encode(), "out")
        assert [line.outline for line in again.lines] == [line.outline for line in page.lines]
        assert [line.baseline for line in again.lines] == [line.baseline for line in page.lines]
    assert main(["page", str(image), "--no-read"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.slow
def test_page_of_one_uneven_line_is_that_line(uneven_line, tmp_path, capsys):
    Image.fromarray(uneven_line).save(tmp_path / "line.png")
    assert main(["page", str(tmp_path / "line.png"), "--format", "alto"]) == 0
    (line,) = read_alto(capsys.readouterr().out.encode(), "out").lines
    assert line.text == "over the river and the old bridge"


@pytest.mark.slow
def test_page_reads_its_lines(image, capsys):
    assert main(["page", str(image)]) == 0
    text = capsys.readouterr().out
    assert len(text.splitlines()) == 2
    assert main(["page", str(image), "--format", "page"]) == 0
    page = read_page_xml(capsys.readouterr().out.encode(), "out")
    assert [line.text for line in page.lines] == text.splitlines()
    for line in page.lines:
        assert " ".join(word.text for word in line.words) == line.text
        assert all(len(word.glyphs) == len(word.text) for word in line.words)
        assert line.confidence is not None
        assert 0 < line.confidence <= 1


def test_annotations_come_in_are_listed_and_go_out(image, tmp_path, capsys):
    assert main(["page", str(image), "--format", "alto", "--no-read"]) == 0
    (tmp_path / "page.xml").write_text(capsys.readouterr().out, "utf-8")
    assert main(["annotations", "import", str(tmp_path / "page.xml"), "--name", "letters"]) == 0
    assert "1 pages, 2 lines (2 without a text)" in capsys.readouterr().out
    assert main(["annotations", "status", "--json"]) == 0
    (collection,) = json.loads(capsys.readouterr().out)
    assert (collection["name"], collection["pages"], collection["lines"]) == ("letters", 1, 2)
    assert main(["annotations", "agreement", "letters"]) == 0
    assert "no line was typed by two people" in capsys.readouterr().out
    library = Library()
    (page,) = library.pages(collection["id"])
    line = library.lines(page.id)[0].id
    kept = library.keep(line, "cart", who="ada", based_on=None)
    library.keep(line, "cut", who="bert", based_on=kept.id)
    assert main(["annotations", "agreement", "letters"]) == 0
    assert "ada and bert: CER 57.14%, 1 lines, 0 alike, 2 edits" in capsys.readouterr().out
    assert main(["annotations", "agreement", "letters", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["cer"] == 2 / 3.5
    assert main(["annotations", "export", "letters", "--out", str(tmp_path / "out.zip")]) == 0
    assert "2 lines" in capsys.readouterr().out
    assert main(["annotations", "import", str(tmp_path / "out.zip"), "--name", "again"]) == 2
    assert "already in the collection 'letters'" in capsys.readouterr().err
    assert main(["annotations", "status", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1
    assert main(["annotations", "export", "nothing", "--out", str(tmp_path / "x.zip")]) == 2
    assert "no collection 'nothing'" in capsys.readouterr().err
    assert main(["annotations", "import", str(tmp_path / "nowhere")]) == 2
    assert "nowhere" in capsys.readouterr().err
