"""What a network's modules see of their neighbours, for the receptive field: one `Operation` a module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from torch import nn

Axis = Literal["width", "height"]
Kind = Literal["conv", "pool", "patch", "attention", "columns", "bilstm"]


@dataclass(frozen=True)
class Operation:
    """One module that looks at neighbours, on one axis.

    layer: the layer that it is part of. "patch" is attention inside of patches of `kernel` cells, "columns" the maximum
    over the height. whole: it sees everything on this axis.
    """

    layer: str
    kind: Kind
    kernel: int = 1
    stride: int = 1
    padding: int = 0
    whole: bool = False


def operation_of(layer: str, module: nn.Module, axis: Axis) -> Operation:
    """Of a convolution or a pool; a convolution over frames has no height."""
    sizes = []
    for name in ("kernel_size", "stride", "padding"):
        size = getattr(module, name)
        both = size if isinstance(size, tuple) else (size, size)
        sizes.append(both[-1] if axis == "width" else both[0] if len(both) == 2 else int(name != "padding"))
    return Operation(layer, "pool" if isinstance(module, nn.MaxPool2d) else "conv", *sizes)
