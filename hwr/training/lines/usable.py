"""Which lines of prepared data a run would leave out, told before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hwr.data.dataset import LineRecord, Skipped, read_imagefolder
from hwr.data.supply import Sample
from hwr.errors import InputError
from hwr.evaluation.evaluate import spread
from hwr.recognizer.charset import Charset, normalize_text
from hwr.recognizer.checkpoint import CONFIG, load_config
from hwr.recognizer.config import RecognizerConfig, preset
from hwr.sentences import Sentence
from hwr.training.config import TrainConfig
from hwr.training.lines.batches import prepare_sample

MOST_TRIED = 300  # some ten milliseconds each


@dataclass(frozen=True)
class Tried:
    """lines: how many were tried. unusable: those of them that a run leaves out; their `file` is their text."""

    lines: int
    unusable: list[Skipped]


def try_lines(data: Path, init: str | None, most: int = MOST_TRIED) -> Tried:
    """Prepare lines of an imagefolder as training does: all of them, or `most`, spread evenly.

    init: the checkpoint directory whose network is asked; for any other start it is a fresh network's shape. Characters
    that it lacks count as learned. Raises InputError as `read_imagefolder` and `load_config` do.
    """
    records = spread(read_imagefolder(data).records, most)
    config = load_config(init) if init and (Path(init) / CONFIG).is_file() else preset(TrainConfig.preset)
    left_out = []
    for record in records:
        if reason := unusable(record, config, TrainConfig.max_width):
            left_out.append(Skipped(record.text, reason))
    return Tried(len(records), left_out)


def unusable(record: LineRecord, shape: RecognizerConfig, max_width: int) -> str | None:
    """Why a network of this shape cannot learn from a line, or be measured on it; None where it can.

    Characters that it lacks count as learned.
    """
    try:
        grey = record.grey()
    except InputError:
        return Sentence("training.left.unreadable")
    sample = Sample(grey, normalize_text(record.text), "lines", record.writer)
    if not sample.text:
        return Sentence("training.left.no_characters")
    made = prepare_sample(sample, Charset.from_texts([sample.text]), shape, max_width)
    return made if isinstance(made, str) else None
