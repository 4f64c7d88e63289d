"""Between the library and the formats: collections out as pages and data sets, pages in as a collection."""

from __future__ import annotations

import io
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from hwr.data.annotations import PageImage, clean_text
from hwr.data.dataset import Skipped, read_imagefolder, write_imagefolder
from hwr.data.formats import document
from hwr.data.formats.archive import WRITERS, read_pages, write_files, write_folder, write_zip
from hwr.data.formats.plain import line_from_json, line_to_json
from hwr.data.frozen_splits import freeze, frozen_splits
from hwr.data.library import Library
from hwr.data.library_rows import Line, NewLine, Page
from hwr.errors import InputError
from hwr.images.cut import cut_along
from hwr.images.digest import image_digest
from hwr.images.load import load_image

FORMATS = ("zip", "imagefolder", *WRITERS)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Imported:
    """What came into the library. without_text: lines without one. repeated: pages that were there in another format, too.
    skipped: what was left out, with the reason."""

    collection: int
    pages: int
    lines: int
    without_text: int
    repeated: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def page_document(library: Library, page: Page, name: str) -> document.Page:
    """A page of the library as the formats say it; name: of its image file."""
    said = library.imported(page.id)
    lines = [_line_document(line, said.get(line.id)) for line in library.lines(page.id)]
    return document.Page(name, page.image.width, page.image.height, lines)


def _line_document(line: Line, said: str | None) -> document.Line:
    """A line as the formats say it. said: what it was brought in with; its words hold as long as the text is theirs."""
    text = line.text or None
    words, confidence = [], None
    if said is not None and clean_text((brought := line_from_json(said)).text or "") == line.text:
        words, confidence = brought.words, brought.confidence
    return document.Line(_points(line.outline), _points(line.baseline), text, confidence, words)


def export_collection(
    library: Library, collection: int, out: Path, form: str, *, by: str = "page", progress: Progress | None = None
) -> int:
    """Write a collection: "zip" (an archive of all formats), a folder of one of them, or an "imagefolder" data set.

    by: what keeps together in a split, "page" or "writer". Returns how many lines. Raises InputError for an unknown format,
    a collection without lines, and an `out` that holds something or cannot be written.
    """
    if form not in FORMATS:
        raise InputError("data.unknown_format", form=form, known=", ".join(FORMATS))
    pages = library.pages(collection)
    count = sum(page.lines for page in pages)
    if not count:
        raise InputError("data.empty_collection", id=collection)
    if form == "imagefolder":
        return _export_lines(library, collection, pages, out, by)
    names: dict[int, str] = {}
    for page in pages:
        names[page.id] = _file_name(page, set(names.values()))
    documents, images = [], {}
    for number, page in enumerate(pages, start=1):
        documents.append(page_document(library, page, names[page.id]))
        images[names[page.id]] = library.page_data(page.id)
        if progress:
            progress(number, len(pages))
    files = write_files(documents, images, list(WRITERS) if form == "zip" else [form])
    (write_zip if form == "zip" else write_folder)(out, files)
    return count


def export_file(library: Library, collection: int, folder: Path, form: str, by: str = "page") -> Path:
    """The same as one .zip file in `folder`, named after the collection and the format. Arguments and errors as there."""
    out = folder / f"{_collection_name(library, collection)}-{form}.zip"
    if form == "zip":
        export_collection(library, collection, out := folder / f"{_collection_name(library, collection)}.zip", form)
        return out
    with tempfile.TemporaryDirectory() as made:
        export_collection(library, collection, Path(made), form, by=by)
        files = sorted(path for path in Path(made).rglob("*") if path.is_file())
        write_zip(out, ((path.relative_to(made).as_posix(), path.read_bytes()) for path in files))
    return out


def export_to_train(library: Library, collection: int, root: Path, by: str = "page") -> Path:
    """Freeze the splits of a collection and write its corrected lines as a data set below `root`; the data set's folder.

    A text that is corrected later stays in its split. Raises InputError as `export_collection` does.
    """
    frozen = freeze(library, collection, by)
    name = f"{_collection_name(library, collection)}-{frozen.digest[:8]}"
    number = sum(1 for _ in root.glob(f"{name}-*")) + 1
    out = root / f"{name}-{number}"
    export_collection(library, collection, out, "imagefolder", by=by)
    return out


