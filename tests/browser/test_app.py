"""The real app, with the shipped weights: what the page says is what the library says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from PIL import Image, ImageDraw, ImageFont

from hwr.evaluation.error_rates import cer
from hwr.examples.catalogue import EXAMPLES
from hwr.paths import ASSETS
from hwr.reader import Reader

pytestmark = pytest.mark.browser

# What a tab shows when it has come to rest.
READY = {
    "connector": "document.querySelector('.hwr-k-bar')",
    "receptive-field": "document.querySelector('.hwr-field').dataset.state === 'filled'",
    "fine-tune": "document.querySelector('.hwr-tabs .cm-line')",
}
IN_SIGHT = """() => {
  const { left, right } = document.querySelector('[role=tab][aria-selected=true]').getBoundingClientRect();
  return left >= 0 && right <= innerWidth;
}"""
TEXT = "the letter came before noon"


@pytest.fixture(scope="module")
def photo(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("photo") / "photo.jpg"
    image = Image.new("RGB", (1100, 200), (236, 228, 210))
    font = ImageFont.truetype(str(ASSETS / "fonts" / "patrick-hand.ttf"), 84)
    ImageDraw.Draw(image).text((60, 40), TEXT, font=font, fill=(40, 44, 90))
    image.rotate(-2, expand=True, fillcolor=(236, 228, 210)).save(path, quality=80)
    return path


@pytest.fixture(scope="module")
def expected(photo) -> str:
    text = Reader.from_pretrained().read(photo).text
    assert cer([TEXT], [text]) < 0.35
    return text


def test_the_page_opens_with_a_real_reading(visit, app_address):
    one = visit(app_address)
    assert cer([EXAMPLES[0].lines[0]], [one.text()]) < 0.35


def test_every_tab_has_an_address_and_no_serious_finding_in_either_theme_or_on_a_phone(visit, app_address, findings):
    one = visit(app_address, color_scheme="light")
    page = one.page
    page.add_style_tag(content="* { transition: none !important; animation: none !important; }")
    page.wait_for_function("document.querySelector('.hwr-status').dataset.state === 'ready'")
    addresses = page.evaluate("[...document.querySelectorAll('.hwr-tabs [role=tab]')].map((tab) => tab.dataset.tabId)")
    assert len(set(addresses)) == len(addresses) >= 7
    page.evaluate("location.hash = 'decode'")
    page.locator("[role=tab][data-tab-id=decode][aria-selected=true]").press("Home")
    found = []
    for address in addresses:
        page.wait_for_function("id => location.hash === '#' + id", arg=address)
        page.wait_for_function(READY.get(address, "true"))
        found += findings(page)
        page.set_viewport_size({"width": 390, "height": 844})
        page.wait_for_function(IN_SIGHT)
        page.evaluate("hwrToggleTheme()")
        found += findings(page, "color-contrast", "scrollable-region-focusable")
        page.evaluate("hwrToggleTheme()")
        page.set_viewport_size({"width": 1400, "height": 1000})
        page.keyboard.press("ArrowRight")
    page.go_back()
    page.wait_for_function(
        "id => document.querySelector('[aria-selected=true]').dataset.tabId === id", arg=addresses[-1]
    )
    assert found == []


def test_an_upload_reads_as_the_library_reads_it(visit, app_address, photo, expected):
    one = visit(app_address)
    one.upload(photo)
    one.wait_text(expected)
    one.page.locator(".hwr-v-lanes").focus()
    one.page.keyboard.press("Home")
    one.page.keyboard.press("ArrowRight")
    one.page.locator(".hwr-v-chip").nth(3).click()
    one.page.wait_for_function("t => document.querySelector('#hwr-picked').innerText.includes(t)", arg="4 ")


def test_the_endpoint_gives_the_same(app_address, photo, expected):
    client = Client(app_address, verbose=False)
    (result,) = client.predict(image=handle_file(str(photo)), api_name="/read")
    assert result["text"] == expected
    assert result["image"] == "photo.jpg"
    assert "".join(c["text"] for c in result["characters"]) == expected
    assert all(0 <= c["x0"] < c["x1"] for c in result["characters"])


def test_eight_visitors_at_once_all_get_their_text(app_address, photo, expected):
    def read(_: int) -> str:
        return Client(app_address, verbose=False).predict(image=handle_file(str(photo)), api_name="/read")[0]["text"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(read, range(8))) == [expected] * 8


def test_a_file_that_is_no_image_is_one_sentence_and_the_app_stays_up(visit, app_address, photo, expected, tmp_path):
    one = visit(app_address)
    before = one.text()
    (tmp_path / "broken.png").write_bytes(b"\x89PNG and nothing more")
    one.upload(tmp_path / "broken.png")
    toast = one.page.locator(".toast-body")
    toast.first.wait_for()
    assert "broken.png" in toast.first.inner_text()
    assert one.text() == before
    one.upload(photo)
    one.wait_text(expected)
