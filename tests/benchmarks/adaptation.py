"""Fifty corrected lines of one unseen writer: `python -m tests.benchmarks.adaptation --strokes FILE --keep-set DIR`.

Every writer of the split gets a run of his own: half of the words that he wrote are composed into the lines that "were
corrected", the other half into the lines that are measured, so that no ink is in both. The recogniser is fine-tuned with
the fields of a recipe (`hwr.training.recipes`), and the keep set, lines like those it was trained on, tells what it
forgot. Validation writers chose the preset; test writers are measured once.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from hwr.data.augmentation import on_paper, photographed
from hwr.data.dataset import write_imagefolder
from hwr.data.pens import draw_strokes
from hwr.data.strokes import PenWord, Writer, compose_line, load_writers
from hwr.evaluation.bootstrap import bootstrap_mean
from hwr.evaluation.evaluate import evaluate
from hwr.paths import DEFAULT_MODEL
from hwr.reader import Reader
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.learn.loop import train
from hwr.training.recipes import with_recipe
from hwr.training.run.directory import RunDirectory
from tests.benchmarks import run

CORRECTED, MEASURED, WORDS_A_LINE = 50, 50, 4


@dataclass(frozen=True)
class Adapted:
    """One writer. own_*: CER on lines of words that were not learned; kept_*: CER on the keep set. Fractions, seconds."""

    writer: int
    seconds: float
    own_before: float
    own_after: float
    kept_before: float
    kept_after: float

    @property
    def relative(self) -> float:
        """Relative change of the writer's CER; -0.2 is a fifth fewer errors."""
        return self.own_after / self.own_before - 1


@dataclass(frozen=True)
class Kept:
    """The keep set, or `limit` lines of it, and the CER of the start there."""

    data: Path
    limit: int
    before: float = 0.0

    def cer(self, reader: Reader) -> float:
        return evaluate(reader, self.data, limit=self.limit).cer.value


def halves(writer: Writer, rng: np.random.Generator) -> tuple[Writer, Writer]:
    """The writer's words in two parts that share no ink, though they may share a text."""
    order = rng.permutation(len(writer.words))
    first, second = (
        _writer_of(writer.name, [writer.words[i] for i in sorted(part)]) for part in np.array_split(order, 2)
    )
    return first, second


def _writer_of(name: int, words: list[PenWord]) -> Writer:
    by_text: dict[str, list[PenWord]] = {}
    for word in words:
        by_text.setdefault(word.text, []).append(word)
    return Writer(name, words, by_text)


def write_lines(writer: Writer, lines: int, split: str, directory: Path, rng: np.random.Generator) -> None:
    """Lines of the writer's words in random order, every word used before one is used again."""
    queue: list[str] = []

    def items():
        for _ in range(lines):
            while len(queue) < WORDS_A_LINE:
                queue.extend(writer.words[i].text for i in rng.permutation(len(writer.words)))
            text, strokes = compose_line(writer, [queue.pop() for _ in range(WORDS_A_LINE)], rng)
            grey = photographed(on_paper(draw_strokes(strokes, rng), rng), rng)
            yield grey, text, {"split": split, "writer": str(writer.name)}

    write_imagefolder(directory, items())


def adapt(writer: Writer, config: TrainConfig, start: Reader, kept: Kept, folder: Path) -> Adapted:
    """Fine-tune on half of the writer's words; lines of `config.data`, if there are any, are learned beside them."""
    rng = np.random.default_rng((config.seed, writer.name))
    learned, measured = halves(writer, rng)
    write_lines(learned, CORRECTED, "train", folder / "corrected", rng)
    write_lines(measured, MEASURED, "test", folder / "measured", rng)
    data = [DataConfig(str(folder / "corrected")), *config.data]
    run = RunDirectory.create(folder / "run", replace(config, data=data))
    begin = time.perf_counter()
    train(run)
    seconds = time.perf_counter() - begin
    after = Reader.from_pretrained(run.checkpoints / "best")
    own = [evaluate(reader, folder / "measured").cer.value for reader in (start, after)]
    return Adapted(writer.name, seconds, own[0], own[1], kept.before, kept.cer(after))


def report(found: list[Adapted]) -> str:
    """One row a writer, then the mean relative change of a writer's CER, and of the keep set in points."""
    rows = [
        f"{'writer':>8} {'own lines: CER before':>22} {'after':>7} {'relative':>9} {'keep set':>9} {'after':>7} {'s':>5}"
    ]
    for one in found:
        rows.append(
            f"{one.writer:>8} {one.own_before:>22.1%} {one.own_after:>7.1%} {one.relative:>+9.1%} "
            f"{one.kept_before:>9.1%} {one.kept_after:>7.1%} {one.seconds:>5.0f}"
        )
    own = bootstrap_mean([one.relative for one in found])
    kept = bootstrap_mean([100 * (one.kept_after - one.kept_before) for one in found])
    rows.append(f"mean over {len(found)} writers, relative CER: {own.value:+.1%} [{own.low:+.1%}, {own.high:+.1%}]")
    rows.append(f"keep set, points: {kept.value:+.2f} [{kept.low:+.2f}, {kept.high:+.2f}]")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=Path, required=True, help="pen stroke file (see hwr/data/strokes.py)")
    parser.add_argument("--split", default="test")
    parser.add_argument("--writers", type=int, default=10, help="those who wrote most")
    parser.add_argument("--keep-set", type=Path, required=True, help="lines that must not be forgotten")
    parser.add_argument("--limit", type=int, default=300, help="lines of the keep set")
    parser.add_argument("--model", default=str(DEFAULT_MODEL))
    parser.add_argument("--config", type=Path, help="YAML of a TrainConfig (default: the recipe small_cpu)")
    parser.add_argument("--out", type=Path, help="write the rows as JSON, too")
    args = parser.parse_args()
    config = (
        TrainConfig.load(args.config) if args.config else with_recipe(TrainConfig(extend_charset=False), "small_cpu")
    )
    config = replace(config, init=args.model)
    start = Reader.from_pretrained(args.model)
    kept = Kept(args.keep_set, args.limit)
    kept = replace(kept, before=kept.cer(start))
    writers = sorted(load_writers(args.strokes, args.split), key=lambda w: (-len(w.words), w.name))[: args.writers]
    found = []
    for writer in writers:
        with tempfile.TemporaryDirectory() as folder:
            found.append(adapt(writer, config, start, kept, Path(folder)))
        print(report(found[-1:]).splitlines()[1], flush=True)
    print(report(found))
    if args.out:
        args.out.write_text(json.dumps([asdict(one) for one in found], indent=1), encoding="utf-8")


if __name__ == "__main__":
    run(main)
