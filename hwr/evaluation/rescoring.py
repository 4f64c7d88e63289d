"""What does language win? Greedy, oracle and rescored readings of a data set side by side, and the tuning of weights."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from hwr.data.splits import split_name
from hwr.errors import InputError
from hwr.evaluation.bootstrap import Interval, PairedDifference, bootstrap_rate, paired_bootstrap
from hwr.evaluation.error_rates import LineErrors, line_errors
from hwr.evaluation.evaluate import DigitLines, EvaluatedLine, Evaluation, evaluate
from hwr.language.n_best import WIDTH, NBestDecoder, language_model, tuned_weights, with_language
from hwr.language.rescoring import Tuning, best_text, tune
from hwr.reader import Reader
from hwr.reading import Hypothesis, Weights

Progress = Callable[[int, int], None]
LINES_AT_ONCE = 16  # searched by one beam


@dataclass(frozen=True)
class Part:
    """One way to decode. cer, wer: with intervals; WER counts words between spaces.

    versus_greedy: its CER minus that of the greedy texts, on the same resampled lines; relative: that difference as a
    fraction of the greedy CER. fixed, broken, unchanged: lines that have fewer, more, or as many wrong characters as
    the greedy text has. digits: the lines whose true text has a digit.
    """

    name: str
    weights: Weights
    tuned: str
    texts: list[str]
    errors: list[LineErrors]
    cer: Interval
    wer: Interval
    digits: DigitLines
    versus_greedy: PairedDifference
    relative: Interval
    fixed: int
    broken: int
    unchanged: int

    def to_dict(self) -> dict[str, Any]:
        difference = self.versus_greedy
        return {
            "cer": vars(self.cer),
            "wer": vars(self.wer),
            "digits": self.digits.to_dict(),
            "weights": vars(self.weights),
            "tuned": self.tuned,
            "versus_greedy": vars(difference.difference) | {"p": difference.p_value},
            "relative": vars(self.relative),
            "fixed": self.fixed,
            "broken": self.broken,
            "unchanged": self.unchanged,
        }


@dataclass(frozen=True)
class Rescoring:
    """A data set read with language. Rates are fractions.

    parts: greedy; beam (the likeliest text); ngram and lm (each alone); rescored (what the reader shows: both); oracle
    (the best text of the two lists, which nobody could choose without the truth). versus_ngram: the CER of `rescored`
    minus that of `ngram`, which is what the language model adds.
    """

    lm: str
    evaluation: Evaluation
    parts: dict[str, Part]
    versus_ngram: PairedDifference

    @property
    def rescored(self) -> Part:
        return self.parts["rescored"]

    def to_dict(self) -> dict[str, Any]:
        """The object that `python -m hwr evaluate --lm NAME --json` prints."""
        base = self.evaluation.to_dict()
        lists = (
            f"{WIDTH} texts a line from the plain beam and {WIDTH} from the one led by the n-gram, and the greedy text"
        )
        return {
            **base,
            "protocol": base["protocol"] | {"lists": lists},
            "language_model": self.lm,
            **{name: part.to_dict() for name, part in self.parts.items()},
            "versus_ngram": vars(self.versus_ngram.difference) | {"p": self.versus_ngram.p_value},
            "fixed": self.rescored.fixed,
            "broken": self.rescored.broken,
            "unchanged": self.rescored.unchanged,
        }


@dataclass(frozen=True)
class Lists:
    """The lists of all lines, from the plain beam and from the one that the n-gram leads."""

    lines: list[EvaluatedLine]
    plain: list[list[Hypothesis]]
    fused: list[list[Hypothesis]]

    @property
    def references(self) -> list[str]:
        return [line.reference for line in self.lines]

    @property
    def greedy(self) -> list[str]:
        return [line.text for line in self.lines]

    def scored(self, lm: str, progress: Progress | None = None) -> Lists:
        """The same lists with a model's scores. Raises InputError when it cannot be had or cannot spell a text."""
        model = language_model(lm)
        plain: list[list[Hypothesis]] = []
        fused: list[list[Hypothesis]] = []
        for start in range(0, len(self.lines), LINES_AT_ONCE):
            part = slice(start, start + LINES_AT_ONCE)
            plain += with_language(self.plain[part], model)
            fused += with_language(self.fused[part], model)
            if progress:
                progress(len(plain), len(self.lines))
        return Lists(self.lines, plain, fused)


