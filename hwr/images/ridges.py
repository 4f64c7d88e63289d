"""Which line each piece of ink belongs to: ink blurred along the writing has a ridge along every line.

Every connected piece goes to the ridge that it lies on; letters of two lines that touch are shared, marks join the line
beside them, and what stands in two columns is parted.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from hwr.images.columns import split_columns

MAX_LINES = 400
# Of what may be a part of a line: how wide it is at most and how far to either side the line is looked at, in heights of a
# letter; the share of its height that lies inside the line's.
SHORT, NEAR, INSIDE = 5, 8, 0.8
REPEATED = 0.15  # correlation of a page with itself, one line further down


@dataclass(frozen=True)
class Pieces:
    """Connected pieces of ink. labels: (h, w) int32, 0 is paper; stats: (n + 1, 5) as OpenCV gives them."""

    labels: np.ndarray
    stats: np.ndarray
    x: np.ndarray
    y: np.ndarray
    of: np.ndarray

    @classmethod
    def find(cls, mask: np.ndarray) -> Pieces:
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        y, x = np.nonzero(mask)
        return cls(labels, stats, x, y, labels[y, x])

    @property
    def count(self) -> int:
        return len(self.stats)

    @property
    def width(self) -> np.ndarray:
        return self.stats[:, cv2.CC_STAT_WIDTH]

    @property
    def height(self) -> np.ndarray:
        return self.stats[:, cv2.CC_STAT_HEIGHT]

    @property
    def area(self) -> np.ndarray:
        return self.stats[:, cv2.CC_STAT_AREA]


def letter_height(pieces: Pieces, pen: float) -> float:
    """Height of the small letters in pixels: the rows where pieces of writing are densest, typical over all pieces."""
    order = np.argsort(pieces.area[1:])[::-1][:300] + 1
    largest = float(pieces.height[order].max(initial=0))
    heights, weights = [], []
    for index in order:
        left, top, width, height, area = pieces.stats[index]
        if height < max(3.0, 2.0 * pen) and height < largest / 2:
            continue
        crop = pieces.labels[top : top + height, left : left + width] == index
        rows = crop.sum(axis=1)
        dense = rows > 0.5 * np.percentile(rows, 85)
        heights.append(float(np.count_nonzero(dense)))
        weights.append(float(area))
    if not heights:
        return max(3.0, 4.0 * pen)
    rank = np.argsort(heights)
    total = np.cumsum(np.array(weights)[rank])
    return max(3.0, 2.5 * pen, heights[rank[int(np.searchsorted(total, 0.5 * total[-1]))]])


def line_pitch(mask: np.ndarray, letter: float) -> float | None:
    """From one line to the next in pixels of the upright mask, where the page repeats itself downwards; else None.

    letter: about the height of small letters, at most as high as lines are apart.
    """
    wide = max(3, int(4 * letter))
    rows = cv2.blur(mask.astype(np.float32), (wide, max(1, int(0.3 * letter))))[:, :: wide // 2]
    rows -= rows.mean(axis=0)
    least, most = int(1.2 * letter), min(len(rows) - 1, int(6 * letter))
    spectrum = np.square(np.abs(np.fft.rfft(rows, 2 * len(rows), axis=0))).sum(axis=1)
    repeats = np.fft.irfft(spectrum)[: most + 1]
    for lag in range(least, most):
        if repeats[lag] == repeats[lag - 1 : lag + 2].max() and repeats[lag] > REPEATED * repeats[0]:
            return float(lag)
    return None


def assign(mask: np.ndarray, pieces: Pieces, letter: float, pen: float) -> np.ndarray:
    """The line, counted from 0, of every ink pixel in `pieces` order; -1 for specks and strays."""
    is_letter = _letters(pieces, letter, pen)
    if not is_letter.any():
        return np.full(len(pieces.x), -1, np.int64)
    ridges, distance = _nearest_ridge(is_letter[pieces.labels].astype(np.uint8), letter)
    ridge = ridges[pieces.y, pieces.x]
    count = int(ridges.max()) + 1
    weight = np.exp(-0.5 * np.square(distance[pieces.y, pieces.x] / (0.7 * letter)))
    votes = np.bincount(pieces.of * count + ridge, weights=weight, minlength=pieces.count * count)
    votes = votes.reshape(pieces.count, count)
    line_of, is_line, is_lost = _vote(pieces, is_letter, votes, letter, mask.shape)
    owners = line_of[pieces.of]

    # Letters of two lines that touch: each pixel goes to the nearer ridge.
    votes[:, ~is_line] = 0.0
    touching = (votes > 0.25 * votes.sum(axis=1, keepdims=True)).sum(axis=1) > 1
    is_shared = (line_of >= 0) & touching & (pieces.height > 2.2 * letter)
    split = is_shared[pieces.of] & is_line[ridge]
    owners[split] = ridge[split]

    is_mark = is_lost | (~is_letter & (pieces.area >= max(3.0, 0.4 * pen * pen)))
    is_mark[0] = False
    owners = _attach_marks(pieces, is_mark, line_of, owners, letter)
    owners = split_columns(pieces.x, pieces.y, owners, letter)
    owners = _give_back(pieces.x, pieces.y, owners, letter)
    present, numbers = np.unique(owners, return_inverse=True)
    return numbers - 1 if present[0] == -1 else numbers


def _letters(pieces: Pieces, letter: float, pen: float) -> np.ndarray:
    """Which pieces are letters or words rather than dots, underlines and specks; the largest where none is."""
    is_letter = (pieces.height >= 0.6 * letter) & (pieces.area >= 0.6 * letter * pen)
    is_letter |= (pieces.width >= 1.2 * letter) & (pieces.area >= letter * pen)
    is_letter &= ~((pieces.width >= 4 * letter) & (pieces.height <= np.minimum(2.5 * pen + 1, 0.15 * pieces.width)))
    is_letter[0] = False
    is_letter &= ~_margin_strokes(pieces, is_letter, letter, pen)
    if not is_letter.any():
        is_letter = pieces.area >= max(4.0, 0.5 * float(pieces.area[1:].max(initial=0)))
        is_letter[0] = False
    return is_letter


def _margin_strokes(pieces: Pieces, is_letter: np.ndarray, letter: float, pen: float) -> np.ndarray:
    """What is left of a printed line down the page: thin upright strokes, one below the other, beside all writing."""
    thin = (pieces.area <= 1.2 * pen * pieces.height) & (pieces.width <= pen + 0.15 * pieces.height)
    thin[0] = False
    others = is_letter & ~thin
    if not (thin & is_letter).any() or not others.any():
        return np.zeros_like(thin)
    strokes = np.flatnonzero(thin)
    top, height = pieces.stats[strokes, cv2.CC_STAT_TOP], pieces.height[strokes]
    middle = pieces.stats[strokes, cv2.CC_STAT_LEFT] + pieces.width[strokes] / 2
    is_line = height > 4 * letter
    for offset in (0.0, 0.5):  # or a line that lies where two strips meet would be halved
        strip = np.floor(middle / letter + offset).astype(np.int64)
        covered = np.bincount(strip, weights=height)
        first, last = np.full(len(covered), np.inf), np.zeros(len(covered))
        np.minimum.at(first, strip, top)
        np.maximum.at(last, strip, top + height)
        is_line |= ((last - first > 4 * letter) & (covered > 0.6 * (last - first)))[strip]
    _, away = _nearest_label(others[pieces.labels], pieces.labels)
    gap = np.full(pieces.count, np.inf)
    np.minimum.at(gap, pieces.of, away[pieces.y, pieces.x])
    found = np.zeros_like(thin)
    found[strokes] = is_line
    return found & is_letter & (gap > 2 * letter)


def _vote(
    pieces: Pieces, is_letter: np.ndarray, votes: np.ndarray, letter: float, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Settle which line each piece belongs to (-1: none), which ridges are lines and which letters lie on none.

    votes: (pieces, ridges), how much of a piece lies on a ridge.
    """
    # A T whose bar reaches up to a faint ridge of its own still belongs to the strong one that its stem stands on.
    weighted = votes * np.sqrt(votes[is_letter].sum(axis=0))
    line_of = np.where(is_letter, weighted.argmax(axis=1), -1)
    line_of = _drop_fragments(pieces, line_of, votes.shape[1], letter, shape)
    kept = line_of >= 0
    # A short ridge that holds hardly more than parts of other lines' letters is no line.
    left, right = pieces.stats[:, cv2.CC_STAT_LEFT], pieces.stats[:, cv2.CC_STAT_LEFT] + pieces.width
    for _ in range(2):
        whole = kept & (weighted.max(axis=1) > 0.75 * weighted.sum(axis=1))
        own = np.zeros(votes.shape[1])
        np.add.at(own, line_of[whole], votes[whole, line_of[whole]])
        low, high = np.full(votes.shape[1], shape[1]), np.zeros(votes.shape[1], np.int64)
        np.minimum.at(low, line_of[kept], left[kept])
        np.maximum.at(high, line_of[kept], right[kept])
        ink = votes[kept].sum(axis=0)
        is_line = (high > low) & ((own > 0.4 * ink) | (high - low > 10 * letter) | (ink >= ink.max()))
        weighted[:, ~is_line] = 0.0
        line_of = np.where(kept & (weighted.max(axis=1) > 0), weighted.argmax(axis=1), -1)
    has_letters = np.bincount(line_of[line_of >= 0], minlength=votes.shape[1]) > 0
    return line_of, has_letters, kept & (line_of < 0)


