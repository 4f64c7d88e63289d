"""The line viewer, and the axis that the viewers of the tabs stand on."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hwr.ui.page.scripted import scripted

AXIS = ("line/axis.js",)  # the script of what draws on the pixel axis of a line


def line_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """One line on one pixel axis. Value: `LineView.to_dict()`; select: index, value, frame, line (index -1: let go)."""
    return scripted("line/line", value, **properties)
