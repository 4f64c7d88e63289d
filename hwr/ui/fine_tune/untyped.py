"""Lines of the Annotate tab's pages that nobody has corrected, to learn from without their texts."""

from __future__ import annotations

import gradio as gr

from hwr.data.exchange import export_untyped
from hwr.data.library import Library
from hwr.training.config import DataConfig
from hwr.ui.fine_tune.form import list_text
from hwr.ui.page.html import label


def untyped_menu() -> gr.Dropdown:
    """The menu of collections that have such lines; hidden where there is none (see `untyped_choices`)."""
    return gr.Dropdown([], value=None, visible=False, label=label("tune.untyped"), elem_id="hwr-t-untyped")


def untyped_choices() -> list[tuple[str, int]]:
    """Collections by name, with how many of their lines nobody has corrected."""
    counts = ((one, one.lines - one.corrected) for one in Library().collections())
    return [(f"{one.name} · {left:,}", one.id) for one, left in counts if left]


def untyped_lines(collection: int) -> str:
    """The form's line for these lines, which are written out first. Raises InputError as `export_untyped` does."""
    library = Library()
    folder = export_untyped(library, collection, library.path.parent / "collections")
    return list_text([DataConfig(str(folder), split=None)])
