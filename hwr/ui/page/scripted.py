"""The components of our own: template, style and script stand in the rooms and need no build step.

Gradio fills a template's `{{value}}` in before it evaluates the result as a JavaScript template literal, so that a
`${...}` or a backslash in a transcription would run. Our templates therefore name no value at all; the scripts read
`props.value` and write with textContent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from hwr.sentences import LANGUAGES, columns, rooms

UI = Path(__file__).resolve().parents[1]


@cache
def source(name: str) -> str:
    """The text of a file of a room: `room/name`."""
    return (UI / name).read_text(encoding="utf-8")


def head_script() -> str:
    """What runs before the interface's own scripts."""
    return f"const LANGUAGES = {json.dumps(LANGUAGES)};\n{source('page/head.js')}"


def stylesheet() -> str:
    """The styles of all rooms, for the page's head: first those that the tabs share."""
    shared = ("page", "line")  # and in this order; a tab may say something else of the same class
    place = {room: number for number, room in enumerate(shared)}
    files = sorted(UI.glob("*/*.css"), key=lambda file: (place.get(file.parent.name, len(shared)), file.parts))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def page_strings(room: str, scripts: str) -> dict[str, dict[str, str]]:
    """What these scripts of a room may say: its own words, and those of other rooms that they quote by their key."""
    quoted = set(re.findall(r"'([a-z][a-z0-9_.]+)'", scripts))
    own = rooms()[f"ui.{room}"].PAGE
    return {
        language: {key: said for key, said in words.items() if key in own or key in quoted}
        for language, words in columns("PAGE").items()
    }


def scripted(file: str, value: dict[str, Any] | None, before: Sequence[str] = (), **properties: Any) -> gr.HTML:
    """A gr.HTML whose value is plain data, drawn by its own script; `select` tells Python what was picked.

    file: `room/name` of its template and script; before: scripts that its own stands on.

    Not a subclass: Gradio writes a .pyi file beside every module that defines a component.
    """
    scripts = "\n".join(map(source, ("page/common.js", *before, f"{file}.js")))
    strings = json.dumps(page_strings(file.partition("/")[0], scripts), ensure_ascii=False)
    return gr.HTML(
        value,
        html_template=source(f"{file}.html"),
        js_on_load=f"const STRINGS = {strings};\n{scripts}",
        apply_default_css=False,
        **properties,
    )
