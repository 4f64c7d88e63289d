"""What a visitor sees and does on the Decode tab, in a real browser; the fake reader's lists, ranked anew by Python."""

from __future__ import annotations

from typing import Any

import pytest
from drawn_pages import photo
from fake_reader import FakeReader

from hwr.examples.catalogue import EXAMPLES
from hwr.examples.packing import LISTED, load_precomputed_lists
from hwr.language.rescoring import rank
from hwr.reading import Hypothesis, NBest

pytestmark = pytest.mark.browser

ATTACK = "<img src=x onerror=alert(1)> ${alert(2)} \\x3cb\\x3e {{value}}"


class Decode:
    """The Decode tab of one visitor."""

    def __init__(self, one: Any, tab: str = "Decode") -> None:
        self.page, self.one = one.page, one
        self.page.get_by_role("tab", name=tab).click()
        self.page.wait_for_selector(".hwr-d-row")

    def wait_greedy(self, piece: str) -> None:
        self.page.wait_for_function("t => document.querySelector('.hwr-d-greedy').innerText.includes(t)", arg=piece)

    def totals(self) -> list[float]:
        return self.page.evaluate("[...document.querySelectorAll('.hwr-d-row')].map(n => Number(n.dataset.total))")

    def order(self) -> list[int]:
        return self.page.evaluate("[...document.querySelectorAll('.hwr-d-row')].map(n => Number(n.dataset.index))")

    def drag(self, name: str, value: float) -> None:
        """As dragging does: the value changes, and the page hears of it."""
        self.page.locator(f".hwr-d-slider[data-part={name}] input[type=range]").evaluate(
            "(n, v) => { n.value = v; n.dispatchEvent(new Event('input', { bubbles: true })); }", value
        )

    def number(self, name: str) -> str:
        return self.page.locator(f".hwr-d-slider[data-part={name}] .hwr-d-number").input_value()

    def effect(self) -> str:
        return self.page.locator(".hwr-d-effect").inner_text()


@pytest.fixture(scope="module")
def confusable(visit_once) -> Decode:
    """The example whose greedy text has two wrong words; language mends the one."""
    one = visit_once()
    one.page.locator(".hwr-g-card[data-name=confusable]").click()
    one.wait_text("modem")
    decode = Decode(one)
    decode.wait_greedy("modem")
    return decode


@pytest.fixture
def example(confusable) -> Decode:
    """`confusable` with the weights that are measured best, no more rows than at first, nothing pointed at."""
    confusable.page.mouse.move(2, 2)
    confusable.page.locator("[data-does=reset]").click()
    if confusable.page.locator(".hwr-d-row").count() > 16:
        confusable.page.locator(".hwr-d-more").click()
    return confusable


@pytest.fixture
def kept(assets) -> NBest:
    lists = load_precomputed_lists("confusable", assets / "readings")
    assert lists is not None
    return lists[0]


def check_ranking(decode: Decode, hypotheses: list[Hypothesis], alpha: float, beta: float, gamma: float) -> None:
    ranked = rank(hypotheses, alpha, beta, gamma)
    shown = decode.order()
    ranked = ranked if len(shown) == len(ranked) else ranked[:16]  # the greedy and the closest text may stand below
    assert [hypotheses[index].text for index in shown[: len(ranked)]] == [h.text for h in ranked]
    assert decode.totals()[: len(ranked)] == pytest.approx([h.total for h in ranked], abs=1e-9)


def test_rows_marks_and_bars(example, kept):
    check_ranking(example, kept.hypotheses, 0.3, 1.5, 0.7)
    first = example.page.locator(".hwr-d-row").first
    assert first.locator(".hwr-d-text").inner_text() == "A modern burn in the corner of a cahn clearing."
    assert first.locator("ins.hwr-d-changed").inner_text() == "rn"
    assert first.locator(".hwr-d-badge").all_inner_texts() == ["chosen", "best in list"]
    assert "1 fixed, 0 broken" in example.effect()
    assert "4 → 2" in example.effect()
    best = kept.hypotheses[0]
    for place in (1, 5, 15):
        row = kept.hypotheses[place]
        bars = example.page.locator(".hwr-d-row").nth(place).locator(".hwr-d-bar i[data-part]")
        costs = dict(bars.evaluate_all("nodes => nodes.map(n => [n.dataset.part, Number(n.dataset.cost)])"))
        assert row.language is not None
        assert best.language is not None
        expected = {
            "image": best.visual - row.visual,
            "language": 0.3 * (best.language - row.language),
            "ngram": 0.7 * (best.ngram - row.ngram),
            "length": 1.5 * (best.length - row.length),
        }
        assert costs == pytest.approx({name: value for name, value in expected.items() if abs(value) > 1e-9})
        assert sum(costs.values()) == pytest.approx(best.total - row.total, abs=1e-3)
    example.page.locator(".hwr-d-row").nth(4).hover()
    row, values = kept.hypotheses[4], example.page.locator(".hwr-d-readout dd").all_inner_texts()
    numbers = [float(value.split("=")[-1].replace("−", "-")) for value in values]
    assert numbers[-1] == pytest.approx(row.total, abs=0.006)
    assert sum(numbers[:-1]) == pytest.approx(row.total, abs=0.03)
    for rows in (LISTED, 16):
        example.page.locator(".hwr-d-more").click()
        assert example.page.locator(".hwr-d-row").count() == rows


