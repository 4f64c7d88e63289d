import json
from pathlib import Path

import numpy as np
import pytest
import torch

from hwr.cli import main
from hwr.data.dataset import LineRecord
from hwr.errors import InputError
from hwr.evaluation.comparison import compare, compare_checkpoints
from hwr.evaluation.error_rates import line_errors
from hwr.evaluation.evaluate import EvaluatedLine
from hwr.reader import Reader
from hwr.reading import Reading
from hwr.recognizer.checkpoint import Checkpoint, save_checkpoint
from hwr.recognizer.network import Recognizer


def lines(*texts: tuple[str, str]) -> list[EvaluatedLine]:
    """Evaluated lines from (reference, what was read)."""
    made = []
    for i, (reference, read) in enumerate(texts):
        reading = Reading.__new__(Reading)
        object.__setattr__(reading, "text", read)
        made.append(
            EvaluatedLine(LineRecord(Path(f"{i}.png"), reference), reference, reading, line_errors(reference, read))
        )
    return made


def test_lines_are_fixed_broken_and_unchanged():
    before = lines(("abcd", "abxx"), ("abcd", "abcd"), ("ab", "ax"), ("abcd", "xxxx"))
    after = lines(("abcd", "abcx"), ("abcd", "xbcd"), ("ab", "xb"), ("abcd", "abcd"))
    comparison = compare(before, after)
    assert [line.verdict for line in comparison.lines] == ["fixed", "broken", "unchanged", "fixed"]
    assert [line.image for line in comparison.of("fixed")] == ["3.png", "0.png"], "the largest change first"
    assert comparison.cer.difference.value == pytest.approx((1 + 1 + 1 + 0 - 2 - 0 - 1 - 4) / 14)
    assert comparison.wer["space"].difference.value == pytest.approx((3 - 3) / 4)


def test_the_interval_is_of_the_paired_difference():
    """Two systems that differ by one edit in every line: no draw of lines changes that."""
    rng = np.random.default_rng(0)
    references = ["abcdefgh"] * 30
    wrong = rng.integers(0, 6, 30)
    before = lines(*((r, "x" * (k + 1) + r[k + 1 :]) for r, k in zip(references, wrong, strict=True)))
    after = lines(*((r, "x" * k + r[k:]) for r, k in zip(references, wrong, strict=True)))
    d = compare(before, after).cer.difference
    assert (d.value, d.low, d.high) == pytest.approx((-1 / 8, -1 / 8, -1 / 8))


def test_other_lines_are_refused():
    with pytest.raises(InputError, match="not of the same lines"):
        compare(lines(("a", "a")), lines(("b", "b")))


@pytest.mark.slow
def test_the_command_compares_two_checkpoints(tiny_checkpoint, tiny_config, line_folder, tmp_path, capsys):
    torch.manual_seed(5)
    other = Checkpoint(Recognizer(tiny_config, tiny_checkpoint.charset.classes).eval(), tiny_checkpoint.charset)
    save_checkpoint(tiny_checkpoint, tmp_path / "a")
    save_checkpoint(other, tmp_path / "b")
    call = ["compare", str(tmp_path / "a"), str(tmp_path / "b"), "--data", str(line_folder), "--split", "val"]
    assert main([*call, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["fixed"] + result["broken"] + result["unchanged"] == result["lines"] == 4
    assert result["cer"]["value"] == pytest.approx(result["after"]["cer"]["value"] - result["before"]["cer"]["value"])
    assert main(call) == 0
    assert "unchanged" in capsys.readouterr().out
    same, first, second = compare_checkpoints(Reader(other), Reader(other), line_folder, "val")
    assert len(same.of("unchanged")) == 4
    assert same.cer.p_value == 1.0
    assert first.cer == second.cer
