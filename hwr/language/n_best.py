"""The likeliest texts of lines with all that language says about them: beam, character n-gram, language model, weights.

The lists that a CTC beam gives vary little. So the beam is also led by a character n-gram (shallow fusion), which finds
texts that are language; what they are worth is then decided by their exact scores.
"""

from __future__ import annotations

import time
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
import torch

from hwr.decoding.beam import BeamHypothesis, Fusion, beam_search, exact_scores
from hwr.errors import InputError
from hwr.language.causal_lm import FrozenLM
from hwr.language.model_files import LONGEST_NAME
from hwr.language.ngram import CharacterNGram, NGramScorer
from hwr.language.rescoring import ScoreCache, rank
from hwr.paths import DEFAULT_NGRAM
from hwr.reading import Hypothesis, NBest, Reading, Weights
from hwr.recognizer.charset import Charset, normalize_text

WIDTH = 64  # hypotheses that the beam holds, and texts that are scored
FUSION_WEIGHT, FUSION_BONUS = 0.7, 1.0  # of the n-gram in the beam; the texts that it finds are weighed anew afterwards
UNTUNED = Weights(alpha=0.3, beta=1.5, gamma=0.7)  # where no validation set has chosen any
LINES_AT_ONCE = 8  # whose texts are given to the language model in one call
MODELS_KEPT = 3

_scores = ScoreCache()
_models: OrderedDict[tuple[str, int | None], FrozenLM] = OrderedDict()
_loading: defaultdict[tuple[str, int | None], Lock] = defaultdict(Lock)  # so that no one waits for the model of another
_models_lock = Lock()


def language_model(name: str, keep_layers: int | None = None) -> FrozenLM:
    """`FrozenLM.load`, once for each name and depth; the last few are kept. Raises InputError as that does."""
    if len(name) > LONGEST_NAME:  # before it is kept as a key
        raise InputError("language.name_too_long", length=len(name))
    key = name, keep_layers
    with _models_lock:
        loading = _loading[key]
    with loading:
        model = _models.get(key) or FrozenLM.load(name, keep_layers)
    with _models_lock:
        _models[key] = model
        _models.move_to_end(key)
        while len(_models) > MODELS_KEPT:
            _models.popitem(last=False)
    return model


def loaded_language_model() -> str | None:
    """The whole language model that was asked for last, by its name; None where none is in memory."""
    with _models_lock:
        return next((name for name, layers in reversed(_models) if layers is None), None)


@cache
def default_ngram() -> CharacterNGram:
    """The n-gram that is shipped. Raises InputError when it is not there."""
    return CharacterNGram.load(DEFAULT_NGRAM)


