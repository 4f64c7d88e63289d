"""Lines that stand in two columns: where the gutter is, and what of each line stands on either side of it."""

from __future__ import annotations

import numpy as np

# Halves of a letter's height that so many lines, with so many written ones on either side, leave free between columns.
GUTTERS = ((5, 3, 12), (3, 12, 12), (16, 3, 4))
CLEAR = 3  # halves of a letter's height that a line which reaches into the gutter leaves free there
LEANS = (0.0, -0.02, 0.02, -0.04, 0.04)


def split_columns(x: np.ndarray, y: np.ndarray, owners: np.ndarray, letter: float) -> np.ndarray:
    """Part lines that run across a gutter: an empty strip that at least three lines, and most of them, leave free.

    On a bent or turned sheet the strip leans.
    """
    count = int(owners.max()) + 1
    if count < 3:
        return owners
    kept = owners >= 0
    unit = 0.5 * letter
    pixels = np.bincount(owners[kept], minlength=count)
    middle = np.bincount(owners[kept], weights=y[kept], minlength=count) / np.maximum(pixels, 1)
    best: tuple[tuple[int, int], float, np.ndarray, np.ndarray, int, int] | None = None
    for lean in LEANS:
        column = np.floor((x - x.min() - lean * (middle[owners] - middle.mean())) / unit).astype(np.int64)
        column -= column[kept].min()
        filled = np.zeros((count, int(column[kept].max()) + 1), bool)
        filled[owners[kept], column[kept]] = True
        found = _gutter(filled)
        if found is not None and (best is None or (found[0], abs(lean)) < best[:2]):
            best = found[0], abs(lean), column, filled, found[1], found[1] + found[2]
    if best is None:
        return owners
    _, _, column, filled, start, stop = best
    cuts = np.array([cut_at(line, start, stop) for line in filled])
    return np.where(kept & (column >= cuts[owners]), owners + count, owners)


def cut_at(filled: np.ndarray, start: int, stop: int) -> int:
    """The column from which a line stands in the second of two columns: behind the gutter, or, where it reaches into
    that, behind a gap there which is clearly its widest; past its end where it runs across.

    filled: (columns,), where the line has ink. start, stop: of the gutter.
    """
    inked = np.flatnonzero(filled)
    if not len(inked) or inked[0] >= start or inked[-1] < stop:
        return len(filled)
    if not filled[start:stop].any():
        return stop
    gaps = np.diff(inked) - 1
    at_gutter = (inked[:-1] < stop) & (inked[1:] > start)
    widest = int(np.argmax(np.where(at_gutter, gaps, 0)))
    elsewhere = np.delete(gaps, widest).max(initial=0)
    return int(inked[widest + 1]) if gaps[widest] >= max(CLEAR, 1.3 * elsewhere) else len(filled)


def _gutter(filled: np.ndarray) -> tuple[tuple[int, int], int, int] | None:
    """A strip that fewest lines cross: which of GUTTERS with their number, where it begins and how wide it is; or None.

    filled: (lines, columns), where a line has ink. A narrow strip counts where many lines leave it free.
    """
    before = np.cumsum(filled, axis=1)
    after = before[:, -1:] - before
    for rule, (width, least, side) in enumerate(GUTTERS):
        if filled.shape[1] < width:
            continue
        has_both = (before >= side) & (after >= side)
        crossed = (filled & has_both).sum(axis=0)
        free = (crossed <= 0.2 * has_both.sum(axis=0)) & ((has_both & ~filled).sum(axis=0) >= 3)
        crossings = np.where(free, crossed, len(filled))
        strips = np.lib.stride_tricks.sliding_window_view(crossings, width).sum(axis=1)
        if strips.min() >= len(filled):
            continue
        widest = np.flatnonzero(strips == strips.min())
        start = int(widest[len(widest) // 2])
        parted = has_both[:, start] & ~filled[:, start : start + width].any(axis=1)
        if parted.sum() >= least:
            return (rule, int(strips.min())), start, width
    return None
