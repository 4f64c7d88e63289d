"""Texts to write: prose, runs of it that a writer's words can spell, and numbers, dates and codes."""

from __future__ import annotations

import gzip
from collections.abc import Collection
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


def made_up_text(rng: np.random.Generator) -> str:
    """Numbers, dates, prices, codes and stray symbols, which prose has few of."""

    def digits(low: int, high: int) -> str:
        return "".join(str(d) for d in rng.integers(0, 10, int(rng.integers(low, high + 1))))

    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    symbols = "!\"#$%&'()*+,-./:;<=>?@[]_{}«»°€£§àâäçèéêëîïôöùûüœæÀÇÈÉÊÔŒñóáíúß"

    def piece() -> str:
        kind = int(rng.integers(0, 8))
        if kind == 0:
            return digits(1, 6)
        if kind == 1:
            return f"{rng.integers(1, 32)}{rng.choice(['/', '.', '-'])}{rng.integers(1, 13)}{rng.choice(['/', '.', '-'])}{rng.integers(1700, 2030)}"
        if kind == 2:
            return f"{rng.choice(['$', '€', '£', ''])}{digits(1, 3)}{rng.choice(['.', ','])}{digits(2, 2)}{rng.choice(['', '%', ' kg', ' km'])}"
        if kind == 3:
            return f"{rng.integers(0, 24)}:{rng.integers(0, 60):02d}"
        if kind == 4:
            return f"({digits(2, 3)}) {digits(3, 3)}-{digits(4, 4)}"
        if kind == 5:
            return "".join(letters[i] for i in rng.integers(0, len(letters), int(rng.integers(1, 7))))
        if kind == 6:
            return "".join(letters[i] for i in rng.integers(0, 26, int(rng.integers(1, 4)))) + digits(1, 4)
        return "".join(symbols[i] for i in rng.integers(0, len(symbols), int(rng.integers(1, 4))))

    return " ".join(piece() for _ in range(int(rng.integers(1, 5))))
