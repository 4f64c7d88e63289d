"""From what a person names to data that a run can stand on: a snapshot in one layout, and a summary to look at first."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hwr.data.annotations import AnnotationStore
from hwr.data.dataset import METADATA, Skipped, read_imagefolder
from hwr.data.frozen_splits import freeze_kept
from hwr.data.hub import holds_parquet, open_hub, open_parquet
from hwr.data.iam import looks_like_iam, read_iam
from hwr.data.opened import Kind, Opened, OpenedRecord, opened_records
from hwr.data.splits import SPELLINGS, split_name
from hwr.errors import InputError
from hwr.images.load import load_image
from hwr.paths import data_directory
from hwr.recognizer.charset import RIGHT_TO_LEFT, runs_right_to_left, visible

Progress = Callable[[int, int], None]

SUMMARY = "summary.json"
FIRST = 5  # lines that a summary shows
KEPT = "kept"
DAY = 24 * 3600.0
_HUB_ID = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_LIST_NAMES = {split: "|".join((split[:2], *spellings)) for split, spellings in SPELLINGS.items()}
INVISIBLE = (
    "{lines} line(s) have characters that cannot be seen (zero-width signs, direction marks, soft hyphens, controls); "
    "they are left out of what is learned and compared."
)


@dataclass(frozen=True)
class FirstLine:
    """One of the first lines, to look at."""

    image: Path
    text: str
    split: str | None
    writer: str | None


@dataclass(frozen=True)
class DataSummary:
    """What a prepared data set holds.

    source: as it was named. path: the snapshot, an imagefolder data set. splits: lines of each split, {"": n} where the
    data has none. writers: lines of each writer that is named. characters: all that can be seen in the texts. skipped: what was
    left out and why. unlisted: IAM lines that no split list names. right_to_left: lines with letters of such a script. invisible: lines
    with characters that cannot be seen, which are kept here and left out of what is learned.
    """

    source: str
    kind: Kind
    path: Path
    lines: int
    splits: dict[str, int]
    writers: dict[str, int]
    characters: str
    skipped: list[Skipped]
    unlisted: int
    first: list[FirstLine]
    right_to_left: int = 0
    invisible: int = 0

    @property
    def warnings(self) -> list[str]:
        """What a person should know of these lines before they are learned from, and what to do."""
        found = [RIGHT_TO_LEFT.format(lines=self.right_to_left)] if self.right_to_left else []
        return found + ([INVISIBLE.format(lines=self.invisible)] if self.invisible else [])

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON; the images of `first` relative to `path`."""
        first = [{**asdict(line), "image": line.image.relative_to(self.path).as_posix()} for line in self.first]
        return asdict(self) | {"path": str(self.path), "first": first}


def prepare_data(
    source: str,
    *,
    directory: Path | None = None,
    lists: Mapping[str, Path] | None = None,
    progress: Progress | None = None,
) -> DataSummary:
    """Copy a source into a snapshot under the data directory, which later changes of the source leave as it is.

    source: `kept` or `kept:WRITER`, a folder, a .zip file, an IAM folder or a Hub id such as Teklia/IAM-line.
    directory: the data directory, for another than the usual one. lists: split lists of IAM, else those in its folder.
    progress: told (lines done, lines in all). Every image is decoded once; those that cannot be are listed in `skipped`.
    The same data gives the same snapshot. Raises InputError when there is no such source or no line of it can be used.
    """
    home = directory or data_directory()
    snapshots = home / "data"
    with _disk_errors(snapshots):
        snapshots.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(snapshots)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=snapshots) as partial:
            opened = open_source(source, home, Path(partial) / "opened", lists or {})
            folder = Path(partial) / "snapshot"
            summary, digest = _write_snapshot(source, opened, folder, progress)
            target = snapshots / f"{_slug(source)}-{digest[:12]}"
            _publish(folder, target)
    return _moved(summary, target)


