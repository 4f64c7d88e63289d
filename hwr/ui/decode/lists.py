"""Which n-best list a visitor wants, and the list itself."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace

from hwr.errors import InputError
from hwr.reading import LineReader, NBest, Reading
from hwr.ui.line.shown import Shown

DEFAULT, SMOLLM2, NONE, OTHER = "default", "smollm2", "none", "other"
LONGEST_NAME = 200  # characters; a name is bounded before it is kept


@dataclass(frozen=True)
class Wanted:
    """Which list the visitor wants: of which reading (`Shown.number`), which line, scored by which language model.

    truths: what is written on every line, where that was known when it was asked. looked: the line that was picked on the Read tab when this one was last looked at.
    """

    number: int
    line: int = 0
    lm: str | None = DEFAULT
    truths: tuple[str | None, ...] = ()
    looked: int = field(default=0, compare=False)

    @property
    def truth(self) -> str | None:
        """What is written on the line, if that is known."""
        return self.truths[self.line] if self.line < len(self.truths) else None


@dataclass(frozen=True)
class Listed:
    """The list that is on the page, and the reading that it is of."""

    wanted: Wanted
    shown: Shown


def offered_language_models() -> list[str]:
    """What strangers may choose from: the shipped models, and those that the owner names in HWR_LANGUAGE_MODELS."""
    named = os.environ.get("HWR_LANGUAGE_MODELS", "").split(",")
    return [DEFAULT, SMOLLM2, NONE, *filter(None, map(str.strip, named))]


def wanted_lm(name: str, own_machine: bool) -> str | None:
    """The language model that a visitor named; None for "none".

    own_machine: whether it is the visitor's own computer, so that its directories and any Hub id may be named. Raises
    InputError when there is no name or none that is so long, and on a shared host for what is not offered.
    """
    name = name.strip()
    if len(name) > LONGEST_NAME:
        raise InputError("decode.lm.too_long", length=len(name))
    if name in (DEFAULT, SMOLLM2, NONE):
        return None if name == NONE else name
    if not name:
        raise InputError("decode.lm.unnamed")
    if not own_machine and name not in (offered := offered_language_models()):
        raise InputError("decode.lm.shared", offered=", ".join(offered))
    return name


def n_best_of(reader: LineReader, reading: Reading, n_best: int, lm: str | None, problem: str = "") -> NBest:
    """`Reader.n_best`. problem: why the language model is not to be asked; what else fails leaves the greedy text."""
    try:
        found = reader.n_best(reading, n_best, lm=None if problem else lm)
    except InputError as error:
        return NBest(reading.text, [], problem=error.sentence)
    return replace(found, problem=problem) if problem else found
