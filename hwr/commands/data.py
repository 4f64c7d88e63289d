"""Commands that make data sets and look at them: synth, cut-words, import-iam, data, kept."""

from __future__ import annotations

import argparse
from pathlib import Path

from hwr.commands.shared import Commands, add_model, print_json, progress_line, share
from hwr.data.splits import SPLITS, split_name
from hwr.paths import ASSETS


def add(commands: Commands) -> None:
    sub = commands.add("synth", synth, "Write synthetic lines as an imagefolder data set.")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR")
    sub.add_argument("-n", type=int, default=1000, help="number of lines (default 1000)")
    sub.add_argument("--seed", type=int, default=0)
    sub.add_argument("--strokes", type=Path, help="pen stroke file to compose lines from")
    sub.add_argument("--fonts", type=Path, help="directory of typefaces (default without others: the shipped ones)")
    sub.add_argument("--words", type=Path, metavar="DATA", help="lines whose words are set anew, and their --cuts")
    sub.add_argument("--cuts", type=Path, metavar="FILE", help="what cut-words made of them")
    sub.add_argument("--text", type=Path, help="paragraphs to write, one a line (default: the shipped sentences)")
    sub.add_argument(
        "--without",
        type=int,
        nargs="+",
        default=[],
        metavar="WRITER",
        help="writers of the pen strokes that are left out",
    )
    sub.add_argument("--split", default="train", type=split_name, choices=SPLITS, help="whose writers and typefaces")
    sub.add_argument("--loose", type=share, default=0.5, help="share of stroke lines that are words at random")
    sub.add_argument(
        "--numbers",
        type=share,
        default=0.0,
        metavar="SHARE",
        help="of the words, made numbers, dates, prices, times and codes (strokes and typefaces)",
    )

    sub = commands.add(
        "cut-words", cut, "Find the words of lines whose texts are known, to set them anew in other lines."
    )
    sub.add_argument("data", type=Path, metavar="DATA", help="imagefolder directory or ZIP")
    sub.add_argument("--out", type=Path, required=True, metavar="FILE")
    sub.add_argument("--sure", type=float, default=0.6, help="posterior of a word below which it is left (default 0.6)")
    add_model(sub)

    sub = commands.add("import-iam", import_iam, "Convert the official IAM files to an imagefolder data set.")
    sub.add_argument("directory", type=Path, metavar="DIR", help="lines/ with lines.txt, or forms/ with xml/")
    for split in SPLITS:
        sub.add_argument(f"--{split}", type=Path, metavar="LIST", help=f"line or form ids of the {split} split")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR")

    sub = commands.add("data", data, "Prepare data to train on, from anywhere, and say what it holds.")
    sub.add_argument(
        "source",
        metavar="SOURCE",
        help="a folder or .zip (metadata.jsonl, or a .txt beside each image), Parquet, an IAM folder, a Hub id such as "
        "Teklia/IAM-line, or kept (kept:WRITER) for the lines kept in the Read tab",
    )
    sub.add_argument("--out", type=Path, metavar="DIR", help="write it there (default: under the data directory)")
    sub.add_argument("--json", action="store_true")

    sub = commands.add("kept", kept, "How many lines were kept in the Read tab; export them as a data set.")
    sub.add_argument("--export", type=Path, metavar="DIR", help="write an imagefolder data set")
    sub.add_argument("--writer", help="only lines of this hand")


def synth(args: argparse.Namespace) -> int:
    from hwr.data.dataset import write_imagefolder
    from hwr.data.supply import Mixture, synthesize
    from hwr.data.synthesis import FontSource, StrokeSource
    from hwr.data.words import WordSource
    from hwr.errors import InputError

    sources = []
    if args.strokes:
        strokes = StrokeSource(args.strokes, args.split, args.text, args.loose, args.numbers, args.without)
        sources.append((1.0, strokes))
    if args.words:
        if not args.cuts:
            raise InputError("commands.words_cuts")
        sources.append((1.0, WordSource(args.words, args.cuts, args.split, args.text)))
    if args.fonts or not sources:
        split = args.split if args.fonts else None
        sources.append((1.0, FontSource(args.fonts or ASSETS / "fonts", split, args.text, numbers=args.numbers)))
    source = Mixture(sources) if len(sources) > 1 else sources[0][1]
    show = progress_line("lines")
    lines = (
        (show(i + 1, args.n), (s.grey, s.text, {"writer": s.writer, "split": args.split}))[1]
        for i, s in enumerate(synthesize(source, args.n, args.seed))
    )
    write_imagefolder(args.out, lines)
    print(f"{args.n} lines in {args.out}")
    return 0


def cut(args: argparse.Namespace) -> int:
    from hwr.data.words import cut_words, write_cuts
    from hwr.reader import Reader

    lines = cut_words(args.data, Reader.from_pretrained(args.model), sure=args.sure)
    write_cuts(lines, args.out)
    words = sum(len(line.words) for line in lines)
    print(f"{words} words of {len(lines)} lines by {len({line.hand for line in lines})} hands in {args.out}")
    return 0


def import_iam(args: argparse.Namespace) -> int:
    from hwr.data.dataset import write_imagefolder
    from hwr.data.iam import read_iam

    lists = {"train": args.train, "val": args.val, "test": args.test}
    dataset = read_iam(args.directory, {split: path for split, path in lists.items() if path})
    show = progress_line("lines")
    lines = (
        (show(i, len(dataset)), (r.grey(), r.text, {"split": r.split, "writer": r.writer, "page": r.page}))[1]
        for i, r in enumerate(dataset, start=1)
    )
    write_imagefolder(args.out, lines)
    print(f"{len(dataset)} lines in {args.out}; {len(dataset.skipped)} left out, {dataset.unlisted} in no split list")
    for skipped in dataset.skipped[:5]:
        print(f"  {skipped.file}: {skipped.reason}")
    return 0


def data(args: argparse.Namespace) -> int:
    from hwr.data.sources import import_data, prepare_data

    show = progress_line("lines")
    if args.out:
        summary = import_data(args.source, args.out, progress=show)
    else:
        summary = prepare_data(args.source, progress=show)
    if args.json:
        print_json(summary.to_dict())
        return 0
    splits = ", ".join(f"{name or 'no split'} {lines}" for name, lines in summary.splits.items())
    unlisted = f", {summary.unlisted} in no split list" if summary.unlisted else ""
    print(f"{summary.lines} lines in {summary.path}; {len(summary.skipped)} left out{unlisted}")
    print(f"splits: {splits}; writers: {len(summary.writers) or 'not named'}")
    print(f"{len(summary.characters)} characters: {summary.characters}")
    for warning in summary.warnings:
        print(f"careful: {warning}")
    for line in summary.first:
        print(f"  {line.image.relative_to(summary.path)}: {line.text}")
    for skipped in summary.skipped[:5]:
        print(f"  left out: {skipped.file}: {skipped.reason}")
    return 0


def kept(args: argparse.Namespace) -> int:
    from hwr.data.annotations import AnnotationStore

    store = AnnotationStore()
    if args.export:
        print(f"{store.export(args.export, args.writer)} lines in {args.export}")
    else:
        print(f"{store.count(args.writer)} lines kept in {store.path}")
    return 0
