"""One of several processes that train, evaluate and read together; `test_processes.py` starts them.

Everything is computed in double precision, so that what differs differs for a reason and not by rounding.
"""

import os
import sys
from pathlib import Path

import torch

from hwr.cli import main


def run(directory: Path) -> None:
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    lines, start = str(directory / "lines"), str(directory / "start")
    for call in (
        ["train", "--config", str(directory / "config.yaml"), "--out", str(directory / "together")],
        ["evaluate", "--data", lines, "--model", start, "--json"],
        ["read", *sorted(map(str, Path(lines).glob("val/*.png"))), "--model", start, "--json"],
    ):
        if os.environ["RANK"] == "0":
            print(f"--- {call[0]}")
        assert main(call) == 0


if __name__ == "__main__":
    run(Path(sys.argv[1]))
