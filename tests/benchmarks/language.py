"""What language costs: `python -m tests.benchmarks.language`. Lines are drawn with the shipped typefaces, then spoilt."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from itertools import chain

import numpy as np
import torch

from hwr.data.supply import synthesize
from hwr.data.synthesis import FontSource
from hwr.decoding.beam import beam_search
from hwr.language.n_best import WIDTH, language_model
from hwr.language.rescoring import tree_log_probs
from hwr.paths import ASSETS
from hwr.reader import Reader
from hwr.reading import Reading
from hwr.recognizer.network import forward_lines
from tests.benchmarks import run
from tests.benchmarks.__main__ import ROUNDS, seconds

LINES, N_BEST, TOGETHER = 16, 32, 8
SHORTEST = 30  # characters: a line of a page, not a word


def drawn_lines(count: int = LINES) -> list[np.ndarray]:
    """Grey images of lines with enough noise that their n-best lists differ."""
    rng = np.random.default_rng(0)
    source = FontSource(ASSETS / "fonts", None, ASSETS / "sentences.txt")
    samples = [s for s in synthesize(source, 30 * count, seed=3) if len(s.text) >= SHORTEST][:count]
    return [np.clip(s.grey + rng.normal(0, 35, s.grey.shape), 0, 255).astype(np.uint8) for s in samples]


@dataclass(frozen=True)
class Lists:
    """Lines as they were read, and the n-best texts of each."""

    reader: Reader
    greys: list[np.ndarray]
    readings: list[Reading]
    texts: list[list[str]]


def listed(count: int = LINES) -> Lists:
    reader = Reader.from_pretrained(ASSETS / "default")
    greys = drawn_lines(count)
    readings = [reading for reading in reader.read_lines(greys) if reading]
    texts = [[h.text for h in hypotheses][:N_BEST] for hypotheses in reader.decoder.lists(readings)]
    return Lists(reader, greys, readings, texts)


def scoring(made: Lists, rounds: int = 3) -> dict[str, float]:
    """Seconds of the language model's scores: padded a list, a tree a line, a tree of several lines."""
    lm, texts = language_model("default"), made.texts
    groups = [list(chain(*texts[i : i + TOGETHER])) for i in range(0, len(texts), TOGETHER)]
    return seconds(
        {
            "padded": lambda: [lm.log_probs(one) for one in texts],
            "tree of a line": lambda: [tree_log_probs(lm, one) for one in texts],
            f"trees of {TOGETHER} lines": lambda: [tree_log_probs(lm, group) for group in groups],
        },
        rounds=rounds,
    )


def largest_difference(made: Lists) -> float:
    """Of the scores of both ways, nats."""
    lm = language_model("default")
    pairs = [zip(lm.log_probs(one), tree_log_probs(lm, one), strict=True) for one in made.texts]
    return max(abs(a - b) for pair in pairs for a, b in pair)


def searching(made: Lists, rounds: int = ROUNDS) -> dict[str, float]:
    """Seconds of the forward pass and of the beams over it."""
    reader, readings = made.reader, made.readings
    pixels = [reading.pixels for reading in readings]
    log_probs, frames = padded(readings, reader.charset.classes)
    return seconds(
        {
            "forward": lambda: forward_lines(reader.network, pixels),
            "width 16": lambda: beam_search(log_probs, frames, 16, 16),
            "width 16, led by the n-gram": lambda: reader.decoder.lists(readings, width=16),
            f"width {WIDTH}, led by the n-gram": lambda: reader.decoder.lists(readings),
        },
        rounds=rounds,
    )


def padded(readings: list[Reading], classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities (B, T, C) of lines, and their frames (B,)."""
    frames = torch.tensor([len(r.log_probs) for r in readings])
    log_probs = torch.full((len(readings), int(frames.max()), classes), -np.inf)
    for row, reading in zip(log_probs, readings, strict=True):
        row[: len(reading.log_probs)] = torch.from_numpy(reading.log_probs)
    return log_probs, frames


def main() -> None:
    made = listed()
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads; {len(made.texts)} lines,", end=" ")
    print(f"{statistics.mean(len(r.text) for r in made.readings):.0f} characters each on average\n")
    print(f"{'what':<46} {'against':<42} {'':>7} {'wanted':>7}")

    times = scoring(made)
    for name in list(times)[1:]:
        print(f"{f'LM scores of {N_BEST}-best lists, {name}':<46} {'one padded batch a list':<42}", end=" ")
        print(f"{times['padded'] / times[name]:6.1f}x {3.0:6.1f}x", flush=True)
    print(f"{'largest difference of the scores, nats':<46} {'':<42} {largest_difference(made):7.0e} {'1e-04':>7}")

    times = searching(made)
    for name, wanted in ((name, f"{0.25:7.0%}" if name == "width 16" else "") for name in list(times)[1:]):
        share = times[name] / times["forward"]
        print(f"{f'n-best beam, {name}':<46} {'the forward pass of the same lines':<42} {share:6.0%} {wanted}")

    single = []
    for grey in made.greys:
        start = time.perf_counter()
        page = made.reader.read(grey, lines="single")
        made.reader.n_best(page.lines[0], 16, lm="default")
        single.append(time.perf_counter() - start)
    print(f"{'read and rescore one line, p50':<46} {'':<42} {statistics.median(single):5.2f} s {1.5:5.1f} s")


if __name__ == "__main__":
    run(main)
