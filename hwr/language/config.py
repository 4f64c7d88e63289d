"""What a connector is told, light enough for a command line's help: the modules are in `connector.py`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from hwr.errors import InputError
from hwr.files import read_json
from hwr.paths import DEFAULT_CONNECTOR, DEFAULT_MODEL

Kind = Literal["linear", "linear_ln", "linear_gelu_ln", "downsample", "qformer", "aligned"]
Objective = Literal["surrogate", "prefix"]
KINDS: tuple[Kind, ...] = get_args(Kind)
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
_MOST = {"queries": 4096, "width": 8192, "layers": 48, "heads": 256}  # of a qformer
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


@dataclass(frozen=True)
class ConnectorConfig:
    """One connector: its kind, where it is plugged in, and how much its loss counts.

    tap: a name of `Recognizer.tap_names`. weight: w of w * (a * L_LM + b * KL). queries, width, layers, heads: of
    `qformer` alone; `queries` is the N of its embeddings, so the tokens of a text past it are cut off (and counted).
    """

    kind: Kind
    tap: str = "lstm1"
    weight: float = 1.0
    queries: int = 48
    width: int = 256
    layers: int = 2
    heads: int = 4

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError("language.no_kind", kind=self.kind, kinds=", ".join(KINDS))
        if not self.weight > 0:
            raise InputError("language.weight", tap=self.tap, weight=self.weight)
        if min(self.queries, self.width, self.layers, self.heads) < 1 or self.width % self.heads or self.width % 2:
            raise InputError(
                "language.qformer", queries=self.queries, width=self.width, layers=self.layers, heads=self.heads
            )
        for name, most in _MOST.items():
            if not isinstance(getattr(self, name), int) or getattr(self, name) > most:
                raise InputError("language.qformer_size", name=name, most=most, given=getattr(self, name))

    @classmethod
    def parse(cls, text: str) -> ConnectorConfig:
        """KIND[:TAP[:WEIGHT]], as the command line gives it. Raises InputError for anything else.

        >>> ConnectorConfig.parse("qformer:lstm2:0.5")
        ConnectorConfig(kind='qformer', tap='lstm2', weight=0.5, queries=48, width=256, layers=2, heads=4)
        """
        kind, *rest = text.split(":")
        try:
            weight = [float(value) for value in rest[1:]]
            if len(weight) > 1 or "" in rest[:1]:
                raise ValueError
        except ValueError:
            raise InputError("language.no_connector", text=text) from None
        return cls(kind, *rest[:1], *weight)  # type: ignore[arg-type]
