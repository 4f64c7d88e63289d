"""What a visitor sees and does on the Read tab, in a real browser."""

from __future__ import annotations

import json
from typing import Any

import pytest
from drawn_pages import photo
from PIL import Image

from hwr.examples.catalogue import EXAMPLES

pytestmark = pytest.mark.browser

FIRST = EXAMPLES[0].text
ATTACK = "<img src=x onerror=alert(1)> ${alert(2)} \\x3cb\\x3e {{value}}"


@pytest.fixture(scope="module")
def at_rest(visit_once) -> Any:
    """One page for the tests that look at the first example and leave it as it was."""
    return visit_once()


@pytest.fixture
def example(at_rest) -> Any:
    """The first example with nothing picked and nothing pointed at."""
    one = at_rest
    if one.text() != FIRST:
        one.example(EXAMPLES[0].name, FIRST)
    one.page.mouse.move(2, 2)
    one.page.locator(".hwr-v-lanes").focus()
    one.page.keyboard.press("Escape")
    one.page.wait_for_function("!document.querySelector('#hwr-picked').innerText.includes('character')")
    return one


def test_while_the_model_loads_readings_are_there_and_a_photo_waits_with_a_word(visit, launch, assets, tmp_path):
    held = tmp_path / "held"
    held.touch()
    one = visit(launch.fake(assets, held))
    assert one.text() == FIRST
    assert "python -m hwr precompute" in one.page.locator(".hwr-v-meta").inner_text()
    one.page.wait_for_selector('.hwr-status[data-state="loading"]')
    # Examples need no model either.
    one.example("photo", "milk, two lemons")
    one.upload(photo(tmp_path / "upload.png"))
    one.page.wait_for_selector("#hwr-message .hwr-notice")
    assert "still loading" in one.page.locator("#hwr-message").inner_text()
    held.unlink()
    one.wait_text("hello from a test")
    one.page.wait_for_selector("#hwr-message .hwr-notice", state="hidden")


def test_an_image_is_read_however_it_comes_in(visit, tmp_path):
    one, path = visit(), photo(tmp_path / "upload.png")
    one.upload(path)
    one.wait_text("hello from a test")
    one.page.wait_for_function("document.querySelector('#hwr-text textarea').value === 'hello from a test'")
    assert one.page.locator(".hwr-g-card.hwr-picked").count() == 0
    one.example("clean", "The morning train")
    with Image.open(path) as image:  # which a browser cannot show
        image.save(tmp_path / "upload.tiff")
    other = one.page.locator("#hwr-other").locator("xpath=preceding-sibling::input")
    other.set_input_files(str(tmp_path / "upload.tiff"))
    one.wait_text("hello from a test")
    one.example("clean", "The morning train")
    one.page.evaluate(
        """bytes => {
          const chosen = new DataTransfer();
          chosen.items.add(new File([new Uint8Array(bytes)], 'upload.png', { type: 'image/png' }));
          document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: chosen, bubbles: true }));
        }""",
        list(path.read_bytes()),
    )
    one.wait_text("hello from a test")


def test_the_last_choice_wins(visit, tmp_path):
    """Whatever was asked while a slow image is read: text, list and thumbnail are the last one's in the end."""
    one, message = visit(), "#hwr-message .hwr-notice"
    for between in (200, 1200):
        one.upload(photo(tmp_path / "slow.png", "the first of two"))
        one.page.wait_for_selector(message)
        one.page.wait_for_timeout(between)
        one.upload(photo(tmp_path / "upload.png"))
        one.wait_text("hello from a test")
        one.page.wait_for_timeout(3500)
        assert one.text() == one.page.locator("#hwr-text textarea").input_value() == "hello from a test"
        assert "upload" in one.page.locator("#hwr-photo img").first.get_attribute("src")
        one.example("clean", "The morning train")
    one.upload(photo(tmp_path / "slow.png", "the first of two"))
    one.page.wait_for_selector(message)
    one.example("photo", "milk, two lemons")
    one.page.wait_for_timeout(4000)
    assert "milk, two lemons" in one.text()
    assert one.page.locator(message).count() == 0


