"""A Chromium for tests and pictures: one on the path, else Playwright's own; `python -m tests.release.browser` gets one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

NONE_HERE = "there is no Chromium: `make browser` gets one"
PACKAGES = ["chromium-headless-shell", "fonts-noto-cjk", "fonts-noto-color-emoji"]
DEBIAN = ["apt-get", "install", "-y", "--no-install-recommends", *PACKAGES]


def found_chromium(engine: Any) -> str | None:
    """The browser's path: on the path of the shell, else what Playwright downloaded; None where there is neither.

    The headless shell first, which draws no window of its own: a page costs it two thirds of the time.

    engine: what `playwright.sync_api.sync_playwright()` gives.
    """
    for name in ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    own = engine.chromium.executable_path
    return own if own and Path(own).is_file() else None


def launch_chromium(engine: Any) -> Any:
    """A running browser. Raises RuntimeError where there is none."""
    if (path := found_chromium(engine)) is None:
        raise RuntimeError(NONE_HERE)
    return engine.chromium.launch(executable_path=path, args=["--no-sandbox"])


def main() -> int:
    from playwright.sync_api import sync_playwright

    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get"):
        ways.append(DEBIAN if os.geteuid() == 0 else ["sudo", *DEBIAN])
    for way in [[], *ways]:
        if way:
            print(f"trying {' '.join(way)} ...", flush=True)
            try:
                subprocess.run(way, timeout=900)
            except (OSError, subprocess.TimeoutExpired) as error:
                print(f"  {error}")
        with sync_playwright() as engine:
            if path := found_chromium(engine):
                print(f"a Chromium for the tests: {path}")
                return 0
    print(
        "No browser could be had; install one by hand (Debian: apt-get install chromium-headless-shell).",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
