"""What a visitor has before her stays: when the language changes, after a reload, and on the other tabs."""

from __future__ import annotations

from typing import Any

import pytest
from drawn_pages import photo

pytestmark = pytest.mark.browser

BOX = "#hwr-keep textarea"
SELECTED = f"(b => b.value.slice(b.selectionStart, b.selectionEnd))(document.querySelector('{BOX}'))"


def wait_box(one: Any, text: str) -> None:
    one.page.wait_for_function(f"t => document.querySelector('{BOX}')?.value === t", arg=text)


def in_sight(one: Any, *selectors: str) -> bool:
    """Whether all of them stand wholly in the window."""
    inside = "s => { const b = document.querySelector(s).getBoundingClientRect(); return b.top >= -1 && b.bottom <= innerHeight + 1; }"
    return all(one.page.evaluate(inside, selector) for selector in selectors)


def test_language_theme_and_reload_change_nothing_else(visit, tmp_path):
    """In the middle of a correction: the words are others, and the image, the letter and the draft are there still."""
    one, letters = visit(locale="en-US", color_scheme="light"), "#hwr-line .hwr-f-lane-chips .hwr-f-gutter"
    one.upload(photo(tmp_path / "upload.png"))
    wait_box(one, "hello from a test")
    one.page.locator(".hwr-v-chip").nth(3).click()
    one.page.locator(BOX).fill("hello, not kept")
    one.page.get_by_role("button", name="日本語").click()
    one.page.get_by_role("tab", name="デコード").wait_for()
    assert one.page.locator(letters).inner_text() == "文字"
    assert one.page.locator(".hwr-en:visible").count() == 0
    assert one.page.locator("#hwr-keep .hwr-l-accept").inner_text() == "確定"
    assert one.text() == "hello from a test"
    assert one.page.locator(".hwr-v-chip.hwr-picked").get_attribute("data-index") == "3"
    one.page.locator("button[data-theme]").click()
    assert one.page.evaluate("document.body.classList.contains('dark')")
    assert one.page.locator(BOX).input_value() == "hello, not kept"
    one.page.reload()
    one.page.wait_for_selector(".hwr-v-chip")
    one.page.wait_for_function("document.body.classList.contains('dark')")
    assert one.page.locator(letters).inner_text() == "文字"
    one.wait_text("hello from a test")
    wait_box(one, "hello, not kept")
    assert "upload" in one.page.locator("#hwr-photo img").first.get_attribute("src")
    # A reload cuts Gradio's event stream, which it reports; that is no fault of the page.
    one.errors[:] = [e for e in one.errors if "AbortError" not in e and "Connection errored out" not in e]


@pytest.mark.parametrize(("width", "height"), [(1400, 900), (390, 844)])
def test_list_ink_and_box_are_in_one_sight_and_what_is_kept_is_the_truth(visit, width, height):
    one = visit()
    one.page.set_viewport_size({"width": width, "height": height})
    one.page.locator(".hwr-g-card[data-name=page]").click()
    rows = one.page.locator("#hwr-page .hwr-p-text")
    read = rows.nth(4).inner_text()
    rows.nth(4).click()
    wait_box(one, read)
    one.page.locator(BOX).focus()
    one.page.wait_for_timeout(300)
    assert in_sight(one, "#hwr-page li.hwr-picked", "#hwr-keep .hwr-l-picture", BOX)
    ink, box = (one.page.locator(s).bounding_box() for s in ("#hwr-keep .hwr-l-picture", BOX))
    assert 0 <= box["y"] - ink["y"] - ink["height"] < 90  # right above
    if one.page.locator("#hwr-keep .hwr-l-bands button").count():  # the first character to check is chosen
        one.page.keyboard.press("Tab")
        risky = one.page.locator("#hwr-keep .hwr-l-bands button").first.get_attribute("title")
        assert one.page.evaluate(SELECTED) == risky
        one.page.locator(BOX).press("End")
        one.page.locator("#hwr-keep .hwr-l-bands button").first.click()  # its mark on the ink leads there, too
        assert one.page.evaluate(SELECTED) == risky
    kept = f"kept at {width}"
    one.page.locator(BOX).fill(kept)
    one.page.locator(BOX).press("Enter")
    one.page.locator("#hwr-page li[data-grade=kept] .hwr-p-text", has_text=kept).wait_for()
    assert kept in one.page.locator("#hwr-text textarea").input_value().split("\n")
    wait_box(one, rows.nth(5).inner_text())  # Enter has gone on
    if width > 1000:
        one.page.locator(BOX).press("Shift+Enter")
        wait_box(one, kept)
        one.page.get_by_role("tab", name="Decode").click()
        one.page.locator(".hwr-d-truth", has_text=kept).wait_for()
        one.page.locator(".hwr-d-row").nth(1).click()
        other = one.page.locator(".hwr-d-row").nth(1).locator(".hwr-d-text")
        assert other.count() == 1
        one.page.get_by_role("button", name="Use this text").click()
        one.page.wait_for_function(f"t => !['', t].includes(document.querySelector('{BOX}').value)", arg=kept)
        assert one.page.locator(BOX).is_visible()