def export_untyped(library: Library, collection: int, root: Path) -> Path:
    """Write the lines of a collection whose text nobody has kept as pictures without texts below `root`; their folder.

    Raises InputError where every line has a text.
    """
    lines = [line for page in library.pages(collection) for line in library.lines(page.id) if line.revision is None]
    if not lines:
        raise InputError("data.nothing_untyped")
    name = f"{_collection_name(library, collection)}-untyped"
    out = root / f"{name}-{sum(1 for _ in root.glob(f'{name}-*')) + 1}"
    write_imagefolder(out, ((Image.open(io.BytesIO(library.line_image(line.id))), "", {}) for line in lines))
    return out


def _collection_name(library: Library, collection: int) -> str:
    """A collection's name as that of a file."""
    name = next((one.name for one in library.collections() if one.id == collection), "")
    return re.sub(r"[^\w.-]+", "_", name).strip("._")[:60] or f"collection-{collection}"


def _export_lines(library: Library, collection: int, pages: list[Page], out: Path, by: str) -> int:
    """The lines whose text a person has kept, as a data set; the pages' splits are those that were frozen, if any."""
    splits = frozen_splits(library, collection, by)
    lines = []
    for page in pages:
        for line in library.lines(page.id):
            if line.revision is not None and line.text:
                split = splits[page.image.digest]
                lines.append((line.id, line.text, {"page": page.title, "writer": page.writer, "split": split}))
    if not lines:
        raise InputError("data.nothing_kept")
    write_imagefolder(out, ((Image.open(io.BytesIO(library.line_image(id))), text, more) for id, text, more in lines))
    return len(lines)


def import_pages(library: Library, path: Path, name: str, progress: Progress | None = None) -> Imported:
    """Bring PAGE XML, ALTO, JSON or an imagefolder data set in as a new collection.

    What cannot be used is left out and told. The texts count as proposals of the file, until a person accepts them.
    Raises InputError where there is nothing to import (see `hwr.data.formats.archive.read_pages`).
    """
    if _is_imagefolder(path):
        return _import_lines(library, path, name, progress)
    found = read_pages(path)
    into, skipped = _NewCollection(library, name), list(found.skipped)
    pages = lines = empty = repeated = 0
    seen: set[str] = set()
    # Of one page in several formats the one that says most comes in.
    for number, entry in enumerate(sorted(found.pages, key=lambda f: not f.file.endswith(".json")), start=1):
        digest = image_digest(entry.image or b"")
        if digest in seen:
            repeated += 1
        elif entry.image is not None:
            seen.add(digest)
            try:
                grey = load_image(entry.image, name=entry.page.image).grey
                new = [_new_line(line, grey, entry.page) for line in entry.page.lines]
                into.add(entry.image, entry.page.image or Path(entry.file).stem, grey.shape, new)
            except InputError as error:
                skipped.append(Skipped(entry.file, error.sentence))
            else:
                pages, lines = pages + 1, lines + len(new)
                empty += sum(line.proposal is None for line in new)
        if progress:
            progress(number, len(found.pages))
    return Imported(into.made(path, skipped), pages, lines, empty, repeated, skipped)


class _NewCollection:
    """A collection that is made once its first page comes in."""

    def __init__(self, library: Library, name: str) -> None:
        self.library, self.name = library, name
        self.id: int | None = None

    def add(
        self, encoded: bytes, title: str, shape: tuple[int, ...], lines: list[NewLine], writer: str | None = None
    ) -> None:
        """Put a page into it. shape: height and width. Raises InputError where the page is in a collection already."""
        image = PageImage.of(encoded, title, shape[1], shape[0])
        if (there := self.library.collection_of(image.digest)) is not None:
            raise InputError("data.page_is_there", page=title, collection=there)
        if self.id is None:
            self.id = self.library.create(self.name)
        self.library.add_page(self.id, image, encoded, lines, writer)

    def made(self, path: Path, skipped: list[Skipped]) -> int:
        """Its id. Raises InputError where nothing came in."""
        if self.id is None:
            first = skipped[0] if skipped else Skipped(path.name, "")
            raise InputError(
                "data.nothing_came_in", path=path.name, count=len(skipped), file=first.file, why=first.reason
            )
        return self.id


