"""The IAM Handwriting Database as it is downloaded (Marti and Bunke 2002), with the user's split lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import unescape

from hwr.data.dataset import METADATA, LineDataset, LineRecord, Skipped
from hwr.errors import InputError
from hwr.sentences import Sentence

_LINE_ID = re.compile(r"([a-z]\d\d-\d\d\d[a-z]?)-\d\d[a-z]?")
_CLOSING = set(".,;:!?)") | {"...", "'s", "'S", "'ll", "'re", "'ve", "'d", "'m", "n't"}


@dataclass(frozen=True)
class IamDataset(LineDataset):
    """IAM lines. segmentation_errors: how many of the records are marked `err`; unlisted: lines that no list names."""

    segmentation_errors: int = 0
    unlisted: int = 0


@dataclass(frozen=True)
class _Line:
    """One line as the transcription files give it; `reason` says why it cannot be used."""

    id: str
    form: str
    text: str
    segmented: bool
    writer: str | None
    image: Path
    box: tuple[int, int, int, int] | None = None
    reason: str | None = None


def read_iam(directory: Path, splits: Mapping[str, Path], join_punctuation: bool = False) -> IamDataset:
    """Read the unpacked IAM download: line images with `lines.txt`, else whole forms with `xml/`.

    Line images: `ascii/lines.txt` or `lines.txt`, and `lines/a01/a01-000u/a01-000u-00.png`; writers from
    `ascii/forms.txt` or `xml/`. Forms: `xml/a01-000u.xml` and `forms/a01-000u.png` (or `formsA-D/` and so on); a line's
    box is the union of its words' components.

    splits: name -> list file with one form or line id a line, such as the Aachen partition's train.uttlist. Lines in no
    list are left out and counted; an empty mapping keeps every line, without a split. Lines whose word segmentation is
    marked `err` are kept, as is usual (it is their words' boxes that are wrong, not their text), and counted.

    join_punctuation: `lines.txt` sets punctuation apart as tokens ("word|,"). False keeps them apart: "word ,". True
    writes "word,", as people do: closing marks and clitics ('s, n't) join the word before, opening brackets the word
    after, lone quotes alternate. Error rates of the two do not compare. The texts in the xml mostly are joined already.

    Raises InputError when a file is missing or malformed, no line is found, or an id stands in two splits.
    """
    if not directory.is_dir():
        raise InputError("data.iam_missing", directory=directory)
    split_of = _read_splits(splits)
    records: list[LineRecord] = []
    skipped: list[Skipped] = []
    errors = unlisted = 0
    used: set[str] = set()
    for line in _lines(directory, skipped):
        split = _split_of_line(line, split_of)
        used |= {line.id, line.form}
        if splits and split is None:
            unlisted += 1
            continue
        text = _join_punctuation(line.text) if join_punctuation else line.text
        reason = line.reason or (Sentence("data.left.empty_text") if not text.strip() else None)
        if reason or not line.image.is_file():
            skipped.append(Skipped(line.id, reason or Sentence("data.left.no_image_at", image=line.image)))
            continue
        errors += not line.segmented
        records.append(LineRecord(line.image, text, line.writer, line.form, split, line.box))
    if not records:
        why = (
            f"the first was left out because {skipped[0].reason} ({skipped[0].file})"
            if skipped
            else "no list names any"
        )
        raise InputError("data.no_iam_line", directory=directory, why=why)
    skipped += [
        Skipped(key, Sentence("data.left.not_in_data", split=split))
        for key, split in split_of.items()
        if key not in used
    ]
    return IamDataset(records, skipped, errors, unlisted)


def _read_splits(splits: Mapping[str, Path]) -> dict[str, str]:
    """Form or line id -> split name."""
    split_of: dict[str, str] = {}
    for split, path in splits.items():
        try:
            content = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError("data.split_list_unreadable", path=path, split=split, error=error) from None
        ids = [row.split()[0].removesuffix(".png") for row in content.splitlines() if row.strip() and row[0] != "#"]
        if not ids:
            raise InputError("data.split_list_empty", path=path, split=split)
        for key in ids:
            if split_of.setdefault(key, split) != split:
                raise InputError("data.in_two_splits", key=key, first=split_of[key], split=split)
    return split_of


def _split_of_line(line: _Line, split_of: dict[str, str]) -> str | None:
    by_line, by_form = split_of.get(line.id), split_of.get(line.form)
    if by_line and by_form and by_line != by_form:
        raise InputError("data.line_in_two_splits", id=line.id, by_line=by_line, by_form=by_form)
    return by_line or by_form


def _lines(directory: Path, skipped: list[Skipped]) -> Iterator[_Line]:
    """Every line of the data set; what cannot be parsed goes to `skipped`."""
    transcription = _first_file(directory / "ascii" / "lines.txt", directory / "lines.txt")
    root = next((d for d in (directory / "lines", directory) if any(d.glob("[a-z][0-9][0-9]/"))), None)
    forms = sorted((directory / "xml").glob("*.xml"))
    if transcription and root:
        return _lines_from_text(transcription, root, _writers(directory, forms), skipped)
    if forms:
        return _lines_from_forms(directory, forms, skipped)
    raise InputError("data.no_iam", directory=directory)


def looks_like_iam(directory: Path) -> bool:
    """Whether a folder holds IAM's transcriptions and is no imagefolder data set."""
    if (directory / METADATA).exists():
        return False
    transcription = _first_file(directory / "ascii" / "lines.txt", directory / "lines.txt")
    return transcription is not None or any((directory / "xml").glob("*.xml"))


def _first_file(*candidates: Path) -> Path | None:
    return next((path for path in candidates if path.is_file()), None)


def _writers(directory: Path, forms: list[Path]) -> dict[str, str]:
    """Form id -> writer id, from `forms.txt` ("a01-000u 000 2 prt 7 5 52 36"), else from the xml."""
    if path := _first_file(directory / "ascii" / "forms.txt", directory / "forms.txt"):
        rows = (row.split() for row in _rows(path))
        return {row[0]: row[1] for row in rows if len(row) > 1}
    parsed = ((path.stem, _parse(path)) for path in forms)
    return {name: form.attrib["writer-id"] for name, form in parsed if form is not None and "writer-id" in form.attrib}


def _rows(path: Path) -> list[str]:
    """Lines of an IAM text file without its comments. IAM is older than its UTF-8 copies, so Latin-1 is tried too."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return [row for row in text.splitlines() if row.strip() and not row.startswith("#")]


def _lines_from_text(path: Path, root: Path, writers: dict[str, str], skipped: list[Skipped]) -> Iterator[_Line]:
    for row in _rows(path):
        # id, ok or err, grey level, components, x, y, w, h, tokens; a token can hold a space
        fields = row.strip().split(" ", 8)
        match = _LINE_ID.fullmatch(fields[0])
        if not match or fields[1:2] not in (["ok"], ["err"]):
            skipped.append(Skipped(f"{path.name}: {row[:40]}", Sentence("data.left.not_iam_line")))
            continue
        name, form = f"{fields[0]}.png", match[1]
        image = _first_file(root / form[:3] / form / name) or root / form[:3] / name
        text = fields[8].replace("|", " ") if len(fields) == 9 else ""
        yield _Line(fields[0], form, text, fields[1] == "ok", writers.get(form), image)


def _lines_from_forms(directory: Path, forms: list[Path], skipped: list[Skipped]) -> Iterator[_Line]:
    folders = [directory / "forms", *sorted(directory.glob("forms*/")), *sorted((directory / "forms").glob("*/"))]
    for path in forms:
        form = _parse(path)
        if form is None:
            skipped.append(Skipped(path.name, Sentence("data.left.bad_xml")))
            continue
        image = _first_file(*(folder / f"{path.stem}.png" for folder in folders)) or folders[0] / f"{path.stem}.png"
        for line in form.iterfind("handwritten-part/line"):
            # the attribute was escaped twice: &amp;quot;
            text = unescape(line.get("text", ""), {"&quot;": '"', "&apos;": "'"})
            box, reason = None, None
            try:
                box = _union(line)
            except (KeyError, ValueError):
                reason = Sentence("data.left.bad_component")
            if box is None:
                reason = reason or Sentence("data.left.no_component")
            segmented = line.get("segmentation") != "err"
            yield _Line(
                line.get("id", path.stem), path.stem, text, segmented, form.get("writer-id"), image, box, reason
            )


def _parse(path: Path) -> ElementTree.Element | None:
    """The `form` element. None when the file is not XML."""
    try:
        return ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, ValueError, LookupError, OSError):
        return None


def _union(line: ElementTree.Element) -> tuple[int, int, int, int] | None:
    """(x0, y0, x1, y1) around all components of the line's words, in pixels of the form; None without components.

    Raises KeyError or ValueError when a component has no position.
    """
    boxes = []
    for component in line.iterfind("word/cmp"):
        x, y, width, height = (int(component.attrib[name]) for name in ("x", "y", "width", "height"))
        boxes.append((x, y, x + width, y + height))
    if not boxes:
        return None
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _join_punctuation(text: str) -> str:
    """Join the tokens that IAM sets apart.

    >>> _join_punctuation('" Stop ! " ( he said ) , it \\'s late - very')
    '"Stop!" (he said), it\\'s late - very'
    """
    joined, glue, open_quotes = "", True, set()
    for token in text.split():
        closes = token in _CLOSING or token in open_quotes
        joined += token if glue or closes else f" {token}"
        glue = False
        if token == "(":
            glue = True
        elif token in ('"', "'"):
            glue = token not in open_quotes
            open_quotes ^= {token}
    return joined
