"""Interpolated Kneser-Ney smoothing over packed n-grams: from counts to shares, rests, and the n-grams worth keeping.

The shares of the full order are discounted counts, those of shorter contexts discounted numbers of different characters
that go before (Kneser & Ney 1995; the three discounts are those of Chen & Goodman 1999, equation 26).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class Level:
    """All contexts of one length k, sorted by key (a byte for each character, the latest lowest), and their entries.

    The entries of context i are `starts[i]` to `starts[i + 1]`, sorted by character.
    """

    contexts: np.ndarray  # (n,) int64
    starts: np.ndarray  # (n + 1,) int64
    characters: np.ndarray  # (m,) uint8, ids
    shares: np.ndarray  # (m,)
    rests: np.ndarray  # (n,)

    @cached_property
    def keys(self) -> np.ndarray:
        """Context and character of each entry in one int64, (m,), sorted."""
        return (np.repeat(self.contexts, np.diff(self.starts)) << 8) | self.characters

    def entries_of(self, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Indices of the entries of the contexts at `places`, context by context, and how many each has."""
        sizes = self.starts[places + 1] - self.starts[places]
        before = np.cumsum(sizes) - sizes
        return np.arange(sizes.sum()) + np.repeat(self.starts[places] - before, sizes), sizes

    def applied(self, shorter: np.ndarray, contexts: np.ndarray) -> np.ndarray:
        """P(. | contexts) (n, V + 1) from P(. | contexts without their first character) (n, V + 1)."""
        probs = shorter.copy()
        rows, places = find(self.contexts, contexts)
        entries, sizes = self.entries_of(places)
        probs[rows] *= self.rests[places, None]
        probs[np.repeat(rows, sizes), self.characters[entries]] += self.shares[entries]
        return probs


def find(table: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which of the keys stand in the sorted table, and where in it."""
    if not len(table):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    places = np.minimum(np.searchsorted(table, keys), len(table) - 1)
    rows = np.nonzero(table[places] == keys)[0]
    return rows, places[rows]


def summed(keys: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct keys, sorted, and the sum of the counts of each."""
    order = np.argsort(keys, kind="stable")
    keys, counts = keys[order], counts[order]
    firsts = np.nonzero(np.append(True, keys[1:] != keys[:-1]))[0]
    return keys[firsts], np.add.reduceat(counts, firsts)


def _discounts(counts: np.ndarray) -> np.ndarray:
    """What is taken from a count of 0, 1, 2, and 3 or more (Chen & Goodman 1999, equation 26).

    Where too few n-grams were seen once to four times for the formula, 1/2 is taken from all.
    """
    n1, n2, n3, n4 = (int((counts == times).sum()) for times in (1, 2, 3, 4))
    if min(n1, n2, n3, n4) > 0:
        y = n1 / (n1 + 2 * n2)
        discounts = np.array([0.0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3])
        if (discounts[1:] > 0).all():
            return discounts
    return np.array([0.0, 0.5, 0.5, 0.5])


def estimate(windows: np.ndarray, counts: np.ndarray, order: int, classes: int) -> list[tuple[Level, np.ndarray]]:
    """Levels of the contexts of 0 to order - 1 characters, and what each entry is worth (see `CharacterNGram.train`)."""
    tables = [(windows, counts, counts)]  # n-grams, how often seen, and the number that is discounted
    for length in range(order - 1, 0, -1):
        longer, seen, _ = tables[-1]
        shorter = longer & ((1 << 8 * length) - 1)
        keys, different = summed(shorter, np.ones_like(seen))
        tables.append((keys, summed(shorter, seen)[1], different))
    levels: list[tuple[Level, np.ndarray]] = []
    lower_keys, lower_probs = np.zeros(1, dtype=np.int64), np.array([1.0 / classes])
    for length, (keys, seen, counted) in enumerate(reversed(tables)):
        contexts, firsts, sizes = np.unique(keys >> 8, return_index=True, return_counts=True)
        taken = _discounts(counted)[np.minimum(counted, 3)]
        totals = np.add.reduceat(counted, firsts)
        shares = (counted - taken) / np.repeat(totals, sizes)
        rests = np.add.reduceat(taken, firsts) / totals
        below = lower_probs[np.searchsorted(lower_keys, keys & ((1 << 8 * length) - 1))]
        probs = shares + np.repeat(rests, sizes) * below
        worth = seen * np.log(probs / ((shares + np.repeat(rests, sizes)) * below))
        starts = np.append(firsts, len(keys)).astype(np.int64)
        levels.append((Level(contexts, starts, (keys & 0xFF).astype(np.uint8), shares, rests), worth))
        lower_keys, lower_probs = keys, probs
    return levels


def pruned(levels: list[tuple[Level, np.ndarray]], max_entries: int) -> list[Level]:
    """All single characters and the longer n-grams that are worth most, `max_entries` in all at most."""
    worths = np.concatenate([worth for _, worth in levels[1:]]) if len(levels) > 1 else np.zeros(0)
    kept = np.zeros(len(worths), dtype=bool)
    kept[np.argsort(-worths, kind="stable")[: max(max_entries - len(levels[0][1]), 0)]] = True
    results, place = [levels[0][0]], 0
    for level, worth in levels[1:]:
        keep = kept[place : place + len(worth)]
        place += len(worth)
        of = np.repeat(np.arange(len(level.contexts)), np.diff(level.starts))[keep]
        shares = level.shares[keep]
        used, firsts = np.unique(of, return_index=True)
        left = level.shares * ~keep
        rests = (level.rests + np.add.reduceat(left, level.starts[:-1]))[used]
        starts = np.append(firsts, len(of)).astype(np.int64)
        results.append(Level(level.contexts[used], starts, level.characters[keep], shares, rests))
    return results
