"""What does language win? Greedy, oracle and rescored readings of a data set side by side, and the tuning of weights."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from hwr.errors import InputError
from hwr.evaluation.bootstrap import Interval, PairedDifference, bootstrap_rate, paired_bootstrap
from hwr.evaluation.error_rates import LineErrors, line_errors
from hwr.evaluation.evaluate import EvaluatedLine, Evaluation, evaluate
from hwr.language.n_best import NBestDecoder, language_model, tuned_weights, with_language
from hwr.language.rescoring import Tuning, best_text, tune
from hwr.reader import Reader
from hwr.reading import Hypothesis, Weights

Progress = Callable[[int, int], None]
LINES_AT_ONCE = 16  # searched by one beam


@dataclass(frozen=True)
class Part:
    """One way to decode. cer, wer: with intervals; versus_greedy: its CER minus that of the greedy texts, paired."""

    name: str
    weights: Weights
    tuned: str
    texts: list[str]
    errors: list[LineErrors]
    cer: Interval
    wer: Interval
    versus_greedy: PairedDifference

    def to_dict(self) -> dict[str, Any]:
        difference = self.versus_greedy
        return {
            "cer": vars(self.cer),
            "wer": vars(self.wer),
            "weights": vars(self.weights),
            "tuned": self.tuned,
            "versus_greedy": vars(difference.difference) | {"p": difference.p_value},
        }


@dataclass(frozen=True)
class Rescoring:
    """A data set read with language. Rates are fractions; WER counts words between spaces.

    parts: greedy; beam (the likeliest text); ngram and lm (each alone); rescored (what the reader shows: both); oracle
    (the best text of each list, which nobody could choose without the truth). fixed, broken, unchanged: lines that have
    fewer, more, or as many wrong characters after rescoring as the greedy text has.
    """

    lm: str
    evaluation: Evaluation
    parts: dict[str, Part]
    fixed: int
    broken: int
    unchanged: int

    def to_dict(self) -> dict[str, Any]:
        """The object that `python -m hwr evaluate --lm NAME --json` prints."""
        return {
            **self.evaluation.to_dict(),
            "lm": self.lm,
            **{name: part.to_dict() for name, part in self.parts.items()},
            "fixed": self.fixed,
            "broken": self.broken,
            "unchanged": self.unchanged,
        }


@dataclass(frozen=True)
class Lists:
    """The lists of all lines, from the plain beam and from the one that the n-gram leads, scored by the same model."""

    lines: list[EvaluatedLine]
    plain: list[list[Hypothesis]]
    fused: list[list[Hypothesis]]

    @property
    def references(self) -> list[str]:
        return [line.reference for line in self.lines]

    @property
    def greedy(self) -> list[str]:
        return [line.text for line in self.lines]


def collect_lists(
    decoder: NBestDecoder, lines: Sequence[EvaluatedLine], lm: str | None, progress: Progress | None = None
) -> Lists:
    """Both lists of every line, with the language scores of `lm` (None: without). Lines without ink have no list.

    Raises InputError when the language model cannot be had or cannot spell a text.
    """
    model = None if lm is None else language_model(lm)
    plain: list[list[Hypothesis]] = [[] for _ in lines]
    fused: list[list[Hypothesis]] = [[] for _ in lines]
    order = sorted((i for i, line in enumerate(lines) if line.reading), key=lambda i: len(lines[i].reading.log_probs))  # type: ignore[union-attr]
    for start in range(0, len(order), LINES_AT_ONCE):
        places = order[start : start + LINES_AT_ONCE]
        readings = [reading for i in places if (reading := lines[i].reading)]
        for lists, ngram in ((plain, False), (fused, True)):
            found = decoder.lists(readings, ngram=ngram)
            for i, hypotheses in zip(places, found if model is None else with_language(found, model), strict=True):
                lists[i] = hypotheses
        if progress:
            progress(start + len(places), len(order))
    return Lists(list(lines), plain, fused)


def evaluate_rescoring(
    reader: Reader,
    data: str | Path,
    split: str | None,
    lm: str,
    *,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Rescoring:
    """Read a data set with and without language, at the weights that are stored with the checkpoint.

    lm: a language model's name, or `none` for the character n-gram alone. Arguments and errors otherwise as in
    `hwr.evaluation.evaluate.evaluate`.
    """
    base = evaluate(reader, data, split, limit=limit, seed=seed, progress=progress)
    name = None if lm == "none" else lm
    lists = collect_lists(reader.decoder, base.lines, name, progress)
    tunings = reader.checkpoint.rescoring
    texts: dict[str, tuple[list[str], Weights, str]] = {"greedy": (lists.greedy, Weights(), "")}
    texts["beam"] = ([likeliest(h, g) for h, g in zip(lists.plain, lists.greedy, strict=True)], Weights(), "")
    ways = [("ngram", lists.fused, None, True), ("lm", lists.plain, name, False), ("rescored", lists.fused, name, True)]
    for way, hypotheses, model, ngram in ways:
        if way == "lm" and name is None:
            continue
        weights, tuned = tuned_weights(tunings, model, ngram)
        read = [best_text(g, h, weights) for g, h in zip(lists.greedy, hypotheses, strict=True)]
        texts[way] = read, weights, tuned
    texts["oracle"] = oracle_texts(lists), Weights(), ""
    greedy_errors = [line.errors.character_errors for line in base.lines]
    parts = {}
    for way, (read, weights, tuned) in texts.items():
        errors = [line_errors(reference, text) for reference, text in zip(lists.references, read, strict=True)]
        wrong, characters = [e.character_errors for e in errors], [e.characters for e in errors]
        parts[way] = Part(
            way,
            weights,
            tuned,
            read,
            errors,
            bootstrap_rate(wrong, characters, seed),
            bootstrap_rate([e.word_errors["space"] for e in errors], [e.words["space"] for e in errors], seed),
            paired_bootstrap(wrong, greedy_errors, characters, seed),
        )
    change = [e.character_errors - g for e, g in zip(parts["rescored"].errors, greedy_errors, strict=True)]
    fixed, broken = sum(c < 0 for c in change), sum(c > 0 for c in change)
    return Rescoring(lm, base, parts, fixed, broken, len(change) - fixed - broken)


def likeliest(hypotheses: Sequence[Hypothesis], greedy: str) -> str:
    return max(hypotheses, key=lambda h: h.visual).text if hypotheses else greedy


def oracle_texts(lists: Lists) -> list[str]:
    """The text of each line's lists that is nearest to its reference; of equals the greedy one."""
    best = []
    for reference, greedy, plain, fused in zip(lists.references, lists.greedy, lists.plain, lists.fused, strict=True):
        texts = dict.fromkeys([greedy, *(h.text for h in plain), *(h.text for h in fused)])
        best.append(min(texts, key=lambda text: line_errors(reference, text).character_errors))
    return best


