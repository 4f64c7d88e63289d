"""The components of the lower half of the Fine-tune tab; the fields of its form are those of the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from hwr.language.config import KINDS, ConnectorConfig
from hwr.recognizer.config import PRESETS
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.recipes import RECIPES, with_recipe
from hwr.training.run.checkpoints import id_of, known_checkpoint, known_checkpoints
from hwr.ui.fine_tune.form import FormField, groups, list_text, to_form
from hwr.ui.fine_tune.untyped import untyped_menu
from hwr.ui.fine_tune.watch import PLAIN, button
from hwr.ui.models.menu import menu_choices
from hwr.ui.page.gradio_edges import I18nData
from hwr.ui.page.html import both, label

FRESH = "fresh"  # in the menu of checkpoints: none
PLACEHOLDERS = {
    "data": list_text([DataConfig("/home/ada/letters"), DataConfig("/home/ada/old.zip", weight=0.5)]),
    "validation": list_text([DataConfig("/home/ada/letters", split="val", lines=200)]),
    "unlabelled": list_text([DataConfig("/home/ada/not-yet-typed", split=None)]),
    "connectors": list_text([ConnectorConfig("qformer", "lstm1", 1.0)]),
}
SOURCES = ("kept", "zip", "path", "hub", "before")


@dataclass(frozen=True)
class Connector:
    """Menus that write a line of the field `connectors`."""

    kind: gr.Dropdown
    tap: gr.Dropdown
    weight: gr.Number
    add: gr.Button


Field = gr.Textbox | gr.Dropdown | gr.Checkbox | gr.Number  # what a field of the form is drawn as


@dataclass(frozen=True)
class Start:
    """The components of the lower half. fields: those of the form, by field name."""

    fields: dict[str, Field]
    connector: Connector
    untyped: gr.Dropdown
    recipe: gr.Radio
    source: gr.Radio
    whose: gr.Dropdown
    archive: gr.File
    place: gr.Textbox
    before: gr.Dropdown
    prepare: gr.Button
    data: gr.HTML
    load: gr.UploadButton
    save: gr.Button
    yaml: gr.Textbox
    device: gr.HTML
    command: gr.Code
    problem: gr.HTML
    measure: gr.Button
    measured: gr.State
    measuring: gr.State
    cancel: gr.Button
    estimate: gr.HTML
    shorter: gr.Button
    smaller: gr.Button
    title: gr.Textbox
    start: gr.Button


def start_components() -> Start:
    first = to_form(with_recipe(TrainConfig(), next(iter(RECIPES))))
    fields: dict[str, Field] = {}
    connector: Connector | None = None
    untyped: gr.Dropdown | None = None
    gr.HTML(f'<h2 class="hwr-t-h">{both("tune.new")}</h2>', elem_classes="hwr-t-section", **PLAIN)
    with gr.Row(elem_classes="hwr-t-form"):
        with gr.Column(scale=1, min_width=320):
            data = _data_components(fields, first)
        with gr.Column(scale=1, min_width=320):
            recipe = gr.Radio(
                [(label(f"tune.recipe.{name}"), name) for name in RECIPES],
                value=next(iter(RECIPES)),
                label=label("tune.recipe"),
                elem_id="hwr-t-recipe",
            )
            with gr.Row():
                fields |= {f.name: _field(f, first[f.name]) for f in groups()["main"]}
    for group, members in groups().items():
        if group not in ("start", "main"):
            with gr.Accordion(label(f"tune.group.{group}"), open=False, elem_classes="hwr-t-fold"):
                if group == "language":
                    connector = _connector_components()
                elif group == "unlabelled":
                    untyped = untyped_menu()
                with gr.Row():
                    fields |= {f.name: _field(f, first[f.name]) for f in members}
    with gr.Row(elem_classes="hwr-t-buttons"):
        load = gr.UploadButton(
            label("tune.load"), file_types=[".yaml", ".yml"], scale=0, min_width=150, elem_id="hwr-t-load"
        )
        save = button("save")
        yaml = gr.Textbox(visible=False)
    assert connector is not None
    assert untyped is not None
    return Start(
        fields=fields,
        connector=connector,
        untyped=untyped,
        recipe=recipe,
        load=load,
        save=save,
        yaml=yaml,
        **data,
        **_command_components(),
        **_last_components(),
    )


def _data_components(fields: dict[str, Field], first: dict[str, Any]) -> dict[str, Any]:
    fields["init"] = gr.Dropdown(
        [*menu_choices(), (label("tune.fresh"), FRESH)],
        value=menu_value(first["init"]),
        label=label("tune.from"),
        info=label("tune.init"),
        allow_custom_value=True,
        elem_id="hwr-field-init",
    )
    return {
        "source": gr.Radio(
            [(label(f"tune.source.{name}"), name) for name in SOURCES],
            value=SOURCES[0],
            label=label("tune.source"),
            elem_id="hwr-t-source",
        ),
        "whose": gr.Dropdown(
            [(label("tune.whose.all"), "")], value="", visible=False, label=label("tune.whose"), elem_id="hwr-t-whose"
        ),
        "archive": gr.File(
            label=label("tune.archive"), file_types=[".zip"], visible=False, height=120, elem_id="hwr-t-archive"
        ),
        "place": gr.Textbox(visible=False, max_lines=1, label=label("tune.place"), elem_id="hwr-t-place"),
        "before": gr.Dropdown([], value=None, visible=False, label=label("tune.source.before"), elem_id="hwr-t-before"),
        "prepare": gr.Button(label("tune.prepare"), elem_id="hwr-t-prepare"),
        "data": gr.HTML("", elem_id="hwr-t-data", **PLAIN),
    }


def _connector_components() -> Connector:
    with gr.Row(elem_classes="hwr-t-buttons"):
        return Connector(
            gr.Dropdown(
                list(KINDS), value="qformer", label=label("tune.connector.kind"), elem_id="hwr-t-connector-kind"
            ),
            gr.Dropdown(
                list(PRESETS[TrainConfig.preset].tap_names),
                value=ConnectorConfig.tap,
                label=label("tune.connector.tap"),
                allow_custom_value=True,
                elem_id="hwr-t-connector-tap",
            ),
            gr.Number(ConnectorConfig.weight, label=label("tune.connector.weight"), elem_id="hwr-t-connector-weight"),
            button("connector.add"),
        )


def _command_components() -> dict[str, Any]:
    made: dict[str, Any] = {
        "device": gr.HTML("", elem_id="hwr-t-device", **PLAIN),
        "command": gr.Code(language="shell", interactive=False, label=label("tune.command"), elem_id="hwr-t-command"),
        "problem": gr.HTML(visible=False, elem_id="hwr-t-problem", **PLAIN),
        "measured": gr.State(None, time_to_live=86400),
        "measuring": gr.State(None, time_to_live=86400, delete_callback=lambda one: one and one.cancel()),
    }
    with gr.Row(elem_classes="hwr-t-buttons"):
        made |= {"measure": button("measure")}
        made |= {name: button(name, visible=False) for name in ("cancel", "shorter", "smaller")}
    return made | {"estimate": gr.HTML("", elem_id="hwr-t-estimate", **PLAIN)}


def _last_components() -> dict[str, Any]:
    with gr.Row(elem_classes="hwr-t-buttons"):
        title = gr.Textbox(
            label=label("tune.title"), placeholder=label("tune.title.place"), max_lines=1, scale=3, elem_id="hwr-t-new"
        )
        return {"title": title, "start": button("start", variant="primary")}


def _field(f: FormField, value: Any) -> Field:
    """The component of a field; its label and help are found in the browser's language."""
    told: dict[str, Any] = {
        "value": value,
        "label": I18nData(f"field.{f.name}"),
        "info": I18nData(f"field.{f.name}.help"),
        "elem_id": f"hwr-field-{f.name}",
    }
    if f.kind == "choice":
        return gr.Dropdown(list(f.choices), min_width=200, **told)
    if f.kind == "bool":
        return gr.Checkbox(elem_classes="hwr-t-check", **told)
    if f.kind in ("int", "float"):
        return gr.Number(min_width=200, **told)
    if f.kind == "list":
        told["placeholder"] = PLACEHOLDERS[f.name]
    return gr.Textbox(lines=2 if f.kind == "list" else 1, max_lines=6, min_width=320, **told)


def menu_value(init: str | None) -> str:
    """What the menu of checkpoints shows for the field `init`."""
    return FRESH if init is None else id_of(init) or init


def init_of(chosen: str | None) -> str | None:
    """The field `init` for what the menu shows: a known checkpoint's place, or what was typed."""
    if not chosen or chosen == FRESH:
        return None
    ids = {checkpoint.id for checkpoint in known_checkpoints()}
    return known_checkpoint(chosen).source if chosen in ids else chosen
