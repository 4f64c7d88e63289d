"""A data set of lines: a folder or a .zip of images with `metadata.jsonl` (the Hugging Face imagefolder layout)."""

from __future__ import annotations

import io
import json
import os
import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PureWindowsPath
from typing import Any, Protocol

import numpy as np
from PIL import Image

from hwr.errors import InputError
from hwr.images.load import load_image

METADATA = "metadata.jsonl"
_DEPTH = 2  # folders that may stand between the data set's own and its metadata.jsonl: a zip's wrapper and a split
_SPLIT_NAMES = {"train", "val", "valid", "validation", "dev", "test"}
_IMAGES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".gif"}
_TRANSCRIPTS = (".gt.txt", ".txt")  # what stands in place of an image's ending
_LARGEST_FILE = 256 * 2**20  # bytes that one member of a .zip may unpack to


@dataclass(frozen=True)
class LineRecord:
    """One line of handwriting and what it says.

    image: a file, or a member of the .zip file `archive`. text: as it stands in the data set, not normalised.
    box: (x0, y0, x1, y1) pixels of the line in the image, right and lower edge excluded; None: the image is the line.
    """

    image: Path
    text: str
    writer: str | None = None
    page: str | None = None
    split: str | None = None
    box: tuple[int, int, int, int] | None = None
    archive: Path | None = None

    def read_bytes(self) -> bytes:
        """The encoded image of the line alone: the file itself, or a PNG of its box. Raises InputError if it fails."""
        try:
            if self.box is not None:
                return _crop(_page(self.image, self.archive, (self.archive or self.image).stat().st_mtime_ns), self.box)
            return _read(self.image, self.archive)
        except Exception as error:  # a damaged archive or image fails in many ways
            raise InputError(f"The image {self.image} cannot be read: {error}.") from None

    def grey(self) -> np.ndarray:
        """Brightness (H, W) uint8 of the line's image, decoded by `hwr.images.load`. Raises InputError if it fails."""
        return load_image(self.read_bytes(), name=str(self.image)).grey


@dataclass(frozen=True)
class Skipped:
    """A line that was left out. file: its image, or `metadata.jsonl:12` where the line itself is at fault."""

    file: str
    reason: str


@dataclass(frozen=True)
class LineDataset:
    """Records, and what was left out of them (of any split) with the reason."""

    records: list[LineRecord]
    skipped: list[Skipped] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index: int) -> LineRecord:
        return self.records[index]

    def __iter__(self) -> Iterator[LineRecord]:
        return iter(self.records)

    @property
    def texts(self) -> list[str]:
        return [record.text for record in self.records]

    @property
    def splits(self) -> list[str]:
        """Names of the splits, in order of appearance."""
        return list(dict.fromkeys(record.split for record in self.records if record.split is not None))

    def select(self, split: str) -> list[LineRecord]:
        """The records of one split; all of them where no record names a split.

        Raises InputError that lists the splits when there are some and this one is not among them.
        """
        if not self.splits:
            return self.records
        if split not in self.splits:
            raise InputError(f"The data set has no split {split!r}; it has {', '.join(self.splits)}.")
        return [record for record in self.records if record.split == split]


def read_imagefolder(directory: Path, split: str | None = None) -> LineDataset:
    """Read `metadata.jsonl` (`file_name`, `text`, optional `writer`, `page`, `split`) of a folder or a .zip file.

    The file stands at the root, or one in each split's folder, whose name is then the split. Where there is none, every
    image has a text file of its name beside it: `a.png` with `a.gt.txt` or `a.txt`. Images are not opened.
    split: keep this one only; a data set without splits is one split, whatever its name. Lines without an image or text
    are listed in `skipped`. Raises InputError when there is no data set, no usable line, no such split, and for a
    `file_name` that leaves the folder (links inside of it are followed).
    """
    source = _Zip(directory) if directory.is_file() else _Folder(directory)
    records: list[LineRecord] = []
    skipped: list[Skipped] = []
    found_at = _find_metadata(source)
    if not found_at:
        records, skipped = _read_pairs(source, directory)
    for metadata in found_at:
        folder = posixpath.basename(posixpath.dirname(metadata))
        # A lone folder of any other name is what zipping a data set's folder adds.
        folder_split = folder if len(found_at) > 1 or folder in _SPLIT_NAMES else None
        for number, line in enumerate(source.read(metadata).removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1):
            if line.strip():
                found = _read_record(source, metadata, number, line, folder_split)
                if isinstance(found, Skipped):
                    skipped.append(found)
                else:
                    records.append(found)
    if not records:
        why = f"the first was left out because {skipped[0].reason} ({skipped[0].file})" if skipped else "it lists none"
        raise InputError(f"The data set {directory} has no usable line: {why}.")
    dataset = LineDataset(records, skipped)
    return dataset if split is None else LineDataset(dataset.select(split), skipped)


