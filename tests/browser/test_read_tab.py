"""What a visitor sees and does on the Read tab, in a real browser."""

from __future__ import annotations

import json

import pytest
from drawn_pages import photo  # pyright: ignore[reportMissingImports]
from PIL import Image

from hwr.examples.catalogue import EXAMPLES

pytestmark = pytest.mark.browser

FIRST = EXAMPLES[0].text
ATTACK = "<img src=x onerror=alert(1)> ${alert(2)} \\x3cb\\x3e {{value}}"


def test_the_first_reading_is_there_before_the_model(visit, serve):
    one = visit(serve(30.0))
    assert one.text() == FIRST
    assert "python -m hwr precompute" in one.page.locator(".hwr-v-meta").inner_text()
    one.page.wait_for_selector('.hwr-status[data-state="loading"]')
    # Examples need no model either.
    one.page.locator(".hwr-g-card[data-name=photo]").click()
    one.wait_text("milk, two lemons")


def test_a_photo_sent_while_the_model_loads_waits_with_a_word(visit, serve, tmp_path):
    one = visit(serve(12.0))
    one.upload(photo(tmp_path / "upload.png"))
    one.page.wait_for_selector("#hwr-message .hwr-notice")
    assert "still loading" in one.page.locator("#hwr-message").inner_text()
    one.wait_text("hello from a test")
    one.page.wait_for_selector("#hwr-message .hwr-notice", state="hidden")


def test_upload_is_read(visit, tmp_path):
    one = visit()
    one.upload(photo(tmp_path / "upload.png"))
    one.wait_text("hello from a test")
    assert one.page.locator("#hwr-text textarea").input_value() == "hello from a test"
    assert one.page.locator(".hwr-g-card.hwr-picked").count() == 0


@pytest.mark.parametrize("between", [0.2, 1.2])
def test_the_last_upload_wins(visit, tmp_path, between):
    """Whatever was asked while a slow image is read: text, list and thumbnail are the last one's in the end."""
    one = visit()
    one.upload(photo(tmp_path / "slow.png", "the first of two"))
    one.page.wait_for_selector("#hwr-message .hwr-notice")
    one.page.wait_for_timeout(1000 * between)
    one.upload(photo(tmp_path / "upload.png"))
    one.wait_text("hello from a test")
    one.page.wait_for_timeout(3500)
    assert one.text() == one.page.locator("#hwr-text textarea").input_value() == "hello from a test"
    assert "upload" in one.page.locator("#hwr-photo img").first.get_attribute("src")


def test_an_example_chosen_while_an_image_is_read_stays(visit, tmp_path):
    one = visit()
    one.upload(photo(tmp_path / "slow.png", "the first of two"))
    one.page.wait_for_selector("#hwr-message .hwr-notice")
    one.page.locator(".hwr-g-card[data-name=photo]").click()
    one.wait_text("milk, two lemons")
    one.page.wait_for_timeout(4000)
    assert "milk, two lemons" in one.text()
    assert one.page.locator("#hwr-message .hwr-notice").count() == 0


def test_files_are_handed_over_as_they_are_at_every_upload(visit, tmp_path):
    """The second upload of a session, too, is opened by the reader alone: what is no image is told, not decoded."""
    one = visit()
    one.upload(photo(tmp_path / "upload.png"))
    one.wait_text("hello from a test")
    for number in range(2):
        bad = tmp_path / f"notes{number}.png"
        bad.write_bytes(b"this is no image")
        one.upload(bad)
        one.page.locator(".toast-body", has_text=f"notes{number} is not an image").wait_for()
        assert one.text() == "hello from a test"


def test_other_formats_are_read(visit, tmp_path):
    one = visit()
    with Image.open(photo(tmp_path / "a.png")) as image:
        image.save(tmp_path / "upload.tiff")
    one.page.locator("#hwr-other").locator("xpath=preceding-sibling::input").set_input_files(
        str(tmp_path / "upload.tiff")
    )
    one.wait_text("hello from a test")


def test_pasted_image_is_read(visit, tmp_path):
    one = visit()
    data = list(photo(tmp_path / "upload.png").read_bytes())
    one.page.evaluate(
        """bytes => {
          const chosen = new DataTransfer();
          chosen.items.add(new File([new Uint8Array(bytes)], 'upload.png', { type: 'image/png' }));
          document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: chosen, bubbles: true }));
        }""",
        data,
    )
    one.wait_text("hello from a test")


def test_arrow_keys_walk_the_characters(visit):
    one = visit()
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


def test_a_click_lights_up_everywhere_and_tells_python(visit):
    one = visit()
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


def test_pointing_at_a_frame_shows_its_classes(visit):
    one = visit()
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


def test_chips_stand_under_their_ink(visit):
    """Chip, posterior and ruler agree on the pixel of the upload."""
    one = visit()
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


def test_lines_of_a_page_can_be_picked(visit):
    one = visit()
    one.page.locator(".hwr-g-card[data-name=page]").click()
    one.page.wait_for_selector(".hwr-p-lines li")
    assert one.page.locator(".hwr-p-lines li").count() == one.page.locator(".hwr-p-box").count() == 6
    one.page.locator(".hwr-p-box").nth(3).click()
    one.wait_text("sun comes in before noon")
    one.page.locator(".hwr-p-lines").press("ArrowDown")
    one.wait_text("only moved them twice")
    one.page.locator(".hwr-g-card[data-name=clean]").click()
    one.wait_text("The morning train")
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


def test_a_bad_file_becomes_a_sentence_and_the_result_stays(visit, tmp_path):
    one = visit()
    bad = tmp_path / "notes.png"
    bad.write_bytes(b"this is no image")
    one.upload(bad)
    toast = one.page.locator(".toast-body")
    toast.wait_for()
    assert "notes is not an image" in toast.inner_text()
    assert "Traceback" not in one.page.content()
    assert one.text() == FIRST
    one.upload(photo(tmp_path / "upload.png"))
    one.wait_text("hello from a test")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("locale", "tab", "word"), [("en-US", "Read", "Characters"), ("ja-JP", "読み取り", "文字")])
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


def test_language_and_theme_can_be_chosen_and_are_kept(visit):
    one = visit(locale="en-US", color_scheme="light")
    one.page.get_by_role("button", name="日本語").click()
    one.page.get_by_role("tab", name="読み取り").wait_for()
    one.page.wait_for_selector(".hwr-v-chip")
    one.page.locator("button[data-theme]").click()
    assert one.page.evaluate("document.body.classList.contains('dark')")
    one.page.reload()
    one.page.wait_for_selector(".hwr-v-chip")
    one.page.wait_for_function("document.body.classList.contains('dark')")
    assert one.page.locator(".hwr-viewer .hwr-f-lane-chips .hwr-f-gutter").inner_text() == "文字"
    # A reload cuts Gradio's event stream, which it reports; that is no fault of the page.
    one.errors[:] = [e for e in one.errors if "AbortError" not in e and "Connection errored out" not in e]


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


def test_visitors_do_not_see_each_other(visit, tmp_path):
    one, other = visit(), visit()
    one.upload(photo(tmp_path / "upload.png"))
    one.wait_text("hello from a test")
    assert other.text() == FIRST


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