def write_examples(rescoring: Rescoring, data: str | Path, split: str | None, directory: Path) -> None:
    """Keep the line that language helps most and the one that it harms most, as `examples.json` and images.

    Each has `image`, `truth`, `greedy`, `rescored`, `lm`, `command`. Of equal ones the first in the data set is taken.
    Raises InputError when language neither helped nor harmed any line.
    """
    lines, parts = rescoring.evaluation.lines, rescoring.parts
    change = [
        new.character_errors - old.character_errors
        for new, old in zip(parts["rescored"].errors, parts["greedy"].errors, strict=True)
    ]
    chosen = {"helps": int(np.argmin(change)), "harms": int(np.argmax(change))}
    entries, chosen_split = {}, f"--split {split} " if split else ""
    for kind, place in chosen.items():
        if (change[place] >= 0) if kind == "helps" else (change[place] <= 0):
            continue
        directory.mkdir(parents=True, exist_ok=True)
        Image.fromarray(lines[place].record.grey()).save(directory / f"{kind}.png", optimize=True)
        entries[kind] = {
            "image": f"{kind}.png",
            "truth": lines[place].reference,
            "greedy": parts["greedy"].texts[place],
            "rescored": parts["rescored"].texts[place],
            "lm": rescoring.lm,
            "command": f"python -m hwr evaluate --data {Path(data).name} {chosen_split}--lm {rescoring.lm} --examples",
        }
    if not entries:
        raise InputError(f"{rescoring.lm} changes no line of {data} for better or worse; there is no example to keep.")
    (directory / "examples.json").write_text(json.dumps(entries, indent=1, ensure_ascii=False), encoding="utf-8")


def tune_rescoring(
    reader: Reader, data: str | Path, split: str, lms: Sequence[str], progress: Progress | None = None
) -> list[dict[str, Any]]:
    """The weights of language that read a validation set best: an entry for the n-gram alone and, for each model, one
    with and one without the n-gram.

    An entry has `lm` (None: the n-gram alone), `ngram`, `data`, `lines`, `alpha`, `beta`, `gamma`, and the character
    error rates `greedy`, `rescored` and `oracle` of these lines. Raises InputError for a split called test, when there
    are no lines, and as `collect_lists` does.
    """
    if split == "test":
        raise InputError(
            "The weights of language are chosen on validation lines; the test split is for measuring only."
        )
    lines = evaluate(reader, data, split, progress=progress).lines
    where = f"{Path(data).stem}:{split}"
    entries: list[dict[str, Any]] = []
    for lm in [None, *lms]:
        lists = collect_lists(reader.decoder, lines, lm, progress)
        for ngram in (True, False) if lm else (True,):
            tuning = tune(lists.fused if ngram else lists.plain, lists.references, lists.greedy)
            entries.append(_entry(lm, ngram, where, tuning))
    return entries


def _entry(lm: str | None, ngram: bool, where: str, tuning: Tuning) -> dict[str, Any]:
    rates = {name: round(float(getattr(tuning, name)), 5) for name in ("greedy", "rescored", "oracle")}
    return {"lm": lm, "ngram": ngram, "data": where, "lines": tuning.lines, **vars(tuning.weights), **rates}
