"""A source of data that can be read line by line, whatever it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal

from hwr.data.dataset import LineDataset, LineRecord, Skipped
from hwr.data.iam import IamDataset

Kind = Literal["kept", "folder", "zip", "iam", "hub"]


@dataclass(frozen=True)
class OpenedRecord:
    """A record whose source is being read. name: what messages call it; read: gives the encoded image, or raises InputError."""

    name: str
    read: Callable[[], bytes]
    text: str
    writer: str | None = None
    page: str | None = None
    split: str | None = None


@dataclass(frozen=True)
class Opened:
    """A source that can be read. total: how many lines there are to read.

    skipped: what was left out, complete once all records were read. unlisted: IAM lines that no split list names.
    """

    kind: Kind
    records: Iterable[OpenedRecord]
    total: int
    skipped: list[Skipped] = field(default_factory=list)
    unlisted: int = 0


def opened_records(kind: Kind, dataset: LineDataset) -> Opened:
    """The lines of a data set that lies on the disk."""
    unlisted = dataset.unlisted if isinstance(dataset, IamDataset) else 0
    return Opened(kind, map(_opened, dataset.records), len(dataset), list(dataset.skipped), unlisted)


def _opened(record: LineRecord) -> OpenedRecord:
    return OpenedRecord(str(record.image), record.read_bytes, record.text, record.writer, record.page, record.split)
