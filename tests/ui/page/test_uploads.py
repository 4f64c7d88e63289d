"""What visitors may send, and what happens where nothing can be written."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest
from stand_ins import no_reader
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from hwr.ui import app
from hwr.ui.page import uploads
from hwr.ui.page.uploads import Quota, UploadQuota, uploads_directory


def test_a_visitor_has_a_quota_in_an_hour(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "VISITORS_BYTES", 100)
    now = [0.0]
    quota = Quota(tmp_path, lambda: now[0])
    assert quota.refusal("ada", 60) == ""
    assert "in an hour" in quota.refusal("ada", 60)
    assert quota.refusal("bo", 60) == ""
    now[0] += uploads.WINDOW + 1
    assert quota.refusal("ada", 60) == ""


def test_all_uploads_together_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setenv("HWR_UPLOADS_GB", "0.001")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "old").write_bytes(bytes(900_000))
    quota = Quota(tmp_path)
    assert "as many uploads as it may" in quota.refusal("ada", 200_000)
    assert quota.refusal("ada", 50_000) == ""
    assert "as many uploads as it may" in quota.refusal("bo", 60_000)


def test_what_is_too_much_is_refused_before_it_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "VISITORS_BYTES", 1000)
    served = Starlette(
        routes=[Route("/gradio_api/upload", lambda request: PlainTextResponse("taken"), methods=["POST"])],
        middleware=[Middleware(UploadQuota, quota=Quota(tmp_path))],
    )
    client = TestClient(served)
    assert client.post("/gradio_api/upload", content=b"x" * 900).text == "taken"
    refused = client.post("/gradio_api/upload", content=b"x" * 900)
    assert (refused.status_code, "in an hour" in refused.text) == (413, True)
    behind = client.post("/gradio_api/upload", content=b"x" * 900, headers={"X-Forwarded-For": "203.0.113.9"})
    assert behind.text == "taken"


def test_where_nothing_can_be_written_pages_are_still_read(tmp_path, caplog):
    (tmp_path / "file").write_text("")
    directory, reason = uploads_directory(tmp_path / "file" / "data")
    assert directory.is_dir()
    assert reason == "Not a directory"
    assert "nothing is kept" in caplog.text
    assert uploads_directory(tmp_path / "fine") == (tmp_path / "fine" / "uploads", "")


@pytest.mark.slow
def test_the_page_says_that_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", "")
    (tmp_path / "file").write_text("")
    demo = app.build(no_reader, tmp_path / "file" / "data")
    said = [str(block.value) for block in demo.blocks.values() if isinstance(block, gr.HTML)]
    assert any("cannot be written (Not a directory)" in words for words in said)


@pytest.mark.parametrize("failures", [1, app.STARTS])
def test_a_start_on_a_busy_machine_is_tried_again(failures, monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(app.time, "sleep", lambda seconds: None)
    tried = []

    class Demo:
        def launch(self, **options):
            tried.append(options)
            if len(tried) <= failures:
                raise ValueError("When localhost is not accessible, a shareable link must be created.")
            return "served"

        def close(self):
            pass

    demo: Any = Demo()
    if failures < app.STARTS:
        assert app.launch(demo) == "served"
    else:
        with pytest.raises(ValueError, match="localhost"):
            app.launch(demo)
    assert len(tried) == min(failures + 1, app.STARTS)
