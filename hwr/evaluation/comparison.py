"""Two recognisers on the same lines: what the second mends, what it breaks, and whether the difference is one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from hwr.errors import InputError
from hwr.evaluation.bootstrap import PairedDifference, paired_bootstrap
from hwr.evaluation.error_rates import TOKENISATIONS, LineErrors
from hwr.evaluation.evaluate import EvaluatedLine, Evaluation, evaluate
from hwr.reader import Reader

Verdict = Literal["fixed", "broken", "unchanged"]


@dataclass(frozen=True)
class ComparedLine:
    """One line read by both.

    verdict: `fixed` where the second needs fewer character edits than the first, `broken` where it needs more.
    """

    image: str
    reference: str
    before: str
    after: str
    errors_before: int
    errors_after: int

    @property
    def verdict(self) -> Verdict:
        if self.errors_after == self.errors_before:
            return "unchanged"
        return "fixed" if self.errors_after < self.errors_before else "broken"


@dataclass(frozen=True)
class Comparison:
    """Two readings of a data set. cer, wer: rate of the second minus rate of the first (below 0: the second is better)."""

    lines: list[ComparedLine]
    cer: PairedDifference
    wer: dict[str, PairedDifference]

    def of(self, verdict: Verdict) -> list[ComparedLine]:
        """The lines of one verdict, the largest change first."""
        found = [line for line in self.lines if line.verdict == verdict]
        return sorted(found, key=lambda line: -abs(line.errors_after - line.errors_before))

    def to_dict(self) -> dict[str, Any]:
        return {
            "lines": len(self.lines),
            **{verdict: len(self.of(verdict)) for verdict in ("fixed", "broken", "unchanged")},
            "cer": difference_dict(self.cer),
            "wer": {name: difference_dict(value) for name, value in self.wer.items()},
        }


def difference_dict(value: PairedDifference) -> dict[str, float]:
    return {**vars(value.difference), "p_value": value.p_value}


def compare(before: Sequence[EvaluatedLine], after: Sequence[EvaluatedLine], seed: int = 0) -> Comparison:
    """Compare two evaluations line by line. Raises InputError when they are not of the same lines."""
    if [(line.record, line.reference) for line in before] != [(line.record, line.reference) for line in after]:
        raise InputError("evaluation.other_lines")
    lines = [
        ComparedLine(a.image, a.reference, a.text, b.text, a.errors.character_errors, b.errors.character_errors)
        for a, b in zip(before, after, strict=True)
    ]
    errors = [line.errors for line in before], [line.errors for line in after]
    wer = {name: word_difference(*errors, name, seed) for name in TOKENISATIONS}
    return Comparison(lines, character_difference(*errors, seed), wer)


def character_difference(before: Sequence[LineErrors], after: Sequence[LineErrors], seed: int = 0) -> PairedDifference:
    """CER of the second minus CER of the first, with its paired bootstrap interval over lines."""
    a, b = ([line.character_errors for line in lines] for lines in (after, before))
    return paired_bootstrap(a, b, [line.characters for line in before], seed)


def word_difference(
    before: Sequence[LineErrors], after: Sequence[LineErrors], tokenisation: str, seed: int = 0
) -> PairedDifference:
    """WER of the second minus WER of the first, likewise."""
    a, b = ([line.word_errors[tokenisation] for line in lines] for lines in (after, before))
    return paired_bootstrap(a, b, [line.words[tokenisation] for line in before], seed)


def compare_checkpoints(
    before: Reader,
    after: Reader,
    data: str | Path,
    split: str | None = None,
    *,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Comparison, Evaluation, Evaluation]:
    """Read a data set with both and compare; arguments and errors as in `evaluate`."""
    first, second = (
        evaluate(reader, data, split, limit=limit, seed=seed, progress=progress) for reader in (before, after)
    )
    return compare(first.lines, second.lines, seed), first, second
