"""What is proposed for lines without texts, and which of it is sure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from hwr.data.dataset import LineRecord
from hwr.language.n_best import NBestDecoder
from hwr.language.ngram import CharacterNGram
from hwr.reader import Reader
from hwr.reading import Hypothesis, Weights
from hwr.training.learn.proposals import (
    SUREST_MARGIN,
    Proposal,
    margin_of_surest,
    proposal,
    propose,
    sure_margin,
    sureness,
)

NGRAM_ALONE = Weights(alpha=0.0, beta=0.0, gamma=0.5)
LIST = [Hypothesis("tbe", -1.0, -9.0, 3), Hypothesis("the", -1.9, -4.0, 3), Hypothesis("tie", -2.2, -6.0, 3)]


def test_each_teacher_takes_its_own_text_and_the_next_one_says_how_sure_it_is():
    greedy = proposal("the", LIST, "greedy", Weights())
    assert (greedy.text, greedy.margin) == ("the", pytest.approx((-1.9 + 1.0) / 3)), "a likelier text stands beside it"
    beam = proposal("the", LIST, "beam", Weights())
    assert (beam.text, beam.margin) == ("tbe", pytest.approx(0.9 / 3))
    # Totals at alpha 0.5: -5.5, -3.9, -5.2.
    language = proposal("tbe", LIST, "language", Weights(alpha=0.5))
    assert (language.text, language.greedy, language.margin) == ("the", "tbe", pytest.approx(1.3 / 3))
    ngram = proposal(
        "tbe", [replace(h, ngram=n) for h, n in zip(LIST, (-9, -9, -1), strict=True)], "ngram", NGRAM_ALONE
    )
    assert (ngram.text, ngram.margin) == ("tie", pytest.approx((-2.7 + 5.5) / 3))


def test_a_text_that_stands_alone_is_as_sure_as_any_can_be():
    assert proposal("tbe", LIST[:1], "beam", Weights()).margin == SUREST_MARGIN


def test_language_that_is_off_leaves_the_greedy_text():
    assert proposal("tie", LIST, "language", Weights()).text == "tie"


def test_the_margin_is_the_lowest_at_which_half_of_the_greedy_errors_are_gone():
    truths = ["aaaa"] * 12
    right = [Proposal("aaaa", "aaab", margin) for margin in (6.0, 5.0, 4.0, 3.0, 2.0, 1.5)]
    # Greedy: 12 of 48 characters wrong, a quarter; wanted: an eighth. 6 right, then 2 wrong in 8 x 4 = a sixteenth, ...
    wrong = [Proposal("aabb", "aaab", margin) for margin in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)]
    assert sure_margin([*wrong, *right], truths) == 0.9, "2 wrong lines: 4 of 32; with a third 6 of 36 are too many"
    assert sure_margin([None, *wrong, *right], ["lost", *truths]) == 0.9, "what could not be read says nothing"


def test_lines_of_one_margin_are_sure_together_or_not_at_all():
    truths = ["aaaa"] * 10
    found = [Proposal("aaaa", "aaab", 1.0)] * 5 + [Proposal("bbbb", "aaab", 1.0)] * 5
    assert sure_margin(found, truths) is None
    assert sure_margin([], []) is None


def test_a_share_of_the_surest():
    found = [Proposal("a", "a", margin) for margin in (0.1, 0.4, 0.2, 0.3)]
    assert margin_of_surest([None, *found], 0.5) == 0.3
    assert margin_of_surest(found, 1.0) == 0.1
    assert margin_of_surest(found, 0.01) == 0.4, "one at least"


def test_lines_with_no_margin_at_all_are_drawn_alike():
    assert sureness([0.0, 0.0]) == [1.0, 1.0]
    assert sureness([-0.5, 1.0, 1.0]) == [0.0, 1.0, 1.0]


@pytest.mark.slow
def test_lines_are_read_and_those_that_cannot_be_are_none(tiny_checkpoint, drawn_line, tmp_path, tiny):
    for name, grey in (
        ("a", drawn_line("the")),
        ("empty", np.full((40, 90), 255, np.uint8)),
        ("b", drawn_line("cat at")),
    ):
        Image.fromarray(grey).save(tmp_path / f"{name}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    records = [LineRecord(tmp_path / f"{name}.png", "") for name in ("a", "empty", "broken", "b")]
    reader = Reader(tiny_checkpoint)
    expected = [
        reading.text if reading else None for reading in reader.read_lines([records[0].grey(), records[3].grey()])
    ]
    seen = []
    found = propose(reader, records, "greedy", "default", lambda done, total: seen.append((done, total)))
    assert [p.text if p else None for p in found] == [expected[0], None, None, expected[1]]
    assert seen == [(4, 4)]
    cat = NBestDecoder(reader.charset, CharacterNGram.train(["cat at"] * 9))
    led = propose(reader, records, "ngram", "no model of this name is asked", decoder=cat)
    assert [p.greedy if p else None for p in led] == [expected[0], None, None, expected[1]]
    assert cat.scorer.ngram is not reader.decoder.scorer.ngram
    spelling = propose(reader, records, "language", str(tiny("gpt2", eos_token="<e>")))
    assert [p.greedy if p else None for p in spelling] == [expected[0], None, None, expected[1]]
