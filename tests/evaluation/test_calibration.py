"""Temperatures that are known in advance, and calibration errors counted by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from hwr.decoding.confidence import apply_temperature, character_confidences
from hwr.decoding.greedy import greedy_decode
from hwr.evaluation.calibration import correct_units, expected_calibration_error, fit_temperature
from hwr.evaluation.error_rates import line_errors


def simulated(temperature: float, lines: int = 60, characters: int = 20) -> tuple[list[torch.Tensor], list[list[int]]]:
    """Lines of characters parted by blanks whose logits, once divided by the temperature, are the true odds."""
    generator = torch.Generator().manual_seed(0)
    logits, references = [], []
    for _ in range(lines):
        true_log_probs = torch.randn(characters, 6, generator=generator).mul(2).log_softmax(-1)
        line = torch.zeros(2 * characters, 7)
        line[0::2, 0] = 100.0  # blank
        line[1::2, 0] = -100.0
        line[1::2, 1:] = true_log_probs * temperature
        logits.append(line)
        references.append((torch.multinomial(true_log_probs.exp(), 1, generator=generator)[:, 0] + 1).tolist())
    return logits, references


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_finds_the_temperature_that_made_the_logits(temperature):
    logits, references = simulated(temperature)
    fitted = fit_temperature(logits, references)
    # Edit distance finds a few more of them right than stand at the same place, hence the slack.
    assert fitted == pytest.approx(temperature, rel=0.2)


def test_the_fitted_temperature_lowers_the_calibration_error():
    logits, references = simulated(3.0)

    def error(temperature: float) -> float:
        confidences, correct = [], []
        for line, reference in zip(logits, references, strict=True):
            log_probs = apply_temperature(line, temperature)
            (path,) = greedy_decode(log_probs[None], torch.tensor([len(line)]))
            confidences += character_confidences(log_probs, path.labels, path.first_frames, path.last_frames)
            correct += correct_units(reference, path.labels)
        return expected_calibration_error(confidences, correct).ece

    assert error(fit_temperature(logits, references)) < error(1.0) / 2


def test_small_sets_give_finite_temperatures():
    logits, references = simulated(1.0, lines=1, characters=3)
    right = [(logits[0][1::2].argmax(-1)).tolist()]
    assert 0.1 <= fit_temperature(logits, right) < 1
    assert 1 < fit_temperature(logits, [[]]) <= 10
    blank = torch.tensor([[5.0, 0.0], [5.0, 0.0]])
    assert fit_temperature([blank], [[1]]) == 1
    assert fit_temperature([], []) == 1
    silent = torch.zeros(4, 7).index_fill(1, torch.tensor([0]), 5.0)
    assert fit_temperature([silent, *logits], [[1], *references]) == fit_temperature(logits, references)
    with pytest.raises(ValueError, match="shorter"):
        fit_temperature(logits, [])


def test_correct_units_by_hand():
    assert correct_units("abc", "abc") == [True, True, True]
    assert correct_units("abc", "xabc") == [False, True, True, True]
    assert correct_units("abc", "ac") == [True, True]
    assert correct_units("", "ab") == [False, False]
    assert correct_units("ab", "") == []
    assert correct_units(["the", "cat"], ["the", "cut"]) == [True, False]


@given(st.text(alphabet="ab ", max_size=12), st.text(alphabet="ab ", max_size=12))
def test_wrong_units_are_edits(reference, hypothesis):
    correct = correct_units(reference, hypothesis)
    assert len(correct) == len(hypothesis)
    assert correct.count(False) <= line_errors(reference, hypothesis).character_errors


def test_calibration_error_by_hand():
    calibration = expected_calibration_error(
        [0.0, 0.2, 0.5, 0.6, 0.8, 1.0], [False, True, False, True, True, True], bins=2
    )
    low, high = calibration.bins
    assert (low.low, low.high, low.count, high.count, calibration.count) == (0, 0.5, 3, 3, 6)
    assert (low.confidence, low.accuracy) == pytest.approx((0.7 / 3, 1 / 3))
    assert (high.confidence, high.accuracy) == pytest.approx((0.8, 1.0))
    assert calibration.ece == pytest.approx(0.5 * 0.1 + 0.5 * 0.2)


def test_calibrated_and_overconfident():
    generator = np.random.default_rng(0)
    confidences = generator.uniform(0, 1, size=20000)
    correct = generator.uniform(0, 1, size=20000) < confidences
    assert expected_calibration_error(confidences.tolist(), correct.tolist()).ece < 0.02
    assert expected_calibration_error([1.0] * 4, [True, False, False, False]).ece == pytest.approx(0.75)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30), st.integers(1, 20))
def test_bins_share_out_all_predictions(predictions, bins):
    calibration = expected_calibration_error([c for c, _ in predictions], [right for _, right in predictions], bins)
    assert len(calibration.bins) == bins
    assert sum(b.count for b in calibration.bins) == calibration.count == len(predictions)
    assert 0 <= calibration.ece <= 1
    for b in calibration.bins:
        assert b.count == 0 or b.low - 1e-9 <= b.confidence <= b.high + 1e-9


def test_predictions_that_do_not_fit():
    with pytest.raises(ValueError, match="do not go together"):
        expected_calibration_error([0.5], [])
    for confidence in (1.5, -0.1, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            expected_calibration_error([confidence], [True])
