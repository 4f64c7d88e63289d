"""A report of a drawn line: what is in it is what the functions give, and nothing in it can become markup or be fetched."""

import json
import re

import cv2
import pytest

from hwr.cli import main
from hwr.errors import InputError
from hwr.inspection.divergence import Taught
from hwr.language.causal_lm import FrozenLM
from hwr.language.config import ConnectorConfig
from hwr.language.connector import Connectors, build_connector, feature_size
from hwr.reader import Reader
from hwr.ui.report.contents import Asked, make_report
from hwr.ui.report.page import report_html


@pytest.fixture
def image(drawn_line, tmp_path):
    path = tmp_path / "<b>line.png"
    cv2.imwrite(str(path), drawn_line("in an old abc"))
    return path


@pytest.fixture
def reader(wavering_checkpoint):
    return Reader(wavering_checkpoint, device="cpu")


def views_of(text: str) -> dict:
    found = re.search(r'<script type="application/json" id="hwr-report-views">(.*?)</script>', text, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_a_report_shows_what_the_functions_give(reader, image):
    report = make_report(Asked(reader, lm=None, n_best=4), image, lines="single", truths=["in an old abc"])
    reading = reader.read(str(image), lines="single").lines[0]
    (line,) = report.lines
    assert line.line["text"] == reading.text == report.shown.text
    assert [row["text"] for row in line.decode["rows"]] == [h.text for h in reader.n_best(reading, 4).hypotheses]
    assert line.line["truth"] == line.decode["truth"] == "in an old abc"
    assert line.field is not None
    assert line.spot == reading.characters[len(reading.characters) // 2].text
    assert (line.connector, line.problems) == (None, ())


def test_a_page_that_was_turned_by_hand_is_turned_here_too(reader, image):
    report = make_report(Asked(reader, lm=None, n_best=2), image, lines="single", turn=180)
    reading = reader.read(str(image), lines="single", turn=180).lines[0]
    assert (report.shown.turned, report.lines[0].line["text"]) == (180, reading.text)


def test_the_file_stands_alone_and_names_are_text(reader, image):
    text = report_html(make_report(Asked(reader, lm=None, n_best=2), image, lines="single"))
    views = views_of(text)
    assert set(views) == {"line-0", "decode-0", "field-0"}
    assert "<b>line" not in text
    assert "default-src 'none'" in text
    assert not re.findall(r'(?:src|href)="(?!data:)[^"]+"|@import|url\((?!data:|#)', text)
    for id in views:
        assert f'id="{id}" data-draw=' in text


def test_the_kl_of_a_connector_is_in_it(reader, image, tiny):
    lm = FrozenLM.load(tiny("gpt2", eos_token="<e>"))
    config = ConnectorConfig("aligned", "lstm1")
    modules = {"lstm1": build_connector(config, feature_size(reader.network, "lstm1"), 32).eval()}
    taught = Taught(reader, Connectors.of(modules, lm, None, {"objective": "surrogate"}))
    (line,) = make_report(Asked(reader, taught, None, 2), image, lines="single").lines
    assert line.connector is not None
    (row,) = line.connector["rows"]
    assert (row["kind"], row["tap"], line.connector["text_from"]) == ("aligned", "lstm1", "reading")
    assert row["mean_kl"] > 0


def test_a_line_that_is_not_there_is_named(reader, image):
    with pytest.raises(InputError, match="has the lines 1 to 1, no line 3"):
        make_report(Asked(reader, lm=None), image, lines="single", only=[2])


@pytest.mark.slow
def test_the_command_writes_the_file(tmp_path, capsys):
    out = tmp_path / "report.html"
    assert main(["report", "assets/examples/clean.png", "--out", str(out), "--lm", "none", "--n-best", "2"]) == 0
    assert "1 of 1 lines" in capsys.readouterr().out
    assert set(views_of(out.read_text(encoding="utf-8"))) == {"line-0", "decode-0", "connector-0", "field-0"}
    assert main(["report", "assets/examples/clean.png", "--out", str(out), "--n-best", "0"]) == 2
    assert "--n-best must be at least 1" in capsys.readouterr().err
