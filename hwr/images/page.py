"""An image with one or many lines of writing -> its lines, deskewed and cut out, by classical means.

The page is looked at small, where it has about a million pixels (`hwr.images.page_ink`). Every connected piece of ink is
given to a line (`hwr.images.ridges`), and the line is then cut out of the full-size image.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from hwr.errors import InputError
from hwr.images.outline import baseline_of, outline_of
from hwr.images.page_ink import PageInk, ReducedPage, ink_of, pixel_matrix, rotation
from hwr.images.ridges import assign

MOST_LINES = 300  # of one image; more is noise, and would take minutes


@dataclass(frozen=True)
class LineRegion:
    """One line of writing on an uploaded image.

    polygon: (4, 2) float64 corners of the cut-out in the upload, clockwise from the line's top left. matrix: (2, 3)
    float64, upload -> line image, continuous coordinates (pixel i covers [i, i+1)). grey: (h, w) uint8, the line upright,
    with what belongs to its neighbours painted over. outline: (N, 2) float64, tight about the ink, clockwise from the top
    left. baseline: (M, 2) float64, from left to right under the small letters. Both are in the upload.
    """

    polygon: np.ndarray
    matrix: np.ndarray
    grey: np.ndarray = field(repr=False)
    outline: np.ndarray = field(repr=False)
    baseline: np.ndarray = field(repr=False)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 of the ink in the upload."""
        (x0, y0), (x1, y1) = self.outline.min(axis=0), self.outline.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)


def find_lines(grey: np.ndarray) -> list[LineRegion]:
    """The lines of writing in reading order; an image of one line gives that line alone.

    grey: (H, W) uint8. Lines may be turned by up to 15 degrees. An upright line is cut out without resampling. Raises
    InputError when there is no writing.
    """
    ink = ink_of(grey)
    owners = assign(ink.mask, ink.pieces, ink.letter, ink.page.pen)
    count = int(owners.max()) + 1 if owners.size else 0
    if count == 0:
        raise InputError("images.no_ink")
    if count > MOST_LINES:
        raise InputError("images.too_many_lines", count=count, most=MOST_LINES)
    lines = [ink.points[owners == index] for index in range(count)]
    return [cut_out(grey, ink, owners, index) for index in _reading_order(lines, ink.letter)]


def _warp_mask(mask: np.ndarray, matrix: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    turned = cv2.warpAffine(mask * np.uint8(255), pixel_matrix(matrix), shape[::-1], flags=cv2.INTER_LINEAR)
    return (turned > 110).astype(np.uint8)


def _reading_order(lines: list[np.ndarray], letter: float) -> list[int]:
    """Top to bottom; of two columns parted by a gutter the left one first, what spans both before or after them."""
    boxes = np.array([[*line.min(axis=0), *line.max(axis=0)] for line in lines])
    middles = np.array([np.median(line[:, 1]) for line in lines])
    down = [int(index) for index in np.argsort(middles)]
    rank, fewest = np.zeros(len(lines)), 0.25 * len(lines)
    for gutter in np.unique(boxes[:, 2]):
        left, right = boxes[:, 2] <= gutter, boxes[:, 0] >= gutter + letter
        across = ~left & ~right
        if min(left.sum(), right.sum()) < 3 or across.sum() >= fewest:
            continue
        # Short lines of one column stand above and below each other, columns side by side.
        beside = sum(np.abs(middles[right] - middle).min() < 2 * letter for middle in middles[left])
        if beside >= 0.5 * min(left.sum(), right.sum()):
            fewest = across.sum()
            first = middles[~across].min()
            rank = np.where(left, 1, np.where(right, 2, np.where(middles < first, 0, 3)))
    return sorted(_left_to_right(down, boxes), key=lambda index: rank[index])


def _left_to_right(down: list[int], boxes: np.ndarray) -> list[int]:
    """The same order, but what stands beside the other on one row, at most half above it, from left to right.

    boxes: (N, 4), x0, y0, x1, y1.
    """
    order = list(down)
    for at in range(1, len(order)):
        for place in range(at, 0, -1):
            before, own = boxes[order[place - 1]], boxes[order[place]]
            shared = min(before[3], own[3]) - max(before[1], own[1])
            if own[2] > before[0] or shared < 0.5 * min(before[3] - before[1], own[3] - own[1]):
                break
            order[place - 1], order[place] = order[place], order[place - 1]
    return order


def cut_out(grey: np.ndarray, ink: PageInk, owners: np.ndarray, index: int) -> LineRegion:
    """Cut the line that is number `index` of `owners`, one for each pixel of the ink, out of the full-size image."""
    height, width = grey.shape
    points = ink.points[owners == index]
    upload = ink.to_upload(points)
    own_angle = _line_angle(upload, ink.angle)
    factor = (ink.page.factor_x * ink.page.factor_y) ** 0.5
    margin = max(4.0, 0.35 * ink.letter * factor)
    half = 0.5 * factor
    straight = np.ptp(upload[:, 1]) + 2 * half
    to_line = rotation(own_angle, grey.shape)
    turned = upload @ to_line[:, :2].T + to_line[:, 2]
    if own_angle == 0.0 or np.ptp(turned[:, 1]) + 2 * half > 0.92 * straight:
        own_angle, turned, to_line = 0.0, upload, np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    x0, y0 = np.floor(turned.min(axis=0) - half - margin)
    x1, y1 = np.ceil(turned.max(axis=0) + half + margin)
    if own_angle == 0.0:
        x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)
    matrix = to_line.copy()
    matrix[:, 2] -= x0, y0
    return cut_upright(grey, ink, owners, index, matrix, (int(x1 - x0), int(y1 - y0)))


