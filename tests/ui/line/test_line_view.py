import base64

import cv2
import numpy as np
import pytest

from hwr.examples.packing import encode_posteriors
from hwr.images.line import LineGeometry
from hwr.reading import Character, PageReading, Reading, Word
from hwr.ui.line.line_view import MAX_ROWS, line_view, page_view


def reading(
    matrix: np.ndarray, characters: list[Character], probabilities: np.ndarray, upload: tuple[int, int]
) -> Reading:
    """A line of 64 x (4 * T) network pixels over charset "ab "."""
    frames = len(probabilities)
    geometry = LineGeometry(matrix, 4 * frames, 64, 4, 2.0, *upload)
    corners = np.array([[0, 0], [4 * frames, 0], [4 * frames, 64], [0, 64]], dtype=float)
    text = "".join(c.text for c in characters)
    return Reading(
        text=text,
        confidence=0.8,
        characters=characters,
        words=[Word(text, 0, len(text), 0.8)],
        log_probs=np.log(np.maximum(probabilities, 1e-9)).astype(np.float32),
        log_prob=0.0,
        pixels=np.zeros((64, 4 * frames), np.float32),
        geometry=geometry,
        polygon=geometry.to_upload(corners),
        charset="ab ",
        model="m",
        seconds={"network": 0.1},
    )


PEAKS = np.array(
    [[0.9, 0.1, 0.0, 0.0], [0.1, 0.7, 0.2, 0.0], [0.98, 0.01, 0.01, 0.0], [0.0, 0.1, 0.9, 0.0], [1.0, 0.0, 0.0, 0.0]]
    * 2
)


def upright() -> tuple[Reading, np.ndarray]:
    # The upload is twice as large as the network's line, and the line begins 30 px to the right, 10 px down.
    matrix = np.array([[0.5, 0.0, -15.0], [0.0, 0.5, -5.0]])
    characters = [Character("a", 1, 1, 38.0, 46.0, 0.7, -0.1), Character("b", 3, 3, 54.0, 62.0, 0.9, -0.1)]
    return reading(matrix, characters, PEAKS, (200, 150)), np.full((150, 200, 3), 255, np.uint8)


def picture(address: str) -> np.ndarray:
    """(H, W, 3) of a data address."""
    decoded = cv2.imdecode(np.frombuffer(base64.b64decode(address.split(",")[1]), np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded


def test_axis_is_the_pixels_of_the_upload():
    line, rgb = upright()
    view = line_view(line, rgb)
    for character, shown in zip(line.characters, view.characters, strict=True):
        assert view.origin + view.per_pixel * shown.x0 == pytest.approx(character.x0, abs=0.05)
        assert view.origin + view.per_pixel * shown.x1 == pytest.approx(character.x1, abs=0.05)
    assert view.per_pixel == pytest.approx(1.0)
    assert view.width == pytest.approx(80.0)
    # Frame 3 looks at network x 14, which is upload x 58.
    middle = view.frame_x0 + 3.5 * view.frame_width
    assert view.origin + view.per_pixel * middle == pytest.approx(58.0, abs=0.05)


def test_posteriors_survive_the_trip():
    line, rgb = upright()
    view = line_view(line, rgb)
    coded = np.frombuffer(base64.b64decode(view.posteriors), np.uint8).reshape(1 + len(view.classes), view.frames)
    order = [0] + [1 + "ab ".index(c) for c in view.classes]
    assert np.abs((coded.T / 255.0) ** 2 - PEAKS[:, order]).max() < 0.005
    assert (encode_posteriors(np.array([0.001]))[0] / 255) ** 2 == pytest.approx(0.001, rel=0.15)


def test_rows_are_the_classes_that_matter_in_the_order_of_writing():
    line, rgb = upright()
    view = line_view(line, rgb)
    assert view.classes[: view.rows] == ["a", "b"]
    assert [c.word for c in view.characters] == [0, 0]
    assert " " not in view.classes


def test_many_classes_keep_to_the_most_likely_rows():
    charset = "".join(chr(0x4E00 + i) for i in range(80))
    line, rgb = upright()
    probabilities = np.full((10, 81), 0.0)
    probabilities[np.arange(10) % 10, 1 + np.arange(10) * 8] = 0.5
    probabilities[:, 1:61] += 0.06
    wide = Reading(**{**line.__dict__, "charset": charset, "log_probs": np.log(np.maximum(probabilities, 1e-9))})
    assert line_view(wide, rgb).rows == MAX_ROWS


def test_rotated_line_is_cut_out_upright():
    rgb = np.full((300, 400, 3), 255, np.uint8)
    turn = cv2.getRotationMatrix2D((200, 150), 20.0, 1.0)
    to_line = np.vstack([turn, [0, 0, 1]])
    inverse = np.linalg.inv(to_line)
    corners = np.array([[120, 140, 1], [280, 140, 1], [280, 160, 1], [120, 160, 1]]) @ inverse[:2].T
    cv2.fillPoly(rgb, [np.round(corners).astype(np.int32)], (0, 0, 0))
    scale = np.array([[0.4, 0.0, -40.0], [0.0, 1.0, -118.0]])
    matrix = (np.vstack([scale, [0, 0, 1]]) @ to_line)[:2]
    x0, x1 = sorted((corners[0, 0], corners[1, 0]))
    characters = [Character("a", 2, 16, x0, x1, 0.9, -0.1)]
    line = reading(matrix, characters, np.vstack([PEAKS, PEAKS]), (400, 300))
    view = line_view(line, rgb)
    cut = cv2.cvtColor(picture(view.image), cv2.COLOR_BGR2GRAY)
    ys, xs = np.nonzero(cut < 80)
    assert abs(ys.max() - ys.min() - 20) <= 3
    assert abs(xs.max() - xs.min() - 160) <= 4
    assert abs(view.characters[0].x0 - xs.min()) <= 4
    assert abs(view.characters[0].x1 - xs.max()) <= 4


def test_vertical_line_falls_back_on_the_frames():
    matrix = np.array([[0.0, 1.0, -10.0], [-1.0, 0.0, 100.0]])
    line = reading(matrix, [Character("a", 1, 2, 50.0, 50.0, 0.9, -0.1)], PEAKS, (150, 150))
    shown = line_view(line, np.full((150, 150, 3), 255, np.uint8)).characters[0]
    assert shown.x1 - shown.x0 == pytest.approx(8.0)


def test_empty_reading_has_a_view():
    line, rgb = upright()
    empty = Reading(
        **{**line.__dict__, "text": "", "characters": [], "words": [], "log_probs": np.log(np.full((10, 4), 0.25))}
    )
    assert line_view(empty, rgb).characters == []


def test_page_view_shrinks_the_picture_but_not_the_coordinates():
    line, _ = upright()
    rgb = np.full((3000, 2000, 3), 255, np.uint8)
    view = page_view(PageReading("p", rgb, [line, line], "m", 0.1))
    assert (view.width, view.height) == (2000, 3000)
    assert view.lines[0].points[0] == pytest.approx([30.0, 10.0])
    assert max(picture(view.image).shape) == 1400


def test_words_and_lines_are_as_sure_as_their_least_sure_letter():
    line, rgb = upright()
    view = line_view(line, rgb)
    assert [w.confidence for w in view.words] == [0.7]
    page = page_view(PageReading("p", rgb, [line, line], "m", 0.1))
    assert [shown.worst for shown in page.lines] == [0.7, 0.7]
    assert (
        page_view(PageReading("p", rgb, [reading(np.eye(2, 3), [], PEAKS, (200, 150))] * 2, "m", 0.1)).lines[0].worst
        == 0
    )
