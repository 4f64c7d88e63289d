"""The menus of checkpoints: what each is called, what a menu lists, what the Read tab is asked to open."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gradio as gr

from hwr.training.run.checkpoints import KnownCheckpoint, known_checkpoints
from hwr.ui.page.events import Update
from hwr.ui.page.html import both, escape, label

NOTHING = "none"  # the value of a menu that stands for no checkpoint

_numbers = itertools.count()


@dataclass(frozen=True)
class OpenInRead:
    """The wish of another tab: show the Read tab with the checkpoint `model`, compared with `compared` (ids; "": none).

    number: makes each wish a new one, so that the same can be asked for twice.
    """

    model: str
    compared: str = ""
    number: int = field(default_factory=lambda: next(_numbers))


@dataclass(frozen=True)
class LearnFrom:
    """The wish of another tab: show the Fine-tune tab with the data set in this folder chosen."""

    path: str
    number: int = field(default_factory=lambda: next(_numbers))


def menu_label(checkpoint: KnownCheckpoint) -> Any:
    """What a menu calls a checkpoint; the page puts in its own language."""
    if checkpoint.kind == "step":
        return f"{checkpoint.title} · {Path(checkpoint.source).name}"
    kind = label(f"model.{checkpoint.kind}")
    return f"{checkpoint.title} · {kind}" if checkpoint.of_run or checkpoint.kind == "environment" else kind


def html_label(checkpoint: KnownCheckpoint) -> str:
    """The same as markup, in both languages."""
    if checkpoint.kind == "step":
        return escape(f"{checkpoint.title} · {Path(checkpoint.source).name}")
    kind = both(f"model.{checkpoint.kind}")
    return f"{escape(checkpoint.title)} · {kind}" if checkpoint.of_run or checkpoint.kind == "environment" else kind


def menu_choices(*, nothing: bool = False) -> list[tuple[Any, str]]:
    """Label and id of every checkpoint that there is now; `nothing` puts the choice of none before them."""
    first = [(label("model.nothing"), NOTHING)] if nothing else []
    return first + [(menu_label(checkpoint), checkpoint.id) for checkpoint in known_checkpoints()]


def html_name(id: str) -> str:
    """The name of the checkpoint of that id, as markup; the id where it is gone."""
    return next((html_label(checkpoint) for checkpoint in known_checkpoints() if checkpoint.id == id), escape(id))


def refreshed(chosen: str | None, *, nothing: bool = False, **properties: Any) -> Update:
    """The update of a menu: what there is now, and what was chosen even if it is gone."""
    choices = menu_choices(nothing=nothing)
    if chosen and chosen not in (id for _, id in choices):
        choices.append((f"{chosen} · {label('model.gone')}", chosen))
    return gr.update(choices=choices, **properties)


def model_menu(key: str, value: str, *, nothing: bool = False, **properties: Any) -> gr.Dropdown:
    """A compact menu with its name beside it."""
    return gr.Dropdown(
        menu_choices(nothing=nothing),
        value=value,
        label=label(key),
        filterable=False,
        elem_classes="hwr-model-menu",
        **properties,
    )
