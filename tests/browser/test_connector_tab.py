"""What a visitor sees and does on the Connector tab: the shipped weights with connectors that know nothing, a real browser."""

from __future__ import annotations

import json
import re
import shutil
import sys
import urllib.request
from pathlib import Path

import pytest

from hwr.paths import ASSETS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HERE = Path(__file__).resolve().parent
TIMEOUT = 90_000
KEPT = ("clean", "page")


@pytest.fixture(scope="module")
def taught_assets(tmp_path_factory) -> Path:
    """The shipped examples and weights; fresh connectors beside them; one without connectors that takes every i for a j."""
    import torch

    from hwr.examples.catalogue import EXAMPLES
    from hwr.inspection.divergence import load_taught
    from hwr.language.config import ConnectorConfig
    from hwr.language.connector import Connectors, build_connector, embedding_size, feature_size
    from hwr.language.n_best import language_model
    from hwr.reader import Reader
    from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint
    from hwr.ui.connector.lines import precompute_divergences

    folder = tmp_path_factory.mktemp("taught")
    for name in ("examples", "readings"):
        shutil.copytree(ASSETS / name, folder / name)
    for stale in [*(folder / "readings").glob("*.divergence.json"), *(folder / "readings").glob("*.with*.npz")]:
        stale.unlink()
    checkpoint, lm = load_checkpoint(ASSETS / "default"), language_model("default")
    torch.manual_seed(0)
    configs = ConnectorConfig("qformer", "lstm1", queries=6, width=16), ConnectorConfig("aligned", "columns")
    sizes = {c.tap: feature_size(checkpoint.network, c.tap) for c in configs}
    modules = {c.tap: build_connector(c, sizes[c.tap], embedding_size(lm)).eval() for c in configs}
    connectors = Connectors.of(modules, lm, None, {"objective": "surrogate"})
    save_checkpoint(checkpoint, folder / "connector" / "with-connector", beside=connectors.save)
    with torch.no_grad():
        head, labels = checkpoint.network.head, checkpoint.charset.encode("ij").labels
        for values in (head.weight, head.bias):
            values[labels[1]] = values[labels[0]]
        head.bias[labels[1]] += 3
    save_checkpoint(checkpoint, folder / "connector" / "ctc-only")
    examples = [example for example in EXAMPLES if example.name in KEPT]
    taught = load_taught(folder / "connector" / "with-connector")
    alone = Reader.from_pretrained(folder / "connector" / "ctc-only")
    precompute_divergences(taught, alone, folder / "readings", folder / "examples", examples)
    return folder


@pytest.fixture(scope="module")
def taught_address(launch, taught_assets) -> str:
    return launch(
        [sys.executable, str(HERE / "serve_taught.py"), "{port}", "{data}", str(taught_assets)], HWR_DATA_DIR="{data}"
    )


def open_tab(one, name="Connector"):
    one.page.set_default_timeout(TIMEOUT)
    one.page.get_by_role("tab", name=name).click()
    one.page.locator("#hwr-k-viewer .hwr-k-bar").first.wait_for()


def wait_title(one, piece: str) -> None:
    one.page.wait_for_function("t => document.querySelector('.hwr-k-title h3').innerText.includes(t)", arg=piece)


def shown(token: str) -> str:
    return token.replace(" ", "\u2423")


def measured(one) -> None:
    one.page.wait_for_function("() => document.querySelector('#hwr-k-viewer .hwr-k-pre').innerText === ''")


