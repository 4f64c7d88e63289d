import json

import pytest

from hwr.errors import InputError
from hwr.evaluation.error_rates import line_errors
from hwr.evaluation.evaluate import DigitLines, evaluate
from hwr.reader import Reader


def test_rates_are_sums_over_the_lines(tiny_checkpoint, line_folder):
    report = evaluate(Reader(tiny_checkpoint), line_folder, "train", seed=3)
    assert len(report.lines) == 16
    edits = sum(line.errors.character_errors for line in report.lines)
    assert report.cer.value == pytest.approx(edits / report.characters)
    assert report.protocol["split"] == "train"
    assert "seed 3" in report.protocol["interval"]
    json.dumps(report.to_dict())


def test_lines_with_digits_are_measured_apart():
    texts, read = ["May 3, 1905", "no digit", "room 47"], ["May 3, 1903", "na digit", "room 47"]
    errors = [line_errors(a, b) for a, b in zip(texts, read, strict=True)]
    found = DigitLines.of(texts, errors)
    assert found.lines == 2
    assert found.cer is not None
    assert found.cer.value == pytest.approx(1 / (11 + 7))
    assert DigitLines.of(texts[1:2], errors[1:2]).to_dict() == {"lines": 0, "cer": None}


def test_a_limit_takes_lines_spread_over_the_set(tiny_checkpoint, line_folder):
    reader = Reader(tiny_checkpoint)
    everything = [line.image for line in evaluate(reader, line_folder).lines]
    some = [line.image for line in evaluate(reader, line_folder, limit=3).lines]
    assert some == [everything[0], everything[8], everything[16]]


def test_a_missing_split_lists_the_others(tiny_checkpoint, line_folder):
    with pytest.raises(InputError, match="train"):
        evaluate(Reader(tiny_checkpoint), line_folder, "fold1")
