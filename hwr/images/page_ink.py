"""A page as it is looked at: small, upright, its ink told from paper, the skew found, ruling and page edges taken out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from hwr.errors import InputError
from hwr.images.ink import MIN_CONTRAST, paper_is_dark
from hwr.images.ridges import Pieces, letter_height, line_pitch
from hwr.images.ruling import printed_lines

WORK_PIXELS = 1_200_000
MAX_SKEW = 15.0  # degrees
LEAST_INK = 2e-5  # share of the page; less is dust
LEAST_PITCH = 2.4  # heights of small letters from one line to the next
MOST_PIECES = 20_000  # of one image; more is noise, and would take minutes


@dataclass(frozen=True)
class ReducedPage:
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

    page: ReducedPage
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
    turn = rotation(angle, page.ink.shape)
    mask = _writing(page, turn if angle != 0.0 else None)
    pieces = Pieces.find(mask)
    if pieces.count > MOST_PIECES:
        raise InputError("images.too_many_specks", count=pieces.count)
    letter = letter_height(pieces, page.pen)
    if (pitch := line_pitch(mask, letter)) is not None:  # where lines are close, words of capitals stand for letters
        letter = max(3.0, 2.5 * page.pen, min(letter, pitch / LEAST_PITCH))
    return PageInk(page, angle, turn, mask, pieces, letter)


def _reduce(grey: np.ndarray) -> ReducedPage:
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
    return ReducedPage(width / size[0], height / size[1], whole, excess, least, 255 - paper if dark else paper, pen)


def _dark(excess: np.ndarray, least: np.ndarray) -> float:
    """From where on a pixel is about as dark as strokes are. Raises InputError where nothing stands out."""
    step = max(1, excess.shape[0] // 512), max(1, excess.shape[1] // 1024)
    sample = excess[:: step[0], :: step[1]]
    strokes = sample[sample > least[:: step[0], :: step[1]]]
    if strokes.size < 4:
        raise InputError("images.no_ink")
    return 0.35 * float(np.percentile(strokes, 80))


def _writing(page: ReducedPage, turn: np.ndarray | None) -> np.ndarray:
    """Ink without printed lines, (h, w) uint8 mask of the page turned upright; turn None: it is."""
    excess, least = page.excess, page.least
    if turn is not None:
        size = excess.shape[::-1]
        excess, least = (
            cv2.warpAffine(values, pixel_matrix(turn), size, flags=cv2.INTER_LINEAR, borderValue=outside)
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


def rotation(angle: float, shape: tuple[int, int]) -> np.ndarray:
    """(2, 3) continuous map that turns writing which runs down by `angle` degrees upright about the image's centre."""
    return cv2.getRotationMatrix2D((shape[1] / 2.0, shape[0] / 2.0), angle, 1.0)


def pixel_matrix(matrix: np.ndarray) -> np.ndarray:
    """The same map for OpenCV, whose whole numbers are pixel centres."""
    moved = matrix.copy()
    moved[:, 2] += matrix[:, :2] @ np.array([0.5, 0.5]) - 0.5
    return moved
