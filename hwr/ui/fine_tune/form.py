"""A training configuration as a form and back: the fields, their types, defaults and help are the dataclass's own."""

from __future__ import annotations

import dataclasses
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import yaml

from hwr.checked import bounds_of, choices_of, field_help, refuse
from hwr.errors import InputError
from hwr.language.config import ConnectorConfig
from hwr.sentences import LANGUAGES, columns
from hwr.training.config import TrainConfig, read_yaml, write_yaml
from hwr.ui.fine_tune.field_texts import FIELDS

# A number that can be 0 or nothing is written as text: the page's numbers are never empty.
Kind = Literal["bool", "int", "float", "number or nothing", "text", "choice", "list"]

# Which fields stand together; one that is named nowhere joins the last group.
GROUPS: dict[str, tuple[str, ...]] = {
    "start": ("init",),
    "main": ("freeze", "steps", "seconds", "batch_size", "learning_rate", "seed"),
    "language": (
        "connectors", "objective", "lm_weight", "kl_weight", "lm_share", "lm_fade", "language_model", "keep_layers",
        "connector_warmup", "connector_learning_rate",
    ),
    "unlabelled": ("unlabelled", "teacher", "ngram", "rounds", "surest", "unlabelled_share"),
    "data": ("data", "validation", "characters", "extend_charset", "augment", "max_width", "reuse", "rehearsal"),
    "optimiser": ("optimizer", "final_learning_rate", "warmup", "weight_decay", "clip_norm", "shortcut_weight", "label_smoothing", "dropout", "ema", "blend"),
    "watching": ("log_every", "validate_every", "checkpoint_every", "keep_every", "samples", "log_with"),
    "network": ("preset", "init_part", "mobilevit_patch", "workers", "local_batches", "threads", "precision"),
}  # fmt: skip
ABBREVIATIONS = {"lm": "LM", "kl": "KL", "ema": "EMA", "mobilevit": "MobileViT"}


@dataclass(frozen=True)
class FormField:
    """One field of a dataclass as a form needs it. item: the dataclass that a list holds."""

    name: str
    kind: Kind
    optional: bool
    default: Any
    choices: tuple[str, ...] = ()
    help: str = ""
    item: type | None = None


@cache
def form_fields(cls: type = TrainConfig) -> dict[str, FormField]:
    """The fields of a dataclass by name, in its order."""
    types, helped = typing.get_type_hints(cls), field_help(cls)
    return {f.name: _form_field(cls, f, types[f.name], helped.get(f.name, "")) for f in dataclasses.fields(cls)}


def _form_field(cls: type, f: dataclasses.Field[Any], annotation: Any, helped: str) -> FormField:
    default = None if f.default is dataclasses.MISSING else f.default
    parts = typing.get_args(annotation)
    if typing.get_origin(annotation) is list:
        return FormField(f.name, "list", False, [], help=helped, item=parts[0])
    if listed := choices_of(cls, f.name):
        return FormField(f.name, "choice", False, default, listed, helped)
    plain = next((t for t in parts if t is not type(None)), annotation)
    kind: Kind = {bool: "bool", int: "int", float: "float"}.get(plain, "text")  # type: ignore[assignment]
    optional = type(None) in parts
    if optional and kind in ("int", "float") and bounds_of(cls, f.name).get("ge", 0) <= 0:
        kind = "number or nothing"
    return FormField(f.name, kind, optional, default, help=helped)


def groups() -> dict[str, list[FormField]]:
    """Every field of the form, by group."""
    fields = form_fields()
    placed = {name for names in GROUPS.values() for name in names}
    found = {group: [fields[name] for name in names] for group, names in GROUPS.items()}
    list(found.values())[-1].extend(f for name, f in fields.items() if name not in placed)
    return found


def english_label(name: str) -> str:
    """
    >>> english_label("learning_rate"), english_label("lm_share")
    ('Learning rate', 'LM share')
    """
    words = [ABBREVIATIONS.get(word, word) for word in name.split("_")]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]])


