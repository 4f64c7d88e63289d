"""Lines that nothing can be learned from are told, and never choose a checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hwr.data.dataset import Skipped, write_imagefolder
from hwr.data.supply import Sample
from hwr.errors import InputError
from hwr.recognizer.checkpoint import save_checkpoint
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.learn.validation import Validation
from hwr.training.lines.sets import build_data, held_out, skipped_of
from hwr.training.lines.usable import try_lines

LONG = "far too long for a picture of so few pixels " * 3


@pytest.fixture
def folder(tmp_path, drawn_line):
    blank = np.full((60, 200), 255, np.uint8)
    lines = [(drawn_line("abc"), "abc"), (drawn_line("abc"), LONG), (drawn_line("cab"), "\u03a9"), (blank, "cab")]
    write_imagefolder(tmp_path / "lines", ((image, text, {}) for image, text in lines))
    return tmp_path / "lines"


def test_lines_that_a_run_leaves_out_are_told_with_the_reason(folder, tiny_checkpoint, tmp_path):
    save_checkpoint(tiny_checkpoint, tmp_path / "tiny")
    expected = [Skipped(LONG, "text does not fit the image"), Skipped("cab", "no ink or too long")]
    for init in (str(tmp_path / "tiny"), None, "someone/model"):  # the unknown character would be learned
        tried = try_lines(folder, init)
        assert (tried.lines, tried.unusable) == (4, expected)
    assert try_lines(folder, None, most=2).lines == 2


def test_what_is_held_out_can_be_used(tmp_path, drawn_line):
    texts = ["abc"] * 10
    first = np.random.default_rng(0).permutation(10)[:2]
    texts[first[0]] = LONG
    write_imagefolder(tmp_path / "lines", ((drawn_line("abc"), text, {}) for text in texts))
    config = TrainConfig([DataConfig(str(tmp_path / "lines"))], preset="small")
    source, [(_, samples)] = build_data(config)
    assert [sample.text for sample in samples] == ["abc"]
    (held,) = held_out(config)
    assert held.records[0].image.name == f"{first[1]:06d}.png"
    assert [(Path(s.file).name, s.reason) for s in skipped_of(source)] == [
        (f"{first[0]:06d}.png", "text does not fit the image")
    ]


def test_lines_of_which_none_can_be_held_out(tmp_path, drawn_line):
    write_imagefolder(tmp_path / "lines", [(drawn_line("abc"), LONG, {})] * 3)
    with pytest.raises(InputError, match=r"Not one of the 3 lines .* can be held out.*does not fit the image \("):
        held_out(TrainConfig([DataConfig(str(tmp_path / "lines"))], preset="small"))


def test_a_validation_set_without_a_usable_line_is_refused(tiny_checkpoint, drawn_line):
    def of(*texts: str) -> Validation:
        samples = [Sample(drawn_line("abc"), text, "lines", None) for text in texts]
        return Validation.of("mine", samples, tiny_checkpoint.charset, tiny_checkpoint.network, 9999)

    assert len(of("abc", LONG).samples) == 1
    with pytest.raises(InputError, match=r"Not one of the 2 validation lines of mine .*not fit the image: 2"):
        of(LONG, LONG)
