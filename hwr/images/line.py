"""One line of writing -> network pixels, and the one place that knows how pixels, frames and the upload correspond."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from hwr.errors import InputError
from hwr.images.ink import ink_box, ink_map

BORDER = 4  # paper left around the ink, network pixels
MAX_NETWORK_WIDTH = 16384
RETSINAS_BORDER = 8


@dataclass(frozen=True)
class LineGeometry:
    """The affine map from the uploaded image to network pixels, and the frames on it.

    Coordinates are continuous: pixel i covers [i, i+1). `matrix` is (2, 3), upload -> network. Frame t looks at network
    x = offset + stride * t and owns the `stride` pixels around it.
    """

    matrix: np.ndarray
    width: int
    height: int
    stride: int
    offset: float
    upload_width: int
    upload_height: int

    @property
    def frames(self) -> int:
        return self.width // self.stride

    def to_network(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) points of the upload -> (N, 2) network pixels."""
        return np.asarray(points, dtype=np.float64) @ self.matrix[:, :2].T + self.matrix[:, 2]

    def to_upload(self, points: np.ndarray) -> np.ndarray:
        """(N, 2) network pixels -> (N, 2) points of the upload."""
        return (np.asarray(points, dtype=np.float64) - self.matrix[:, 2]) @ np.linalg.inv(self.matrix[:, :2]).T

    def frame_middle(self, first: int, last: int) -> float:
        """Network x of the middle of frames first..last."""
        return self.offset + self.stride * (first + last) / 2

    def middle_in_upload(self, frame: int) -> tuple[float, float]:
        """(x, y) in the upload of the middle of a frame."""
        x, y = self.to_upload(np.array([[self.frame_middle(frame, frame), self.height / 2]]))[0]
        return float(x), float(y)

    def corners(self, x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
        """The (4, 2) corners in the upload of a box of network pixels, clockwise from top left."""
        return self.to_upload(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]))

    def upload_length(self, length: float) -> float:
        """How many pixels of the upload so many network pixels along the line are."""
        start, end = self.to_upload(np.array([[0.0, 0.0], [length, 0.0]]))
        return float(np.hypot(*(end - start)))

    def frame_span(self, first: int, last: int) -> tuple[float, float]:
        """(x0, x1) in the upload of frames first..last at the line's middle height, cut at the image's edges."""
        low, high = np.clip(np.sort(self.upload_x(*self.network_span(first, last))), 0.0, self.upload_width)
        return float(low), float(high)

    def network_span(self, first: float, last: float) -> tuple[float, float]:
        """(x0, x1) in network pixels of frames first..last."""
        return self.offset + self.stride * (first - 0.5), self.offset + self.stride * (last + 0.5)

    def upload_x(self, *network_x: float) -> list[float]:
        """x in the upload of each network x at the line's middle height."""
        return self.to_upload(np.array([[x, self.height / 2] for x in network_x]))[:, 0].tolist()

    @property
    def scale(self) -> tuple[float, float]:
        """Network pixels to a pixel of the upload, along the line and across it."""
        along, across = np.linalg.norm(self.matrix[:, :2], axis=1).tolist()
        return along, across

    def frame_at(self, x: float, y: float) -> int:
        """The frame that owns this point of the upload, cut to the line's frames."""
        network_x = self.to_network(np.array([[x, y]]))[0, 0]
        return int(np.clip(round((network_x - self.offset) / self.stride), 0, self.frames - 1))


@dataclass(frozen=True)
class LineAxis:
    """What a line is drawn on: network x from `low` to `high`, as long as the upload's pixels along the line.

    margin: paper shown above and below the network's input, as a share of its height. Frame t covers
    [frame_x0 + t * frame_width, frame_x0 + (t + 1) * frame_width); x of the upload = origin + per_pixel * x of the axis.
    """

    geometry: LineGeometry
    low: float
    high: float
    margin: float

    @classmethod
    def drawn(cls, geometry: LineGeometry, frame_x0: float, width: float, margin: float) -> LineAxis:
        """The axis of a line that was drawn, by the two numbers that place its frames on it."""
        along = geometry.scale[0]
        low = geometry.network_span(0, 0)[0] - frame_x0 * along
        return cls(geometry, low, low + width * along, margin)

    @property
    def width(self) -> float:
        return (self.high - self.low) / self.geometry.scale[0]

    @property
    def height(self) -> float:
        return self.geometry.height * (1 + 2 * self.margin) / self.geometry.scale[1]

    @property
    def frame_x0(self) -> float:
        return self.x(self.geometry.network_span(0, 0)[0])

    @property
    def frame_width(self) -> float:
        return self.geometry.stride / self.geometry.scale[0]

    @property
    def origin(self) -> float:
        return self.geometry.upload_x(self.low)[0]

    @property
    def per_pixel(self) -> float:
        start, end = self.geometry.upload_x(self.low, self.high)
        return (end - start) / self.width

    @property
    def matrix(self) -> np.ndarray:
        """(2, 3): points of the upload -> points of the axis, whose y begins above the margin."""
        start = np.array([self.low, -self.margin * self.geometry.height])
        moved = self.geometry.matrix - np.column_stack([np.zeros((2, 2)), start])
        return moved / np.array(self.geometry.scale)[:, None]

    def x(self, network_x: float) -> float:
        """Network x -> x of the axis, which may lie before its start or past its end."""
        return (network_x - self.low) / self.geometry.scale[0]

    def clipped(self, network_x: float) -> float:
        """The same, cut to the axis."""
        return float(np.clip(self.x(network_x), 0.0, self.width))

    def input_box(self) -> tuple[float, float, float, float]:
        """(x0, top, x1, bottom) of the network's input; its ends may lie outside of the axis."""
        top = self.margin * self.geometry.height / self.geometry.scale[1]
        return self.x(0.0), top, self.x(self.geometry.width), self.height - top


