from dataclasses import replace

import numpy as np
import pytest
import torch

from hwr.errors import InputError
from hwr.images.line import LineGeometry
from hwr.inspection.effective_field import (
    SHARES,
    Spot,
    effective_field,
    gradients,
    spot,
    spot_on,
    widths_of,
)
from hwr.inspection.receptive_field import columns_of, field_box, layer_names, network_layer
from hwr.reader import Reader
from hwr.recognizer.checkpoint import Checkpoint
from hwr.recognizer.network import Recognizer

PLAIN = LineGeometry(np.array([[0.5, 0, 0], [0, 0.5, 0]]), 20, 8, 4, 2.0, 40, 16)


def test_widths_by_hand():
    """Ten columns hold the mass; the window grows by both sides of the frame's middle at x = 10."""
    profile = np.zeros(20)
    profile[[9, 10]] = 0.25  # within 1 px: half of it
    profile[6] = 0.4  # within 4 px: 90 %
    profile[0] = 0.1
    widths = widths_of(profile, 10.0, PLAIN)
    assert SHARES == (0.5, 0.9, 0.95)
    assert widths.network == (2.0, 8.0, 20.0)
    assert widths.upload == (4.0, 16.0, 40.0)
    assert widths.to_dict()["network"] == {"50": 2.0, "90": 8.0, "95": 20.0}
    # At the line's start the window ends where the line does.
    assert widths_of(profile, 1.0, PLAIN).network[2] == 1.0 + 10.0
    assert widths_of(np.zeros(20), 10.0, PLAIN).network == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("seed", range(5))
def test_widths_hold_what_they_say(seed):
    rng = np.random.default_rng(seed)
    profile = rng.random(20) ** 6
    profile /= profile.sum()
    middle = float(rng.uniform(2, 18))
    for share, width in zip(SHARES, widths_of(profile, middle, PLAIN).network, strict=True):
        for radius in np.arange(0.0, 20, 0.01):  # the smallest window of whole columns that holds the share
            low, high = max(0.0, middle - radius), min(20.0, middle + radius)
            whole = [
                x
                for x in range(20)
                if (low <= x + 1e-9 and x + 1 <= high + 1e-9) or abs(x + 0.5 - middle) <= radius - 0.5
            ]
            if profile[whole].sum() >= share - 1e-12:
                assert width == pytest.approx(high - low, abs=0.03)
                break


