"""Checkpoints in the menus of the Read tab: the real app, the shipped weights, and a run whose weights were shaken."""

from __future__ import annotations

import re
import shutil

import pytest
from gradio_client import Client, handle_file

from hwr.paths import ASSETS, DEFAULT_MODEL
from hwr.reader import Reader

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CLEAN, PAGE = (ASSETS / "examples" / f"{name}.png" for name in ("clean", "page"))


@pytest.fixture(scope="module")
def best(app_data) -> Reader:
    return Reader.from_pretrained(app_data / "runs" / "mary" / "checkpoints" / "best")


def menu(one, name: str):
    return one.page.locator(f"#hwr-{name} input")


def choose(one, name: str, option: str) -> None:
    menu(one, name).click()
    one.page.locator("ul[role=listbox] li[data-testid=dropdown-option]", has_text=option).first.click()


def offered(one, name: str) -> list[str]:
    """What the menu lists once it is open; it is closed again."""
    menu(one, name).click()
    one.page.wait_for_timeout(500)
    found = one.page.locator("ul[role=listbox] li[data-testid=dropdown-option]").all_inner_texts()
    menu(one, name).blur()
    return [text.removeprefix("✓").strip() for text in found]


def test_another_checkpoint_reads_what_is_shown_and_the_other_tabs_follow(visit, app_address, app_data, best):
    one = visit(app_address)
    one.example("clean", "The morning train")
    shipped, shaken = one.text(), best.read(CLEAN).text
    assert shipped != shaken
    title = "Mary's <b>letters</b> · best"
    assert offered(one, "model")[0] == "Built-in"
    assert {title, "damaged · best"} <= set(offered(one, "model"))

    choose(one, "model", title)
    one.wait_text(shaken)
    assert "Mary's <b>letters</b> (best)" in one.page.locator("#hwr-details").inner_text()

    # Beside the old one: both texts, what differs, and the words that it broke.
    choose(one, "compared", "Built-in")
    card = one.page.locator(".hwr-comparison")
    card.wait_for()
    assert card.locator("dd").all_inner_texts()[::2] == [f"{shipped} ✓ right", "The morning train was late again."]
    assert card.locator("ins, del").count() > 0
    words = re.search(r"Words: (\d+) fixed, (\d+) broken\.", card.inner_text())
    assert words is not None
    assert int(words.group(2)) > int(words.group(1))
    assert "Mary's <b>letters</b> · best" in card.inner_text()

    # A line of a page, and the sums over all of them; the reading is the chosen checkpoint's, not the kept one.
    lines = [line.text for line in best.read(PAGE).lines]
    one.page.locator(".hwr-g-card[data-name=page]").click()
    one.page.wait_for_function("document.querySelector('.hwr-comparison')?.innerText.includes('Line 1 of 6')")
    one.page.locator(".hwr-p-box").nth(3).click()
    one.page.wait_for_function("document.querySelector('.hwr-comparison').innerText.includes('Line 4 of 6')")
    one.wait_text(lines[3])
    assert re.search(r"Whole page: \d of 6 lines differ", card.inner_text())

    # The Decode tab lists the texts of that checkpoint.
    one.page.get_by_role("tab", name="Decode").click()
    one.page.wait_for_function("t => document.querySelector('#hwr-n-best').innerText.includes(t)", arg=lines[3])

    # Back to the shipped one, with the same line before one's eyes.
    one.page.get_by_role("tab", name="Read").click()
    choose(one, "model", "Built-in")
    one.wait_text(Reader.from_pretrained(DEFAULT_MODEL).read(PAGE).lines[3].text)
    choose(one, "compared", "Nothing")
    card.wait_for(state="hidden")


def test_a_checkpoint_that_is_damaged_or_gone_is_told_and_the_reading_stays(visit, app_address, app_data, best):
    one = visit(app_address)
    one.example("clean", "The morning train")
    shipped = one.text()
    choose(one, "model", "damaged · best")
    toast = one.page.locator(".toast-body")
    toast.first.wait_for()
    assert "damaged (best)" in toast.first.inner_text()
    assert str(app_data) not in toast.first.inner_text()
    one.page.wait_for_function("document.querySelector('#hwr-model input').value === 'Built-in'")
    assert one.text() == shipped

    # A run that ends while the page is open is there when the menu is opened; one that is deleted is told.
    fresh = app_data / "runs" / "fresh"
    shutil.copytree(app_data / "runs" / "mary" / "checkpoints" / "best", fresh / "checkpoints" / "last")
    assert "fresh · last" in offered(one, "compared")
    choose(one, "model", "fresh · last")
    one.wait_text(best.read(CLEAN).text)
    shutil.rmtree(fresh)
    assert "run/fresh/last · no longer there" in offered(one, "model")
    one.page.locator(".hwr-g-card[data-name=photo]").click()
    one.page.locator(".toast-body", has_text="There is no checkpoint 'run/fresh/last'").wait_for()
    one.page.wait_for_function("document.querySelector('#hwr-model input').value === 'Built-in'")
    one.wait_text("milk")


def test_one_click_in_fine_tune_opens_the_new_checkpoint_compared_with_the_one_it_came_from(visit, app_address, best):
    one = visit(app_address)
    one.example("clean", "The morning train")
    one.page.get_by_role("tab", name="Fine-tune").click()
    one.page.locator("#hwr-t-open").click()
    one.wait_text(best.read(CLEAN).text)
    one.page.wait_for_selector(".hwr-comparison")
    assert one.page.get_by_role("tab", name="Read").get_attribute("aria-selected") == "true"
    assert menu(one, "model").input_value() == "Mary's <b>letters</b> · best"
    assert menu(one, "compared").input_value() == "Built-in"
    assert re.search(r"Words: \d+ fixed, \d+ broken", one.page.locator(".hwr-comparison").inner_text())


def test_menus_in_japanese_on_a_phone_at_night(visit, app_address):
    one = visit(app_address, locale="ja-JP", color_scheme="dark")
    one.page.set_viewport_size({"width": 390, "height": 844})
    assert offered(one, "compared")[:2] == ["比較しない", "内蔵"]
    choose(one, "compared", "</b> · 最良")
    one.page.wait_for_selector(".hwr-comparison")
    assert "単語: 改善" in one.page.locator(".hwr-comparison").inner_text()
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_endpoint_reads_with_a_listed_checkpoint_only(app_address, best):
    client = Client(app_address, verbose=False)
    image = handle_file(str(CLEAN))
    (read,) = client.predict(image=image, model="run/mary/best", api_name="/read")
    assert (read["text"], read["model"]) == (best.read(CLEAN).text, "Mary's <b>letters</b> (best)")
    listed = client.predict(image=image, n_best=4, lm="none", model="run/mary/best", api_name="/n_best")
    assert listed["greedy"] == read["text"]
    for wrong in (str(DEFAULT_MODEL), "run/mary/last", "../mary"):
        with pytest.raises(Exception, match="there are default, .*run/mary/best"):
            client.predict(image=image, model=wrong, api_name="/read")
