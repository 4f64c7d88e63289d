"""Commands that learn: train, pack, publish."""

from __future__ import annotations

import argparse
import dataclasses
import os
import typing
from pathlib import Path
from typing import Any

from hwr.commands.shared import Commands, named_sets, print_json
from hwr.errors import InputError


def add(commands: Commands) -> None:
    sub = commands.add("train", train, "Train or fine-tune a recogniser; Ctrl-C or SIGTERM saves and stops.")
    sub.add_argument(
        "--config",
        type=Path,
        help="YAML file with any fields of the configuration, or a packed supply; - reads it from here",
    )
    sub.add_argument("--data", type=Path, help="imagefolder directory or ZIP to learn from")
    sub.add_argument(
        "--unlabelled",
        action="append",
        metavar="DIR",
        help="folder or ZIP of lines without texts, to learn from what language reads in them; may be repeated",
    )
    sub.add_argument("--out", type=Path, metavar="RUN", help="run directory to write")
    sub.add_argument("--resume", type=Path, metavar="RUN", help="go on with a run exactly where it was saved")
    sub.add_argument(
        "--connector",
        action="append",
        metavar="KIND:TAP:WEIGHT",
        help="teach by the language model through a connector, such as qformer:lstm1:1.0; once for each tap",
    )
    sub.add_argument("--queue", action="store_true", help="wait until the device is free of runs that waited before")
    sub.add_argument(
        "--estimate", action="store_true", help="measure time and memory by a few steps, and train nothing"
    )
    sub.add_argument("--json", action="store_true", help="with --estimate: as JSON")
    if commands.wanted == "train":
        add_train_flags(sub)

    sub = commands.add(
        "pack",
        pack,
        "Put all that a training needs into one small folder, to train on another machine (--config FOLDER).",
    )
    sub.add_argument("--config", type=Path, required=True, help="YAML file of the training")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write")
    sub.add_argument("--megabytes", type=float, default=28.0, help="about how large it may be (default 28)")

    sub = commands.add(
        "publish", publish, "Turn a run's best checkpoint into one to share: calibrated, measured, fp16, with a card."
    )
    sub.add_argument("run_directory", type=Path, metavar="RUN")
    sub.add_argument("--out", type=Path, required=True, metavar="DIR")
    sub.add_argument(
        "--val",
        action="append",
        metavar="NAME=PATH:SPLIT",
        help="calibrate and measure on this set (default, without any set: the run's own validation lines)",
    )
    sub.add_argument("--test", action="append", metavar="NAME=PATH:SPLIT", help="measure on this set")
    sub.add_argument("--readme", type=Path, metavar="FILE", help="put the table of metrics into this file, too")
    sub.add_argument("--note", action="append", metavar="TEXT", help="a line for the card's data section")
    sub.add_argument("--to-hub", metavar="ID", help="put it into this repository of the Hub, too; reads HF_TOKEN")
    sub.add_argument("--public", action="store_true", help="with --to-hub: a repository that all can see")


def train(args: argparse.Namespace) -> int:
    from hwr.training.run.directory import RunDirectory
    from hwr.training.run.launch import queued
    from hwr.training.run.processes import StopSignals

    if args.resume:
        refuse_changes(args)
    if args.estimate:
        return estimate(args, train_config(args))
    with StopSignals() as signals:
        if args.resume:
            run = RunDirectory.open(args.resume)
        else:
            if not args.out:
                raise InputError("commands.no_out")
            run = create_run(args)
        if args.queue:
            with queued(run, signals) as ready:
                return train_now(run, signals) if ready else 0
        return train_now(run, signals)


def refuse_changes(args: argparse.Namespace) -> None:
    """Raise InputError for options that a run which goes on cannot follow."""
    names = ["config", "data", "unlabelled", "out", "connector", "estimate", "json", *(f.name for f in train_flags())]
    given = [f"--{name.replace('_', '-')}" for name in names if getattr(args, name) not in (None, False)]
    given += [f"--no-{f.name.replace('_', '-')}" for f in train_flags() if getattr(args, f.name) is False]
    if given:
        last = args.resume / "checkpoints" / "last"
        raise InputError("commands.resume_as_it_was", given=", ".join(given), last=last)


def train_config(args: argparse.Namespace) -> Any:
    """The configuration of a file, with what the flags change in it."""
    import sys

    from hwr.language.config import ConnectorConfig
    from hwr.sentences import Sentence
    from hwr.training.config import DataConfig, TrainConfig

    if args.config == Path("-"):
        config = TrainConfig.from_yaml(sys.stdin.read(), Sentence("commands.stdin_config"))
    else:
        config = TrainConfig.load(_config_file(args.config)) if args.config else TrainConfig()
    changes = {f.name: getattr(args, f.name) for f in train_flags() if getattr(args, f.name) is not None}
    if args.data:
        changes["data"] = [DataConfig(str(args.data))]
    if args.unlabelled:
        changes["unlabelled"] = [DataConfig(path, split=None) for path in args.unlabelled]
    if args.connector:
        changes["connectors"] = [ConnectorConfig.parse(text) for text in args.connector]
    return dataclasses.replace(config, **changes)


