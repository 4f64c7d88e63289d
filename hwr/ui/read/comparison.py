"""One image read by two checkpoints: their texts under each other, what differs, what the second fixed and broke."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hwr.evaluation.error_rates import edits
from hwr.ui.line.differences import marked, word_changes
from hwr.ui.models.readers import ModelKey
from hwr.ui.page.html import both, escape


@dataclass(frozen=True)
class TwoTexts:
    """One line read twice. changes: edits between the readings, characters.

    Only where it is known what is written: errors_before and errors_after: edits from that; fixed, broken: its words
    that the second reading has right and the first not, and the other way round.
    """

    before: str
    after: str
    changes: int
    truth: str | None = None
    errors_before: int = 0
    errors_after: int = 0
    fixed: int = 0
    broken: int = 0


def two_texts(before: str, after: str, truth: str | None) -> TwoTexts:
    """
    >>> two_texts("the eat sat", "tbe cat sat", "the cat sat")  # doctest: +NORMALIZE_WHITESPACE
    TwoTexts(before='the eat sat', after='tbe cat sat', changes=2, truth='the cat sat',
             errors_before=1, errors_after=1, fixed=1, broken=1)
    """
    changes = edits(before, after)
    if truth is None:
        return TwoTexts(before, after, changes)
    errors = edits(truth, before), edits(truth, after)
    return TwoTexts(before, after, changes, truth, *errors, *word_changes(truth, before, after))


@dataclass(frozen=True)
class ComparedTexts:
    """The texts of the compared checkpoint for the lines of a reading (`number`, as `Shown.number`), and both names as markup.

    model: None where nothing is compared.
    """

    model: ModelKey | None = None
    number: int = -1
    texts: tuple[str, ...] = ()
    name: str = ""
    shown_name: str = ""


@dataclass(frozen=True)
class Comparison:
    """Every line of an image read twice, in the order of the page; `matched`: both found the same number of lines."""

    lines: list[TwoTexts] = field(default_factory=list)
    matched: bool = True

    def total(self, name: str) -> int:
        return sum(getattr(line, name) for line in self.lines)

    @property
    def changed(self) -> int:
        """Lines that the two read differently."""
        return sum(line.changes > 0 for line in self.lines)

    @property
    def judged(self) -> list[TwoTexts]:
        """The lines of which it is known what is written."""
        return [line for line in self.lines if line.truth is not None]


def compare_texts(before: Sequence[str], after: Sequence[str], truths: Sequence[str | None]) -> Comparison:
    """The lines of two readings side by side; as one text where the two did not find the same lines."""
    if len(before) == len(after) == len(truths):
        lines = [two_texts(a, b, truth) for a, b, truth in zip(before, after, truths, strict=True)]
        return Comparison(lines)
    return Comparison([two_texts("\n".join(before), "\n".join(after), None)], matched=False)


def comparison_card(found: Comparison, compared: ComparedTexts, line: int) -> str:
    """The line that is looked at, read by both, and the sums over the page where it has several lines."""
    place = line if found.matched and line < len(found.lines) else 0
    texts = found.lines[place]
    rows = [
        (compared.name, (escape(texts.before) or _nothing()) + _right(texts, texts.before)),
        (compared.shown_name, (marked(texts.before, texts.after) or _nothing()) + _right(texts, texts.after)),
        *([(both("viewer.truth"), escape(texts.truth))] if texts.truth is not None else []),
    ]
    terms = "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in rows)
    page = ""
    if len(found.lines) > 1:
        page = f"<p>{both('comparison.page', changed=found.changed, lines=len(found.lines))} {_sums(found)}</p>"
    elif not found.matched:
        page = f"<p>{both('comparison.unmatched')}</p>"
    heading = (
        both("comparison.line", n=place + 1, lines=len(found.lines))
        if len(found.lines) > 1
        else both("comparison.title")
    )
    return (
        f'<div class="hwr-comparison"><h2>{heading}</h2><dl>{terms}</dl>'
        f"<p>{_verdict(texts)} {_sums(Comparison([texts]))}</p>{page}</div>"
    )


def _nothing() -> str:
    return f'<span class="hwr-d-none">{both("decode.nothing")}</span>'


def _right(texts: TwoTexts, text: str) -> str:
    return f' <small class="hwr-right">{both("comparison.right")}</small>' if texts.truth == text else ""


def _verdict(texts: TwoTexts) -> str:
    if not texts.changes:
        wrong = both("comparison.wrong", n=texts.errors_after) if texts.errors_after else ""
        return f"{both('comparison.same')} {wrong}"
    return both("comparison.changes.one") if texts.changes == 1 else both("comparison.changes", n=texts.changes)


def _sums(found: Comparison) -> str:
    """Fixed and broken words and errors before and after, of the lines of which it is known what is written."""
    known = Comparison(found.judged)
    if not known.total("changes"):
        return ""
    partly = len(known.lines) < len(found.lines)
    of = both("comparison.judged", known=len(known.lines), lines=len(found.lines)) if partly else ""
    words = both("decode.effect.words", fixed=known.total("fixed"), broken=known.total("broken"))
    errors = both("decode.effect.errors", before=known.total("errors_before"), after=known.total("errors_after"))
    return f"{of} {words} {errors}"
