"""`python -m hwr`: everything the interface can do, without it."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hwr.errors import InputError
from hwr.paths import ASSETS

# --- commands: each prints what one library call returns


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


def train(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    from hwr.training.config import DataConfig, TrainConfig
    from hwr.training.loop import train
    from hwr.training.runs import RunDirectory

    if args.resume:
        run = RunDirectory.open(args.resume)
    else:
        if not args.out:
            raise InputError("Name the run directory to write: --out RUN.")
        config = TrainConfig.load(args.config) if args.config else TrainConfig()
        changes = {f.name: getattr(args, f.name) for f in train_flags() if getattr(args, f.name) is not None}
        if args.data:
            changes["data"] = [DataConfig(str(args.data))]
        config = dataclasses.replace(config, **changes)
        run = RunDirectory.create(args.out, config)
    config = run.config()
    with tqdm(total=config.steps, unit="step", disable=None) as bar:

        def show(status: Any, row: dict[str, float]) -> None:
            bar.update(status.step - bar.n)
            best = f", best CER {status.best_cer:.3f}" if status.best_cer is not None else ""
            bar.set_postfix_str(f"loss {row['loss']:.3f}, {row['lines_per_second']:.0f} lines/s{best}")

        status = train(run, show)
    print(f"{status.state} at step {status.step} of {status.steps}; checkpoints in {run.checkpoints}")
    return 0


def synth(args: argparse.Namespace) -> int:
    from hwr.data.dataset import write_imagefolder
    from hwr.data.synthesis import FontSource, Mixture, StrokeSource, synthesize

    sources = []
    if args.strokes:
        sources.append((1.0, StrokeSource(args.strokes, args.split, args.text, loose=args.loose)))
    if args.fonts or not args.strokes:
        split = args.split if args.fonts else None
        sources.append((1.0, FontSource(args.fonts or ASSETS / "fonts", split, args.text)))
    source = Mixture(sources) if len(sources) > 1 else sources[0][1]
    show = progress_line("lines")
    items = (
        (show(i + 1, args.n), (s.grey, s.text, {"writer": s.writer, "split": args.split}))[1]
        for i, s in enumerate(synthesize(source, args.n, args.seed))
    )
    write_imagefolder(args.out, items)
    print(f"{args.n} lines in {args.out}")
    return 0


def import_iam(args: argparse.Namespace) -> int:
    from hwr.data.dataset import write_imagefolder
    from hwr.data.iam import read_iam

    lists = {"train": args.train, "val": args.val, "test": args.test}
    dataset = read_iam(args.directory, {split: path for split, path in lists.items() if path})
    show = progress_line("lines")
    items = (
        (show(i, len(dataset)), (r.grey(), r.text, {"split": r.split, "writer": r.writer, "page": r.page}))[1]
        for i, r in enumerate(dataset, start=1)
    )
    write_imagefolder(args.out, items)
    print(f"{len(dataset)} lines in {args.out}; {len(dataset.skipped)} left out, {dataset.unlisted} in no split list")
    for skipped in dataset.skipped[:5]:
        print(f"  {skipped.file}: {skipped.reason}")
    return 0


def import_checkpoint(args: argparse.Namespace) -> int:
    from hwr.recognizer.checkpoint import Checkpoint, save_checkpoint
    from hwr.recognizer.legacy import load_legacy
    from hwr.recognizer.network import Recognizer

    stride = (args.stem_stride[0], args.stem_stride[1]) if args.stem_stride else None
    legacy = load_legacy(args.file, args.charset, stem_stride=stride, attend=args.attend)
    network = Recognizer(legacy.config, legacy.charset.classes)
    network.load_state_dict(legacy.state)
    info = {"origin": f"imported from {args.file.name}; {len(legacy.dropped)} language-model tensors dropped"}
    save_checkpoint(Checkpoint(network, legacy.charset, info=info), args.out)
    print(f"{legacy.config.preset}: {legacy.charset.classes - 1} characters, {len(legacy.state)} tensors -> {args.out}")
    if legacy.dropped:
        print(f"dropped {len(legacy.dropped)} tensors of the language side, which reading does not need")
    return 0


def export_onnx(args: argparse.Namespace) -> int:
    from hwr.reader import DEFAULT_MODEL
    from hwr.recognizer.checkpoint import load_checkpoint
    from hwr.recognizer.onnx import export_onnx

    difference = export_onnx(load_checkpoint(args.model or DEFAULT_MODEL), args.out)
    print(f"{args.out}: largest difference from torch {difference:.2e}")
    return 0


def publish(args: argparse.Namespace) -> int:
    from hwr.recognizer.checkpoint import markdown_table
    from hwr.training.publish import publish, write_table

    if not (args.val or args.test):
        raise InputError("Name at least one set to measure on: --val NAME=PATH:SPLIT or --test NAME=PATH:SPLIT.")

    checkpoint = publish(args.run_directory, args.out, named_sets(args.val), named_sets(args.test), args.note or [])
    print(f"{args.out}: temperature {checkpoint.temperature:.3f}")
    print(markdown_table(checkpoint.info["metrics"]))
    if args.readme:
        write_table(args.readme, checkpoint.info["metrics"])
    return 0


def precompute(args: argparse.Namespace) -> int:
    from hwr.reader import Reader
    from hwr.ui.examples import precompute, render_examples

    images = args.out / "examples"
    if args.render or not images.is_dir():
        render_examples(images)
    precompute(Reader.from_pretrained(args.model), args.out / "readings", images)
    print(f"examples in {images}, their readings in {args.out / 'readings'}")
    return 0


# --- what the commands share


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


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


def complain(error: Exception) -> None:
    print(f"hwr: {' '.join(str(error).split())}", file=sys.stderr)


def interval_text(interval: Any) -> str:
    return f"{interval.value:7.2%}  [{interval.low:.2%}, {interval.high:.2%}]"


def progress_line(unit: str) -> Any:
    """A callable (done, total) that keeps one line on a terminal's standard error up to date."""

    def show(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{done}/{total} {unit}", end="\n" if done == total else "", file=sys.stderr, flush=True)

    return show


def named_sets(values: Sequence[str] | None) -> dict[str, tuple[str, str]]:
    """["name=path:split", ...] -> {name: (path, split)}."""
    sets = {}
    for value in values or []:
        name, _, rest = value.partition("=")
        path, _, split = rest.rpartition(":")
        if not (name and path and split):
            raise InputError(f"{value!r} does not name a set; write NAME=PATH:SPLIT, such as scans=lines.zip:test.")
        sets[name] = (path, split)
    return sets


def train_flags() -> list[dataclasses.Field[Any]]:
    """The simple fields of TrainConfig: each is a flag of `train`."""
    from hwr.training.config import TrainConfig

    return [f for f in dataclasses.fields(TrainConfig) if f.name not in ("data", "validation")]


def add_train_flags(parser: argparse.ArgumentParser) -> None:
    from hwr.training.config import TrainConfig

    types = typing.get_type_hints(TrainConfig)
    group = parser.add_argument_group("fields of the training configuration (hwr/training/config.py explains them)")
    for f in train_flags():
        kind = next((t for t in typing.get_args(types[f.name]) if t is not type(None)), types[f.name])
        flag, help_text = f"--{f.name.replace('_', '-')}", f"default {f.default}"
        if kind is bool:
            group.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=help_text)
        else:
            group.add_argument(flag, type=kind, default=None, help=help_text, metavar=kind.__name__.upper())


