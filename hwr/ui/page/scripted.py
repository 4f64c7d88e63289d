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

from hwr.sentences import LANGUAGES, columns

UI = Path(__file__).resolve().parents[1]
# What several scripts use, and the parts of long ones, in the order in which it is read.
HELPERS = (
    *("page/common.js", "page/picture.js", "page/glossary.js", "line/axis.js", "line/page_axis.js"),
    *("line/posteriors.js", "decode/weights.js"),
    *("correct/asking.js", "correct/marks.js", "correct/corrector.js", "annotate/boxes.js", "annotate/saving.js"),
)
CORRECTOR = "<!-- corrector -->"  # stands in a template for the line that is corrected


@cache
def source(name: str) -> str:
    """The text of a file of a room: `room/name`."""
    return (UI / name).read_text(encoding="utf-8")


def head_script() -> str:
    """What runs before the interface's own scripts."""
    labels = columns("LABELS")
    keys = [key for key in labels[LANGUAGES[0]] if key.startswith("tab.")]
    tabs = [{language: labels[language][key] for language in LANGUAGES} for key in keys]
    constants = {"LANGUAGES": LANGUAGES, "TABS": tabs}
    named = "".join(f"const {name} = {json.dumps(value, ensure_ascii=False)};\n" for name, value in constants.items())
    return f"{named}{source('page/head.js')}"


def stylesheet() -> str:
    """The styles of all rooms, for the page's head: first those that the tabs share."""
    shared = ("page", "line", "correct")  # and in this order; a tab may say something else of the same class
    place = {room: number for number, room in enumerate(shared)}
    files = sorted(UI.glob("*/*.css"), key=lambda file: (place.get(file.parent.name, len(shared)), file.parts))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@cache
def draw_script() -> str:
    """What draws the components, once for the whole page: the words of all rooms, what scripts share, and a function each.

    It is a file of its own, which the browser keeps; a component names its function (`scripted`). What a script gives to
    `watch` is called for a new value, and with `true` where only the page's language is another.
    """
    drawn = sorted(
        f"{file.parent.name}/{file.stem}" for file in UI.glob("*/*.html") if file.with_suffix(".js").is_file()
    )
    draws = [
        f"window.hwrDraw[{json.dumps(name)}] = (element, props, trigger, watchValue) => {{\n"
        f"const watch = watching(element, props, watchValue);\n{source(f'{name}.js')}\n"
        f"offerPicture(element, {json.dumps(name)});\n}};"
        for name in drawn
    ]
    strings = json.dumps(columns("PAGE"), ensure_ascii=False)
    helpers = [source(name) for name in HELPERS]
    shared = [f"const STRINGS = {strings};", *helpers, "window.hwrDraw = {};"]
    return "\n".join(["(() => {", *shared, *draws, "})();"])


def scripted(file: str, value: dict[str, Any] | None, **properties: Any) -> gr.HTML:
    """A gr.HTML whose value is plain data, drawn by its own script; `select` tells Python what was picked.

    file: `room/name` of its template and script.

    Not a subclass: Gradio writes a .pyi file beside every module that defines a component.
    """
    return gr.HTML(
        value,
        html_template=source(f"{file}.html").replace(CORRECTOR, source("correct/line.html")),
        js_on_load=f"window.hwrDraw[{json.dumps(file)}](element, props, trigger, watch);",
        apply_default_css=False,
        **properties,
    )