def write_imagefolder(
    directory: Path, items: Iterable[tuple[Image.Image | np.ndarray, str, Mapping[str, Any]]]
) -> None:
    """Write (image, text, extra fields) as PNG files and `metadata.jsonl`.

    image: a PIL image, or uint8 (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA. Extra fields are any JSON values; those
    named `writer`, `page` and `split` come back in the records. Items are written one by one, the images of a split in
    its own folder; `metadata.jsonl` appears once all are there.
    Raises InputError where a data set stands already, and for an image or text that cannot be written.
    """
    metadata = directory / METADATA
    if metadata.exists():
        raise InputError(f"{directory} already holds a data set; choose an empty folder.")
    directory.mkdir(parents=True, exist_ok=True)
    partial = directory / f"{METADATA}.partial"
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        for i, (image, text, extras) in enumerate(items):
            folder = str(extras.get("split") or "")
            name = f"{folder}/{i:06d}.png" if re.fullmatch(r"[\w-]+", folder) else f"{i:06d}.png"
            row = {"file_name": name, "text": text}
            if repeated := row.keys() & extras.keys():
                raise InputError(f"Line {i} has the extra field {min(repeated)!r}, which the data set uses itself.")
            (directory / name).parent.mkdir(exist_ok=True)
            _to_image(image, i).save(directory / name)
            try:
                file.write(json.dumps(row | dict(extras), ensure_ascii=False) + "\n")
            except UnicodeEncodeError:
                raise InputError(f"The text or a field of line {i} is not valid Unicode: {text!r}.") from None
    partial.replace(metadata)


def _to_image(image: Image.Image | np.ndarray, index: int) -> Image.Image:
    if isinstance(image, np.ndarray):
        if image.dtype != np.uint8 or not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (3, 4))):
            raise InputError(f"Image {index} is {image.dtype} {image.shape}; uint8 (H, W) or (H, W, 3) is needed.")
        image = Image.fromarray(image)
    if 0 in image.size:
        raise InputError(f"Image {index} is empty: {image.width} x {image.height} pixels.")
    return _for_png(image)


def _for_png(image: Image.Image) -> Image.Image:
    return image if image.mode in ("1", "L", "LA", "I;16", "RGB", "RGBA", "P") else image.convert("RGB")


class _Source(Protocol):
    """Where a data set lies. Names are relative, with forward slashes."""

    def names_at(self, depth: int, name: str) -> Iterator[str]:
        """Every file of that name (`*`: any) so many folders below the root."""
        ...

    def has(self, name: str) -> bool: ...
    def read(self, name: str) -> bytes: ...

    def locate(self, name: str) -> tuple[Path, Path | None]:
        """`image` and `archive` of a record."""
        ...


class _Folder:
    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise InputError(f"The data set {root} is missing; give a folder or a .zip file with a {METADATA}.")
        self.root = root

    def names_at(self, depth: int, name: str) -> Iterator[str]:
        for path in self.root.glob("*/" * depth + name):
            yield path.relative_to(self.root).as_posix()

    def has(self, name: str) -> bool:
        return os.path.isfile(self.root / name)  # unlike Path.is_file, False for a name that is too long

    def read(self, name: str) -> bytes:
        try:
            return (self.root / name).read_bytes()
        except OSError as error:
            raise InputError(f"{self.root / name} cannot be read: {error}.") from None

    def locate(self, name: str) -> tuple[Path, Path | None]:
        return self.root / name, None


class _Zip:
    """Nothing is unpacked to the disk: a member is read by its name in the archive's own list."""

    def __init__(self, path: Path) -> None:
        try:
            self.file = _open_archive(path)
        except Exception as error:  # a damaged archive fails in many ways
            raise InputError(f"{path} is not a .zip file, or it is damaged: {error}.") from None
        self.path, self.names = path, {info.filename for info in self.file.infolist() if not info.is_dir()}

    def names_at(self, depth: int, name: str) -> Iterator[str]:
        return (n for n in self.names if n.count("/") == depth and name in ("*", posixpath.basename(n)))

    def has(self, name: str) -> bool:
        return name in self.names

    def read(self, name: str) -> bytes:
        try:
            return _read_member(self.file, name)
        except Exception as error:
            raise InputError(f"{name} in {self.path} cannot be read: {error}.") from None

    def locate(self, name: str) -> tuple[Path, Path | None]:
        return Path(name), self.path


def _find_metadata(source: _Source) -> list[str]:
    """The metadata files that lie nearest to the root; none where there are none."""
    for depth in range(_DEPTH + 1):
        if names := sorted(source.names_at(depth, METADATA)):
            return names
    return []


