"""A data set on its way to the Hugging Face Hub: the imagefolder layout with a folder a split, and a card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hwr.data.dataset import METADATA, LineDataset, LineRecord, read_imagefolder, write_imagefolder
from hwr.errors import InputError

HUB_SPLITS = {"train": "train", "val": "validation", "test": "test", None: "train"}  # as `datasets` names them
CARD = "README.md"


def write_for_hub(data: Path, out: Path, licence: str = "other") -> LineDataset:
    """Write a data set (folder or ZIP) as `datasets` loads it: `train/`, `validation/`, `test/` with a metadata.jsonl each.

    out: a folder that is new or empty. licence: of the card, as the Hub names it. Lines without a split are training
    lines. Returns what was written. Raises InputError as `read_imagefolder` does, and for a folder that holds something.
    """
    if out.exists() and any(out.iterdir()):
        raise InputError("data.folder_not_empty", out=out)
    dataset = read_imagefolder(data)
    splits: dict[str, list[LineRecord]] = {}
    for record in dataset.records:
        splits.setdefault(HUB_SPLITS.get(record.split, "train"), []).append(record)
    for name, records in splits.items():
        extra = [{k: v for k, v in (("writer", r.writer), ("page", r.page)) if v} for r in records]
        write_imagefolder(out / name, ((r.grey(), r.text, more) for r, more in zip(records, extra, strict=True)))
    counts = {name: len(records) for name, records in splits.items()}
    (out / CARD).write_text(data_card(counts, licence), encoding="utf-8")
    return dataset


def data_card(counts: dict[str, int], licence: str) -> str:
    """The card of a data set with so many lines in each split.

    >>> print(data_card({"train": 2}, "cc-by-4.0").splitlines()[1])
    license: cc-by-4.0
    """
    from huggingface_hub import DatasetCardData

    total = sum(counts.values())
    fields: dict[str, Any] = {
        "license": licence,
        "task_categories": ["image-to-text"],
        "tags": ["handwriting-recognition"],
        "size_categories": [_size(total)],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": name, "path": f"{name}/**"} for name in counts],
                "drop_labels": True,
            }
        ],
    }
    rows = "\n".join(f"| {name} | {lines:,} |" for name, lines in counts.items())
    return (
        f"---\n{DatasetCardData(**fields).to_yaml()}\n---\n# Handwritten lines\n\n{total:,} pictures of single lines with "
        f"their texts (`{METADATA}`: `file_name`, `text`, where it is known `writer` and `page`).\n\n"
        f"| split | lines |\n|---|---|\n{rows}\n\nRead with `datasets.load_dataset(...)`, or `python -m hwr data OWNER/NAME`.\n"
    )


def _size(lines: int) -> str:
    """The Hub's word for so many lines.

    >>> _size(12), _size(20_000)
    ('n<1K', '10K<n<100K')
    """
    steps = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
    return next((name for limit, name in steps if lines < limit), "1M<n<10M")
