"""What a connector is told, light enough for a command line's help: the modules are in `connector.py`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import Field
from pydantic.dataclasses import dataclass

from hwr.checked import KNOWN_FIELDS, OneOf, Positive, Text, Whole, checked, refuse
from hwr.errors import InputError
from hwr.files import read_json
from hwr.paths import DEFAULT_CONNECTOR, DEFAULT_MODEL

Objective = Literal["surrogate", "prefix"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
# Known without torch, for menus and help; a class of `connector.py` or anywhere that names another `kind` adds it here.
KINDS: list[str] = ["linear", "linear_ln", "linear_gelu_ln", "downsample", "qformer", "aligned"]
Kind = Annotated[Text, OneOf(lambda: KINDS)]
INDEX = "connectors.json"  # the list of the connectors of a checkpoint directory


def has_connectors(source: str | Path) -> bool:
    return (Path(source) / INDEX).is_file()


def listed_connectors(source: str | Path) -> list[tuple[str, str]]:
    """(kind, tap) of every connector beside a checkpoint directory; ("?", "?") where the list cannot be read."""
    try:
        index = read_json(Path(source) / INDEX)
        return [(str(entry["kind"]), str(entry["tap"])) for entry in index["connectors"]]
    except (OSError, ValueError, KeyError, TypeError):
        return [("?", "?")]


def connector_source(source: str | Path | None = None) -> str | Path:
    """The checkpoint to ask: the one named, else HWR_MODEL, else the shipped one with connectors if there is one."""
    if named := source or os.environ.get("HWR_MODEL"):
        return named
    return DEFAULT_CONNECTOR if has_connectors(DEFAULT_CONNECTOR) else DEFAULT_MODEL


@checked
@dataclass(config=KNOWN_FIELDS, frozen=True)
class ConnectorConfig:
    """One connector: its kind, where it is plugged in, and how much its loss counts.

    tap: a name of `Recognizer.tap_names`. weight: w of w * (a * L_LM + b * KL). queries, width, layers, heads: of
    `qformer` alone; `queries` is the N of its embeddings, so the tokens of a text past it are cut off (and counted).
    Raises InputError for what no connector can be.
    """

    kind: Kind
    tap: Text = "lstm1"
    weight: Positive = 1.0
    queries: Annotated[Whole, Field(ge=1, le=4096)] = 48
    width: Annotated[Whole, Field(ge=1, le=8192)] = 256
    layers: Annotated[Whole, Field(ge=1, le=48)] = 2
    heads: Annotated[Whole, Field(ge=1, le=256)] = 4

    def __post_init__(self) -> None:
        if self.width % self.heads or self.width % 2:
            refuse([InputError("language.qformer", width=self.width, heads=self.heads)])

    @classmethod
    def parse(cls, text: str) -> ConnectorConfig:
        """KIND[:TAP[:WEIGHT]], as the command line gives it. Raises InputError for anything else.

        >>> ConnectorConfig.parse("qformer:lstm2:0.5")
        ConnectorConfig(kind='qformer', tap='lstm2', weight=0.5, queries=48, width=256, layers=2, heads=4)
        """
        match = re.fullmatch(r"([^:]+)(?::([^:]+))?(?::([^:]+))?", text)
        try:
            kind, tap, weight = match.groups() if match else ("", "", "none")
            factor = float(weight or cls.weight)
        except ValueError:
            raise InputError("language.no_connector", text=text) from None
        return cls(kind, tap or cls.tap, factor)
