"""Commands of the language side: train-lm, publish-lm, train-ngram, tune-rescoring, measure-language."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from itertools import chain
from pathlib import Path

from hwr.commands.shared import Commands, add_model, named_sets, progress_line, share
from hwr.paths import DEFAULT_LM, DEFAULT_NGRAM


def add(commands: Commands) -> None:
    sub = commands.add("train-lm", train_lm, "Train a small language model on prose; called again, it goes on.")
    sub.add_argument("--text", required=True, metavar="FILE", help="paragraphs to learn, one a line (plain or .gz)")
    sub.add_argument("--validation", required=True, metavar="FILE", help="paragraphs to measure on, not learned")
    sub.add_argument("--out", type=Path, required=True, metavar="RUN", help="directory of the training")
    if commands.wanted == "train-lm":
        from hwr.training.language_model.train import LMConfig

        for f in dataclasses.fields(LMConfig):
            if f.name not in ("text", "validation"):
                flag, kind = f"--{f.name.replace('_', '-')}", type(f.default)
                sub.add_argument(flag, type=kind, default=f.default, metavar=kind.__name__.upper(), help="%(default)s")

    sub = commands.add(
        "publish-lm", publish_lm, "Turn a training into a language model to share: fp16, measured, with a card."
    )
    sub.add_argument("run_directory", type=Path, metavar="RUN")
    sub.add_argument("--test", required=True, metavar="FILE", help="paragraphs that were never looked at")
    sub.add_argument("--out", type=Path, default=DEFAULT_LM, metavar="DIR")
    sub.add_argument("--compare", action="append", default=[], metavar="LM", help="measure this model, too")
    sub.add_argument("--note", action="append", default=[], metavar="TEXT", help="a line for the card's data section")

    sub = commands.add("train-ngram", train_ngram, "Count the character n-gram that leads the beam.")
    sub.add_argument("--text", metavar="FILE", help="paragraphs to learn, one a line (plain or .gz)")
    sub.add_argument(
        "--lines",
        action="append",
        default=[],
        type=Path,
        metavar="DIR",
        help="a data set whose train texts to learn, too",
    )
    sub.add_argument("--out", type=Path, default=DEFAULT_NGRAM, metavar="FILE.npz")
    sub.add_argument("--order", type=int, default=7, help="%(default)s")
    sub.add_argument("--entries", type=int, default=2_000_000, help="n-grams that are kept (%(default)s)")
    sub.add_argument("--numbers", type=share, default=0.01, help="share of words that become numbers (%(default)s)")

    sub = commands.add("tune-rescoring", tune_rescoring, "Choose the weights of language on validation lines.")
    add_model(sub)
    sub.add_argument("--data", action="append", required=True, help="imagefolder directory or ZIP; once for each set")
    sub.add_argument("--split", default="val", help="%(default)s; test is refused")
    sub.add_argument("--lm", action="append", metavar="NAME", help="a language model to tune for (default: default)")

    sub = commands.add(
        "measure-language", measure_language, "What each part of language wins on test sets, as a table."
    )
    add_model(sub)
    sub.add_argument("--test", action="append", required=True, metavar="NAME=DATA:SPLIT", help="a set to read")
    sub.add_argument("--lm", action="append", metavar="NAME", help="a language model to measure (default: default)")
    sub.add_argument("--json", type=Path, metavar="FILE", help="write all numbers of all sets there, too")
    sub.add_argument("--readme", type=Path, metavar="FILE", help="put the table between its marks there")


def train_lm(args: argparse.Namespace) -> int:
    from hwr.training.language_model.train import LMConfig, LMTrainer

    config = LMConfig(**{f.name: getattr(args, f.name) for f in dataclasses.fields(LMConfig)})
    trainer = LMTrainer(args.out, config)
    trainer.run(lambda row: print(" ".join(f"{k} {v:.4g}" for k, v in row.items()), file=sys.stderr, flush=True))
    print(f"step {trainer.step} of {config.steps}, {trainer.tokens:,} tokens in {trainer.seconds / 3600:.2f} hours")
    return 0


def publish_lm(args: argparse.Namespace) -> int:
    from hwr.recognizer.checkpoint import markdown_table
    from hwr.training.language_model.publish import publish_language_model

    print(markdown_table(publish_language_model(args.run_directory, args.out, args.test, args.compare, args.note)))
    return 0


def train_ngram(args: argparse.Namespace) -> int:
    from hwr.data.dataset import read_imagefolder
    from hwr.data.prose import with_numbers
    from hwr.language.ngram import CharacterNGram, as_lines
    from hwr.training.language_model.train import read_paragraphs

    paragraphs = with_numbers(read_paragraphs(args.text), args.numbers) if args.text else ()
    lines = (record.text for directory in args.lines for record in read_imagefolder(directory, "train"))
    ngram = CharacterNGram.train(chain(as_lines(paragraphs), lines), args.order, args.entries)
    ngram.save(args.out)
    print(f"{args.out}: order {ngram.order}, {ngram.entries:,} n-grams, {args.out.stat().st_size / 1e6:.1f} MB")
    return 0


def tune_rescoring(args: argparse.Namespace) -> int:
    from hwr.evaluation.rescoring import tune_rescoring
    from hwr.reader import DEFAULT_MODEL, Reader
    from hwr.recognizer.checkpoint import resolve, write_rescoring

    directory = resolve(args.model or DEFAULT_MODEL)
    lms = args.lm or ["default"]
    entries = tune_rescoring(Reader.from_pretrained(directory), args.data, args.split, lms, progress_line("lines"))
    write_rescoring(directory, entries)
    for e in entries:
        name = f"{e['lm'] or 'no language model'}{' + n-gram' if e['ngram'] else ''}"
        weights = ", ".join(f"{k} {e[k]:g}" for k in ("alpha", "beta", "gamma"))
        print(
            f"{name:28} {weights:36} CER {e['greedy']:.2%} -> {e['rescored']:.2%} (best in the lists {e['oracle']:.2%})"
        )
    return 0


def measure_language(args: argparse.Namespace) -> int:
    from hwr.evaluation.rescoring import evaluate_rescoring, summary
    from hwr.reader import Reader
    from hwr.recognizer.checkpoint import markdown_table
    from hwr.training.outcome.publish import LANGUAGE_MARKS, write_table

    reader = Reader.from_pretrained(args.model)
    rows, results = [], []
    for name, (data, split) in named_sets(args.test).items():
        measured = evaluate_rescoring(reader, data, split, args.lm or ["default"], progress=progress_line("lines"))
        rows += summary(name, measured)
        results += [{"set": name, **rescoring.to_dict()} for rescoring in measured]
    print(markdown_table(rows))
    if args.json:
        args.json.write_text(json.dumps(results, indent=1, ensure_ascii=False), encoding="utf-8")
    if args.readme:
        write_table(args.readme, rows, LANGUAGE_MARKS)
    return 0
