"""The components of our own: template, style and script stand beside this file and need no build step.

Gradio fills a template's `{{value}}` in before it evaluates the result as a JavaScript template literal, so that a
`${...}` or a backslash in a transcription would run. Our templates therefore name no value at all; the scripts read
`props.value` and write with textContent.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from hwr.ui.texts import page_strings

HERE = Path(__file__).resolve().parent


@cache
def source(name: str) -> str:
    """The text of a file of this folder."""
    return (HERE / name).read_text(encoding="utf-8")


def stylesheet() -> str:
    """All styles, for the page's head."""
    return "\n".join(source(name) for name in ("app.css", "viewer.css", "page.css", "gallery.css"))


def _scripted(file: str, value: dict[str, Any] | None, **properties: Any) -> gr.HTML:
    """A gr.HTML whose value is plain data, drawn by its own script; `select` tells Python what was picked.

    Not a subclass: Gradio writes a .pyi file beside every module that defines a component.
    """
    strings = json.dumps(page_strings(), ensure_ascii=False)
    return gr.HTML(
        value,
        html_template=source(f"{file}.html"),
        js_on_load=f"const STRINGS = {strings};\n{source(f'{file}.js')}",
        apply_default_css=False,
        **properties,
    )


def line_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """One line on one pixel axis. Value: `LineView.to_dict()`; select: index, value, frame, line (index -1: let go)."""
    return _scripted("viewer", value, **properties)


def page_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """A page with its numbered lines. Value: `PageView.to_dict()`; select: index and text of the line."""
    return _scripted("page", value, **properties)


def gallery(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """The example cards. Value: {"cards": [...], "selected": index}; select: index and name of the card."""
    return _scripted("gallery", value, **properties)
