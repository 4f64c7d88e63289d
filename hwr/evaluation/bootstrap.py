"""How far a measured error rate may be from the true one: bootstrap over lines (Efron 1979; Bisani and Ney 2004)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hwr.errors import InputError

Counts = Sequence[int] | np.ndarray  # one number for each line

RESAMPLES = 5000
_CHUNK = 1_000_000  # drawn line indices held at once


@dataclass(frozen=True)
class Interval:
    """A measured value and the ends of its confidence interval, in the value's unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class PairedDifference:
    """Rate of system a minus rate of system b on the same lines (below 0: a is better), and the two-sided p value."""

    difference: Interval
    p_value: float


def bootstrap_rate(
    errors: Counts, lengths: Counts, seed: int = 0, resamples: int = RESAMPLES, level: float = 0.95
) -> Interval:
    """Percentile interval of sum(errors) / sum(lengths), lines drawn with replacement.

    `errors` and `lengths` (N,): edits and reference length of each line; a total length of 0 counts as 1, as in
    `hwr.evaluation.error_rates.rate`. The same seed gives the same interval.
    Raises InputError without lines, ValueError when the two differ in length.

    >>> bootstrap_rate([1, 1, 1], [10, 10, 10])
    Interval(value=0.1, low=0.1, high=0.1)
    """
    counts = _columns(errors, lengths)
    rates = _ratio(*_resampled_sums(counts, seed, resamples))
    low, high = _percentiles(rates, level)
    return Interval(float(_ratio(*counts.sum(axis=1))), low, high)


def bootstrap_mean(
    values: Sequence[float] | np.ndarray, seed: int = 0, resamples: int = RESAMPLES, level: float = 0.95
) -> Interval:
    """Percentile interval of the mean of one number a line, (N,), lines drawn with replacement.

    Means of columns of equal length and seed are taken over the same draws, so an interval of differences is a paired
    one. Raises InputError without lines.

    >>> bootstrap_mean([0.5, 0.5])
    Interval(value=0.5, low=0.5, high=0.5)
    """
    column = np.asarray(values, dtype=np.float64)
    if not len(column):
        raise InputError("evaluation.no_lines")
    generator = np.random.default_rng(seed)
    means = np.empty(resamples)
    step = max(1, _CHUNK // len(column))
    for start in range(0, resamples, step):
        drawn = generator.integers(len(column), size=(min(step, resamples - start), len(column)))
        means[start : start + step] = column[drawn].mean(axis=1)
    low, high = _percentiles(means, level)
    return Interval(float(column.mean()), low, high)


def paired_bootstrap(
    errors_a: Counts,
    errors_b: Counts,
    lengths: Counts,
    seed: int = 0,
    resamples: int = RESAMPLES,
    level: float = 0.95,
) -> PairedDifference:
    """Percentile interval of rate a - rate b, both taken on the same resampled lines, and a p value.

    `errors_a`, `errors_b`, `lengths` (N,). The p value inverts the interval: of the R resamples, k have a difference
    on the rarer side of 0 (those at 0 are on both sides), and p = 2 (k + 1) / (R + 1), at most 1 and never 0.
    Raises InputError without lines, ValueError when the three differ in length.

    >>> paired_bootstrap([2, 3, 4], [2, 3, 4], [10, 10, 10])
    PairedDifference(difference=Interval(value=0.0, low=0.0, high=0.0), p_value=1.0)
    """
    counts = _columns(errors_a, errors_b, lengths)
    a, b, length = _resampled_sums(counts, seed, resamples)
    differences = _ratio(a - b, length)
    low, high = _percentiles(differences, level)
    tail = min(np.count_nonzero(differences <= 0), np.count_nonzero(differences >= 0))
    total_a, total_b, total_length = counts.sum(axis=1)
    value = float(_ratio(total_a - total_b, total_length))
    return PairedDifference(Interval(value, low, high), min(1.0, 2 * (tail + 1) / (resamples + 1)))


def _columns(*columns: Counts) -> np.ndarray:
    if len({len(column) for column in columns}) > 1:
        raise ValueError(f"the lists have {', '.join(str(len(column)) for column in columns)} lines; they must agree")
    if len(columns[0]) == 0:
        raise InputError("evaluation.no_lines")
    return np.array(columns, dtype=np.int64)


def _resampled_sums(counts: np.ndarray, seed: int, resamples: int) -> np.ndarray:
    """Sums (K, R) of K counts (K, N) over R draws of N lines."""
    generator = np.random.default_rng(seed)
    lines = counts.shape[1]
    sums = np.empty((len(counts), resamples), dtype=np.int64)
    step = max(1, _CHUNK // lines)
    for start in range(0, resamples, step):
        drawn = generator.integers(lines, size=(min(step, resamples - start), lines))
        for row, column in enumerate(counts):
            sums[row, start : start + step] = column[drawn].sum(axis=1)
    return sums


def _ratio(errors: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return errors / np.maximum(lengths, 1)


def _percentiles(values: np.ndarray, level: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
