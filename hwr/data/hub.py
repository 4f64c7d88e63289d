"""Data sets of the Hugging Face Hub: Parquet files with a picture and its text in every row, or an imagefolder."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from hwr.data.dataset import METADATA, Skipped, read_imagefolder
from hwr.data.opened import Opened, OpenedRecord, opened_records
from hwr.data.splits import SPELLINGS, split_name
from hwr.errors import InputError
from hwr.sentences import Sentence

LARGEST_DATA_GB = 10.0  # fetched from the Hub, unless HWR_LARGEST_DATA_GB says otherwise
TEXT_COLUMNS = ("text", "transcription", "transcript", "sentence", "ground_truth")
WRITER_COLUMNS = ("writer", "writer_id")
_SPLIT = re.compile(rf"(?:^|[/_-])({'|'.join(chain(*SPELLINGS.values()))})(?=[-._/]|$)", re.IGNORECASE)
_PART = re.compile(r"(.*)-(\d+)-of-(\d+)\.parquet")
_FILES = ["*.parquet", f"*{METADATA}"]
_IMAGES = ["*.png", "*.jpg", "*.jpeg", "*.webp", "*.tif", "*.tiff"]


def open_hub(name: str) -> Opened:
    """The lines of a Hub data set, fetched once and then read from the cache.

    Parquet: a column with images and one of TEXT_COLUMNS; the split is in the path of the file. Raises InputError when
    it cannot be reached, is larger than LARGEST_DATA_GB, or has no such columns.
    """
    folder = fetch(name)
    files = sorted(folder.rglob("*.parquet"))
    if not files and any(folder.rglob(METADATA)):
        return opened_records("hub", read_imagefolder(folder))
    if not files:
        raise InputError("data.hub_format", name=name, metadata=METADATA)
    return _open_parquet(name, folder, files)


def holds_parquet(folder: Path) -> bool:
    """Whether a folder has Parquet files and no metadata of an imagefolder."""
    return any(folder.rglob("*.parquet")) and not any(folder.rglob(METADATA))


def open_parquet(path: Path) -> Opened:
    """The lines of Parquet files on this disk, one or a folder of them, as `open_hub` reads those of the Hub."""
    if path.is_file():
        return _open_parquet(path.name, path.parent, [path])
    return _open_parquet(path.name, path, sorted(path.rglob("*.parquet")))


def fetch(name: str) -> Path:
    """The data set's folder in the cache, completed from the network; without a network what the cache has of it."""
    from huggingface_hub import dataset_info, snapshot_download
    from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

    try:
        files = {f.rfilename: f.size or 0 for f in dataset_info(name, files_metadata=True).siblings or []}
        patterns = _FILES if any(f.endswith(".parquet") for f in files) else [*_FILES, *_IMAGES]
        _check_size(name, files, patterns)
        return Path(snapshot_download(name, repo_type="dataset", allow_patterns=patterns))
    except (RepositoryNotFoundError, HFValidationError):
        raise InputError("data.hub_unknown", name=name) from None
    except InputError:
        raise
    except Exception as error:  # no network, in one of many ways
        return _cached(name, error)


def _cached(name: str, error: Exception) -> Path:
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(name, repo_type="dataset", local_files_only=True))
    except Exception:
        raise InputError("data.hub_unreachable", name=name, reason=type(error).__name__) from None
    parts = defaultdict(set)
    for path in folder.rglob("*.parquet"):
        if match := _PART.fullmatch(path.relative_to(folder).as_posix()):
            parts[match[1], int(match[3])].add(int(match[2]))
    if any(len(found) < total for (_, total), found in parts.items()):
        raise InputError("data.partly_fetched", name=name)
    return folder


def _check_size(name: str, files: dict[str, int], patterns: list[str]) -> None:
    endings = tuple(pattern.removeprefix("*") for pattern in patterns)
    gigabytes = sum(size for file, size in files.items() if file.endswith(endings)) / 1e9
    largest = float(os.environ.get("HWR_LARGEST_DATA_GB") or LARGEST_DATA_GB)
    if gigabytes > largest:
        raise InputError("data.too_large", name=name, gigabytes=gigabytes, largest=largest)


def _open_parquet(name: str, folder: Path, files: list[Path]) -> Opened:
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise InputError("data.needs_pyarrow", name=name) from None
    try:
        tables = [(path, parquet.ParquetFile(path)) for path in files]
    except Exception as error:  # pyarrow has errors of its own
        raise InputError("data.parquet_damaged", name=name, error=error) from None
    skipped: list[Skipped] = []
    image, text, extra = _columns(name, tables[0][1].schema_arrow)
    total = sum(table.metadata.num_rows for _, table in tables)
    return Opened("hub", _rows(folder, tables, image, text, extra, skipped), total, skipped)


def _columns(name: str, schema: Any) -> tuple[str, str, str | None]:
    """Names of the columns with the image, the text, and the writer if there is one."""
    names = list(schema.names)
    pictured = [n for n in names if _holds_images(schema.field(n).type)]
    image = "image" if "image" in pictured else pictured[0] if len(pictured) == 1 else None
    text = next((n for n in TEXT_COLUMNS if n in names), None)
    if image is None or text is None:
        raise InputError("data.columns", name=name, names=", ".join(names), wanted=", ".join(TEXT_COLUMNS))
    return image, text, next((n for n in WRITER_COLUMNS if n in names), None)


def _holds_images(kind: Any) -> bool:
    import pyarrow.types as types

    if types.is_struct(kind):
        return any(kind.field(i).name == "bytes" for i in range(kind.num_fields))
    return types.is_binary(kind) or types.is_large_binary(kind)


def _rows(
    folder: Path, tables: list[tuple[Path, Any]], image: str, text: str, writer: str | None, skipped: list[Skipped]
) -> Iterator[OpenedRecord]:
    for path, table in tables:
        inside = path.relative_to(folder).as_posix()
        match = _SPLIT.search(inside)
        number = 0
        for batch in table.iter_batches(batch_size=64, columns=[c for c in (image, text, writer) if c]):
            for row in batch.to_pylist():
                number += 1
                where = f"{inside}, row {number}"
                if not isinstance(row[text], str) or not row[text].strip():
                    skipped.append(Skipped(where, Sentence("data.left.no_text")))
                    continue
                hand = row[writer] if writer else None
                yield OpenedRecord(
                    where,
                    partial(_image_bytes, row[image], where),
                    row[text],
                    None if hand is None else str(hand),
                    None,
                    split_name(match[1]) if match else None,
                )


def _image_bytes(value: Any, where: str) -> bytes:
    content = value.get("bytes") if isinstance(value, dict) else value
    if not content:
        raise InputError("data.no_image", where=where)
    return content
