"""Reading where a GPU is lent for single calls alone: ZeroGPU of the Hugging Face Hub."""

from __future__ import annotations

import copy
import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

import spaces  # pyright: ignore[reportMissingImports]  # isort: skip  # before torch, as it asks for

import numpy as np
import torch

from hwr.paths import DEFAULT_MODEL
from hwr.reader import Reader
from hwr.recognizer.checkpoint import Checkpoint, load_checkpoint
from hwr.recognizer.network import forward_lines

logger = logging.getLogger(__name__)

SECONDS = 15  # that one call may take; a short one waits less for its turn
ENOUGH = 16  # lines that are worth a call: fewer are read on the CPU before a GPU would be there


class LentReader(Reader):
    """A reader that is on the CPU, with a copy of its network on the GPU for the pages that are worth a call.

    lend: marks a function as one that needs the GPU (`spaces.GPU`). What looks inside (fields, gates, KL) stays on the CPU;
    so does a page whose call fails, as it does for a visitor without quota.
    """

    def __init__(
        self, checkpoint: Checkpoint, lend: Callable[[Callable[..., Any]], Callable[..., Any]], device: str = "cuda"
    ) -> None:
        super().__init__(checkpoint, device="cpu")
        there = copy.deepcopy(self.network).to(device)

        def forward_on_gpu(lines: list[np.ndarray]) -> list[np.ndarray]:
            return [logits.numpy() for logits in forward_lines(there, lines)]

        self._forward_on_gpu = lend(forward_on_gpu)

    def forward(self, lines: Sequence[np.ndarray]) -> list[torch.Tensor]:
        if len(lines) >= ENOUGH:
            try:
                return [torch.from_numpy(logits) for logits in self._forward_on_gpu(list(lines))]
            except Exception as error:  # of a scheduler that is not ours
                logger.warning("The GPU was not lent (%s); read on the CPU.", error)
        return super().forward(lines)


def lent_reader() -> LentReader:
    """The reader that the app starts with, on ZeroGPU. Call it before the launch, after which no function can be marked."""
    return LentReader(load_checkpoint(os.environ.get("HWR_MODEL") or DEFAULT_MODEL), spaces.GPU(duration=SECONDS))
