"""The files that visitors send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder, is_in_or_equal

from hwr.errors import InputError


def uploaded_path(file: Any) -> str:
    """The path of an uploaded file, which must lie where uploads lie. Raises InputError otherwise."""
    path = file.get("path") if isinstance(file, dict) else None
    if (
        not isinstance(path, str)
        or not path
        or not is_in_or_equal(path, get_upload_folder())
        or not Path(path).is_file()
    ):
        raise InputError("image is not an uploaded file; send it with handle_file(...) of gradio_client.")
    return path
