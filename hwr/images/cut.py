"""One line of a page again, from its corners: the picture of it that the recogniser was given."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from hwr.errors import InputError
from hwr.images.digest import image_digest
from hwr.images.interpretation import turned
from hwr.images.load import load_image
from hwr.images.page import LineRegion, find_lines

NEAR = 1.0  # pixels by which corners of the same line may differ


@dataclass(frozen=True)
class LinedPage:
    """An image file with the lines that were found on it. digest: tells file and turn from all others."""

    digest: str
    name: str
    grey: np.ndarray = field(repr=False)
    regions: list[LineRegion] = field(repr=False)

    def line_image(self, polygon: np.ndarray) -> np.ndarray:
        """The line with these (4, 2) corners, clockwise from its top left, upright: (H, W) uint8.

        A line that was found here comes as it was found, with its neighbours painted over; any other is cut along its
        corners. Raises InputError when the corners enclose nothing.
        """
        for region in self.regions:
            if np.abs(region.polygon - polygon).max() < NEAR:
                return region.grey
        return cut_along(self.grey, polygon)


def cut_along(grey: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """The quadrilateral (4, 2), clockwise from its top left, turned upright: (H, W) uint8.

    Raises InputError when it encloses nothing.

    >>> grey = np.arange(20, dtype=np.uint8).reshape(4, 5)
    >>> cut_along(grey, np.array([[1.0, 1.0], [4.0, 1.0], [4.0, 3.0], [1.0, 3.0]])).tolist()
    [[6, 7, 8], [11, 12, 13]]
    """
    corners = np.asarray(polygon, dtype=np.float64)
    top, right, bottom, left = (float(np.hypot(*(corners[(i + 1) % 4] - corners[i]))) for i in range(4))
    width, height = round((top + bottom) / 2), round((left + right) / 2)
    if min(width, height) < 1:
        raise InputError("images.no_area")
    # Corners are edges of pixels, OpenCV counts from their middles.
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform((corners - 0.5).astype(np.float32), target)
    return np.asarray(
        cv2.warpPerspective(grey, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )


def lined_page(path: str | Path, degrees: int = 0) -> LinedPage:
    """The first page of an image file, turned clockwise by so many degrees, with its lines.

    Raises InputError when the file is gone or cannot be read.
    """
    return _lined_page(str(path), _changed(path), degrees)


def file_digest(path: str | Path, degrees: int = 0) -> str:
    """The `LinedPage.digest` of a file. Raises InputError when it is gone."""
    return _file_digest(str(path), _changed(path), degrees)


def _changed(path: str | Path) -> int:
    try:
        return Path(path).stat().st_mtime_ns
    except OSError:
        raise InputError("images.gone") from None


@lru_cache(maxsize=64)
def _file_digest(path: str, changed: int, degrees: int) -> str:
    digest = image_digest(Path(path).read_bytes())
    # The lines of a turned page lie elsewhere.
    return image_digest(f"{digest} turned {degrees}".encode()) if degrees else digest


@lru_cache(maxsize=2)
def _lined_page(path: str, changed: int, degrees: int) -> LinedPage:
    upload = turned(load_image(path), degrees)
    try:
        regions = find_lines(upload.grey)
    except InputError:  # no ink is found on some images that are read as one line
        regions = []
    return LinedPage(file_digest(path, degrees), upload.name, upload.grey, regions)
