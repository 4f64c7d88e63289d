"""Correct and keep, as a visitor of the page does it."""

from __future__ import annotations

from typing import Any

import pytest
from drawn_pages import page_image, photo, thirty_lines

from hwr.examples.catalogue import EXAMPLES
from tests.browser.correcting import FACES, SHARE, correct

pytestmark = pytest.mark.browser


def wait_box(one: Any, text: str) -> Any:
    one.page.wait_for_function("t => document.querySelector('#hwr-keep textarea')?.value === t", arg=text)
    return one.page.locator("#hwr-keep textarea")


def wait_state(one: Any, piece: str) -> None:
    one.page.wait_for_function("t => document.querySelector('#hwr-keep')?.innerText.includes(t)", arg=piece)


def wait_count(one: Any, lines: int) -> None:
    wait_state(one, "1 line kept" if lines == 1 else f"{lines} lines kept")


def test_a_correction_is_kept_and_still_there_after_a_reload(visit, tmp_path):
    one = visit()
    wait_box(one, EXAMPLES[0].text)
    wait_state(one, "kept so far")
    before = int(one.page.locator("#hwr-keep .hwr-l-beside").inner_text().split()[0])
    one.upload(photo(tmp_path / "upload.png", "kept in a test"))
    box = wait_box(one, "hello from a test")
    wait_state(one, "not checked yet")
    box.fill("hello from the test")
    one.page.locator("#hwr-keep-writer input").fill("Ada")
    box.press("Enter")
    wait_state(one, "✓ Saved (version 1)")
    wait_count(one, before + 1)
    box.fill("hello from the tests")
    wait_state(one, "Changed since it was saved")
    box.press("Control+Enter")
    wait_state(one, "✓ Saved (version 2)")
    wait_count(one, before + 1)
    # The Enter that picks a word of an input method is not meant for us.
    box.fill("hello")
    box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    wait_state(one, "Changed since it was saved")

    one.page.reload()
    box = wait_box(one, "hello")  # typed before, and not kept
    wait_count(one, before + 1)
    box.press("Escape")
    wait_box(one, "hello from the tests")
    wait_state(one, "✓ Saved (version 2)")
    assert one.page.locator("#hwr-keep-writer input").input_value() == "Ada"
    box.fill("")
    one.page.locator("#hwr-keep .hwr-l-accept").click()
    wait_state(one, "Taken out")
    wait_count(one, before)
    wait_box(one, "hello from a test")
    box.fill("π")
    one.page.locator("#hwr-keep .hwr-l-accept").click()
    wait_state(one, "This model cannot write π yet")
    one.errors[:] = [error for error in one.errors if "AbortError" not in error and "Connection errored" not in error]


def test_the_box_follows_the_line_and_remembers_what_was_typed(visit):
    one = visit(locale="ja-JP", color_scheme="dark")
    one.page.set_viewport_size({"width": 390, "height": 844})
    one.page.locator(".hwr-g-card[data-name=page]").click()
    rows = one.page.locator("#hwr-page .hwr-p-text")
    rows.nth(5).wait_for()
    texts = rows.all_inner_texts()
    box = wait_box(one, texts[0])
    box.fill("a draft of mine")
    rows.nth(2).click()
    wait_box(one, texts[2])
    wait_state(one, "未確認")
    box.press("Enter")
    wait_box(one, texts[3])
    one.page.locator("#hwr-page li[data-grade=kept]").nth(0).wait_for()
    box.press("Shift+Enter")
    wait_box(one, texts[2])
    wait_state(one, "✓ 保存しました（第 1 版）")
    one.page.get_by_role("button", name="確定して次へ").click()
    wait_box(one, texts[3])
    assert one.page.evaluate("document.activeElement === document.querySelector('#hwr-keep textarea')")
    rows.last.click()
    wait_box(one, texts[-1])
    one.page.get_by_role("button", name="確定", exact=True).wait_for()  # there is no next one
    rows.nth(0).click()
    wait_box(one, "a draft of mine")
    wait_state(one, "入力は未保存です")
    rows.nth(2).click()
    wait_box(one, texts[2])
    wait_state(one, "保存しました（第 2 版）")
    # A click on a letter of the same line leaves alone what is being typed.
    box.fill("typed and not kept")
    wait_state(one, "保存後に変更されています")
    one.wait_text(texts[2])  # the letters are this line's, too
    one.page.locator(".hwr-v-chip").nth(2).click()
    one.page.wait_for_function("document.querySelector('#hwr-picked').innerText.includes('3 文字目')")
    assert box.input_value() == "typed and not kept"
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # Another image, and back: neither what was typed nor what was kept is gone.
    one.page.locator(".hwr-g-card[data-name=clean]").click()
    wait_box(one, "The morning train was late again.")
    one.page.locator(".hwr-g-card[data-name=page]").click()
    wait_box(one, "a draft of mine")
    rows.nth(2).click()
    wait_box(one, "typed and not kept")
    wait_state(one, "保存後に変更されています")
    box.press("Escape")
    wait_box(one, texts[2])
    wait_state(one, "保存しました（第 2 版）")


def test_thirty_lines_by_the_keys_of_annotate(visit, app_address, tmp_path, capsys):
    """The lines of `test_thirty_lines_by_keys_alone`, corrected here."""
    truths = thirty_lines()
    page_image(truths, size=44, width=1410, faces=FACES).save(tmp_path / "thirty-read.png")  # another page than there
    one = visit(app_address)
    one.upload(tmp_path / "thirty-read.png")
    rows = one.page.locator("#hwr-page .hwr-p-text")
    one.page.wait_for_function("n => document.querySelectorAll('#hwr-page .hwr-p-text').length === n", arg=len(truths))
    box, keys = wait_box(one, rows.nth(0).inner_text()), 0
    box.click()
    box.press("Home")
    for number, truth in enumerate(truths):
        wait_state(one, f"Line {number + 1} of {len(truths)}")
        one.page.locator("#hwr-keep .hwr-correct[data-waiting=false][data-doubts=known]").wait_for()
        keys += correct(one, "#hwr-keep", box.input_value(), truth)
        assert box.input_value() == truth
        one.page.keyboard.press("Enter")
        keys += 1
    one.page.wait_for_function(
        "n => document.querySelectorAll('#hwr-page [data-grade=kept]').length >= n", arg=len(truths)
    )
    with capsys.disabled():
        print(f"\n{keys} keystrokes for {sum(map(len, truths))} characters in Read")
    assert keys < SHARE * sum(map(len, truths))
