"""The components of the Receptive field tab that are drawn by scripts of its own."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hwr.ui.page.scripted import scripted


def field_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """A line with what a layer could see and used. Value: `field_view(...)`; select: index (-1: none) and frame."""
    return scripted("receptive_field/field", value, **properties)


def gates_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """The gates of an LSTM along a line. Value: `gates_view(...)`."""
    return scripted("receptive_field/gates", value, **properties)