class Parser(argparse.ArgumentParser):
    """Wrong usage is one line and exit code 2, as all bad input is."""

    def error(self, message: str) -> typing.NoReturn:
        complain(InputError(f"{message} (try {self.prog} --help)"))
        sys.exit(2)


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """The parser; `command` is the one that will run (its flags may cost an import to list)."""
    parser = Parser("python -m hwr", description="Read handwriting, look inside the recogniser, train it.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)

    def add(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    def add_model(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--model", help="checkpoint directory or Hugging Face Hub id (default: the shipped one)")

    sub = add("read", read, "Read images: a page or a line each.")
    sub.add_argument("images", nargs="+", metavar="IMG")
    add_model(sub)
    sub.add_argument("--single-line", action="store_true", help="take each image as one line, whatever it looks like")
    sub.add_argument("--n-best", type=int, metavar="N", help="list the N likeliest texts of every line, too")
    sub.add_argument("--json", action="store_true", help="text, confidence and character positions as JSON")

    sub = add("align", align, "Set the characters of a text on the image of its line (Viterbi).")
    sub.add_argument("image", metavar="IMG")
    sub.add_argument("--text", required=True, help="what the line says")
    add_model(sub)
    sub.add_argument("--json", action="store_true")

    sub = add("evaluate", evaluate, "Error rates on a data set, with 95 %% intervals.")
    sub.add_argument("--data", required=True, help="imagefolder directory or ZIP (images and metadata.jsonl)")
    sub.add_argument("--split", help="which split (default: all lines)")
    add_model(sub)
    sub.add_argument("--limit", type=int, help="only so many lines, spread evenly")
    sub.add_argument("--seed", type=int, default=0, help="of the bootstrap")
    sub.add_argument("--json", action="store_true")

    sub = add("train", train, "Train or fine-tune a recogniser; Ctrl-C or SIGTERM saves and stops.")
    sub.add_argument("--config", type=Path, help="YAML file with any fields of the configuration")
    sub.add_argument("--data", type=Path, help="imagefolder directory or ZIP to learn from")
    sub.add_argument("--out", type=Path, metavar="RUN", help="run directory to write")
    sub.add_argument("--resume", type=Path, metavar="RUN", help="go on with a run exactly where it was saved")
    if command == "train":
        add_train_flags(sub)

    sub = add("synth", synth, "Write synthetic lines as an imagefolder data set.")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR")
    sub.add_argument("-n", type=int, default=1000, help="number of lines (default 1000)")
    sub.add_argument("--seed", type=int, default=0)
    sub.add_argument("--strokes", type=Path, help="pen stroke file to compose lines from")
    sub.add_argument("--fonts", type=Path, help="directory of typefaces (default without strokes: the shipped ones)")
    sub.add_argument("--text", type=Path, help="paragraphs to write, one a line (default: the shipped sentences)")
    sub.add_argument("--split", default="train", choices=["train", "val", "test"], help="whose writers and typefaces")
    sub.add_argument("--loose", type=float, default=0.5, help="share of stroke lines that are words at random")

    sub = add("import-iam", import_iam, "Convert the official IAM files to an imagefolder data set.")
    sub.add_argument("directory", type=Path, metavar="DIR", help="lines/ with lines.txt, or forms/ with xml/")
    for split in ("train", "val", "test"):
        sub.add_argument(f"--{split}", type=Path, metavar="LIST", help=f"line or form ids of the {split} split")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR")

    sub = add("import-checkpoint", import_checkpoint, "Convert a .pt state_dict of HTR-best-practices or a descendant.")
    sub.add_argument("file", type=Path, metavar="FILE.pt")
    sub.add_argument("--charset", type=Path, required=True, metavar="classes.npy")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR")
    sub.add_argument(
        "--stem-stride", type=int, nargs=2, metavar=("V", "H"), help="when it cannot be told from the blocks"
    )
    sub.add_argument("--attend", choices=["within", "across"], default="within", help="of MobileViT blocks")

    sub = add("export-onnx", export_onnx, "Write the recogniser as ONNX and compare it with torch.")
    add_model(sub)
    sub.add_argument("--out", type=Path, required=True, metavar="FILE.onnx")

    sub = add(
        "publish", publish, "Turn a run's best checkpoint into one to share: calibrated, measured, fp16, with a card."
    )
    sub.add_argument("run_directory", type=Path, metavar="RUN")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR")
    sub.add_argument("--val", action="append", metavar="NAME=PATH:SPLIT", help="calibrate and measure on this set")
    sub.add_argument("--test", action="append", metavar="NAME=PATH:SPLIT", help="measure on this set")
    sub.add_argument("--readme", type=Path, metavar="FILE", help="put the table of metrics into this file, too")
    sub.add_argument("--note", action="append", metavar="TEXT", help="a line for the card's data section")

    sub = add("precompute", precompute, "Compute the readings that the page shows before the model is loaded.")
    add_model(sub)
    sub.add_argument("--out", type=Path, default=ASSETS)
    sub.add_argument("--render", action="store_true", help="draw the example images anew, too")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0, or 2 for input that cannot be used."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    args = build_parser(arguments[0] if arguments else None).parse_args(arguments)
    try:
        return args.run(args)
    except InputError as error:
        complain(error)
        return 2
    except BrokenPipeError:
        return 1
