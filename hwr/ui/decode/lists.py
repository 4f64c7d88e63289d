"""Which n-best list a visitor wants, and the list itself."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hwr.errors import InputError
from hwr.reading import NBest, Reading
from hwr.ui.line.shown import Shown

DEFAULT, SMOLLM2, NONE, OTHER = "default", "smollm2", "none", "other"
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


@dataclass(frozen=True)
class Wanted:
    """Which list the visitor wants: of which reading (`Shown.number`), which line, scored by which language model.

    looked: the line that was picked on the Read tab when this one was last looked at.
    """

    number: int
    line: int = 0
    lm: str | None = DEFAULT
    looked: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Listed:
    """The list that is on the page, and the reading that it is of."""

    wanted: Wanted
    shown: Shown


def wanted_lm(name: str) -> str | None:
    """The language model that a visitor named; None for "none".

    Raises InputError when there is no name, and for a directory on a shared host, whose files are not the visitor's.
    """
    name = name.strip()
    if name in (DEFAULT, SMOLLM2, NONE):
        return None if name == NONE else name
    if not name:
        raise InputError("decode.lm.unnamed")
    if os.environ.get("SPACE_ID") and (not HUB_ID.fullmatch(name) or Path(name).exists()):
        raise InputError("decode.lm.shared")
    return name


def n_best_of(reader: Any, reading: Reading, n_best: int, lm: str | None, problem: str = "") -> NBest:
    """`Reader.n_best`. problem: why the language model is not to be asked; what else fails leaves the greedy text."""
    try:
        found = reader.n_best(reading, n_best, lm=None if problem else lm)
    except InputError as error:
        return NBest(reading.text, [], problem=error.sentence)
    return replace(found, problem=problem) if problem else found
