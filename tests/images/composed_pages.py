"""Pages whose lines are known: lines of writing laid on paper, and how well a page was cut into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

PAPERS = ("plain", "ruled", "squared")


@dataclass(frozen=True)
class ComposedPage:
    """A page and where its lines are. grey: (H, W) uint8. boxes: (n, 4) float64, x0, y0, x1, y1 of the ink of every line,
    in reading order, on the flat sheet that was then bent by a sine wave (`bend` pixels high, from `phase` on) and turned
    by `skew` degrees. kind: what makes it hard, such as "ruled, two columns, bent"."""

    grey: np.ndarray
    boxes: np.ndarray
    skew: float
    bend: float
    phase: float
    kind: str

    def flattened(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 2) of the page on the flat sheet."""
        height, width = self.grey.shape
        centre = np.array([width / 2, height / 2])
        angle = np.radians(self.skew)
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        flat = (points - centre) @ rotation + centre
        flat[..., 1] -= self.bend * np.sin(np.pi * flat[..., 0] / width + self.phase)
        return flat

    def raised(self, points: np.ndarray) -> np.ndarray:
        """The way back: points (N, 2) of the flat sheet on the page."""
        height, width = self.grey.shape
        centre = np.array([width / 2, height / 2])
        angle = np.radians(self.skew)
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        bent = np.array(points, dtype=np.float64)
        bent[..., 1] += self.bend * np.sin(np.pi * bent[..., 0] / width + self.phase)
        return (bent - centre) @ rotation.T + centre

    def box_of(self, outline: np.ndarray) -> np.ndarray:
        """x0, y0, x1, y1 on the flat sheet of an outline (N, 2) of the page."""
        flat = self.flattened(outline)
        return np.concatenate([flat.min(axis=0), flat.max(axis=0)])


@dataclass(frozen=True)
class Counted:
    """What became of the lines of some pages.

    found: share of them that a region meets with an IoU of 0.7 or more; cut: share that lies in several regions; merged:
    share that shares a region with another line; extra: regions that belong to no line; ordered: share of the pages whose
    lines came in reading order; median_iou: of the best region of each line.
    """

    lines: int
    found: float
    cut: float
    merged: float
    extra: int
    ordered: float
    median_iou: float


@dataclass(frozen=True)
class _Layout:
    """width, height, columns and left edges of a page in pixels; pitch: from one baseline to the next; tight: height of
    the ink of a line over the pitch."""

    width: int
    height: int
    column: int
    lefts: list[int]
    top: int
    rows: int
    pitch: float
    tight: float


