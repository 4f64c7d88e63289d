"""What the commands share: their parser, how they print, how they complain."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TextIO

from hwr.errors import InputError

OUTPUTS = ("out", "export", "examples", "json", "readme")  # flags of commands that name what is written
# Controls but line breaks and tabs, and the marks that turn the direction of what follows.
_COMMANDS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class Parser(argparse.ArgumentParser):
    """Wrong usage is one line and exit code 2, as all bad input is."""

    def error(self, message: str) -> typing.NoReturn:
        complain(InputError("commands.usage", message=message, prog=self.prog))
        sys.exit(2)


class Commands:
    """The list of commands, which each module of this package adds its own to.

    wanted: the command that will run, if that is known: the flags of some cost an import to list.
    """

    def __init__(self, parser: argparse.ArgumentParser, wanted: str | None = None) -> None:
        self.wanted = wanted
        self._parsers = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    def add(self, name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        """A new command; `run` takes its arguments and returns the exit code."""
        sub = self._parsers.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub


def add_model(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--model", help="checkpoint directory or Hugging Face Hub id (default: the shipped one)")


def share(text: str) -> float:
    """The type of a flag that names a share.

    >>> share("0.25")
    0.25
    """
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no share; give a number from 0 to 1")
    return value


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


def complain(error: Exception) -> None:
    print(f"hwr: {' '.join(harmless(str(error)).split())}", file=sys.stderr)


def harmless(text: str) -> str:
    r"""The text with what could command a terminal, or turn its lines about, spelled out as JSON spells it.

    >>> harmless("a\x1b[7mb\u202ec")
    'a\\u001b[7mb\\u202ec'
    """
    return _COMMANDS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class HarmlessOutput:
    """A stream of text to which `harmless` is done as it is written; all else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(harmless(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def explain_disk(error: OSError, args: argparse.Namespace) -> InputError:
    """The sentence for an output that cannot be written, or for another file that fails."""
    outputs = [path for name in OUTPUTS if isinstance(path := getattr(args, name, None), Path)]
    place = Path(os.fsdecode(error.filename)) if isinstance(error.filename, (str, bytes)) else None
    reason = error.strerror or str(error)
    if place is None and outputs:
        return InputError("commands.not_writable", place=outputs[0], reason=reason)
    if place is None:
        return InputError("commands.file_not_readable", reason=reason)
    if any(place == output or output in place.parents or place in output.parents for output in outputs):
        return InputError("commands.not_writable", place=place, reason=reason)
    for output in outputs:  # many are written beside their place and then moved there
        if place.parent == output.parent and output.name in place.name:
            return InputError("commands.not_writable", place=output, reason=reason)
    return InputError("commands.not_readable", place=place, reason=reason)


def interval_text(interval: Any) -> str:
    return f"{interval.value:7.2%}  [{interval.low:.2%}, {interval.high:.2%}]"


def progress_line(unit: str) -> Any:
    """A callable (done, total) that keeps one line on a terminal's standard error up to date."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done}/{total} {unit}", end="\n" if done == total else "", file=sys.stderr, flush=True)

    return show


def named_sets(values: Sequence[str] | None) -> dict[str, tuple[str, str]]:
    """["name=path:split", ...] -> {name: (path, split)}."""
    sets = {}
    for value in values or []:
        name, _, rest = value.partition("=")
        path, _, split = rest.rpartition(":")
        if not (name and path and split):
            raise InputError("commands.no_set", value=value)
        sets[name] = (path, split)
    return sets
