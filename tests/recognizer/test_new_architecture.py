"""An architecture in one file: a configuration and a network, which is then trained, saved, loaded, read with and looked into."""

from dataclasses import dataclass
from typing import Any, cast

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from hwr.checked import choices_of
from hwr.errors import InputError
from hwr.inspection.gates import lstm_layers
from hwr.inspection.receptive_field import layer_names, receptive_field, theoretical_width
from hwr.language.connector import feature_size
from hwr.reader import Reader
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import extend_network, load_checkpoint, model_card
from hwr.recognizer.config import ARCHITECTURES, PRESETS, CnnBlstmConfig, RecognizerConfig, preset
from hwr.recognizer.layers import masked, width_mask
from hwr.recognizer.network import Recognizer, RecognizerOutput, folded
from hwr.recognizer.operations import Operation, operation_of
from hwr.training.config import TrainConfig
from hwr.training.learn.loop import train
from hwr.training.lines.sets import frozen_parts, with_mobilevit
from hwr.training.run.directory import RunDirectory
from hwr.ui.fine_tune.form import form_fields


class Convolutions(Recognizer):
    """A convolution, its columns, a linear head: as little as a recogniser can be."""

    def make_layers(self):
        channels = cast(Any, self.config).channels
        self.stem = nn.Conv2d(1, channels, 7, 4, padding=3, bias=False)
        self.norm: nn.Module = nn.BatchNorm2d(channels)
        self.dropout = nn.Dropout(self.config.dropout)
        self.head = nn.Linear(channels, self.classes)
        self.shortcut = nn.Conv1d(channels, self.classes, 3, padding=1)

    @property
    def layer_names(self):
        return ["stem", *self.tap_names]

    def forward(self, images, widths=None, taps=()):
        lengths = torch.full((len(images),), images.shape[-1]) if widths is None else widths
        lengths = lengths // self.config.stride
        mask = width_mask(lengths, images.shape[-1] // self.config.stride, images.device)
        columns = masked(F.relu(self.norm(self.stem(images[:, None]))), mask).amax(dim=2)
        features, shortcut = columns.transpose(1, 2), self.shortcut(columns).transpose(1, 2)
        found = {"stem": features, "columns": features, "shortcut": shortcut}
        logits = self.head(self.dropout(features))
        return RecognizerOutput(logits, shortcut, {tap: found[tap] for tap in taps}, lengths)

    def operations(self, axis):
        columns = Operation("columns", "columns", whole=axis == "height")
        return [operation_of("stem", self.stem, axis), columns, operation_of("shortcut", self.shortcut, axis)]

    def parts(self):
        return {"stem": [self.stem, self.norm]}

    def fold(self):
        self.stem, self.norm = fuse_conv_bn_eval(self.stem, cast(nn.BatchNorm2d, self.norm)), nn.Identity()


@pytest.fixture
def conv(monkeypatch):
    """The preset `conv` of the architecture `convolutions`."""

    @dataclass(frozen=True, kw_only=True)
    class ConvolutionsConfig(RecognizerConfig):
        architecture = "convolutions"
        title = "Convolutions + CTC"
        freezable = ("stem",)
        channels: int

        @property
        def stride(self):
            return 4

        @property
        def frame_offset(self):
            return 0.5

        @property
        def tap_names(self):
            return "columns", "shortcut"

        def build(self, classes):
            return Convolutions(self, classes)

        def check(self):
            super().check()
            if not 1 <= self.channels <= 64:
                raise ValueError("channels must be between 1 and 64")

    monkeypatch.setitem(
        PRESETS, "conv", ConvolutionsConfig(preset="conv", height=64, width=None, preprocessing="ink", channels=8)
    )
    form_fields.cache_clear()
    yield ConvolutionsConfig
    form_fields.cache_clear()
    ARCHITECTURES.pop("convolutions", None)


def test_it_is_trained_saved_loaded_and_read_with(conv, line_folder, drawn_line, tmp_path):
    values = {"preset": "conv", "steps": 2, "batch_size": 2, "warmup": 0, "freeze": "stem", "seed": 3, "dropout": 0.5}
    run = RunDirectory.create(tmp_path / "run", TrainConfig.from_dict({"data": [{"path": str(line_folder)}], **values}))
    assert train(run).state == "finished"
    checkpoint = load_checkpoint(run.checkpoints / "last")
    assert type(checkpoint.network) is Convolutions
    assert checkpoint.config == preset("conv")
    assert "Convolutions + CTC, preset `conv`" in model_card(checkpoint)
    (line,) = Reader(checkpoint).read(drawn_line("abc"), lines="single").lines
    assert len(line.log_probs) == line.pixels.shape[1] // 4

    torch.manual_seed(3)
    fresh = preset("conv").build(checkpoint.charset.classes)
    assert torch.equal(fresh.stem.weight, checkpoint.network.stem.weight), "frozen"
    assert not torch.equal(fresh.head.weight, checkpoint.network.head.weight)

    ARCHITECTURES.pop("convolutions")
    with pytest.raises(InputError, match="architecture 'convolutions', which is not here; there are cnn_blstm"):
        load_checkpoint(run.checkpoints / "last")


def test_it_is_looked_into_like_any_other(conv):
    torch.manual_seed(0)
    network = preset("conv").build(5).eval()
    assert layer_names(network) == ["stem", "columns", "shortcut", "logits"]
    rows = receptive_field(network).width
    assert [(row.layer, row.kernel, row.jump_out, row.cumulative) for row in rows] == [
        ("stem", 7, 4, 7),
        ("columns", 1, 4, 7),
        ("shortcut", 3, 4, 15),
    ]
    assert theoretical_width(network, "logits") == 7
    assert feature_size(network, "columns") == 8, "a connector can be plugged in"
    images = torch.rand(2, 64, 80)
    torch.testing.assert_close(folded(network)(images).logits, network(images).logits)
    widths = torch.tensor([80, 40])
    alone = network(images[1:, :, :40]).logits
    torch.testing.assert_close(network(images, widths).logits[1:, :10], alone)
    charset = Charset.of("abcdefg")
    assert torch.equal(extend_network(network, charset).head.weight[:5], network.head.weight)


def test_menus_offer_its_preset_and_its_parts_and_what_it_lacks_is_said(conv):
    assert "conv" in (choices_of(TrainConfig, "preset") or ())
    assert choices_of(TrainConfig, "freeze") == ("none", "cnn", "cnn+lstm1", "stem", "recogniser")
    assert "stem" in form_fields()["freeze"].choices
    network = preset("conv").build(5)
    with pytest.raises(InputError, match="A conv recogniser has no part 'cnn' to freeze; choose one of none, .*stem"):
        frozen_parts(network, "cnn")
    with pytest.raises(InputError, match="has no pools"):
        with_mobilevit(network, 4)
    with pytest.raises(InputError, match="LSTM"):
        lstm_layers(network, "conv")
    with pytest.raises(InputError, match="channels must be between 1 and 64"):
        RecognizerConfig.from_dict({**preset("conv").to_dict(), "channels": 65})


def test_a_checkpoint_that_names_no_architecture_is_what_it_always_was():
    values = preset("mobilevit").to_dict()
    assert values.pop("architecture") == "cnn_blstm"
    assert RecognizerConfig.from_dict(values) == preset("mobilevit")
    for name, architecture in ARCHITECTURES.items():
        assert architecture.architecture == name
    network = preset("small").build(4)
    assert tuple(network.parts()) == CnnBlstmConfig.freezable
