"""`python -m hwr`: everything the interface can do, without it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hwr.errors import InputError


def synth(args: argparse.Namespace) -> None:
    from hwr.data.synthesis import FontSource, Mixture, StrokeSource, synthesize
    from hwr.data.dataset import write_imagefolder

    text = args.text
    sources = []
    if args.strokes:
        sources.append((1.0, StrokeSource(args.strokes, args.split, text, loose=args.loose)))
    if args.fonts or not args.strokes:
        split = args.split if args.fonts else None
        sources.append((1.0, FontSource(args.fonts or Path("assets/fonts"), split, text)))
    source = Mixture(sources) if len(sources) > 1 else sources[0][1]
    write_imagefolder(args.out, ((s.grey, s.text, {"writer": s.writer, "split": args.split}) for s in synthesize(source, args.n, args.seed)))


def train(args):
    from hwr.training.loop import train
    from hwr.training.runs import RunDirectory
    from hwr.training.config import TrainConfig
    run = RunDirectory.open(args.resume) if args.resume else RunDirectory.create(args.out, TrainConfig.load(args.config))
    train(run)


def main(argv=None):
    parser = argparse.ArgumentParser("hwr")
    sub = parser.add_subparsers(required=True)
    p = sub.add_parser("synth"); p.set_defaults(run=synth)
    p.add_argument("--out", type=Path, required=True); p.add_argument("-n", type=int, default=1000); p.add_argument("--seed", type=int, default=0)
    p.add_argument("--strokes", type=Path); p.add_argument("--fonts", type=Path); p.add_argument("--text", type=Path); p.add_argument("--split", default="train"); p.add_argument("--loose", type=float, default=0.5)
    p = sub.add_parser("train"); p.set_defaults(run=train)
    p.add_argument("--config", type=Path); p.add_argument("--out", type=Path); p.add_argument("--resume", type=Path)
    args = parser.parse_args(argv)
    try:
        args.run(args)
    except InputError as error:
        print(f"hwr: {error}", file=sys.stderr)
        return 2
    return 0
