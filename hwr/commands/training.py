"""Commands that learn: train, publish."""

from __future__ import annotations

import argparse
import dataclasses
import typing
from pathlib import Path
from typing import Any

from hwr.commands.shared import Commands, named_sets
from hwr.errors import InputError


def add(commands: Commands) -> None:
    sub = commands.add("train", train, "Train or fine-tune a recogniser; Ctrl-C or SIGTERM saves and stops.")
    sub.add_argument("--config", type=Path, help="YAML file with any fields of the configuration")
    sub.add_argument("--data", type=Path, help="imagefolder directory or ZIP to learn from")
    sub.add_argument("--out", type=Path, metavar="RUN", help="run directory to write")
    sub.add_argument("--resume", type=Path, metavar="RUN", help="go on with a run exactly where it was saved")
    sub.add_argument(
        "--connector",
        action="append",
        metavar="KIND:TAP:WEIGHT",
        help="teach by the language model through a connector, such as qformer:lstm1:1.0; once for each tap",
    )
    if commands.wanted == "train":
        add_train_flags(sub)

    sub = commands.add(
        "publish", publish, "Turn a run's best checkpoint into one to share: calibrated, measured, fp16, with a card."
    )
    sub.add_argument("run_directory", type=Path, metavar="RUN")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR")
    sub.add_argument("--val", action="append", metavar="NAME=PATH:SPLIT", help="calibrate and measure on this set")
    sub.add_argument("--test", action="append", metavar="NAME=PATH:SPLIT", help="measure on this set")
    sub.add_argument("--readme", type=Path, metavar="FILE", help="put the table of metrics into this file, too")
    sub.add_argument("--note", action="append", metavar="TEXT", help="a line for the card's data section")


def train(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    from hwr.language.config import ConnectorConfig
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
        if args.connector:
            changes["connectors"] = [ConnectorConfig.parse(text) for text in args.connector]
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


def train_flags() -> list[dataclasses.Field[Any]]:
    """The simple fields of TrainConfig: each is a flag of `train`."""
    from hwr.training.config import TrainConfig

    return [f for f in dataclasses.fields(TrainConfig) if f.name not in ("data", "validation", "connectors")]


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
