import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hwr.errors import InputError
from hwr.images.line import LineGeometry, prepare_line, scale_ink
from hwr.inspection.receptive_field import (
    columns_of,
    field_box,
    jump,
    layer_names,
    network_layer,
    receptive_field,
    theoretical_width,
)
from hwr.recognizer.config import Stage, preset
from hwr.recognizer.network import Recognizer, folded


def shape_of(config) -> Recognizer:
    with torch.device("meta"):
        return Recognizer(config, classes=3)


def tiny(**changes) -> Recognizer:
    """A few channels, every kind of layer that the changes ask for, weights of a fixed seed, float64."""
    stages = (Stage(1, 4), Stage(1, 6, pool=(2, 2)), Stage(1, 8, pool=(2, 1)))
    config = preset("small").replace(**{"stem_channels": 4, "stages": stages, "lstm_hidden": 4, **changes})
    torch.manual_seed(3)
    return Recognizer(config, classes=5).eval().double()


PATCHED = (Stage(1, 4), Stage(1, 6, pool=(2, 2), mobilevit_patch=4), Stage(1, 8, pool=(1, 1), mobilevit_patch=2))
VIT = {"mobilevit_dim": 8, "mobilevit_heads": 2, "mobilevit_mlp": 8, "stages": PATCHED}


def test_the_table_of_the_seeds():
    """The table of the network of Retsinas et al. 2022, width: layer, k, s, jump in and out, increment, r."""
    rows = receptive_field(shape_of(preset("retsinas2022"))).width
    expected = [
        ("stem", 7, 2, 1, 1, 2, 6, 7),
        ("stage1", 3, 1, 4, 2, 2, 16, 23),
        ("pool2", 2, 2, 1, 2, 4, 2, 25),
        ("stage2", 3, 1, 8, 4, 4, 64, 89),
        ("pool3", 2, 2, 1, 4, 8, 4, 93),
        ("stage3", 3, 1, 8, 8, 8, 128, 221),
        ("columns", 1, 1, 1, 8, 8, 0, 221),
    ]
    assert [
        (r.layer, r.kernel, r.stride, r.count, r.jump_in, r.jump_out, r.increment, r.cumulative) for r in rows[:7]
    ] == expected
    assert [r.layer for r in rows[7:]] == ["lstm1", "lstm2", "lstm3", "shortcut"]
    assert all(r.cumulative is None and r.to_dict("width")["cumulative"] == "whole line" for r in rows[7:10])
    assert (rows[10].kernel, rows[10].increment, rows[10].cumulative) == (3, 16, 221 + 16)


@pytest.mark.parametrize(
    ("name", "width", "height", "stride"),
    [("retsinas2022", 221, 221, 8), ("retsinas2024", 141, 275, 8), ("small", 81, 227, 4)],
)
def test_presets(name, width, height, stride):
    table = receptive_field(shape_of(preset(name)))
    stage3 = {axis: next(r for r in getattr(table, axis) if r.layer == "stage3") for axis in ("width", "height")}
    assert (stage3["width"].cumulative, stage3["height"].cumulative) == (width, height)
    assert stage3["width"].jump_out == table.stride == stride
    columns = next(r for r in table.height if r.layer == "columns")
    assert columns.to_dict("height")["cumulative"] == "whole height"
    # The recurrence, row by row.
    for row in table.width[:6]:
        assert row.kernel is not None
        assert row.increment == row.count * (row.kernel - 1) * row.jump_in
        assert row.jump_out == row.jump_in * row.stride


def test_attention_says_what_it_sees_row_by_row():
    across = receptive_field(shape_of(preset("mobilevit")))
    rows = {(r.layer, r.kind): r for r in across.width}
    assert rows["mobilevit1", "conv"].cumulative == 25 + 2 * 4
    assert rows["mobilevit1", "attention"].cumulative is None
    assert rows["stage2", "conv"].to_dict("width")["cumulative"] == "whole line"
    assert rows["stage3", "conv"].local == 221 + 2 * 4 + 2 * 8
    within = receptive_field(shape_of(preset("mobilevit").replace(mobilevit_attend="within")))
    rows = {(r.layer, r.kind): r for r in within.width}
    assert rows["mobilevit1", "patch"].cumulative == 33 + 3 * 4  # the other three cells of a patch of four
    assert all(r.cumulative is not None for r in within.width if r.kind != "bilstm")


