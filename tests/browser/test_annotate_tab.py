"""What an annotator sees and does, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drawn_pages import TEXTS, page_image, thirty_lines
from rapidfuzz.distance import Levenshtein

from hwr.ui import annotate
from tests.browser.collections import opened, wait
from tests.browser.correcting import FACES, SHARE, correct

pytestmark = pytest.mark.browser


def box(one: Any, text: str | None = None) -> Any:
    found = one.page.locator(".hwr-loop textarea")
    if text is not None:
        wait(one, "text => document.querySelector('.hwr-loop textarea').value === text", text)
    return found


def wait_saved(one: Any, state: str = "saved") -> None:
    wait(one, "state => document.querySelector('.hwr-loop .hwr-correct').dataset.saved === state", state)


def note(folder: Path, size: int) -> Path:
    """A page of two lines; another size is another page."""
    page_image(TEXTS, width=size).save(folder / "note.png")
    return folder / "note.png"


def test_typed_texts_are_saved_and_found_again(visit, tmp_path):
    one = opened(visit, [note(tmp_path, 900)])
    one.page.locator(".hwr-a-page").click()
    field = box(one, TEXTS[0])
    field.click()
    field.press("End")
    field.type(" 12")  # digits are typed, whatever the alternatives
    assert field.input_value() == f"{TEXTS[0]} 12"
    wait_saved(one)
    # The Enter that ends an input method's composition is not meant for us.
    field.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    assert field.input_value() == f"{TEXTS[0]} 12"
    field.press("Enter")
    box(one, TEXTS[1])
    field.press("Control+z")  # nothing was typed here: the line before is taken back
    box(one, TEXTS[0])
    wait(one, "() => document.querySelector('.hwr-loop .hwr-l-saved').innerText.includes('note.png, line 1, says')")
    assert one.page.locator(".hwr-a-page small").inner_text() == "0 of 2 corrected"
    field.press("End")
    field.type(" 12")
    field.press("Enter")
    box(one, TEXTS[1])
    field.press("Shift+Enter")
    box(one, f"{TEXTS[0]} 12").press("Escape")
    box(one, f"{TEXTS[0]} 12")  # as it was when the line was opened again
    one.page.get_by_role("button", name="Train on this collection").click()
    one.page.locator("#hwr-t-data", has_text=f"{TEXTS[0]} 12").wait_for()
    for _ in range(2):  # the tab that another one has opened watches its runs, too
        one.page.wait_for_event("request", lambda request: request.url.endswith("/run/predict"))
    one.page.go_back()
    assert box(one).input_value() == f"{TEXTS[0]} 12"
    assert one.page.locator(".hwr-a-page small").inner_text() == "1 of 2 corrected"
    one.page.reload()
    one.page.locator(".hwr-loop[data-state=filled]").wait_for()
    box(one, f"{TEXTS[0]} 12")
    assert one.page.locator(".hwr-a-page small").inner_text() == "1 of 2 corrected"
    one.errors[:] = [error for error in one.errors if "AbortError" not in error and "Connection errored" not in error]


def test_of_two_annotators_nobody_loses_a_text(visit, tmp_path):
    one = opened(visit, [note(tmp_path, 910)])
    one.page.locator(".hwr-a-page").click()
    box(one, TEXTS[0])
    two = opened(visit)
    two.page.locator(".hwr-a-collections").select_option(
        index=-1 + two.page.locator(".hwr-a-collections option").count()
    )
    two.page.get_by_text("0 of 2 corrected").click()
    box(two, TEXTS[0]).fill("what the second says")
    wait_saved(two)
    box(one).fill("what the first says")
    told = one.page.locator(".hwr-loop .hwr-l-outdated li")
    told.wait_for()
    one.page.locator(".hwr-loop").get_by_role("button", name="Keep mine").click()
    told.wait_for(state="detached")
    wait_saved(one)
    one.page.locator(".hwr-loop").get_by_role("button", name="History").click()
    one.page.locator(".hwr-loop .hwr-l-history li").first.wait_for()
    assert one.page.locator(".hwr-loop .hwr-l-history li").count() == 3


def test_a_view_older_than_what_was_saved_here_does_not_replace_it(visit):
    saved = visit().page.evaluate(
        """async (code) => {
          const create = new Function('askPython', code + '; return createSaver;');
          const saver = create(async () => ({ text: 'typed', revision: 7 }))(() => {});
          const card = { id: 1, page: 1, text: 'read', revision: null };
          saver.know(card);
          saver.save(1, 'typed');
          await new Promise((next) => setTimeout(next));
          return [card, { ...card, text: 'of another', revision: 8 }, card].map((one) => saver.know(one).saved);
        }""",
        (Path(annotate.__file__).parent / "saving.js").read_text(encoding="utf-8"),
    )
    assert saved == ["typed", "of another", "of another"]


def test_deleting_is_undone_and_texts_are_searched(visit, tmp_path):
    one = opened(visit, [note(tmp_path, 920)], locale="ja-JP", color_scheme="dark")
    one.page.set_viewport_size({"width": 390, "height": 844})
    one.page.locator(".hwr-a-page").click()
    one.page.locator(".hwr-o-tools").get_by_role("button", name="削除").click()
    one.page.locator(".hwr-a-page").wait_for(state="detached")
    one.page.locator(".hwr-library").get_by_role("button", name="元に戻す").click()
    one.page.locator(".hwr-a-page").wait_for()
    one.page.locator(".hwr-a-search").fill("SECOND")
    one.page.locator(".hwr-a-found button").click()
    box(one, TEXTS[1])
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_thirty_lines_by_keys_alone(visit, app_address, tmp_path, capsys):
    truths = thirty_lines()
    page_image(truths, size=44, width=1400, faces=FACES).save(tmp_path / "thirty.png")
    one = opened(visit, [tmp_path / "thirty.png"], at=app_address)
    one.page.locator(".hwr-a-page").click()
    # The queue of the whole collection stands there until the page's own comes, which begins with the first line.
    one.page.locator(".hwr-l-orders button[aria-pressed=true]", has_text="This page in reading order").wait_for()
    field = box(one)
    field.click()
    field.press("Home")
    keys, readings = 0, []
    for number, truth in enumerate(truths):
        wait(one, "n => document.querySelector('.hwr-l-progress').innerText.includes(`line ${n} of`)", number + 1)
        one.page.locator(
            ".hwr-loop .hwr-correct[data-waiting=false][data-doubts=known]"
        ).wait_for()  # a person looks at the ink for longer
        readings.append(field.input_value())
        keys += correct(one, ".hwr-loop", readings[-1], truth)
        assert field.input_value() == truth, (number, readings[-1])
        one.page.keyboard.press("Enter")
        keys += 1
    wait(one, "() => document.querySelector('.hwr-a-page').dataset.state === 'corrected'")
    times = one.page.evaluate("performance.getEntriesByName('hwr-next-line').map((entry) => entry.duration)")
    characters = sum(map(len, truths))
    errors = sum(Levenshtein.distance(a, b) for a, b in zip(readings, truths, strict=True))
    with capsys.disabled():
        print(
            f"\n{keys} keystrokes for {characters} characters ({keys / characters:.0%}) at {errors / characters:.1%} errors; "
            f"next line p50 {np.median(times):.0f} ms of {len(times)}"
        )
    assert len(times) >= len(truths) - 1
    assert keys < SHARE * characters
