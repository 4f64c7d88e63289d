"""How sure a reading is: a number in (0, 1) for each character, word and line.

A character's number is the probability that it is right, from the posteriors at the calibrated temperature
(`hwr.evaluation.calibration`). A word is right when all its characters are, and since their errors are taken as
independent, its confidence is the product of theirs. A line's is the share of its characters expected to be right: the
probability that a long line is wholly right says more about its length than about its reading. A character that the
reading left out has no number of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from statistics import fmean

import numpy as np
import torch
from torch import Tensor

# Confidences stay this far from 0 and 1, so that their logarithms are finite.
_MARGIN = 1e-6


@dataclass(frozen=True)
class WordConfidence:
    """One word of a text: `text[start:end]`, and the probability that all its characters are right."""

    text: str
    start: int
    end: int
    confidence: float


def apply_temperature(logits: Tensor, temperature: float) -> Tensor:
    """Log-probabilities softened (temperature > 1) or sharpened (< 1): log softmax(logits / temperature).

    `logits` (..., C), or log-probabilities, which give the same; returns (..., C). The best class of each frame does
    not change. Raises ValueError unless the temperature is positive and finite. Guo et al. 2017, equation 9.

    >>> apply_temperature(torch.tensor([0.8, 0.2]).log(), 0.5).exp().tolist()  # 0.64 and 0.04, scaled to sum 1
    [0.9411764740943909, 0.05882352963089943]
    """
    if not 0 < temperature < float("inf"):
        raise ValueError(f"the temperature must be positive and finite, not {temperature}")
    return torch.log_softmax(logits / temperature, dim=-1)


def character_confidences(
    log_probs: Tensor, labels: Sequence[int], first_frames: Sequence[int], last_frames: Sequence[int]
) -> list[float]:
    """Confidence of each character: the highest posterior of its label in its frames, max_{t in span} p_t(label).

    `log_probs` (T, C) of one line, at the calibrated temperature; labels and spans (both ends included) as in
    `GreedyPath` or `LabelAlignment`. The maximum, because CTC is sure of a character in one or two frames and the rest
    of a span are its flanks. Returns one number for each label, in [1e-6, 1 - 1e-6].

    >>> log_probs = torch.tensor([[0.1, 0.9], [0.3, 0.7], [0.8, 0.2]]).log()
    >>> [round(c, 4) for c in character_confidences(log_probs, [1], [0], [1])]
    [0.9]
    """
    if not labels:
        return []
    firsts = np.asarray(first_frames)
    counts = np.asarray(last_frames) - firsts + 1
    starts = np.cumsum(counts) - counts  # where each span begins once the spans are laid end to end
    frames = np.arange(counts.sum()) + np.repeat(firsts - starts, counts)
    index = (torch.from_numpy(frames), torch.from_numpy(np.repeat(np.asarray(labels), counts)))
    posteriors = log_probs.detach().cpu()[index].double().exp().numpy()
    return np.clip(np.maximum.reduceat(posteriors, starts), _MARGIN, 1 - _MARGIN).tolist()


def word_confidences(text: str, characters: Sequence[float]) -> list[WordConfidence]:
    """Confidence of each word (what stands between spaces): the product of its characters' confidences.

    `characters` has one confidence for each character of the text. Raises ValueError when it does not.

    >>> [(word.text, round(word.confidence, 2)) for word in word_confidences("so it", [0.9, 0.5, 0.7, 0.8, 1.0])]
    [('so', 0.45), ('it', 0.8)]
    """
    if len(text) != len(characters):
        raise ValueError(f"the text has {len(text)} characters but there are {len(characters)} confidences")
    return [
        WordConfidence(word.group(), word.start(), word.end(), prod(characters[word.start() : word.end()]))
        for word in re.finditer(r"\S+", text)
    ]


def line_confidence(characters: Sequence[float]) -> float:
    """Share of the line's characters that are expected to be right: the mean of their confidences.

    An empty reading has nothing to show for it and gets 0, which puts it first where the least sure lines are checked.

    >>> round(line_confidence([0.9, 0.5]), 2), line_confidence([])
    (0.7, 0.0)
    """
    return fmean(characters) if characters else 0.0
