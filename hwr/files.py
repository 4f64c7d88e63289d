"""Files that others made, read only where they are regular files of a size that can be meant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hwr.errors import InputError

LARGEST_JSON = 16 * 2**20  # bytes


def check_regular(path: Path, largest: int | None = None) -> None:
    """Raise FileNotFoundError when there is nothing, InputError for what is no file or has too many bytes.

    A pipe would be waited for without end, a device read without end.
    """
    size = path.stat().st_size
    if not path.is_file():
        raise InputError("files.not_regular", path=path)
    if largest is not None and size > largest:
        raise InputError("files.too_large", path=path, largest=largest // 2**20)


def read_json(path: Path) -> Any:
    """The value in a JSON file. Raises InputError as `check_regular`, and for what is no JSON, NaN included."""
    check_regular(path, LARGEST_JSON)
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refused)
    except (ValueError, RecursionError, OSError) as error:
        raise InputError("files.no_json", path=path, error=error) from None


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
