"""Which lines of prepared data a run would leave out, told before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hwr.data.dataset import Skipped, read_imagefolder
from hwr.data.synthesis import Sample
from hwr.evaluation.evaluate import spread
from hwr.recognizer.charset import Charset, normalize_text
from hwr.recognizer.checkpoint import CONFIG, load_checkpoint
from hwr.recognizer.config import RecognizerConfig, preset
from hwr.training.config import TrainConfig
from hwr.training.lines.batches import make_example

MOST_TRIED = 300  # some ten milliseconds each


@dataclass(frozen=True)
class Tried:
    """lines: how many were tried. unusable: those of them that a run leaves out; their `file` is their text."""

    lines: int
    unusable: list[Skipped]


def try_lines(data: Path, init: str | None, most: int = MOST_TRIED) -> Tried:
    """Prepare lines of an imagefolder as training does: all of them, or `most`, spread evenly.

    init: the checkpoint directory whose network is asked; for any other start it is a fresh network's shape. Characters
    that it lacks count as learned. Raises InputError as `read_imagefolder` and `load_checkpoint` do.
    """
    records = spread(read_imagefolder(data).records, most)
    config, charset = _network(init, [record.text for record in records])
    unusable = []
    for record in records:
        sample = Sample(record.grey(), normalize_text(record.text), "lines", record.writer)
        made = make_example(sample, charset, config, TrainConfig.max_width)
        if isinstance(made, str):
            unusable.append(Skipped(record.text, made))
    return Tried(len(records), unusable)


def _network(init: str | None, texts: list[str]) -> tuple[RecognizerConfig, Charset]:
    if init and (Path(init) / CONFIG).is_file():
        checkpoint = load_checkpoint(init)
        return checkpoint.config, checkpoint.charset.extended(texts)
    return preset(TrainConfig.preset), Charset.from_texts(texts)
