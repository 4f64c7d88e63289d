"""The line viewer."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hwr.ui.page.scripted import scripted


def line_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """One line on one pixel axis. Value: `LineView.to_dict()`; select: index, value, frame, line (index -1: let go)."""
    return scripted("line/line", value, **properties)