def test_kl_under_the_ink_both_distributions_and_the_compared_checkpoint(visit, taught_address, taught_assets):
    one = visit(taught_address)
    one.example("clean", "The morning train")
    open_tab(one)
    page, viewer = one.page, one.page.locator("#hwr-k-viewer")
    kept = json.loads((taught_assets / "readings" / "clean.divergence.json").read_text())["lines"][0]["divergences"]
    assert "The true text" in viewer.inner_text()
    assert "Computed beforehand" in viewer.inner_text()
    assert "KL(reference || connector)" in viewer.inner_text()
    lanes = viewer.locator(".hwr-f-lane-kl")
    assert lanes.count() == 2
    assert f"mean {kept[0]['mean_kl']:.2f}" in lanes.nth(0).inner_text()
    # Every token under its ink; those past the six queries are marked as cut off.
    chips, bars = viewer.locator(".hwr-k-chip"), lanes.nth(1).locator(".hwr-k-bar")
    assert chips.count() == bars.count() == len(kept[1]["tokens"])
    for i in range(0, chips.count(), 2):
        chip, bar = chips.nth(i).bounding_box(), bars.nth(i).bounding_box()
        assert chip["x"] + chip["width"] / 2 == pytest.approx(bar["x"] + bar["width"] / 2, abs=1.5)
    image = viewer.locator(".hwr-f-lane-image img").bounding_box()
    view = [t["x0"] for t in kept[1]["tokens"]]
    ends = chips.first.bounding_box()["x"], chips.nth(chips.count() - 1).bounding_box()["x"]
    ruler = viewer.locator(".hwr-f-tick")
    ticks = [(float(t.inner_text()), t.bounding_box()["x"]) for t in (ruler.first, ruler.last)]
    per_pixel = (ticks[1][1] - ticks[0][1]) / (ticks[1][0] - ticks[0][0])
    assert ends[0] == pytest.approx(ticks[0][1] + (view[0] - ticks[0][0]) * per_pixel, abs=3)
    assert image["x"] <= ends[0] < ends[1] < image["x"] + image["width"]
    cut = kept[0]["cut"]
    assert cut > 0
    assert lanes.nth(0).locator(".hwr-k-cut").count() == cut
    assert f"{cut} token" in lanes.nth(0).inner_text()
    # A click on a bar: the two distributions and the terms are those that were kept.
    bars.nth(1).click()
    token = kept[1]["tokens"][1]
    wait_title(one, f"\u201c{shown(token['target'])}\u201d")
    names = viewer.locator(".hwr-k-mirror .hwr-k-left .hwr-k-name").all_inner_texts()
    assert len(names) >= len(token["reference"])
    assert names[0].rstrip("\u2713") == shown(token["reference"][0][0])
    assert viewer.locator(".hwr-k-mirror .hwr-k-is-true").count() == 2
    assert viewer.locator(".hwr-k-term:not(.hwr-k-rest, .hwr-k-sum)").count() == len(token["contributors"])
    signs = [t[1] < 0 for t in token["contributors"]]
    assert viewer.locator(".hwr-k-term[data-sign=minus]:not(.hwr-k-rest)").count() == sum(signs)
    assert viewer.locator(".hwr-k-sum").inner_text().split()[-1] == f"{token['kl']:.{3 if token['kl'] < 0.995 else 2}f}"
    # The last position, which is about the end of the line, can be left out: another mean, one number less.
    mean, ends = lanes.nth(1).locator(".hwr-k-mean"), lanes.nth(1).locator(".hwr-k-bar i")
    said, count = mean.inner_text(), ends.count()
    viewer.locator(".hwr-k-inside").click()
    assert (mean.inner_text() != said, ends.count()) == (True, count - 1)
    viewer.locator(".hwr-k-inside").click()
    assert (mean.inner_text(), ends.count()) == (said, count)
    # Arrow keys walk tokens and connectors.
    viewer.locator(".hwr-f-lanes").focus()
    page.keyboard.press("ArrowRight")
    wait_title(one, f"At \u201c{shown(kept[1]['tokens'][2]['token'])}\u201d")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    wait_title(one, f"At \u201c{shown(kept[0]['tokens'][0]['token'])}\u201d")
    assert "for qformer at lstm1" in viewer.inner_text()
    rows = viewer.locator(".hwr-k-spoken tr")
    assert rows.count() == 4
    spoken = rows.nth(1).locator("td").all_inner_texts()
    assert len(spoken) == len(kept[0]["spoken"])  # no column for the end, which lies past the six queries
    assert "".join(spoken).replace("\u2423", " ").strip() == kept[0]["texts"]["ctc"]
    # The other checkpoint misreads; the switch draws its line.
    comparison = page.locator("#hwr-k-comparison")
    assert comparison.locator("dd[data-side=with] ins, dd[data-side=with] del").count() == 0
    assert comparison.locator("dd[data-side=without] ins").count() > 0
    assert "character errors: 0" in comparison.inner_text()
    page.locator("#hwr-k-side").get_by_label("Without").check()
    page.wait_for_function("document.querySelector('#hwr-k-line .hwr-v-text').innerText.includes('j')")
    # Anew, by the model itself: the same numbers; then another text, and a bad one.
    before = lanes.nth(0).inner_text()
    page.locator("#hwr-k-measure").click()
    measured(one)
    assert lanes.nth(0).inner_text() == before
    said = page.locator("#hwr-k-said :is(input, textarea)")
    said.fill("The morning train")
    said.press("Enter")
    viewer.get_by_text("The text that you typed").wait_for()
    assert chips.count() < len(kept[1]["tokens"])
    said.fill("")
    page.locator("#hwr-k-measure").click()
    page.locator("#hwr-k-message [role=alert]", has_text="There is no text to compare with").wait_for()
    said.fill("The \u4e2d <b>")
    page.locator("#hwr-k-measure").click()
    page.locator("#hwr-k-message [role=alert]", has_text="charset does not have").wait_for()
    # One connector less.
    said.fill("The morning train was late again.")
    page.locator("#hwr-k-measure").click()
    viewer.get_by_text("The true text").wait_for()
    page.locator("#hwr-k-taps").get_by_label(re.compile("qformer")).uncheck()
    page.wait_for_function("document.querySelectorAll('#hwr-k-viewer .hwr-f-lane-kl').length === 1")


