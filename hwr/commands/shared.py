"""What the commands share: their parser, how they print, how they complain."""

from __future__ import annotations

import argparse
import json
import sys
import typing
from collections.abc import Callable, Sequence
from typing import Any

from hwr.errors import InputError


class Parser(argparse.ArgumentParser):
    """Wrong usage is one line and exit code 2, as all bad input is."""

    def error(self, message: str) -> typing.NoReturn:
        complain(InputError(f"{message} (try {self.prog} --help)"))
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


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


def complain(error: Exception) -> None:
    print(f"hwr: {' '.join(str(error).split())}", file=sys.stderr)


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
            raise InputError(f"{value!r} does not name a set; write NAME=PATH:SPLIT, such as scans=lines.zip:test.")
        sets[name] = (path, split)
    return sets