def _config_file(path: Path) -> Path:
    """The file itself, or that of a packed supply, whose folder was named."""
    from hwr.training.lines.pack import CONFIG, check_pack

    if not path.is_dir():
        return path
    check_pack(path)
    return path / CONFIG


def pack(args: argparse.Namespace) -> int:
    from hwr.training.config import TrainConfig
    from hwr.training.lines.pack import MEGABYTE, pack, size_of

    left_out = pack(TrainConfig.load(args.config), args.out, args.megabytes)
    print(f"{size_of(args.out) / MEGABYTE:.1f} MB in {args.out}")
    for what in left_out:
        print(f"  left out: {what}")
    return 0


def estimate(args: argparse.Namespace, config: Any) -> int:
    from hwr.training.cost.measure import measure
    from hwr.training.run.device import size_text

    found = measure(config)
    if args.json:
        print_json(dataclasses.asdict(found))
        return 0
    print(f"device          {found.device}")
    print(f"a step          {found.seconds_a_step:.2f} s, a batch of {found.batch_size}")
    print(f"a validation    {found.seconds_a_validation:.1f} s")
    print(f"in all          {found.seconds_total / 60:.1f} min, {config.steps} steps")
    print(f"memory          {size_text(found.peak_memory)}, {size_text(found.free_memory)} free")
    print(f"largest batch   {found.largest_batch}")
    print(f"disk            {size_text(found.disk_bytes)}, {size_text(found.free_disk)} free")
    found.check()
    return 0


def create_run(args: argparse.Namespace) -> Any:
    """A new run directory; of several processes the first one writes it and the others wait for it."""
    import time

    from hwr.training.run.directory import RunDirectory, is_first_process

    if is_first_process():
        return RunDirectory.create(args.out, train_config(args))
    deadline = time.monotonic() + 60
    while not RunDirectory(args.out).config_file.exists():
        if time.monotonic() > deadline:
            raise InputError("commands.first_process", out=args.out)
        time.sleep(0.05)
    return RunDirectory.open(args.out)


def train_now(run: Any, signals: Any) -> int:
    from tqdm import tqdm

    from hwr.training.learn.loop import train

    config = run.config()
    with tqdm(total=config.steps, unit="step", disable=None) as bar:

        def show(status: Any, row: dict[str, float]) -> None:
            bar.update(status.step - bar.n)
            best = f", best CER {status.best_cer:.3f}" if status.best_cer is not None else ""
            bar.set_postfix_str(f"loss {row['loss']:.3f}, {row['lines_per_second']:.0f} lines/s{best}")

        status = train(run, show, signals)
    print(f"{status.state} at step {status.step} of {status.steps}; checkpoints in {run.checkpoints}")
    return 0


def publish(args: argparse.Namespace) -> int:
    from hwr.recognizer.checkpoint import markdown_table
    from hwr.training.outcome.publish import publish, upload, write_table

    token = os.environ.get("HF_TOKEN", "")
    if args.to_hub and not token:
        raise InputError("commands.hub_token")

    checkpoint = publish(args.run_directory, args.out, named_sets(args.val), named_sets(args.test), args.note or [])
    print(f"{args.out}: temperature {checkpoint.temperature:.3f}")
    print(markdown_table(checkpoint.info["metrics"]))
    if args.readme:
        write_table(args.readme, checkpoint.info["metrics"])
    if args.to_hub:
        print(upload(args.out, args.to_hub, token, private=not args.public))
    return 0


def train_flags() -> list[dataclasses.Field[Any]]:
    """The simple fields of TrainConfig: each is a flag of `train`."""
    from hwr.training.config import TrainConfig

    return [
        f for f in dataclasses.fields(TrainConfig) if f.name not in ("data", "validation", "unlabelled", "connectors")
    ]


def add_train_flags(parser: argparse.ArgumentParser) -> None:
    from hwr.checked import choices_of, field_help
    from hwr.training.config import TrainConfig

    types, helped = typing.get_type_hints(TrainConfig), field_help(TrainConfig)
    group = parser.add_argument_group("fields of the training configuration")
    for f in train_flags():
        kind, among = types[f.name], choices_of(TrainConfig, f.name)
        kind = next((t for t in typing.get_args(kind) if t is not type(None)), kind)
        flag, help_text = f"--{f.name.replace('_', '-')}", f"{helped[f.name]} Default: {f.default}".replace("%", "%%")
        if kind is bool:
            group.add_argument(flag, action=argparse.BooleanOptionalAction, default=None, help=help_text)
        elif among:
            group.add_argument(flag, choices=among, default=None, help=help_text)
        else:
            group.add_argument(flag, type=kind, default=None, help=help_text, metavar=kind.__name__.upper())