def test_dragging_ranks_anew_without_any_request(example, kept):
    example.page.locator(".hwr-d-more").click()
    before = -1
    while before != len(example.one.requests):  # what opening the tab has asked for
        before = len(example.one.requests)
        example.page.wait_for_timeout(700)
    orders = set()
    for alpha, beta, gamma in [(0, 0, 0), (0, 1.5, 0.7), (1.5, 4, 0), (0.07, -1, 1.5), (0.3, 1.5, 0.7)]:
        example.drag("alpha", alpha)
        example.drag("beta", beta)
        example.drag("gamma", gamma)
        check_ranking(example, kept.hypotheses, alpha, beta, gamma)
        orders.add(tuple(example.order()))
    assert len(orders) == 5
    example.page.wait_for_timeout(300)
    assert len(example.one.requests) == before
    slider = example.page.locator(".hwr-d-slider[data-part=alpha] input[type=range]")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    totals = example.totals()
    example.page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2)
    example.page.mouse.down()
    example.page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2, steps=8)
    example.page.mouse.up()
    assert float(example.number("alpha")) == pytest.approx(1.2, abs=0.06)
    assert example.totals() != totals


def test_weights_can_be_put_off_and_back_and_typed(example, kept):
    example.page.locator("[data-does=off]").click()
    assert [example.number(name) for name in ("alpha", "beta", "gamma")] == ["0", "0", "0"]
    assert "greedy text stands" in example.effect()
    chosen = example.page.locator(".hwr-d-row.hwr-chosen")
    assert chosen.locator(".hwr-d-badge").first.inner_text() == "chosen"
    assert chosen.locator(".hwr-d-text").inner_text() == example.page.locator(".hwr-d-greedy").inner_text()
    example.page.locator("[data-does=reset]").click()
    assert [example.number(name) for name in ("alpha", "beta", "gamma")] == ["0.3", "1.5", "0.7"]
    assert "1 fixed" in example.effect()
    field = example.page.locator(".hwr-d-slider[data-part=alpha] .hwr-d-number")
    field.fill("0.9")
    check_ranking(example, kept.hypotheses, 0.9, 1.5, 0.7)
    field.fill("much")
    assert "α must be a number, not “much”" in example.page.locator(".hwr-d-wrong").first.inner_text()
    check_ranking(example, kept.hypotheses, 0.9, 1.5, 0.7)
    field.fill("-1,5")
    assert example.page.locator(".hwr-d-wrong").first.inner_text() == ""
    check_ranking(example, kept.hypotheses, -1.5, 1.5, 0.7)
    greedy = example.page.locator(".hwr-d-row", has=example.page.get_by_text("greedy", exact=True))
    ranked = [h.text for h in rank(kept.hypotheses, -1.5, 1.5, 0.7)]
    assert greedy.locator(".hwr-d-rank").inner_text() == str(ranked.index(kept.greedy) + 1)


def test_a_row_is_set_on_the_image_by_click_and_by_key(example, kept):
    text = "document.querySelector('#hwr-decode-line .hwr-v-text').innerText"
    example.page.locator(".hwr-d-row").nth(3).click()
    example.page.wait_for_function(f"t => {text} === t", arg=kept.hypotheses[3].text)
    assert example.page.locator(".hwr-d-row.hwr-picked").get_attribute("data-index") == "3"
    example.page.mouse.move(2, 2)
    example.page.locator(".hwr-d-list").focus()
    for key in ("Home", "ArrowDown", "ArrowDown"):
        example.page.keyboard.press(key)
    assert kept.hypotheses[2].text in example.page.locator(".hwr-d-readout").inner_text()
    example.page.keyboard.press("Enter")
    example.page.wait_for_function(f"t => {text} === t", arg=kept.hypotheses[2].text)


