"""Commands for pages of lines: page, and annotations export | import | status | agreement."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from hwr.commands.shared import Commands, Parser, add_model, complain, print_json, progress_line
from hwr.errors import InputError


def add(commands: Commands) -> None:
    sub = commands.add("page", page, "Cut a page into its lines, and read them.")
    sub.add_argument("image", metavar="IMG")
    sub.add_argument("--format", choices=["json", "text", "page", "alto"], default="text", help="default: text")
    sub.add_argument(
        "--no-read", action="store_true", help="where the lines are, without their readings or any weights"
    )
    add_model(sub)

    sub = commands.add("annotations", status, "Collections of pages: export, import, status, agreement.")
    actions = sub.add_subparsers(required=True, metavar="ACTION", parser_class=Parser)
    action = actions.add_parser("status", help="the collections, their pages and lines")
    action.add_argument("--json", action="store_true")
    action.set_defaults(run=status)

    action = actions.add_parser("agreement", help="how far people who typed the same lines agree, as CER")
    action.add_argument("collection", help="its name or number")
    action.add_argument("--json", action="store_true")
    action.set_defaults(run=agree)

    action = actions.add_parser("export", help="write a collection")
    action.add_argument("collection", help="its name or number")
    action.add_argument("--out", type=Path, required=True, metavar="PATH", help="a .zip file, or an empty folder")
    action.add_argument(
        "--format",
        choices=["zip", "imagefolder", "page", "alto", "json", "text"],
        default="zip",
        help="zip: pages in all formats; imagefolder: the corrected lines as a data set to train on (default: zip)",
    )
    action.add_argument("--split-by", choices=["page", "writer"], default="page", help="what stays together in a split")
    action.set_defaults(run=export)

    action = actions.add_parser("import", help="bring PAGE XML, ALTO, JSON or an imagefolder in as a new collection")
    action.add_argument(
        "source", type=Path, metavar="PATH", help="a folder, a .zip, or one file with its image beside it"
    )
    action.add_argument("--name", help="of the collection (default: that of the file)")
    action.set_defaults(run=bring_in)


def page(args: argparse.Namespace) -> int:
    from hwr.data.formats.alto import write_alto
    from hwr.data.formats.page_xml import write_page_xml
    from hwr.data.formats.plain import write_json, write_text

    documents = _documents(args)
    if args.format == "json":
        content = write_json(documents)
    else:
        if len(documents) > 1 and args.format != "text":
            raise InputError("commands.one_page", image=args.image, pages=len(documents), form=args.format)
        write = {"text": write_text, "page": write_page_xml, "alto": write_alto}[args.format]
        content = b"".join(write(document) for document in documents)
    if args.format == "text" and args.no_read:  # nothing was read: where the lines are
        boxes = [line.outline for document in documents for line in document.lines]
        content = "".join(f"{' '.join(f'{x},{y}' for x, y in outline)}\n" for outline in boxes).encode()
    sys.stdout.write(content.decode())
    return 0


def _documents(args: argparse.Namespace) -> list[Any]:
    """The pages of a file with their lines, and the readings unless --no-read."""
    from hwr.data.formats.document import Line, Page
    from hwr.images.load import load_pages
    from hwr.images.page import find_lines
    from hwr.reading import ReadPage

    reader = None
    if not args.no_read:
        from hwr.reader import Reader

        reader = Reader.from_pretrained(args.model)
    documents = []
    for upload in load_pages(args.image):
        # As the file lies, since its pixels are what the lines refer to.
        found = reader.read_page(upload, turn=0) if reader else ReadPage(upload, find_lines(upload.grey), [])
        read = {reading.polygon.tobytes(): reading for reading in found.readings}  # a region without ink has none
        lines = []
        for region in found.regions:
            outline, baseline = _points(region.outline), _points(region.baseline)
            reading = read.get(region.polygon.tobytes())
            if reading is None:
                lines.append(Line(outline, baseline, None))
            else:
                sure = round(reading.confidence, 4)
                lines.append(Line(outline, baseline, reading.text or None, sure, _words(region, reading)))
        documents.append(Page(Path(args.image).name, upload.width, upload.height, lines))
    return documents


def _words(region: Any, reading: Any) -> list[Any]:
    """The words of a reading, with a glyph for every character, on the line's height."""
    from hwr.data.formats.document import Glyph, Word, rectangle

    top, bottom = int(region.box[1]), int(region.box[3] + 0.5)

    def box(x0: float, x1: float) -> Any:
        return rectangle(max(0, int(x0)), max(0, top), max(1, round(x1 - x0)), max(1, bottom - top))

    words = []
    for word in reading.words:
        characters = reading.characters[word.start : word.end]
        glyphs = [Glyph(box(c.x0, c.x1), [(c.text, round(c.confidence, 4))]) for c in characters]
        words.append(Word(word.text, box(characters[0].x0, characters[-1].x1), round(word.confidence, 4), glyphs))
    return words


def _points(points: Any) -> Any:
    return [(max(0, round(x)), max(0, round(y))) for x, y in points.tolist()]


def status(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from hwr.data.library import Library

    library = Library()
    found = library.collections()
    if args.json:
        print_json([asdict(collection) for collection in found])
        return 0
    print(f"{len(found)} collections in {library.path}")
    for c in found:
        print(f"{c.id:4}  {c.name:30}  {c.pages:5} pages  {c.lines:6} lines, {c.corrected} corrected")
    return 0


def agree(args: argparse.Namespace) -> int:
    from dataclasses import asdict

    from hwr.data.library import Library
    from hwr.evaluation.agreement import agreement

    library = Library()
    found = agreement(library, _collection(library, args.collection))
    if args.json:
        print_json([asdict(one) | {"cer": one.cer} for one in found])
        return 0
    if not found:
        print("no line was typed by two people")
    for one in found:
        print(
            f"{one.first} and {one.second}: CER {one.cer:.2%}, {one.lines} lines, {one.equal} alike, {one.edits} edits"
        )
    return 0


def export(args: argparse.Namespace) -> int:
    from hwr.data.exchange import export_collection
    from hwr.data.library import Library

    library, show = Library(), progress_line("pages")
    collection = _collection(library, args.collection)
    lines = export_collection(library, collection, args.out, args.format, by=args.split_by, progress=show)
    print(f"{lines} lines in {args.out}")
    return 0


def _collection(library: Any, named: str) -> int:
    """The id of a collection by its name or number. Raises InputError where there is none."""
    known = {key: c.id for c in library.collections() for key in (c.name, str(c.id))}
    if named not in known:
        raise InputError("commands.no_collection", name=named)
    return known[named]


def bring_in(args: argparse.Namespace) -> int:
    from hwr.data.exchange import import_pages
    from hwr.data.library import Library

    result = import_pages(Library(), args.source, args.name or args.source.stem, progress=progress_line("pages"))
    print(
        f"{result.pages} pages, {result.lines} lines ({result.without_text} without a text) in collection {result.collection}"
    )
    if result.repeated:
        print(f"{result.repeated} pages came in another format already")
    if result.skipped:
        print(f"{len(result.skipped)} left out")
        for skipped in result.skipped[:20]:
            complain(InputError("commands.left_out", file=skipped.file, reason=skipped.reason))
    return 0
