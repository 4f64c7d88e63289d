"""What the frames of many lines see: the effective field of `effective_field.py`, averaged layer by layer, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from hwr.errors import InputError
from hwr.evaluation.bootstrap import Interval, bootstrap_mean
from hwr.images.line import LineGeometry, NetworkLine
from hwr.inspection.effective_field import SHARES, Widths, check_prepared, gradients, share_names, shares, widths_of
from hwr.inspection.receptive_field import WHOLE, field_box, layer_names, theoretical_width
from hwr.recognizer.network import Recognizer

if TYPE_CHECKING:
    from hwr.reader import Reader

N = len(SHARES)
NETWORK, UPLOAD, INSIDE = slice(0, N), slice(N, 2 * N), 2 * N  # columns of `LayerAverage.by_line`


@dataclass(frozen=True)
class LayerAverage:
    """The mean at one layer: over the frames of each line, then over the lines.

    theoretical: width in network pixels that it could see from one frame, None: the whole line. dead: frames that are
    not in the mean, since no pixel moves the layer's features there. by_line: (lines, 7) the mean of each line: widths
    in network pixels, in pixels of the upload, and `inside`; NaN where all its frames are dead.
    """

    layer: str
    theoretical: int | None
    widths: Widths
    inside: float
    dead: int = 0
    by_line: np.ndarray = field(default_factory=lambda: np.zeros((0, 2 * N + 1)), compare=False)

    @classmethod
    def of(cls, layer: str, theoretical: int | None, by_line: np.ndarray, dead: int) -> LayerAverage:
        alive = _alive(by_line)
        mean = alive.mean(axis=0) if len(alive) else np.zeros(2 * N + 1)
        widths = Widths(tuple(mean[NETWORK].tolist()), tuple(mean[UPLOAD].tolist()))
        return cls(layer, theoretical, widths, float(mean[INSIDE]), dead, by_line)

    def intervals(self) -> tuple[Interval, ...]:
        """95 % intervals of the widths in network pixels, by bootstrap over lines; none for fewer than two lines."""
        alive = _alive(self.by_line)
        return tuple(bootstrap_mean(alive[:, n]) for n in range(N)) if len(alive) > 1 else ()

    def to_dict(self) -> dict[str, Any]:
        ends = [[round(interval.low, 1), round(interval.high, 1)] for interval in self.intervals()]
        return {
            "layer": self.layer,
            "theoretical": WHOLE["width"] if self.theoretical is None else self.theoretical,
            "dead": self.dead,
            "widths": self.widths.to_dict(),
            "interval": dict(zip(share_names(), ends, strict=True)) if ends else None,
            "inside_columns": round(self.inside, 4),
        }


@dataclass(frozen=True)
class AverageField:
    """The effective field by layer, averaged over `frames` frames of `lines` lines, chosen at random with `seed`.

    skipped: lines that were left out, with the reason.
    """

    model: str
    lines: int
    frames: int
    seed: int
    layers: list[LayerAverage]
    skipped: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The field `effective` of `python -m hwr receptive-field --data --json`."""
        return {
            "model": self.model,
            "lines": self.lines,
            "frames": self.frames,
            "seed": self.seed,
            "mass": "absolute gradient; features by a random projection a frame, logits by the likeliest class",
            "interval": "95 %, network pixels, bootstrap over lines",
            "layers": [layer.to_dict() for layer in self.layers],
            "skipped": self.skipped,
        }


@dataclass(frozen=True)
class FieldDifference:
    """How much wider a layer's field is in a second network than in a first, on the same lines: pixels of the upload.

    widths: for each of SHARES; inside: of the share of the mass in what the convolutions see. 95 % intervals by paired
    bootstrap over lines.
    """

    layer: str
    widths: tuple[Interval, ...]
    inside: Interval

    def to_dict(self) -> dict[str, Any]:
        named = zip([*share_names(), "inside_columns"], [*self.widths, self.inside], strict=True)
        return {"layer": self.layer, **{n: [round(v, 4) for v in (i.value, i.low, i.high)] for n, i in named}}


def average_field(
    reader: Reader,
    lines: Sequence[NetworkLine],
    layers: Sequence[str] | None = None,
    *,
    frames_per_line: int = 4,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> AverageField:
    """The effective field by layer, averaged over frames of lines.

    lines: prepared for this reader. layers: of `layer_names`, all of them by default. frames_per_line: drawn without
    replacement, seeded; at each frame a feature map is looked at through one random projection of its own.
    Raises InputError when there is no line or a layer is unknown.
    """
    if not lines:
        raise InputError("inspection.no_line_to_average")
    network = reader.network
    layers = list(layers or layer_names(network))
    rng = np.random.default_rng(seed)
    by_line = {layer: np.full((len(lines), 2 * N + 1), np.nan) for layer in layers}
    dead, frames = dict.fromkeys(layers, 0), 0
    for number, line in enumerate(lines):
        geometry = line.geometry
        check_prepared(reader, geometry)
        chosen = sorted(rng.choice(geometry.frames, min(frames_per_line, geometry.frames), replace=False).tolist())
        frames += len(chosen)
        image = torch.from_numpy(line.pixels).float().to(reader.device)
        for layer in layers:
            found = gradients(network, image, layer, [(t, t) for t in chosen], None, 1, seed + number)
            alive = [_measure(network, geometry, mass, t) for mass, t in zip(found, chosen, strict=True) if mass.any()]
            dead[layer] += len(chosen) - len(alive)
            if alive:
                by_line[layer][number] = np.mean(alive, axis=0)
        if progress:
            progress(number + 1, len(lines))
    averages = [LayerAverage.of(name, theoretical_width(network, name), by_line[name], dead[name]) for name in layers]
    return AverageField(reader.name, len(lines), frames, seed, averages)


def field_differences(first: AverageField, second: AverageField) -> list[FieldDifference]:
    """Second minus first at every layer that both have. Raises InputError when they were not measured on the same lines."""
    if (first.lines, first.skipped) != (second.lines, second.skipped):
        raise InputError(
            "inspection.not_the_same_lines",
            model=first.model,
            model2=second.model,
            lines=first.lines,
            lines2=second.lines,
            skipped=[*first.skipped, *second.skipped][0],
        )
    return list(_differences(first, second))


def _differences(first: AverageField, second: AverageField) -> Iterator[FieldDifference]:
    others = {layer.layer: layer for layer in second.layers}
    for layer in first.layers:
        if layer.layer not in others:
            continue
        gaps = _alive(others[layer.layer].by_line - layer.by_line)
        if len(gaps) > 1:
            widths = tuple(bootstrap_mean(column) for column in gaps[:, UPLOAD].T)
            yield FieldDifference(layer.layer, widths, bootstrap_mean(gaps[:, INSIDE]))


def _alive(by_line: np.ndarray) -> np.ndarray:
    return by_line[~np.isnan(by_line).any(axis=1)]


def _measure(network: Recognizer, geometry: LineGeometry, mass: np.ndarray, frame: int) -> tuple[float, ...]:
    """One frame's row, as in `LayerAverage.by_line`."""
    profile = shares(mass).sum(axis=0)
    widths = widths_of(profile, geometry.frame_middle(frame, frame), geometry)
    columns = field_box(network, geometry, "columns", frame, frame)
    return (*widths.network, *widths.upload, float(profile[int(columns.x0) : int(columns.x1)].sum()))
