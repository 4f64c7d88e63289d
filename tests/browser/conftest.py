"""A served interface and a real Chromium; skipped with the reason where either is missing."""

from __future__ import annotations

import importlib.resources
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.release.browser import NONE_HERE, found_chromium, launch_chromium

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Servers:
    """servers(command) -> address; {port} and {data} in the command's arguments and the environment are filled in."""

    def __init__(self, new_folder: Callable[[str], Path]) -> None:
        self.new_folder = new_folder
        self.running: dict[str, tuple[subprocess.Popen, Any]] = {}

    def __call__(self, command: list[str], **environment: str) -> str:
        port, data = free_port(), self.new_folder("data")
        filled = {"port": str(port), "data": str(data)}
        log = (data / "server.log").open("w")
        process = subprocess.Popen(
            [part.format(**filled) for part in command],
            cwd=data,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HOME": str(data), **{k: v.format(**filled) for k, v in environment.items()}},
        )
        address = f"http://127.0.0.1:{port}/"
        self.running[address] = process, log
        for _ in range(600):
            if process.poll() is not None:
                pytest.fail((data / "server.log").read_text())
            try:
                with urllib.request.urlopen(address, timeout=2):
                    return address
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise TimeoutError((data / "server.log").read_text())

    def stop(self, address: str) -> None:
        process, log = self.running.pop(address)
        process.terminate()
        process.wait(20)
        log.close()


@pytest.fixture(scope="module")  # a server that waits still asks for the processor now and then
def launch(tmp_path_factory) -> Iterator[Servers]:
    servers = Servers(tmp_path_factory.mktemp)
    yield servers
    for address in list(servers.running):
        servers.stop(address)


@pytest.fixture(scope="module")
def serve(launch, assets) -> Callable[..., str]:
    """serve(seconds) -> address of a server whose fake model takes so long to load."""

    def start(seconds: float = 0.0) -> str:
        return launch([sys.executable, str(HERE / "serve_fake.py"), "{port}", "{data}", str(assets), str(seconds)])

    return start


@pytest.fixture(scope="module")
def address(serve) -> str:
    return serve()


@pytest.fixture(scope="module")
def app_address(launch) -> str:
    """The real app with the shipped weights."""
    return launch([sys.executable, str(ROOT / "app.py")], GRADIO_SERVER_PORT="{port}", HWR_DATA_DIR="{data}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    required = os.environ.get("HWR_REQUIRE_BROWSER")
    if required:
        import playwright.sync_api as playwright
    else:
        playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as engine:
        if found_chromium(engine) is None:
            assert not required, f"HWR_REQUIRE_BROWSER is set, but {NONE_HERE}"
            pytest.skip(NONE_HERE)
        browser = launch_chromium(engine)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def findings() -> Callable[..., list[str]]:
    """findings(page, rule...) -> what axe-core calls serious or critical in the tab on the screen, a line each."""
    if not os.environ.get("HWR_REQUIRE_BROWSER"):
        pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    script = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")

    def look(page: Any, *rules: str) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.evaluate(f"{script}; 0")
        options = {"resultTypes": ["violations"]} | ({"runOnly": {"type": "rule", "values": rules}} if rules else {})
        found = page.evaluate("options => axe.run('.gradio-container', options)", options)["violations"]
        return [
            f"{page.url} {rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]

    return look


class Visit:
    """One visitor's page, with everything that it asked for and complained about."""

    def __init__(self, browser: Any, address: str, **context: Any):
        self.context = browser.new_context(**{"viewport": {"width": 1400, "height": 1000}, **context})
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.errors.append(str(e)))
        self.page.on("request", lambda r: self.requests.append(r.url))
        self.page.on("dialog", lambda d: (self.dialogs.append(d.message), d.dismiss()))
        self.page.goto(address)
        self.page.wait_for_selector(".hwr-v-chip")

    def text(self) -> str:
        return self.page.locator(".hwr-v-text").inner_text()

    def wait_text(self, piece: str) -> None:
        self.page.wait_for_function("t => document.querySelector('.hwr-v-text').innerText.includes(t)", arg=piece)

    def example(self, name: str, piece: str) -> None:
        """Pick an example and wait until a reading with this piece of text is shown."""
        self.page.locator(f".hwr-g-card[data-name={name}]").click()
        self.wait_text(piece)

    def upload(self, path: Path) -> None:
        self.page.locator("#hwr-photo input[type=file]").first.set_input_files(str(path))


@pytest.fixture
def visit(chromium, address) -> Iterator[Callable[..., Visit]]:
    """visit(...) -> Visit; afterwards: no error in the console, no request to another host, no dialog."""
    visits: list[Visit] = []

    def open_page(at: str = address, **context: Any) -> Visit:
        visits.append(Visit(chromium, at, **context))
        return visits[-1]

    yield open_page
    for one in visits:
        one.context.close()
    for one in visits:
        assert one.errors == []
        assert one.dialogs == []
        strangers = [u for u in one.requests if not u.startswith(("http://127.0.0.1:", "data:", "blob:"))]
        assert strangers == []
