"""Which of the n best texts does language prefer?

score(y) = log p(y | line) + alpha * log P(y) + beta * |y| + gamma * log P_ngram(y); without a character n-gram the last
term is not there.

The texts of one line share most of their beginnings. Put into trees, every token prefix that they have between them is
read once, in a single pass: a token attends to its own ancestors only (a tree attention mask) and has its depth as its
position, so each text is scored as if it stood alone. Ranking works on scores that are known and runs no network.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np
import torch
from rapidfuzz.distance import Levenshtein

from hwr.errors import InputError
from hwr.language.causal_lm import FrozenLM, log_normalizers
from hwr.reading import LANGUAGE_OFF, Hypothesis, Weights

ALPHAS = tuple(round(0.05 * step, 2) for step in range(31))  # 0 to 1.5
BETAS = tuple(0.25 * step for step in range(-4, 17))  # -1 to 4
GAMMAS = tuple(round(0.1 * step, 1) for step in range(16))  # 0 to 1.5
_LARGEST_TREE = 512  # nodes; all attend to all, so larger trees cost more than their sharing saves
_LARGEST_PASS = 1024  # nodes of all trees that are read together
_ROWS = (128, 192, 256, 384, 512)  # nodes that smaller trees may be put together to

_reads_trees: WeakKeyDictionary[FrozenLM, bool] = WeakKeyDictionary()


@dataclass(frozen=True)
class Tuning:
    """The best weights of a validation set, and what they are worth. Rates are character error rates, fractions.

    With all weights 0 language is off and the greedy text stands: no setting of the grid did better.
    greedy: of the greedy texts. visual: of the likeliest text of each list. rescored: at `weights`, at most `greedy`.
    oracle: of the best text of each list, greedy included.
    """

    weights: Weights
    greedy: float
    visual: float
    rescored: float
    oracle: float
    lines: int


def tree_log_probs(lm: FrozenLM, texts: Sequence[str], *, end: bool = False) -> list[float]:
    """log P(text) of each text, nats, as `FrozenLM.log_probs` gives it, with each distinct token prefix read once.

    The texts may be those of several lines: on a CPU one pass over many short lists is cheaper than a pass over each.
    A model that cannot attend along a tree (found out by trying, once for each model) is asked in one padded batch.
    Raises InputError as `FrozenLM.log_probs` does. Tree attention as in Miao et al. 2024 (SpecInfer), section 4.
    """
    sequences = lm.token_ids(texts)
    if (end and lm.end_id is None) or not reads_trees(lm):
        return lm.score_ids(sequences, end=end)
    return _tree_scores(lm, [[*ids, lm.end_id] if end else ids for ids in sequences])  # type: ignore[list-item]


def reads_trees(lm: FrozenLM) -> bool:
    """Whether this model gives the same scores along a tree as one by one; tried on a few short sequences, once."""
    if lm not in _reads_trees:
        size = lm.model.config.vocab_size
        probes = [[step % size for step in steps] for steps in ([5, 7, 11, 13], [5, 7, 3], [5, 2, 11, 13, 4], [])]
        try:
            scores = _tree_scores(lm, probes)
            _reads_trees[lm] = bool(np.allclose(scores, lm.score_ids(probes), atol=1e-3))
        except Exception:  # models refuse a mask of four dimensions in many ways
            _reads_trees[lm] = False
    return _reads_trees[lm]


class ScoreCache:
    """Language scores that were computed once, by the identity of the model and the text; threads may share it."""

    def __init__(self, capacity: int = 1 << 16) -> None:
        self.capacity = capacity
        self._scores: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._lock = Lock()

    def log_probs(self, lm: FrozenLM, texts: Sequence[str]) -> list[float]:
        """`tree_log_probs`; only texts that are new to this model are scored, all of them in one pass."""
        with self._lock:
            known = {text: self._scores[lm.identity, text] for text in texts if (lm.identity, text) in self._scores}
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known |= zip(new, tree_log_probs(lm, new), strict=True)
        with self._lock:
            for text in dict.fromkeys(texts):
                self._scores[lm.identity, text] = known[text]
                self._scores.move_to_end((lm.identity, text))
            while len(self._scores) > self.capacity:
                self._scores.popitem(last=False)
        return [known[text] for text in texts]


def number(name: str, value: float | str) -> float:
    """A weight of language as a number. Raises InputError that names it when it is none, or not a finite one."""
    try:
        weight = float(value)
    except (TypeError, ValueError):
        weight = float("nan")
    if not isfinite(weight):
        raise InputError("language.not_a_number", name=name, value=value)
    return weight


def rank(hypotheses: Sequence[Hypothesis], alpha: float, beta: float, gamma: float = 0.0) -> list[Hypothesis]:
    """The hypotheses with their totals at these weights, best first; equal totals keep their order.

    Raises InputError when a weight is not a finite number.

    >>> likely = Hypothesis("tbe", visual=-1.0, language=-9.0, length=3)
    >>> known = Hypothesis("the", visual=-1.5, language=-4.0, length=3)
    >>> [h.text for h in rank([likely, known], 0.0, 0.0)], [h.text for h in rank([likely, known], 0.5, 0.0)]
    (['tbe', 'the'], ['the', 'tbe'])
    """
    alpha, beta, gamma = number("alpha", alpha), number("beta", beta), number("gamma", gamma)
    totals = [_total(h, alpha, beta, gamma) for h in hypotheses]
    order = sorted(range(len(totals)), key=lambda place: -totals[place])
    return [replace(hypotheses[place], total=totals[place]) for place in order]


def best_text(greedy: str, hypotheses: Sequence[Hypothesis], weights: Weights) -> str:
    """The text to show: the first of `rank`. With all weights 0 language is off and the greedy text stands.

    It also stands where there is no hypothesis. Raises InputError as `rank` does.

    >>> best_text("tbe", [Hypothesis("the", -1.5, -4.0, 3)], Weights())
    'tbe'
    """
    ranked = rank(hypotheses, weights.alpha, weights.beta, weights.gamma)
    return greedy if weights == LANGUAGE_OFF or not ranked else ranked[0].text


def tune(
    lists: Sequence[Sequence[Hypothesis]],
    references: Sequence[str],
    greedy: Sequence[str],
    alphas: Sequence[float] = ALPHAS,
    betas: Sequence[float] = BETAS,
    gammas: Sequence[float] = GAMMAS,
) -> Tuning:
    """Try all weights of a grid on validation lines and take those with the lowest character error rate.

    `lists`: the hypotheses of each line; `references`: what the lines say; `greedy`: their greedy texts, one for each
    line. Every setting is judged as `best_text` would read with it, so all weights 0, which is always tried, is the
    greedy reading, and the result is never worse than it on these lines. Of equal settings the one with the smallest
    alpha, then the smallest gamma, then the smallest |beta|, wins. A score that no hypothesis has (no language model,
    no n-gram) keeps weight 0. Runs no network.
    Raises ValueError when the numbers of lines disagree, InputError when the references have no character.
    """
    if not len(lists) == len(references) == len(greedy):
        raise ValueError(
            f"{len(lists)} lists, {len(references)} references and {len(greedy)} readings do not go together"
        )
    characters = sum(map(len, references))
    if not characters:
        raise InputError("language.nothing_to_tune")

    shape = (len(lists), max(1, *map(len, lists)) if lists else 1)
    visual, language = np.full(shape, -np.inf), np.zeros(shape)
    length, ngram = np.zeros(shape), np.zeros(shape)
    # rapidfuzz itself: every text of every list is counted, and jiwer around it takes 27 us a pair instead of 0.3.
    greedy_errors = np.array([Levenshtein.distance(*pair) for pair in zip(greedy, references, strict=True)])
    errors = np.repeat(greedy_errors[:, None], shape[1], axis=1)  # a line without hypotheses keeps its greedy text
    for row, (hypotheses, reference) in enumerate(zip(lists, references, strict=True)):
        for column, h in enumerate(hypotheses):
            visual[row, column], language[row, column] = h.visual, h.language or 0.0
            length[row, column], ngram[row, column] = h.length, h.ngram
            errors[row, column] = Levenshtein.distance(h.text, reference)
    rows = np.arange(len(lists))
    by_alpha = sorted({0.0, *(alphas if language.any() else ())}, key=abs)
    by_gamma = sorted({0.0, *(gammas if ngram.any() else ())}, key=abs)
    by_beta = sorted({0.0, *betas}, key=lambda beta: (abs(beta), beta))

    counts = np.empty((len(by_alpha), len(by_beta), len(by_gamma)), dtype=np.int64)
    for i, alpha in enumerate(by_alpha):
        for k, gamma in enumerate(by_gamma):
            base = visual + (alpha * language if alpha else 0.0) + (gamma * ngram if gamma else 0.0)
            for j, beta in enumerate(by_beta):
                counts[i, j, k] = errors[rows, (base + beta * length).argmax(axis=1)].sum()
    likeliest = counts[0, 0, 0]
    counts[0, 0, 0] = greedy_errors.sum()
    best = min(np.ndindex(counts.shape), key=lambda place: (counts[place], place[0], place[2], place[1]))
    return Tuning(
        weights=Weights(by_alpha[best[0]], by_beta[best[1]], by_gamma[best[2]]),
        greedy=greedy_errors.sum() / characters,
        visual=likeliest / characters,
        rescored=float(counts[best]) / characters,
        oracle=np.minimum(errors.min(axis=1), greedy_errors).sum() / characters,
        lines=len(lists),
    )


def _total(h: Hypothesis, alpha: float, beta: float, gamma: float) -> float:
    language = alpha * h.language if alpha and h.language is not None else 0.0
    return h.visual + language + beta * h.length + (gamma * h.ngram if gamma else 0.0)


def _tree_scores(lm: FrozenLM, sequences: Sequence[Sequence[int]]) -> list[float]:
    """log P of each sequence given the start.

    Sequences that differ in their first token share nothing but the start, so each first token has its own tree, and a
    new one is begun when it has `_LARGEST_TREE` nodes. Trees of different sizes fill the rows of a batch.
    """
    trees: list[_PrefixTree] = []
    growing: dict[int, _PrefixTree] = {}
    ends: list[tuple[_PrefixTree, int] | None] = []
    for ids in sequences:
        if not ids:
            ends.append(None)
            continue
        tree = growing.get(ids[0])
        if tree is None or len(tree.tokens) >= _LARGEST_TREE:
            trees.append(tree := _PrefixTree(lm.start_ids))
            growing[ids[0]] = tree
        ends.append((tree, tree.add(ids)))
    rows = _filled_rows(trees, lm.model.config.hidden_size)
    scores: dict[int, list[float]] = {}
    while rows:
        width = _width(rows[0])
        batch, rows = rows[: max(1, _LARGEST_PASS // width)], rows[max(1, _LARGEST_PASS // width) :]
        scores |= _read_rows(lm, batch, width)
    return [scores[id(end[0])][end[1]] if end else 0.0 for end in ends]


class _PrefixTree:
    """Every token prefix of some sequences, once. The start is its trunk; parents stand before their children."""

    def __init__(self, start_ids: Sequence[int]) -> None:
        self.trunk = len(start_ids)
        self.tokens = list(start_ids)
        self.parents = [place - 1 for place in range(self.trunk)]
        self._children: dict[tuple[int, int], int] = {}

    def add(self, ids: Sequence[int]) -> int:
        """The node of the last token."""
        node = self.trunk - 1
        for token in ids:
            child = self._children.setdefault((node, token), len(self.tokens))
            if child == len(self.tokens):
                self.parents.append(node)
                self.tokens.append(token)
            node = child
        return node

    @cached_property
    def read(self) -> list[int]:
        """The nodes that the model reads: all but the leaves, because what these predict is in no text."""
        return sorted({*range(self.trunk), *self.parents[self.trunk :]})

    def layout(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the nodes to read: which attends to which (n, n), bool, and the depth of each (n,)."""
        place_of = {node: place for place, node in enumerate(self.read)}
        visible, depths = np.eye(len(self.read), dtype=bool), np.zeros(len(self.read), dtype=np.int64)
        for place, node in enumerate(self.read):
            if node:
                above = place_of[self.parents[node]]
                visible[place, :place] = visible[above, :place]
                depths[place] = depths[above] + 1
        return visible, depths

    def totals(self, log_probs: Sequence[float]) -> list[float]:
        """The sum along the way to each node, from log P of each node but the trunk's."""
        totals = [0.0] * len(self.tokens)
        for node, log_prob in enumerate(log_probs, start=self.trunk):
            totals[node] = totals[self.parents[node]] + log_prob
        return totals


