"""Network pixels and frames correspond to pixels of the upload, there and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwr.errors import InputError
from hwr.images.line import (
    BORDER,
    MAX_NETWORK_WIDTH,
    RETSINAS_BORDER,
    LineAxis,
    LineGeometry,
    prepare_line,
    prepare_line_retsinas,
    scale_ink,
)

SMALL = {"height": 64, "stride": 4, "offset": 1.5, "width_multiple": 8}


def bars(height: int = 80, width: int = 400, x0: int = 50, y0: int = 20, x1: int = 350, y1: int = 60) -> np.ndarray:
    """White paper with a box of vertical bars, 5 px wide and 15 px apart."""
    grey = np.full((height, width), 255, np.uint8)
    for x in range(x0, x1 - 4, 15):
        grey[y0:y1, x : x + 5] = 0
    grey[y0:y1, x1 - 5 : x1] = 0
    return grey


@st.composite
def geometries(draw) -> LineGeometry:
    """Any crop, scale and rotation of up to 15 degrees."""
    number = st.floats(-500, 500)
    angle = np.radians(draw(st.floats(-15, 15)))
    sx, sy = draw(st.floats(0.05, 8)), draw(st.floats(0.05, 8))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    matrix = np.hstack([np.diag([sx, sy]) @ turn, [[draw(number)], [draw(number)]]])
    stride = draw(st.sampled_from([1, 2, 4, 8]))
    width = stride * draw(st.integers(1, 400))
    return LineGeometry(matrix, width, draw(st.sampled_from([32, 64, 128])), stride, draw(st.floats(0, 8)), 3000, 2000)


@given(geometries(), st.lists(st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000)), min_size=1, max_size=5))
def test_points_make_the_round_trip(geometry, points):
    assert np.allclose(geometry.to_upload(geometry.to_network(np.array(points))), points, atol=1e-6)
    assert np.allclose(geometry.to_network(geometry.to_upload(np.array(points))), points, atol=1e-6)


@given(geometries(), st.data())
def test_frames_make_the_round_trip(geometry, data):
    frame = data.draw(st.integers(0, geometry.frames - 1))
    last = data.draw(st.integers(frame, geometry.frames - 1))
    assert geometry.frame_at(*geometry.middle_in_upload(frame)) == frame
    middles = geometry.frame_middle(frame, frame), geometry.frame_middle(last, last)
    assert geometry.frame_middle(frame, last) == pytest.approx(sum(middles) / 2)
    assert middles[1] - middles[0] == pytest.approx(geometry.stride * (last - frame))
    network = geometry.to_network(geometry.corners(middles[0], 0, middles[1], geometry.height))
    assert np.allclose(network[:, 0], [middles[0], middles[1], middles[1], middles[0]], atol=1e-6)
    assert np.allclose(network[:, 1], [0, 0, geometry.height, geometry.height], atol=1e-6)


@given(geometries(), st.data())
def test_spans_lie_in_the_image_and_follow_each_other(geometry, data):
    frame = data.draw(st.integers(0, max(0, geometry.frames - 2)))
    x0, x1 = geometry.frame_span(frame, frame)
    assert 0 <= x0 <= x1 <= geometry.upload_width
    assert x1 == pytest.approx(geometry.frame_span(frame + 1, frame + 1)[0], abs=1e-6)


@given(geometries(), st.floats(0, 400), st.floats(1, 400), st.sampled_from([0.0, 0.12]), st.data())
def test_a_line_is_drawn_where_its_axis_says(geometry, low, length, margin, data):
    axis = LineAxis(geometry, low, low + length, margin)
    network = np.array([[data.draw(st.floats(low, low + length)), data.draw(st.floats(0, geometry.height))]])
    upload = geometry.to_upload(network)
    x, y = (upload @ axis.matrix[:, :2].T + axis.matrix[:, 2])[0]
    assert x == pytest.approx(axis.x(network[0, 0]), abs=1e-6)
    x0, top, x1, bottom = axis.input_box()
    assert (x - x0) / (x1 - x0) == pytest.approx(network[0, 0] / geometry.width, abs=1e-6)
    assert (y - top) / (bottom - top) == pytest.approx(network[0, 1] / geometry.height, abs=1e-6)
    assert bottom + top == pytest.approx(axis.height)
    frame = data.draw(st.integers(0, geometry.frames - 1))
    span = [axis.frame_x0 + (frame + k) * axis.frame_width for k in (0, 1)]
    assert span == pytest.approx([axis.x(end) for end in geometry.network_span(frame, frame)], abs=1e-6)
    on_middle = geometry.upload_x(network[0, 0])[0]
    assert on_middle == pytest.approx(axis.origin + axis.per_pixel * x, abs=1e-5)
    again = LineAxis.drawn(geometry, axis.frame_x0, axis.width, margin)
    assert (again.low, again.high) == pytest.approx((axis.low, axis.high), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 60),
    st.integers(0, 30),
    st.integers(80, 500),
    st.integers(20, 90),
    st.sampled_from([None, 0.0, 7.0, -12.0]),
)
def test_ink_lands_where_the_geometry_says(left, top, length, tall, angle):
    grey = bars(top + tall + 25, left + length + 40, left, top, left + length, top + tall)
    to_line = None
    if angle is not None:  # the line image is itself a turned and shifted piece of an upload
        a = np.radians(angle)
        to_line = np.array([[np.cos(a), np.sin(a), -31.0], [-np.sin(a), np.cos(a), 12.5]])
    line = prepare_line(grey, **SMALL, matrix=to_line, upload_size=(2000, 1000))
    assert line.pixels.shape == (64, line.geometry.width)
    assert line.geometry.width % 8 == 0
    assert (line.geometry.upload_width, line.geometry.upload_height) == (2000, 1000)
    corners = np.array([[left, top], [left + length, top + tall]], dtype=np.float64)
    if to_line is not None:
        corners = (corners - to_line[:, 2]) @ np.linalg.inv(to_line[:, :2]).T
    (x0, y0), (x1, y1) = line.geometry.to_network(corners)
    assert (x0, BORDER) == (pytest.approx(BORDER, abs=0.01), BORDER)
    assert (y0, y1) == pytest.approx((BORDER, 64 - BORDER), abs=1 + 1e-9)  # each end to a pixel
    rows, columns = np.nonzero(line.pixels > 0.4)
    assert columns.min() == pytest.approx(x0, abs=1)
    assert columns.max() + 1 == pytest.approx(x1, abs=1)
    assert rows.min() == pytest.approx(y0, abs=1)
    assert rows.max() + 1 == pytest.approx(y1, abs=1)
    assert line.geometry.to_upload(np.array([[x0, y0]])) == pytest.approx(corners[:1])


def test_frame_over_a_bar_finds_the_bar_in_the_upload():
    line = prepare_line(bars(), **SMALL)
    frame = line.geometry.frame_at(352.0 - 5, 40)
    x0, x1 = line.geometry.frame_span(frame, frame)
    assert x0 <= 347 <= x1
    assert x1 - x0 == pytest.approx(4 * 40 / 56, rel=0.02)


def test_pixels_do_not_depend_on_margin_size_light_or_polarity():
    reference = prepare_line(bars(), **SMALL).pixels
    for grey in (
        bars(200, 900, 400, 90, 700, 130),
        255 - bars(),
        (bars() * 0.5 + 60).astype(np.uint8),
        (bars() * np.linspace(1, 0.5, 400)).astype(np.uint8),
        np.kron(bars(), np.ones((3, 3), np.uint8)),
    ):
        pixels = prepare_line(grey, **SMALL).pixels
        assert pixels.shape == reference.shape
        assert np.abs(pixels - reference).mean() < 0.03


def test_a_dash_stays_thin_and_tiny_letters_grow():
    dash = np.full((80, 200), 255, np.uint8)
    dash[38:42, 60:140] = 0
    assert 5 < np.count_nonzero(prepare_line(dash, **SMALL).pixels.max(axis=1) > 0.5) < 30
    tiny = prepare_line(bars()[::6, ::2], **SMALL).pixels
    assert np.count_nonzero(tiny.max(axis=1) > 0.5) > 45


def test_a_long_line_keeps_its_height_and_one_beyond_the_limit_is_refused():
    long = prepare_line(bars(80, 9000, 50, 20, 8950, 60), **SMALL)
    assert long.pixels.shape[1] == pytest.approx(8900 * 56 / 40 + 8, abs=8)
    with pytest.raises(InputError, match="too long to read in one go"):
        prepare_line(bars(80, 60_000, 10, 20, 59_990, 60), **SMALL)
    assert long.pixels.shape[1] < MAX_NETWORK_WIDTH


@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank_paper_is_refused(value):
    with pytest.raises(InputError, match="No ink found"):
        prepare_line(np.full((60, 200), value, np.uint8), **SMALL)


def test_scale_ink_takes_the_box_it_is_given():
    ink = np.zeros((50, 100), np.float32)
    ink[10:38, 20:90] = np.tile([1.0, 0.0, 0.0, 0.0, 0.0], 14)
    line = scale_ink(ink, (20, 10, 90, 38), **SMALL)
    assert line.geometry.to_network(np.array([[20.0, 10.0], [90.0, 38.0]])) == pytest.approx(
        np.array([[4.0, 4.0], [144.0, 60.0]])
    )


def test_retsinas_input():
    grey = np.full((60, 300), 200, np.uint8)
    grey[20:40, 100:200] = 0
    line = prepare_line_retsinas(grey, height=128, width=1024, stride=8, offset=3.5)
    b = RETSINAS_BORDER
    assert line.pixels.shape == (128, 1024)
    assert np.allclose(line.pixels[b : b + 60, b : b + 300], 1 - grey / 255)  # never enlarged
    assert line.pixels[0, 0] == line.pixels[-1, -1] == pytest.approx(1 - 200 / 255)  # median padding
    assert line.geometry.to_network(np.array([[0.0, 0.0]])) == pytest.approx(np.array([[b, b]]))
    tall = prepare_line_retsinas(np.kron(grey, np.ones((4, 4), np.uint8)), height=128, width=1024, stride=8, offset=3.5)
    assert tall.geometry.to_network(np.array([[1200.0, 240.0]])) == pytest.approx(np.array([[b + 560.0, b + 112.0]]))
