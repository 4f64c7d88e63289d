"""All that a training needs in one small folder, so that it can be carried to another machine.

Pen strokes become 16-bit differences, lines pictures of the network's height, texts the paragraphs that are used, the
checkpoint to begin with fp16; what does not fit is left out, line by line. `config.yaml` of the folder is the
configuration with its places changed (`$HERE`).
"""

from __future__ import annotations

import gzip
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from hwr.data.dataset import METADATA, LineRecord, read_imagefolder, read_pictures
from hwr.data.fonts import load_faces
from hwr.data.prose import read_paragraphs
from hwr.data.strokes import PACKED, load_writers, save_writers
from hwr.data.words import read_cuts, write_cuts
from hwr.errors import InputError
from hwr.evaluation.evaluate import spread
from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint
from hwr.training.config import HERE, DataConfig, TrainConfig
from hwr.training.lines.sets import recognizer_config

VERSION = 1
INDEX = "pack.json"
CONFIG = "config.yaml"
PARAGRAPHS = 20000  # as many as a source of lines looks at
QUALITY = 45  # of WebP
MEGABYTE = 10**6


@dataclass
class Packing:
    """A pack that is being written. left_out: what was not packed, and why."""

    out: Path
    height: int
    bytes_left: float
    as_they_are: set[str] = field(default_factory=set)  # sets whose lines keep their size, since their words are cut
    packed: dict[tuple[str, ...], str] = field(default_factory=dict)  # what was packed already -> its place
    weights: dict[tuple[str, str], float] = field(
        default_factory=dict
    )  # (path, split) of lines that wait for their share
    left_out: list[str] = field(default_factory=list)

    def share(self, path: str, split: str | None) -> float:
        """Bytes for the lines of a set: what is left, by the weights of those that wait, of which it is none any more."""
        everything = sum(self.weights.values())
        return self.bytes_left * self.weights.pop((path, str(split))) / everything

    def line_height(self, data: DataConfig) -> int | None:
        """How high the lines of a set are packed at most, in pixels; None: as they are."""
        return None if data.path in self.as_they_are else self.height

    def place(self, key: tuple[str, ...], name: str, write: Callable[[Path], object]) -> str:
        """`$HERE/name`, written once for each key, its size taken off what is left."""
        if key not in self.packed:
            number = len(self.packed)
            path = self.out / f"{number:02d}-{name}"
            write(path)
            self.bytes_left -= size_of(path)
            self.packed[key] = f"{HERE}/{path.name}"
        return self.packed[key]


def pack(config: TrainConfig, out: Path, megabytes: float) -> list[str]:
    """Write everything that `config` learns from and is validated on to `out`, a new folder, in about so many megabytes.

    Strokes, texts, typefaces, validation lines, lines without texts and the checkpoint to begin with are packed whole;
    lines to learn from share what is left by their weights. Returns what was left out. Raises InputError when there is no room for lines.
    """
    if out.exists() and any(out.iterdir()):
        raise InputError("training.pack_not_empty", out=out)
    out.mkdir(parents=True, exist_ok=True)
    cut = {data.path for data in config.data if data.kind == "words"}
    work = Packing(out, recognizer_config(config).height, megabytes * MEGABYTE, cut)
    init = config.init
    if init is not None:
        checkpoint = load_checkpoint(init)
        init = work.place(("init", init), "init", lambda path: save_checkpoint(checkpoint, path, half=True))
    validation = [replace(d, path=_packed_whole(work, d)) for d in config.validation]
    unlabelled = [replace(d, path=_packed_whole(work, d, texts=False)) for d in config.unlabelled]
    data = [_packed_sources(work, d) for d in config.data]
    _pack_lines_to_learn_from(work, config.data)
    data = [_with_lines(work, old, new) for old, new in zip(config.data, data, strict=True)]
    replace(config, data=data, validation=validation, unlabelled=unlabelled, init=init).save(out / CONFIG)
    files = {path.relative_to(out).as_posix(): path.stat().st_size for path in sorted(out.rglob("*")) if path.is_file()}
    (out / INDEX).write_text(json.dumps({"version": VERSION, "files": files}, indent=1), encoding="utf-8")
    return work.left_out


