"""Character and word error rates, counted line by line, and the differences behind them.

Texts are compared as they are given, case kept and one code point a character: bring both sides through
`hwr.recognizer.charset.normalize_text` first. A corpus rate is the sum of the edits over the sum of the reference
lengths, not the mean of the lines' rates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import jiwer

Tokenisation = Literal["space", "tokens", "htr_vt"]
TOKENISATIONS: tuple[Tokenisation, ...] = get_args(Tokenisation)

_TOKEN = re.compile(r"\w+|[^\w\s]")
# The signs that the published HTR scripts set apart. Unlike `tokens`, the list has the underscore, but neither the
# backslash nor $ @ | ~ ^ nor any mark of another script.
_HTR_VT_SIGNS = re.compile("([" + re.escape("[]{}/()\"'&+*=<>?.;:,!-—_€#%°") + "])")


@dataclass(frozen=True)
class LineErrors:
    """Edits (insertions, deletions, replacements) of one line and its reference's lengths; words by tokenisation."""

    character_errors: int
    characters: int
    word_errors: dict[str, int]
    words: dict[str, int]


@dataclass(frozen=True)
class ErrorRates:
    """Rates of a corpus, as fractions (0.05 is 5 %, and they can pass 1); `wer` by tokenisation."""

    cer: float
    wer: dict[str, float]
    lines: int
    characters: int
    words: dict[str, int]


def aligned(reference: Sequence[str], hypothesis: Sequence[str]) -> list[jiwer.AlignmentChunk]:
    """The fewest edits that turn the reference into the hypothesis, as chunks from left to right (equal ones too).

    Both are characters (a text) or words (a list of them). Both sides of a `substitute` are equally long.

    >>> [(chunk.type, chunk.ref_start_idx, chunk.hyp_end_idx) for chunk in aligned("cart", "cut")]
    [('equal', 0, 1), ('substitute', 1, 2), ('delete', 2, 2), ('equal', 3, 3)]
    """
    return _processed(reference, hypothesis).alignments[0]


def edits(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """How many insertions, deletions and replacements that takes (Levenshtein distance).

    >>> edits("cart", "cut"), edits(["a", "cat"], ["cat"]), edits("", "")
    (2, 1, 0)
    """
    found = _processed(reference, hypothesis)
    return found.substitutions + found.deletions + found.insertions


def _processed(reference: Sequence[str], hypothesis: Sequence[str]) -> jiwer.WordOutput:
    """jiwer's alignment of units that are cut already: its own transforms would strip and join them."""
    return jiwer.process_words(list(reference), list(hypothesis), _as_one_line, _as_one_line)  # type: ignore[arg-type]


def _as_one_line(units: list[str]) -> list[list[str]]:
    return [units]


def tokenize(text: str, tokenisation: Tokenisation) -> list[str]:
    """Words of a text, by one of three conventions; an empty text has none.

    - `space`: what stands between white space, punctuation attached.
    - `tokens`: runs of letters, digits and underscores, and each other sign alone (Unicode, any script).
    - `htr_vt`: as `space`, after the signs of a fixed list are set apart (the spacing of HTR-VT, Li et al. 2024, and of
      Retsinas et al. 2022). Signs not in the list, such as $, stay attached; an underscore, which `tokens` keeps, is
      set apart.

    >>> tokenize("a_b, $5!", "space"), tokenize("a_b, $5!", "tokens"), tokenize("a_b, $5!", "htr_vt")
    (['a_b,', '$5!'], ['a_b', ',', '$', '5', '!'], ['a', '_', 'b', ',', '$5', '!'])
    """
    if tokenisation == "tokens":
        return _TOKEN.findall(text)
    if tokenisation == "htr_vt":
        text = _HTR_VT_SIGNS.sub(r" \1 ", text)
    elif tokenisation != "space":
        raise ValueError(f"the tokenisation must be one of {', '.join(TOKENISATIONS)}, not {tokenisation!r}")
    return text.split()


def line_errors(reference: str, hypothesis: str) -> LineErrors:
    """Levenshtein distances between a reference and a hypothesis, over characters and over words.

    >>> line_errors("the cat.", "the cut")
    LineErrors(character_errors=2, characters=8, word_errors={'space': 1, 'tokens': 2, 'htr_vt': 2}, \
words={'space': 2, 'tokens': 3, 'htr_vt': 3})
    """
    word_errors, words = {}, {}
    for tokenisation in TOKENISATIONS:
        reference_words = tokenize(reference, tokenisation)
        word_errors[tokenisation] = edits(reference_words, tokenize(hypothesis, tokenisation))
        words[tokenisation] = len(reference_words)
    return LineErrors(edits(reference, hypothesis), len(reference), word_errors, words)


def error_rates(lines: Sequence[LineErrors]) -> ErrorRates:
    """Corpus rates: sum of edits / sum of reference lengths; see `rate` for references that are all empty.

    >>> rates = error_rates([line_errors("ab", "a"), line_errors("", "x"), line_errors("cd ef", "cd ef")])
    >>> round(rates.cer, 3), round(rates.wer["space"], 3)
    (0.286, 0.667)
    """
    characters = sum(line.characters for line in lines)
    words = {name: sum(line.words[name] for line in lines) for name in TOKENISATIONS}
    word_errors = {name: sum(line.word_errors[name] for line in lines) for name in TOKENISATIONS}
    return ErrorRates(
        cer=rate(sum(line.character_errors for line in lines), characters),
        wer={name: rate(word_errors[name], words[name]) for name in TOKENISATIONS},
        lines=len(lines),
        characters=characters,
        words=words,
    )


def rate(errors: int, length: int) -> float:
    """errors / length, where a length of 0 counts as 1: nothing read where nothing stands is 0, an insertion is not.

    >>> rate(1, 4), rate(0, 0), rate(3, 0)
    (0.25, 0.0, 3.0)
    """
    return errors / max(length, 1)


def cer(references: Sequence[str], hypotheses: Sequence[str]) -> float:
    """Character error rate of a corpus, as a fraction. Raises ValueError when the two lists differ in length.

    >>> cer(["abcd"], ["abc"])
    0.25
    """
    pairs = list(zip(references, hypotheses, strict=True))
    return rate(sum(edits(a, b) for a, b in pairs), sum(len(a) for a, _ in pairs))


def wer(references: Sequence[str], hypotheses: Sequence[str], tokenisation: Tokenisation = "space") -> float:
    """Word error rate of a corpus, as a fraction. Raises ValueError when the two lists differ in length.

    >>> wer(["a cat."], ["a cat"]), round(wer(["a cat."], ["a cat"], "tokens"), 3)
    (0.5, 0.333)
    """
    pairs = [
        (tokenize(a, tokenisation), tokenize(b, tokenisation)) for a, b in zip(references, hypotheses, strict=True)
    ]
    return rate(sum(edits(a, b) for a, b in pairs), sum(len(a) for a, _ in pairs))
