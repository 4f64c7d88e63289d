"""The lines of an opened page, changed as an annotator does it: by mouse and by keys."""

from __future__ import annotations

from typing import Any

import pytest
from drawn_pages import page_image

from tests.browser.collections import opened

pytestmark = pytest.mark.browser

TEXTS = ["the first line", "a second one", "and a third"]


def wait_lines(one: Any, count: int) -> Any:
    """Until so many lines stand on the page and no change is on its way."""
    one.page.wait_for_function(
        "n => document.querySelectorAll('.hwr-pl-number').length === n && !document.querySelector('.hwr-plines[aria-busy]')",
        arg=count,
    )
    return one.page.locator(".hwr-pl-number")


def box_of(one: Any, selector: str) -> dict[str, float]:
    """Where it stands in the window, the page's picture being in sight."""
    one.page.locator(".hwr-pl-stage").scroll_into_view_if_needed()
    return one.page.locator(selector).first.bounding_box()


def middle_of(one: Any, selector: str) -> tuple[float, float]:
    box = box_of(one, selector)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def points_of(one: Any, selector: str) -> str:
    return one.page.locator(selector).first.get_attribute("points")


def test_lines_are_split_merged_drawn_moved_deleted_and_brought_back(visit, tmp_path):
    page_image(TEXTS).save(tmp_path / "note.png")
    one = opened(visit, [tmp_path / "note.png"])
    one.page.locator(".hwr-a-page").click()
    numbers = wait_lines(one, 3)

    numbers.nth(1).click()  # by keys: split, and merge the two that are then chosen
    one.page.keyboard.press("s")
    one.page.keyboard.press("Enter")
    numbers = wait_lines(one, 4)
    numbers.nth(1).click()
    numbers.nth(2).click(modifiers=["Shift"])
    one.page.keyboard.press("m")
    numbers = wait_lines(one, 3)

    before = points_of(one, ".hwr-pl-box")  # the merged line is chosen: moved by keys, then its right side by mouse
    numbers.nth(1).focus()
    one.page.keyboard.press("ArrowDown")
    one.page.keyboard.press("ArrowDown")
    one.page.locator("[data-tool=undo]:enabled").wait_for()
    one.page.wait_for_function("() => document.querySelector('[data-tool=undo]').title.includes('moved')")
    moved = points_of(one, ".hwr-pl-box")
    assert moved != before
    x, y = middle_of(one, "[data-side=e]")
    one.page.mouse.move(x, y)
    one.page.mouse.down()
    one.page.mouse.move(x + 40, y, steps=4)
    one.page.mouse.up()
    wait_lines(one, 3)
    assert points_of(one, ".hwr-pl-box") != moved

    numbers.nth(2).click()
    x0, y0, x1, y1 = (lambda b: (b["x"], b["y"], b["x"] + b["width"], b["y"] + b["height"]))(box_of(one, ".hwr-pl-box"))
    one.page.keyboard.press("Delete")
    wait_lines(one, 2)
    one.page.mouse.move(x0 - 15, y0 - 8)  # drawn again, by dragging over the bare paper
    one.page.mouse.down()
    one.page.mouse.move(x1 + 15, y1 + 8, steps=5)
    one.page.mouse.up()
    numbers = wait_lines(one, 3)
    assert numbers.nth(2).get_attribute("aria-pressed") == "true"

    numbers.nth(2).focus()
    for lines in (2, 3):  # the drawing and the deletion are undone
        one.page.keyboard.press("Control+z")
        numbers = wait_lines(one, lines)
        numbers.nth(0).focus()
    one.page.locator("[data-tool=redo]").click()
    wait_lines(one, 2)