def check_pack(directory: Path) -> None:
    """Raise InputError where a pack is of another version or not whole."""
    try:
        index = json.loads((directory / INDEX).read_text(encoding="utf-8"))
        version, files = index["version"], dict(index["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError("training.bad_pack", directory=directory, index=INDEX) from None
    if version != VERSION:
        raise InputError("training.pack_version", directory=directory, version=version, known=VERSION)
    for name, size in files.items():
        found = directory / name
        if not found.is_file() or found.stat().st_size != size:
            state = "is cut off or changed" if found.is_file() else "is missing"
            raise InputError("training.pack_file", name=name, directory=directory, state=state)


def size_of(path: Path) -> int:
    """Bytes of a file, or of all in a folder."""
    return sum(p.stat().st_size for p in path.rglob("*") if p.is_file()) if path.is_dir() else path.stat().st_size


def _packed_sources(work: Packing, data: DataConfig) -> DataConfig:
    """The source with all but its lines packed."""
    text = data.text
    if text is not None:
        text = work.place(("text", text), "text.txt.gz", lambda path: _write_text(Path(text or ""), path))
    if data.kind == "strokes":
        split = data.split or "train"

        def write(path: Path) -> None:
            save_writers(load_writers(Path(data.path), split, data.without), path)

        packed = work.place(("strokes", data.path, split, *map(str, data.without)), f"strokes{PACKED}", write)
        return replace(data, path=packed, text=text, without=[])
    if data.kind == "fonts":

        def copy(path: Path) -> None:
            path.mkdir()
            for face in load_faces(Path(data.path), data.split):
                shutil.copy(face.path, path / face.path.name)

        return replace(data, path=work.place(("fonts", data.path, str(data.split)), "fonts", copy), text=text)
    return replace(data, text=text)


def _write_text(source: Path, path: Path) -> None:
    with gzip.open(path, "wt", encoding="utf-8", newline="\n") as file:
        file.writelines(paragraph + "\n" for paragraph in read_paragraphs(source, limit=PARAGRAPHS))


def _pack_lines_to_learn_from(work: Packing, sources: Sequence[DataConfig]) -> None:
    """The lines of each set, small ones first: what they leave of their shares goes to the others."""
    weighed = [data for data in sources if data.kind in ("lines", "words")]
    for data in weighed:
        key = (data.path, str(data.split))
        work.weights[key] = work.weights.get(key, 0.0) + data.weight
    if weighed and work.bytes_left <= 0:
        raise InputError("training.pack_too_small")
    weights = dict(work.weights)
    for data in sorted(weighed, key=lambda d: size_of(Path(d.path)) / max(1e-9, weights[d.path, str(d.split)])):
        _packed_lines(work, data)


def _with_lines(work: Packing, old: DataConfig, new: DataConfig) -> DataConfig:
    """The source with its lines packed, and what hangs on them: cut words, texts of another set."""
    if old.kind == "fonts" and old.texts_from:
        key = ("lines", old.texts_from, str(old.split))
        if key not in work.packed:
            work.left_out.append(f"the texts of {old.texts_from}, whose lines are not packed")
            return replace(new, texts_from=None)
        found = _packed_lines(work, replace(old, kind="lines", path=old.texts_from))
        return replace(new, texts_from=found)
    if old.kind not in ("lines", "words"):
        return new
    new = replace(new, path=_packed_lines(work, old))
    if old.kind == "words" and old.cuts:
        lines = Path(new.path.replace(HERE, str(work.out)))
        names = {record.image.as_posix() for record in read_imagefolder(lines).records}
        cuts = old.cuts

        def write(path: Path) -> None:
            write_cuts([line for line in read_cuts(Path(cuts), old.split) if line.image in names], path)

        new = replace(new, cuts=work.place(("cuts", cuts, str(old.split)), "words.jsonl", write))
    return new


def _packed_whole(work: Packing, data: DataConfig, *, texts: bool = True) -> str:
    """A .zip of all lines of a set, with their texts or without."""
    records = spread((read_imagefolder if texts else read_pictures)(Path(data.path), data.split).records, data.lines)
    key = ("whole" if texts else "pictures", data.path, str(data.split), str(data.lines))
    return work.place(
        key, "lines.zip", lambda path: _write_lines(path, records, Path(data.path), work.line_height(data))
    )


def _packed_lines(work: Packing, data: DataConfig) -> str:
    """A .zip of as many lines of a set as its share of bytes holds."""
    key = ("lines", data.path, str(data.split))
    if key in work.packed:
        return work.packed[key]
    dataset = read_imagefolder(Path(data.path), data.split)
    height = work.line_height(data)
    limit = work.share(data.path, data.split)
    order = np.random.default_rng(0).permutation(len(dataset.records))
    records = [dataset.records[i] for i in order]

    def write(path: Path) -> None:
        written = _write_lines(path, records, Path(data.path), height, limit)
        if written < len(records):
            work.left_out.append(f"{len(records) - written} of {len(records)} lines of {data.path}")

    return work.place(key, "lines.zip", write)


def _write_lines(
    path: Path, records: Sequence[LineRecord], root: Path, height: int | None, limit: float = float("inf")
) -> int:
    """Lines as small WebP pictures under their names, until they fill `limit` bytes; returns how many there are."""
    rows, size = [], 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for record in records:
            content = _small_picture(record.grey(), height)
            size += len(content)
            if size > limit:
                break
            name = record.name(root)
            archive.writestr(name, content)
            row = {"file_name": name, "text": record.text, "writer": record.writer}
            row |= {"page": record.page, "split": record.split}
            rows.append({key: value for key, value in row.items() if value is not None})
        if not rows:
            raise InputError("training.pack_no_line", root=root)
        archive.writestr(METADATA, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return len(rows)


def _small_picture(grey: np.ndarray, height: int | None) -> bytes:
    """A line (H, W) uint8 as WebP, at most so many pixels high."""
    if height is not None and grey.shape[0] > height:
        width = max(1, round(grey.shape[1] * height / grey.shape[0]))
        grey = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    out = io.BytesIO()
    Image.fromarray(grey).save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()
