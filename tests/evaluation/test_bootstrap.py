"""Intervals: their seed, their width, and how often they hold the truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwr.errors import InputError
from hwr.evaluation import bootstrap
from hwr.evaluation.bootstrap import Interval, bootstrap_rate, paired_bootstrap


def test_value_is_the_ratio_of_sums_and_the_seed_decides():
    errors, lengths = [0, 3, 1, 8, 2, 2, 5], [10, 20, 10, 40, 33, 27, 19]
    interval = bootstrap_rate(errors, lengths, seed=1)
    assert interval.value == pytest.approx(21 / 159)
    assert interval == bootstrap_rate(errors, lengths, seed=1)
    assert interval != bootstrap_rate(errors, lengths, seed=2)
    assert bootstrap_rate([2], [8]) == Interval(0.25, 0.25, 0.25)


def test_two_lines_by_hand():
    # Draws of two lines: both the first (1/4), both the second (1/4), one of each (1/2).
    assert bootstrap_rate([0, 4], [4, 4]) == Interval(0.5, 0.0, 1.0)
    assert bootstrap_rate([0, 4], [4, 4], level=0.4) == Interval(0.5, 0.5, 0.5)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    generator = np.random.default_rng(0)
    held = 0
    for seed in range(200):
        lengths = generator.integers(20, 60, size=80)
        interval = bootstrap_rate(generator.binomial(lengths, 0.1), lengths, seed, resamples=500)
        held += interval.low <= 0.1 <= interval.high
    assert 180 <= held <= 199


def test_width_shrinks_with_the_root_of_the_lines():
    generator = np.random.default_rng(0)
    widths = []
    for lines in (100, 1600):
        lengths = generator.integers(20, 60, size=lines)
        interval = bootstrap_rate(generator.binomial(lengths, 0.1), lengths)
        widths.append(interval.high - interval.low)
    assert widths[0] / widths[1] == pytest.approx(4, rel=0.3)


def test_draws_in_several_pieces(monkeypatch):
    errors, lengths = [0, 3, 1, 8, 2], [10, 20, 10, 40, 5]
    whole = bootstrap_rate(errors, lengths, resamples=1000)
    monkeypatch.setattr(bootstrap, "_CHUNK", 35)
    pieces = bootstrap_rate(errors, lengths, resamples=1000)
    assert (pieces.low, pieces.high) == pytest.approx((whole.low, whole.high), abs=0.03)


def test_pairing_sees_what_two_intervals_hide():
    generator = np.random.default_rng(0)
    lengths = np.full(300, 40)
    worse = generator.binomial(lengths, generator.beta(1, 9, size=300))  # lines differ a lot from each other
    better = np.maximum(worse - generator.integers(0, 2, size=300), 0)  # but b is a little better on each
    a, b = bootstrap_rate(worse, lengths), bootstrap_rate(better, lengths)
    assert a.low < b.high
    result = paired_bootstrap(worse, better, lengths)
    assert result.difference.value == pytest.approx(a.value - b.value)
    assert 0 < result.difference.low < result.difference.value < result.difference.high
    assert 0 < result.p_value < 0.001


def test_equal_systems_do_not_differ():
    assert paired_bootstrap([1, 2], [1, 2], [9, 9]).p_value == 1
    generator = np.random.default_rng(3)
    lengths = np.full(200, 40)
    result = paired_bootstrap(generator.binomial(lengths, 0.1), generator.binomial(lengths, 0.1), lengths)
    assert result.difference.low < 0 < result.difference.high
    assert result.p_value > 0.05


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_swapping_the_systems_swaps_the_sign(lines):
    a, b, lengths = (list(column) for column in zip(*lines, strict=True))
    there, back = paired_bootstrap(a, b, lengths, resamples=200), paired_bootstrap(b, a, lengths, resamples=200)
    assert there.difference.value == -back.difference.value
    assert (there.difference.low, there.difference.high) == pytest.approx((-back.difference.high, -back.difference.low))
    assert there.p_value == back.p_value
    assert 0 < there.p_value <= 1


def test_empty_references_count_and_no_lines_are_refused():
    assert bootstrap_rate([2, 0], [0, 0]).value == 2
    with pytest.raises(InputError, match="no lines"):
        bootstrap_rate([], [])
    with pytest.raises(ValueError, match="must agree"):
        paired_bootstrap([1], [1, 2], [3, 4])