def test_an_upload_has_no_truth_and_one_visitor(visit, tmp_path):
    one = visit()
    one.upload(photo(tmp_path / "upload.png"))
    one.wait_text("hello from a test")
    stranger = visit()
    assert EXAMPLES[0].text in Decode(stranger).page.locator(".hwr-d-greedy").inner_text()
    decode = Decode(one)
    decode.wait_greedy("hello")
    reading = FakeReader({"upload": ["hello from a test"]}).read(tmp_path / "upload.png").lines[0]
    expected = FakeReader().n_best(reading, LISTED, lm="default")
    check_ranking(decode, expected.hypotheses, 0.3, 1.5, 0.7)
    assert decode.page.locator(".hwr-d-truth").count() == 0
    decode.drag("beta", 4)
    decode.drag("gamma", 0)
    decode.drag("alpha", 0)
    assert "Language changes" in decode.effect()
    assert decode.page.locator(".hwr-d-is-best").count() == 0


def test_an_image_that_comes_in_while_the_tab_is_open(visit, tmp_path):
    one = visit()
    decode = Decode(one)
    decode.page.evaluate(
        """bytes => {
          const chosen = new DataTransfer();
          chosen.items.add(new File([new Uint8Array(bytes)], 'upload.png', { type: 'image/png' }));
          document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: chosen, bubbles: true }));
        }""",
        list(photo(tmp_path / "upload.png").read_bytes()),
    )
    decode.wait_greedy("hello from a test")


def test_after_a_reload_the_example_is_dimmed_until_the_upload_is_back(visit, tmp_path):
    one = visit()
    one.upload(photo(tmp_path / "upload.png", "back again"))
    one.wait_text("hello from a test")
    Decode(one).wait_greedy("hello from a test")
    one.page.add_init_script(
        """setInterval(() => {
          const list = document.querySelector('#hwr-n-best');
          if (list && !list.textContent.includes('hello') && getComputedStyle(list).opacity < 1) window.dimmed = true;
        }, 20);"""
    )
    one.page.reload()
    one.page.wait_for_selector(".hwr-d-row")
    Decode(one).wait_greedy("hello from a test")
    assert one.page.evaluate("window.dimmed")
    one.page.wait_for_function("getComputedStyle(document.querySelector('#hwr-n-best')).opacity === '1'")
    one.errors[:] = [error for error in one.errors if "AbortError" not in error and "Connection errored" not in error]


def test_lines_of_a_page(visit):
    one = visit()
    one.page.locator(".hwr-g-card[data-name=page]").click()
    one.page.locator(".hwr-p-box").nth(3).click()
    one.wait_text("sun comes in")
    decode = Decode(one)
    decode.wait_greedy("sun comes in")
    assert decode.page.locator(".hwr-d-lines li").count() == 6
    decode.page.locator(".hwr-d-lines li").nth(1).click()
    decode.wait_greedy("thank you")
    decode.page.wait_for_function(
        "document.querySelector('#hwr-decode-line .hwr-v-text').innerText.startsWith('thank you')"
    )
    # The line that was chosen here stays when nothing new was picked there.
    decode.page.get_by_role("tab", name="Read").click()
    again = Decode(one)
    assert "thank you" in again.page.locator(".hwr-d-greedy").inner_text()


def test_another_language_model_and_none(example, assets):
    example.page.locator("#hwr-lm").get_by_text("SmolLM2").click()
    example.page.wait_for_function(
        "document.querySelector('.hwr-d-slider[data-part=alpha] .hwr-d-number').value === '0.6'"
    )
    example.page.locator("#hwr-lm").get_by_text("None").click()
    example.page.wait_for_selector(".hwr-d-slider[data-part=alpha] input:disabled")
    assert example.page.locator(".hwr-d-problem").inner_text() == ""
    reader = FakeReader()
    reading = reader.read(assets / "examples" / "confusable.png").lines[0]
    check_ranking(example, reader.n_best(reading, LISTED).hypotheses, 0, 1, 0.7)
    example.page.locator("#hwr-lm").get_by_text("Built-in").click()
    example.page.wait_for_selector(".hwr-d-slider[data-part=alpha] input:enabled")
    assert example.number("alpha") == "0.3"


