"""The components of the Fine-tune tab that are drawn by scripts of its own."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hwr.ui.page.scripted import scripted


def runs_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """The list of training runs. Value: `runs_view(...)`; select: value (a run's id), action `show` or `compare`, and on."""
    return scripted("fine_tune/runs", value, **properties)


def curves_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """Curves of training runs. Value: `curves_view(...)`."""
    return scripted("fine_tune/curves", value, **properties)


def samples_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """Readings of the same lines at each evaluation of a run. Value: `samples_view(...)`."""
    return scripted("fine_tune/samples", value, **properties)
