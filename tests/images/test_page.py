"""Lines are found where they were written, in reading order, whatever the skew, the ruling and the light."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from hwr.errors import InputError
from hwr.images.page import LineRegion, _reading_order, find_lines

FONTS = sorted((Path(__file__).parents[2] / "assets" / "fonts").glob("*.ttf"))
TEXTS = [
    "the quick brown fox jumps over",
    "a lazy dog, and then it sleeps.",
    "Pack my box with five dozen",
    "liquor jugs; how vexingly quick",
    "daft zebras jump by night",
    "Sphinx of black quartz, judge",
    "my vow. Just enough of this.",
]


def font(size: int, face: int | None = None) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A handwriting face of the project where it has one, else Pillow's own."""
    return ImageFont.load_default(size) if face is None or not FONTS else ImageFont.truetype(str(FONTS[face]), size)


def page(
    texts: list[str],
    size: int = 36,
    pitch: float = 1.7,
    face: int | None = None,
    margin: int = 60,
    left: int | None = None,
    canvas: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) uint8 page and the (N, 4) ink boxes x0, y0, x1, y1 of its lines."""
    letters = font(size, face)
    boxes = []
    for index, text in enumerate(texts):
        boxes.append(letters.getbbox(text))
        x, y = (margin if left is None else left), margin + round(index * size * pitch)
        boxes[-1] = (boxes[-1][0] + x, boxes[-1][1] + y, boxes[-1][2] + x, boxes[-1][3] + y)
    boxes = np.array(boxes, dtype=np.float64)
    if canvas is None:
        canvas = np.full((int(boxes[:, 3].max()) + margin, int(boxes[:, 2].max()) + margin), 245, np.uint8)
    image = Image.fromarray(canvas)
    for index, text in enumerate(texts):
        offset = letters.getbbox(text)
        place = boxes[index, 0] - offset[0], boxes[index, 1] - offset[1]
        alone = Image.new("L", image.size, 0)
        for target, ink in ((image, 30), (alone, 255)):
            ImageDraw.Draw(target).text(place, text, fill=ink, font=letters)
        boxes[index] = alone.point([255 * (v > 127) for v in range(256)]).getbbox()
    return np.array(image), boxes


def polygons(boxes: np.ndarray) -> list[np.ndarray]:
    return [np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) for x0, y0, x1, y1 in boxes]


def turned(grey: np.ndarray, boxes: np.ndarray, angle: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """The page turned so that its lines run down to the right by `angle` degrees."""
    height, width = grey.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1.0)
    extent = np.abs(matrix[:, :2])
    size = extent @ (width, height)
    matrix[:, 2] += size / 2 - (width / 2, height / 2)
    moved = cv2.warpAffine(grey, matrix, tuple(int(v) for v in np.ceil(size)), borderValue=245)
    return moved, [corners @ matrix[:, :2].T + matrix[:, 2] for corners in polygons(boxes)]


def overlap(a: np.ndarray, b: np.ndarray) -> float:
    """Intersection over union of two convex polygons."""
    a, b = a.astype(np.float32), b.astype(np.float32)
    common = cv2.intersectConvexConvex(a, b)[0]
    return common / (cv2.contourArea(a) + cv2.contourArea(b) - common)


def assert_found(regions: list[LineRegion], expected: list[np.ndarray], least: float = 0.5) -> None:
    assert len(regions) == len(expected)
    for region, corners in zip(regions, expected, strict=True):
        assert overlap(region.polygon, corners) > least


def assert_consistent(region: LineRegion, upload: np.ndarray) -> None:
    """Polygon and matrix describe the cut-out."""
    height, width = region.grey.shape
    assert region.grey.dtype == np.uint8
    assert region.matrix.shape == (2, 3)
    corners = region.polygon @ region.matrix[:, :2].T + region.matrix[:, 2]
    assert np.allclose(corners, [[0, 0], [width, 0], [width, height], [0, height]], atol=1e-6)
    centres = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), axis=-1)
    source = ((centres - region.matrix[:, 2]) @ np.linalg.inv(region.matrix[:, :2]).T - 0.5).astype(np.float32)
    columns, rows = cv2.split(source)
    expected = cv2.remap(upload, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    same = np.abs(region.grey.astype(int) - expected) < 12
    painted = region.grey > 200  # neighbours are painted over with paper
    assert (same | painted).mean() > 0.99


@pytest.mark.slow
@pytest.mark.parametrize("face", [None, 0, 1])
@pytest.mark.parametrize("count", [2, 4, 7])
def test_upright_pages(count, face):
    grey, boxes = page(TEXTS[:count], face=face)
    regions = find_lines(grey)
    assert_found(regions, polygons(boxes), 0.45)
    for region in regions:
        assert_consistent(region, grey)
        assert np.allclose(region.matrix[:, :2], np.eye(2))


@pytest.mark.slow
@pytest.mark.parametrize("angle", [-14, -8, -3, 3, 8, 14])
@pytest.mark.parametrize("face", [None, 0])
def test_skewed_pages(angle, face):
    grey, boxes = page(TEXTS, face=face)
    grey, expected = turned(grey, boxes, angle)
    regions = find_lines(grey)
    assert_found(regions, expected, 0.45)
    for region in regions:
        assert_consistent(region, grey)
        found = np.degrees(np.arctan2(-region.matrix[1, 0], region.matrix[0, 0]))
        assert found == pytest.approx(angle, abs=1.5)


@pytest.mark.slow
@pytest.mark.parametrize("angle", [0, 2, -6])
@pytest.mark.parametrize("margin_line", [False, True])
def test_ruled_pages(angle, margin_line):
    grey, boxes = page(TEXTS, pitch=1.8, margin=90)
    for line in range(60, grey.shape[0] - 20, 65):
        grey[line : line + 2] = np.minimum(grey[line : line + 2], 170)
    if margin_line:
        grey[:, 70:72] = 150
    grey, expected = turned(grey, boxes, angle)
    assert_found(find_lines(grey), expected, 0.4)


@pytest.mark.slow
@pytest.mark.parametrize("angle", [0, 5])
def test_photo_of_a_sheet_on_a_dark_table(angle):
    grey, boxes = page(TEXTS)
    grey, expected = turned(grey, boxes, angle)
    photo = cv2.copyMakeBorder(grey, 120, 120, 120, 120, cv2.BORDER_CONSTANT, value=60)
    light = np.linspace(0.5, 1.0, photo.shape[1])[None, :] * np.linspace(1.0, 0.8, photo.shape[0])[:, None]
    noise = np.random.default_rng(0).normal(0, 3, photo.shape)
    photo = np.clip(photo * light + noise, 0, 255).astype(np.uint8)
    assert_found(find_lines(photo), [corners + 120 for corners in expected], 0.45)


def test_inverted_page_gives_the_same_lines():
    grey, _ = page(TEXTS)
    for region, inverted in zip(find_lines(grey), find_lines(255 - grey), strict=True):
        assert np.allclose(region.polygon, inverted.polygon, atol=2)


@pytest.mark.slow
@pytest.mark.parametrize(
    "text", ["Hello", "A", "a full line of writing, with a stop.", "ONLY CAPITALS HERE", "12.50", "-", "."]
)
@pytest.mark.parametrize("size", [20, 60, 150])
@pytest.mark.parametrize("margin", [3, 60])
def test_one_line_is_one_region_and_its_pixels_are_the_uploads(text, size, margin):
    grey, boxes = page([text], size=size, margin=margin)
    (region,) = find_lines(grey)
    x0, y0, x1, y1 = boxes[0]
    assert (region.polygon[0] <= (x0 + 2, y0 + 2)).all()
    assert (region.polygon[2] >= (x1 - 2, y1 - 2)).all()
    left, top = (-region.matrix[:, 2]).astype(int)
    height, width = region.grey.shape
    assert np.array_equal(region.grey, grey[top : top + height, left : left + width])


@pytest.mark.slow
@pytest.mark.parametrize("angle", [-13, -5, 4, 12])
def test_one_turned_line_in_a_large_photo(angle):
    grey, boxes = page(["a single line of writing on a big sheet"], size=70, margin=500)
    grey, expected = turned(grey, boxes, angle)
    light = np.linspace(1.0, 0.55, grey.shape[1])[None, :]
    grey = np.clip(grey * light + np.random.default_rng(1).normal(0, 3, grey.shape), 0, 255).astype(np.uint8)
    regions = find_lines(grey)
    assert_found(regions, expected, 0.5)
    assert regions[0].grey.shape[0] < 2.2 * 70


def test_neighbours_are_painted_over():
    grey, boxes = page(["gyp jq gyp jq gyp", "lkd bht lkd bht lkd"], size=60, pitch=1.05)
    first, second = find_lines(grey)
    assert_found([first, second], polygons(boxes), 0.4)
    for region, (_, y0, _, y1) in zip((first, second), boxes, strict=True):
        rows = np.nonzero((region.grey < 128).any(axis=1))[0] - region.matrix[1, 2]
        assert rows.min() > y0 - 6
        assert rows.max() < y1 + 6


def test_short_last_line_and_numbered_lines_are_kept():
    grey, boxes = page([TEXTS[0], TEXTS[1], "it"], pitch=1.6)
    assert_found(find_lines(grey), polygons(boxes), 0.3)
    grey, boxes = page(["1", "2", "3", "4"], pitch=1.6)
    assert_found(find_lines(grey), polygons(boxes), 0.2)


def test_two_columns_are_read_one_after_the_other():
    canvas = np.full((600, 1300), 245, np.uint8)
    canvas, left = page([text[:20] for text in TEXTS], size=30, canvas=canvas)
    canvas, right = page([text[:18] for text in TEXTS], size=30, left=760, canvas=canvas)
    assert_found(find_lines(canvas), polygons(np.vstack([left, right])), 0.4)


@pytest.mark.parametrize(
    ("boxes", "order"),
    [
        ([(0, 12, 90, 42), (100, 4, 190, 34), (0, 60, 90, 90)], [0, 1, 2]),  # the right one stands a little higher
        ([(200, 0, 290, 30), (100, 6, 190, 36), (0, 12, 90, 42)], [2, 1, 0]),
        ([(100, 0, 190, 30), (0, 25, 90, 55)], [0, 1]),  # hardly beside each other
        ([(50, 0, 190, 30), (0, 10, 60, 40)], [0, 1]),  # not beside each other
    ],
)
def test_what_stands_on_one_row_is_read_from_left_to_right(boxes, order):
    lines = [np.array([(x0, y0), (x1, y1)], dtype=np.float64) for x0, y0, x1, y1 in boxes]
    assert _reading_order(lines, 12.0) == order


def test_specks_are_ignored():
    grey, boxes = page(TEXTS[:3])
    rng = np.random.default_rng(2)
    for x, y in zip(rng.integers(0, grey.shape[1], 60), rng.integers(0, grey.shape[0], 60), strict=True):
        grey[y, x] = 60
    assert_found(find_lines(grey), polygons(boxes), 0.4)


@pytest.mark.parametrize("value", [0, 90, 255])
@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (64, 1000), (700, 500)])
def test_blank_images_have_no_ink(shape, value):
    with pytest.raises(InputError, match="No ink found"):
        find_lines(np.full(shape, value, np.uint8))


def test_blank_sheets_with_grain_or_ruling_have_no_ink():
    grain = np.random.default_rng(0).normal(215, 3, (700, 900)).clip(0, 255).astype(np.uint8)
    with pytest.raises(InputError, match="No ink found"):
        find_lines(grain)
    ruled = np.full((900, 700), 240, np.uint8)
    for line in range(50, 880, 40):
        ruled[line : line + 2] = 160
    with pytest.raises(InputError, match="No ink found"):
        find_lines(ruled)


@pytest.mark.slow
def test_a_very_long_strip_is_one_line():
    tile, _ = page(["over and over and over again"], size=40, margin=20)
    (region,) = find_lines(np.tile(tile, (1, 60)))
    assert region.grey.shape[1] > 0.97 * 60 * tile.shape[1]


@pytest.mark.slow
def test_the_work_on_one_image_is_bounded():
    rng = np.random.default_rng(0)
    noise = np.where(rng.random((2000, 1000)) < 0.05, 0, 255).astype(np.uint8)
    with pytest.raises(InputError, match=r"specks of ink, more than any page of writing; clean the scan"):
        find_lines(noise)
    tall = np.full((20_000, 60), 255, np.uint8)
    for y in range(30, 19_980, 40):
        cv2.putText(tall, "ab", (10, y), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 0, 2)
    with pytest.raises(InputError, match=r"seems to have \d+ lines; at most 300 are read at once"):
        find_lines(tall)
