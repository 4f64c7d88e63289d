"""Tree scores against one text after the other, and ranking and tuning against counts made by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from hwr.errors import InputError
from hwr.language import rescoring
from hwr.language.causal_lm import FrozenLM
from hwr.language.rescoring import ScoreCache, best_text, rank, reads_trees, tree_log_probs, tune
from hwr.reading import Hypothesis, Weights

TEXTS = ["the cat sat", "the cat sot", "the cat", "tbe cat sat", "the cat sat", "", "a", "the cat sat on the mat."]


@pytest.fixture(scope="module")
def gpt2(tiny) -> FrozenLM:
    return FrozenLM.load(tiny("gpt2", eos_token="</s>"))


def hypothesis(text: str, visual: float, language: float) -> Hypothesis:
    return Hypothesis(text, visual, language, len(text))


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["gpt2", "llama"])
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("end", [False, True])
def test_a_tree_equals_one_by_one(tiny, architecture, attention, end):
    lm = FrozenLM.load(tiny(architecture, bos_token="<s>", eos_token="</s>"))
    lm.model.set_attn_implementation(attention)
    assert reads_trees(lm)
    alone = [lm.log_probs([text], end=end)[0] for text in TEXTS]
    assert tree_log_probs(lm, TEXTS, end=end) == pytest.approx(alone, abs=1e-4)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("tha c'", max_size=12), max_size=12))
def test_any_texts(gpt2, texts):
    assert tree_log_probs(gpt2, texts) == pytest.approx(gpt2.log_probs(texts), abs=1e-4)


def test_a_start_of_several_tokens(gpt2, monkeypatch):
    monkeypatch.setattr(gpt2, "start_ids", [3, 5, 8])
    assert tree_log_probs(gpt2, TEXTS) == pytest.approx([gpt2.log_probs([text])[0] for text in TEXTS], abs=1e-4)


def test_each_prefix_is_read_once(gpt2, monkeypatch):
    reads_trees(gpt2)
    read = []
    forward = gpt2.model.forward
    monkeypatch.setattr(
        gpt2.model, "forward", lambda **inputs: read.append(inputs["input_ids"].shape) or forward(**inputs)
    )
    tree_log_probs(gpt2, TEXTS)
    ids = gpt2.token_ids(TEXTS)
    prefixes = {tuple(sequence[:k]) for sequence in ids for k in range(1, len(sequence))}
    trees = {sequence[0] for sequence in ids if sequence}  # each has the start before it
    assert read == [(1, len(prefixes) + len(trees))]


@pytest.mark.parametrize("row", [1, 8, 30])
def test_trees_are_put_together_in_rows(gpt2, monkeypatch, row):
    monkeypatch.setattr(rescoring, "_ROWS", (row,))
    assert tree_log_probs(gpt2, TEXTS) == pytest.approx(gpt2.log_probs(TEXTS), abs=1e-4)
    monkeypatch.setattr(rescoring, "_LARGEST_PASS", 1)
    assert tree_log_probs(gpt2, TEXTS) == pytest.approx(gpt2.log_probs(TEXTS), abs=1e-4)


def test_many_texts_make_several_trees(gpt2, monkeypatch):
    monkeypatch.setattr(rescoring, "_LARGEST_TREE", 20)
    assert tree_log_probs(gpt2, TEXTS) == pytest.approx(gpt2.log_probs(TEXTS), abs=1e-4)


def test_a_model_that_cannot_read_trees_reads_a_batch(tiny):
    lm = FrozenLM.load(tiny("bloom", eos_token="</s>"))
    assert not reads_trees(lm)
    assert tree_log_probs(lm, TEXTS) == lm.log_probs(TEXTS)


def test_no_end_token_is_said(tiny):
    with pytest.raises(InputError, match="has no eos token"):
        tree_log_probs(FrozenLM.load(tiny(bos_token="<s>")), TEXTS, end=True)


def test_the_cache_asks_once_for_each_model_and_text(gpt2, tiny, monkeypatch):
    asked = []

    def counted(lm, texts):
        asked.append((lm, list(texts)))
        return tree_log_probs(lm, texts)

    monkeypatch.setattr(rescoring, "tree_log_probs", counted)
    cache, other = ScoreCache(), FrozenLM.load(tiny("gpt2", eos_token="</s>", seed=1))
    expected = gpt2.log_probs(TEXTS)
    assert cache.log_probs(gpt2, TEXTS[:3]) == pytest.approx(expected[:3], abs=1e-4)
    assert cache.log_probs(gpt2, TEXTS) == pytest.approx(expected, abs=1e-4)
    assert cache.log_probs(gpt2, TEXTS[::-1]) == pytest.approx(expected[::-1], abs=1e-4)
    assert asked == [(gpt2, TEXTS[:3]), (gpt2, ["tbe cat sat", "", "a", "the cat sat on the mat."])]
    assert cache.log_probs(other, ["a"]) == pytest.approx(other.log_probs(["a"]), abs=1e-4)


def test_a_full_cache_forgets_what_was_not_asked_for_longest(gpt2, monkeypatch):
    cache = ScoreCache(capacity=2)
    cache.log_probs(gpt2, ["a", "cat"])
    cache.log_probs(gpt2, ["a"])
    cache.log_probs(gpt2, ["the"])
    monkeypatch.setattr(rescoring, "tree_log_probs", lambda lm, texts: [0.5] * len(texts))
    assert cache.log_probs(gpt2, ["a", "the", "cat"])[2] == 0.5
    assert 0.5 not in cache.log_probs(gpt2, ["the"])


def test_rank_by_hand():
    hypotheses = [hypothesis("abc", -1, -10), hypothesis("ab", -2, -4), hypothesis("abcd", -2.5, -6)]
    assert [h.text for h in rank(hypotheses, 0, 0)] == ["abc", "ab", "abcd"]
    ranked = rank(hypotheses, 0.5, 1)
    assert [(h.text, h.total) for h in ranked] == [("abcd", -1.5), ("ab", -2.0), ("abc", -3.0)]
    assert [h.text for h in hypotheses] == ["abc", "ab", "abcd"]
    assert rank([], 1, 1) == []


def test_equal_totals_keep_their_order_and_impossible_texts_come_last():
    impossible = hypothesis("x", -1, -float("inf"))
    same = [hypothesis("b", -1, -1), hypothesis("a", -1, -1)]
    assert [h.text for h in rank([impossible, *same], 1, 0)] == ["b", "a", "x"]
    assert [h.text for h in rank([impossible, *same], 0, 0)] == ["x", "b", "a"]


@pytest.mark.parametrize("wrong", ["much", None, float("nan"), float("inf")])
def test_weights_must_be_numbers(wrong):
    with pytest.raises(InputError, match="alpha must be a number"):
        rank([], wrong, 0)
    with pytest.raises(InputError, match="beta must be a number"):
        best_text("a", [], Weights(0, wrong))
    with pytest.raises(InputError, match="gamma must be a number"):
        rank([], 0, 0, wrong)


def test_best_text():
    hypotheses = [hypothesis("tbe", -1, -9), hypothesis("the", -1.5, -4)]
    assert best_text("tbc", hypotheses, Weights()) == "tbc"
    assert best_text("tbc", hypotheses, Weights(beta=0.1)) == "tbe"
    assert best_text("tbc", hypotheses, Weights(0.5)) == "the"
    assert best_text("tbc", [], Weights(0.5)) == "tbc"
    assert best_text("", [], Weights(0.5)) == ""


def test_tuning_by_hand():
    lists = [
        [hypothesis("tbe cat", -1.0, -20), hypothesis("the cat", -2.0, -10)],
        [hypothesis("a mat", -1.0, -8), hypothesis("a nat", -1.5, -12)],
    ]
    tuning = tune(lists, ["the cat", "a mat"], ["tbe cat", "a mat"], alphas=[0, 0.05, 0.2, 1.0], betas=[-1, 0, 1])
    assert (tuning.greedy, tuning.visual, tuning.rescored, tuning.oracle) == (1 / 12, 1 / 12, 0, 0)
    assert tuning.weights == Weights(alpha=0.2)


def test_the_ngram_has_its_own_weight():
    lists = [[Hypothesis("tbe", -1, None, 3, ngram=-9), Hypothesis("the", -2, None, 3, ngram=-3)]]
    tuning = tune(lists, ["the"], ["tbe"], gammas=[0.1, 0.3])
    assert tuning.weights == Weights(gamma=0.3)
    assert rank(lists[0], 0, 0, 0.3)[0].total == pytest.approx(-2.9)


def test_language_that_harms_is_switched_off():
    lists = [[hypothesis("the", -1, -3), hypothesis("tha", -1.01, -1)]]
    greedy_is_right = tune(lists, ["thy"], ["thy"], alphas=[0.5, 1], betas=[0.5])
    assert greedy_is_right.weights == Weights()
    assert greedy_is_right.rescored == greedy_is_right.greedy == 0
    assert greedy_is_right.visual == pytest.approx(1 / 3)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_never_worse_than_greedy_and_as_good_as_it_says(seed):
    rng = np.random.default_rng(seed)

    def word():
        return "".join(rng.choice(list("abc"), rng.integers(0, 5)))

    count = int(rng.integers(1, 6))
    references, greedy = [word() + "a" for _ in range(count)], [word() for _ in range(count)]
    lists = [
        [
            replace(hypothesis(word(), float(rng.normal()), float(rng.normal())), ngram=float(rng.normal()))
            for _ in range(rng.integers(0, 5))
        ]
        for _ in range(count)
    ]
    tuning = tune(lists, references, greedy, alphas=[0.1, 1], betas=[-1, 1], gammas=[0.2, 0.7])
    texts = [best_text(g, hypotheses, tuning.weights) for g, hypotheses in zip(greedy, lists, strict=True)]
    errors = sum(Levenshtein.distance(*pair) for pair in zip(texts, references, strict=True))
    assert tuning.rescored == pytest.approx(errors / sum(map(len, references)))
    assert tuning.oracle <= tuning.rescored <= tuning.greedy


def test_tuning_needs_lines():
    with pytest.raises(InputError, match="no characters to tune"):
        tune([], [], [])
    with pytest.raises(ValueError, match="do not go together"):
        tune([[]], ["a"], [])
    tuning = tune([[]], ["a"], ["b"])
    assert (tuning.weights, tuning.rescored) == (Weights(), 1)


def test_scores_do_not_build_a_graph(gpt2):
    with torch.enable_grad():
        assert all(isinstance(score, float) for score in tree_log_probs(gpt2, TEXTS))
