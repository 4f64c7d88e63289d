"""The command that gives a model or a data set to the Hugging Face Hub: push."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from hwr.commands.shared import Commands
from hwr.errors import InputError


def add(commands: Commands) -> None:
    sub = commands.add(
        "push", push, "Put a checkpoint or a data set into a repository of the Hugging Face Hub; reads HF_TOKEN."
    )
    sub.add_argument("folder", type=Path, metavar="DIR", help="a checkpoint directory, or a data set (folder or ZIP)")
    sub.add_argument("repository", metavar="OWNER/NAME")
    sub.add_argument("--public", action="store_true", help="a repository that all can see (default: private)")
    sub.add_argument("--license", default="other", help="of a data set, as the Hub names it (default: %(default)s)")


def push(args: argparse.Namespace) -> int:
    from hwr.data.sharing import write_for_hub
    from hwr.recognizer.checkpoint import WEIGHTS, load_checkpoint
    from hwr.training.outcome.publish import upload

    token = os.environ.get("HF_TOKEN", "")
    if not token:
        raise InputError("commands.push_token")
    if (args.folder / WEIGHTS).is_file():
        load_checkpoint(args.folder)  # what others could not read is not given to them
        print(upload(args.folder, args.repository, token, private=not args.public))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "data"
        dataset = write_for_hub(args.folder, out, args.license)
        print(upload(out, args.repository, token, private=not args.public, repo_type="dataset"))
    print(f"{len(dataset)} lines, {len(dataset.skipped)} left out")
    for skipped in dataset.skipped[:5]:
        print(f"  left out: {skipped.file}: {skipped.reason}")
    return 0
