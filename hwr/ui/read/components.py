"""The components of the Read tab that are drawn by scripts of its own."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hwr.ui.page.scripted import scripted


def page_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """A page with its numbered lines. Value: `PageView.to_dict()`; select: index and text of the line."""
    return scripted("read/page", value, **properties)


def gallery(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """The example cards. Value: {"cards": [...], "selected": index}; select: index and name of the card."""
    return scripted("read/gallery", value, **properties)


def remembered(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """What the browser remembers for a reload. Value: `hwr.ui.read.place.Place.to_dict`; input: the same, after one."""
    return scripted("read/place", value, elem_classes="hwr-hidden", **properties)


def kept_line(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """The picked line to correct and keep. Value: `hwr.ui.read.keep.kept_view`; it asks over the wires of the tab."""
    return scripted("read/keep", value, **properties)


def camera() -> gr.HTML:
    """A button that opens the camera of a phone and hands the photograph to the image input."""
    return scripted("read/camera", None)
