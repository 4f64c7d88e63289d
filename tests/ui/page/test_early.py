"""The page as it is served: what it weighs, and the script beside it."""

import gzip
import re
import urllib.request

import pytest
from stand_ins import no_reader

from hwr.ui.app import build, launch

HEAVIEST = 250_000  # bytes of the first page on their way to the browser


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """The interface with the shipped assets, and its address."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("data")
        patch.setenv("HWR_DATA_DIR", str(folder))
        patch.delenv("HWR_MODEL", raising=False)
        demo = build(no_reader, folder)
        launch(demo, prevent_thread_lock=True, server_name="127.0.0.1")
        yield demo, demo.local_url
        demo.close()


def fetch(address: str, **headers: str) -> tuple[bytes, dict[str, str]]:
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=60) as answer:
        return answer.read(), {name.lower(): value for name, value in answer.headers.items()}


def test_the_first_page_is_light(served):
    _, address = served
    body, headers = fetch(address, **{"Accept-Encoding": "gzip"})
    assert headers["content-encoding"] == "gzip"
    assert len(body) <= HEAVIEST
    plain, _ = fetch(address)
    assert gzip.decompress(body).count(b"<div") == plain.count(b"<div")


def test_words_and_scripts_travel_once(served):
    demo, address = served
    plain, _ = fetch(address)
    assert b"const STRINGS" not in plain
    name = re.search(rb'<script src="(hwr\.js\?[0-9a-f]{12})">', plain)
    assert name
    script, headers = fetch(address + name.group(1).decode())
    assert script.count(b"const STRINGS") == 1
    assert "immutable" in headers["cache-control"]
    for block in demo.blocks.values():
        if code := getattr(block, "js_on_load", None):
            assert len(code) < 1000, block
        if drawn := re.findall(r"hwrDraw\[\"([^\"]+)\"\]", code or ""):
            assert f'hwrDraw["{drawn[0]}"] ='.encode() in script


def test_the_script_stands_before_the_interfaces_own(served):
    _, address = served
    page = fetch(address)[0].decode()
    assert page.index("hwr.js?") < page.index("gradio_config")


def test_a_browser_keeps_the_interfaces_own_scripts(served):
    _, address = served
    page = fetch(address)[0].decode()
    script = re.search(r'src="\./(assets/[^"]+\.js)"', page)
    assert script
    body, headers = fetch(address + script.group(1), **{"Accept-Encoding": "gzip, br"})
    assert (headers["content-encoding"], headers["content-type"]) == ("gzip", "application/javascript")
    assert "immutable" in headers["cache-control"]
    assert gzip.decompress(body) == fetch(address + script.group(1))[0]
