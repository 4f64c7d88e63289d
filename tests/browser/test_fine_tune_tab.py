"""A run that is started in a browser goes on without it: reload, another server, a phone; a real training process."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from hwr.recognizer.checkpoint import save_checkpoint
from hwr.training.config import TrainConfig
from hwr.training.run.directory import RunDirectory, list_runs
from hwr.training.run.launch import discard

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1500)]

SLOW = 120_000  # ms: torch is imported by a process of its own, on a machine that may be busy


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def data_dir(folder):
    """Where the servers write; without runs at first."""
    yield folder
    for run in list_runs(folder / "runs"):
        discard(run)


@pytest.fixture
def server(launch, data_dir) -> str:
    """A server that writes to `data_dir`: the one that another test has left, if there is one."""
    return next(iter(launch.running), "") or launch.app(data_dir)


@pytest.fixture
def yaml_file(tiny_checkpoint, tmp_path) -> Path:
    """A configuration so small that a step takes milliseconds, and so long that it does not end by itself."""
    tiny = tmp_path / "tiny"
    save_checkpoint(tiny_checkpoint, tiny)
    TrainConfig(init=str(tiny), steps=10**6, batch_size=4, log_every=3, validate_every=6, warmup=2, samples=2).save(
        tmp_path / "tiny.yaml"
    )
    return tmp_path / "tiny.yaml"


def fill(page, selector: str, value: str) -> None:
    page.locator(f"{selector} textarea, {selector} input").first.fill(value)


def points(page) -> int:
    """How far the curve of the loss goes: the pieces of its longest path."""
    paths = page.locator(".hwr-c-chart[data-panel=loss] .hwr-c-line path")
    return max((paths.nth(i).get_attribute("d").count("L") for i in range(paths.count())), default=0)


def step(page) -> int:
    return int(page.locator(".hwr-now [role=progressbar]").get_attribute("aria-valuenow"))


def wait_until(page, condition) -> None:
    deadline = time.monotonic() + SLOW / 1000
    while not condition():
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)


def forgive_reload(one) -> None:
    one.errors[:] = [e for e in one.errors if "AbortError" not in e and "Connection errored out" not in e]


def test_a_run_goes_on_without_the_page_and_without_the_server(visit, server, launch, line_folder, yaml_file, data_dir):
    one = visit(server)
    page = one.page
    page.set_default_timeout(SLOW)
    page.get_by_role("tab", name="Fine-tune").click()
    page.locator("#hwr-t-card").get_by_text("Nothing trains here yet").wait_for()
    page.wait_for_selector("#hwr-t-device .hwr-device")

    # Data: what is in it is said, and it goes into the configuration.
    with page.expect_file_chooser() as chooser:
        page.locator("#hwr-t-load").click()
    chooser.value.set_files(str(yaml_file))
    page.wait_for_function("document.querySelector('#hwr-t-command').innerText.includes('steps: 1000000')")
    page.locator("#hwr-t-source").get_by_label("Folder or IAM").check()
    fill(page, "#hwr-t-place", str(line_folder))
    page.locator("#hwr-t-prepare").click()
    page.wait_for_selector(".hwr-data img")
    assert "train 16" in page.locator("#hwr-t-data").inner_text()

    # The command follows the form, folded fields too, and says what is wrong instead of running it.
    page.locator("#hwr-field-seed input").fill("7")
    page.wait_for_function("document.querySelector('#hwr-t-command').innerText.includes('seed: 7')")
    command = page.locator("#hwr-t-command").inner_text()
    assert "-m hwr train --config -" in command
    assert "log_every: 3" in command
    assert re.search(r"path: .*/data/", command)
    page.locator("#hwr-field-steps input").fill("0")
    page.locator("#hwr-t-problem").get_by_text("steps must be a whole number of at least 1").wait_for()
    page.locator("#hwr-field-steps input").fill("1000000")
    page.locator("#hwr-t-problem").wait_for(state="hidden")
    with page.expect_download() as saved:
        page.locator("#hwr-t-save").click()
    assert TrainConfig.load(Path(saved.value.path())).seed == 7

    # A real run, whose curves grow.
    fill(page, "#hwr-t-new", "first <b>try</b>")
    page.locator("#hwr-t-start").click()
    page.wait_for_selector(".hwr-now[data-state=running]")
    assert page.locator(".hwr-now h3").inner_text() == "first <b>try</b>"
    wait_until(page, lambda: points(page) >= 2)
    grown = points(page)
    wait_until(page, lambda: points(page) > grown)
    page.locator(".hwr-samples .hwr-s-truth").first.wait_for()

    # The page is reloaded, and leads back to the curves by itself.
    page.reload()
    page.wait_for_selector(".hwr-c-line path")
    forgive_reload(one)
    seen = step(page)

    # The server ends, another one begins: the run is none of their business.
    page.goto("about:blank")
    forgive_reload(one)
    launch.stop(server)
    second = launch.app(data_dir)
    phone = visit(second, locale="ja-JP", color_scheme="dark")
    phone.page.set_default_timeout(SLOW)
    phone.page.goto(second + "#fine-tune")
    phone.page.reload()
    phone.page.set_viewport_size({"width": 390, "height": 844})
    phone.page.wait_for_selector(".hwr-c-line path")
    forgive_reload(phone)
    assert phone.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    card, listed = (phone.page.locator(s).bounding_box() for s in ("#hwr-t-card", "#hwr-t-runs"))
    assert card["y"] < listed["y"]  # what runs stands first
    assert "学習中" in phone.page.locator("#hwr-t-card").inner_text()
    wait_until(phone.page, lambda: step(phone.page) > seen)

    phone.page.get_by_role("button", name="保存して停止").click()
    phone.page.wait_for_selector(".hwr-now[data-state=stopped]")
    (run,) = list_runs(data_dir / "runs")
    stopped_at = run.status().step
    assert (run.checkpoints / "best").is_dir()
    wait_until(phone.page, lambda: step(phone.page) == stopped_at)

    phone.page.get_by_role("button", name="再開").click()
    phone.page.wait_for_selector(".hwr-now[data-state=running]")
    wait_until(phone.page, lambda: step(phone.page) > stopped_at)
    steps = [row["step"] for row in run.rows("metrics") if "loss" in row]
    assert steps == sorted(set(steps))  # it went on where it was

    # Discard asks first.
    phone.page.get_by_role("button", name="名前の変更・破棄・削除").click()
    phone.page.locator("#hwr-t-discard").click()
    phone.page.locator("#hwr-t-question").get_by_text("元には戻せません").wait_for()
    assert run.status().alive
    phone.page.locator("#hwr-t-yes").click()
    phone.page.wait_for_selector(".hwr-now[data-state=none]")
    assert list_runs(data_dir / "runs") == []


def test_runs_are_compared_and_a_died_one_is_told(visit, server, data_dir):
    for n, name in enumerate(("a", "b")):
        run = RunDirectory.create(data_dir / "runs" / name, TrainConfig(steps=30))
        run.rename(f"run {name}")
        for at in range(1, 31):
            run.append(
                "metrics", {"step": at, "seconds": at / 2, "loss": 3 / at + n, "kl": 1 / at, "learning_rate": 0.001}
            )
            if at % 10 == 0:
                run.append("metrics", {"step": at, "val_cer": 0.5 / at, "val_wer": 1 / at})
                for line, text in enumerate(("the sea", "a boat")):
                    run.append("samples", {"step": at, "line": line, "reference": text, "text": text[: at // 4]})
        status = run.status()
        status.state, status.step, status.steps, status.pid, status.process_started = "running", 30, 30, 2**22 + 1, 1.0
        run.log("killed by a test")
        run.write_status(status)
    one = visit(server)
    page = one.page
    page.set_default_timeout(SLOW)
    page.get_by_role("tab", name="Fine-tune").click()
    page.wait_for_selector(".hwr-c-line path")
    card = page.locator("#hwr-t-card").inner_text()
    assert "Died" in card
    assert "killed by a test" in card
    assert page.locator("#hwr-t-resume").is_visible()
    assert page.locator(".hwr-c-chart").count() == 4

    # Opened now and filled in later: Gradio writes a field's value a moment after it mounts, over what a test types faster
    # than a hand could.
    page.get_by_role("button", name="Rename, discard, delete").click()

    # Another run is drawn over it, in the charts that both have.
    page.locator("li[data-run=a] .hwr-r-box").check()
    page.wait_for_function("document.querySelectorAll('.hwr-c-run').length === 2")
    assert page.locator("[data-panel=loss] .hwr-c-line").count() == 2
    # The legend tells the values at the cursor, in every chart.
    page.locator("[data-panel=kl] svg").focus()
    page.keyboard.press("Home")
    assert page.locator("[data-panel=loss] .hwr-c-legend b").all_inner_texts() == ["4.00", "3.00"]
    assert "step 1" in page.locator("[data-panel=rate] svg").text_content()
    linear = page.locator("[data-panel=loss] .hwr-c-line path").first.get_attribute("d")
    page.locator(".hwr-c-options button[data-option=log]").click()
    assert page.locator("[data-panel=loss] .hwr-c-line path").first.get_attribute("d") != linear
    # Readings of an earlier evaluation, and what changed since the one before.
    assert "Evaluation 3 of 3, at step 30" in page.locator(".hwr-s-at").inner_text()
    page.locator(".hwr-s-at input").fill("1")
    assert "Evaluation 2 of 3, at step 20" in page.locator(".hwr-s-at").inner_text()
    assert page.locator(".hwr-s-reading").first.inner_text() == "the sea"
    assert page.locator(".hwr-s-reading del").first.inner_text() == "ea"
    # A new name is kept; deleting asks first, and can be taken back.
    fill(page, "#hwr-t-title", "another name")
    page.locator("#hwr-t-rename").click()
    page.locator(".hwr-now h3", has_text="another name").wait_for()
    page.locator("#hwr-t-delete").click()
    page.locator("#hwr-t-no").click()
    page.locator("#hwr-t-question").wait_for(state="hidden")
    page.locator("#hwr-t-delete").click()
    page.locator("#hwr-t-yes").click()
    page.wait_for_function("document.querySelectorAll('.hwr-r-list li').length === 1")
    assert [run.title for run in list_runs(data_dir / "runs")] == ["run a"]
