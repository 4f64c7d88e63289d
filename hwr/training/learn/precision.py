"""Which numbers a training step computes with: bfloat16 where the processor is faster with it, float32 elsewhere."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from hwr.recognizer.network import Recognizer

GAIN = 1.1  # how much faster a step must be before it is worth coarser numbers
LINES, WIDTH, CHARACTERS = 8, 512, 30  # of the batch that is timed
REPEATS = 3  # of a step
PRODUCTS = 30  # short ones, of which one must not be disturbed by what else the machine does


def choose_precision(wanted: str, network: Recognizer, device: torch.device) -> tuple[str, str]:
    """(`float32` or `bfloat16`, why), for a training on this device; validation and reading stay float32.

    wanted: `auto` measures, `float32` is obeyed, and so is `bfloat16` where the processor computes with it. The network is
    left as it is, and no random number of the run is drawn.
    """
    if wanted == "float32":
        return "float32", "as asked for"
    if not _has_bfloat16(device):
        reason = "this processor has no fast bfloat16"
        return "float32", f"{reason}, so float32 in its place" if wanted == "bfloat16" else reason
    if wanted == "bfloat16":
        return "bfloat16", "as asked for"
    if device.type != "cpu":
        return "bfloat16", "this GPU computes with it"
    seconds = {name: _seconds_a_step(network, name) for name in ("float32", "bfloat16")}
    gain = seconds["float32"] / seconds["bfloat16"]
    return "bfloat16" if gain >= GAIN else "float32", f"a step in bfloat16 is {gain:.2f} times as fast"


def coarsest_precision(device: torch.device) -> str:
    """`bfloat16` where products of matrices in it are faster, else `float32`; for networks that are mostly such products."""
    return "bfloat16" if _has_bfloat16(device) else "float32"


def autocast(precision: str, device: torch.device) -> torch.autocast:
    """The context of a forward pass."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bfloat16")


def _has_bfloat16(device: torch.device) -> bool:
    """Whether products of matrices in bfloat16 are faster than in float32; CPUs without them take many times as long."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu":
        return False
    with torch.random.fork_rng(), torch.no_grad():
        matrix = torch.randn(256, 256)
        half = matrix.bfloat16()
        return _fastest(lambda: half @ half, PRODUCTS) < _fastest(lambda: matrix @ matrix, PRODUCTS)


def _seconds_a_step(network: Recognizer, precision: str) -> float:
    """Of a small batch, forward and backward, with a copy of the network."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        trained = copy.deepcopy(network).train()
        images = torch.rand(LINES, network.config.height, WIDTH)
        widths = torch.full((LINES,), WIDTH)
        labels = torch.randint(1, network.classes, (LINES * CHARACTERS,))

        def step() -> Tensor:
            with autocast(precision, torch.device("cpu")):
                output = trained(images, widths)
            log_probs = output.logits.float().log_softmax(-1).transpose(0, 1)
            loss = F.ctc_loss(log_probs, labels, output.lengths, torch.full((LINES,), CHARACTERS), zero_infinity=True)
            loss.backward()
            return loss

        return _fastest(step)


def _fastest(work: Callable[[], Tensor], repeats: int = REPEATS) -> float:
    """Seconds, after a first time that does not count."""
    work()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)
