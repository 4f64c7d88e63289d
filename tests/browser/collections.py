"""The Annotate tab with a new collection in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def opened(visit: Callable[..., Any], files: Sequence[Path] = (), **context: Any) -> Any:
    """The tab, with the pages of the files added to a new collection."""
    one = visit(**context)
    one.page.locator("#hwr-annotate-tab-button").click()
    one.page.locator(".hwr-library[data-state=filled], .hwr-library[data-state=empty]").wait_for()
    if files:
        one.page.locator(".hwr-a-new").click()
        one.page.locator(".hwr-a-form input").fill(files[0].stem)
        one.page.keyboard.press("Enter")
        wait(one, "name => document.querySelector('.hwr-a-collections').innerText.includes(name)", files[0].stem)
        one.page.locator("#hwr-annotate-files input[type=file]").set_input_files([str(file) for file in files])
        wait(one, "n => document.querySelectorAll('.hwr-a-page').length === n", len(files))
        wait(one, "() => document.querySelector('.hwr-a-work').hidden")
    return one


def wait(one: Any, condition: str, value: Any = None) -> None:
    one.page.wait_for_function(condition, arg=value)
