"""Folders and ZIP files of pages: images with PAGE XML, ALTO or JSON beside them, in and out."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

from hwr.data.dataset import Skipped
from hwr.data.formats.alto import read_alto, write_alto
from hwr.data.formats.document import Page
from hwr.data.formats.page_xml import read_page_xml, write_page_xml
from hwr.data.formats.plain import read_json, write_json, write_text
from hwr.data.formats.xml import read_xml
from hwr.errors import InputError
from hwr.sentences import Sentence

IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp", ".bmp", ".gif")
MOST_FILES = 20_000
LARGEST_FILE = 256 * 2**20  # bytes unpacked
LARGEST_TOTAL = 4 * 2**30
STEEPEST = 200  # times that a member may grow when it is unpacked

WRITERS: dict[str, Callable[[list[Page]], dict[str, bytes]]] = {
    "page": lambda pages: {f"page/{_stem(page)}.xml": write_page_xml(page) for page in pages},
    "alto": lambda pages: {f"alto/{_stem(page)}.xml": write_alto(page) for page in pages},
    "json": lambda pages: {"pages.json": write_json(pages)},
    "text": lambda pages: {f"text/{_stem(page)}.txt": write_text(page) for page in pages},
}


@dataclass(frozen=True)
class Found:
    """A page that was read, with its encoded image; None where the file that it names is absent."""

    page: Page
    image: bytes | None
    file: str


@dataclass(frozen=True)
class Import:
    """pages: what was read. skipped: files that were left out, with the reason; an absent image is among them."""

    pages: list[Found]
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def without_text(self) -> int:
        """Lines that nobody has said anything about; they come in without a text."""
        return sum(line.text is None for found in self.pages for line in found.page.lines)


def write_files(pages: list[Page], images: Mapping[str, bytes], formats: list[str]) -> Iterator[tuple[str, bytes]]:
    """Name and content of every file of an export: `images/` and what each of the formats ("page", ...) asks for."""
    for name, content in images.items():
        yield f"images/{name}", content
    for name in formats:
        yield from WRITERS[name](pages).items()


def write_zip(path: Path, files: Iterator[tuple[str, bytes]]) -> None:
    """Write an archive; it appears once all of it is there. Raises InputError when it cannot be written."""
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files:
                archive.writestr(name, content)
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise InputError("data.export_failed", path=path, error=error) from None


def write_folder(path: Path, files: Iterator[tuple[str, bytes]]) -> None:
    """Write the files below a folder that holds none yet. Raises InputError when it cannot be written."""
    if path.exists() and any(path.iterdir()):
        raise InputError("data.not_empty", directory=path)
    try:
        for name, content in files:
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    except OSError as error:
        raise InputError("data.export_failed", path=path, error=error) from None


def read_pages(path: Path) -> Import:
    """Every page of a folder, a .zip or one file: PAGE XML, ALTO or JSON, with the images that they name.

    Files of no such kind are left out and told, as are pages that cannot be read. Raises InputError for an archive that is
    damaged, names a file outside of itself, or unpacks to far more than it holds, and where no page was found.
    """
    files = _zip_files(path) if path.is_file() and path.suffix.lower() == ".zip" else _folder_files(path)
    images = {name: read for name, read in files.items() if name.lower().endswith(IMAGES)}
    pages, skipped = [], []
    for name in sorted(files.keys() - images.keys()):
        ending = PurePosixPath(name).suffix.lower()
        if ending not in (".xml", ".json") or posixpath.basename(name).lower() == "mets.xml":
            continue
        try:
            content = files[name]()
            found = read_json(content, name) if ending == ".json" else [_read_either(content, name)]
        except InputError as error:
            skipped.append(Skipped(name, error.sentence))
            continue
        for page in found:
            image = _image_of(page, name, images)
            if image is None:
                skipped.append(Skipped(page.image or name, InputError("data.image_absent", page=name).sentence))
            pages.append(Found(page, images[image]() if image else None, name))
    if not pages:
        why = skipped[0].reason if skipped else Sentence("data.no_page_files")
        raise InputError("data.no_pages", path=path, why=why)
    return Import(pages, skipped)


def _read_either(content: bytes, name: str) -> Page:
    is_alto = read_xml(content, name).tag == "alto"
    return read_alto(content, name) if is_alto else read_page_xml(content, name)


def _image_of(page: Page, name: str, images: Mapping[str, object]) -> str | None:
    """The image that a page names, beside it or anywhere; else the one whose name is that of the page's file."""
    folder = posixpath.dirname(name)
    if page.image and (beside := posixpath.join(folder, page.image)) in images:
        return beside
    wanted = [other for other in sorted(images) if page.image and posixpath.basename(other) == page.image]
    stem = PurePosixPath(name).stem
    return next(iter(wanted or [other for other in sorted(images) if PurePosixPath(other).stem == stem]), None)


def _folder_files(path: Path) -> dict[str, Callable[[], bytes]]:
    if path.is_file():
        siblings = [path, *(p for p in path.parent.iterdir() if p.suffix.lower() in IMAGES)]
        return {p.name: p.read_bytes for p in siblings}
    if not path.is_dir():
        raise InputError("data.nothing_to_import", path=path)
    found = [p for p in sorted(path.rglob("*")) if p.is_file() and not p.is_symlink()]
    return {p.relative_to(path).as_posix(): p.read_bytes for p in found}


def _zip_files(path: Path) -> dict[str, Callable[[], bytes]]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise InputError("data.zip_damaged", path=path, error=error) from None
    members = [info for info in archive.infolist() if not info.is_dir()]
    for info in members:
        name = info.filename.replace("\\", "/")
        if PureWindowsPath(name).anchor or ".." in name.split("/"):
            raise InputError("data.zip_outside", path=path, name=info.filename)
        if info.file_size > LARGEST_FILE or info.file_size > 2**20 + STEEPEST * info.compress_size:
            raise InputError("data.zip_bomb", path=path, name=info.filename)
    if len(members) > MOST_FILES or sum(info.file_size for info in members) > LARGEST_TOTAL:
        raise InputError("data.zip_bomb", path=path, name=f"{len(members)} files")

    def reader(info: zipfile.ZipInfo) -> Callable[[], bytes]:
        def read() -> bytes:
            try:
                return archive.read(info)
            except Exception as error:  # a damaged member fails in many ways
                raise InputError("data.zip_damaged", path=path, error=error) from None

        return read

    kept = [info for info in members if not info.filename.startswith("__MACOSX/")]
    return {info.filename.replace("\\", "/"): reader(info) for info in kept}


def _stem(page: Page) -> str:
    return PurePosixPath(page.image).stem