def _attach_marks(
    pieces: Pieces, is_mark: np.ndarray, line_of: np.ndarray, owners: np.ndarray, letter: float
) -> np.ndarray:
    """Give dots, accents and commas to the nearest letter; a full stop may stand further off, at its line's height."""
    is_seed = line_of[pieces.labels] >= 0
    near, gap = _nearest_label(is_seed, pieces.labels)
    is_near = gap[pieces.y, pieces.x] <= 1.5 * letter
    flat = np.zeros((is_seed.shape[0], is_seed.shape[1] // 8 + 1), np.int32)
    column = pieces.x // 8
    seeds = line_of[pieces.of] >= 0
    flat[pieces.y[seeds], column[seeds]] = pieces.of[seeds]
    level, gap = _nearest_label(flat > 0, flat)
    is_beside = gap[pieces.y, column] <= 0.6 * letter
    seed = np.where(is_near, near[pieces.y, pieces.x], level[pieces.y, column])
    return np.where(is_mark[pieces.of] & (is_near | is_beside), line_of[seed], owners)


def _give_back(x: np.ndarray, y: np.ndarray, owners: np.ndarray, letter: float) -> np.ndarray:
    """Give what is as short as a letter or two, and at the height of the writing beside it, to that line: the upper half of
    a capital has a ridge of its own."""
    owners = owners.copy()
    count = int(owners.max()) + 1
    ink = np.bincount(owners[owners >= 0], minlength=count)
    for line in np.argsort(ink):
        own = owners == line
        if not own.any() or np.ptp(x[own]) > SHORT * letter:
            continue
        top, bottom = y[own].min(), y[own].max()
        beside = (owners >= 0) & ~own & (x >= x[own].min() - NEAR * letter) & (x <= x[own].max() + NEAR * letter)
        best = 0.0
        for other in np.unique(owners[beside & (y >= top) & (y <= bottom)]):
            rows = y[beside & (owners == other)]
            shared = min(bottom, rows.max()) - max(top, rows.min()) + 1
            if ink[line] < 0.3 * ink[other] and shared > max(best, INSIDE * (bottom - top + 1)):
                best = shared
                owners[own] = other
    return owners


def _nearest_ridge(ink: np.ndarray, letter: float) -> tuple[np.ndarray, np.ndarray]:
    """For every pixel the number of the nearest ridge of blurred ink and its distance, both (h, w)."""
    height, width = ink.shape
    scale = min(1.0, 5.0 / letter)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(ink.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    unit = letter * scale
    border = int(np.ceil(2 * unit))
    padded = cv2.copyMakeBorder(small, border, border, border, border, cv2.BORDER_CONSTANT, value=0.0)
    blurred = cv2.GaussianBlur(padded, (0, 0), sigmaX=4.0 * unit, sigmaY=0.5 * unit, borderType=cv2.BORDER_CONSTANT)
    reach = max(1, round(1.2 * unit))
    highest = cv2.dilate(blurred, np.ones((2 * reach + 1, 1), np.uint8))
    crest = float(np.percentile(highest[padded > 0.1], 75)) if (padded > 0.1).any() else float(highest.max())
    ridge = ((blurred >= highest) & (blurred > 0.06 * crest)).astype(np.uint8)
    ridge = cv2.dilate(ridge, np.ones((3, 3), np.uint8))
    inside = (slice(border, -border), slice(border, -border))
    joined = _without_echoes(_join(ridge[inside], unit), blurred[inside], unit)
    nearest, distance = _nearest_label(joined > 0, joined)
    full = (width, height)
    numbers = cv2.resize((nearest - 1).astype(np.int16), full, interpolation=cv2.INTER_NEAREST).astype(np.int64)
    return numbers, cv2.resize(distance, full, interpolation=cv2.INTER_LINEAR) / scale


def _join(ridge: np.ndarray, unit: float) -> np.ndarray:
    """Number the ridges from 1, those that follow each other at one height as one; (h, w) int32."""
    count, labels = cv2.connectedComponents(ridge, connectivity=8)
    if count <= 2:
        return labels
    ends = []
    for index in range(1, min(count, MAX_LINES)):
        y, x = np.nonzero(labels == index)
        start, stop = x.min(), x.max()
        reach = max(2.0, 4 * unit)
        ends.append((start, stop, y[x <= start + reach].mean(), y[x >= stop - reach].mean()))
    parent = list(range(count))

    def root(index: int) -> int:
        while parent[index] != index:
            index = parent[index]
        return index

    pairs = []
    for a, (_, stop, _, y_stop) in enumerate(ends):
        for b, (start, _, y_start, _) in enumerate(ends):
            if a != b and start - stop > -2 * unit and abs(y_start - y_stop) < 1.5 * unit + 0.03 * max(0, start - stop):
                pairs.append((start - stop + 4 * abs(y_start - y_stop), a + 1, b + 1))
    followed, preceded = set(), set()
    for _, a, b in sorted(pairs):
        if a not in followed and b not in preceded and root(a) != root(b):
            followed.add(a)
            preceded.add(b)
            parent[root(b)] = root(a)
    roots = np.array([root(index) for index in range(count)])
    present = np.unique(roots)
    return np.searchsorted(present, roots)[np.asarray(labels, np.int64)].astype(np.int32)


def _without_echoes(ridges: np.ndarray, blurred: np.ndarray, unit: float) -> np.ndarray:
    """Take out rows of crossbars or tails: a ridge that runs closer to a much stronger one than two lines stand."""
    count = int(ridges.max()) + 1
    rows = np.full((count, ridges.shape[1]), np.nan)
    y, x = np.nonzero(ridges)
    columns = np.bincount(ridges[y, x] * ridges.shape[1] + x, minlength=rows.size).reshape(rows.shape)
    heights = np.bincount(ridges[y, x] * ridges.shape[1] + x, weights=y, minlength=rows.size).reshape(rows.shape)
    np.divide(heights, columns, out=rows, where=columns > 0)
    mass = np.bincount(ridges.ravel(), weights=blurred.ravel(), minlength=count)
    mass[0] = 0.0
    lookup = np.nan_to_num(rows).astype(np.int64)
    is_echo = np.zeros(count, bool)
    for index in range(1, count):
        own = np.nonzero(columns[index])[0]
        apart = np.abs(rows[:, own] - rows[index, own])
        level = float(blurred[lookup[index, own], own].mean())
        for other in np.nonzero((apart < 2.6 * unit).mean(axis=1) > 0.5)[0]:
            shared = own[apart[other] < 2.6 * unit]
            is_faint = level < 0.7 * float(blurred[lookup[other, shared], shared].mean())
            is_near = np.median(apart[other][np.isfinite(apart[other])]) < 1.8 * unit
            is_echo[index] |= mass[other] > (2.5 if is_near else 6.0 if is_faint else np.inf) * mass[index]
    present = np.unique(np.where(is_echo[ridges], 0, ridges))
    return np.searchsorted(present, np.where(is_echo[ridges], 0, ridges)).astype(np.int32)


def _nearest_label(seeds: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For every pixel the label of the nearest seed pixel and the distance to it, (h, w) each."""
    if not seeds.any():
        return np.zeros(seeds.shape, np.int64), np.full(seeds.shape, np.inf, np.float32)
    free = (~seeds.astype(bool)).astype(np.uint8)
    distance, cells = cv2.distanceTransformWithLabels(free, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    cell = np.asarray(cells, np.int64)
    values = np.zeros(int(cell.max()) + 1, np.int64)
    values[cell[seeds > 0]] = labels[seeds > 0]
    return values[cell], np.asarray(distance)


def _drop_fragments(
    pieces: Pieces, line_of: np.ndarray, count: int, letter: float, shape: tuple[int, int]
) -> np.ndarray:
    """Give up lines that are only bits of writing cut off by the image's edge, or dust beside real lines."""
    ink = np.zeros(count)
    top = np.full(count, shape[0])
    bottom = np.zeros(count, np.int64)
    tallest = np.zeros(count)
    for index in np.nonzero(line_of >= 0)[0]:
        line = line_of[index]
        ink[line] += pieces.area[index]
        piece_top = pieces.stats[index, cv2.CC_STAT_TOP]
        top[line] = min(top[line], piece_top)
        bottom[line] = max(bottom[line], piece_top + pieces.height[index])
        tallest[line] = max(tallest[line], pieces.height[index])
    largest = ink.max()
    at_edge = (top <= 1) | (bottom >= shape[0] - 1)
    fragment = at_edge & ((bottom - top < 1.3 * letter) & (ink < 0.3 * largest) | (ink < 0.1 * largest))
    fragment |= (ink < 0.02 * largest) & (tallest < 0.8 * letter)
    fragment &= ink < largest
    dropped = np.append(fragment, False)[line_of]
    return np.where(dropped, -1, line_of)
