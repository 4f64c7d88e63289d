"""Where a visitor is, as the browser remembers it: a reload, or a lost connection, leads back to it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hwr.errors import InputError
from hwr.examples.catalogue import EXAMPLES
from hwr.ui.line.shown import How, Shown
from hwr.ui.page.gradio_edges import get_upload_folder, is_in_or_equal

UPLOAD = re.compile(r"[0-9a-f]{16,128}/[^/\\]{1,255}")  # folder and name as uploads are stored
TURNS = (0, 90, 180, 270)


@dataclass(frozen=True)
class Place:
    """An image, how it was read, and the line that is looked at.

    upload: where the file lies among the uploads, under a name that nobody can guess; "" for an example. turn: degrees
    that the visitor turned it by, None where that was left to the reader. compared: the checkpoint that it is compared
    with, "" for none.
    """

    upload: str = ""
    example: str = ""
    how: How = "auto"
    turn: int | None = None
    model: str = ""
    line: int = 0
    compared: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def example_index(self) -> int:
        """The number of the example; -1 for none, or one that there is not."""
        return next((i for i, example in enumerate(EXAMPLES) if example.name == self.example), -1)

    def file(self) -> str:
        """The uploaded file. Raises InputError where it is not there (any more)."""
        path = Path(get_upload_folder()) / self.upload
        if not (UPLOAD.fullmatch(self.upload) and is_in_or_equal(path, get_upload_folder()) and path.is_file()):
            raise InputError("read.gone")
        return str(path)


def place_of(now: Shown, line: int, compared: str = "") -> Place:
    """What the browser is to remember of a reading."""
    turn = now.turned if now.by_hand else None
    if now.example >= 0:
        return Place("", EXAMPLES[now.example].name, now.how, turn, now.model.id, line, compared)
    source = Path(now.source or "")
    inside = now.source is not None and is_in_or_equal(source, get_upload_folder())
    upload = f"{source.parent.name}/{source.name}" if inside else ""
    return Place(upload, "", now.how, turn, now.model.id, line, compared)


def place_from(said: object) -> Place:
    """What a browser says that it remembers; whatever is no place is the beginning."""
    said = said if isinstance(said, dict) else {}
    line, turn = said.get("line"), said.get("turn")
    return Place(
        upload=str(said.get("upload") or ""),
        example=str(said.get("example") or ""),
        how="single" if said.get("how") == "single" else "auto",
        turn=turn if turn in TURNS and not isinstance(turn, bool) else None,
        model=str(said.get("model") or "")[:200],
        line=line if isinstance(line, int) and not isinstance(line, bool) and 0 <= line < 10_000 else 0,
        compared=str(said.get("compared") or "")[:200],
    )
