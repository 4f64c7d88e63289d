"""The n best against brute force over all texts, an independent decoder, and cases that a reader can check on paper."""

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from hwr.decoding.beam import BeamHypothesis, Fusion, Pruning, beam_search, exact_scores
from hwr.decoding.greedy import greedy_decode


def random_log_probs(seed: int, batch: int, frames: int, classes: int, sharpness: float = 2.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(batch, frames, classes, generator=generator).mul(sharpness).log_softmax(-1)


def log_probs_of(log_probs: torch.Tensor, lengths: torch.Tensor, texts: Sequence[Sequence[int]]) -> torch.Tensor:
    """Exact log-probability of each text of each line by torch's own CTC loss: (B,), -inf where it does not fit."""
    targets = torch.tensor([label for text in texts for label in text], dtype=torch.long)
    sizes = torch.tensor([len(text) for text in texts])
    if not log_probs.shape[1]:  # the loss refuses lines without frames; they say nothing, for certain
        return torch.where(sizes == 0, 0.0, -torch.inf).double()
    return -F.ctc_loss(log_probs.double().transpose(0, 1), targets, lengths, sizes, reduction="none")


def every_text(log_probs: torch.Tensor) -> dict[tuple[int, ...], float]:
    """Exact log-probability of each text that fits one line, (T, C), of probability over zero."""
    frames, classes = log_probs.shape
    texts = [t for n in range(frames + 1) for t in itertools.product(range(1, classes), repeat=n)]
    scores = log_probs_of(log_probs.expand(len(texts), -1, -1), torch.full((len(texts),), frames), texts)
    return {text: score for text, score in zip(texts, scores.tolist(), strict=True) if score > -math.inf}


class Bigram:
    """A scorer whose state is the last label. `asked` counts the questions."""

    def __init__(self, classes: int, seed: int = 0) -> None:
        table = np.random.default_rng(seed).random((classes, classes)) + 0.05
        self.table = np.log(table / table.sum(axis=1, keepdims=True))
        self.asked = 0

    def start(self) -> int:
        return 0

    def log_probs(self, states, labels):
        self.asked += len(states)
        return self.table[states, labels]

    def next_states(self, states, labels):
        return labels

    def end_log_probs(self, states):
        return self.table[states, 0]

    def of(self, text) -> float:
        path = [0, *text, 0]
        return sum(self.table[a, b] for a, b in itertools.pairwise(path))


def test_two_frames_by_hand():
    probs = torch.tensor([[[0.6, 0.4, 0.0], [0.5, 0.3, 0.2]]], dtype=torch.double)
    (hypotheses,) = beam_search(probs.log(), torch.tensor([2]), 8, 8)
    # a: a- .20, -a .18, aa .12;  "": .30;  b: -b .12;  ab: .08
    found = [(h.labels, round(math.exp(h.log_prob), 10)) for h in hypotheses]
    assert found == [([1], 0.5), ([], 0.3), ([2], 0.12), ([1, 2], 0.08)]


def test_a_label_can_stand_twice_only_with_a_blank_between():
    probs = torch.full((1, 3, 2), 0.5, dtype=torch.double)
    (hypotheses,) = beam_search(probs.log(), torch.tensor([3]), 8, 8)
    found = {tuple(h.labels): h.log_prob for h in hypotheses}
    assert found == pytest.approx({(1,): math.log(6 / 8), (): math.log(1 / 8), (1, 1): math.log(1 / 8)})


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 5), min_size=1, max_size=2), st.integers(2, 4))
def test_equals_brute_force_when_nothing_is_left_out(seed, lengths, classes):
    log_probs = random_log_probs(seed, len(lengths), 5, classes)
    results = beam_search(log_probs, torch.tensor(lengths), 400, 400, pruning=None)
    exact = exact_scores(log_probs, torch.tensor(lengths), results)
    for line, length, hypotheses, scores in zip(log_probs, lengths, results, exact, strict=True):
        expected = every_text(line[:length])
        found = {tuple(h.labels): h.log_prob for h in hypotheses}
        assert len(found) == len(hypotheses)
        assert found == pytest.approx(expected, abs=1e-4)
        assert [h.score for h in hypotheses] == sorted(found.values(), reverse=True)
        assert scores == pytest.approx([expected[tuple(h.labels)] for h in hypotheses], abs=1e-4)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 4), st.floats(0, 2), st.floats(-1, 2))
def test_fusion_equals_brute_force_when_nothing_is_left_out(seed, length, weight, bonus):
    log_probs, scorer = random_log_probs(seed, 1, 4, 4), Bigram(4, seed)
    lengths = torch.tensor([length])
    (hypotheses,) = beam_search(log_probs, lengths, 200, 200, fusion=Fusion(scorer, weight, bonus), pruning=None)
    expected = every_text(log_probs[0, :length])
    assert {tuple(h.labels) for h in hypotheses} == set(expected)
    for h in hypotheses:
        assert h.log_prob == pytest.approx(expected[tuple(h.labels)], abs=1e-4)
        assert h.fusion == pytest.approx(weight * scorer.of(h.labels) + bonus * len(h.labels), abs=1e-6)
    assert [h.score for h in hypotheses] == sorted((h.score for h in hypotheses), reverse=True)


