"""Where each character of a given text is, and how likely the text is: the CTC lattice, batched.

A text of L labels becomes S = 2L + 1 states: blank, y_1, blank, y_2, ..., blank (Graves et al. 2006, section 4.1).
From one frame to the next a path stays, steps to the next state, or jumps over a blank that lies between two different
labels. The Viterbi and the forward algorithm are the same walk over the frames, one with the maximum, one with the sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from hwr.errors import InputError
from hwr.recognizer.charset import BLANK

# In the Viterbi walk log 0 (and NaN) counts as this much, so that a path that fits always beats one that does not.
_FLOOR = -1e5


@dataclass(frozen=True)
class LabelAlignment:
    """The likeliest path of one text through one line.

    The frames of character k are `first_frames[k]` to `last_frames[k]`, both included: those in which the path stands
    on its label. Every character has at least one frame; frames in no span are blank.
    """

    labels: list[int]
    first_frames: list[int]
    last_frames: list[int]
    character_log_probs: list[float]  # mean over the frames of the span, nats per frame
    log_prob: float  # of the whole path, blanks included, nats


def align(log_probs: Tensor, lengths: Tensor, labels: Sequence[Sequence[int]]) -> list[LabelAlignment]:
    """Viterbi forced alignment of each text with its line: of the paths that collapse to it, the likeliest.

    `log_probs` (B, T, C), natural logarithms; `lengths` (B,), frames of each line, and later frames are not looked at;
    `labels`, B texts of labels between 1 and C - 1. An empty text is aligned with blanks only. Of two paths that are
    equally likely, the one that moves on sooner is taken.
    Raises InputError when a text cannot fit: it needs a frame for each character and one for each repeat, since
    a blank parts equal neighbours. Raises ValueError when shapes or labels disagree.

    >>> probs = torch.tensor([[[0.1, 0.9, 0.0], [0.6, 0.3, 0.1], [0.2, 0.0, 0.8]]])
    >>> alignment = align(probs.log(), torch.tensor([3]), [[1, 2]])[0]
    >>> alignment.first_frames, alignment.last_frames, round(alignment.log_prob, 4)
    ([0, 2], [0, 2], -0.8393)
    """
    _check(log_probs, lengths, labels)
    for row, (text, available) in enumerate(zip(labels, lengths.tolist(), strict=True)):
        needed = frames_needed(text)
        if needed > available:
            repeats = needed - len(text)
            raise InputError(
                "decoding.too_short",
                line=row + 1,
                available=available,
                needed=needed,
                length=len(text),
                repeats=repeats,
            )
    if not labels:
        return []
    emissions_tensor, skips_tensor = _lattice(log_probs, labels)
    emissions, skips = emissions_tensor.cpu().numpy(), skips_tensor.cpu().numpy()
    frame_counts = lengths.detach().cpu().numpy()
    paths = _viterbi(emissions, skips, frame_counts, np.array([len(text) for text in labels]))

    values = np.take_along_axis(emissions, paths[:, :, None], axis=2)[:, :, 0].astype(np.float64)  # (T, B)
    alignments = []
    for row, (text, available) in enumerate(zip(labels, frame_counts, strict=True)):
        path, path_values = paths[:available, row], values[:available, row]
        states = 2 * np.arange(len(text)) + 1
        firsts = np.searchsorted(path, states, side="left")
        ends = np.searchsorted(path, states, side="right")
        # reduceat sums between neighbouring bounds: the even pieces are the spans, the odd ones the blanks after them.
        bounds = np.stack([firsts, ends], axis=1).ravel()
        sums = np.add.reduceat(np.append(path_values, 0.0), bounds)[::2] if text else np.zeros(0)
        alignments.append(
            LabelAlignment(
                list(text),
                firsts.tolist(),
                (ends - 1).tolist(),
                (sums / (ends - firsts)).tolist(),
                float(path_values.sum()),
            )
        )
    return alignments


def frames_needed(labels: Sequence[int]) -> int:
    """The fewest frames that a text fits in: one for each character and one for each repeat of the one before.

    >>> frames_needed([1, 2, 2, 2])
    6
    """
    return len(labels) + sum(a == b for a, b in pairwise(labels))


def _check(log_probs: Tensor, lengths: Tensor, labels: Sequence[Sequence[int]]) -> None:
    batch, frames, classes = log_probs.shape
    if len(labels) != batch or lengths.shape != (batch,):
        raise ValueError(f"{batch} lines, {tuple(lengths.shape)} lengths and {len(labels)} texts do not go together")
    if batch and lengths.max() > frames:
        raise ValueError(f"lengths go up to {int(lengths.max())} but log_probs has {frames} frames")
    for text in labels:
        if text and not (min(text) > BLANK and max(text) < classes):
            raise ValueError(f"labels must be between 1 and {classes - 1}, not {min(text)} to {max(text)}")


def _lattice(log_probs: Tensor, labels: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Emissions (T, B, S), log-probs of the states, and skips (B, S) float64, 0 where a path may jump, else -inf."""
    states = torch.zeros(len(labels), 2 * max(map(len, labels)) + 1, dtype=torch.long)
    for row, text in enumerate(labels):
        states[row, 1 : 2 * len(text) : 2] = torch.tensor(text, dtype=torch.long)
    before = torch.nn.functional.pad(states, (2, 0), value=BLANK)[:, :-2]
    skips = torch.full(states.shape, -torch.inf, dtype=torch.float64)
    skips[(states != BLANK) & (states != before)] = 0.0
    index = states.to(log_probs.device).expand(log_probs.shape[1], -1, -1)
    emissions = log_probs.detach().transpose(0, 1).gather(2, index)
    return emissions.to(torch.promote_types(emissions.dtype, torch.float32)), skips.to(log_probs.device)


def _viterbi(emissions: np.ndarray, skips: np.ndarray, frame_counts: np.ndarray, characters: np.ndarray) -> np.ndarray:
    """State of the best path in each frame (T, B), from emissions (T, B, S); past a line's end it holds the last one.

    NumPy, because its cost for each small operation is a fraction of torch's, and one frame is a few small operations.
    """
    frames, batch, states = emissions.shape
    # Two columns before the states: the second is the start of every path, one step before the first blank.
    scores = np.empty((frames + 1, batch, states + 2))
    scores[0], scores[:, :, :2] = -np.inf, -np.inf
    scores[0, :, 1] = 0.0
    jumps = np.empty((batch, states))
    for frame in range(frames):
        old, new = scores[frame], scores[frame + 1, :, 2:]
        np.add(old[:, :-2], skips, out=jumps)
        np.maximum(old[:, 2:], old[:, 1:-1], out=new)
        np.maximum(new, jumps, out=new)
        np.add(new, np.fmax(emissions[frame], _FLOOR), out=new)

    rows = np.arange(batch)
    last = 2 * characters + 2
    state = last - (scores[frame_counts, rows, last - 1] > scores[frame_counts, rows, last])
    paths = np.empty((frames, batch), dtype=np.int64)
    for frame in range(frames - 1, -1, -1):
        paths[frame] = state - 2
        old = scores[frame]
        stay, step = old[rows, state], old[rows, state - 1]
        jump = old[rows, state - 2] + skips[rows, state - 2]
        move = np.where(jump > np.maximum(stay, step), 2, step > stay)
        state = np.where(frame < frame_counts, state - move, state)
    return paths
