"""Work shared between processes (`accelerate launch`, `torchrun`): each takes its part, all get the whole."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
import torch.distributed as dist

Item = TypeVar("Item")
Result = TypeVar("Result")


def join_processes() -> None:
    """Meet the other processes where a launcher started several, on CPUs where it says so or there is nothing else.

    They part when the program ends, not before: a command may train or evaluate several times. Alone, nothing happens.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not dist.is_initialized():
        from accelerate import PartialState
        from accelerate.utils import parse_flag_from_env

        other = torch.accelerator.current_accelerator(check_available=True)
        alone = other is None or other.type == "mps"  # of which no machine has two
        PartialState(cpu=parse_flag_from_env("ACCELERATE_USE_CPU") or alone)
        atexit.register(_part)


def _part() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()


def rank_and_world() -> tuple[int, int]:
    """Which of the processes this is, and how many there are: (0, 1) for one alone."""
    if dist.is_available() and dist.is_initialized():
        return dist.get_rank(), dist.get_world_size()
    return 0, 1


def sharded(work: Callable[[Sequence[Item]], list[Result]], items: Sequence[Item]) -> list[Result]:
    """`work(items)`, a result for each item and in their order, every process working on its share of the items.

    All processes must call it, with the same items, and all get all results.
    """
    rank, world = rank_and_world()
    mine = work(items[rank::world])
    if world == 1:
        return mine
    parts = gathered(mine)
    return [parts[i % world][i // world] for i in range(len(items))]


def gathered(value: Result) -> list[Result]:
    """The values of all processes, in the order of the processes."""
    _, world = rank_and_world()
    if world == 1:
        return [value]
    values: list[Result | None] = [None] * world
    dist.all_gather_object(values, value)
    return values  # type: ignore[return-value]
