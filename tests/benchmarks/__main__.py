"""Reading and alignment against the plain ways; `python -m tests.benchmarks.table` has these rows and all others."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from hwr.decoding.alignment import align
from hwr.recognizer.config import preset
from hwr.recognizer.network import Recognizer, folded, forward_lines
from tests.benchmarks import run

ROUNDS = 5
LINES = 64


def seconds(functions: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds of each function; they take turns, so that a machine whose speed drifts stays fair."""
    for function in functions.values():
        function()
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in times.items()}


@dataclass(frozen=True)
class Canvas:
    """Lines of mixed width, each as it is and on a canvas of 1024 px, with the network that reads them."""

    network: Recognizer
    folded: Recognizer
    lines: list[np.ndarray]
    canvas: torch.Tensor

    def ours(self) -> object:
        return forward_lines(self.folded, self.lines)

    @torch.inference_mode()
    def plain(self, batch: int) -> object:
        return [self.network(self.canvas[i : i + batch]) for i in range(0, len(self.lines), batch)]


def canvas_of(count: int = LINES) -> Canvas:
    config = preset("retsinas2024")
    torch.manual_seed(0)
    network = Recognizer(config, classes=100).eval()
    rng = np.random.default_rng(0)
    widths = rng.integers(200, 1025, count) // config.width_multiple * config.width_multiple
    lines = [rng.random((config.height, w), dtype=np.float32) for w in widths]
    canvas = torch.zeros(count, config.height, 1024)
    for row, line in zip(canvas, lines, strict=True):
        row[:, : line.shape[1]] = torch.from_numpy(line)
    return Canvas(network, folded(network), lines, canvas)


def reading(count: int = LINES, rounds: int = 3) -> tuple[str, str, float, float]:
    """Lines of mixed width, `retsinas2024`: own widths in buckets against a canvas of 1024 px."""
    made = canvas_of(count)
    ways = {"ours": made.ours, "batch 1": lambda: made.plain(1), "batch 16": lambda: made.plain(16)}
    return f"reading {count} lines", "padded to 1024, the faster of batch 1 and 16", _ratio(seconds(ways, rounds)), 2.0


def alignment(count: int = LINES, rounds: int = ROUNDS) -> tuple[str, str, float, float]:
    """Lines aligned together against one after the other."""
    generator = torch.Generator().manual_seed(0)
    lengths = torch.randint(150, 251, (count,), generator=generator)
    log_probs = torch.randn(count, 250, 80, generator=generator).log_softmax(-1)
    labels = [torch.randint(1, 80, (int(n) // 4,), generator=generator).tolist() for n in lengths]

    def loop() -> object:
        return [align(log_probs[i : i + 1, : int(lengths[i])], lengths[i : i + 1], [labels[i]]) for i in range(count)]

    times = seconds({"ours": lambda: align(log_probs, lengths, labels), "loop": loop}, rounds)
    return f"alignment of {count} lines", "a loop over the lines", _ratio(times), 5.0


def importing() -> float:
    """Seconds that `import hwr` takes, the interpreter's own start taken off."""

    def run(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    times = seconds({"hwr": run("import hwr"), "nothing": run("pass")})
    return times["hwr"] - times["nothing"]


def _ratio(times: dict[str, float]) -> float:
    ours = times.pop("ours")
    return min(times.values()) / ours


def main() -> None:
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads\n")
    print(f"{'what':<24} {'against':<46} {'ratio':>7} {'wanted':>7}")
    for benchmark in (reading, alignment):
        what, against, ratio, wanted = benchmark()
        print(f"{what:<24} {against:<46} {ratio:6.1f}x {wanted:6.1f}x", flush=True)
    print(f"\nimport hwr: {importing():.3f} s (wanted: at most 0.3 s)")


if __name__ == "__main__":
    run(main)
