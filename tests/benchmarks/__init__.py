"""Speed, measured as ratios within one run: `python -m tests.benchmarks`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import NoReturn

from hwr.commands.shared import complain, explain_disk
from hwr.errors import InputError


def run(main: Callable[[], int | None]) -> NoReturn:
    """Run a benchmark as the command line runs a command: what cannot be used is one sentence and exit code 2."""
    try:
        sys.exit(main())
    except InputError as error:
        complain(error)
    except OSError as error:
        complain(explain_disk(error, argparse.Namespace()))
    sys.exit(2)
