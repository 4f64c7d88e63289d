"""The one reading of split names: whoever wrote them, they are `train`, `val` or `test`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = get_args(Split)
SPELLINGS: dict[Split, tuple[str, ...]] = {
    "train": ("train", "training"),
    "val": ("val", "validation", "valid", "dev"),
    "test": ("test", "testing"),
}
_SPLIT_OF: dict[str, Split] = {spelling: split for split, spellings in SPELLINGS.items() for spelling in spellings}


def split_name(name: str) -> str:
    """`train`, `val` or `test` for each of their spellings, in any case; any other name as it stands.

    >>> split_name("Validation"), split_name(" DEV "), split_name("fold 3")
    ('val', 'val', 'fold 3')
    """
    name = name.strip()
    return _SPLIT_OF.get(name.casefold(), name)


def split_of_folders(folders: Iterable[str]) -> Split | None:
    """The split that the outermost of some folders is named after; None where none is.

    >>> split_of_folders(["lines", "TEST", "page1"]), split_of_folders(["lines"])
    ('test', None)
    """
    return next((_SPLIT_OF[key] for folder in folders if (key := folder.strip().casefold()) in _SPLIT_OF), None)
