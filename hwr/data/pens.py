"""Pen strokes to ink: a whole line is placed, thinned to the points that it needs, and drawn in a few calls."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

FINER = 2  # drawn so many times larger than wanted, then averaged: a pen may be half a pixel wide
STEP = 5.0  # points nearer to each other than this (pixels as drawn) are left out
LARGEST = (800, 16000)  # (rows, columns) as drawn


@dataclass(frozen=True)
class Pen:
    """Its width in heights of a capital, and how much slower strokes are wider (0: not at all)."""

    width: float
    pressure: float

    @classmethod
    def drawn_from(cls, rng: np.random.Generator) -> Pen:
        """As real scans have them: half of the pens are thinner than 1/20 of a capital, 1/11 of the x-height."""
        return cls(float(np.clip(np.exp(rng.normal(np.log(0.05), 0.45)), 0.018, 0.14)), float(rng.uniform(0.0, 0.6)))


def draw_strokes(strokes: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Draw a line of strokes, (P, 2) each, a capital 1 high, y down: (H, W) float32 coverage in [0, 1].

    A capital comes out 22 to 46 px high; pen, slant, stretch, slope and a slow wobble differ from line to line.
    """
    points, starts = np.concatenate(strokes).astype(np.float32), _starts([len(s) for s in strokes])
    size = float(rng.uniform(22, 46)) * FINER
    points = _placed(points, rng) * size
    pen = Pen.drawn_from(rng)
    widths = _widths(points, starts, pen, size)
    kept = _needed(points, starts)
    points, widths, starts = points[kept], widths[kept], (np.cumsum(kept) - 1)[starts]
    margin = pen.width * size + 0.15 * size
    points += margin - points.min(0)
    columns, rows = np.ceil(points.max(0) + margin).astype(int).tolist()
    image = np.zeros((min(_even(rows), LARGEST[0]), min(_even(columns), LARGEST[1])), dtype=np.uint8)
    fixed = (points * 16).astype(np.int32)
    for width, runs in _runs(fixed, starts, widths).items():
        cv2.polylines(image, runs, False, 255, width, cv2.LINE_8, 4)
    height, width = image.shape[0] // FINER, image.shape[1] // FINER
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32) / 255.0


def _even(length: int) -> int:
    return -(-length // FINER) * FINER


def _starts(lengths: list[int]) -> np.ndarray:
    """Index of each stroke's first point among all points."""
    return np.concatenate([[0], np.cumsum(lengths[:-1])]).astype(np.int64)


def _placed(points: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N, 2) points slanted, stretched, on a slope and wobbling slowly."""
    shear, stretch, slope = rng.normal(0, 0.18), np.exp(rng.normal(0, 0.14)), rng.normal(0, 0.008)
    bends, phases, frequencies = rng.normal(0, 0.03, 3), rng.uniform(0, 2 * np.pi, 3), rng.uniform(0.15, 1.2, 3)
    x, y = points[:, 0], points[:, 1]
    wave = sum(b * np.sin(f * x + p) for b, f, p in zip(bends, frequencies, phases, strict=True))
    return np.stack([(x - shear * y) * stretch, y + slope * x + wave], axis=1).astype(np.float32)


def _needed(points: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """(N,) whether to keep each point: those that follow their neighbour closely go, but for a stroke's first and last."""
    way = np.zeros(len(points), dtype=np.float32)
    way[1:] = np.hypot(*np.diff(points, axis=0).T)
    mark = np.floor(np.cumsum(way) / STEP)
    kept = np.ones(len(points), dtype=bool)
    kept[1:] = mark[1:] != mark[:-1]
    kept[starts] = True
    kept[starts[1:] - 1] = True
    return kept


def _widths(points: np.ndarray, starts: np.ndarray, pen: Pen, size: float) -> np.ndarray:
    """(N,) whole pixels: how wide the pen is from each point to the next; it grows where the pen is slow."""
    speed = np.zeros(len(points), dtype=np.float32)
    speed[:-1] = np.hypot(*np.diff(points, axis=0).T)
    speed[starts[1:] - 1] = 0.0  # from a stroke's last point nothing is drawn
    relative = np.convolve(np.pad(speed, 2, mode="edge"), np.full(5, 0.2, np.float32), "valid")
    relative = np.clip(relative / max(float(speed.mean()), 1e-3), 0.0, 2.0)
    return np.clip(np.round(pen.width * size * (1 + pen.pressure * (1 - relative))), 1, 16).astype(int)


def _runs(points: np.ndarray, starts: np.ndarray, widths: np.ndarray) -> dict[int, list[np.ndarray]]:
    """width -> the pieces of strokes (n, 1, 2) that are drawn with it; a piece ends where the next of its stroke begins."""
    is_start = np.zeros(len(points) + 1, dtype=bool)
    is_start[[*starts, len(points)]] = True
    changes = np.zeros(len(points), dtype=bool)
    changes[1:] = widths[1:] != widths[:-1]
    begins = np.flatnonzero(is_start[:-1] | (changes & ~is_start[1:]))  # from a last point nothing is drawn
    ends = np.append(begins[1:], len(points))
    stops = ends + ~is_start[ends]
    runs: dict[int, list[np.ndarray]] = {}
    for a, b in zip(begins.tolist(), stops.tolist(), strict=True):
        piece = points[a:b]
        if len(piece) == 1:  # a dot
            piece = np.concatenate([piece, piece + 8])
        runs.setdefault(int(widths[a]), []).append(piece.reshape(-1, 1, 2))
    return runs