def _filled_rows(trees: Sequence[_PrefixTree], hidden: int) -> list[list[_PrefixTree]]:
    """The trees in rows of one length, the longest first: of the lengths that hold the largest tree the one that is read soonest.

    hidden: features of the model. A layer takes about 12 hidden^2 products a node, and 2 hidden a pair of a row's nodes.
    """
    by_size = sorted(trees, key=lambda tree: -len(tree.read))
    longest = len(by_size[0].read) if by_size else 0
    lengths = [longest, *(length for length in _ROWS if length > longest)]

    def work(rows: Sequence[Sequence[_PrefixTree]]) -> float:
        width = max(map(_width, rows), default=0)
        return len(rows) * width * (6 * hidden + width)

    rows = min((_first_fit(by_size, length) for length in lengths), key=work)
    return sorted(rows, key=lambda row: -_width(row))


def _first_fit(by_size: Sequence[_PrefixTree], length: int) -> list[list[_PrefixTree]]:
    """The trees, the largest first, each in the first row of at most so many nodes that has room for it."""
    rows: list[list[_PrefixTree]] = []
    for tree in by_size:
        row = next((row for row in rows if _width(row) + len(tree.read) <= length), None)
        if row is None:
            rows.append(row := [])
        row.append(tree)
    return rows