@dataclass(frozen=True)
class NetworkLine:
    """Network pixels of one line: (H, W) float32, ink 1 and paper 0, with their geometry."""

    pixels: np.ndarray
    geometry: LineGeometry


def prepare_line(
    grey: np.ndarray,
    *,
    height: int,
    stride: int,
    offset: float,
    width_multiple: int,
    margins: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0),
    matrix: np.ndarray | None = None,
    upload_size: tuple[int, int] | None = None,
) -> NetworkLine:
    """Even out the light, cut to the ink and scale to the network's height.

    grey: (H, W) uint8, one line. margins: paper left around the ink (left, top, right, bottom), in heights of the ink.
    matrix: (2, 3) map from the upload to `grey` when `grey` is a piece of it, and upload_size its (width, height).
    Raises InputError when there is no ink or the line is too long.
    """
    ink = ink_map(grey)
    box = None if ink is None else ink_box(ink)
    if ink is None or box is None:
        raise InputError("images.no_ink")
    left, top, right, bottom = (round(margin * (box[3] - box[1])) for margin in margins)
    rows, columns = ink.shape
    return scale_ink(
        ink,
        (max(0, box[0] - left), max(0, box[1] - top), min(columns, box[2] + right), min(rows, box[3] + bottom)),
        height=height,
        stride=stride,
        offset=offset,
        width_multiple=width_multiple,
        matrix=matrix,
        upload_size=upload_size,
    )


def scale_ink(
    ink: np.ndarray,
    box: tuple[int, int, int, int],
    *,
    height: int,
    stride: int,
    offset: float,
    width_multiple: int,
    matrix: np.ndarray | None = None,
    upload_size: tuple[int, int] | None = None,
) -> NetworkLine:
    """Cut an ink map (H, W) to `box` and scale it to the network's height; the other arguments as in `prepare_line`."""
    x0, y0, x1, y1 = box
    # A dash or a dot fills its box, which letters never do; it is not blown up to the height of a letter.
    ink_height = max(1.0, 2.5 * float(ink[y0:y1, x0:x1].mean())) * max(y1 - y0, 4.0)
    scale = (height - 2 * BORDER) / ink_height
    content_width, content_height = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
    width = -(-(content_width + 2 * BORDER) // width_multiple) * width_multiple
    if width > MAX_NETWORK_WIDTH:
        raise InputError("images.line_too_long", length=x1 - x0, height=y1 - y0, limit=int(MAX_NETWORK_WIDTH / scale))
    content = cv2.resize(
        ink[y0:y1, x0:x1],
        (content_width, content_height),
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )
    top = (height - content_height) // 2
    pixels = np.zeros((height, width), dtype=np.float32)
    pixels[top : top + content_height, BORDER : BORDER + content_width] = content
    sx, sy = content_width / (x1 - x0), content_height / (y1 - y0)
    to_network = np.array([[sx, 0.0, BORDER - x0 * sx], [0.0, sy, top - y0 * sy]])
    return NetworkLine(
        pixels, _geometry(to_network, pixels, stride, offset, matrix, upload_size or (ink.shape[1], ink.shape[0]))
    )


def prepare_line_retsinas(
    grey: np.ndarray,
    *,
    height: int,
    width: int,
    stride: int,
    offset: float,
    matrix: np.ndarray | None = None,
    upload_size: tuple[int, int] | None = None,
) -> NetworkLine:
    """The input of Retsinas et al. 2022: never enlarged, top left on a fixed canvas behind an 8 px border, median padding.

    grey: (H, W) uint8. Ink is 1 - grey / 255. Arguments as in `prepare_line`.
    """
    ink = (1.0 - grey.astype(np.float32) / 255.0).astype(np.float32)
    rows, columns = ink.shape
    room_height, room_width = height - 2 * RETSINAS_BORDER, width - 2 * RETSINAS_BORDER
    content_height = min(rows, room_height)
    content_width = min(max(1, round(columns * content_height / rows)), room_width)
    content = cv2.resize(ink, (content_width, content_height), interpolation=cv2.INTER_AREA)
    pixels = np.full((height, width), float(np.median(ink)), dtype=np.float32)
    b = RETSINAS_BORDER
    pixels[b : b + content_height, b : b + content_width] = content
    sx, sy = content_width / columns, content_height / rows
    to_network = np.array([[sx, 0.0, b], [0.0, sy, b]])
    return NetworkLine(pixels, _geometry(to_network, pixels, stride, offset, matrix, upload_size or (columns, rows)))


def _geometry(
    to_network: np.ndarray,
    pixels: np.ndarray,
    stride: int,
    offset: float,
    matrix: np.ndarray | None,
    upload_size: tuple[int, int],
) -> LineGeometry:
    if matrix is not None:
        to_network = (np.vstack([to_network, [0, 0, 1]]) @ np.vstack([matrix, [0, 0, 1]]))[:2]
    return LineGeometry(to_network, pixels.shape[1], pixels.shape[0], stride, offset, *upload_size)
