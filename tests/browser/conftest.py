"""A served interface and a real Chromium; skipped with the reason where either is missing."""

from __future__ import annotations

import importlib.resources
import os
import shutil
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

from hwr.paths import DEFAULT_MODEL
from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint
from hwr.training.config import TrainConfig
from hwr.training.run.directory import RunDirectory, Status
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

    def app(self, data: Path) -> str:
        """The real app, which writes to `data`."""
        return self([sys.executable, str(ROOT / "app.py")], GRADIO_SERVER_PORT="{port}", HWR_DATA_DIR=str(data))

    def fake(self, assets: Path, *held: Path) -> str:
        """The interface with a fake model; while there is a file `held`, the model does not finish loading."""
        arguments = ["{port}", "{data}", str(assets), *map(str, held)]
        return self([sys.executable, str(HERE / "serve_fake.py"), *arguments])

    def stop(self, address: str) -> None:
        process, log = self.running.pop(address)
        process.terminate()
        process.wait(20)
        log.close()


def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    servers = Servers(tmp_path_factory.mktemp)
    yield servers
    for address in list(servers.running):
        servers.stop(address)


# A server costs ten seconds, so there are two for all; those that tests of one file start end with it, for one that waits
# still asks for the processor now and then.
launch_once = pytest.fixture(started, scope="session")
launch = pytest.fixture(started, scope="module")


@pytest.fixture(scope="session")
def address(launch_once, assets) -> str:
    """The interface with a fake model. What one test keeps there another sees: each writes pages of its own."""
    return launch_once.fake(assets)


@pytest.fixture(scope="session")
def app_data(tmp_path_factory) -> Path:
    """Where the app of `app_address` writes, with three runs: `mary` came from the shipped model, has shaken weights and
    a title; the weights of `damaged` cannot be read; `mine` has the shipped ones."""
    runs = tmp_path_factory.mktemp("app") / "runs"
    run = RunDirectory.create(runs / "mary", TrainConfig(init=str(DEFAULT_MODEL), steps=10))
    run.write_status(Status(state="finished", step=10, steps=10))
    shake(run.checkpoints / "best", 0.3)
    (run.path / "title.txt").write_text("Mary's <b>letters</b>")
    damaged = runs / "damaged" / "checkpoints" / "best"
    shutil.copytree(run.checkpoints / "best", damaged)
    (damaged / "model.safetensors").write_bytes(b"not weights")
    shutil.copytree(DEFAULT_MODEL, runs / "mine" / "checkpoints" / "best")
    return runs.parent


def shake(directory: Path, amount: float) -> None:
    """The shipped checkpoint with noise in its last layer, so that it reads most letters and errs in some."""
    import torch

    checkpoint = load_checkpoint(DEFAULT_MODEL)
    noise = torch.randn(checkpoint.network.head.weight.shape, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        checkpoint.network.head.weight += amount * noise
    save_checkpoint(checkpoint, directory)


@pytest.fixture(scope="session")
def app_address(launch_once, app_data) -> str:
    """The real app with the shipped weights and the runs of `app_data`."""
    return launch_once.app(app_data)


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


class Visits:
    """visits(...) -> Visit; at the end: no error in the console, no request to another host, no dialog."""

    def __init__(self, browser: Any, address: str) -> None:
        self.browser, self.address = browser, address
        self.all: list[Visit] = []

    def __call__(self, at: str = "", **context: Any) -> Visit:
        self.all.append(Visit(self.browser, at or self.address, **context))
        return self.all[-1]

    def end(self) -> None:
        for one in self.all:
            one.context.close()
        for one in self.all:
            assert one.errors == []
            assert one.dialogs == []
            strangers = [u for u in one.requests if not u.startswith(("http://127.0.0.1:", "data:", "blob:"))]
            assert strangers == []


def visited(chromium, address) -> Iterator[Visits]:
    visits = Visits(chromium, address)
    yield visits
    visits.end()


visit = pytest.fixture(visited)
visit_once = pytest.fixture(visited, scope="module")  # for pages that several tests look at
