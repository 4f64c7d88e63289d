"""A data set of lines: a folder or a .zip of images with `metadata.jsonl` (the Hugging Face imagefolder layout)."""

from __future__ import annotations

import io
import json
import posixpath
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
from PIL import Image

from hwr.data.places import Place, open_place, read_file
from hwr.data.splits import split_name, split_of_folders
from hwr.errors import InputError
from hwr.images.load import load_image
from hwr.recognizer.charset import visible
from hwr.sentences import Sentence

METADATA = "metadata.jsonl"
_IMAGES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".gif"}
_TRANSCRIPTS = (".gt.txt", ".txt")  # what stands in place of an image's ending
_DERIVED = {".bin", ".nrm", ".dew", ".raw"}  # in front of an image's ending, as OCRopus names cleaned copies
_LONGEST_FIELD = {"writer": 200, "page": 200, "split": 60}  # characters; a split names a folder, too
_LINE_BREAK = re.compile("\r\n|[\n\r\v\f\x85\u2028\u2029]")
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


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

    def name(self, root: Path) -> str:
        """What the image is called in the data set at `root`, wherever that lies."""
        return (self.image if self.archive else self.image.relative_to(root)).as_posix()

    def read_bytes(self) -> bytes:
        """The encoded image of the line alone: the file itself, or a PNG of its box. Raises InputError if it fails."""
        try:
            if self.box is not None:
                return _crop(_page(self.image, self.archive, (self.archive or self.image).stat().st_mtime_ns), self.box)
            return read_file(self.image, self.archive)
        except Exception as error:  # a damaged archive or image fails in many ways
            raise InputError("data.image_unreadable", image=self.image, error=error) from None

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
        split = split_name(split)
        if not self.splits:
            return self.records
        if split not in self.splits:
            raise InputError("data.no_split", split=split, splits=", ".join(self.splits))
        return [record for record in self.records if record.split == split]


def read_imagefolder(directory: Path, split: str | None = None) -> LineDataset:
    """Read `metadata.jsonl` (`file_name`, `text`, optional `writer`, `page`, `split`) of a folder or a .zip file.

    The file stands at the root, or one in each split's folder, whose name is then the split. Where there is none, every
    image has a text file of its name beside it: `a.png` (or `a.bin.png`) with `a.gt.txt` or `a.txt`. Images are not
    opened. Splits are named as in `hwr.data.splits`; a line that names none has that of a folder that it lies in.
    split: keep this one only; a data set without splits is one split, whatever its name. Lines without an image or text
    are listed in `skipped`. Raises InputError when there is no data set, no usable line, no such split, and for a
    `file_name` that leaves the folder (links inside of it are followed).
    """
    place = open_place(directory)
    found_at = _find_metadata(place)
    records, skipped = _read_listed(place, found_at) if found_at else _read_pairs(place, directory)
    if found_at:
        skipped += [
            Skipped(name, Sentence("data.left.unlisted", metadata=METADATA))
            for name in _unlisted(place, records, skipped)
        ]
    if not records:
        why = f"the first was left out because {skipped[0].reason} ({skipped[0].file})" if skipped else "it lists none"
        raise InputError("data.no_usable_line", directory=directory, why=why)
    return _only(split, LineDataset(records, skipped))


def read_pictures(directory: Path, split: str | None = None) -> LineDataset:
    """The lines of a folder or a .zip file without their texts, which are empty here, whether or not there are any.

    As `read_imagefolder`; besides, images that no metadata names are lines of their folder's split, and without metadata
    every image is a line, but a cleaned copy of another. Raises InputError where there is no image, and as that does.
    """
    place = open_place(directory)
    records, skipped = _read_listed(place, _find_metadata(place), texts=False)
    whole = {posixpath.splitext(name)[0] for name in place.names if _is_image(name)}
    for name in _unlisted(place, records, skipped):
        stem = posixpath.splitext(posixpath.splitext(name)[0])[0]
        if _is_derived(name) and stem in whole:
            skipped.append(Skipped(name, Sentence("data.left.same_line", image=stem)))
            continue
        image, archive = place.locate(name)
        records.append(LineRecord(image, "", split=split_of_folders(name.split("/")[:-1]), archive=archive))
    if not records:
        raise InputError("data.no_pictures", directory=directory)
    return _only(split, LineDataset(records, skipped))


def _only(split: str | None, dataset: LineDataset) -> LineDataset:
    """One split of the lines; what was left out is told of all."""
    return dataset if split is None else LineDataset(dataset.select(split), dataset.skipped)