def test_a_line_of_a_page_in_japanese_on_a_phone_at_night(visit, taught_address):
    one = visit(taught_address, locale="ja-JP", color_scheme="dark")
    one.page.set_default_timeout(TIMEOUT)
    one.page.locator(".hwr-g-card[data-name=page]").click()
    one.page.wait_for_selector(".hwr-p-lines li")
    one.page.locator(".hwr-p-box").nth(2).click()
    one.page.wait_for_function("document.querySelector('#hwr-line .hwr-v-text').innerText.includes('kitchen')")
    open_tab(one, "\u30b3\u30cd\u30af\u30bf")
    one.page.wait_for_function(
        "document.querySelector('#hwr-k-viewer').innerText.includes('6 \u884c\u4e2d 3 \u884c\u76ee')"
    )
    assert "\u6b63\u89e3\u306e\u6587" in one.page.locator("#hwr-k-viewer").inner_text()
    assert "kitchen" in one.page.locator("#hwr-k-viewer .hwr-k-text").inner_text()
    one.page.set_viewport_size({"width": 390, "height": 844})
    assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # Nothing was kept of this one: it is measured.
    one.page.set_viewport_size({"width": 1400, "height": 1000})
    one.page.get_by_role("tab", name="\u8aad\u307f\u53d6\u308a").click()
    one.page.locator(".hwr-g-card[data-name=photo]").click()
    one.page.wait_for_function("!document.querySelector('#hwr-line .hwr-v-text').innerText.includes('kitchen')")
    open_tab(one, "\u30b3\u30cd\u30af\u30bf")
    one.page.wait_for_function("!document.querySelector('#hwr-k-viewer .hwr-k-text').innerText.includes('kitchen')")
    measured(one)


def test_a_program_asks(taught_address):
    from gradio_client import Client, handle_file

    client = Client(taught_address, verbose=False)
    image = handle_file(str(ASSETS / "examples" / "clean.png"))
    found = client.predict(image=image, text="The morning train was late again.", tap="columns", api_name="/divergence")
    assert (found["tap"], found["direction"], found["text_from"]) == ("columns", "KL(reference || connector)", "given")
    assert found["mean_kl"] == pytest.approx(sum(t["kl"] for t in found["tokens"]) / len(found["tokens"]), abs=1e-3)
    assert client.predict(image=image, api_name="/divergence")["text_from"] == "reading"
    with pytest.raises(Exception, match="no connector at 'lstm9'"):
        client.predict(image=image, tap="lstm9", api_name="/divergence")
    with urllib.request.urlopen(taught_address + "gradio_api/info") as answer:
        described = json.load(answer)["named_endpoints"]["/divergence"]
    assert [p["parameter_name"] for p in described["parameters"]] == ["image", "text", "model", "tap", "line", "top_k"]
