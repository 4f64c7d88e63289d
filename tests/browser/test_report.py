"""A report opened from a file, without a network: its viewers live, and every view can be saved as SVG and PNG."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from hwr.reader import Reader
from hwr.ui.report.contents import Asked, make_report
from hwr.ui.report.page import report_html

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def report(wavering_checkpoint, drawn_line, tmp_path):
    from PIL import Image

    Image.fromarray(drawn_line("in an old abc")).convert("RGB").save(tmp_path / "line.png")
    asked = Asked(Reader(wavering_checkpoint, device="cpu"), lm=None, n_best=4)
    out = tmp_path / "report.html"
    out.write_text(report_html(make_report(asked, tmp_path / "line.png", lines="single")), encoding="utf-8")
    return out


def test_it_lives_without_a_network_and_views_become_pictures(chromium, report, tmp_path):
    page = chromium.new_context(locale="en-US", offline=True, accept_downloads=True).new_page()
    wrong, asked = [], []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"file://{report}")
    page.locator("#line-0 .hwr-v-lanes").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("#line-0 .hwr-v-chip.hwr-picked").count() == 1
    assert page.locator("#decode-0 .hwr-d-row").count() == 4
    page.locator(".hwr-controls button:visible", has_text="日本語").click()
    assert "行目" in page.locator("h2").first.inner_text()
    assert "確信度" in page.locator("#line-0").inner_text()
    found = {}
    for kind in ("SVG", "PNG"):
        with page.expect_download() as saved:
            page.locator("#line-0 .hwr-picture button", has_text=kind).click()
        saved.value.save_as(tmp_path / kind)
        found[kind] = tmp_path / kind
    drawn = ElementTree.fromstring(found["SVG"].read_bytes())
    written = " ".join("".join(node.itertext()) for node in drawn.iter(f"{SVG}text"))
    assert page.locator("#line-0 .hwr-v-value").first.inner_text() in written
    assert len(list(drawn.iter(f"{SVG}image"))) == 2  # the ink and the posteriors
    assert not list(drawn.iter(f"{SVG}foreignObject"))
    assert found["PNG"].read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    assert [address for address in asked if not re.match("data:|blob:", address)] == [f"file://{report}"]
    assert wrong == []
    page.context.close()