def _read_listed(place: Place, found_at: list[str], texts: bool = True) -> tuple[list[LineRecord], list[Skipped]]:
    """What the metadata files list. texts: each line must have one; else none is looked at."""
    records: list[LineRecord] = []
    skipped: list[Skipped] = []
    for metadata in found_at:
        folders = posixpath.dirname(metadata).split("/")
        # A lone folder of any other name is what zipping a data set's folder adds.
        folder_split = split_of_folders(folders) or (folders[-1] if len(found_at) > 1 else None)
        for number, line in enumerate(_metadata_lines(place, metadata), start=1):
            if line.strip():
                found = _read_record(place, metadata, number, line, folder_split, texts)
                if isinstance(found, Skipped):
                    skipped.append(found)
                else:
                    records.append(found)
    return records, skipped


def _unlisted(place: Place, records: list[LineRecord], skipped: list[Skipped]) -> list[str]:
    """The images that no line of the metadata names."""
    named = {record.image for record in records} | {place.locate(skip.file)[0] for skip in skipped}
    return [name for name in place.names if _is_image(name) and place.locate(name)[0] not in named]


def write_imagefolder(
    directory: Path, lines: Iterable[tuple[Image.Image | np.ndarray, str, Mapping[str, Any]]]
) -> None:
    """Write (image, text, extra fields) as PNG files and `metadata.jsonl`.

    image: a PIL image, or uint8 (H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA. Extra fields are any JSON values; those
    named `writer`, `page` and `split` come back in the records. Lines are written one by one, the images of a split in
    its own folder; `metadata.jsonl` appears once all are there.
    Raises InputError where a data set stands already, and for an image or text that cannot be written.
    """
    metadata = directory / METADATA
    if metadata.exists():
        raise InputError("data.not_empty", directory=directory)
    directory.mkdir(parents=True, exist_ok=True)
    partial = directory / f"{METADATA}.partial"
    with partial.open("w", encoding="utf-8", newline="\n") as file:
        for i, (image, text, extras) in enumerate(lines):
            folder = str(extras.get("split") or "")
            name = f"{folder}/{i:06d}.png" if re.fullmatch(r"[\w-]+", folder) else f"{i:06d}.png"
            row = {"file_name": name, "text": text}
            if repeated := row.keys() & extras.keys():
                raise InputError("data.field_taken", line=i, field=min(repeated))
            (directory / name).parent.mkdir(exist_ok=True)
            _to_image(image, i).save(directory / name)
            try:
                file.write(json.dumps(row | dict(extras), ensure_ascii=False) + "\n")
            except UnicodeEncodeError:
                raise InputError("data.line_not_unicode", line=i, text=text) from None
    partial.replace(metadata)


def _to_image(image: Image.Image | np.ndarray, index: int) -> Image.Image:
    if isinstance(image, np.ndarray):
        if image.dtype != np.uint8 or not (image.ndim == 2 or (image.ndim == 3 and image.shape[2] in (3, 4))):
            raise InputError("data.image_type", index=index, dtype=image.dtype, shape=image.shape)
        image = Image.fromarray(image)
    if 0 in image.size:
        raise InputError("data.image_empty", index=index, width=image.width, height=image.height)
    return _for_png(image)


def _for_png(image: Image.Image) -> Image.Image:
    return image if image.mode in ("1", "L", "LA", "I;16", "RGB", "RGBA", "P") else image.convert("RGB")


def _find_metadata(place: Place) -> list[str]:
    """The metadata files that lie nearest to the root; none where there are none."""
    found = [name for name in place.names if posixpath.basename(name) == METADATA]
    return [name for name in found if name.count("/") == found[0].count("/")]


def _metadata_lines(place: Place, name: str) -> list[bytes]:
    """The lines of a metadata file, in UTF-8. Raises InputError for another encoding that cannot be told."""
    content = place.read(name)
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            try:
                content = content.decode(encoding).encode()
            except UnicodeError:
                raise InputError("data.encoding_damaged", name=name, encoding=encoding) from None
            break
    if b"\0" in content[:4]:
        raise InputError("data.utf16", name=name)
    return content.split(b"\n")


def _read_pairs(place: Place, directory: Path) -> tuple[list[LineRecord], list[Skipped]]:
    """Images with their transcripts beside them. Raises InputError when no image has one."""
    records: list[LineRecord] = []
    skipped: list[Skipped] = []
    transcripts = _transcripts(place)
    pictured: dict[str, str] = {}  # transcript -> the image that it was read for
    for name in sorted(filter(_is_image, place.names), key=_is_derived):
        transcript = next((transcripts[key] for key in _transcript_keys(name) if key in transcripts), None)
        if transcript is None:
            skipped.append(Skipped(name, Sentence("data.left.no_text_file")))
            continue
        if transcript in pictured:
            skipped.append(Skipped(name, Sentence("data.left.same_line", image=pictured[transcript])))
            continue
        pictured[transcript] = name
        try:
            text = _transcript(place.read(transcript))
        except ValueError as error:
            skipped.append(Skipped(transcript, str(error)))
            continue
        image, archive = place.locate(name)
        records.append(LineRecord(image, text, split=split_of_folders(name.split("/")[:-1]), archive=archive))
    if not pictured:
        raise InputError("data.no_metadata", directory=directory, metadata=METADATA)
    return records, skipped