def test_fusion_changes_the_order_and_a_weight_of_zero_does_not():
    log_probs, lengths = random_log_probs(5, 3, 12, 6), torch.tensor([12, 9, 4])
    plain = beam_search(log_probs, lengths)
    off = beam_search(log_probs, lengths, fusion=Fusion(Bigram(6), 0.0))
    on = beam_search(log_probs, lengths, fusion=Fusion(Bigram(6), 2.0))
    assert [[h.labels for h in line] for line in off] == [[h.labels for h in line] for line in plain]
    assert [[h.labels for h in line] for line in on] != [[h.labels for h in line] for line in plain]


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 14), min_size=2, max_size=5), st.booleans())
def test_a_line_does_not_depend_on_its_batch(seed, lengths, fused):
    log_probs = random_log_probs(seed, len(lengths), 14, 5, sharpness=4.0)
    fusion = Fusion(Bigram(5), 0.7, 0.3) if fused else None
    together = beam_search(log_probs, torch.tensor(lengths), 8, 5, fusion=fusion)
    for row, length in enumerate(lengths):
        (alone,) = beam_search(log_probs[row : row + 1, :length], torch.tensor([length]), 8, 5, fusion=fusion)
        assert [h.labels for h in alone] == [h.labels for h in together[row]]
        assert [h.log_prob for h in alone] == pytest.approx([h.log_prob for h in together[row]])


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 16))
def test_beam_scores_are_lower_bounds_and_exact_scores_are_ctc_scores(seed, frames, width):
    log_probs, lengths = random_log_probs(seed, 2, 40, 6), torch.tensor([frames, 40])
    results = beam_search(log_probs, lengths, width, width)
    for line, length, hypotheses, scores in zip(
        log_probs, lengths, results, exact_scores(log_probs, lengths, results), strict=True
    ):
        count = len(hypotheses)
        expected = log_probs_of(line.expand(count, -1, -1), length.expand(count), [h.labels for h in hypotheses])
        assert scores == pytest.approx(expected.tolist(), abs=1e-4)
        assert all(h.log_prob <= score + 1e-6 for h, score in zip(hypotheses, scores, strict=True))
        assert len({tuple(h.labels) for h in hypotheses}) == count