def import_data(
    source: str,
    out: Path,
    *,
    directory: Path | None = None,
    lists: Mapping[str, Path] | None = None,
    progress: Progress | None = None,
) -> DataSummary:
    """Write a source as an imagefolder data set at `out`, a folder that is new or empty; the rest as `prepare_data`."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError("data.folder_not_empty", out=out)
    with _disk_errors(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=out.parent) as partial:
            opened = open_source(source, directory or data_directory(), Path(partial) / "opened", lists or {})
            folder = Path(partial) / "snapshot"
            summary, _ = _write_snapshot(source, opened, folder, progress)
            if out.exists():
                out.rmdir()
            folder.rename(out)
    return _moved(summary, out)


def read_summary(path: Path) -> DataSummary:
    """The summary of a snapshot that was prepared before. Raises InputError when there is none."""
    try:
        values = json.loads((path / SUMMARY).read_text(encoding="utf-8"))
        values["skipped"] = [Skipped(**skipped) for skipped in values["skipped"]]
        values["first"] = [FirstLine(**{**line, "image": path / line["image"]}) for line in values["first"]]
        return DataSummary(**{**values, "path": path})
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("data.not_prepared", path=path) from None


def prepared(directory: Path | None = None) -> list[DataSummary]:
    """All snapshots under the data directory, the newest first; folders that are none are left alone."""
    snapshots = (directory or data_directory()) / "data"
    found = []
    for path in snapshots.glob(f"*/{SUMMARY}"):
        with suppress(InputError, FileNotFoundError):
            found.append((path.stat().st_mtime_ns, read_summary(path.parent)))
    return [summary for _, summary in sorted(found, key=lambda one: one[0], reverse=True)]


def open_source(source: str, home: Path, scratch: Path, lists: Mapping[str, Path]) -> Opened:
    """Find out what a source is and open it. scratch: a folder that does not exist yet, for what must be unpacked."""
    source = source.strip()
    if source == KEPT or source.startswith(f"{KEPT}:"):
        store = AnnotationStore(home / "annotations.sqlite")
        writer = source.partition(":")[2].strip() or None
        freeze_kept(store, writer)
        store.export(scratch, writer)
        return opened_records("kept", read_imagefolder(scratch))
    path = Path(source).expanduser()
    if source and path.is_dir():
        if looks_like_iam(path):
            return opened_records("iam", read_iam(path, lists or find_lists(path)))
        if holds_parquet(path):
            return open_parquet(path)
        return opened_records("folder", read_imagefolder(path))
    if source and path.is_file() and path.suffix.lower() == ".parquet":
        return open_parquet(path)
    if source and path.is_file():
        return opened_records("zip", read_imagefolder(path))
    if _HUB_ID.fullmatch(source):
        return open_hub(source)
    raise InputError("data.no_source", source=source, kept=KEPT)


def find_lists(directory: Path) -> dict[str, Path]:
    """The split lists that lie with an IAM folder: split -> file, such as train.uttlist or validationset1.txt."""
    found: dict[str, Path] = {}
    folders = [directory, *(directory / name for name in ("splits", "split", "task", "lists"))]
    files = [
        path for folder in folders for path in sorted(folder.glob("*")) if path.suffix in (".uttlist", ".lst", ".txt")
    ]
    for split, names in _LIST_NAMES.items():
        named = (path for path in files if re.fullmatch(rf"(?:{names})_?(?:set|lines|forms|ids)?1?", path.stem.lower()))
        if path := next(named, None):
            found[split] = path
    return found


class _Snapshot:
    """A snapshot while it is written: the files so far, what they hold, and a digest of all that the data says."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder, self.lines = folder, 0
        self.splits: Counter[str] = Counter()
        self.writers: Counter[str] = Counter()
        self.characters: set[str] = set()
        self.first: list[FirstLine] = []
        self.right_to_left = self.invisible = 0
        self.digest = hashlib.sha256()

    def add(self, record: OpenedRecord, content: bytes) -> str:
        """Write one image; returns its line for the metadata. Raises InputError when it cannot be decoded."""
        load_image(content, name=record.name)
        split = split_name(record.split or "") or None
        name = _place(self.folder, split, self.lines, Path(record.name).suffix.lower())
        (self.folder / name).write_bytes(content)
        row = {"file_name": name, "text": record.text, "writer": record.writer, "page": record.page, "split": split}
        line = json.dumps({key: value for key, value in row.items() if value is not None}, ensure_ascii=False) + "\n"
        self.digest.update(line.encode() + hashlib.sha256(content).digest())
        self.lines += 1
        self.splits[split or ""] += 1
        self.writers.update([record.writer] if record.writer else [])
        self.characters.update(visible(record.text))
        self.invisible += visible(record.text) != record.text
        self.right_to_left += runs_right_to_left(record.text)
        if len(self.first) < FIRST:
            self.first.append(FirstLine(self.folder / name, record.text, split, record.writer))
        return line