class NBestDecoder:
    """Lists of texts for the lines of one recogniser. Threads may share it."""

    def __init__(self, charset: Charset, ngram: CharacterNGram | None = None) -> None:
        """ngram: leads the beam; the shipped one if None."""
        self.charset = charset
        self.scorer = NGramScorer(ngram or default_ngram(), charset)
        self._label_of = {character: label for label, character in enumerate(charset.characters, start=1)}

    def lists(
        self,
        readings: Sequence[Reading],
        *,
        ngram: bool = True,
        width: int = WIDTH,
        seconds: dict[str, float] | None = None,
    ) -> list[list[Hypothesis]]:
        """At most `width` texts of each line, and its greedy text, with their exact CTC scores and n-gram scores.

        Texts with spaces at their ends or two in a row, which no line is written with, are left out. ngram: let it lead
        the beam and score the texts; their `ngram` is 0 without. seconds: is given the time of each step. An empty
        reading (no ink) has the empty text alone. Raises InputError when width is not positive.
        """
        if width < 1:
            raise InputError("language.hypotheses", count=width)
        if not readings:
            return []
        start = time.perf_counter()
        frames = torch.tensor([len(reading.log_probs) for reading in readings])
        log_probs = torch.full((len(readings), int(frames.max()), self.charset.classes), -np.inf)
        for row, reading in zip(log_probs, readings, strict=True):
            row[: len(reading.log_probs)] = torch.from_numpy(reading.log_probs)
        fusion = Fusion(self.scorer, FUSION_WEIGHT, FUSION_BONUS) if ngram else None
        found = beam_search(log_probs, frames, width, width, fusion=fusion)
        for i, reading in enumerate(readings):
            texts = [self.charset.decode(h.labels) for h in found[i]]
            found[i] = [
                h for h, text in zip(found[i], texts, strict=True) if text == normalize_text(text) != reading.text
            ]
            found[i].append(BeamHypothesis([self._label_of[c] for c in reading.text], 0.0))
        searched = time.perf_counter()
        scores = exact_scores(log_probs, frames, found)
        lists = []
        for hypotheses, visual in zip(found, scores, strict=True):
            texts = [self.charset.decode(h.labels) for h in hypotheses]
            known = self.scorer.ngram.log_probs(texts) if ngram else [0.0] * len(texts)
            lists.append(
                [Hypothesis(t, v, None, len(t), ngram=n) for t, v, n in zip(texts, visual, known, strict=True)]
            )
        if seconds is not None:
            seconds |= {"beam": searched - start, "exact": time.perf_counter() - searched}
        return lists

    def n_best(
        self,
        reading: Reading,
        n_best: int,
        *,
        lm: str | None,
        ngram: bool,
        weights: Weights | None,
        tunings: Sequence[dict[str, Any]] = (),
    ) -> NBest:
        """The `n_best` best of a line's list at `weights`, or at those that `tunings` (`Checkpoint.rescoring`) names.

        A language model that cannot be had or cannot spell a text is reported in `problem`, and the list stands without
        it. The greedy text is kept, if need be as the last. Raises InputError when n_best is not positive or a weight
        is no number.
        """
        if n_best < 1:
            raise InputError("language.hypotheses", count=n_best)
        seconds: dict[str, float] = {}
        (hypotheses,) = self.lists([reading], ngram=ngram, width=max(n_best, WIDTH), seconds=seconds)
        problem, name = "", lm
        if lm is not None:
            start = time.perf_counter()
            try:
                (hypotheses,) = with_language([hypotheses], language_model(lm))
            except InputError as error:
                problem, name = error.sentence, None
            seconds["language"] = time.perf_counter() - start
        tuned = ""
        if weights is None:
            weights, tuned = tuned_weights(tunings, name, ngram)
        ranked = rank(hypotheses, weights.alpha, weights.beta, weights.gamma)
        kept = ranked[:n_best]
        if n_best > 1 and all(h.text != reading.text for h in kept):
            kept[-1] = next(h for h in ranked if h.text == reading.text)
        return NBest(reading.text, kept, weights, name, tuned, problem, seconds)


def with_language(lists: Sequence[Sequence[Hypothesis]], lm: FrozenLM) -> list[list[Hypothesis]]:
    """The hypotheses with the model's log P(text) in `language`. Raises InputError as `FrozenLM.token_ids` does."""
    result = []
    for start in range(0, len(lists), LINES_AT_ONCE):
        part = lists[start : start + LINES_AT_ONCE]
        scores = iter(_scores.log_probs(lm, [h.text for hypotheses in part for h in hypotheses]))
        result += [[replace(h, language=next(scores)) for h in hypotheses] for hypotheses in part]
    return result


def tuned_weights(tunings: Sequence[dict[str, Any]], lm: str | None, ngram: bool) -> tuple[Weights, str]:
    """The weights that were tuned for this language model (None: none) with or without the n-gram, and on what.

    For a model that none were tuned for: those of another model, and that is said; without any, `UNTUNED`.
    """
    fitting = [t for t in tunings if (t["lm"] is None) == (lm is None) and t["ngram"] == ngram]
    for t in sorted(fitting, key=lambda t: t["lm"] != lm):
        place = t["data"] if t["lm"] == lm else f"{t['data']} ({t['lm']})"
        return Weights(t["alpha"], t["beta"], t["gamma"]), place
    return Weights(UNTUNED.alpha if lm else 0.0, UNTUNED.beta, UNTUNED.gamma if ngram else 0.0), ""
