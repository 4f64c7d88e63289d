"""From photos to a checkpoint of one's own: readings are corrected and kept, learned from, and the result compared with the old one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

from hwr.paths import DEFAULT_MODEL
from hwr.training.config import TrainConfig
from hwr.training.run.directory import list_runs
from hwr.training.run.launch import discard

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
SLOW = 120_000  # ms: torch is imported by a process of its own, on a machine that may be busy
# The box holds the reading of line n, which is not kept yet; so many lines are kept.
SHOWN = """n => document.querySelector('#hwr-keep').innerText.includes('not checked yet')
  && document.querySelectorAll('#hwr-page .hwr-p-text')[n].innerText
     === document.querySelector('#hwr-keep textarea').value"""
KEPT = "t => document.querySelector('#hwr-keep').innerText.includes(t)"
PAGES = (
    ("Ada", ("the garden gate is open", "we left before the rain", "seven letters for you")),
    ("Ada", ("bring the bread and salt", "nobody saw the boat", "it was late in the year")),
    ("Bo", ("the lamp is on the table", "three birds on a wire")),
)


@pytest.fixture
def server(launch, tmp_path):
    data = tmp_path / "data"
    yield launch.app(data)
    for run in list_runs(data / "runs"):
        discard(run)


@pytest.fixture
def yaml_file(tmp_path) -> Path:
    """Steps of milliseconds, more of them than anybody waits for."""
    config = TrainConfig(
        init=str(DEFAULT_MODEL), steps=10**6, batch_size=2, log_every=1, validate_every=2, warmup=1, augment=False
    )
    config.save(tmp_path / "short.yaml")
    return tmp_path / "short.yaml"


def photo(path: Path, lines: tuple[str, ...]) -> Path:
    font = ImageFont.truetype(str(ROOT / "assets" / "fonts" / "caveat.ttf"), 64)
    image = Image.new("RGB", (900, 120 * len(lines) + 80), (250, 246, 236))
    for n, line in enumerate(lines):
        ImageDraw.Draw(image).text((60, 50 + 120 * n), line, font=font, fill=(20, 24, 60))
    image.save(path)
    return path


def keep_page(one: Any, path: Path, writer: str, lines: tuple[str, ...], before: int) -> None:
    """Upload a page and put every line of it right."""
    page, box = one.page, one.page.locator("#hwr-keep textarea")
    one.upload(path)
    page.wait_for_function("n => document.querySelectorAll('#hwr-page .hwr-p-text').length === n", arg=len(lines))
    for n, line in enumerate(lines):
        page.wait_for_function(SHOWN, arg=n)
        page.locator("#hwr-keep-writer input").fill(writer)
        box.fill(line)
        box.press("Enter")  # which goes on to the next line
        page.wait_for_function(KEPT, arg=f"{before + n + 1} line")


def test_corrected_lines_become_a_checkpoint_compared_with_the_old_one(visit, server, yaml_file, tmp_path):
    one = visit(server)
    page = one.page
    page.set_default_timeout(SLOW)
    kept = 0
    for n, (writer, lines) in enumerate(PAGES):
        keep_page(one, photo(tmp_path / f"page{n}.png", lines), writer, lines, kept)
        kept += len(lines)

    page.get_by_role("tab", name="Fine-tune").click()
    page.locator("#hwr-t-data").get_by_text(f"{kept} lines have been corrected and kept").wait_for()
    with page.expect_file_chooser() as chooser:
        page.locator("#hwr-t-load").click()
    chooser.value.set_files(str(yaml_file))
    page.wait_for_function("document.querySelector('#hwr-t-command').innerText.includes('steps: 1000000')")

    # One of two hands, and nothing pressed but Start: her lines are made ready, said, and learned from.
    page.locator("#hwr-t-whose input").click()
    page.get_by_role("option", name="Ada · 6").click()
    page.locator("#hwr-t-start").click()
    page.wait_for_selector(".hwr-now[data-state=running]")
    told = page.locator("#hwr-t-data").inner_text()
    assert "Ada 6" in told
    assert "Bo" not in told
    assert "the garden gate is open" in told
    page.locator(".hwr-estimate dd").first.wait_for()
    assert "kept-Ada" in page.locator("#hwr-t-command").inner_text()
    page.locator(".hwr-c-chart[data-panel=loss] .hwr-c-line path").first.wait_for(state="attached")
    page.locator(".hwr-r-list").get_by_text("done about").wait_for()
    page.locator(".hwr-samples .hwr-s-truth").first.wait_for()

    page.locator("#hwr-t-stop").click()
    page.wait_for_selector(".hwr-now[data-state=stopped]")
    (run,) = list_runs(tmp_path / "data" / "runs")
    page.locator("#hwr-t-open").click()
    page.locator("#hwr-comparison").get_by_text("read by both models").wait_for()
    assert page.locator("#hwr-model input").input_value() == f"{run.title} · best"
    assert page.locator("#hwr-compared input").input_value() == "Built-in"