def _is_image(name: str) -> bool:
    return posixpath.splitext(name)[1].lower() in _IMAGES


def _is_derived(name: str) -> bool:
    """Whether an image is a cleaned copy of another, as OCRopus writes them: `0001.bin.png`."""
    return posixpath.splitext(posixpath.splitext(name)[0])[1].lower() in _DERIVED


def _transcripts(place: Place) -> dict[tuple[str, str], str]:
    """The text files of a data set: (name without its ending, ending in lower case) -> name."""
    found = {}
    for name in place.names:
        for ending in _TRANSCRIPTS:
            if name.lower().endswith(ending):
                found[unicodedata.normalize("NFC", name[: -len(ending)]), ending] = name
    return found


def _transcript_keys(image: str) -> Iterator[tuple[str, str]]:
    """Where the text of an image may stand, in the order in which it is looked for."""
    stem = posixpath.splitext(image)[0]
    stems = [stem, posixpath.splitext(stem)[0]] if _is_derived(image) else [stem]
    return ((unicodedata.normalize("NFC", stem), ending) for stem in stems for ending in _TRANSCRIPTS)


def _transcript(content: bytes) -> str:
    """The one line of a transcript file. Raises ValueError that says why there is none."""
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        lines = _LINE_BREAK.split(content.decode(encoding))
    except UnicodeError:
        raise ValueError("it is not text in UTF-8") from None
    filled = [line.strip() for line in lines if line.strip()]
    if len(filled) > 1:
        raise ValueError(f"it has {len(filled)} lines of text; an image of one line has one")
    if not filled or not _is_text(filled[0]):
        raise ValueError("it has no text")
    return filled[0]


def _read_record(
    place: Place, metadata: str, number: int, line: bytes, folder_split: str | None, texts: bool
) -> LineRecord | Skipped:
    where = f"{metadata}:{number}"
    try:
        row = json.loads(line.decode())
    except (ValueError, RecursionError):
        return Skipped(where, Sentence("data.left.bad_json"))
    if not isinstance(row, dict) or not _is_name(row.get("file_name")):
        return Skipped(where, Sentence("data.left.no_file_name"))
    name = _inside(posixpath.dirname(metadata), row["file_name"], where)
    found = place.find(name)
    if found is None:
        return Skipped(name, Sentence("data.left.no_image"))
    if texts and not _is_text(row.get("text")):
        return Skipped(found, Sentence("data.left.no_text"))
    fields = {key: None if row.get(key) is None else str(row[key]) for key in _LONGEST_FIELD}
    for key, value in fields.items():
        if value is not None and (len(value) > _LONGEST_FIELD[key] or not _is_unicode(value)):
            return Skipped(where, Sentence("data.left.bad_field", field=key, most=_LONGEST_FIELD[key]))
    split = split_name(fields["split"] or "") or folder_split or split_of_folders(found.split("/")[:-1])
    image, archive = place.locate(found)
    return LineRecord(image, row["text"] if texts else "", fields["writer"], fields["page"], split, archive=archive)


def _is_name(value: object) -> bool:
    """A string of valid Unicode with something in it."""
    return isinstance(value, str) and bool(value.strip()) and _is_unicode(value)


def _is_text(value: object) -> bool:
    """A string of valid Unicode with something in it that can be seen."""
    return isinstance(value, str) and bool(visible(value).strip()) and _is_unicode(value)


def _is_unicode(value: str) -> bool:
    """Whether a string can be written: JSON can spell half a surrogate pair."""
    return not any("\ud800" <= c <= "\udfff" for c in value)


def _inside(folder: str, file_name: str, where: str) -> str:
    """`folder/file_name`, relative to the data set's root. Raises InputError when it would leave the root."""
    name = posixpath.normpath(posixpath.join(folder, file_name.replace("\\", "/")))
    if PureWindowsPath(file_name).anchor or name == ".." or name.startswith("../"):
        raise InputError("data.outside", where=where, file_name=file_name)
    return name


@lru_cache(maxsize=1)
def _page(image: Path, archive: Path | None, changed: int) -> Image.Image:
    """The decoded page, kept for the next line of it."""
    with Image.open(io.BytesIO(read_file(image, archive))) as page:
        return page.copy()


def _crop(page: Image.Image, box: tuple[int, int, int, int]) -> bytes:
    """A PNG of the part of `box` that lies in the image. Raises ValueError when there is none."""
    x0, y0, x1, y1 = max(box[0], 0), max(box[1], 0), min(box[2], page.width), min(box[3], page.height)
    if x0 >= x1 or y0 >= y1:
        raise ValueError(f"the line at {box} is outside of its {page.width} x {page.height} pixels")
    out = io.BytesIO()
    _for_png(page.crop((x0, y0, x1, y1))).save(out, "PNG", compress_level=1)
    return out.getvalue()
