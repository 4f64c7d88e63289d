"""The command that makes a report: report."""

from __future__ import annotations

import argparse
from pathlib import Path

from hwr.commands.shared import Commands, add_model
from hwr.errors import InputError


def add(commands: Commands) -> None:
    sub = commands.add(
        "report",
        report,
        "One HTML file that works without a network: reading, alignment, n-best, KL per token, receptive field.",
    )
    sub.add_argument("image", metavar="IMG", help="image of a line or of a page; of a file of several pages the first")
    sub.add_argument("--out", type=Path, required=True, metavar="FILE.html")
    add_model(sub)
    sub.add_argument("--line", type=int, help="only this line of the page, from 1 (default: all)")
    sub.add_argument("--single-line", action="store_true", help="take the image as one line, whatever it looks like")
    sub.add_argument("--text", help="what the line says, where that is known (for one line)")
    sub.add_argument("--n-best", type=int, default=16, metavar="N", help="texts that are listed (%(default)s)")
    sub.add_argument(
        "--lm", default="default", metavar="NAME", help="language model of the list: default, smollm2, ..., none"
    )
    sub.add_argument(
        "--connectors",
        metavar="MODEL",
        help="checkpoint whose connectors are asked (default: --model's, else the shipped)",
    )


def report(args: argparse.Namespace) -> int:
    from hwr.inspection.divergence import load_taught
    from hwr.language.config import connector_source, has_connectors
    from hwr.reader import Reader
    from hwr.ui.report.contents import Asked, make_report
    from hwr.ui.report.page import report_html

    if args.n_best < 1:
        raise InputError("commands.n_best", given=args.n_best)
    named = args.connectors or (args.model if args.model and has_connectors(args.model) else None)
    source = named or connector_source()
    asked = Asked(
        Reader.from_pretrained(args.model),
        load_taught(source) if named or has_connectors(source) else None,
        None if args.lm == "none" else args.lm,
        args.n_best,
    )
    made = make_report(
        asked,
        args.image,
        lines="single" if args.single_line else "auto",
        only=None if args.line is None else [args.line - 1],
        truths=[args.text] if args.text else None,
    )
    text = report_html(made)
    args.out.write_text(text, encoding="utf-8")
    for line in made.lines:
        for problem in line.problems:
            print(f"line {line.line['line'] + 1}: left out: {problem}")
    print(f"{args.out}: {len(made.lines)} of {len(made.shown.lines)} lines, {len(text.encode()) / 1e6:.1f} MB")
    return 0
