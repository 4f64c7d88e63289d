import json

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from hwr.errors import InputError
from hwr.recognizer.config import PRESETS, CnnBlstmConfig, RecognizerConfig, Stage, preset
from hwr.recognizer.network import Recognizer, folded, forward_lines, run_lstm


def thin(name: str) -> CnnBlstmConfig:
    """A preset with its geometry and few channels."""
    config = preset(name)
    assert isinstance(config, CnnBlstmConfig)
    stages = tuple(Stage(s.blocks, 8, s.pool, s.mobilevit_patch) for s in config.stages)
    return config.replace(stages=stages, stem_channels=8, lstm_hidden=8, mobilevit_dim=16, mobilevit_mlp=16)


def with_statistics(network: Recognizer) -> Recognizer:
    """Batch norms as after training: padding would show through if it were not masked."""
    generator = torch.Generator().manual_seed(1)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(generator=generator)
            module.running_var.uniform_(0.5, 2, generator=generator)
            module.bias.data.normal_(generator=generator)
    return network.eval()


@pytest.mark.parametrize("name", PRESETS)
def test_shapes_strides_and_taps(name):
    config = thin(name)
    network = Recognizer(config, classes=11).eval()
    width = 4 * config.width_multiple
    output = network(torch.rand(2, config.height, width), taps=tuple(network.tap_names))
    frames = width // config.stride
    assert output.logits.shape == output.shortcut_logits.shape == (2, frames, 11)
    assert output.lengths.tolist() == [frames, frames]
    assert output.taps["columns"].shape == (2, frames, config.features)
    assert output.taps["lstm1"].shape == (2, frames, 16)
    assert ("mobilevit1" in output.taps) == (name == "mobilevit")
    assert all(tap.ndim == 3 and len(tap) == 2 for tap in output.taps.values())


@pytest.mark.parametrize("name", PRESETS)
@torch.inference_mode()
def test_a_reading_does_not_depend_on_its_batch(name):
    config = thin(name)
    network = with_statistics(Recognizer(config, classes=11))
    step = config.width_multiple
    short, long = torch.rand(1, config.height, 3 * step), torch.rand(1, config.height, 5 * step)
    batch = torch.zeros(2, config.height, 5 * step)
    batch[0, :, : 3 * step], batch[1] = short[0], long[0]
    both = network(batch, torch.tensor([3 * step, 5 * step]))
    frames = 3 * step // config.stride
    torch.testing.assert_close(both.logits[0, :frames], network(short).logits[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(both.logits[1], network(long).logits[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(
        both.shortcut_logits[0, :frames], network(short).shortcut_logits[0], atol=1e-5, rtol=1e-4
    )


def test_both_mobilevit_variants_attend_to_different_places():
    config = thin("mobilevit")
    images = torch.rand(1, config.height, 2 * config.width_multiple)
    logits = []
    for attend in ("across", "within"):
        torch.manual_seed(0)
        logits.append(Recognizer(config.replace(mobilevit_attend=attend), 5).eval()(images).logits)
    assert not torch.allclose(*logits, atol=1e-4)


def test_lstm_with_lengths_equals_a_packed_sequence():
    torch.manual_seed(0)
    lstm = torch.nn.LSTM(5, 7, bidirectional=True, batch_first=True)
    x, lengths = torch.rand(4, 9, 5), torch.tensor([9, 3, 1, 6])
    packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
    expected, _ = pad_packed_sequence(lstm(packed)[0], batch_first=True)
    torch.testing.assert_close(run_lstm(lstm, x, lengths), expected)


@pytest.mark.parametrize("name", PRESETS)
@torch.inference_mode()
def test_folding_the_batch_norms_changes_no_output(name):
    config = thin(name)
    network = with_statistics(Recognizer(config, classes=7))
    images = torch.rand(2, config.height, 2 * config.width_multiple)
    reading = folded(network)
    assert not any(isinstance(m, torch.nn.BatchNorm2d) for m in reading.modules())
    torch.testing.assert_close(reading(images).logits, network(images).logits, atol=1e-4, rtol=1e-3)
    assert any(isinstance(m, torch.nn.BatchNorm2d) for m in network.modules())


def test_forward_lines_keeps_the_order_and_takes_bytes(tiny_checkpoint):
    generator = np.random.default_rng(0)
    lines = [generator.integers(0, 256, (64, w), dtype=np.uint8) for w in (80, 40, 120, 44)]
    network = tiny_checkpoint.network
    together = forward_lines(network, lines, batch_size=3)
    for line, logits in zip(lines, together, strict=True):
        alone = network(torch.from_numpy(line)[None].float() / 255).logits[0].detach()
        assert logits.shape == (line.shape[1] // 4, network.classes)
        torch.testing.assert_close(logits, alone, atol=1e-5, rtol=1e-4)


def test_an_unknown_tap_is_named(tiny_checkpoint):
    with pytest.raises(ValueError, match="no tap 'lstm9'; it has columns, lstm1, lstm2, shortcut"):
        tiny_checkpoint.network(torch.zeros(1, 64, 40), taps=("lstm9",))


@pytest.mark.parametrize(
    ("name", "offset", "stride"), [("small", 1.5, 4), ("retsinas2022", 3.5, 8), ("retsinas2024", 3.5, 8)]
)
def test_frame_geometry(name, offset, stride):
    assert preset(name).frame_offset == offset
    assert preset(name).stride == stride


def test_a_frame_looks_where_the_offset_says(tiny_config):
    """The gradient of a column feature is centred on offset + stride * t."""
    network = Recognizer(tiny_config, 5).eval()
    images = torch.rand(1, 64, 400, requires_grad=True)
    t = 50
    network(images, taps=("columns",)).taps["columns"][0, t].sum().backward()
    assert images.grad is not None
    columns = torch.nonzero(images.grad[0].abs().sum(0))[:, 0]
    middle = (columns.min() + columns.max() + 1).item() / 2
    assert abs(middle - (tiny_config.frame_offset + tiny_config.stride * t)) <= 1


def test_config_survives_json():
    for config in PRESETS.values():
        assert RecognizerConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_bad_configs_say_what_is_wrong():
    values = preset("small").to_dict()
    with pytest.raises(InputError, match="unexpected keyword argument 'depth'"):
        RecognizerConfig.from_dict({**values, "depth": 3})
    with pytest.raises(InputError, match="stages"):
        RecognizerConfig.from_dict({k: v for k, v in values.items() if k != "stages"})
    with pytest.raises(InputError, match="choose one of retsinas2022"):
        preset("huge")


def test_the_default_is_small_enough_to_ship():
    parameters = sum(p.numel() for p in Recognizer(preset("small"), 180).parameters())
    assert 2 * parameters < 10e6
