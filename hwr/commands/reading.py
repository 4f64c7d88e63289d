"""Commands that read images: read, align, evaluate."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from hwr.commands.shared import Commands, add_model, complain, harmless, interval_text, print_json, progress_line
from hwr.errors import InputError


def add(commands: Commands) -> None:
    sub = commands.add("read", read, "Read images: a page or a line each.")
    sub.add_argument("images", nargs="+", metavar="IMG")
    add_model(sub)
    _add_decoding(sub)
    sub.add_argument("--single-line", action="store_true", help="take each image as one line, whatever it looks like")
    sub.add_argument("--n-best", type=int, metavar="N", help="list the N likeliest texts of every line, too")
    sub.add_argument(
        "--lm",
        metavar="NAME",
        help="let language choose among them: default, smollm2, a directory, a Hub id; none: the character n-gram alone",
    )
    for name, of in (("alpha", "language model"), ("beta", "length"), ("gamma", "character n-gram")):
        sub.add_argument(f"--{name}", metavar="W", help=f"weight of the {of} (default: as tuned)")
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
    _add_decoding(sub)
    sub.add_argument("--limit", type=int, help="only so many lines, spread evenly")
    sub.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    sub.add_argument("--lm", metavar="NAME", help="measure what this language model wins, too; none: the n-gram alone")
    sub.add_argument(
        "--examples", type=Path, metavar="DIR", help="with --lm: keep the lines that it helps and harms most"
    )
    sub.add_argument("--json", action="store_true")


def _add_decoding(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--decoding",
        metavar="NAME",
        help="how the text is chosen: greedy (default), the likeliest class of each frame; beam, the likeliest text",
    )


def _reader(args: argparse.Namespace) -> Any:
    """The reader that is asked for. What language chooses, it compares with the greedy text, and with no other."""
    from hwr.decoding.decoders import DEFAULT_DECODER
    from hwr.reader import Reader

    decoding = args.decoding or DEFAULT_DECODER
    if args.lm and decoding != DEFAULT_DECODER:
        raise InputError("commands.decoding_with_lm", decoding=decoding)
    return Reader.from_pretrained(args.model, decoding=decoding)


def read(args: argparse.Namespace) -> int:
    from hwr.evaluation.sharding import join_processes, rank_and_world, sharded

    join_processes()
    _, world = rank_and_world()
    reader = _reader(args)
    results: list[dict[str, Any]] = []
    failures = 0
    share = 1 if world == 1 else 4 * world  # images read before the next are printed
    for start in range(0, len(args.images), share):
        images = args.images[start : start + share]
        for found, texts, problems in sharded(lambda mine: [read_image(args, reader, image) for image in mine], images):
            results += found
            failures += len(problems)
            for page in (page for page in found if "turned" in page):
                print(harmless(f"hwr: {turned_note(page['image'], page['turned'])}"), file=sys.stderr)
            for problem in problems:
                complain(InputError(problem))
            for text in [] if args.json else texts:
                print(text, flush=True)
    if args.json:
        print_json(results)
    return 2 if failures else 0


def turned_note(image: str, degrees: int) -> str:
    return f"{image} lies the wrong way; it was turned by {degrees} degrees clockwise and read so."


def read_image(args: argparse.Namespace, reader: Any, image: str) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """The pages of an image as JSON values, the texts to print, and what went wrong."""
    results, texts, problems = [], [], []
    try:
        for page in reader.read_pages(image, lines="single" if args.single_line else "auto"):
            lists, wrong = n_best_lists(args, reader, page)
            problems += wrong
            results.append(with_hypotheses(page.to_dict(), lists))
            texts.append("\n".join(n.text for n in lists) if args.lm and lists else page.text)
            if args.n_best:
                texts += ["".join(f"{h.total:10.2f}  {h.text}\n" for h in n_best.hypotheses) for n_best in lists]
    except InputError as error:
        problems.append(str(error))
    return results, texts, problems


def n_best_lists(args: argparse.Namespace, reader: Any, page: Any) -> tuple[list[Any], list[str]]:
    """An NBest for each line, if the command asks for any (without --lm of the image alone), and what went wrong.

    Where nothing can be listed, the greedy reading stands.
    """
    from hwr.language.rescoring import number
    from hwr.reading import LANGUAGE_OFF, Weights

    given = {name: getattr(args, name) for name in ("alpha", "beta", "gamma")}
    if args.n_best is None and args.lm is None:
        return [], []
    options: dict[str, Any] = {"n_best": 16 if args.n_best is None else args.n_best}
    if args.lm is None:
        options |= {"ngram": False, "weights": LANGUAGE_OFF}
    elif args.lm != "none":
        options["lm"] = args.lm
    try:
        if any(value is not None for value in given.values()):
            options["weights"] = Weights(**{name: number(name, value or 0.0) for name, value in given.items()})
        lists = [reader.n_best(line, **options) for line in page.lines]
    except InputError as error:
        return [], [str(error)]
    return lists, list(dict.fromkeys(n_best.problem for n_best in lists if n_best.problem))


def align(args: argparse.Namespace) -> int:
    from hwr.images.load import load_image
    from hwr.reader import Reader

    reader = Reader.from_pretrained(args.model)
    upload = load_image(args.image)
    page = reader.read(upload, lines="auto")
    if len(page.lines) > 1:
        page = reader.read(upload, lines="single")
    if page.turned:
        print(harmless(f"hwr: {turned_note(page.image, page.turned)}"), file=sys.stderr)
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
    from hwr.evaluation.rescoring import evaluate_rescoring, write_examples
    from hwr.evaluation.sharding import join_processes

    join_processes()
    reader = _reader(args)
    options: dict[str, Any] = {"limit": args.limit, "seed": args.seed, "progress": progress_line("lines")}
    rescoring = None
    if args.lm:
        (rescoring,) = evaluate_rescoring(reader, args.data, args.split, [args.lm], **options)
        if args.examples:
            write_examples(rescoring, args.data, args.split, args.examples)
    report = rescoring.evaluation if rescoring else evaluate(reader, args.data, args.split, **options)
    if args.json:
        print_json((rescoring or report).to_dict())
        return 0
    print(
        f"{len(report.lines)} lines, {report.characters} characters; {reader.name}, {args.data} ({args.split or 'all'})"
    )
    print(f"CER            {interval_text(report.cer)}")
    for name, interval in report.wer.items():
        print(f"WER {name:<10} {interval_text(interval)}")
    print(f"CER, digits    {digits_text(report.digits)}  ({report.digits.lines} lines whose text has a digit)")
    print(f"Calibration    expected error {report.calibration.ece:.3f}")
    if rescoring:
        print_parts(rescoring)
    if report.skipped:
        print(
            f"Left out       {len(report.skipped)} entries, first: {report.skipped[0].file}: {report.skipped[0].reason}"
        )
    for key, value in report.protocol.items():
        print(f"  {key}: {value}")
    return 0


def digits_text(digits: Any) -> str:
    return interval_text(digits.cer) if digits.cer else "      -"


def print_parts(rescoring: Any) -> None:
    """The table of `evaluate --lm`: a row for each way to decode."""
    print(f"\nWith language ({rescoring.lm})")
    print(f"{'':10} {'CER':^26} {'WER':^26} {'CER - greedy':^28} {'CER of lines with digits':^26}".rstrip())
    for name, part in rescoring.parts.items():
        change = interval_text(part.versus_greedy.difference)
        rates = f"{interval_text(part.cer):26} {interval_text(part.wer):26} {change:28}"
        print(f"{name:10} {rates} {digits_text(part.digits)}")
    shown, added = rescoring.rescored, rescoring.versus_ngram.difference
    if "lm" in rescoring.parts:
        print(f"{f'rescored - ngram: what {rescoring.lm} adds':63} {interval_text(added)}")
    print(f"rescored: {shown.fixed} lines fixed, {shown.broken} broken, {shown.unchanged} unchanged")


def with_hypotheses(result: dict[str, Any], lists: list[Any]) -> dict[str, Any]:
    """The object of `read --json` with `greedy`, `hypotheses` and the rest of NBest: at the top for one line, else in
    each of `lines`. Its `text` becomes what language prefers; characters and confidence stay those of `greedy`."""
    targets = result.get("lines", [result])
    for target, n_best in zip(targets, lists, strict=bool(lists)):
        target |= n_best.to_dict()
    if lists and "lines" in result:
        result["text"] = "\n".join(n_best.text for n_best in lists)
    return result
