"""The view of the Connector tab, drawn by a script of its own."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hwr.ui.page.scripted import scripted


def connector_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """KL per token of connectors along a line. Value: `connector_view(...)`; focus: another line may be shown in Read."""
    return scripted("connector/connector", value, **properties)
