import json
from typing import Any

import pytest

from hwr.errors import InputError
from hwr.examples.catalogue import EXAMPLES
from hwr.ui.line.shown import Picked, Shown, details, picked_line, shown_from
from hwr.ui.line.viewer import line_viewer
from hwr.ui.page.scripted import UI, source
from hwr.ui.page.uploads import uploaded_path


def test_shown_is_plain_and_small(reader, assets):
    page = reader.read(assets / "examples" / "page.png")
    shown = shown_from(page, "page.png", example=[e.name for e in EXAMPLES].index("page"), precomputed=True)
    assert shown.page is not None
    assert len(shown.lines) == len(page.lines) == 6
    assert all(line["truth"] == line["text"] for line in shown.lines)
    assert len(json.dumps(shown.lines)) < 400_000


def test_details_escape_the_model(reader, assets):
    page = reader.read(assets / "examples" / "clean.png")
    evil = type(page)(**{**page.__dict__, "model": "<script>alert(1)</script>"})
    assert "<script" not in details(evil)


def test_picked_line_escapes_and_stays_in_range(reader, assets):
    shown = shown_from(reader.read(assets / "examples" / "clean.png"), "clean.png")
    shown.lines[0]["characters"][0]["text"] = "<"
    assert "“&lt;”" in picked_line(shown, Picked(0, 0, 3))
    for picked in (Picked(5, 0, 0), Picked(0, 999, -1), Picked(0, -1, -1)):
        assert "hwr-en" in picked_line(shown, picked)
    assert "hwr-en" in picked_line(Shown(), Picked())


def test_api_takes_uploaded_files_only(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    inside, outside = tmp_path / "uploads" / "a.png", tmp_path / "b.png"
    inside.parent.mkdir()
    inside.write_bytes(b"x")
    outside.write_bytes(b"x")
    assert uploaded_path({"path": str(inside)}) == str(inside)
    climbing = str(inside.parent / ".." / "b.png")
    for file in (None, "a.png", {}, {"path": 3}, {"path": str(outside)}, {"path": climbing}, {"path": "/etc/passwd"}):
        with pytest.raises(InputError):
            uploaded_path(file)


def test_templates_name_no_value_and_scripts_write_no_markup():
    for template in UI.rglob("*.html"):
        assert not any(mark in template.read_text(encoding="utf-8") for mark in ("${", "{{", "`", "\\"))
    for script in UI.rglob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert not any(
            word in text for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(")
        )


def test_viewer_value_is_data():
    viewer = line_viewer({"text": "</script>"})
    assert viewer.html_template == source("line/line.html")
    value: Any = {"text": "<b>"}  # gr.HTML says that it takes a str, and takes any
    assert viewer.postprocess(value) == value
    assert (UI / "line" / "line.js").is_file()
