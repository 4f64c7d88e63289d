"""The components of our own: template, style and script stand in the rooms and need no build step.

Gradio fills a template's `{{value}}` in before it evaluates the result as a JavaScript template literal, so that a
`${...}` or a backslash in a transcription would run. Our templates therefore name no value at all; the scripts read
`props.value` and write with textContent.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from hwr.ui.texts import page_strings

UI = Path(__file__).resolve().parents[1]


@cache
def source(name: str) -> str:
    """The text of a file of a room: `room/name`."""
    return (UI / name).read_text(encoding="utf-8")


def stylesheet() -> str:
    """All styles, for the page's head."""
    return "\n".join(
        source(name)
        for name in (
            "page/app.css",
            "line/line.css",
            "read/page.css",
            "read/gallery.css",
            "decode/decode.css",
            "receptive_field/field.css",
            "fine_tune/tune.css",
            "connector/connector.css",
        )
    )


def scripted(file: str, value: dict[str, Any] | None, before: Sequence[str] = (), **properties: Any) -> gr.HTML:
    """A gr.HTML whose value is plain data, drawn by its own script; `select` tells Python what was picked.

    file: `room/name` of its template and script; before: scripts that its own stands on.

    Not a subclass: Gradio writes a .pyi file beside every module that defines a component.
    """
    strings = json.dumps(page_strings(), ensure_ascii=False)
    scripts = ["page/common.js", *before, f"{file}.js"]
    return gr.HTML(
        value,
        html_template=source(f"{file}.html"),
        js_on_load="\n".join([f"const STRINGS = {strings};", *map(source, scripts)]),
        apply_default_css=False,
        **properties,
    )
