"""A Space's folder started as the Hub starts it: an environment of its own, a home of its own, the Hub's variables."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.conftest import free_port
from tests.release.browser import launch_chromium
from tests.release.space import CPU, front_matter, hub_packages

FIRST_PICTURE = 2.5  # seconds, at most
EXPECTED = "The morning train was late again."  # of assets/examples/clean.png


def try_out(folder: Path, required: Path, python: str = "") -> list[str]:
    """Start it, look at the first picture in a browser, read one line by its API. Returns what is wrong."""
    card = front_matter((folder / "README.md").read_text(encoding="utf-8"))
    if card["suggested_hardware"] != CPU:
        print(f"not started: {card['suggested_hardware']} stands at the Hub alone")
        return []
    with tempfile.TemporaryDirectory() as home:
        python_there = environment(required, Path(home), card, python)
        with started(folder, Path(home), python_there) as address:
            return [*first_picture(address), *one_reading(address, folder)]


def environment(required: Path, home: Path, card: dict[str, Any], wanted: str = "") -> Path:
    """A new environment with what the Hub installs. Returns its Python."""
    wanted = wanted or python_of(str(card["python_version"]))
    start = time.perf_counter()
    subprocess.run([wanted, "-m", "venv", str(home / "env")], check=True)
    python = home / "env" / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "--quiet", "--no-cache-dir", "-r", str(required)]
    done = subprocess.run([*command, *hub_packages(card)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"The requirements could not be installed:\n{done.stderr[-3000:]}")
    version = subprocess.run([str(python), "-V"], capture_output=True, text=True, check=True).stdout.strip()
    print(f"installed on {version} in {time.perf_counter() - start:.0f} s", flush=True)
    return python


def python_of(version: str) -> str:
    """A Python of that version, where one is found, else this one."""
    names = [f"python{version}", *sorted(map(str, Path.home().glob(f".pyenv/versions/{version}*/bin/python")))]
    for name in names:
        found = shutil.which(name)
        if found and subprocess.run([found, "-V"], capture_output=True).returncode == 0:
            return found
    print(f"no Python {version} here; tried on {sys.version.split()[0]}")
    return sys.executable


@contextmanager
def started(folder: Path, home: Path, python: Path):
    """The address of the running Space."""
    port = free_port()
    hub = {"SYSTEM": "spaces", "SPACE_ID": "someone/hwr", "SPACE_AUTHOR_NAME": "someone"}
    serving = {"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    keep = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    log = (home / "log.txt").open("w")
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(python), "app.py"], cwd=folder, env={**keep, **hub, **serving, "HOME": str(home)}, stdout=log, stderr=log
    )
    try:
        wait_for(port, process, home / "log.txt")
        print(f"started in {time.perf_counter() - start:.1f} s", flush=True)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers. Raises RuntimeError with its log when it ends instead, or takes three minutes."""
    import urllib.request

    for _ in range(360):
        if process.poll() is None:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                return
            except OSError:
                time.sleep(0.5)
    raise RuntimeError(f"The Space did not start:\n{log.read_text()[-3000:]}")


def first_picture(address: str) -> list[str]:
    """Seconds from opening the page to its first reading, and what the page says is lost on a restart."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        browser = launch_chromium(engine)
        page = browser.new_page()
        page.goto(address)
        page.wait_for_selector(".hwr-v-chip", timeout=60_000)
        page.reload()
        start = time.perf_counter()
        page.goto(address)
        page.wait_for_selector(".hwr-v-chip", timeout=60_000)
        seconds = time.perf_counter() - start
        told = page.locator(".hwr-notice", has_text="restart").count()
        browser.close()
    print(f"page opened -> first reading painted in {seconds:.2f} s (wanted: at most {FIRST_PICTURE})")
    late = [f"the first picture took {seconds:.1f} s"] if seconds > FIRST_PICTURE else []
    return late + ([] if told else ["the page does not say what a restart loses"])


def one_reading(address: str, folder: Path) -> list[str]:
    from gradio_client import Client, handle_file

    client = Client(address, verbose=False)
    image = handle_file(str(folder / "assets/examples/clean.png"))
    start = time.perf_counter()
    text = client.predict(image, api_name="/read")[0]["text"]
    print(f"one line read in {time.perf_counter() - start:.1f} s: {text}")
    return [] if text == EXPECTED else [f"{text!r} was read in place of {EXPECTED!r}"]
