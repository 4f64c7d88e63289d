import numpy as np
import pytest

from hwr.data.pens import Pen, _needed, _runs, _starts, _widths, draw_strokes


def test_every_stroke_and_dot_is_drawn_at_its_place():
    bar = np.array([[0.0, 0.0], [0.0, -1.0]])  # a capital high
    dot = np.array([[1.0, -1.0]])
    for seed in range(20):
        ink = draw_strokes([bar, bar + np.array([4, 0]), dot + np.array([1, 0])], np.random.default_rng(seed))
        assert ink.dtype == np.float32
        assert 0 <= ink.min() <= ink.max() <= 1
        columns = np.flatnonzero(ink.max(axis=0) > 0.2)
        pieces = np.split(columns, np.flatnonzero(np.diff(columns) > 2) + 1)
        assert len(pieces) == 3, seed
        rows = np.flatnonzero(ink.max(axis=1) > 0.2)
        assert 20 <= len(rows) <= 65  # a capital comes out 22 to 46 px high, and the pen has a width


def test_points_that_a_line_does_not_need_are_left_out_but_for_its_ends():
    stroke = np.stack([np.arange(100.0), np.zeros(100)], axis=1).astype(np.float32)
    kept = _needed(np.concatenate([stroke, stroke + 1000, stroke[:1]]), _starts([100, 100, 1]))
    assert kept[[0, 99, 100, 199, 200]].all()
    assert kept.sum() == pytest.approx(2 * 100 / 5 + 3, abs=4)
    assert np.diff(np.flatnonzero(kept)).max() <= 6


def test_a_slow_pen_is_wider_and_one_without_pressure_is_not():
    steps = np.concatenate([np.full(30, 1.0), np.full(30, 9.0)])
    points = np.stack([np.cumsum(steps), np.zeros(60)], axis=1).astype(np.float32)
    pressed = _widths(points, _starts([60]), Pen(0.1, 0.5), 80.0)
    assert pressed[5:25].min() > 8 > pressed[35:55].max()
    assert set(_widths(points, _starts([60]), Pen(0.1, 0.0), 80.0).tolist()) == {8}


def test_pieces_of_a_stroke_meet_where_the_pen_changes_its_width():
    points = np.arange(14).reshape(7, 2)
    runs = _runs(points, np.array([0, 5, 6]), np.array([2, 2, 3, 3, 3, 1, 4]))
    pieces = {width: [piece.reshape(-1, 2).tolist() for piece in found] for width, found in runs.items()}
    assert pieces[2] == [[[0, 1], [2, 3], [4, 5]]]
    assert pieces[3] == [[[4, 5], [6, 7], [8, 9]]]  # the first stroke ends with its fifth point
    assert pieces[1] == [[[10, 11], [18, 19]]]  # two dots
    assert pieces[4] == [[[12, 13], [20, 21]]]


def test_half_of_the_pens_are_thin():
    widths = [Pen.drawn_from(np.random.default_rng(i)).width for i in range(400)]
    assert 0.4 < np.mean(np.array(widths) < 0.05) < 0.6
    assert 0.018 <= min(widths) < 0.03
    assert 0.09 < max(widths) <= 0.14
