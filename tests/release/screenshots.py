"""The pictures of the README, taken of the real app with the shipped weights.

python -m tests.release.screenshots [--out assets]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.conftest import free_port
from tests.release.browser import launch_chromium

ROOT = Path(__file__).resolve().parents[2]
SIZE = {"width": 1280, "height": 900}
SECONDS = 120
EXPERIMENTS = ("few-lines", "unlabelled")


@contextmanager
def served(data: Path) -> Iterator[str]:
    """The address of the app, with a data directory of its own."""
    port = free_port()
    environment = os.environ | {"HWR_DATA_DIR": str(data), "GRADIO_SERVER_PORT": str(port)}
    log = (data / "log.txt").open("w")
    process = subprocess.Popen([sys.executable, str(ROOT / "app.py")], env=environment, stdout=log, stderr=log)
    try:
        address, until = f"http://127.0.0.1:{port}/", time.monotonic() + SECONDS
        while True:
            try:
                urllib.request.urlopen(address, timeout=5).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((data / "log.txt").read_text()) from None
                time.sleep(0.5)
        yield address
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def take(page: Any, address: str, out: Path) -> list[Path]:
    """Every picture, in the language of the page's browser. Returns their files."""
    page.goto(address)
    page.wait_for_selector(".hwr-v-chip")
    page.wait_for_selector('.hwr-status[data-state="ready"]')
    page.evaluate("localStorage.setItem('hwr-tour', 'seen')")
    page.reload()
    page.wait_for_selector('.hwr-status[data-state="ready"]')
    page.locator("#hwr-line .hwr-v-chip").nth(4).click()
    page.wait_for_timeout(800)
    found = [out / "screenshot.png"]
    page.locator("#hwr-line").screenshot(path=found[0])
    for name, tab, view, ready in (
        ("decode", "Decode", ".hwr-decode", ".hwr-d-row"),
        ("field", "Receptive field", ".hwr-field", ".hwr-f-window"),
    ):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_selector(f"{view} {ready}")
        page.wait_for_timeout(1500)  # what follows the pick in Read
        page.wait_for_function("![...document.querySelectorAll('.hwr-busy')].some((sign) => sign.checkVisibility())")
        found.append(out / f"screenshot-{name}.png")
        page.locator(view).first.screenshot(path=found[-1])
    page.get_by_role("tab", name="Experiments").click()
    for name in EXPERIMENTS:
        found.append(out / f"screenshot-{name}.png")
        page.locator(f'[data-experiment="{name}"] .hwr-x-forest').screenshot(path=found[-1])
    return found


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "assets")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, served(Path(data)) as address, sync_playwright() as engine:
        browser = launch_chromium(engine)
        page = browser.new_context(viewport=SIZE, locale="en-US", reduced_motion="reduce").new_page()
        page.set_default_timeout(1000 * SECONDS)
        for path in take(page, address, out):
            print(f"{path}: {path.stat().st_size / 1e3:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