def collect_lists(decoder: NBestDecoder, lines: Sequence[EvaluatedLine], progress: Progress | None = None) -> Lists:
    """Both lists of every line, without a language model. Lines without ink have no list."""
    plain: list[list[Hypothesis]] = [[] for _ in lines]
    fused: list[list[Hypothesis]] = [[] for _ in lines]
    order = sorted((i for i, line in enumerate(lines) if line.reading), key=lambda i: len(lines[i].reading.log_probs))  # type: ignore[union-attr]
    for start in range(0, len(order), LINES_AT_ONCE):
        places = order[start : start + LINES_AT_ONCE]
        readings = [reading for i in places if (reading := lines[i].reading)]
        for lists, ngram in ((plain, False), (fused, True)):
            for i, hypotheses in zip(places, decoder.lists(readings, ngram=ngram), strict=True):
                lists[i] = hypotheses
        if progress:
            progress(start + len(places), len(order))
    return Lists(list(lines), plain, fused)


def evaluate_rescoring(
    reader: Reader,
    data: str | Path,
    split: str | None,
    lms: Sequence[str],
    *,
    limit: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Rescoring]:
    """Read a data set with and without language, at the weights that are stored with the checkpoint.

    lms: names of language models, each gives one result; `none` is the character n-gram alone. Arguments and errors
    otherwise as in `hwr.evaluation.evaluate.evaluate` and `Lists.scored`.
    """
    for lm in lms:
        if lm != "none":
            language_model(lm)  # a wrong name is told before the lines are read
    base = evaluate(reader, data, split, limit=limit, seed=seed, progress=progress)
    lists = collect_lists(reader.decoder, base.lines, progress)
    return [_rescoring(reader, base, lists, lm, seed, progress) for lm in lms]


def _rescoring(
    reader: Reader, base: Evaluation, lists: Lists, lm: str, seed: int, progress: Progress | None
) -> Rescoring:
    name = None if lm == "none" else lm
    if name:
        lists = lists.scored(name, progress)
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
    parts = {way: _part(way, lists, *how, seed) for way, how in texts.items()}
    wrong = {way: [e.character_errors for e in parts[way].errors] for way in ("ngram", "rescored")}
    characters = [e.characters for e in parts["greedy"].errors]
    return Rescoring(lm, base, parts, paired_bootstrap(wrong["rescored"], wrong["ngram"], characters, seed))


def _part(name: str, lists: Lists, texts: list[str], weights: Weights, tuned: str, seed: int) -> Part:
    errors = [line_errors(reference, text) for reference, text in zip(lists.references, texts, strict=True)]
    wrong = np.array([e.character_errors for e in errors])
    greedy = np.array([line.errors.character_errors for line in lists.lines])
    characters = [e.characters for e in errors]
    fixed, broken = int((wrong < greedy).sum()), int((wrong > greedy).sum())
    return Part(
        name,
        weights,
        tuned,
        texts,
        errors,
        cer=bootstrap_rate(wrong, characters, seed),
        wer=bootstrap_rate([e.word_errors["space"] for e in errors], [e.words["space"] for e in errors], seed),
        digits=DigitLines.of(lists.references, errors, seed),
        versus_greedy=paired_bootstrap(wrong, greedy, characters, seed),
        relative=paired_bootstrap(wrong, greedy, greedy, seed).difference,
        fixed=fixed,
        broken=broken,
        unchanged=len(errors) - fixed - broken,
    )


