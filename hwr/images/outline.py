"""The shape of a line from its ink: what encloses it, and what it stands on. The writing runs level here."""

from __future__ import annotations

import numpy as np


def outline_of(points: np.ndarray, letter: float) -> np.ndarray:
    """A polygon (N, 2) that encloses the pixels of a line, tight above and below, clockwise from its top left.

    points: (M, 2) centres of its pixels; letter: height of its small letters.
    """
    step = max(2.0, 1.5 * letter)
    left, right = points[:, 0].min() - 0.5, points[:, 0].max() + 0.5
    count = max(1, round((right - left) / step))
    edges = np.linspace(left, right, count + 1)
    column = np.minimum(((points[:, 0] - left) * count / (right - left)).astype(np.int64), count - 1)
    top, bottom = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(top, column, points[:, 1] - 0.5)
    np.maximum.at(bottom, column, points[:, 1] + 0.5)
    written = np.isfinite(top)
    places = np.arange(count)
    top, bottom = (np.interp(places, places[written], side[written]) for side in (top, bottom))
    # At an edge the farther of both sides counts, so that straight edges between enclose all.
    top = np.minimum(np.append(top, top[-1]), np.insert(top, 0, top[0]))
    bottom = np.maximum(np.append(bottom, bottom[-1]), np.insert(bottom, 0, bottom[0]))
    return np.concatenate([np.stack([edges, top], axis=1), np.stack([edges, bottom], axis=1)[::-1]])


def baseline_of(points: np.ndarray, letter: float) -> np.ndarray:
    """What the small letters stand on: (N, 2) points from left to right, straight or gently bent. Arguments as above."""
    left, right = points[:, 0].min() - 0.5, points[:, 0].max() + 0.5
    count = max(1, round((right - left) / (6.0 * letter)))
    column = np.minimum(((points[:, 0] - left) * count / (right - left)).astype(np.int64), count - 1)
    x, y, weight = [], [], []
    for index in range(count):
        mine = points[column == index]
        if len(mine):
            x.append(float(mine[:, 0].mean()))
            y.append(_foot(mine[:, 1]))
            weight.append(float(len(mine)))
    degree = 0 if len(x) < 3 else 1 if len(x) < 6 else 2
    fit = _robust_fit(np.array(x), np.array(y), np.array(weight), degree, 0.25 * letter)
    where = np.array([left, right]) if degree < 2 else np.linspace(left, right, 7)
    return np.stack([where, np.clip(fit(where), points[:, 1].min(), points[:, 1].max() + 0.5)], axis=1)


def _foot(y: np.ndarray) -> float:
    """The lower edge of the rows that hold most of the ink; descenders reach below it."""
    first = float(y.min())
    rows = np.bincount((y - first).astype(np.int64))
    dense = np.flatnonzero(rows >= 0.5 * np.percentile(rows, 85))
    return first + 0.5 + float(dense[-1])


def _robust_fit(x: np.ndarray, y: np.ndarray, weight: np.ndarray, degree: int, near: float) -> np.polynomial.Polynomial:
    """A polynomial through most of the points: what lies far from the first fit is left out of the second."""
    keep = np.abs(y - np.median(y)) <= max(near, 2.5 * float(np.median(np.abs(y - np.median(y)))))
    fit = np.polynomial.Polynomial([float(np.average(y, weights=weight))])
    for _ in range(3):
        fit = np.polynomial.Polynomial.fit(x[keep], y[keep], min(degree, int(keep.sum()) - 1), w=np.sqrt(weight[keep]))
        distance = np.abs(y - fit(x))
        keep = distance <= max(near, float(np.percentile(distance, 70)))
    return fit