def cut_upright(
    grey: np.ndarray, ink: PageInk, owners: np.ndarray, index: int, matrix: np.ndarray, size: tuple[int, int]
) -> LineRegion:
    """The same where the cut-out is given. matrix: (2, 3), upload -> line image; size: its width and height."""
    height, width = grey.shape
    if np.array_equal(matrix[:, :2], np.eye(2)) and not (matrix[:, 2] % 1).any():
        x0, y0 = (-matrix[:, 2]).astype(int)
        line = grey[max(y0, 0) : y0 + size[1], max(x0, 0) : x0 + size[0]].copy()
    else:
        line = cv2.warpAffine(grey, pixel_matrix(matrix), size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    owner_map = np.full(ink.mask.shape, -1, np.int16)
    owner_map[ink.pieces.y, ink.pieces.x] = owners
    _paint_over_neighbours(line, ink.page, ink.turn, owner_map, index, matrix)
    inverse = cv2.invertAffineTransform(matrix)
    corners = np.array([[0.0, 0.0], [size[0], 0.0], [size[0], size[1]], [0.0, size[1]]])
    points = ink.points[owners == index]
    outline, baseline = (
        np.clip(ink.to_upload(shape), 0, (width, height))
        for shape in (outline_of(points, ink.letter), baseline_of(points, ink.letter))
    )
    return LineRegion(corners @ inverse[:, :2].T + inverse[:, 2], matrix, line, outline, baseline)


def _line_angle(points: np.ndarray, angle: float) -> float:
    """The line's own slope in degrees, (N, 2) ink points of the upload; the page's where the line is short."""
    length, height = np.ptp(points[:, 0]), np.ptp(points[:, 1])
    if length < 6.0 * max(height - length * abs(np.tan(np.radians(angle))), 1.0):
        return angle
    x = points[:, 0] - points[:, 0].mean()
    y = points[:, 1] - x * np.tan(np.radians(angle))
    # Ascenders and descenders pull a straight fit; two rounds without the far ones follow the small letters.
    slope, keep = 0.0, np.ones(len(x), bool)
    for _ in range(3):
        spread = float(np.sum(np.square(x[keep])))
        middle = float(np.mean(y[keep]))
        slope = float(np.sum(x[keep] * (y[keep] - middle))) / max(spread, 1e-9)
        distance = np.abs(y - slope * x - np.median(y[keep] - slope * x[keep]))
        keep = distance <= max(1.0, float(np.percentile(distance, 70)))
    own = float(np.degrees(np.arctan(np.tan(np.radians(angle)) + slope)))
    return own if abs(own - angle) < 4.0 else angle


def _paint_over_neighbours(
    line: np.ndarray, page: ReducedPage, turn: np.ndarray, owner_map: np.ndarray, index: int, matrix: np.ndarray
) -> None:
    """Replace by paper, in place, what other lines leave in the cut-out; the line's own strokes keep their pixels."""
    scale = np.diag([page.factor_x, page.factor_y, 1.0])
    to_line = (np.vstack([matrix, [0, 0, 1]]) @ scale)[:2]  # reduced page -> line image
    turned_to_line = (np.vstack([to_line, [0, 0, 1]]) @ np.linalg.inv(np.vstack([turn, [0, 0, 1]])))[:2]
    height, width = line.shape
    corners = np.array([[0.0, 0.0], [width, 0.0], [width, height], [0.0, height]])
    inverse = cv2.invertAffineTransform(turned_to_line)
    box = corners @ inverse[:, :2].T + inverse[:, 2]
    x0, y0 = np.maximum(np.floor(box.min(axis=0)).astype(int) - 2, 0)
    x1, y1 = np.ceil(box.max(axis=0)).astype(int) + 2
    owners = owner_map[y0:y1, x0:x1]
    others = ((owners >= 0) & (owners != index)).astype(np.uint8)
    if not others.any():
        return
    own = (owners == index).astype(np.uint8)
    ring = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    others = np.asarray(cv2.subtract(cv2.dilate(others, ring), cv2.dilate(own, np.ones((3, 3), np.uint8))))
    shifted = turned_to_line.copy()
    shifted[:, 2] += turned_to_line[:, :2] @ np.array([x0, y0])
    covered = _warp_mask(others, shifted, (height, width)).astype(bool)
    paper = cv2.warpAffine(
        page.paper, pixel_matrix(to_line), (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    line[covered] = paper[covered]