def field_translations() -> dict[str, dict[str, str]]:
    """Language -> key -> string, for the labels `field.NAME` and `field.NAME.help`."""
    fields = form_fields()
    english = {f"field.{name}": english_label(name) for name in fields}
    english |= {f"field.{name}.help": _page_help(f) for name, f in fields.items()}
    spoken: dict[str, dict[str, str]] = {LANGUAGES[0]: english}
    for language in LANGUAGES[1:]:
        words = FIELDS[language]
        labels, helps = (
            {f"field.{name}{end}": words[name][k] for name in fields} for k, end in enumerate(("", ".help"))
        )
        spoken[language] = labels | helps
    return spoken


def _page_help(f: FormField) -> str:
    """A field's help for the page, which reads Markdown and has no None: an empty text, or the 0 of an empty number."""
    return f.help.replace(" * ", " × ").replace("None:", "0:" if f.kind in ("int", "float") else "empty:")


def translations() -> dict[str, dict[str, str]]:
    """The whole table for gr.I18n: the interface's labels and those of the fields."""
    fields = field_translations()
    return {language: {**table, **fields[language]} for language, table in columns("LABELS").items()}


def to_form(config: TrainConfig) -> dict[str, Any]:
    """What the form shows, by field: numbers and texts as they are, a list as one line an item."""
    return {name: _shown(f, getattr(config, name)) for name, f in form_fields().items()}


def _shown(f: FormField, value: Any) -> Any:
    if f.kind == "list":
        return list_text(value)
    return str(value) if f.kind == "number or nothing" and value is not None else value


def from_form(values: dict[str, Any]) -> TrainConfig:
    """The configuration that a filled form asks for. Raises InputError that names the fields at fault."""
    found, problems = {}, []
    for name, f in form_fields().items():
        if name in values:
            try:
                found[name] = _parsed(f, values[name])
            except InputError as error:
                problems.append(error)
    refuse(problems)
    return TrainConfig.from_dict(found)


def _parsed(f: FormField, value: Any) -> Any:
    if f.kind == "list":
        assert f.item is not None
        return parse_list(f.name, str(value or ""), f.item)
    if f.kind == "bool":
        return bool(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        if f.optional:
            return None
        raise InputError("tune.field_empty", name=f.name, default=f.default)
    if f.optional and f.kind in ("int", "float") and value == 0:
        return None  # the page's numbers are never empty; Gradio writes 0
    if f.kind in ("int", "float"):
        return value
    if f.kind == "number or nothing":
        return _number(str(value).strip())
    return str(value) if f.name == "characters" else str(value).strip()


def _number(text: str) -> float | str:
    """The number that is written; for the configuration to refuse, what is none."""
    try:
        return float(text)
    except ValueError:
        return text


def list_text(items: list[Any]) -> str:
    """One line of YAML an item; fields that have their default are left out.

    >>> list_text([ConnectorConfig("qformer", weight=0.5)])
    '{kind: qformer, weight: 0.5}'
    """
    return "\n".join(write_yaml(_changed(item), default_flow_style=True, width=10**6).strip() for item in items)


def _changed(item: Any) -> dict[str, Any]:
    """The fields of a dataclass that have no default or another value."""
    return {f.name: getattr(item, f.name) for f in dataclasses.fields(item) if getattr(item, f.name) != f.default}


def parse_list(name: str, text: str, item: type) -> list[dict[str, Any]]:
    """What `list_text` wrote; a connector may also be written as on the command line, KIND:TAP:WEIGHT.

    Raises InputError that names the line at fault.
    """
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            value = read_yaml(line)
        except (yaml.YAMLError, ValueError):
            value = None
        if isinstance(value, str) and item is ConnectorConfig:
            value = _changed(ConnectorConfig.parse(value.strip()))
        if not isinstance(value, dict):
            example = "{" + ", ".join(f"{f}: ..." for f in list(form_fields(item))[:2]) + "}"
            raise InputError("tune.bad_line", number=number, name=name, example=example)
        found.append({str(key): one for key, one in value.items()})
    return found