def import_files(library: Library, files: Sequence[Path]) -> Imported:
    """The same of files that lie anywhere, such as .xml files and their images; a .zip file comes alone."""
    if len(files) == 1:
        return _named(library, files[0], files[0].name, files[0].stem)
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            shutil.copyfile(file, Path(folder) / file.name)
        return _named(library, Path(folder), f"{files[0].name} …", files[0].stem)


def _named(library: Library, path: Path, said: str, name: str) -> Imported:
    """The same of a path that is this computer's own affair; said: in its place."""
    try:
        return import_pages(library, path, name)
    except InputError as error:
        raise error.telling(said, instead_of=str(path)) from None


def _is_imagefolder(path: Path) -> bool:
    """Whether a folder or a .zip has a metadata.jsonl at its root; in a .zip maybe in a lone folder."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return any(name.split("/")[-1] == "metadata.jsonl" and name.count("/") < 2 for name in archive.namelist())
    return (path / "metadata.jsonl").is_file()


def _import_lines(library: Library, path: Path, name: str, progress: Progress | None) -> Imported:
    """Each image of an imagefolder is a page of one line."""
    dataset = read_imagefolder(path)
    into, skipped, lines = _NewCollection(library, name), list(dataset.skipped), 0
    for number, record in enumerate(dataset, start=1):
        try:
            data, grey = record.read_bytes(), record.grey()
            height, width = grey.shape
            line = document.Line(document.rectangle(0, 0, width, height), [], record.text)
            page = document.Page(record.image.name, width, height, [line])
            into.add(data, record.image.name, grey.shape, [_new_line(line, grey, page)], record.writer)
            lines += 1
        except InputError as error:
            skipped.append(Skipped(str(record.image), error.sentence))
        if progress:
            progress(number, len(dataset))
    return Imported(into.made(path, skipped), lines, lines, 0, skipped=skipped)


def _new_line(line: document.Line, grey: np.ndarray, page: document.Page) -> NewLine:
    """The line cut out of the image, which may have been scaled since the page was written."""
    height, width = grey.shape
    scale = np.array([width / page.width if page.width else 1.0, height / page.height if page.height else 1.0])
    outline = np.clip(np.array(line.outline, dtype=np.float64) * scale, 0, (width, height))
    baseline = np.array(line.baseline, dtype=np.float64).reshape(-1, 2) * scale
    proposal = None if line.text is None else (line.text, "import", line.confidence or 0.0)
    quad = _along(outline, baseline)
    said = line_to_json(_scaled(line, scale)) if line.words or line.confidence is not None else None
    return NewLine(quad, outline, baseline, cut_along(grey, quad), proposal, said)


def _scaled(line: document.Line, scale: np.ndarray) -> document.Line:
    """The line with all its places in pixels of the image."""

    def points(places: document.Points) -> document.Points:
        return _points((np.array(places, dtype=np.float64).reshape(-1, 2) * scale).tolist())

    def word(one: document.Word) -> document.Word:
        glyphs = [replace(glyph, outline=points(glyph.outline)) for glyph in one.glyphs]
        return replace(one, outline=points(one.outline), glyphs=glyphs)

    words = [word(one) for one in line.words]
    return replace(line, outline=points(line.outline), baseline=points(line.baseline), words=words)


def _along(outline: np.ndarray, baseline: np.ndarray) -> np.ndarray:
    """(4, 2) corners about an outline, level with the baseline where there is one."""
    angle = 0.0
    if len(baseline) > 1 and (run := baseline[-1] - baseline[0])[0] > 0:
        angle = float(np.arctan2(run[1], run[0]))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    level = outline @ turn.T
    (x0, y0), (x1, y1) = level.min(axis=0), level.max(axis=0)
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) @ turn


def _points(points: list[list[float]]) -> document.Points:
    return [(max(0, round(x)), max(0, round(y))) for x, y in points]


def _file_name(page: Page, taken: set[str]) -> str:
    """The page's title as the name of a file, unlike those that are taken."""
    title = Path(page.title.replace("\\", "/"))
    stem = re.sub(r"[^\w.-]+", "_", title.stem).strip("._") or "page"
    ending = title.suffix if re.fullmatch(r"\.\w{1,5}", title.suffix) else ".png"
    name = stem + ending
    return name if name not in taken else f"{stem}-{page.id}{ending}"
