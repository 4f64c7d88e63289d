"""The state of the model that the app starts with, as a small lamp with a word."""

from __future__ import annotations

from hwr.ui.models.readers import Models
from hwr.ui.page.html import both


def status(model: Models, name: str = "") -> str:
    """The model's state as a small lamp with a word."""
    line = both(f"status.{model.state}", model=name, reason=model.reason)
    return f'<span class="hwr-status" role="status" data-state="{model.state}">{line}</span>'
