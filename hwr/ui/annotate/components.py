"""The components of the Annotate tab that are drawn by scripts of its own."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hwr.ui.page.scripted import scripted


def library_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """Collections and the pages of one. Value: `library_view(...)`; select: action, and what it is about."""
    return scripted("annotate/library", value, **properties)


def correction_loop(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """One line after another to correct by keys. Value: `loop_view(...)`; select: another order or filter is wanted."""
    return scripted("annotate/loop", value, **properties)


def opened_page(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """The opened page: its title, and what may be done with it. Value: `opened_view(...)`; select: as `library_viewer`."""
    return scripted("annotate/opened", value, **properties)
