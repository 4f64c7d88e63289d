"""The state of a run on disk: all that is needed to go on exactly where it was saved."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from hwr.errors import InputError
from hwr.evaluation.sharding import gathered, rank_and_world
from hwr.recognizer.checkpoint import replace_directory
from hwr.training.run.directory import RunDirectory, Status

FILE = "state.safetensors"


def write_state(checkpoints: Path, tensors: dict[str, Tensor], status: Status) -> None:
    """Replace `state` by these tensors and this status, in one move and flushed to the disk."""
    new = checkpoints / ".state.new"
    new.mkdir(parents=True, exist_ok=True)
    save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, new / FILE)
    with open(new / FILE, "rb+") as file:
        os.fsync(file.fileno())
    RunDirectory(new).write_status(status)
    replace_directory(new, checkpoints / "state")


def read_state(checkpoints: Path) -> tuple[dict[str, Tensor], Status] | None:
    """What `write_state` wrote last; None for a run that was never saved. Raises InputError for what is damaged."""
    directory = checkpoints / "state"
    if not directory.is_dir():
        return None
    try:
        return load_file(directory / FILE), Status.read(directory / "status.json")
    except (SafetensorError, OSError) as error:
        raise InputError(
            "training.state_damaged", directory=directory, error=error, last=checkpoints / "last"
        ) from None


def random_states() -> dict[str, Tensor]:
    """The random states of all processes, by name; all processes must call it."""
    mine = {"random": torch.get_rng_state()}
    if torch.cuda.is_available():
        mine["random_cuda"] = torch.cuda.get_rng_state()
    return {_of(rank, name): state for rank, states in enumerate(gathered(mine)) for name, state in states.items()}


def set_random_states(tensors: dict[str, Tensor]) -> bool:
    """Set this process's random states; False where this many processes, or this device, did not save any."""
    rank, _ = rank_and_world()
    cpu, cuda = (tensors.get(_of(rank, name)) for name in ("random", "random_cuda"))
    if cpu is not None:
        torch.set_rng_state(cpu)
    if cuda is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(cuda)
    return cpu is not None and (cuda is not None or not torch.cuda.is_available())


def _of(rank: int, name: str) -> str:
    return f"{name}.{rank}" if rank else name


def part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin so, under the rest of their names."""
    return {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
