"""The n best texts of each line: CTC prefix beam search with merged paths, optionally with a character n-gram.

A hypothesis is a text, not a path: it holds p_b, the probability of all its paths so far that end in a blank, and p_n,
of those that end in its last label (Graves & Jaitly 2014, algorithm 1; Hannun et al. 2014, algorithm 1). From one frame
to the next a text stays, by a blank or a repeat, or grows by a label; when a text that grows meets one that is already
in the beam, their paths are added. Python walks over the frames only: each step is a handful of array operations over
all lines and all hypotheses. Probabilities are kept as they are, not as logarithms, and rescaled in every frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from torch import Tensor

from hwr.recognizer.charset import BLANK

# A text is known by a 64-bit hash of its labels; these three stand for "", for the text before it, and for no text.
_EMPTY, _BEFORE, _NONE = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))
_MULTIPLIER, _SPREAD, _SHIFT = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53), np.uint64(32)


@dataclass(frozen=True)
class BeamHypothesis:
    """One text of a line's n best.

    log_prob: log p(text | line) as far as the beam followed its paths, nats, a lower bound of the exact score.
    fusion: what shallow fusion adds, weight * log P(text) + bonus * characters, nats; 0 without it.
    """

    labels: list[int]
    log_prob: float
    fusion: float = 0.0

    @property
    def score(self) -> float:
        """What the beam ranks by: log_prob + fusion."""
        return self.log_prob + self.fusion


class CharacterScorer(Protocol):
    """A language model over labels, asked about many hypotheses at once. Its state is one int64 for each of them."""

    def start(self) -> int:
        """The state before the first character of a line."""
        ...

    def log_probs(self, states: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """log P(label | state) (n,), nats, of states (n,) and one label for each of them (n,)."""
        ...

    def next_states(self, states: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """The states (n,) after one label each (n,)."""
        ...

    def end_log_probs(self, states: np.ndarray) -> np.ndarray:
        """log P(the line ends here | state) (n,), nats."""
        ...


@dataclass(frozen=True)
class Fusion:
    """Shallow fusion: a hypothesis is ranked by log p(text | line) + weight * log P(text) + bonus * characters."""

    scorer: CharacterScorer
    weight: float = 0.5
    bonus: float = 0.0


@dataclass(frozen=True)
class Pruning:
    """What the search does not look at, for speed.

    A frame adds only labels that are among its `top_k` and have at least `min_log_prob` there (nats). A frame whose
    blank is likelier than `blank` adds none at all: it only ends the label before it, and a run of such frames costs as
    much as none. A path through a label that was left out is lost, unless another hypothesis already ends in it.
    """

    top_k: int = 16
    min_log_prob: float = -8.0
    blank: float = 0.999


DEFAULT_PRUNING = Pruning()


def beam_search(
    log_probs: Tensor,
    lengths: Tensor,
    beam_width: int = 16,
    n_best: int = 16,
    *,
    fusion: Fusion | None = None,
    pruning: Pruning | None = DEFAULT_PRUNING,
) -> list[list[BeamHypothesis]]:
    """The likeliest texts of each line, best first by `score`, all different, at most `n_best`.

    `log_probs` (B, T, C), natural logarithms, class 0 the blank; `lengths` (B,), frames of each line, and later frames
    are not looked at. `beam_width` hypotheses of each line live from frame to frame. `pruning=None` looks at every
    label in every frame: then a width that holds every text gives the exact n best with their exact scores. A text of
    probability zero is not listed, so a list may be shorter than `n_best`; a line without frames has the empty text.
    For scores that do not depend on the search, pass the result to `exact_scores`.
    Raises ValueError when a length is over T or when not 1 <= n_best <= beam_width.

    >>> import torch
    >>> probs = torch.tensor([[[0.6, 0.4], [0.6, 0.4]]])  # the best path is blank, blank: 0.36
    >>> (hypotheses,) = beam_search(probs.log(), torch.tensor([2]), beam_width=4, n_best=2)
    >>> [(h.labels, round(float(np.exp(h.log_prob)), 2)) for h in hypotheses]  # but a-, -a and aa are 0.64 together
    [([1], 0.64), ([], 0.36)]
    """
    if not 1 <= n_best <= beam_width:
        raise ValueError(f"n_best must be between 1 and the beam width, not {n_best} with a width of {beam_width}")
    batch, frames, _ = log_probs.shape
    frame_counts = lengths.detach().cpu().numpy()
    if batch == 0:
        return []
    if frame_counts.max() > frames:
        raise ValueError(f"lengths go up to {frame_counts.max()} but log_probs has {frames} frames")
    steps = _steps(log_probs.detach().cpu().numpy(), frame_counts, pruning)
    return _search(steps, beam_width, n_best, fusion)


def exact_scores(
    log_probs: Tensor, lengths: Tensor, hypotheses: Sequence[Sequence[BeamHypothesis]]
) -> list[list[float]]:
    """log p(text | line) of every hypothesis by the forward algorithm, nats: nothing that the beam dropped is missing.

    `log_probs` (B, T, C) and `lengths` (B,) as given to `beam_search`, `hypotheses` as it returned them. Returns a list
    for each line, in the order of its hypotheses. Equal to the forward algorithm run for each text (Graves et al. 2006,
    equations 5 to 8), but the forward variables of a beginning that several texts share are computed once. For texts
    that the beam found: a beginning that is 1e-300 times less likely than another text's counts as impossible.
    Raises ValueError when the numbers of lines disagree or a length is over T.
    """
    batch, frames, _ = log_probs.shape
    if not batch == len(lengths) == len(hypotheses):
        raise ValueError(f"{batch} lines, {len(lengths)} lengths and {len(hypotheses)} lists do not go together")
    frame_counts = lengths.detach().cpu().numpy()
    if batch and frame_counts.max() > frames:
        raise ValueError(f"lengths go up to {frame_counts.max()} but log_probs has {frames} frames")
    if not any(hypotheses):
        return [[] for _ in hypotheses]

    # A tree of beginnings for each line, the longest line first; its first node is the empty text. Node 0 is nothing.
    order = np.argsort(-frame_counts, kind="stable")
    nodes, roots, leaves = [(0, BLANK, 0)], [], [[] for _ in hypotheses]  # a node: the one before, its label, its line
    for row, line in enumerate(order):
        known: dict[tuple[int, int], int] = {}
        roots.append(len(nodes))
        nodes.append((0, BLANK, row))
        for hypothesis in hypotheses[line]:
            node = roots[-1]
            for label in hypothesis.labels:
                child = known.setdefault((node, label), len(nodes))
                if child == len(nodes):
                    nodes.append((node, label, row))
                node = child
            leaves[line].append(node)
    parent, label, row = np.array(nodes).T
    probs = np.exp(np.nan_to_num(log_probs.detach().cpu().numpy()[order], nan=-np.inf, neginf=-np.inf))
    running = np.searchsorted(-frame_counts[order], -np.arange(frames), side="left")
    bounds = np.array([*roots, len(parent)])

    blank_end, label_end = np.zeros(len(parent)), np.zeros(len(parent))  # p_b and p_n, as in the search
    blank_end[roots] = 1.0
    is_label, repeats = label != BLANK, label == label[parent]
    log_scale = np.zeros(batch)
    for step in range(int(frame_counts.max())):
        n, end = running[step], bounds[running[step]]
        p_b, p_n = blank_end[:end], label_end[:end]
        p = p_b + p_n
        before = parent[:end]
        grown = np.where(repeats[:end], p_b[before], p[before])
        p_n = (p_n + grown) * probs[row[:end], step, label[:end]] * is_label[:end]
        p_b = p * probs[row[:end], step, BLANK]
        scale = np.maximum.reduceat(p_b + p_n, bounds[:n])
        scale[scale == 0.0] = 1.0
        log_scale[:n] += np.log(scale)
        blank_end[1:end] = p_b[1:] / scale[row[1:end]]
        label_end[1:end] = p_n[1:] / scale[row[1:end]]
    with np.errstate(divide="ignore"):
        scores = np.log(blank_end + label_end) + log_scale[row]
    return [scores[nodes].tolist() if nodes else [] for nodes in leaves]


@dataclass
class _Steps:
    """The frames that the search walks over. Lines are sorted, most steps first: those still running are a slice.

    M steps, B lines, C classes, K the most candidates that a frame has. What stands past a line's last step is unused.
    """

    order: np.ndarray  # (B,) which line of the input each row is
    running: np.ndarray  # (M,) lines that have this step
    probs: np.ndarray  # (M, B, C)
    gaps: np.ndarray  # (M, B) whether a blank-only frame lies right before
    candidates: np.ndarray  # (M, B, K) labels, each frame's own first
    candidate_probs: np.ndarray  # (M, B, K), 0 where the frame has fewer
    widths: np.ndarray  # (M,) the most candidates that any line has in this step
    log_scale: np.ndarray  # (B,) log probability of the frames that were left out


def _steps(log_probs: np.ndarray, frame_counts: np.ndarray, pruning: Pruning | None) -> _Steps:
    batch, frames, classes = log_probs.shape
    log_probs = np.nan_to_num(log_probs, nan=-np.inf, neginf=-np.inf)
    inside = np.arange(frames) < frame_counts[:, None]
    walked = inside if pruning is None else inside & (log_probs[:, :, BLANK] <= np.log(pruning.blank))
    log_scale = np.where(inside & ~walked, log_probs[:, :, BLANK], 0.0).sum(axis=1, dtype=np.float64)
    counts = walked.sum(axis=1)
    order = np.argsort(-counts, kind="stable")
    rows, columns = np.nonzero(walked[order])
    starts = np.cumsum(counts[order]) - counts[order]
    places = np.arange(len(rows)) - starts[rows]
    total = int(counts.max())

    probs = np.zeros((total, batch, classes), dtype=log_probs.dtype)
    probs[places, rows] = np.exp(log_probs[order[rows], columns])
    before = np.where(places > 0, np.roll(columns, 1), -1)
    gaps = np.zeros((total, batch), dtype=bool)
    gaps[places, rows] = columns - before > 1

    chosen = probs > (0.0 if pruning is None else np.exp(pruning.min_log_prob))
    chosen[:, :, BLANK] = False
    sizes = chosen.sum(axis=2)
    if pruning is not None and sizes.max(initial=0) > pruning.top_k:
        crowded = sizes > pruning.top_k
        labels_only = probs[crowded][:, BLANK + 1 :]
        bound = np.partition(labels_only, -pruning.top_k, axis=1)[:, -pruning.top_k]
        chosen[crowded] &= probs[crowded] >= bound[:, None]
        sizes = chosen.sum(axis=2)
    at_step, at_row, labels = np.nonzero(chosen)
    offsets = np.cumsum(sizes) - sizes.ravel()
    ranks = np.arange(len(labels)) - offsets[at_step * batch + at_row]
    candidates = np.zeros((total, batch, int(sizes.max(initial=0))), dtype=np.int64)
    candidate_probs = np.zeros(candidates.shape)
    candidates[at_step, at_row, ranks] = labels
    candidate_probs[at_step, at_row, ranks] = probs[at_step, at_row, labels]
    running = np.searchsorted(-counts[order], -np.arange(total), side="left")
    return _Steps(
        order, running, probs, gaps, candidates, candidate_probs, sizes.max(axis=1, initial=0), log_scale[order]
    )


def _search(steps: _Steps, width: int, n_best: int, fusion: Fusion | None) -> list[list[BeamHypothesis]]:
    total, batch, _ = steps.probs.shape
    # Everything about the hypotheses is (B, W). A place that holds no text has probability 0.
    blank_end, label_end = np.zeros((batch, width)), np.zeros((batch, width))  # p_b and p_n
    blank_end[:, 0] = 1.0
    hashes, parents = np.full((batch, width), _NONE), np.full((batch, width), _BEFORE)
    hashes[:, 0] = _EMPTY
    ends = np.zeros((batch, width), dtype=np.int64)  # last label, BLANK for the empty text
    fused = np.zeros((batch, width))
    states = np.full((batch, width), fusion.scorer.start() if fusion else 0, dtype=np.int64)
    came_from = np.empty((total, batch, width), dtype=np.int32)  # place in the beam one step before
    added = np.zeros((total, batch, width), dtype=np.int32)  # label by which the text grew, BLANK if it stayed
    scales = np.ones((total, batch))

    for step in range(total):
        n, k = steps.running[step], steps.widths[step]
        frame, candidates = steps.probs[step, :n], steps.candidates[step, :n, :k]
        p_b, p_n = blank_end[:n], label_end[:n]
        end, hashed, parent = ends[:n], hashes[:n], parents[:n]
        p = p_b + p_n
        gap = steps.gaps[step, :n, None]
        if gap.any():
            p_b, p_n = np.where(gap, p, p_b), np.where(gap, 0.0, p_n)
        rows = np.arange(n)[:, None]
        stay_b = p * frame[:, BLANK, None]
        stay_n = p_n * frame[rows, end]
        grown = np.where(end[:, :, None] == candidates[:, None, :], p_b[:, :, None], p[:, :, None])  # (n, W, k)
        grown *= steps.candidate_probs[step, :n, None, :k]

        # Where text i grown by a label is text j of the same beam, its paths are j's.
        row, i, j = np.nonzero(hashed[:, :, None] == parent[:, None, :])
        label = end[row, j]
        stay_n[row, j] += np.where(end[row, i] == label, p_b[row, i], p[row, i]) * frame[row, label]
        met, place = np.nonzero(candidates[row] == label[:, None])
        grown[row[met], i[met], place] = 0.0

        # The best W of W texts that stay and W * k that grow, as indices into both one after the other.
        probs = np.concatenate([stay_b + stay_n, grown.reshape(n, -1)], axis=1)
        keys, fusion_scores = probs, None
        if fusion:
            keys, fusion_scores = _fused_keys(probs, candidates, fused[:n], states[:n], fusion)
        if k:
            chosen = np.argpartition(keys, width * k, axis=1)[:, width * k :]
            grows = chosen >= width
            slot = np.where(grows, (chosen - width) // k, chosen)
            label = np.where(grows, candidates[rows, (chosen - width) % k], BLANK)
        else:
            chosen = slot = np.broadcast_to(np.arange(width), (n, width))
            grows, label = np.zeros((n, width), dtype=bool), np.zeros((n, width), dtype=np.int64)
        came_from[step, :n], added[step, :n] = slot, label

        p = probs[rows, chosen]
        scale = p.max(axis=1, keepdims=True)
        scale[scale == 0.0] = 1.0
        scales[step, :n] = scale[:, 0]
        blank_end[:n] = np.where(grows, 0.0, stay_b[rows, slot]) / scale
        label_end[:n] = np.where(grows, p, stay_n[rows, slot]) / scale
        old = hashed[rows, slot]
        mixed = (old ^ (label.astype(np.uint64) * _SPREAD)) * _MULTIPLIER
        parent[:] = np.where(p > 0.0, np.where(grows, old, parent[rows, slot]), _BEFORE)
        hashed[:] = np.where(p > 0.0, np.where(grows, mixed ^ (mixed >> _SHIFT), old), _NONE)
        end[:] = np.where(grows, label, end[rows, slot])
        if fusion and fusion_scores is not None:
            fused[:n] = fusion_scores[rows, chosen]
            states[:n] = states[rows, slot]
            states[:n][grows] = fusion.scorer.next_states(states[:n][grows], label[grows])

    if fusion:
        fused += fusion.weight * fusion.scorer.end_log_probs(states.ravel()).reshape(batch, width)
    with np.errstate(divide="ignore"):
        log_probs = np.log(blank_end + label_end)
    best = np.argsort(-(log_probs + fused), axis=1, kind="stable")[:, :n_best]
    grown_by = _trace(best, came_from, added, steps.running)
    log_probs += steps.log_scale[:, None] + np.log(scales).sum(axis=0)[:, None]
    results: list[list[BeamHypothesis]] = [[] for _ in range(batch)]
    for row, line in enumerate(steps.order):
        for column, place in enumerate(best[row]):
            if np.isfinite(log_probs[row, place]):
                labels = grown_by[row, column]
                score, addition = float(log_probs[row, place]), float(fused[row, place])
                results[line].append(BeamHypothesis(labels[labels != BLANK].tolist(), score, addition))
    return results


def _fused_keys(
    probs: np.ndarray, candidates: np.ndarray, fused: np.ndarray, states: np.ndarray, fusion: Fusion
) -> tuple[np.ndarray, np.ndarray]:
    """What to rank by, log probs (n, W + W * k) + fusion scores, and these fusion scores.

    The scorer is asked only about texts that could come in: with log P(label) = 0, the most that it can be, they would
    beat the worst of the W texts that stay.
    """
    n, width = fused.shape
    scores = np.concatenate([fused, np.zeros((n, probs.shape[1] - width))], axis=1)
    with np.errstate(divide="ignore"):
        keys = np.log(probs)
    keys[:, :width] += fused
    grown = keys[:, width:].reshape(n, width, -1)
    grown += fused[:, :, None] + fusion.bonus
    hopeful = grown > np.min(keys[:, :width], axis=1)[:, None, None]
    row, slot, place = np.nonzero(hopeful)
    language = fusion.weight * fusion.scorer.log_probs(states[row, slot], candidates[row, place])
    scores[:, width:].reshape(n, width, -1)[row, slot, place] = fused[row, slot] + language + fusion.bonus
    grown[row, slot, place] += language
    grown[~hopeful] = -np.inf
    return keys, scores


def _trace(best: np.ndarray, came_from: np.ndarray, added: np.ndarray, running: np.ndarray) -> np.ndarray:
    """Labels by step (B, N, M), BLANK where the text stayed, of the texts in places `best` (B, N) of the last beam."""
    steps, batch, _ = added.shape
    labels = np.zeros((steps, *best.shape), dtype=np.int32)
    places, rows = best.copy(), np.arange(batch)[:, None]
    for step in range(steps - 1, -1, -1):
        n = running[step]
        labels[step, :n] = added[step, rows[:n], places[:n]]
        places[:n] = came_from[step, rows[:n], places[:n]]
    return np.ascontiguousarray(labels.transpose(1, 2, 0))
