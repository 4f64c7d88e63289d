"""`python -m hwr`: everything the interface can do, without it."""

from __future__ import annotations

import os
import sys
import typing
from collections.abc import Sequence
from contextlib import redirect_stdout

from hwr.commands import (
    checkpoints,
    data,
    experiments,
    inspection,
    language,
    pages,
    reading,
    reports,
    runs,
    sharing,
    training,
)
from hwr.commands.shared import Commands, HarmlessOutput, Parser, complain, explain_disk
from hwr.errors import InputError


def build_parser(wanted: str | None = None) -> Parser:
    """The parser of all commands; `wanted` is the one that will run."""
    parser = Parser("python -m hwr", description="Read handwriting, look inside the recogniser, train it.")
    commands = Commands(parser, wanted)
    for module in (
        reading,
        reports,
        pages,
        training,
        runs,
        experiments,
        language,
        data,
        sharing,
        checkpoints,
        inspection,
    ):
        module.add(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0, or 2 for input that cannot be used."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    args = build_parser(arguments[0] if arguments else None).parse_args(arguments)
    if os.environ.get("RANK", "0") != "0":  # of several processes that work together, the first one speaks
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        with redirect_stdout(typing.cast(typing.TextIO, HarmlessOutput(sys.stdout))):
            return args.run(args)
    except InputError as error:
        complain(error)
        return 2
    except BrokenPipeError:
        return 1
    except OSError as error:  # what a command did not expect of its files
        complain(explain_disk(error, args))
        return 2
