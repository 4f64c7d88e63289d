"""An image with one or many lines of writing -> its lines, deskewed and cut out, by classical means.

The page is looked at small, where it has about a million pixels: ink is told from paper, the skew found, ruling and
page edges taken out. Every connected piece of ink is given to a line (`hwr.images.ridges`), and the line is then cut out
of the full-size image.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from hwr.errors import InputError
from hwr.images.ink import MIN_CONTRAST, paper_is_dark
from hwr.images.outline import baseline_of, outline_of
from hwr.images.ridges import Pieces, assign, letter_height, line_pitch
from hwr.images.ruling import printed_lines

WORK_PIXELS = 1_200_000
MAX_SKEW = 15.0  # degrees
LEAST_INK = 2e-5  # share of the page; less is dust
LEAST_PITCH = 2.4  # heights of small letters from one line to the next
MOST_PIECES, MOST_LINES = 20_000, 300  # of one image; more is noise, and would take minutes


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


@dataclass(frozen=True)
class _Page:
    """The reduced page. factor: upload pixels per reduced pixel. ink: (h, w) uint8 mask, printed lines included. excess:
    (h, w) uint8, 255 times the share of light that is taken beyond the paper's own noise; least: the same of what is no
    noise, by place. paper: (h, w) uint8, its brightness without ink, in the polarity of the upload. pen: stroke width in
    reduced pixels."""

    factor_x: float
    factor_y: float
    ink: np.ndarray
    excess: np.ndarray
    least: np.ndarray
    paper: np.ndarray
    pen: float


@dataclass(frozen=True)
class PageInk:
    """The writing of a page, upright and small. mask: (h, w) uint8; pieces: of it; letter: height of small letters in it.

    turn: (2, 3), reduced page -> mask; angle: by which the writing ran down to the right, in degrees.
    """

    page: _Page
    angle: float
    turn: np.ndarray
    mask: np.ndarray
    pieces: Pieces
    letter: float

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels of the upload per reduced one, across and down."""
        return self.page.factor_x, self.page.factor_y

    @property
    def points(self) -> np.ndarray:
        """(N, 2) centres of the mask's pixels, in the order of `pieces`."""
        return np.stack([self.pieces.x + 0.5, self.pieces.y + 0.5], axis=1)

    def to_mask(self, points: np.ndarray) -> np.ndarray:
        """Points (N, 2) of the upload on the mask."""
        return (points / self.scale) @ self.turn[:, :2].T + self.turn[:, 2]

    def to_upload(self, points: np.ndarray) -> np.ndarray:
        """The way back."""
        back = cv2.invertAffineTransform(self.turn)
        return (points @ back[:, :2].T + back[:, 2]) * self.scale


def ink_of(grey: np.ndarray) -> PageInk:
    """What is written on a page (H, W) uint8. Raises InputError where nothing is, and for noise."""
    page = _reduce(grey)
    angle = _skew(page.ink)
    turn = _rotation(angle, page.ink.shape)
    mask = _writing(page, turn if angle != 0.0 else None)
    pieces = Pieces.find(mask)
    if pieces.count > MOST_PIECES:
        raise InputError("images.too_many_specks", count=pieces.count)
    letter = letter_height(pieces, page.pen)
    if (pitch := line_pitch(mask, letter)) is not None:  # where lines are close, words of capitals stand for letters
        letter = max(3.0, 2.5 * page.pen, min(letter, pitch / LEAST_PITCH))
    return PageInk(page, angle, turn, mask, pieces, letter)


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