def coverage_of(ink: np.ndarray) -> np.ndarray | None:
    """Ink of one cut-out line, (H, W) float32 in [0, 1] as `hwr.images.ink.ink_map` gives it, without what other lines left
    at its edges.

    None where nothing stays, and where the cut-out holds printed rules or squares, since the box of the writing alone is
    then not known.
    """
    height = ink.shape[0]
    coverage = np.clip((ink - 0.3) / 0.5, 0, 1).astype(np.float32)
    mask = (coverage > 0.1).astype(np.uint8)
    # Rules may be dotted, so that gaps are closed first; a thick pen stroke is as high as it is wide and stays.
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((1, 9), np.uint8))
    rules = cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((1, int(1.5 * height)), np.uint8))
    if rules.any():
        return None
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    top, tall, wide = stats[:, cv2.CC_STAT_TOP], stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_WIDTH]
    at_edge = (top <= 3) | (top + tall >= height - 3)
    stray = (at_edge & (tall < 0.25 * height)) | ((tall > 0.85 * height) & (wide < 0.12 * height))
    stray |= (top + tall < 0.2 * height) | (top > 0.88 * height) | ((tall < 0.12 * height) & (wide > 0.6 * height))
    stray |= stats[:, cv2.CC_STAT_AREA] < 4
    stray[0] = False
    coverage[stray[labels]] = 0
    rows, columns = np.nonzero(coverage > 0.3)
    if len(rows) < 30 or np.ptp(columns) < height / 2:
        return None
    return coverage[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def compose_page(lines: Sequence[np.ndarray], rng: np.random.Generator, rows: int | None = None) -> ComposedPage:
    """Lay lines of one hand, coverages (H, W) float32 trimmed to their ink, on a page; taken in turn until it is full.

    rows: lines a column (default: drawn). The page is turned by up to 3 degrees, bent, printed and lit.
    """
    layout = _layout(lines, rng, rows)
    coverage = np.zeros((layout.height, layout.width), np.float32)
    boxes = _write(coverage, lines, layout, rng)
    paper = str(rng.choice(PAPERS, p=[0.5, 0.3, 0.2]))
    printed = _print(paper, layout, rng)
    skew = float(rng.uniform(-3, 3))
    bend = float(rng.uniform(0.1, 0.35) * layout.pitch) if rng.random() < 0.4 else 0.0
    kind = ", ".join([paper, "two columns" if len(layout.lefts) > 1 else "one column", "bent" if bend else "flat"])
    page = ComposedPage(coverage, boxes, skew, bend, float(rng.uniform(0, 2 * np.pi)), kind)
    places = np.stack(np.meshgrid(np.arange(layout.width) + 0.5, np.arange(layout.height) + 0.5), axis=-1)
    maps = (page.flattened(places) - 0.5).astype(np.float32)
    coverage, printed = (
        cv2.remap(layer, maps[..., 0], maps[..., 1], cv2.INTER_LINEAR) for layer in (coverage, printed)
    )
    return replace(page, grey=_lit(coverage, printed, rng))


def _layout(lines: Sequence[np.ndarray], rng: np.random.Generator, rows: int | None) -> _Layout:
    width = int(rng.uniform(1100, 1700))
    height = int(width * 1.414)
    columns = 2 if rng.random() < 0.25 else 1
    margin = int(rng.uniform(0.06, 0.12) * width)
    gutter = int(rng.uniform(0.03, 0.06) * width)
    column = (width - 2 * margin - (columns - 1) * gutter) // columns
    lefts = [margin + index * (column + gutter) for index in range(columns)]
    rows = rows or int(rng.integers(10, 32))
    # Skew must not push the first and last line off the sheet.
    top = int(0.08 * height)
    return _Layout(width, height, column, lefts, top, rows, (0.84 * height) / rows, float(rng.uniform(0.65, 1.1)))


def _write(coverage: np.ndarray, lines: Sequence[np.ndarray], layout: _Layout, rng: np.random.Generator) -> np.ndarray:
    """Add the lines that fit to the page, in place; the (n, 4) boxes of their ink."""
    typical = float(np.median([line.shape[0] for line in lines]))
    narrow = float(np.quantile([line.shape[1] for line in lines], 0.3))
    scale = min(1.5, layout.tight * layout.pitch / typical, 0.97 * layout.column / narrow)
    lines = [line for line in lines if scale * line.shape[1] <= layout.column]
    pitch = min(layout.pitch, 2.2 * scale * typical)  # writing that must be small stands closer
    placed = []
    start = int(rng.integers(len(lines)))
    for index in range(layout.rows * len(layout.lefts)):
        line = lines[(start + index) % len(lines)]
        small = cv2.resize(line, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        column, row = divmod(index, layout.rows)
        room = max(0, layout.column - small.shape[1])
        indent = min(room, int((0.1 if rng.random() < 0.1 else 0.015) * layout.column * rng.random() * 2))
        x = layout.lefts[column] + indent
        baseline = layout.top + pitch * (row + 0.7 + 0.03 * rng.normal())
        y = max(0, round(baseline - _baseline(small)))
        target = coverage[y : y + small.shape[0], x : x + small.shape[1]]
        np.maximum(target, small, out=target)
        rows, columns = np.nonzero(small > 0.3)
        low, high = np.array([columns.min(), rows.min()]), np.array([columns.max(), rows.max()])
        place = np.array([x, y])
        placed.append(np.concatenate([low + place, high + place + 1]))
    return np.array(placed, dtype=np.float64)


def _baseline(line: np.ndarray) -> int:
    """The last of the rows that hold most ink."""
    rows = line.sum(axis=1)
    return int(np.flatnonzero(rows > 0.5 * np.percentile(rows, 85))[-1])


def _print(paper: str, layout: _Layout, rng: np.random.Generator) -> np.ndarray:
    """Printed lines of the paper, (H, W) float32: share of light that they take."""
    printed = np.zeros((layout.height, layout.width), np.float32)
    tone, thick = float(rng.uniform(0.1, 0.35)), int(rng.integers(1, 3))
    if paper == "ruled":
        for row in range(layout.rows + 2):
            y = int(layout.top + layout.pitch * (row - 0.25))
            printed[y : y + thick] = tone
    elif paper == "squared":
        step = layout.pitch / int(rng.integers(1, 3))
        for place in np.arange(0.3 * step, layout.height, step).astype(int):
            printed[place : place + thick] = tone
            printed[:, place : place + thick] = tone
    if rng.random() < 0.25:
        x = max(2, layout.lefts[0] - int(0.02 * layout.width))
        printed[:, x : x + 2] = float(rng.uniform(0.2, 0.5))
    return printed


def _lit(coverage: np.ndarray, printed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Paper, pen, light, lens and sensor: (H, W) uint8."""
    height, width = coverage.shape
    clouds = cv2.resize(rng.normal(0, 1, (12, 9)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    paper = rng.uniform(190, 255) + rng.uniform(0, 5) * clouds
    grey = paper * (1 - printed) * (1 - rng.uniform(0.5, 0.95) * coverage)
    if rng.random() < 0.5:
        across, down = np.linspace(-1, 1, width)[None], np.linspace(-1, 1, height)[:, None]
        direction = rng.normal(0, 1, 2)
        grey = grey * (1 - rng.uniform(0.05, 0.35) * (0.5 + 0.5 * np.tanh(direction[0] * across + direction[1] * down)))
    if rng.random() < 0.5:
        grey = cv2.GaussianBlur(grey, (0, 0), float(rng.uniform(0.4, 1.2)))
    grey = grey + rng.normal(0, rng.uniform(0.5, 5), (height, width))
    return np.clip(grey, 0, 255).astype(np.uint8)


def count_lines(pages: Sequence[tuple[ComposedPage, list[np.ndarray]]]) -> Counted:
    """Compare the known lines of pages with the outlines (N, 2) of those that were found on each."""
    best, cut, merged, extra, ordered = [], 0, 0, 0, 0
    for page, outlines in pages:
        found = np.array([page.box_of(outline) for outline in outlines]).reshape(-1, 4)
        common = _shared(page.boxes[:, None], found[None])
        known_area, found_area = _area(page.boxes)[:, None], _area(found)[None]
        iou = common / (known_area + found_area - common)
        closest = iou.max(axis=1, initial=0.0)
        best += list(closest)
        cut += int(((common > 0.5 * found_area).sum(axis=1) > 1).sum())
        # Lines whose letters reach into each other: a region that another one explains better is no merger.
        holds = (common > 0.5 * known_area) & (iou == closest[:, None])
        merged += int(holds[:, holds.sum(axis=0) > 1].any(axis=1).sum())
        extra += int((common.max(axis=0, initial=0.0) < 0.3 * found_area[0]).sum())
        order = [int(row.argmax()) for row in iou if row.max(initial=0.0) >= 0.5]
        ordered += order == sorted(order)
    return Counted(
        len(best),
        float(np.mean(np.array(best) >= 0.7)),
        cut / len(best),
        merged / len(best),
        extra,
        ordered / len(pages),
        float(np.median(best)),
    )


def _area(boxes: np.ndarray) -> np.ndarray:
    return np.prod(np.maximum(boxes[..., 2:] - boxes[..., :2], 0.0), axis=-1)


def _shared(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    return _area(np.concatenate([low, high], axis=-1))