def peaked_log_probs(seed: int, batch: int, characters: int, classes: int) -> torch.Tensor:
    """Lines as a trained recogniser gives them: sure blanks, and now and then two frames of a label with rivals."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(batch, 4 * characters, classes, generator=generator) - 8
    logits[:, 0::4, 0] = logits[:, 3::4, 0] = 4.0
    logits[:, 1::4] += 6 * torch.rand(batch, characters, classes, generator=generator)
    logits[:, 2::4] += 6 * torch.rand(batch, characters, classes, generator=generator)
    return logits.log_softmax(-1)


def test_pruning_loses_next_to_nothing_on_peaked_lines():
    log_probs, lengths = peaked_log_probs(0, 4, 10, 40), torch.full((4,), 40)
    exact = beam_search(log_probs, lengths, pruning=None)
    pruned = beam_search(log_probs, lengths)
    for all_labels, few_labels in zip(exact, pruned, strict=True):
        assert [h.labels for h in all_labels[:8]] == [h.labels for h in few_labels[:8]]
        assert few_labels[0].log_prob == pytest.approx(all_labels[0].log_prob, abs=0.05)


def test_pruning_by_rank_by_probability_and_by_blank():
    probs = torch.tensor([[[0.30, 0.35, 0.34, 0.01], [0.9992, 0.0006, 0.0001, 0.0001], [0.5, 0.3, 0.1, 0.1]]])
    lengths = torch.tensor([3])

    def texts(pruning):
        return {tuple(h.labels) for h in beam_search(probs.log(), lengths, 64, 64, pruning=pruning)[0]}

    assert (3,) in texts(Pruning(top_k=3, min_log_prob=-20, blank=1.0))
    assert texts(Pruning(top_k=1, min_log_prob=-20, blank=0.999)) == {(), (1,), (1, 1)}
    first = texts(Pruning(top_k=3, min_log_prob=math.log(0.25), blank=0.999))
    assert first == {(), (1,), (2,), (1, 1), (2, 1)}


def test_a_frame_that_is_passed_over_still_parts_a_repeat():
    probs = torch.tensor([[[0.1, 0.9], [0.9999, 0.0001], [0.1, 0.9]]])
    ((best, *_),) = beam_search(probs.log(), torch.tensor([3]))
    assert best.labels == [1, 1]
    assert best.log_prob == pytest.approx(math.log(0.9 * 0.9999 * 0.9), abs=1e-5)


def test_frames_past_the_length_and_not_a_number():
    log_probs = random_log_probs(3, 2, 8, 5)
    clean = beam_search(log_probs[:, :6], torch.tensor([6, 0]))
    log_probs[:, 6:] = torch.nan
    assert beam_search(log_probs, torch.tensor([6, 0])) == clean
    assert clean[1] == [BeamHypothesis([], 0.0)]


def test_texts_of_probability_zero_are_not_listed():
    probs = torch.tensor([[[0.0, 1.0, 0.0], [0.5, 0.5, 0.0]]])
    (hypotheses,) = beam_search(probs.log(), torch.tensor([2]), 8, 8)
    assert [h.labels for h in hypotheses] == [[1]]
    impossible = torch.full((1, 2, 3), -math.inf)
    assert beam_search(impossible, torch.tensor([2])) == [[]]
    assert exact_scores(impossible, torch.tensor([2]), [[]]) == [[]]


def test_no_lines_and_arguments_that_disagree():
    assert beam_search(torch.zeros(0, 5, 3), torch.zeros(0, dtype=torch.long)) == []
    assert beam_search(torch.zeros(1, 0, 3), torch.tensor([0])) == [[BeamHypothesis([], 0.0)]]
    with pytest.raises(ValueError, match="lengths go up to 4"):
        beam_search(torch.zeros(1, 3, 3), torch.tensor([4]))
    with pytest.raises(ValueError, match="n_best must be between 1 and the beam width"):
        beam_search(torch.zeros(1, 3, 3), torch.tensor([3]), beam_width=4, n_best=5)
    with pytest.raises(ValueError, match="do not go together"):
        exact_scores(torch.zeros(1, 3, 3), torch.tensor([3]), [])


@pytest.mark.slow
def test_long_lines_do_not_underflow():
    log_probs = random_log_probs(1, 1, 3000, 20, sharpness=0.5)
    lengths = torch.tensor([3000])
    results = beam_search(log_probs, lengths)
    (scores,) = exact_scores(log_probs, lengths, results)
    assert all(math.isfinite(h.log_prob) and h.log_prob <= s + 1e-6 for h, s in zip(results[0], scores, strict=True))


def test_the_best_text_is_at_least_as_likely_as_the_greedy_one():
    log_probs, lengths = peaked_log_probs(2, 6, 12, 30), torch.full((6,), 48)
    greedy = log_probs_of(log_probs, lengths, [path.labels for path in greedy_decode(log_probs, lengths)])
    best = exact_scores(log_probs, lengths, beam_search(log_probs, lengths))
    assert all(max(scores) >= g - 1e-6 for scores, g in zip(best, greedy.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_fast_ctc_decode(seed):
    fast_ctc_decode = pytest.importorskip("fast_ctc_decode", reason="pip install fast-ctc-decode")
    alphabet = "-abcdefghijklmno"
    log_probs, lengths = peaked_log_probs(seed, 8, 12, len(alphabet)), torch.full((8,), 48)
    for line, hypotheses in zip(log_probs, beam_search(log_probs, lengths, 32, 1, pruning=None), strict=True):
        expected, _ = fast_ctc_decode.beam_search(line.exp().numpy(), alphabet, beam_size=32, beam_cut_threshold=0.0)
        assert "".join(alphabet[label] for label in hypotheses[0].labels) == expected


@pytest.mark.parametrize("seed", range(3))
def test_pyctcdecode_finds_nothing_better(seed):
    pyctcdecode = pytest.importorskip("pyctcdecode", reason="pip install pyctcdecode", exc_type=ImportError)
    alphabet = "-abcdefghijklmno"
    log_probs = peaked_log_probs(seed, 1, 8, len(alphabet))
    lengths = torch.tensor([log_probs.shape[1]])
    decoder = pyctcdecode.build_ctcdecoder(["", *alphabet[1:]])
    theirs = decoder.decode_beams(
        log_probs[0].numpy(), beam_width=100, beam_prune_logp=-1000, token_min_logp=-1000, prune_history=False
    )
    labels = [[alphabet.index(character) for character in beam[0]] for beam in theirs[:10]]
    their_scores = log_probs_of(log_probs.expand(len(labels), -1, -1), lengths.expand(len(labels)), labels)
    (our_scores,) = exact_scores(log_probs, lengths, beam_search(log_probs, lengths, 100, 10, pruning=None))
    best_first = [sorted(scores, reverse=True) for scores in (our_scores, their_scores.tolist())]
    assert all(ours >= theirs - 1e-3 for ours, theirs in zip(*best_first, strict=True))
    assert any(h == labels[0] for h in (h.labels for h in beam_search(log_probs, lengths, 100, 100)[0]))