def _reduce(grey: np.ndarray) -> _Page:
    """Bring the page down to the working size and tell ink from paper."""
    height, width = grey.shape
    factor = max(1.0, (height * width / WORK_PIXELS) ** 0.5)
    size = max(1, round(width / factor)), max(1, round(height / factor))
    small = grey if factor == 1.0 else cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    dark = paper_is_dark(small)
    if dark:
        small = 255 - small
    paper = _paper(small)
    # Noise on a table that is much darker than the sheet is not ink.
    floor = max(1.0, 0.35 * float(np.percentile(paper[::8, ::8], 90)))
    absorption = cv2.subtract(paper, small) / np.maximum(paper, floor).astype(np.float32)
    noise, spread = _noise(absorption)
    excess = np.clip((absorption - noise) * 255.0, 0, 255).astype(np.uint8)
    least = (np.maximum(MIN_CONTRAST / 255.0, 6.0 * spread) * 255.0).astype(np.uint8)
    ink = (excess > np.maximum(least, _dark(excess, least))).astype(np.uint8)
    pen = _pen_width(ink)
    whole = _without_blots(ink, pen)
    if int(whole.sum()) < max(4.0, LEAST_INK * whole.size):
        raise InputError("images.no_ink")
    excess[(ink > 0) & (whole == 0)] = 0
    return _Page(width / size[0], height / size[1], whole, excess, least, 255 - paper if dark else paper, pen)


