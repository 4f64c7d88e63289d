"""What a visitor sees and does on the Receptive field tab: the real app, the shipped weights, a real browser."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest

from hwr.examples.catalogue import EXAMPLES
from hwr.paths import ASSETS
from hwr.reader import Reader

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TIMEOUT = 120_000


def opened(visit, address, pick=None, tab="Receptive field", **context):
    """A visit of the app, a clean line shown, a letter picked in Read if asked, with the tab open and all of it drawn."""
    one = visit(address, **context)
    one.page.set_default_timeout(TIMEOUT)
    one.example("clean", "The morning train")
    if pick is not None:
        one.page.locator("#hwr-line .hwr-v-chip").nth(pick).click()
        one.page.wait_for_function(
            "n => document.querySelector('#hwr-picked').innerText.includes(`character ${n}`)", arg=pick + 1
        )
    open_tab(one, tab)
    return one


def open_tab(one, tab="Receptive field"):
    one.page.get_by_role("tab", name=tab).click()
    wait_drawn(one)


def wait_drawn(one) -> None:
    with suppress(playwright.TimeoutError):  # of several answers a slow page may see only the last
        one.page.wait_for_selector("#hwr-f-message .hwr-notice", timeout=30_000)
    one.page.wait_for_selector("#hwr-f-message .hwr-notice", state="hidden")
    one.page.wait_for_function("document.querySelector('#hwr-f-spot').innerText.trim() !== ''")


def spot(one) -> str:
    return one.page.locator("#hwr-f-spot").inner_text()


def wait_spot(one, piece: str) -> None:
    one.page.wait_for_function("t => document.querySelector('#hwr-f-spot').innerText.includes(t)", arg=piece)


def test_the_letter_picked_in_read_is_looked_at(visit, app_address):
    one = opened(visit, app_address, pick=4)
    assert "“m”, character 5 of 33 on line 1 of 1: columns" in spot(one)
    picked = one.page.locator("#hwr-field .hwr-f-chip.hwr-picked")
    assert picked.inner_text() == "m"
    box, chip = one.page.locator("#hwr-field .hwr-f-box").bounding_box(), picked.bounding_box()
    assert box["x"] < chip["x"] < chip["x"] + chip["width"] < box["x"] + box["width"]
    # 81 px of the network around each frame of the letter, of the 560 px that the line is long.
    line = Reader.from_pretrained().read(ASSETS / "examples" / "clean.png").lines[0]
    letter, geometry = line.characters[4], line.geometry
    assert (geometry.width, geometry.stride) == (560, 4)
    seen = 81 + geometry.stride * (letter.last_frame - letter.first_frame)
    table = one.page.locator("#hwr-f-table").inner_text()
    assert re.search(r"stage3\s+convolution × 4.*81 px", table)
    image = one.page.locator("#hwr-field .hwr-f-heat").bounding_box()
    assert box["width"] / image["width"] == pytest.approx(seen / geometry.width, rel=0.02)
    # Heat stays in the box, and the windows in each other.
    heat = one.page.evaluate(
        """() => {
          const canvas = document.querySelector('#hwr-field .hwr-f-heat');
          const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
          const columns = new Set();
          for (let i = 3; i < data.length; i += 4) if (data[i]) columns.add(((i - 3) / 4) % canvas.width);
          return [Math.min(...columns), Math.max(...columns)];
        }"""
    )
    scale = image["width"] / geometry.width
    assert image["x"] + heat[0] * scale >= box["x"] - 2
    assert image["x"] + (heat[1] + 1) * scale <= box["x"] + box["width"] + 2
    widths = [w["width"] for w in (w.bounding_box() for w in one.page.locator("#hwr-field .hwr-f-window").all())]
    assert widths == sorted(widths)
    # Another layer, another heat.
    one.page.locator("#hwr-f-layer").get_by_label("logits").check()
    wait_spot(one, "gradient of the logit of “m”")
    one.page.locator("#hwr-field .hwr-f-readout", has_text="whole line").wait_for()
    one.page.locator("#hwr-f-ink").get_by_label("Which ink was used").check()
    one.page.wait_for_selector("#hwr-f-message .hwr-notice", state="hidden")
    # A click on another letter, and on bare ink.
    one.page.locator("#hwr-field .hwr-f-chip").nth(0).click()
    wait_spot(one, "“T”, character 1 of 33")
    one.page.locator("#hwr-field .hwr-f-lane-image img").scroll_into_view_if_needed()
    image = one.page.locator("#hwr-field .hwr-f-lane-image img").bounding_box()
    one.page.mouse.click(image["x"] + image["width"] * 0.6, image["y"] + 20)
    wait_spot(one, "Frame ")


def test_without_a_pick_the_middle_character_is_shown_and_gates_can_be_walked(visit, app_address):
    one = opened(visit, app_address)
    assert "Nothing is picked, so this is the middle character: “n”" in spot(one)
    assert one.page.locator("#hwr-gates .hwr-lstm-choice button").count() == 6
    fact = one.page.locator("#hwr-gates .hwr-f-readout")
    assert "output gate, unit" in fact.inner_text()
    assert "higher at characters" in fact.inner_text()
    one.page.locator("#hwr-gates button[data-gate=f]").click()
    assert "forget gate, unit" in fact.inner_text()
    one.page.locator("#hwr-gates .hwr-lstm-heat").scroll_into_view_if_needed()
    heat = one.page.locator("#hwr-gates .hwr-lstm-heat").bounding_box()
    one.page.mouse.move(heat["x"] + heat["width"] / 2, heat["y"] + heat["height"] - 3)
    assert re.search(r"\d\.\d\d at frame \d+, x = \d+ px", fact.inner_text())
    assert "higher at blanks" in fact.inner_text()
    before = one.page.locator("#hwr-gates .hwr-f-lane-curve path").get_attribute("d")
    one.page.mouse.click(heat["x"] + heat["width"] / 2, heat["y"] + heat["height"] - 3)
    assert one.page.locator("#hwr-gates .hwr-f-lane-curve path").get_attribute("d") != before
    # The image above the gates and the gates share the axis of pixels.
    image = one.page.locator("#hwr-gates .hwr-f-lane-image img").bounding_box()
    assert image["x"] - 8 <= heat["x"] <= heat["x"] + heat["width"] <= image["x"] + image["width"] + 8
    # The network of Retsinas et al. 2022, from the menu.
    one.page.locator("#hwr-f-network input").click()
    one.page.get_by_role("option", name="retsinas2022").click()
    one.page.wait_for_function("document.querySelector('#hwr-f-table').innerText.includes('221 px')")


def test_two_checkpoints_side_by_side(visit, app_address):
    one = opened(visit, app_address, pick=4)
    assert one.page.locator("#hwr-field-compared").count() == 0
    one.page.locator("#hwr-f-compared input").click()
    one.page.get_by_role("option", name="mine · best").click()
    wait_drawn(one)
    names = [
        one.page.locator(f"{viewer} .hwr-f-model").inner_text() for viewer in ("#hwr-field", "#hwr-field-compared")
    ]
    assert names == ["default · columns", "mine (best) · columns"]
    readouts = [
        one.page.locator(f"{viewer} .hwr-f-readout").inner_text() for viewer in ("#hwr-field", "#hwr-field-compared")
    ]
    assert readouts[0] == readouts[1]  # the same weights
    assert one.page.locator("#hwr-f-table h3").inner_text() == "default, mine (best)"
    one.page.wait_for_function("document.querySelectorAll('#hwr-f-chart .legendtext').length === 5")
    # A letter picked below is picked above; a gate chosen above is shown below.
    one.page.locator("#hwr-field-compared .hwr-f-chip").nth(1).click()
    wait_spot(one, "“h”, character 2 of 33")
    for viewer in ("#hwr-field", "#hwr-field-compared"):
        one.page.wait_for_function(
            "v => document.querySelector(v + ' .hwr-f-chip.hwr-picked').innerText === 'h'", arg=viewer
        )
    one.page.wait_for_selector("#hwr-gates-compared .hwr-gates[data-state=filled]")  # comes a moment after its place
    one.page.locator("#hwr-gates button[data-gate=f]").click()
    one.page.wait_for_function(
        "document.querySelector('#hwr-gates-compared .hwr-f-readout').innerText.includes('forget gate, unit')"
    )
    one.page.locator("#hwr-f-compared input").click()
    one.page.get_by_role("option", name="Nothing").click()
    one.page.wait_for_selector("#hwr-field-compared", state="detached")


def test_separability_is_measured_on_demand_and_one_line_is_refused(visit, app_address):
    one = opened(visit, app_address)
    assert "Nothing has been measured yet" in one.page.locator("#hwr-f-measured").inner_text()
    one.page.locator("#hwr-f-lines").get_by_label("The page in Read").check()
    one.page.locator("#hwr-f-measure").click()
    one.page.locator(".toast-body", has_text="needs at least two lines").wait_for()
    one.page.locator("#hwr-f-lines").get_by_label("The examples").check()
    one.page.locator("#hwr-f-measure").click()
    one.page.wait_for_selector("#hwr-f-spread .js-plotly-plot")
    lines = sum(len(example.lines) for example in EXAMPLES)
    assert f"default: {lines} lines (all examples)" in one.page.locator("#hwr-f-measured").inner_text()
    assert one.page.locator("#hwr-f-best tbody tr").count() == 10


def test_a_line_of_a_page_in_japanese_on_a_phone_at_night(visit, app_address):
    one = visit(app_address, locale="ja-JP", color_scheme="dark")
    one.page.set_default_timeout(TIMEOUT)
    one.page.locator(".hwr-g-card[data-name=page]").click()
    one.page.wait_for_selector(".hwr-p-lines li")
    one.page.locator(".hwr-p-box").nth(2).click()
    one.page.wait_for_function("document.querySelector('#hwr-line .hwr-v-text').innerText.includes('kitchen')")
    open_tab(one, "受容野")
    assert "6 行中 3 行目" in spot(one)
    one.page.set_viewport_size({"width": 390, "height": 844})
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    tab = one.page.locator("#hwr-field")
    assert "見える範囲" in tab.inner_text()
    scroller = one.page.evaluate(
        "(() => { const s = document.querySelector('#hwr-field .hwr-f-scroller'); return s.scrollWidth > s.clientWidth; })()"
    )
    assert scroller