@pytest.mark.parametrize(
    ("locale", "scheme", "tab", "chosen", "other", "sentence"),
    [
        ("en-US", "dark", "Decode", "chosen", "Another", "There is no language model directory at 'no/<b>such'."),
        ("ja-JP", "light", "デコード", "採用", "その他", "言語モデルのディレクトリ 'no/<b>such' が見つかりません。"),
    ],
    ids=["en", "ja"],
)
def test_a_model_that_cannot_be_had_is_a_sentence_in_each_language(visit, locale, scheme, tab, chosen, other, sentence):
    decode = Decode(visit(locale=locale, color_scheme=scheme), tab)
    assert decode.page.locator(".hwr-d-is-chosen").inner_text() == chosen
    background = decode.page.evaluate("getComputedStyle(document.querySelector('#hwr-n-best')).backgroundColor")
    assert (sum(int(v) for v in background[4:-1].split(",")[:3]) > 380) == (scheme == "light")
    hidden = ".hwr-ja" if locale == "en-US" else ".hwr-en"
    assert decode.page.locator(f"{hidden}:visible").count() == 0
    assert "python -m hwr precompute" in decode.page.locator(".hwr-d-pre").inner_text()
    decode.page.locator("#hwr-lm").get_by_text(other).click()
    decode.page.locator("#hwr-lm-name input, #hwr-lm-name textarea").fill("no/<b>such")
    decode.page.locator("#hwr-lm-use").click()
    decode.page.wait_for_function("document.querySelector('.hwr-d-problem').innerText !== ''")
    assert sentence in decode.page.locator(".hwr-d-problem").inner_text()
    assert decode.page.locator(".hwr-d-row").count() == 16
    assert EXAMPLES[0].text in decode.page.locator(".hwr-d-greedy").inner_text()
    decode.page.locator("#hwr-lm-name input, #hwr-lm-name textarea").fill(" ")
    decode.page.locator("#hwr-lm-use").click()
    toast = decode.page.locator(".toast-body")
    toast.wait_for()
    assert ("Name a language model" if locale == "en-US" else "言語モデルの名前") in toast.inner_text()
    assert "Traceback" not in decode.page.content()


def test_hostile_text_is_only_text(visit, tmp_path):
    one = visit()
    one.upload(photo(tmp_path / "attack.png"))
    one.wait_text("onerror")
    decode = Decode(one)
    decode.wait_greedy("onerror")
    assert decode.page.locator(".hwr-d-greedy").inner_text() == ATTACK
    assert decode.page.locator(".hwr-decode img").count() == 1
    decode.page.locator(".hwr-d-row").nth(2).click()
    decode.page.wait_for_selector(".hwr-d-row.hwr-picked .hwr-d-jump")


def test_phone_has_no_sideways_page(visit):
    one = visit()
    one.page.set_viewport_size({"width": 390, "height": 844})
    one.page.locator(".hwr-g-card[data-name=long]").click()
    one.wait_text("We walked along")
    decode = Decode(one)
    decode.wait_greedy("We walked along")
    assert decode.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    decode.page.locator(".hwr-d-row").nth(1).click()
    assert "=" in decode.page.locator(".hwr-d-row").nth(1).locator(".hwr-d-inline").inner_text()
    assert decode.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_api_lists_texts_and_refuses_what_is_wrong(address, tmp_path):
    client_module = pytest.importorskip("gradio_client")
    client = client_module.Client(address, verbose=False)
    image = client_module.handle_file(str(photo(tmp_path / "upload.png")))
    result = client.predict(image=image, n_best=4, lm="default", api_name="/n_best")
    assert (result["greedy"], result["lm"], result["problem"]) == ("hello from a test", "default", "")
    assert len(result["hypotheses"]) == 4
    assert [h["total"] for h in result["hypotheses"]] == sorted(
        (h["total"] for h in result["hypotheses"]), reverse=True
    )
    assert set(result["hypotheses"][0]) == {"text", "ctc", "lm", "ngram", "length", "total"}
    first = result["hypotheses"][0]
    total = first["ctc"] + 0.3 * first["lm"] + 1.5 * first["length"] + 0.7 * first["ngram"]
    assert first["total"] == pytest.approx(total, abs=1e-3)
    assert (result["alpha"], result["beta"], result["gamma"]) == (0.3, 1.5, 0.7)
    assert client.predict(image=image, lm="none", api_name="/n_best")["lm"] is None
    for wrong in ({"n_best": 0}, {"n_best": 10**6}, {"lm": ""}):
        with pytest.raises(Exception, match="n_best must be|Name a language model"):
            client.predict(image=image, api_name="/n_best", **wrong)
    with pytest.raises(Exception, match="not an uploaded file"):
        client.predict(image={"path": "/etc/passwd"}, api_name="/n_best")