def test_what_is_no_image_is_a_sentence_at_every_upload_and_the_result_stays(visit, tmp_path):
    """The second upload of a session, too, is opened by the reader alone: what is no image is told, not decoded."""
    one, stays = visit(), FIRST
    for number in range(3):
        bad = tmp_path / f"notes{number}.png"
        bad.write_bytes(b"this is no image")
        one.upload(bad)
        one.page.locator(".toast-body", has_text=f"notes{number} is not an image").wait_for()
        assert "Traceback" not in one.page.content()
        assert one.text() == stays
        if number == 0:
            one.upload(photo(tmp_path / "upload.png"))
            one.wait_text("hello from a test")
            stays = "hello from a test"


def test_arrow_keys_walk_the_characters(example):
    one = example
    viewer, lanes = one.page.locator(".hwr-viewer"), one.page.locator(".hwr-v-lanes")
    lanes.focus()
    last = len(FIRST) - 1
    for key, character in [
        ("ArrowRight", 0),
        ("ArrowRight", 1),
        ("End", last),
        ("ArrowRight", last),
        ("ArrowLeft", last - 1),
        ("Home", 0),
    ]:
        one.page.keyboard.press(key)
        assert viewer.get_attribute("data-character") == str(character)
        assert one.page.locator(".hwr-v-chip[aria-selected=true]").count() == 1
        assert lanes.get_attribute("aria-activedescendant") == one.page.locator(".hwr-v-chip.hwr-picked").get_attribute(
            "id"
        )
    one.page.keyboard.press("Escape")
    assert viewer.get_attribute("data-character") == "-1"
    assert one.page.locator(".hwr-picked:not(.hwr-g-card)").count() == 0


def test_a_click_lights_up_everywhere_and_tells_python(example):
    one = example
    one.page.locator(".hwr-v-chip").nth(4).click()
    assert one.page.locator(".hwr-v-char.hwr-picked").inner_text() == FIRST[4]
    assert one.page.locator(".hwr-v-class.hwr-on").first.inner_text() == FIRST[4]
    assert one.page.locator(".hwr-v-tile").inner_text() == FIRST[4]
    assert one.page.locator(".hwr-v-five li").count() == 5
    one.page.wait_for_function(
        "t => document.querySelector('#hwr-picked').innerText.includes(t)", arg=f"character 5 of {len(FIRST)}"
    )
    one.page.keyboard.press("Escape")
    one.page.wait_for_function("!document.querySelector('#hwr-picked').innerText.includes('character')")


def test_pointing_at_a_frame_shows_its_classes(example):
    one = example
    one.page.locator(".hwr-f-lane-heat").scroll_into_view_if_needed()
    chip = one.page.locator(".hwr-v-chip").nth(8).bounding_box()
    heat = one.page.locator(".hwr-f-lane-heat").bounding_box()
    one.page.mouse.move(chip["x"] + chip["width"] / 2, heat["y"] + 20)
    assert one.page.locator(".hwr-v-chip.hwr-on").count() == 1
    assert (
        one.page.locator(".hwr-v-five .hwr-v-name").first.inner_text() == one.page.locator(".hwr-v-tile").inner_text()
    )
    one.page.mouse.move(2, 2)
    one.page.wait_for_selector(".hwr-v-hint")


def test_chips_stand_under_their_ink(example):
    """Chip, posterior and ruler agree on the pixel of the upload."""
    one = example
    worst = one.page.evaluate(
        """() => {
          const track = document.querySelector('.hwr-f-lane-chips .hwr-f-track').getBoundingClientRect();
          const canvas = document.querySelector('.hwr-f-lane-heat canvas').getBoundingClientRect();
          const image = document.querySelector('.hwr-f-lane-image img').getBoundingClientRect();
          return [Math.abs(track.left - image.left), Math.abs(track.width - image.width), canvas.width / 140];
        }"""
    )
    assert worst[0] < 0.6
    assert worst[1] < 0.6
    assert worst[2] >= 4


