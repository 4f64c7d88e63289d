"""The app as a visitor meets it: `python -m tests.benchmarks.app` (needs Chromium)."""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from hwr.examples.drawing import EXAMPLES
from hwr.paths import ASSETS

ROOT = Path(__file__).parents[2]
UPLOADS = 10


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
            if process.poll() is not None or time.perf_counter() - begin > 120:
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


def main() -> None:
    images = [ASSETS / "examples" / e.file for e in EXAMPLES if len(e.lines) == 1]
    with tempfile.TemporaryDirectory() as directory, sync_playwright() as engine:
        server, address, started = start_server(Path(directory))
        try:
            browser = engine.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            opened, read = [], []
            for _ in range(3):
                page = browser.new_context().new_page()
                opened.append(open_page(page, address))
            page.wait_for_selector('.hwr-status[data-state="ready"]', timeout=120_000)
            for i in range(UPLOADS + 1):
                fresh = browser.new_context().new_page()
                open_page(fresh, address)
                fresh.wait_for_timeout(1000)
                seconds = upload(fresh, images[i % len(images)])
                read.append(seconds)
                fresh.context.close()
            browser.close()
        finally:
            server.terminate()
            server.wait(20)
    read = read[1:]  # the first one warms the kernels
    print(f"server start                      {started:5.2f} s (wanted: at most 12)")
    print(f"page opened -> first reading      {statistics.median(opened):5.2f} s (wanted: at most 2.5), median of 3")
    print(
        f"upload -> text, warm, p50         {statistics.median(read):5.2f} s (wanted: at most 1.0), {len(read)} lines"
    )


if __name__ == "__main__":
    main()
