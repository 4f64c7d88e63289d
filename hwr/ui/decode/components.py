"""The list of the Decode tab, drawn by a script of its own."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hwr.ui.page.scripted import scripted


def n_best_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """The n-best list of a line. Value: `DecodeView.to_dict()`; select: index, value and line of a row; input: a line."""
    return scripted("decode/decode", value, **properties)