@pytest.mark.slow
def test_gradients_of_a_part_are_those_of_the_line(reader, reading):
    """Layers of the body are run on a piece of the line; torch on the whole line says the same."""
    network, image = reader.network.double(), torch.from_numpy(reading.pixels).double()
    last = reading.geometry.frames - 1
    for layer in layer_names(network):
        name = network_layer(network, layer)
        for first, end in ((last // 2, last // 2 + 1), (last, last)):
            found = gradients(network, image, layer, [(first, end)], 3, 1, seed=5)[0]
            whole = image[None].clone().requires_grad_()
            output = network(whole, taps=() if name == "logits" else (name,))
            if name in ("logits", "shortcut"):
                target = (output.logits if name == "logits" else output.taps[name])[0, first : end + 1, 3].sum()
            else:
                a, b = columns_of(network, layer, first, end)
                features = output.taps[name][0, a : b + 1]
                target = (torch.randn(features.shape, generator=torch.Generator().manual_seed(5)) * features).sum()
            expected = torch.autograd.grad(target, whole)[0][0].abs().numpy()
            assert np.allclose(found, expected, rtol=1e-5, atol=1e-6 * expected.max()), layer


def test_a_logits_gradient_is_its_slope(reader, reading):
    network, image = reader.network.double(), torch.from_numpy(reading.pixels).double()
    frame, label, step = reading.geometry.frames // 2, 4, 1e-6
    mass = gradients(network, image, "logits", [(frame, frame)], label, 1, seed=0)[0]
    rng = np.random.default_rng(0)
    with torch.no_grad():
        for y, x in zip(rng.integers(0, 64, 6), rng.integers(0, image.shape[1], 6), strict=True):
            ends = []
            for sign in (-1, 1):
                moved = image[None].clone()
                moved[0, y, x] += sign * step
                ends.append(network(moved).logits[0, frame, label].item())
            assert mass[y, x] == pytest.approx(abs(ends[1] - ends[0]) / (2 * step), rel=1e-3, abs=1e-9)


def test_random_projections_tend_to_the_jacobian(reader, reading):
    """Mean |d(v . f)/dx| over normal v is sqrt(2 / pi) of the norm of the Jacobian's column."""
    network, image = reader.network, torch.from_numpy(reading.pixels)
    frame = reading.geometry.frames // 2
    jacobian = torch.autograd.functional.jacobian(
        lambda x: network(x[None], taps=("columns",)).taps["columns"][0, frame], image
    )
    norm = jacobian.square().sum(dim=0).sqrt().numpy() * np.sqrt(2 / np.pi)
    mass = gradients(network, image, "columns", [(frame, frame)], None, 250, seed=0)[0]
    strong = norm > 0.2 * norm.max()
    assert strong.sum() > 20
    assert np.abs(mass[strong] / norm[strong] - 1).mean() < 0.06


def test_mass_stays_in_the_box_and_sums_to_one(reader, reading):
    where = spot(reading)
    for layer in layer_names(reader.network):
        field = effective_field(reader, reading, where, layer)
        assert field.heat.shape == reading.pixels.shape
        assert field.heat.sum() == pytest.approx(1, abs=1e-4)
        box = field_box(reader.network, reading.geometry, layer, where.first, where.last)
        assert field.heat[:, : int(box.x0)].sum() == field.heat[:, int(box.x1) :].sum() == 0
        assert field.box.to_dict() == box.to_dict()
        a, b, c = field.widths.network
        assert 0 < a <= b <= c <= reading.geometry.width
    logits = effective_field(reader, reading, where, "logits")
    assert logits.inside < 1  # the BiLSTM brings in more than the convolutions see
    assert effective_field(reader, reading, where, "columns").inside == pytest.approx(1, abs=1e-5)


def test_ink_alone_can_have_the_mass(reader, reading):
    heat = effective_field(reader, reading, spot(reading), "logits", times_ink=True).heat
    assert heat[reading.pixels == 0].sum() == 0
    assert heat.sum() == pytest.approx(1, abs=1e-4)


def test_spots(reading):
    characters = reading.characters
    middle = len(characters) // 2
    assert spot(reading) == spot(reading, middle)
    assert spot(reading, 0).text == characters[0].text
    assert spot(reading, frame=3) == Spot(3, 3)
    assert spot(replace(reading, characters=[])) == Spot(reading.geometry.frames // 2, reading.geometry.frames // 2)
    with pytest.raises(
        InputError, match=f"Character {len(characters)} is not on the line, which has the characters 0 to"
    ):
        spot(reading, len(characters))
    with pytest.raises(InputError, match="no characters"):
        spot(replace(reading, characters=[]), 0)
    with pytest.raises(InputError, match="Frame 9999 is outside of the line"):
        spot(reading, frame=9999)


def test_a_spot_is_found_on_another_networks_frames():
    """Frames of 4 px at half the upload's size against frames of 8 px at its full size: both are 8 px of the upload."""
    other = LineGeometry(np.array([[1.0, 0, 4], [0, 1.0, 0]]), 48, 16, 8, 4.0, 40, 16)
    where = Spot(1, 3, "e", 7)
    middles = [PLAIN.middle_in_upload(frame)[0] for frame in (1, 3)]
    assert middles == [12.0, 28.0]
    # Frame t of the other one covers x = 8 t - 4 to 8 t + 4 of the upload: 12 is where 1 and 2 meet, 28 where 3 and 4 do.
    found = spot_on(replace(where, first=1, last=3), PLAIN, other)
    assert (found.text, found.index) == ("e", 7)
    assert found.first in (1, 2)
    assert found.last in (3, 4)
    assert spot_on(where, PLAIN, PLAIN) == where


def test_bad_input(reader, reading, tiny_config):
    with pytest.raises(InputError, match="outside of the line"):
        effective_field(reader, reading, Spot(0, 10_000))
    with pytest.raises(InputError, match="no layer 'dropout' with a time axis"):
        effective_field(reader, reading, spot(reading), "dropout")
    with pytest.raises(InputError, match="does not know the character 'é'"):
        effective_field(reader, reading, Spot(3, 3, "é"))
    network = Recognizer(tiny_config.replace(height=128), reader.charset.classes)
    other = Reader(Checkpoint(network, reader.charset, name="tall"), device="cpu")
    with pytest.raises(InputError, match="height 64 and stride 4; tall has 128 and 4. Read the image with tall first"):
        effective_field(other, reading, spot(reading))
