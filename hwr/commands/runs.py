"""Training runs as processes of their own: runs [list|start|stop|resume|discard|rename|delete|log]."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from hwr.commands.shared import Commands, Parser, print_json


def add(commands: Commands) -> None:
    sub = commands.add("runs", show, "The training runs that wait, train and have ended; start and stop them.")
    sub.add_argument("--json", action="store_true")
    actions = sub.add_subparsers(metavar="ACTION", parser_class=Parser)

    action = actions.add_parser("list", help="all runs, newest first (what `runs` alone does)")
    action.add_argument("--json", action="store_true")
    action.set_defaults(run=show)

    action = actions.add_parser("start", help="begin a run in a process of its own, behind those that wait")
    action.add_argument("--config", type=Path, required=True, help="YAML file with any fields of the configuration")
    action.add_argument("--title", default="", help="what to call it")
    action.add_argument("--json", action="store_true")
    action.set_defaults(run=start)

    for name, function, text in (
        ("stop", stop, "save and stop, or leave the queue"),
        ("resume", resume, "go on where it was saved, in a process of its own"),
        ("discard", discard, "end it at once and delete what it wrote"),
        ("delete", delete, "delete a run that has ended"),
        ("rename", rename, "give it another title"),
        ("log", log, "the last lines of its log"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("run_directory", metavar="RUN", help="its name in the list, or its directory")
        if name == "rename":
            action.add_argument("title")
        action.set_defaults(run=function)


def show(args: argparse.Namespace) -> int:
    from hwr.training.run.directory import RunDirectory, list_runs, summary
    from hwr.training.run.launch import runs_root

    found = [summary(run) for run in list_runs(runs_root())]
    if args.json:
        print_json([run.to_dict() for run in found])
        return 0
    if not found:
        print(f"no runs in {runs_root()}")
    for run in found:
        print(f"{run.path.name:<36} {_where(run)}")
        if run.title != run.path.name:
            print(f"  {run.title}")
        for remark in RunDirectory(run.path).remarks():
            print(f"  {remark}")
    return 0


def _where(run: Any) -> str:
    status = run.status
    if status is None:
        return run.problem
    best = f", best CER {status.best_cer:.3f}" if status.best_cer is not None else ""
    eta = f", {status.eta_seconds / 60:.0f} min left" if status.alive and status.eta_seconds else ""
    message = f"  {status.message}" if status.state in ("queued", "failed", "died") else ""
    return f"{status.state:<9} {status.step}/{status.steps}{best}{eta}{message}"


def start(args: argparse.Namespace) -> int:
    from hwr.training.config import TrainConfig
    from hwr.training.run.directory import summary
    from hwr.training.run.launch import start

    run = start(TrainConfig.load(args.config), args.title)
    if args.json:
        print_json(summary(run).to_dict())
    else:
        print(f"{run.path.name}: {run.status().state}; watch it with `runs` or `runs log {run.path.name}`")
    return 0


def stop(args: argparse.Namespace) -> int:
    from hwr.training.run.launch import find, stop

    run = find(args.run_directory)
    stop(run)
    while run.status().alive:
        time.sleep(0.2)
    status = run.status()
    print(f"{run.path.name}: {status.state} at step {status.step} of {status.steps}")
    return 0


def resume(args: argparse.Namespace) -> int:
    from hwr.training.run.launch import find, resume

    run = find(args.run_directory)
    resume(run)
    print(f"{run.path.name}: {run.status().state}")
    return 0


def discard(args: argparse.Namespace) -> int:
    from hwr.training.run.launch import discard, find

    run = find(args.run_directory)
    discard(run)
    print(f"{run.path.name}: deleted")
    return 0


def delete(args: argparse.Namespace) -> int:
    from hwr.training.run.launch import find

    run = find(args.run_directory)
    run.delete()
    print(f"{run.path.name}: deleted")
    return 0


def rename(args: argparse.Namespace) -> int:
    from hwr.training.run.launch import find

    run = find(args.run_directory)
    run.rename(args.title)
    print(f"{run.path.name}: {run.title}")
    return 0


def log(args: argparse.Namespace) -> int:
    from hwr.training.run.launch import find

    print("\n".join(find(args.run_directory).log_tail(40)))
    return 0
