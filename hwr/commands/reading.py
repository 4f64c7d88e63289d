"""Commands that read images: read, align, evaluate."""

from __future__ import annotations

import argparse
from typing import Any

from hwr.commands.shared import Commands, add_model, complain, interval_text, print_json, progress_line
from hwr.errors import InputError


def add(commands: Commands) -> None:
    sub = commands.add("read", read, "Read images: a page or a line each.")
    sub.add_argument("images", nargs="+", metavar="IMG")
    add_model(sub)
    sub.add_argument("--single-line", action="store_true", help="take each image as one line, whatever it looks like")
    sub.add_argument("--n-best", type=int, metavar="N", help="list the N likeliest texts of every line, too")
    sub.add_argument("--json", action="store_true", help="text, confidence and character positions as JSON")

    sub = commands.add("align", align, "Set the characters of a text on the image of its line (Viterbi).")
    sub.add_argument("image", metavar="IMG")
    sub.add_argument("--text", required=True, help="what the line says")
    add_model(sub)
    sub.add_argument("--json", action="store_true")

    sub = commands.add("evaluate", evaluate, "Error rates on a data set, with 95 %% intervals.")
    sub.add_argument("--data", required=True, help="imagefolder directory or ZIP (images and metadata.jsonl)")
    sub.add_argument("--split", help="which split (default: all lines)")
    add_model(sub)
    sub.add_argument("--limit", type=int, help="only so many lines, spread evenly")
    sub.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    sub.add_argument("--json", action="store_true")


def read(args: argparse.Namespace) -> int:
    from hwr.reader import Reader

    reader = Reader.from_pretrained(args.model)
    results: list[dict[str, Any]] = []
    failures = 0
    for image in args.images:
        try:
            for page in reader.read_pages(image, lines="single" if args.single_line else "auto"):
                lists = [reader.n_best(line, args.n_best) for line in page.lines] if args.n_best is not None else []
                results.append(with_hypotheses(page.to_dict(), page, lists))
                if not args.json:
                    print(page.text, flush=True)
                for hypotheses in [] if args.json else lists:
                    print("".join(f"{h.total:10.2f}  {h.text}\n" for h in hypotheses), flush=True)
        except InputError as error:
            failures += 1
            complain(error)
    if args.json:
        print_json(results)
    return 2 if failures else 0


def align(args: argparse.Namespace) -> int:
    from hwr.images.load import load_image
    from hwr.reader import Reader

    reader = Reader.from_pretrained(args.model)
    upload = load_image(args.image)
    page = reader.read(upload, lines="auto")
    if len(page.lines) > 1:
        page = reader.read(upload, lines="single")
    aligned = reader.align(page.lines[0], args.text)
    if args.json:
        characters = [c.to_dict() | {"log_prob": round(c.log_prob, 4)} for c in aligned.characters]
        print_json({"text": aligned.text, "characters": characters, "log_prob": round(aligned.log_prob, 4)})
    else:
        print(f"{aligned.text}   (log probability of the path {aligned.log_prob:.2f})")
        for c in aligned.characters:
            print(f"{c.text!r:>6}  {c.x0:8.1f} to {c.x1:8.1f} px   confidence {c.confidence:.3f}")
    return 0


def evaluate(args: argparse.Namespace) -> int:
    from hwr.evaluation.evaluate import evaluate
    from hwr.reader import Reader

    reader = Reader.from_pretrained(args.model)
    report = evaluate(reader, args.data, args.split, limit=args.limit, seed=args.seed, progress=progress_line("lines"))
    if args.json:
        print_json(report.to_dict())
        return 0
    print(
        f"{len(report.lines)} lines, {report.characters} characters; {reader.name}, {args.data} ({args.split or 'all'})"
    )
    print(f"CER            {interval_text(report.cer)}")
    for name, interval in report.wer.items():
        print(f"WER {name:<10} {interval_text(interval)}")
    print(f"Calibration    expected error {report.calibration.ece:.3f}")
    if report.skipped:
        print(
            f"Left out       {len(report.skipped)} entries, first: {report.skipped[0].file}: {report.skipped[0].reason}"
        )
    for key, value in report.protocol.items():
        print(f"  {key}: {value}")
    return 0


def with_hypotheses(result: dict[str, Any], page: Any, lists: list[list[Any]]) -> dict[str, Any]:
    """The object of `read --json` with `greedy` and `hypotheses`: at the top for one line, else in each of `lines`."""
    targets = result.get("lines", [result])
    for target, line, hypotheses in zip(targets, page.lines, lists, strict=bool(lists)):
        target["greedy"] = line.text
        target["hypotheses"] = [
            {"text": h.text, "ctc": round(h.visual, 4), "lm": None, "length": h.length, "total": round(h.total, 4)}
            for h in hypotheses
        ]
    return result