def test_a_loaded_network_counts_its_own_modules(tiny_config):
    network = Recognizer(tiny_config, classes=4).eval()
    before = receptive_field(network).to_dict()
    assert receptive_field(folded(network)).to_dict() == before  # batch norms add nothing
    network.body["stage3_block1"].conv2 = torch.nn.Conv2d(16, 16, 5, padding=2)
    after = receptive_field(network)
    assert [r.kernel for r in after.width if r.layer == "stage3"] == [3, 5]
    assert theoretical_width(network, "stage3") == before["width"][5]["cumulative"] + 2 * 4


def test_a_frame_sees_all_the_columns_that_it_stands_on():
    network = shape_of(preset("small"))
    assert [theoretical_width(network, layer) for layer in ("stem", "columns", "shortcut")] == [7 + 2, 81, 89]
    assert theoretical_width(network, "lstm1") is theoretical_width(network, "logits") is None
    within = shape_of(preset("mobilevit").replace(mobilevit_attend="within"))
    assert theoretical_width(within, "columns") == 317


@pytest.mark.parametrize("attend", ["within", "across"])
def test_layers_have_the_jump_that_their_features_have(attend):
    network = tiny(**VIT, mobilevit_attend=attend)
    for layer in layer_names(network)[:-1]:
        name = network_layer(network, layer)
        features = network(torch.zeros(1, 64, 64).double(), taps=(name,)).taps[name]
        assert features.shape[1] == 64 // jump(network, layer), layer
        assert columns_of(network, layer, 0, 64 // network.config.stride - 1) == (0, features.shape[1] - 1)


def changed(network: Recognizer, layer: str, images: torch.Tensor, other: torch.Tensor, frame: int, **widths) -> bool:
    """Whether the features under a frame of the first line differ at all."""
    name = network_layer(network, layer)
    first, last = columns_of(network, layer, frame, frame)
    with torch.no_grad():
        a, b = (network(x, taps=(name,), **widths).taps[name][0, first : last + 1] for x in (images, other))
    return not torch.equal(a, b)


def make_monotone(network: Recognizer) -> None:
    """Weights that are all positive: more ink anywhere is more of every feature, and no ReLU hides it."""
    for parameter in network.parameters():
        parameter.data = parameter.data.abs() + 0.01


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_the_box_is_exactly_what_moves_a_frame(data):
    """Every pixel column of a line, one by one: a frame's features change if and only if it lies in the box."""
    kernel = data.draw(st.sampled_from([3, 5, 7]))
    pools = data.draw(st.sampled_from([((2, 2), (2, 1)), ((2, 2), (2, 2)), ((1, 1), (2, 4))]))
    stages = (Stage(1, 2), Stage(1, 2, pool=pools[0]), Stage(1, 2, pool=pools[1]))
    network = tiny(
        stem_channels=2, stem_kernel=kernel, stages=stages, stem_stride=(4, data.draw(st.sampled_from([1, 2])))
    )
    make_monotone(network)
    config = network.config
    width = config.width_multiple * data.draw(st.integers(2, 10))
    geometry = LineGeometry(np.eye(2, 3), width, 16, config.stride, config.frame_offset, width, 16)
    frame = data.draw(st.integers(0, geometry.frames - 1))
    layer = data.draw(st.sampled_from(["stem", "stage1", "pool2", "stage2", "pool3", "columns", "shortcut"]))
    box = field_box(network, geometry, layer, frame, frame)
    image = torch.rand(16, width, generator=torch.Generator().manual_seed(frame)).double()
    moved = image + 1e6 * torch.eye(width).double()[:, None, :]  # (W, 16, W): image x has more ink in column x
    name = network_layer(network, layer)
    first, last = columns_of(network, layer, frame, frame)
    with torch.no_grad():
        features = network(torch.cat([image[None], moved]), taps=(name,)).taps[name][:, first : last + 1]
    differs = (features[1:] != features[:1]).flatten(1).any(dim=1).tolist()
    assert differs == [box.x0 <= x < box.x1 for x in range(width)]


def ink_line(width: int) -> np.ndarray:
    grey = np.full((64, 2 * width), 255, np.uint8)
    grey[10:50, 10 : width // 2 + 10 : 6] = 0
    return grey


@pytest.mark.slow
@pytest.mark.parametrize("attend", ["within", "across"])
@pytest.mark.parametrize("frame", [0, 7, 16, 31])
def test_the_box_of_attention(attend, frame):
    network = tiny(**VIT, mobilevit_attend=attend)
    line = prepare_line(ink_line(128), height=64, stride=4, offset=1.5, width_multiple=128)
    images = torch.rand(1, 64, 128, generator=torch.Generator().manual_seed(1)).double()
    for layer in ("mobilevit1", "stage2", "mobilevit2", "columns", "shortcut"):
        box = field_box(network, line.geometry, layer, frame, frame)
        assert box.whole == (attend == "across")
        inside = torch.zeros(128, dtype=torch.bool)
        inside[int(box.x0) : int(box.x1)] = True
        other = torch.where(inside, images, torch.rand_like(images))
        assert not changed(network, layer, images, other, frame), layer
        # Across patches one place attends to its like in every patch, so that a patch's width at an end always matters.
        some = 16 if attend == "across" else 2
        for end in (slice(int(box.x0), int(box.x0) + some), slice(int(box.x1) - some, int(box.x1))):
            other = images.clone()
            other[..., end] = 1 - other[..., end]
            assert changed(network, layer, images, other, frame), (layer, end)


def test_lines_of_a_batch_do_not_see_each_other():
    network = tiny()
    widths = torch.tensor([96, 160])
    images = torch.rand(2, 64, 160, generator=torch.Generator().manual_seed(1)).double()
    images[0, :, 96:] = 0
    line = prepare_line(ink_line(96), height=64, stride=4, offset=1.5, width_multiple=96)
    box = field_box(network, line.geometry, "columns", 22, 22)
    assert (box.x0, box.x1) == (1.5 + 4 * 22 - 49 / 2, 96)  # the field of 49 px is cut at the line's own end
    other = images.clone()
    other[1] = torch.rand_like(other[1])
    other[0, :, : int(box.x0)] = 1
    assert not changed(network, "columns", images, other, 22, widths=widths)
    other[0, :, 95] = 1 - other[0, :, 95]
    assert changed(network, "columns", images, other, 22, widths=widths)


@pytest.mark.parametrize("angle", [0.0, 6.0])
@pytest.mark.parametrize("length", [60, 3000])
def test_the_polygon_lies_on_the_upload(angle, length):
    """Under crop, scale, padding and a turned upload: ink wiped off the polygon is missed in the box and nowhere else."""
    network = tiny()
    ink = np.random.default_rng(0).uniform(0.2, 0.4, (150, length + 100)).astype(np.float32)
    a = np.radians(angle)
    matrix = np.array([[np.cos(a), np.sin(a), -11.0], [-np.sin(a), np.cos(a), 7.5]])  # upload -> ink

    def prepared(ink):
        crop = (37, 22, 37 + length, 130)
        sizes = {"height": 64, "stride": 4, "offset": 1.5, "width_multiple": 4}
        return scale_ink(ink, crop, **sizes, matrix=matrix, upload_size=(4000, 700))

    line = prepared(ink)
    for frame in (0, line.geometry.frames // 2, line.geometry.frames - 1):
        box = field_box(network, line.geometry, "columns", frame, frame)
        assert 0 <= box.x0 < box.x1 <= line.geometry.width
        corners = box.polygon @ matrix[:, :2].T + matrix[:, 2]
        marked = ink.copy()
        left, right = max(0, round(corners[0, 0])), max(0, round(corners[2, 0]))
        marked[:, left:right] = 0
        columns = np.flatnonzero(np.abs(prepared(marked).pixels - line.pixels).max(axis=0) > 0.05)
        assert columns.min() == pytest.approx(max(box.x0, 4), abs=2)  # the line has 4 px of paper at its ends
        assert columns.max() + 1 == pytest.approx(
            min(box.x1, 4 + np.ceil(length * line.geometry.matrix[0, 0] / np.cos(a))), abs=2
        )


def test_bad_input():
    network = tiny()
    line = prepare_line(ink_line(96), height=64, stride=4, offset=1.5, width_multiple=96)
    for first, last in ((24, 24), (-1, 0), (3, 99), (5, 4)):
        with pytest.raises(InputError, match="outside of the line, which has the frames 0 to 23"):
            field_box(network, line.geometry, "columns", first, last)
    for layer in ("dropout", "stage1_block1", "lstm9", ""):
        with pytest.raises(InputError, match="no layer .* with a time axis; choose one of stem, stage1"):
            network_layer(network, layer)
        with pytest.raises(InputError):
            theoretical_width(network, layer)