def _write_snapshot(source: str, opened: Opened, folder: Path, progress: Progress | None) -> tuple[DataSummary, str]:
    """Write the lines that can be read; returns their summary and the digest of the data."""
    snapshot, damaged = _Snapshot(folder), []
    with (folder / METADATA).open("w", encoding="utf-8", newline="\n") as metadata:
        for done, record in enumerate(opened.records, start=1):
            try:
                metadata.write(snapshot.add(record, record.read()))
            except InputError as error:
                damaged.append(Skipped(record.name, str(error)))
            if progress:
                progress(done, opened.total)
    skipped = [*opened.skipped, *damaged]
    if not snapshot.lines:
        why = f"the first was left out because {skipped[0].reason} ({skipped[0].file})" if skipped else "it is empty"
        raise InputError("data.nothing_usable", source=source, why=why)
    summary = DataSummary(
        source=source,
        kind=opened.kind,
        path=folder,
        lines=snapshot.lines,
        splits=dict(snapshot.splits),
        writers=dict(snapshot.writers),
        characters="".join(sorted(snapshot.characters)),
        skipped=skipped,
        unlisted=opened.unlisted,
        first=snapshot.first,
        right_to_left=snapshot.right_to_left,
        invisible=snapshot.invisible,
    )
    text = json.dumps(summary.to_dict() | {"path": ""}, ensure_ascii=False, indent=1)
    (folder / SUMMARY).write_text(text, encoding="utf-8")
    return summary, snapshot.digest.hexdigest()


def _place(folder: Path, split: str | None, index: int, suffix: str) -> str:
    """`train/000012.png`, its folder made."""
    suffix = suffix if re.fullmatch(r"\.[a-z0-9]{1,5}", suffix) else ".png"
    inside = split if split and re.fullmatch(r"[\w-]+", split) else ""
    (folder / inside).mkdir(exist_ok=True)
    return f"{inside}/{index:06d}{suffix}".lstrip("/")


def _publish(folder: Path, target: Path) -> None:
    """Give a finished snapshot its name; one of the same name holds the same lines and stays, with a newer summary."""
    if target.exists():
        (folder / SUMMARY).replace(target / SUMMARY)
        return
    try:
        folder.rename(target)
    except OSError:
        if not target.exists():  # else another process was faster with the same data
            raise


def _moved(summary: DataSummary, path: Path) -> DataSummary:
    first = [
        FirstLine(path / line.image.relative_to(summary.path), line.text, line.split, line.writer)
        for line in summary.first
    ]
    return DataSummary(**{**summary.__dict__, "path": path, "first": first})


def _slug(source: str) -> str:
    """
    >>> _slug("Teklia/IAM-line"), _slug("/home/ada/my lines.zip"), _slug("kept:Ada")
    ('Teklia-IAM-line', 'my-lines', 'kept-Ada')
    """
    path = Path(source)
    name = source if _HUB_ID.fullmatch(source) and not path.exists() else path.name.removesuffix(".zip")
    return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:60] or "data"


def _remove_leftovers(snapshots: Path) -> None:
    """What a process left that died while it prepared data, once that is a day old."""
    for path in snapshots.glob(".partial-*"):
        with suppress(FileNotFoundError):  # another process is done with it
            if path.stat().st_mtime < time.time() - DAY:
                shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError("data.not_writable", target=target, error=error.strerror or error) from None