def _dark(excess: np.ndarray, least: np.ndarray) -> float:
    """From where on a pixel is about as dark as strokes are. Raises InputError where nothing stands out."""
    step = max(1, excess.shape[0] // 512), max(1, excess.shape[1] // 1024)
    sample = excess[:: step[0], :: step[1]]
    strokes = sample[sample > least[:: step[0], :: step[1]]]
    if strokes.size < 4:
        raise InputError("images.no_ink")
    return 0.35 * float(np.percentile(strokes, 80))


def _writing(page: _Page, turn: np.ndarray | None) -> np.ndarray:
    """Ink without printed lines, (h, w) uint8 mask of the page turned upright; turn None: it is."""
    excess, least = page.excess, page.least
    if turn is not None:
        size = excess.shape[::-1]
        excess, least = (
            cv2.warpAffine(values, _pixel_matrix(turn), size, flags=cv2.INTER_LINEAR, borderValue=outside)
            for values, outside in ((excess, 0), (least, 255))
        )
    dark = _dark(excess, least)
    ruling = printed_lines(excess, least, dark, page.pen)
    if ruling.any():
        excess = np.where(ruling, 0, excess).astype(np.uint8)
        dark = _dark(excess, least)
    return (excess > np.maximum(least, dark)).astype(np.uint8)


def _noise(absorption: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Median of an absorption map and its spread about it, as (h, w) maps: paper, shadow and table are each their own.

    Where letters are so large that they fill a block, the caps keep them from passing for noise.
    """
    height, width = absorption.shape
    block = max(32, min(height, width) // 8) // 2
    half = absorption[::2, ::2]
    rows, columns = max(1, half.shape[0] // block), max(1, half.shape[1] // block)
    tall, wide = min(block, half.shape[0]), min(block, half.shape[1])
    blocks = half[: rows * tall, : columns * wide].reshape(rows, tall, columns, wide).transpose(0, 2, 1, 3)
    blocks = blocks.reshape(rows, columns, -1)
    noise = np.minimum(np.median(blocks, axis=2), 0.2)
    spread = np.minimum(1.4826 * np.median(np.abs(blocks - noise[:, :, None]), axis=2), 0.05)
    noise, spread = (
        np.asarray(cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR))
        for coarse in (noise, spread)
    )
    return noise, spread


def _paper(grey: np.ndarray) -> np.ndarray:
    """Brightness of the paper alone, (H, W) uint8: a closing with a window wider than any stroke.

    Unlike `ink.paper_level` it is not smoothed, so that the edge of a sheet on a dark table stays an edge.
    """
    height, width = grey.shape
    factor = max(1.0, min(height, width) / 256.0)
    small = cv2.resize(
        grey, (max(1, round(width / factor)), max(1, round(height / factor))), interpolation=cv2.INTER_AREA
    )
    window = max(9, min(31, small.shape[0] // 2)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (window, window))
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    # Along such an edge the darker side counts, or half a pixel of table would look like ink.
    closed = cv2.erode(closed, np.ones((5, 5), np.uint8), borderType=cv2.BORDER_REPLICATE)
    return cv2.resize(cv2.blur(closed, (3, 3)), (width, height), interpolation=cv2.INTER_LINEAR)


def _pen_width(ink: np.ndarray) -> float:
    """Stroke width in pixels: twice the area over the length of the outline."""
    inner = cv2.erode(ink, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0)
    area = cv2.countNonZero(ink)
    return max(1.0, 2.0 * area / max(1, area - cv2.countNonZero(inner)))


def _without_blots(ink: np.ndarray, pen: float) -> np.ndarray:
    """Take out solid areas that reach in from the image's edge: a table, a shadow, a thumb."""
    size = int(min(4.0 * pen, max(20.0, 0.1 * min(ink.shape)))) | 1
    if min(ink.shape) < 4 * size:
        return ink
    cores = cv2.erode(ink, np.ones((size, size), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=1)
    if not cores.any():
        return ink
    solid = cv2.dilate(cores, np.ones((size, size), np.uint8))
    pieces = Pieces.find(np.asarray(solid))
    left, top = pieces.stats[:, cv2.CC_STAT_LEFT], pieces.stats[:, cv2.CC_STAT_TOP]
    at_edge = (left == 0) | (top == 0)
    at_edge |= (left + pieces.width == ink.shape[1]) | (top + pieces.height == ink.shape[0])
    at_edge[0] = False
    # Its ragged rim goes along, but not the squares of the paper that reach it.
    blots = cv2.dilate(at_edge[pieces.labels].astype(np.uint8), np.ones((size, size), np.uint8))
    return np.where(blots > 0, 0, ink).astype(np.uint8)


def _skew(ink: np.ndarray) -> float:
    """Degrees by which the writing runs down to the right: the shear under which rows of ink are most uneven.

    Where ink is too compact to tell, 0.
    """
    y, x = np.nonzero(ink)
    if np.ptp(x) < 3.0 * 8 or (np.ptp(x) < 1.5 * np.ptp(y) and len(x) < 200):
        return 0.0
    if len(x) > 30_000:
        chosen = np.random.default_rng(0).choice(len(x), 30_000, replace=False)
        y, x = y[chosen], x[chosen]
    x = x - x.mean()

    def unevenness(angle: float) -> float:
        rows = y - x * np.tan(np.radians(angle))
        profile = np.bincount(np.round(rows - rows.min()).astype(np.int64)).astype(np.float64)
        return float(np.square(np.diff(profile)).sum() + 0.05 * np.square(profile).sum()) * (1.0 - 0.004 * abs(angle))

    best = max(np.arange(-MAX_SKEW, MAX_SKEW + 0.1, 1.0), key=unevenness)
    for step in (0.25, 0.05):
        best = max(best + step * np.arange(-4, 5), key=unevenness)
    return float(best) if unevenness(best) > 1.1 * unevenness(0.0) else 0.0


def _rotation(angle: float, shape: tuple[int, int]) -> np.ndarray:
    """(2, 3) continuous map that turns writing which runs down by `angle` degrees upright about the image's centre."""
    return cv2.getRotationMatrix2D((shape[1] / 2.0, shape[0] / 2.0), angle, 1.0)


def _pixel_matrix(matrix: np.ndarray) -> np.ndarray:
    """The same map for OpenCV, whose whole numbers are pixel centres."""
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ np.array([0.5, 0.5]) - 0.5
    return moved


def _warp_mask(mask: np.ndarray, matrix: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    turned = cv2.warpAffine(mask * np.uint8(255), _pixel_matrix(matrix), shape[::-1], flags=cv2.INTER_LINEAR)
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
    return sorted(down, key=lambda index: rank[index])


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
    to_line = _rotation(own_angle, grey.shape)
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
        line = cv2.warpAffine(
            grey, _pixel_matrix(matrix), size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
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
    line: np.ndarray, page: _Page, turn: np.ndarray, owner_map: np.ndarray, index: int, matrix: np.ndarray
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
        page.paper, _pixel_matrix(to_line), (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    line[covered] = paper[covered]
