"""The recogniser: convolutional body, column max-pool, BiLSTM head, convolutional shortcut head, named taps."""

from __future__ import annotations

import copy
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

# The CPU kernels are compiled once for every shape; a cache with room for all widths keeps them.
os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "4096")

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from hwr.recognizer.config import CnnBlstmConfig, RecognizerConfig
from hwr.recognizer.layers import MobileViTBlock, ResidualBlock, masked, width_mask
from hwr.recognizer.operations import Axis, Operation, operation_of
from hwr.recognizer.side_by_side import cores, side_by_side

BATCH, BATCH_ON_CPU = 8, 4  # lines that are read together: one core gains nothing by more, and pads them further


@dataclass
class RecognizerOutput:
    """What one forward pass gives. B batch, T frames, C classes (0 = blank), D features.

    logits and shortcut_logits: (B, T, C). taps: name -> (B, T_tap, D_tap), the requested ones only. lengths: (B,), the
    number of frames that belong to each line, on the device of the widths; frames past it are padding.
    """

    logits: Tensor
    shortcut_logits: Tensor
    taps: dict[str, Tensor]
    lengths: Tensor


class Recognizer(nn.Module):
    """CNN + BiLSTM + CTC recogniser (Retsinas et al. 2022), optionally with MobileViT blocks: the architecture `cnn_blstm`.

    Another architecture is a subclass, which its configuration's `build` makes: it has its own `make_layers`, `forward`,
    `layer_names`, `operations`, `parts` and, if it can be read sooner, `fold`. `dropout` is what training sets.

    >>> from hwr.recognizer.config import preset
    >>> net = Recognizer(preset("small"), classes=5).eval()
    >>> net(torch.zeros(1, 64, 80)).logits.shape
    torch.Size([1, 20, 5])
    """

    def __init__(self, config: RecognizerConfig, classes: int) -> None:
        super().__init__()
        self.config, self.classes = config, classes
        self.make_layers()
        self.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]

    def make_layers(self) -> None:
        """Put the modules of `config` for so many `classes` in place."""
        config, classes = self.config, self.classes
        assert isinstance(config, CnnBlstmConfig)
        k = config.stem_kernel
        self.stem = nn.Conv2d(1, config.stem_channels, k, config.stem_stride, padding=k // 2)
        body: list[tuple[str, nn.Module]] = []
        channels, vits = config.stem_channels, 0
        for i, stage in enumerate(config.stages, start=1):
            if stage.pool:
                body.append((f"pool{i}", nn.MaxPool2d(stage.pool, stage.pool)))
            if stage.mobilevit_patch:
                vits += 1
                body.append((f"mobilevit{vits}", MobileViTBlock(channels, stage.mobilevit_patch, config)))
            for j in range(1, stage.blocks + 1):
                body.append((f"stage{i}_block{j}", ResidualBlock(channels, stage.channels)))
                channels = stage.channels
        self.body = nn.ModuleDict(dict(body))
        hidden = config.lstm_hidden
        self.lstm = nn.ModuleList(
            nn.LSTM(channels if i == 0 else 2 * hidden, hidden, bidirectional=True, batch_first=True)
            for i in range(config.lstm_layers)
        )
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(2 * hidden, classes)
        self.shortcut = nn.Conv1d(channels, classes, config.shortcut_kernel, padding=config.shortcut_kernel // 2)

    @property
    def tap_names(self) -> list[str]:
        """Every place where features can be read."""
        return list(self.config.tap_names)

    @property
    def layer_names(self) -> list[str]:
        """The taps and every other layer of the body: what `forward` can give, column-max-pooled where it is a map."""
        return [*dict.fromkeys(["stem", *self.body, *self.tap_names])]

    @property
    def bilstms(self) -> list[nn.LSTM]:
        """The recurrent layers lstm1, lstm2, ..., whose gates can be looked at; none where there are none."""
        return [cast(nn.LSTM, layer) for layer in getattr(self, "lstm", ())]

    def operations(self, axis: Axis) -> list[Operation]:
        """The way from the image to the logits, by layers of `layer_names`; the shortcut head, which leaves it after
        `columns`, comes last, as `shortcut`."""
        operations = [operation_of("stem", self.stem, axis)]
        for name, block in self.body.items():
            if isinstance(block, ResidualBlock):  # its 1 x 1 shortcut sees less than the two convolutions
                operations += [operation_of(name, convolution, axis) for convolution in (block.conv1, block.conv2)]
            elif isinstance(block, MobileViTBlock):
                local = (module for module in block.local if isinstance(module, nn.Conv2d))
                operations += [op for op in (operation_of(name, module, axis) for module in local) if op.kernel > 1]
                within = block.attend == "within"
                operations.append(
                    Operation(name, "patch", block.patch) if within else Operation(name, "attention", whole=True)
                )
            else:
                operations.append(operation_of(name, block, axis))
        operations.append(Operation("columns", "columns", whole=axis == "height"))
        operations += [Operation(f"lstm{n}", "bilstm", whole=axis == "width") for n in range(1, len(self.lstm) + 1)]
        return [*operations, operation_of("shortcut", self.shortcut, axis)]

    def parts(self) -> dict[str, list[nn.Module]]:
        """What can rest while the rest learns: the modules of each name of `config.freezable`."""
        body: list[nn.Module] = [self.stem, self.body]
        return {"cnn": body, "cnn+lstm1": [*body, *self.lstm[:1]]}

    def fold(self) -> None:
        """Become a network for reading alone, its batch norms folded into the convolutions: the same outputs, sooner."""
        for block in self.body.values():
            if isinstance(block, ResidualBlock):
                block.conv1, block.bn1 = fuse_conv_bn_eval(block.conv1, cast(nn.BatchNorm2d, block.bn1)), nn.Identity()
                block.conv2, block.bn2 = fuse_conv_bn_eval(block.conv2, cast(nn.BatchNorm2d, block.bn2)), nn.Identity()
                if isinstance(block.shortcut, nn.Sequential):
                    convolution, norm = block.shortcut
                    block.shortcut = fuse_conv_bn_eval(cast(nn.Conv2d, convolution), cast(nn.BatchNorm2d, norm))

    def forward(self, images: Tensor, widths: Tensor | None = None, taps: tuple[str, ...] = ()) -> RecognizerOutput:
        """Read a batch of lines.

        images: (B, H, W), ink 1 and paper 0, W a multiple of `config.width_multiple`. widths: (B,) pixels of each
        line, multiples of it too, on the CPU (which is sooner) or with the images; None when every line fills W. taps: names from `tap_names`, or any of `layer_names`.
        Raises ValueError for a tap that this network does not have.
        """
        missing = set(taps) - set(self.layer_names)
        if missing:
            raise ValueError(f"This network has no tap {sorted(missing)[0]!r}; it has {', '.join(self.tap_names)}.")
        collected: dict[str, Tensor] = {}
        if widths is None:
            widths = images.new_full((len(images),), images.shape[-1], dtype=torch.long)
        x, stride = images[:, None], cast(int, self.stem.stride[1])
        x = x.contiguous(memory_format=torch.channels_last)
        mask = width_mask(widths // stride, images.shape[-1] // stride, images.device)
        x = masked(F.relu(self.stem(x), inplace=True), mask)
        if "stem" in taps:
            collected["stem"] = x.amax(dim=2).transpose(1, 2)
        for name, block in self.body.items():
            if isinstance(block, nn.MaxPool2d):
                x = block(x)
                stride *= cast(tuple[int, int], block.stride)[1]
                mask = width_mask(widths // stride, images.shape[-1] // stride, images.device)
            else:
                x = block(x, mask)
            if name in taps:
                collected[name] = x.amax(dim=2).transpose(1, 2)
        columns = x.amax(dim=2)  # (B, D, T)
        lengths = widths // stride
        shortcut_logits = self.shortcut(columns).transpose(1, 2)
        x = columns.transpose(1, 2)
        collected["columns"] = x
        for i, lstm in enumerate(self.lstm, start=1):
            x = run_lstm(cast(nn.LSTM, lstm), x, None if mask is None else lengths)
            collected[f"lstm{i}"] = x
            if i < len(self.lstm):
                x = self.dropout(x)
        logits = self.head(self.dropout(x))
        collected["shortcut"] = shortcut_logits
        return RecognizerOutput(logits, shortcut_logits, {name: collected[name] for name in taps}, lengths)


def run_lstm(lstm: nn.LSTM, x: Tensor, lengths: Tensor | None) -> Tensor:
    """(B, T, D) -> (B, T, 2 * hidden); with `lengths` (B,) the backward direction starts at each line's own end.

    Equal to a packed sequence. On a CPU the two directions run apart, the backward one over each line reversed in
    place: the kernel for padded input is several times faster than the one for packed input (7x for a training step).
    """
    if lengths is None:
        return lstm(x)[0]
    if x.is_cuda:
        packed = pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(lstm(packed)[0], batch_first=True, total_length=x.shape[1])[0]
    t = torch.arange(x.shape[1], device=x.device)[None]
    lengths = lengths.to(x.device)[:, None]
    inside = t < lengths
    mirror = torch.where(inside, lengths - 1 - t, t)[..., None]
    forward = _run_direction(lstm, x, "")
    backward = _run_direction(lstm, x.gather(1, mirror.expand_as(x)), "_reverse")
    backward = backward.gather(1, mirror.expand_as(backward))
    return torch.cat([forward, backward], dim=-1) * inside[..., None].to(x.dtype)


def _run_direction(lstm: nn.LSTM, x: Tensor, suffix: str) -> Tensor:
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    weights = [getattr(lstm, name + suffix) for name in names]
    state = x.new_zeros(1, x.shape[0], lstm.hidden_size)  # a shape, so that an exported graph takes any batch
    return torch.lstm(x, (state, state), weights, True, 1, 0.0, lstm.training, False, True)[0]


def folded(network: Recognizer) -> Recognizer:
    """A copy for reading alone, in the form that its architecture reads soonest in."""
    network = copy.deepcopy(network).eval()
    network.fold()
    return network


def padded_width(width: int, step: int = 64) -> int:
    """A width at which a batch of lines up to `width` px is computed: few distinct ones, since each compiles kernels."""
    return -(-width // step) * step


def forward_lines(network: Recognizer, lines: Sequence[np.ndarray], batch_size: int | None = None) -> list[Tensor]:
    """Logits of lines of any widths, in the order given: each (T, C) float32 on the CPU.

    lines: (H, W) each, float32 ink in [0, 1] or uint8 ink in [0, 255], W a multiple of `config.width_multiple`.
    Lines of similar width share a batch, so that little is padded; on a CPU several batches are computed at once. The
    network is in evaluation mode while it reads. batch_size: lines at most; None for what the device reads soonest.
    """
    was_training = network.training
    network.eval()
    on_cpu = next(network.parameters()).device.type == "cpu"
    workers = cores() if on_cpu else 1
    size = min(batch_size or (BATCH_ON_CPU if on_cpu else BATCH), max(1, -(-len(lines) // workers)))
    order = sorted(range(len(lines)), key=lambda i: -lines[i].shape[1])
    batches = [order[start : start + size] for start in range(0, len(order), size)]

    def read(batch: list[int]) -> list[Tensor]:
        return _forward_batch(network, [lines[i] for i in batch])

    found = side_by_side(read, batches) if min(workers, len(batches)) > 1 else map(read, batches)
    logits = dict(zip(itertools.chain(*batches), itertools.chain.from_iterable(found), strict=True))
    network.train(was_training)
    return [logits[i] for i in range(len(lines))]


@torch.inference_mode()
def _forward_batch(network: Recognizer, lines: Sequence[np.ndarray]) -> list[Tensor]:
    """The same of lines that are computed together, the widest first."""
    weights = next(network.parameters())
    batch = np.zeros((len(lines), lines[0].shape[0], padded_width(lines[0].shape[1])), lines[0].dtype)
    for row, line in zip(batch, lines, strict=True):
        row[:, : line.shape[1]] = line
    images = torch.from_numpy(batch).to(weights.device, weights.dtype)
    widths = torch.tensor([line.shape[1] for line in lines], device=weights.device)
    output = network(images / 255.0 if batch.dtype == np.uint8 else images, widths)
    return [row[:frames] for row, frames in zip(output.logits.float().cpu(), output.lengths.tolist(), strict=True)]
