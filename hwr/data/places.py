"""Where a data set lies, a folder or a .zip file: its files by name, whichever way their names were written."""

from __future__ import annotations

import os
import unicodedata
import zipfile
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path

from hwr.errors import InputError

LARGEST_FILE = 256 * 2**20  # bytes of one file, or that one member of a .zip may unpack to
DEEPEST = 8  # folders below the data set's own that are looked into
_IS_UTF8 = 0x800  # the flag of a .zip member whose name is UTF-8
# Programs that do not set it write UTF-8 all the same (macOS), or what their Windows speaks.
_OTHER_ENCODINGS = ("cp1252", "cp850")


def read_file(image: Path, archive: Path | None) -> bytes:
    """The content of a regular file, or of the member of an archive. Raises OSError, ValueError or what zipfile does."""
    if archive is not None:
        return _open_archive(archive).read(image.as_posix())
    if not image.is_file():  # a pipe or a device may never end
        raise FileNotFoundError(f"there is no file {image.name}")
    if image.stat().st_size > LARGEST_FILE:
        raise ValueError(f"it has more than {LARGEST_FILE // 2**20} MiB")
    return image.read_bytes()


class FolderPlace:
    """A folder. Names are relative to it, with forward slashes."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise InputError("data.missing", root=root)
        self.root = root

    @cached_property
    def names(self) -> list[str]:
        """Every regular file, the ones nearest to the root first; hidden folders and __MACOSX are left out."""
        return _sorted(self._walk(self.root, "", DEEPEST))

    def _walk(self, folder: Path, prefix: str, depth: int) -> Iterator[str]:
        """Links are followed, so that the depth is what ends a circle of them."""
        try:
            entries = list(os.scandir(folder))
        except OSError as error:
            raise InputError("data.unreadable", path=folder, error=error.strerror or error) from None
        for entry in entries:
            if entry.is_file():
                yield prefix + entry.name
            elif depth and entry.is_dir() and _is_shown(entry.name):
                yield from self._walk(folder / entry.name, f"{prefix}{entry.name}/", depth - 1)

    @cached_property
    def _composed(self) -> dict[str, str]:
        return {_composed(name): name for name in self.names}

    def find(self, name: str) -> str | None:
        """The file of that name, or of one that differs in Unicode composition alone; None where there is none."""
        # unlike Path.is_file, False for a name that is too long
        return name if os.path.isfile(self.root / name) else self._composed.get(_composed(name))

    def read(self, name: str) -> bytes:
        """The content of a file. Raises InputError when it cannot be read or is too large."""
        try:
            return read_file(self.root / name, None)
        except (OSError, ValueError) as error:
            raise InputError("data.unreadable", path=self.root / name, error=error) from None

    def locate(self, name: str) -> tuple[Path, Path | None]:
        """`image` and `archive` of a record."""
        return self.root / name, None


class ZipPlace:
    """A .zip file, to be used as a folder is. Nothing is unpacked to the disk: a member is read by its name in the archive's own list."""

    def __init__(self, path: Path) -> None:
        try:
            self.archive = _open_archive(path)
        except Exception as error:  # a damaged archive fails in many ways
            raise InputError("data.bad_zip", path=path, error=error) from None
        self.path = path

    @property
    def names(self) -> list[str]:
        return self.archive.names

    def find(self, name: str) -> str | None:
        return self.archive.find(name)

    def read(self, name: str) -> bytes:
        try:
            return self.archive.read(name)
        except Exception as error:
            raise InputError("data.unreadable_in_zip", name=name, path=self.path, error=error) from None

    def locate(self, name: str) -> tuple[Path, Path | None]:
        return Path(name), self.path


Place = FolderPlace | ZipPlace


def open_place(path: Path) -> Place:
    """The folder or .zip file at a path. Raises InputError when it is neither."""
    return ZipPlace(path) if path.is_file() else FolderPlace(path)


class Archive:
    """A .zip file and its members by every name that theirs may stand for."""

    def __init__(self, path: Path) -> None:
        self.file = zipfile.ZipFile(path)
        self.members: dict[str, zipfile.ZipInfo] = {}
        self.other_names: dict[str, str] = {}
        for info in self.file.infolist():
            first, *others = _readings(info)
            if first.endswith("/"):
                continue
            self.members[first] = info
            for other in (first, *others):
                self.other_names.setdefault(_composed(other), first)
        self.names = _sorted(name for name in self.members if all(map(_is_shown, name.split("/")[:-1])))

    def find(self, name: str) -> str | None:
        return name if name in self.members else self.other_names.get(_composed(name))

    def read(self, name: str) -> bytes:
        info = self.members[name]
        if info.file_size > LARGEST_FILE:
            raise ValueError(f"it unpacks to more than {LARGEST_FILE // 2**20} MiB")
        return self.file.read(info)


def _readings(info: zipfile.ZipInfo) -> list[str]:
    """What the name of a member may be, the likeliest first; folders are parted by forward slashes."""
    name = info.orig_filename.split("\0")[0]
    readings = [name]
    if not info.flag_bits & _IS_UTF8 and not name.isascii():
        stored = name.encode("cp437")  # as which zipfile has read it
        decoded = {encoding: _decoded(stored, encoding) for encoding in ("utf-8", *_OTHER_ENCODINGS)}
        readings = [*filter(None, [decoded["utf-8"]]), name, *filter(None, map(decoded.get, _OTHER_ENCODINGS))]
    return [reading.replace("\\", "/") for reading in readings]


def _decoded(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _is_shown(folder: str) -> bool:
    return not folder.startswith(".") and folder != "__MACOSX"


def _sorted(names: Iterator[str]) -> list[str]:
    return sorted(names, key=lambda name: (name.count("/"), name))


def _open_archive(path: Path) -> Archive:
    """The archive, opened once in every process: workers that shared one would move each other's place in the file."""
    return _opened(path, path.stat().st_mtime_ns, os.getpid())


@lru_cache(maxsize=4)
def _opened(path: Path, changed: int, process: int) -> Archive:
    return Archive(path)
