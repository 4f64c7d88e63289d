"""One of several processes that train, evaluate and read together; `test_parallel.py` starts them.

Everything is computed in double precision, so that what differs differs for a reason and not by rounding.
"""

import os
import sys
from pathlib import Path

import torch

from hwr.cli import main
from hwr.evaluation.sharding import rank_and_world


def run(directory: Path) -> None:
    torch.set_default_dtype(torch.float64)
    torch.set_num_threads(1)
    lines, start = str(directory / "lines"), str(directory / "start")
    for call in (
        *(
            ["train", "--config", str(directory / f"{name}.yaml"), "--out", str(directory / name)]
            for name in ("shared", "local")
        ),
        ["evaluate", "--data", lines, "--model", start, "--json"],
        ["read", *sorted(map(str, Path(lines).glob("val/*.png"))), "--model", start, "--json"],
    ):
        if os.environ["RANK"] == "0":
            print(f"--- {call[0]}")
        assert main(call) == 0
        assert rank_and_world() == (int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"]))


if __name__ == "__main__":
    run(Path(sys.argv[1]))
