import json

import pytest

from hwr.errors import InputError
from hwr.evaluation.evaluate import evaluate
from hwr.reader import Reader


def test_rates_are_sums_over_the_lines(tiny_checkpoint, line_folder):
    report = evaluate(Reader(tiny_checkpoint), line_folder, "train", seed=3)
    assert len(report.lines) == 16
    edits = sum(line.errors.character_errors for line in report.lines)
    assert report.cer.value == pytest.approx(edits / report.characters)
    assert report.protocol["split"] == "train"
    assert "seed 3" in report.protocol["interval"]
    json.dumps(report.to_dict())


def test_a_limit_takes_lines_spread_over_the_set(tiny_checkpoint, line_folder):
    reader = Reader(tiny_checkpoint)
    everything = [line.image for line in evaluate(reader, line_folder).lines]
    some = [line.image for line in evaluate(reader, line_folder, limit=3).lines]
    assert some == [everything[0], everything[8], everything[16]]


def test_a_missing_split_lists_the_others(tiny_checkpoint, line_folder):
    with pytest.raises(InputError, match="train"):
        evaluate(Reader(tiny_checkpoint), line_folder, "fold1")
