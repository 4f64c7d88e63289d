"""Lists of texts for a line: what is in them, how they are weighed, and what a failing language model leaves."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from hwr.errors import InputError
from hwr.language import n_best
from hwr.language.n_best import UNTUNED, NBestDecoder, tuned_weights, with_language
from hwr.language.ngram import CharacterNGram
from hwr.reader import Reader
from hwr.reading import LANGUAGE_OFF, Hypothesis, NBest, Weights
from hwr.recognizer.charset import normalize_text

TUNED = [
    {"lm": None, "ngram": True, "data": "lines:val", "alpha": 0.0, "beta": 1.0, "gamma": 0.9},
    {"lm": "default", "ngram": True, "data": "lines:val", "alpha": 0.4, "beta": 1.5, "gamma": 0.7},
    {"lm": "default", "ngram": False, "data": "lines:val", "alpha": 0.6, "beta": 1.0, "gamma": 0.0},
]


@pytest.fixture
def ngram():
    return CharacterNGram.train(["the cat sat on the mat"], order=3)


@pytest.fixture
def reading(tiny_checkpoint, drawn_line):
    (reading,) = Reader(tiny_checkpoint).read_lines([drawn_line("the cat")])
    return reading


@pytest.fixture
def decoder(tiny_checkpoint, ngram):
    return NBestDecoder(tiny_checkpoint.charset, ngram)


@pytest.mark.parametrize("led", [True, False])
def test_texts_have_their_exact_scores(decoder, ngram, reading, led):
    (hypotheses,) = decoder.lists([reading], ngram=led)
    assert reading.text in [h.text for h in hypotheses]
    assert len({h.text for h in hypotheses}) == len(hypotheses) > 16
    assert all(h.text == normalize_text(h.text) for h in hypotheses if h.text != reading.text)
    log_probs, frames = torch.from_numpy(reading.log_probs)[None], torch.tensor([len(reading.log_probs)])
    for h in hypotheses:
        labels = torch.tensor([decoder.charset.encode(h.text).labels])
        loss = F.ctc_loss(log_probs.transpose(0, 1), labels, frames, torch.tensor([labels.shape[1]]), reduction="sum")
        assert h.visual == pytest.approx(-float(loss), abs=1e-3)
        assert h.length == len(h.text)
        assert h.language is None
        assert h.ngram == (pytest.approx(ngram.log_prob(h.text)) if led else 0.0)


def test_lists_do_not_depend_on_the_batch(decoder, reading, tiny_checkpoint, drawn_line):
    (other,) = Reader(tiny_checkpoint).read_lines([drawn_line("on the mat. The cat sat")])
    together = decoder.lists([reading, other])
    for hypotheses, alone in zip(together, [decoder.lists([reading])[0], decoder.lists([other])[0]], strict=True):
        assert [h.text for h in hypotheses] == [h.text for h in alone]
        assert [h.visual for h in hypotheses] == pytest.approx([h.visual for h in alone])


def test_no_lines_and_no_width(decoder, reading):
    assert decoder.lists([]) == []
    with pytest.raises(InputError, match="at least 1, not 0"):
        decoder.lists([reading], width=0)


def test_language_scores_are_the_models_own(tiny, decoder, reading):
    from hwr.language.causal_lm import FrozenLM

    lm = FrozenLM.load(tiny(eos_token="</s>"))
    (hypotheses,) = with_language(decoder.lists([reading]), lm)
    scores = [h.language for h in hypotheses]
    assert scores == pytest.approx([lm.log_probs([h.text])[0] for h in hypotheses], abs=1e-3)
    assert len(set(scores)) > 1


def test_the_best_at_given_weights_comes_first(tiny, tiny_checkpoint, decoder, reading):
    lm = str(tiny(eos_token="</s>"))
    weights = Weights(0.5, 1.0, 0.3)
    result = decoder.n_best(reading, 8, lm=lm, ngram=True, weights=weights)
    assert (result.lm, result.problem, result.tuned, result.weights) == (lm, "", "", weights)
    assert len(result.hypotheses) == 8
    for h in result.hypotheses:
        total = h.visual + 0.5 * h.language + 1.0 * h.length + 0.3 * h.ngram
        assert h.total == pytest.approx(total)
    assert result.text == result.hypotheses[0].text
    assert reading.text in [h.text for h in result.hypotheses]
    assert set(result.seconds) == {"beam", "exact", "language"}
    again = NBest.from_dict(result.to_dict())
    assert [h.text for h in again.hypotheses] == [h.text for h in result.hypotheses]
    assert again.weights == result.weights


def test_language_off_is_the_greedy_text(decoder, reading):
    off = decoder.n_best(reading, 4, lm=None, ngram=False, weights=LANGUAGE_OFF)
    assert off.text == off.greedy == reading.text
    scores = [h.visual for h in off.hypotheses if h.text != reading.text]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("lm", "message"),
    [
        ("./nothing", "no language model directory"),
        ("someone/never-published", "never-published"),
    ],
)
def test_a_model_that_cannot_be_had_leaves_the_list(decoder, reading, lm, message):
    result = decoder.n_best(reading, 4, lm=lm, ngram=True, weights=None, tunings=TUNED)
    assert message in result.problem
    assert result.lm is None
    assert result.weights == Weights(0.0, 1.0, 0.9)
    assert result.greedy == reading.text
    assert len(result.hypotheses) == 4


def test_a_model_that_is_not_causal_or_cannot_spell(tiny, decoder, reading):
    assert "causal" in decoder.n_best(reading, 2, lm=str(tiny("bert")), ngram=True, weights=None).problem
    spells_little = str(tiny("gpt2", spell_all=False, eos_token="</s>"))
    result = decoder.n_best(reading, 2, lm=spells_little, ngram=True, weights=None)
    assert "cannot spell" in result.problem
    assert len(result.hypotheses) == 2


def test_wrong_numbers(decoder, reading):
    with pytest.raises(InputError, match="at least 1, not 0"):
        decoder.n_best(reading, 0, lm=None, ngram=True, weights=None)
    with pytest.raises(InputError, match="alpha must be a number"):
        decoder.n_best(reading, 1, lm=None, ngram=True, weights=Weights(float("nan")))


def test_tuned_weights():
    assert tuned_weights(TUNED, "default", True) == (Weights(0.4, 1.5, 0.7), "lines:val")
    assert tuned_weights(TUNED, "default", False) == (Weights(0.6, 1.0, 0.0), "lines:val")
    assert tuned_weights(TUNED, None, True) == (Weights(0.0, 1.0, 0.9), "lines:val")
    assert tuned_weights(TUNED, "other/model", True) == (Weights(0.4, 1.5, 0.7), "lines:val (default)")
    assert tuned_weights([], "default", True) == (UNTUNED, "")
    assert tuned_weights([], None, False) == (Weights(0.0, UNTUNED.beta, 0.0), "")


def test_models_are_loaded_once_and_few_are_kept(monkeypatch):
    loaded = []
    monkeypatch.setattr(n_best, "_models", type(n_best._models)())
    assert n_best.loaded_language_model() is None
    monkeypatch.setattr(n_best.FrozenLM, "load", lambda name, keep_layers: loaded.append(name) or name)
    for name in ("a", "a", "b", "c", "d", "a"):
        assert n_best.language_model(name) == name
    assert n_best.loaded_language_model() == "a"
    assert loaded == ["a", "b", "c", "d", "a"]


def test_hypotheses_as_json():
    h = Hypothesis("ab", -1.23456, None, 2, 0.5, -np.log(2))
    assert h.to_dict() == {"text": "ab", "ctc": -1.2346, "lm": None, "ngram": -0.6931, "length": 2, "total": 0.5}
