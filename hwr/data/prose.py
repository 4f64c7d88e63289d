"""Texts to write: prose, runs of it that a writer's words can spell, and numbers, dates and codes."""

from __future__ import annotations

import gzip
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import numpy as np

from hwr.errors import InputError
from hwr.paths import ASSETS
from hwr.recognizer.charset import normalize_text

OWN_SENTENCES = ASSETS / "sentences.txt"
MARKS = ".,;:!?'\"-"
AROUND = MARKS + "()[]_*"  # what may stand before or after a word


def read_paragraphs(path: Path | None, limit: int | None = None) -> list[str]:
    """Paragraphs of a text file (one a line, .gz too); without a file the sentences that ship with the program."""
    path = path or OWN_SENTENCES
    if not path.is_file():
        raise InputError("data.no_prose", path=path)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        paragraphs = [line.strip() for line in lines if line.strip()]
    return paragraphs if limit is None else paragraphs[:: max(1, len(paragraphs) // limit)][:limit]


class SentenceFinder:
    """Finds runs of words in running prose that one writer wrote, so that a composed line is a natural sentence.

    Words and their closing punctuation are compared apart: "house," is found for a writer of "house".
    """

    def __init__(self, paragraphs: list[str], shortest: int = 3, longest: int = 9) -> None:
        self.shortest, self.longest = shortest, longest
        self.tokens = [token for paragraph in paragraphs for token in normalize_text(paragraph).split()]
        self.bare = [token.strip(AROUND) for token in self.tokens]
        ids: dict[str, int] = {}
        self._ids = np.array([ids.setdefault(word, len(ids)) for word in self.bare], dtype=np.int32)
        self._word_ids = ids

    def runs(self, words: Collection[str]) -> list[tuple[int, int]]:
        """(start, end) of every run of at least `shortest` tokens that are all in `words`."""
        known = np.zeros(len(self._word_ids), dtype=bool)
        for text in words:
            if text in self._word_ids:
                known[self._word_ids[text]] = True
        if "" in self._word_ids:
            known[self._word_ids[""]] = False
        inside = np.concatenate([[False], known[self._ids], [False]]).astype(np.int8)
        edges = np.diff(inside)
        starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        long_enough = ends - starts >= self.shortest
        return list(zip(starts[long_enough].tolist(), ends[long_enough].tolist(), strict=True))

    def sentence(self, runs: list[tuple[int, int]], rng: np.random.Generator) -> list[str]:
        """Tokens (word with its punctuation) of a random piece of a random run."""
        start, end = runs[rng.integers(len(runs))]
        length = int(rng.integers(self.shortest, min(self.longest, end - start) + 1))
        start = int(rng.integers(start, end - length + 1))
        return self.tokens[start : start + length]

    def line(self, runs: list[tuple[int, int]], characters: int, rng: np.random.Generator) -> list[str]:
        """Pieces of random runs, one after the other, as many tokens as fit into so many characters."""
        tokens: list[str] = []
        while sum(len(token) + 1 for token in tokens) <= characters:
            tokens += self.sentence(runs, rng)
        return cut_to(tokens, characters)


def wanted_length(rng: np.random.Generator) -> int:
    """How many characters a line should have: 5 to 70, most of them as real lines have, 40 to 60.

    >>> lengths = [wanted_length(np.random.default_rng(i)) for i in range(500)]
    >>> min(lengths) >= 5, max(lengths) <= 70, 30 < sum(lengths) / 500 < 45
    (True, True, True)
    """
    low, high = (5, 40) if rng.random() < 0.4 else (35, 70)
    return int(rng.integers(low, high + 1))


def cut_to(tokens: list[str], characters: int) -> list[str]:
    """The first tokens that fit into so many characters with a blank between each, at least one.

    >>> cut_to(["a", "bad", "hat"], 5), cut_to(["sentence"], 3)
    (['a', 'bad'], ['sentence'])
    """
    ends = np.cumsum([len(token) + 1 for token in tokens]) - 1
    return tokens[: max(1, int(np.searchsorted(ends, characters, side="right")))]


def with_marks(word: str, rng: np.random.Generator) -> str:
    """A word with the marks that prose might put around it: most get none.

    >>> [with_marks("hat", np.random.default_rng(seed)) for seed in (2, 3)]
    ['hat', 'hat,']
    """
    if not (word[0].isalnum() and word[-1].isalnum()):
        return word
    kind = rng.random()
    if kind < 0.02:
        return f'"{word}"'
    if kind < 0.04:
        return f"'{word}'"
    return word + (str(rng.choice(list(",,,,....;:!?-"))) if kind < 0.18 else "")


LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SYMBOLS = "!\"#$%&'()*+,-./:;<=>?@[]_{}«»°€£§àâäçèéêëîïôöùûüœæÀÇÈÉÊÔŒñóáíúß"
NUMBERS = 5  # kinds of numbers


def _digits(low: int, high: int, rng: np.random.Generator) -> str:
    return "".join(str(d) for d in rng.integers(0, 10, int(rng.integers(low, high + 1))))


def number(rng: np.random.Generator) -> str:
    """A number, date, price, time or telephone number.

    >>> [number(np.random.default_rng(seed)) for seed in (0, 3)]
    ['(523) 000-1869', '(12) 188-5003']
    """
    kind = int(rng.integers(0, NUMBERS))
    if kind == 0:
        return _digits(1, 6, rng)
    if kind == 1:
        mark = str(rng.choice(["/", ".", "-"]))
        return f"{rng.integers(1, 32)}{mark}{rng.integers(1, 13)}{mark}{rng.integers(1700, 2030)}"
    if kind == 2:
        unit = rng.choice(["", "%", " kg", " km"])
        return (
            f"{rng.choice(['$', '€', '£', ''])}{_digits(1, 3, rng)}{rng.choice(['.', ','])}{_digits(2, 2, rng)}{unit}"
        )
    if kind == 3:
        return f"{rng.integers(0, 24)}:{rng.integers(0, 60):02d}"
    return f"({_digits(2, 3, rng)}) {_digits(3, 3, rng)}-{_digits(4, 4, rng)}"


def _code(rng: np.random.Generator) -> str:
    return "".join(LETTERS[i] for i in rng.integers(0, 26, int(rng.integers(1, 4)))) + _digits(1, 4, rng)


def made_up_text(rng: np.random.Generator) -> str:
    """Numbers, dates, prices, codes and stray symbols, which prose has few of."""

    def piece() -> str:
        kind = int(rng.integers(0, NUMBERS + 3))
        if kind < NUMBERS:
            return number(rng)
        if kind == NUMBERS:
            return "".join(LETTERS[i] for i in rng.integers(0, len(LETTERS), int(rng.integers(1, 7))))
        if kind == NUMBERS + 1:
            return _code(rng)
        return "".join(SYMBOLS[i] for i in rng.integers(0, len(SYMBOLS), int(rng.integers(1, 4))))

    return " ".join(piece() for _ in range(int(rng.integers(1, 5))))


def with_numbers(paragraphs: Iterable[str], share: float, seed: int = 0) -> Iterator[str]:
    """Paragraphs in which a `share` of the words are numbers, so that a model of them does not take digits for words.

    Half of them are plain numbers of one to four digits, as running text has most; the others are dates, prices, times,
    telephone numbers and, one in ten, codes.

    >>> list(with_numbers(["She wrote a letters and", "came home."], 0.4, seed=2))
    ['(80) 522-6352 6 a 269 and', 'came 3355']
    """
    rng = np.random.default_rng(seed)
    for paragraph in paragraphs:
        yield " ".join(mixed_with_numbers(paragraph.split(" "), share, rng))


def mixed_with_numbers(words: list[str], share: float, rng: np.random.Generator) -> list[str]:
    """The words with a `share` of them replaced, as `with_numbers` does."""
    words = list(words)
    for place in np.flatnonzero(rng.random(len(words)) < share):
        words[place] = number_in_prose(rng)
    return words


def number_in_prose(rng: np.random.Generator) -> str:
    kind = rng.random()
    if kind < 0.5:
        return _digits(1, 4, rng)
    return number(rng) if kind < 0.9 else _code(rng)