def _read_pairs(source: _Source, directory: Path) -> tuple[list[LineRecord], list[Skipped]]:
    """Images with their transcripts beside them. Raises InputError when no image has one."""
    records: list[LineRecord] = []
    skipped: list[Skipped] = []
    names = [name for depth in range(_DEPTH + 1) for name in sorted(source.names_at(depth, "*"))]
    for name in names:
        stem, ending = posixpath.splitext(name)
        if ending.lower() not in _IMAGES or name.startswith("__MACOSX/"):
            continue
        transcript = next((stem + ending for ending in _TRANSCRIPTS if source.has(stem + ending)), None)
        if transcript is None:
            skipped.append(Skipped(name, "no text file of its name is beside it"))
        elif text := _transcript(source.read(transcript)):
            split = next((part for part in name.split("/")[:-1] if part in _SPLIT_NAMES), None)
            image, archive = source.locate(name)
            records.append(LineRecord(image, text, split=split, archive=archive))
        else:
            skipped.append(Skipped(transcript, "it is not one line of text in UTF-8"))
    if not records and not any(skip.file.endswith(".txt") for skip in skipped):
        raise InputError(
            f'{directory} has no {METADATA}; write one line {{"file_name": ..., "text": ...}} for each image, or put a '
            "text file of its name (.txt) beside each."
        )
    return records, skipped


def _transcript(content: bytes) -> str | None:
    """The one line of a transcript file; None where it is empty, several lines, or no text."""
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        return None
    filled = [line.strip() for line in lines if line.strip()]
    return filled[0] if len(filled) == 1 and _is_text(filled[0]) else None


def _read_record(
    source: _Source, metadata: str, number: int, line: bytes, folder_split: str | None
) -> LineRecord | Skipped:
    where = f"{metadata}:{number}"
    try:
        row = json.loads(line.decode())
    except (ValueError, RecursionError):
        return Skipped(where, "the line is not valid JSON")
    if not isinstance(row, dict) or not _is_text(row.get("file_name")):
        return Skipped(where, 'the line has no "file_name"')
    name = _inside(posixpath.dirname(metadata), row["file_name"], where)
    if not source.has(name):
        return Skipped(name, "the image is missing")
    if not _is_text(row.get("text")):
        return Skipped(name, "the text is empty or not text")
    writer, page, split = (None if row.get(key) is None else str(row[key]) for key in ("writer", "page", "split"))
    image, archive = source.locate(name)
    return LineRecord(image, row["text"], writer, page, split or folder_split, archive=archive)


def _is_text(value: object) -> bool:
    """A string of valid Unicode (JSON can spell half a surrogate pair) with something in it."""
    return isinstance(value, str) and bool(value.strip()) and not any("\ud800" <= c <= "\udfff" for c in value)


def _inside(folder: str, file_name: str, where: str) -> str:
    """`folder/file_name`, relative to the data set's root. Raises InputError when it would leave the root."""
    name = posixpath.normpath(posixpath.join(folder, file_name.replace("\\", "/")))
    if PureWindowsPath(file_name).anchor or name == ".." or name.startswith("../"):
        raise InputError(f"{where} names the file {file_name!r}, which is outside of the data set's folder.")
    return name


def _read_member(file: zipfile.ZipFile, name: str) -> bytes:
    if file.getinfo(name).file_size > _LARGEST_FILE:
        raise ValueError(f"it unpacks to more than {_LARGEST_FILE // 2**20} MiB")
    return file.read(name)


def _open_archive(path: Path) -> zipfile.ZipFile:
    """The archive, opened once in every process: workers that shared one would move each other's place in the file."""
    return _opened(path, path.stat().st_mtime_ns, os.getpid())


@lru_cache(maxsize=4)
def _opened(path: Path, changed: int, process: int) -> zipfile.ZipFile:
    return zipfile.ZipFile(path)


def _read(image: Path, archive: Path | None) -> bytes:
    return image.read_bytes() if archive is None else _read_member(_open_archive(archive), image.as_posix())


@lru_cache(maxsize=1)
def _page(image: Path, archive: Path | None, changed: int) -> Image.Image:
    """The decoded page, kept for the next line of it."""
    with Image.open(io.BytesIO(_read(image, archive))) as page:
        return page.copy()


def _crop(page: Image.Image, box: tuple[int, int, int, int]) -> bytes:
    """A PNG of the part of `box` that lies in the image. Raises ValueError when there is none."""
    x0, y0, x1, y1 = max(box[0], 0), max(box[1], 0), min(box[2], page.width), min(box[3], page.height)
    if x0 >= x1 or y0 >= y1:
        raise ValueError(f"the line at {box} is outside of its {page.width} x {page.height} pixels")
    out = io.BytesIO()
    _for_png(page.crop((x0, y0, x1, y1))).save(out, "PNG", compress_level=1)
    return out.getvalue()
