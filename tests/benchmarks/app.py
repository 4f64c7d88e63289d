"""The app as a visitor meets it: `python -m tests.benchmarks.app` (needs Chromium)."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from hwr.examples.catalogue import EXAMPLES
from hwr.paths import ASSETS
from tests.benchmarks import run
from tests.release.browser import launch_chromium

ROOT = Path(__file__).parents[2]
UPLOADS = 10
SLOWEST_START = 300  # seconds, on a machine that is busy with something else


def start_server(directory: Path) -> tuple[subprocess.Popen[bytes], str, float]:
    """The server's process, its address, and the seconds until it answered."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "HWR_DATA_DIR": str(directory)}
    begin = time.perf_counter()
    process = subprocess.Popen([sys.executable, str(ROOT / "app.py")], env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/"
    while True:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return process, address, time.perf_counter() - begin
        except (urllib.error.URLError, OSError):
            if process.poll() is not None or time.perf_counter() - begin > SLOWEST_START:
                process.kill()
                raise
            time.sleep(0.05)


def open_page(page: Page, address: str) -> float:
    """Seconds from navigation until the first character of the first reading is painted."""
    begin = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.wait_for_selector(".hwr-v-chip")
    return time.perf_counter() - begin


def upload(page: Page, image: Path) -> float:
    """Seconds from handing over a file until its text, with alignment, stands on the page."""
    page.evaluate("document.querySelector('.hwr-v-text').innerText = ''")
    begin = time.perf_counter()
    page.locator("#hwr-photo input[type=file]").first.set_input_files(str(image))
    page.wait_for_function("document.querySelector('.hwr-v-text').innerText.length > 3")
    return time.perf_counter() - begin


@dataclass(frozen=True)
class Visited:
    """Seconds: until the server answered, from opening the page to its first reading, from an upload to its text."""

    started: float
    opened: list[float]
    read: list[float]


def visits(uploads: int = UPLOADS) -> Visited:
    """Three visitors who open the page, each when the one before has left and while the weights may still be loading, then
    one upload each by others; the first upload warms the kernels."""
    images = [ASSETS / "examples" / e.file for e in EXAMPLES if len(e.lines) == 1]
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as engine:
        server, address, started = start_server(Path(directory))
        try:
            browser = launch_chromium(engine)
            opened, read = [], []
            for _ in range(3):
                fresh = browser.new_context().new_page()
                opened.append(open_page(fresh, address))
                fresh.context.close()
            first = browser.new_context().new_page()
            open_page(first, address)
            first.wait_for_selector('.hwr-status[data-state="ready"]', timeout=120_000)
            first.context.close()
            for i in range(uploads + 1):
                fresh = browser.new_context().new_page()
                open_page(fresh, address)
                fresh.wait_for_timeout(1000)
                read.append(upload(fresh, images[i % len(images)]))
                fresh.context.close()
            browser.close()
        finally:
            server.terminate()
            server.wait(20)
    return Visited(started, opened, read[1:])


def main() -> None:
    seen = visits()
    print(f"server start                      {seen.started:5.2f} s (wanted: at most 12)")
    print(
        f"page opened -> first reading      {statistics.median(seen.opened):5.2f} s (wanted: at most 2.5), median of 3"
    )
    p50, count = statistics.median(seen.read), len(seen.read)
    print(f"upload -> text, warm, p50         {p50:5.2f} s (wanted: at most 1.0), {count} lines")


if __name__ == "__main__":
    run(main)
