"""Several batches at once on a CPU, each on a core of its own.

One batch on all cores is slower: they wait for each other at every layer and at every step of an LSTM.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

import torch

T = TypeVar("T")
R = TypeVar("R")
MOST = 8  # batches at once: each has its own memory
_lock = threading.Lock()


def cores() -> int:
    """How many batches are computed at once: PyTorch's threads, at most MOST."""
    return min(torch.get_num_threads(), MOST)


def side_by_side(function: Callable[[T], R], batches: Iterable[T]) -> list[R]:
    """The function of every batch, in their order; it is called in other threads, where no inference mode is on yet."""
    threads = torch.get_num_threads()
    with _lock:
        pool = _pool(cores(), threads, os.getpid())
    return list(pool.map(function, batches))


@lru_cache(maxsize=1)
def _pool(workers: int, threads: int, process: int) -> ThreadPoolExecutor:
    """Threads that compute on one core each. process: a fork has none of its parent's threads."""
    pool = ThreadPoolExecutor(workers, "reading", _take_one_core)
    started = threading.Barrier(workers)
    list(pool.map(lambda _: started.wait(), range(workers)))
    torch.set_num_threads(threads)  # PyTorch gives a new thread the number that was set last, in whichever
    return pool


def _take_one_core() -> None:
    torch.get_num_threads()  # a new thread takes the number that was set last when it first asks, over what it set itself
    torch.set_num_threads(1)
