"""The components of our own: template, style and script stand in the rooms and need no build step.

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


def _scripted(file: str, value: dict[str, Any] | None, axis: bool = False, **properties: Any) -> gr.HTML:
    """A gr.HTML whose value is plain data, drawn by its own script; `select` tells Python what was picked.

    axis: whether its script draws on the pixel axis of a line.

    Not a subclass: Gradio writes a .pyi file beside every module that defines a component.
    """
    strings = json.dumps(page_strings(), ensure_ascii=False)
    scripts = ["page/common.js", *(["line/axis.js"] if axis else []), f"{file}.js"]
    return gr.HTML(
        value,
        html_template=source(f"{file}.html"),
        js_on_load="\n".join([f"const STRINGS = {strings};", *map(source, scripts)]),
        apply_default_css=False,
        **properties,
    )


def line_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """One line on one pixel axis. Value: `LineView.to_dict()`; select: index, value, frame, line (index -1: let go)."""
    return _scripted("line/line", value, **properties)


def page_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """A page with its numbered lines. Value: `PageView.to_dict()`; select: index and text of the line."""
    return _scripted("read/page", value, **properties)


def gallery(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """The example cards. Value: {"cards": [...], "selected": index}; select: index and name of the card."""
    return _scripted("read/gallery", value, **properties)


def n_best_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """The n-best list of a line. Value: `DecodeView.to_dict()`; select: index, value and line of a row; input: a line."""
    return _scripted("decode/decode", value, **properties)


def field_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """A line with what a layer could see and used. Value: `field_view(...)`; select: index (-1: none) and frame."""
    return _scripted("receptive_field/field", value, axis=True, **properties)


def gates_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """The gates of an LSTM along a line. Value: `gates_view(...)`."""
    return _scripted("receptive_field/gates", value, axis=True, **properties)


def keep_state(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """Whether the text of a line is kept. Value: `KeepState.to_dict()`; its keys press the button of the Read tab."""
    return _scripted("read/keep", value, **properties)


def connector_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """KL per token of connectors along a line. Value: `connector_view(...)`; focus: another line may be shown in Read."""
    return _scripted("connector/connector", value, axis=True, **properties)


def runs_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """The list of training runs. Value: `runs_view(...)`; select: value (a run's id), action `show` or `compare`, and on."""
    return _scripted("fine_tune/runs", value, **properties)


def curves_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """Curves of training runs. Value: `curves_view(...)`."""
    return _scripted("fine_tune/curves", value, **properties)


def samples_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """Readings of the same lines at each evaluation of a run. Value: `samples_view(...)`."""
    return _scripted("fine_tune/samples", value, **properties)
