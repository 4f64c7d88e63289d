"""Two systems, each trained with several seeds: how they differ on other lines, and with other seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hwr.evaluation.bootstrap import Interval, PairedDifference, paired_bootstrap
from hwr.evaluation.error_rates import LineErrors


@dataclass(frozen=True)
class SeededDifference:
    """CER of one system minus that of another.

    over_lines: edits of a line summed over seeds, lines resampled: what other lines would give. by_seed: each seed's own.
    over_seeds: t interval of their mean: what other seeds would give; None where they share one seed only.
    """

    over_lines: PairedDifference
    by_seed: dict[int, float]
    over_seeds: Interval | None

    def to_dict(self) -> dict[str, Any]:
        lines = {**asdict(self.over_lines.difference), "p_value": self.over_lines.p_value}
        return {**lines, "by_seed": self.by_seed, "over_seeds": self.over_seeds and asdict(self.over_seeds)}


def seeded_difference(
    first: Mapping[int, Mapping[str, LineErrors]], second: Mapping[int, Mapping[str, LineErrors]], seed: int = 0
) -> SeededDifference | None:
    """CER of the second minus CER of the first, over the seeds that both have; None where they share none.

    first, second: by training seed, the edits of every line by its name. seed: of the bootstrap.
    """
    seeds = [s for s in first if first[s] and second.get(s)]
    if not seeds:
        return None
    lines = list(first[seeds[0]])
    a, b = (
        np.array([[system[s][line].character_errors for line in lines] for s in seeds]) for system in (second, first)
    )
    lengths = np.array([first[seeds[0]][line].characters for line in lines])
    by_seed = (a - b).sum(1) / max(1, lengths.sum())
    return SeededDifference(
        paired_bootstrap(a.sum(0), b.sum(0), lengths * len(seeds), seed),
        dict(zip(seeds, by_seed.tolist(), strict=True)),
        t_interval(by_seed) if len(seeds) > 1 else None,
    )


def t_interval(values: Sequence[float] | np.ndarray, level: float = 0.95) -> Interval:
    """Mean of two or more values and its interval by Student's t (Student 1908).

    >>> t_interval([1.0, 1.0])
    Interval(value=1.0, low=1.0, high=1.0)
    """
    mean, degrees = float(np.mean(values)), len(values) - 1
    half = t_quantile((1 + level) / 2, degrees) * float(np.std(values, ddof=1)) / np.sqrt(len(values))
    return Interval(mean, float(mean - half), float(mean + half))


def t_quantile(q: float, degrees: int) -> float:
    """Quantile q of Student's t: t = sqrt(n) tan(a) with a density of a that goes with cos(a)^(n - 1).

    >>> round(t_quantile(0.975, 1), 2)
    12.71
    """
    angles = np.linspace(-np.pi / 2, np.pi / 2, 200_001)
    density = np.cos(angles) ** (degrees - 1)
    below = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return float(np.sqrt(degrees) * np.tan(np.interp(q * below[-1], below, angles)))
