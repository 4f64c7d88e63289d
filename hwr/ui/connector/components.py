"""The view of the Connector tab, drawn by a script of its own."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hwr.ui.page.scripted import scripted

PICK = """element.addEventListener('click', (event) => {
  const line = event.target.closest('button[data-example]');
  if (!line) return;
  line.closest('details').open = false; // what was picked stands right below
  trigger('select', { index: Number(line.dataset.line), value: line.dataset.example });
});"""


def connector_viewer(value: dict[str, Any] | None = None, **properties: Any) -> gr.HTML:
    """KL per token of connectors along a line. Value: `connector_view(...)`; focus: another line may be shown in Read."""
    return scripted("connector/connector", value, **properties)


def differing_list(**properties: Any) -> gr.HTML:
    """A list of lines to pick from. Value: `differing_card(...)`; select: the line's number, value: its example's name."""
    return gr.HTML("", js_on_load=PICK, apply_default_css=False, **properties)