def summary(name: str, rescorings: Sequence[Rescoring]) -> list[dict[str, str]]:
    """Rows of the README's table for one data set: greedy, each part of language, and the best text of the lists."""
    first = rescorings[0].parts
    rows = [_row(name, first["greedy"], "greedy"), _row(name, first["beam"], "likeliest text of the beam")]
    rows.append(_row(name, first["ngram"], "n-gram alone"))
    for rescoring in rescorings:
        if "lm" in rescoring.parts:
            rows.append(_row(name, rescoring.parts["lm"], f"{rescoring.lm} alone"))
            rows.append(_row(name, rescoring.rescored, f"{rescoring.lm} and n-gram"))
            change = rescoring.versus_ngram.difference
            rows[-1]["against the n-gram alone"] = f"{change.value:+.2%} [{change.low:+.2%}, {change.high:+.2%}]"
    return [*rows, _row(name, first["oracle"], "best text of the lists")]


def _row(name: str, part: Part, how: str) -> dict[str, str]:
    cer, change, digits = part.cer, part.relative, part.digits
    same = part.name == "greedy"
    return {
        "set": name,
        "reading": how,
        "CER [95 %]": f"{cer.value:.1%} [{cer.low:.1%}, {cer.high:.1%}]",
        "WER": f"{part.wer.value:.1%}",
        "CER of lines with digits": f"{digits.cer.value:.1%} ({digits.lines})" if digits.cer else "",
        "errors against greedy": "" if same else f"{change.value:+.0%} [{change.low:+.0%}, {change.high:+.0%}]",
        "against the n-gram alone": "",
        "lines fixed / broken": "" if same else f"{part.fixed} / {part.broken}",
    }


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
    entries, chosen_split, command = {}, f"--split {split} " if split else "", "python -m hwr evaluate"
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
            "command": f"{command} --data {Path(data).name} {chosen_split}--lm {rescoring.lm} --examples {directory.name}",
        }
    if not entries:
        raise InputError("evaluation.no_example", lm=rescoring.lm, data=data)
    (directory / "examples.json").write_text(json.dumps(entries, indent=1, ensure_ascii=False), encoding="utf-8")


def tune_rescoring(
    reader: Reader, data: Sequence[str | Path], split: str, lms: Sequence[str], progress: Progress | None = None
) -> list[dict[str, Any]]:
    """The weights of language that read validation sets best, all their lines together: an entry for the n-gram alone
    and, for each model, one with and one without the n-gram.

    An entry has `lm` (None: the n-gram alone), `ngram`, `data`, `lines`, `alpha`, `beta`, `gamma`, and the character
    error rates `greedy`, `rescored` and `oracle` of these lines. Raises InputError for a split called test, when there
    are no lines, and as `Lists.scored` does.
    """
    if split_name(split) == "test":
        raise InputError("evaluation.test_split")
    for lm in lms:
        language_model(lm)  # a wrong name is told before the lines are read
    lines = [line for one in data for line in evaluate(reader, one, split, progress=progress).lines]
    lists = collect_lists(reader.decoder, lines, progress)
    where = ", ".join(f"{Path(one).stem}:{split}" for one in data)
    entries: list[dict[str, Any]] = []
    for lm in [None, *lms]:
        scored = lists.scored(lm, progress) if lm else lists
        for ngram in (True, False) if lm else (True,):
            tuning = tune(scored.fused if ngram else scored.plain, scored.references, scored.greedy)
            entries.append(_entry(lm, ngram, where, tuning))
    return entries


def _entry(lm: str | None, ngram: bool, where: str, tuning: Tuning) -> dict[str, Any]:
    rates = {name: round(float(getattr(tuning, name)), 5) for name in ("greedy", "rescored", "oracle")}
    return {"lm": lm, "ngram": ngram, "data": where, "lines": tuning.lines, **vars(tuning.weights), **rates}
