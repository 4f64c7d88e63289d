"""Best-path decoding: the likeliest class of every frame, repeats merged, blanks dropped."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from torch import Tensor

from hwr.recognizer.charset import BLANK


@dataclass(frozen=True)
class GreedyPath:
    """The best path of one line, as characters.

    The frames of character k are `first_frames[k]` to `last_frames[k]`, both included: the run of neighbouring frames
    whose likeliest class is `labels[k]`. Frames in no run are blank.
    """

    labels: list[int]
    first_frames: list[int]
    last_frames: list[int]
    character_log_probs: list[float]  # mean over the frames of the run, nats per frame
    log_prob: float  # of the whole path, blanks included, nats


def greedy_decode(log_probs: Tensor, lengths: Tensor) -> list[GreedyPath]:
    """Best path of each line: B(argmax_t log p), with B the CTC collapse (Graves et al. 2006, section 3.2).

    `log_probs` (B, T, C), natural logarithms; `lengths` (B,), frames of each line, and later frames are not looked at.
    A line without frames, or with blank frames only, has no labels. Raises ValueError when a length is over T.

    >>> import torch
    >>> probs = torch.tensor([[[0.1, 0.9, 0.0], [0.2, 0.8, 0.0], [0.6, 0.0, 0.4], [0.0, 0.5, 0.5]]])
    >>> path = greedy_decode(probs.log(), torch.tensor([4]))[0]
    >>> path.labels, path.first_frames, path.last_frames
    ([1, 1], [0, 3], [1, 3])
    """
    batch, frames, _ = log_probs.shape
    if batch == 0 or frames == 0:
        return [GreedyPath([], [], [], [], 0.0) for _ in range(batch)]
    frame_counts = lengths.detach().cpu().numpy()
    if frame_counts.max() > frames:
        raise ValueError(f"lengths go up to {frame_counts.max()} but log_probs has {frames} frames")
    best_values, best_classes = (tensor.cpu().numpy() for tensor in log_probs.detach().double().max(dim=2))

    inside = np.arange(frames) < frame_counts[:, None]
    best_classes = np.where(inside, best_classes, BLANK)
    totals = np.cumsum(np.where(inside, best_values, 0.0), axis=1)

    changes = best_classes[:, 1:] != best_classes[:, :-1]
    edge = np.ones((batch, 1), dtype=bool)
    is_label = best_classes != BLANK
    # Row by row and left to right in both lists, so the k-th start belongs to the k-th end.
    rows, firsts = np.nonzero(is_label & np.hstack([edge, changes]))
    lasts = np.nonzero(is_label & np.hstack([changes, edge]))[1]
    labels = best_classes[rows, firsts]
    sums = totals[rows, lasts] - totals[rows, firsts] + best_values[rows, firsts]
    means = sums / (lasts - firsts + 1)

    bounds = np.searchsorted(rows, np.arange(batch + 1))
    return [
        GreedyPath(
            labels[start:end].tolist(),
            firsts[start:end].tolist(),
            lasts[start:end].tolist(),
            means[start:end].tolist(),
            float(totals[row, -1]),
        )
        for row, (start, end) in enumerate(pairwise(bounds))
    ]