def _width(row: Sequence[_PrefixTree]) -> int:
    """Nodes that a row of trees reads."""
    return sum(len(tree.read) for tree in row)


@torch.no_grad()
def _read_rows(lm: FrozenLM, rows: Sequence[Sequence[_PrefixTree]], width: int) -> dict[int, list[float]]:
    """`_PrefixTree.totals` by the id of each tree, from one pass over rows (B, width) of trees that do not see others."""
    input_ids, depths = np.full((len(rows), width), lm.pad_id), np.zeros((len(rows), width), dtype=np.int64)
    visible = np.broadcast_to(np.eye(width, dtype=bool), (len(rows), width, width)).copy()
    firsts: list[tuple[int, int, _PrefixTree]] = []
    for row, trees in enumerate(rows):
        start = 0
        for tree in trees:
            part = slice(start, start + len(tree.read))
            visible[row, part, part], depths[row, part] = tree.layout()
            input_ids[row, part] = [tree.tokens[node] for node in tree.read]
            firsts.append((row, start, tree))
            start = part.stop
    device, dtype = lm.device, lm.model.dtype
    mask = torch.zeros(visible.shape, dtype=dtype).masked_fill_(~torch.from_numpy(visible), torch.finfo(dtype).min)
    logits = lm.model(
        input_ids=torch.from_numpy(input_ids).to(device),
        attention_mask=mask[:, None].to(device),
        position_ids=torch.from_numpy(depths).to(device),
        use_cache=False,
    ).logits
    logits = logits.flatten(0, 1).float()
    normalizers = log_normalizers(logits)
    totals = {}
    for row, start, tree in firsts:
        place_of = {node: row * width + start + place for place, node in enumerate(tree.read)}
        before = torch.tensor([place_of[parent] for parent in tree.parents[tree.trunk :]], device=device)
        wanted = torch.tensor(tree.tokens[tree.trunk :], device=device)
        totals[id(tree)] = tree.totals((logits[before, wanted] - normalizers[before]).double().tolist())
    return totals
