"""Confidences of characters, words and lines, and the temperature."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hwr.decoding.confidence import (
    apply_temperature,
    character_confidences,
    line_confidence,
    word_confidences,
)


@pytest.mark.slow
def test_temperature_softens_and_sharpens_but_keeps_the_order():
    logits = torch.randn(7, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(apply_temperature(logits, 1.0), logits.log_softmax(-1))
    torch.testing.assert_close(apply_temperature(logits.log_softmax(-1), 3.0), apply_temperature(logits, 3.0))
    soft, sharp = apply_temperature(logits, 2.0), apply_temperature(logits, 0.5)
    assert (soft.max(-1).values < sharp.max(-1).values).all()
    assert (soft.argmax(-1) == sharp.argmax(-1)).all()
    torch.testing.assert_close(soft.exp().sum(-1), torch.ones(7))


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_temperature_must_be_positive(temperature):
    with pytest.raises(ValueError, match="temperature"):
        apply_temperature(torch.zeros(2, 2), temperature)


def test_a_character_is_as_sure_as_its_surest_frame():
    probs = torch.tensor([[0.2, 0.5, 0.3], [0.1, 0.8, 0.1], [0.6, 0.2, 0.2], [0.3, 0.3, 0.4]])
    assert character_confidences(probs.log(), [1, 2], [0, 3], [1, 3]) == pytest.approx([0.8, 0.4])
    # Spans may leave out frames and touch each other.
    assert character_confidences(probs.log(), [1, 0, 2], [0, 1, 3], [0, 2, 3]) == pytest.approx([0.5, 0.6, 0.4])
    assert character_confidences(probs.log(), [], [], []) == []


def test_confidences_stay_inside_0_and_1():
    log_probs = torch.tensor([[0.0, -torch.inf], [-torch.inf, 0.0]])
    low, high = character_confidences(log_probs, [1, 1], [0, 1], [0, 1])
    assert 0 < low < 1e-5
    assert 1 - 1e-5 < high < 1


def test_words_are_products_and_know_their_place():
    words = word_confidences(" a  bc", [0.1, 0.9, 0.2, 0.3, 0.5, 0.4])
    assert [(word.text, word.start, word.end) for word in words] == [("a", 1, 2), ("bc", 4, 6)]
    assert [word.confidence for word in words] == pytest.approx([0.9, 0.2])
    assert word_confidences("", []) == []
    with pytest.raises(ValueError, match="2 characters"):
        word_confidences("ab", [0.5])


@given(st.lists(st.tuples(st.sampled_from("ab "), st.floats(0.01, 1)), min_size=1, max_size=20))
def test_a_word_is_never_surer_than_its_characters_and_a_line_is_their_mean(pairs):
    text, characters = "".join(c for c, _ in pairs), [confidence for _, confidence in pairs]
    line = line_confidence(characters)
    assert min(characters) * (1 - 1e-12) <= line <= max(characters) * (1 + 1e-12)
    for word in word_confidences(text, characters):
        assert word.confidence <= min(characters[word.start : word.end])
        assert text[word.start : word.end] == word.text
