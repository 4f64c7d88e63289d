"""Whether 90 % sure means right nine times in ten: temperature, calibration error, bins of the reliability plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein
from torch import Tensor

from hwr.decoding.confidence import apply_temperature, character_confidences
from hwr.decoding.greedy import greedy_decode

_LOWEST, _HIGHEST = 0.1, 10.0


@dataclass(frozen=True)
class CalibrationBin:
    """The predictions with confidence in (low, high] (the first bin has 0 too); the means are 0 when there are none."""

    low: float
    high: float
    confidence: float  # mean
    accuracy: float  # share that is right
    count: int


@dataclass(frozen=True)
class Calibration:
    """Expected calibration error (0 is perfect, 1 the worst) and the bins it is made of, lowest confidence first."""

    ece: float
    bins: list[CalibrationBin]
    count: int


def correct_units(reference: Sequence, hypothesis: Sequence) -> list[bool]:
    """For each unit of the hypothesis (character, label or word), whether it has its equal in the reference.

    The two are laid side by side with the fewest edits (Levenshtein); replaced and inserted units are wrong. Units that
    the hypothesis left out have no place in it and are not counted.

    >>> correct_units("cart", "cutt")
    [True, False, False, True]
    """
    correct = [False] * len(hypothesis)  # units may be labels, which jiwer does not take
    for block in Levenshtein.opcodes(reference, hypothesis).as_matching_blocks():
        correct[block.b : block.b + block.size] = [True] * block.size
    return correct


def fit_temperature(logits: Sequence[Tensor], labels: Sequence[Sequence[int]]) -> float:
    """Temperature at which character confidences fit best how often the greedy characters are right.

    `logits`: for each validation line (T_i, C), padding cut off; `labels`: its reference. The greedy text, and with it
    which characters are right (`correct_units`), is the same at every temperature, so this finds the minimum over the
    temperature of the negative log-likelihood -sum [y log c + (1 - y) log(1 - c)] of those events, with c as in
    `character_confidences`. As in Platt (1999), y is (N+ + 1) / (N+ + 2) for the N+ right characters and
    1 / (N- + 2) for the N- wrong ones, so that a small set without errors does not ask for infinite confidence.
    Returns a value in [0.1, 10]; 1.0 when the greedy texts are all empty. Raises ValueError when the lists differ in
    length. Temperature scaling: Guo et al. 2017, section 4.2.
    """
    frames: list[Tensor] = []  # those inside a character, of all lines
    characters: list[int] = []
    counts: list[int] = []
    correct: list[bool] = []
    for line_logits, reference in zip(logits, labels, strict=True):
        log_probs = torch.log_softmax(line_logits.detach().cpu().float(), dim=-1)
        path = greedy_decode(log_probs[None], torch.tensor([len(log_probs)]))[0]
        spans = [range(first, last + 1) for first, last in zip(path.first_frames, path.last_frames, strict=True)]
        frames.append(log_probs[[frame for span in spans for frame in span]])
        counts.extend(len(span) for span in spans)
        characters.extend(path.labels)
        correct.extend(correct_units(list(reference), path.labels))
    if not characters:
        return 1.0
    stacked = torch.cat(frames)
    last_frames = np.cumsum(counts) - 1
    first_frames = last_frames - np.array(counts) + 1
    right = np.array(correct)
    targets = np.where(right, (right.sum() + 1) / (right.sum() + 2), 1 / ((~right).sum() + 2))

    def loss(temperature: float) -> float:
        confidences = np.array(
            character_confidences(
                apply_temperature(stacked, temperature), characters, first_frames.tolist(), last_frames.tolist()
            )
        )
        return float(-(targets * np.log(confidences) + (1 - targets) * np.log1p(-confidences)).mean())

    # Two grids, the second between the neighbours of the first one's best: steps of 15 %, then of under 2 %.
    coarse = np.geomspace(_LOWEST, _HIGHEST, 33)
    best = int(np.argmin([loss(temperature) for temperature in coarse]))
    fine = np.geomspace(coarse[max(best - 1, 0)], coarse[min(best + 1, len(coarse) - 1)], 17)
    return float(min(fine, key=loss))


def expected_calibration_error(confidences: Sequence[float], correct: Sequence[bool], bins: int = 15) -> Calibration:
    """Expected calibration error over bins of equal width: sum_b (n_b / n) |accuracy_b - confidence_b|.

    `confidences` in [0, 1] and `correct`, one for each prediction (characters, words or lines). Without predictions
    the error is 0 and the bins are empty. Raises ValueError when the lists differ in length or a confidence is outside
    [0, 1]. Naeini et al. 2015; Guo et al. 2017, equation 3.

    >>> calibration = expected_calibration_error([0.9, 0.9, 0.3, 0.1], [True, False, False, False], bins=2)
    >>> round(calibration.ece, 2), [round(b.accuracy, 2) for b in calibration.bins]
    (0.3, [0.0, 0.5])
    """
    values, right = np.asarray(confidences, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    if values.shape != right.shape:
        raise ValueError(f"{len(values)} confidences and {len(right)} outcomes do not go together")
    if not np.all((values >= 0) & (values <= 1)):
        raise ValueError("confidences must be between 0 and 1")
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, values, side="left") - 1, 0, bins - 1)
    counts = np.bincount(place, minlength=bins)
    divisors = np.maximum(counts, 1)
    means = np.bincount(place, weights=values, minlength=bins) / divisors
    accuracies = np.bincount(place, weights=right, minlength=bins) / divisors
    ece = float((counts * np.abs(accuracies - means)).sum() / max(len(values), 1))
    return Calibration(
        ece,
        [
            CalibrationBin(float(low), float(high), float(mean), float(accuracy), int(count))
            for low, high, mean, accuracy, count in zip(edges[:-1], edges[1:], means, accuracies, counts, strict=True)
        ],
        len(values),
    )
