"""What a frame could see: the receptive field of every layer, read off the network's own modules.

A convolution or pool of kernel k and stride s at jump j (input pixels between two of its inputs) widens the field by
(k - 1) * j and leaves a jump of s * j (Araujo, Norris and Sim 2019, "Computing receptive fields of convolutional neural
networks"). Where the field lies follows from walking back: outputs a..b of a layer read its inputs s*a - p .. s*b - p + k - 1.
1 x 1 convolutions, norms and activations look at no neighbour and have no row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np

from hwr.errors import InputError
from hwr.images.line import LineGeometry
from hwr.recognizer.network import Recognizer
from hwr.recognizer.operations import Axis, Kind, Operation

WHOLE = {"width": "whole line", "height": "whole height"}


@dataclass(frozen=True)
class Row:
    """One row of the table, network pixels; `count` equal modules in a row share it ("Res3x3 x 8").

    increment: what the row adds, None for one that sees everything. cumulative: the field of one output of this layer,
    the largest where it depends on the place in a patch; None: everything. local: the same through convolutions, pools
    and patches alone, so that a table goes on behind an attention that sees the whole line.
    """

    layer: str
    kind: Kind
    kernel: int | None
    stride: int
    count: int
    jump_in: int
    jump_out: int
    increment: int | None
    cumulative: int | None
    local: int

    def to_dict(self, axis: Axis) -> dict[str, Any]:
        return {**vars(self), "cumulative": WHOLE[axis] if self.cumulative is None else self.cumulative}


@dataclass(frozen=True)
class ReceptiveField:
    """The table of one network, for each axis. stride: network pixels from frame to frame."""

    model: str
    preset: str
    stride: int
    width: list[Row]
    height: list[Row]

    def to_dict(self) -> dict[str, Any]:
        """The object that `python -m hwr receptive-field --json` prints."""
        return {
            "model": self.model,
            "preset": self.preset,
            "stride": self.stride,
            "width": [row.to_dict("width") for row in self.width],
            "height": [row.to_dict("height") for row in self.height],
        }


@dataclass(frozen=True)
class FieldBox:
    """What a layer can see from frames first..last: network pixels (continuous, cut to the line).

    polygon: its (4, 2) corners in the upload. whole: something on the way sees the whole line.
    """

    layer: str
    first: int
    last: int
    x0: float
    y0: float
    x1: float
    y1: float
    polygon: np.ndarray
    whole: bool

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "polygon": np.round(self.polygon, 2).tolist()}


def receptive_field(network: Recognizer, model: str = "") -> ReceptiveField:
    """The table of layers: kernel, stride, jump and field for width and height, from the live modules."""
    config = network.config
    tables = {axis: _rows(network, axis) for axis in ("width", "height")}
    return ReceptiveField(model or config.preset, config.preset, config.stride, tables["width"], tables["height"])


def layer_names(network: Recognizer) -> list[str]:
    """Every layer at which one can look, from the image to the output; residual blocks go by their stage.

    `logits` is the output that is read, after the last BiLSTM; `shortcut` the convolutional head beside it.
    """
    body = [_stage(name) for name in network.layer_names if name != "shortcut"]
    return [*dict.fromkeys(body), "shortcut", "logits"]


def network_layer(network: Recognizer, layer: str) -> str:
    """The name by which `Recognizer.forward` gives the features of a layer of `layer_names`, `logits` excepted.

    Raises InputError that lists the layers when it has no such layer along the line.
    """
    names = layer_names(network)
    if layer not in names:
        raise InputError("inspection.no_layer", layer=layer, names=", ".join(names))
    return next((name for name in reversed(network.layer_names) if _stage(name) == layer), layer)


def jump(network: Recognizer, layer: str) -> int:
    """Network pixels from one column of a layer to the next."""
    return math.prod(op.stride for op in _path(network, layer, "width"))


def theoretical_width(network: Recognizer, layer: str) -> int | None:
    """Network pixels along the line that a layer can see from one frame; None: the whole line. Errors as in `network_layer`.

    A frame stands on several columns of the layers before the last pool, so that it sees a little more than one of them;
    with patches it is the largest, over the places that a frame can have in them.
    """
    network_layer(network, layer)
    places = range(network.config.width_multiple // network.config.stride)
    seen = [pixels_seen(network, layer, place, place) for place in places]
    return None if seen[0] is None else max(ends[1] - ends[0] for ends in seen if ends)


def columns_of(network: Recognizer, layer: str, first: int, last: int) -> tuple[int, int]:
    """The columns of a layer that stand under frames first..last, both included: several to a frame before the pools."""
    per_frame = network.config.stride // jump(network, layer)
    return first * per_frame, (last + 1) * per_frame - 1


def pixels_seen(network: Recognizer, layer: str, first: int, last: int) -> tuple[int, int] | None:
    """Network x (start, end) that a layer reads for frames first..last, not cut to any line; None: the whole line."""
    path = _path(network, layer, "width")
    if any(op.whole for op in path):
        return None
    low, high = _walk_back(path, *columns_of(network, layer, first, last))
    return low, high + 1


def field_box(network: Recognizer, geometry: LineGeometry, layer: str, first: int, last: int) -> FieldBox:
    """What a layer can see from frames first..last of a line. Raises InputError for frames outside of it."""
    check_frames(geometry, first, last)
    network_layer(network, layer)
    seen = pixels_seen(network, layer, first, last)
    x0, x1 = (0, geometry.width) if seen is None else (max(0, seen[0]), min(geometry.width, seen[1]))
    # Every layer is read as columns, the maximum or the whole of its height.
    corners = geometry.corners(x0, 0, x1, geometry.height)
    return FieldBox(layer, first, last, float(x0), 0.0, float(x1), float(geometry.height), corners, seen is None)


def check_frames(geometry: LineGeometry, first: int, last: int) -> None:
    """Raises InputError when frames first..last are not frames of the line."""
    if not 0 <= first <= last < geometry.frames:
        frame = first if not 0 <= first < geometry.frames else last
        raise InputError("inspection.no_frame", frame=frame, last=geometry.frames - 1)


def _stage(name: str) -> str:
    return re.sub(r"_block\d+$", "", name)


def _operations(network: Recognizer, axis: Axis) -> tuple[list[Operation], list[Operation]]:
    """The path from the image to the logits, and the shortcut head, which leaves it after `columns`."""
    operations = network.operations(axis)
    head = [op for op in operations if op.layer == "shortcut"]
    return [replace(op, layer=_stage(op.layer)) for op in operations if op.layer != "shortcut"], head


def _path(network: Recognizer, layer: str, axis: Axis) -> list[Operation]:
    """The operations from the image to a layer."""
    operations, head = _operations(network, axis)
    if layer == "logits":
        return operations
    end = max(n for n, op in enumerate(operations) if op.layer == ("columns" if layer == "shortcut" else layer))
    return operations[: end + 1] + (head if layer == "shortcut" else [])


def _walk_back(path: Sequence[Operation], low: int, high: int) -> tuple[int, int]:
    """Outputs low..high of a path -> the first and last pixel that they read; what sees everything is left out."""
    for op in reversed(path):
        if op.kind == "patch":
            low, high = low // op.kernel * op.kernel, high // op.kernel * op.kernel + op.kernel - 1
        else:
            low, high = low * op.stride - op.padding, high * op.stride - op.padding + op.kernel - 1
    return low, high


def _local(path: Sequence[Operation]) -> int:
    """The largest field that one output of a path has, in pixels, through all that does not see everything."""
    places = math.lcm(*(op.kernel for op in path if op.kind == "patch"))
    ends = (_walk_back(path, place, place) for place in range(places))
    return max(high - low + 1 for low, high in ends)


def _rows(network: Recognizer, axis: Axis) -> list[Row]:
    """Equal operations of one layer that follow each other share a row; the shortcut head comes last."""
    (path, _), rows = _operations(network, axis), []
    start = 0
    for _, group in groupby(path):
        end = start + len(list(group))
        rows.append(_row(path[:start], path[start:end]))
        start = end
    branch = _path(network, "shortcut", axis)
    return [*rows, _row(branch[:-1], branch[-1:])]


def _row(before: Sequence[Operation], group: Sequence[Operation]) -> Row:
    """The row of a group of equal operations behind others."""
    op, path = group[0], [*before, *group]
    local = _local(path)
    return Row(
        layer=op.layer,
        kind=op.kind,
        kernel=None if op.whole or op.kind == "bilstm" else op.kernel,
        stride=op.stride,
        count=len(group),
        jump_in=math.prod(o.stride for o in before),
        jump_out=math.prod(o.stride for o in path),
        increment=None if op.whole else local - _local(before),
        cumulative=None if any(o.whole for o in path) else local,
        local=local,
    )