def test_lines_of_a_page_can_be_picked(example):
    one = example
    one.page.locator(".hwr-g-card[data-name=page]").click()
    one.page.wait_for_selector(".hwr-p-lines li")
    assert one.page.locator(".hwr-p-lines li").count() == one.page.locator(".hwr-p-box").count() == 6
    one.page.locator(".hwr-p-box").nth(3).click()
    one.wait_text("sun comes in before noon")
    one.page.locator(".hwr-p-lines").press("ArrowDown")
    one.wait_text("only moved them twice")
    one.example("clean", "The morning train")
    assert one.page.locator(".hwr-page").is_hidden()


def test_hostile_text_is_only_text(visit, tmp_path):
    one = visit()
    one.upload(photo(tmp_path / "attack.png"))
    one.wait_text("onerror")
    assert one.text() == ATTACK
    assert one.page.locator(".hwr-viewer img").count() == 1
    for index in (0, 1, 20):
        one.page.locator(".hwr-v-chip").nth(index).click()
    one.page.wait_for_function("document.querySelector('#hwr-picked').innerText.includes('character 21')")


@pytest.mark.parametrize(  # the other two pairs on the Decode tab
    ("locale", "tab", "word", "scheme"),
    [("en-US", "Read", "Characters", "light"), ("ja-JP", "読み取り", "文字", "dark")],
    ids=["en", "ja"],
)
def test_languages_and_themes(visit, locale, tab, word, scheme):
    one = visit(locale=locale, color_scheme=scheme)
    one.page.get_by_role("tab", name=tab).wait_for()
    assert one.page.locator(".hwr-viewer .hwr-f-lane-chips .hwr-f-gutter").inner_text() == word
    one.page.wait_for_function("d => document.body.classList.contains('dark') === d", arg=scheme == "dark")
    background = one.page.evaluate("getComputedStyle(document.querySelector('#hwr-line')).backgroundColor")
    light = sum(int(v) for v in background[4:-1].split(",")[:3]) > 380
    assert light == (scheme == "light")
    hidden = ".hwr-ja" if locale == "en-US" else ".hwr-en"
    assert one.page.locator(f"{hidden}:visible").count() == 0


def test_phone_has_no_sideways_page_and_wide_frames(visit):
    one = visit()
    one.page.set_viewport_size({"width": 390, "height": 844})
    one.page.locator(".hwr-g-card[data-name=long]").click()
    one.wait_text("We walked along")
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    scroller = one.page.evaluate(
        "(() => { const s = document.querySelector('#hwr-line .hwr-f-scroller'); return [s.scrollWidth, s.clientWidth]; })()"
    )
    assert scroller[0] > 4 * scroller[1]
    one.page.locator(".hwr-v-lanes").focus()
    one.page.keyboard.press("End")
    one.page.wait_for_function("document.querySelector('#hwr-line .hwr-f-scroller').scrollLeft > 1000")


def test_visitors_do_not_see_each_other(visit, example, tmp_path):
    one = visit()
    one.upload(photo(tmp_path / "upload.png"))
    one.wait_text("hello from a test")
    assert example.text() == FIRST


def test_only_the_api_is_public(address):
    import urllib.request

    with urllib.request.urlopen(f"{address}gradio_api/info") as answer:
        assert set(json.load(answer)["named_endpoints"]) == {
            *("/read", "/n_best", "/divergence", "/runs"),
            *("/collections", "/pages", "/queue", "/keep_line"),
        }


def test_api_reads_a_file_and_refuses_a_path(address, tmp_path):
    client_module = pytest.importorskip("gradio_client")
    client = client_module.Client(address, verbose=False)
    result = client.predict(
        image=client_module.handle_file(str(photo(tmp_path / "upload.png"))), lines="auto", api_name="/read"
    )
    assert len(result) == 1
    assert result[0]["text"] == "hello from a test"
    assert set(result[0]["characters"][0]) == {"text", "x0", "x1", "confidence"}
    with pytest.raises(Exception, match="not an uploaded file"):
        client.predict(image={"path": "/etc/passwd"}, lines="auto", api_name="/read")
