"""What a frame does see: the effective receptive field, by gradients (Luo et al. 2016, "Understanding the effective receptive field").

A pixel's mass is the absolute gradient of what stands at the chosen frames with respect to it. For a character that is
the logit of its class; for the features of a layer it is the mean over random projections v of |d(v . f)/dx|, which for
normal v is proportional to the norm of the pixel's column of the Jacobian. Paper has mass, too: ink there would matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from hwr.errors import InputError
from hwr.images.line import LineGeometry
from hwr.inspection.receptive_field import (
    FieldBox,
    check_frames,
    columns_of,
    field_box,
    layer_names,
    network_layer,
    pixels_seen,
)
from hwr.recognizer.network import Recognizer, RecognizerOutput

if TYPE_CHECKING:
    from hwr.reader import Reader
    from hwr.reading import Reading

SHARES = (0.5, 0.9, 0.95)
PROJECTIONS = 4


@dataclass(frozen=True)
class Spot:
    """Where one looks: frames first..last. text: the character read there, `index` its number; "" and -1: a lone frame."""

    first: int
    last: int
    text: str = ""
    index: int = -1


@dataclass(frozen=True)
class Widths:
    """How wide the window around the frame is that holds each of SHARES of the mass: network pixels, pixels of the upload."""

    network: tuple[float, ...]
    upload: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "network": {name: round(width, 1) for name, width in zip(share_names(), self.network, strict=True)},
            "upload": {name: round(width, 1) for name, width in zip(share_names(), self.upload, strict=True)},
        }


def share_names() -> list[str]:
    """
    >>> share_names()
    ['50', '90', '95']
    """
    return [f"{100 * share:.0f}" for share in SHARES]


@dataclass(frozen=True)
class EffectiveField:
    """What one layer used at one spot.

    heat: (H, W) float32, share of the mass per network pixel, sum 1. middle: network x of the spot. box: what the layer
    could see. inside: share of the mass in what the convolutions (`columns`) can see from there; the rest came through
    recurrence or attention.
    """

    model: str
    layer: str
    spot: Spot
    target: str
    heat: np.ndarray
    middle: float
    box: FieldBox
    widths: Widths
    inside: float

    @property
    def profile(self) -> np.ndarray:
        """(W,) mass of each pixel column."""
        return self.heat.sum(axis=0)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the heat, ready for JSON."""
        return {
            "model": self.model,
            "layer": self.layer,
            "character": self.spot.text,
            "index": self.spot.index,
            "frames": [self.spot.first, self.spot.last],
            "target": self.target,
            "box": self.box.to_dict(),
            "widths": self.widths.to_dict(),
            "inside_columns": round(self.inside, 4),
        }


def spot(reading: Reading, character: int | None = None, frame: int | None = None) -> Spot:
    """A character of a reading, or a frame; with neither the middle character, or frame where nothing was read.

    Raises InputError when the line does not have it.
    """
    characters = reading.characters
    if frame is not None:
        check_frames(reading.geometry, frame, frame)
        return Spot(frame, frame)
    if character is None and not characters:
        return Spot(reading.geometry.frames // 2, reading.geometry.frames // 2)
    index = len(characters) // 2 if character is None else character
    if not 0 <= index < len(characters):
        if not characters:
            raise InputError("inspection.no_characters", index=index)
        raise InputError("inspection.no_character", index=index, last=len(characters) - 1)
    found = characters[index]
    return Spot(found.first_frame, found.last_frame, found.text, index)


def spot_on(where: Spot, geometry: LineGeometry, other: LineGeometry) -> Spot:
    """The same place, and the same character, on the frames that another network has for the line."""
    first, last = (other.frame_at(*geometry.middle_in_upload(frame)) for frame in (where.first, where.last))
    return replace(where, first=min(first, last), last=max(first, last))


def effective_field(
    reader: Reader,
    reading: Reading,
    where: Spot,
    layer: str = "logits",
    *,
    times_ink: bool = False,
    projections: int = PROJECTIONS,
    seed: int = 0,
) -> EffectiveField:
    """The effective field of a spot at a layer of `layer_names`.

    times_ink: gradient times input in place of the gradient, so that only ink has mass. The logits of `logits` and
    `shortcut` are those of the spot's character, of the likeliest class of each frame for a lone frame; other layers are
    looked at through so many random projections. Raises InputError for an unknown layer, for frames outside of the line,
    and for a line that was prepared for another network.
    """
    network, geometry = reader.network, reading.geometry
    check_prepared(reader, geometry)
    box = field_box(network, geometry, layer, where.first, where.last)
    label = _label(reader, where)
    image = torch.from_numpy(reading.pixels).float().to(reader.device)
    mass = gradients(network, image, layer, [(where.first, where.last)], label, projections, seed)[0]
    heat = shares(mass * np.abs(reading.pixels) if times_ink else mass)
    middle = geometry.frame_middle(where.first, where.last)
    columns = field_box(network, geometry, "columns", where.first, where.last)
    target = f"logit of {where.text!r}" if where.text else "logit of the likeliest class"
    return EffectiveField(
        reader.name,
        layer,
        where,
        target if layer in ("logits", "shortcut") else f"features, {projections} random projections",
        heat,
        middle,
        box,
        widths_of(heat.sum(axis=0), middle, geometry),
        float(heat[:, int(columns.x0) : int(columns.x1)].sum()),
    )


def fields_by_layer(reader: Reader, reading: Reading, where: Spot) -> list[EffectiveField]:
    """The effective field of one spot at every layer. Errors as in `effective_field`."""
    return [effective_field(reader, reading, where, layer) for layer in layer_names(reader.network)]


def widths_of(profile: np.ndarray, middle: float, geometry: LineGeometry) -> Widths:
    """The windows around network x `middle`, cut to the line, that hold SHARES of a profile (W,) of sum 1."""
    distances = np.abs(np.arange(len(profile)) + 0.5 - middle)
    if not profile.any():
        return Widths((0.0,) * len(SHARES), (0.0,) * len(SHARES))
    order = np.argsort(distances, kind="stable")
    held = np.cumsum(profile[order])
    reach = [distances[order[min(np.searchsorted(held, share * held[-1]), len(order) - 1)]] + 0.5 for share in SHARES]
    network = tuple(float(min(len(profile), middle + r) - max(0.0, middle - r)) for r in reach)
    return Widths(network, tuple(geometry.upload_length(width) for width in network))


def check_prepared(reader: Reader, geometry: LineGeometry) -> None:
    """Raises InputError when a line was prepared for a network of another height or stride."""
    config = reader.checkpoint.config
    if (geometry.height, geometry.stride) != (config.height, config.stride):
        raise InputError(
            "inspection.other_network",
            height=geometry.height,
            stride=geometry.stride,
            model=reader.name,
            height2=config.height,
            stride2=config.stride,
        )


def _label(reader: Reader, where: Spot) -> int | None:
    if not where.text:
        return None
    if where.text not in reader.charset:
        raise InputError("inspection.unknown_character", model=reader.name, text=where.text)
    return reader.charset.characters.index(where.text) + 1


def gradients(
    network: Recognizer,
    image: Tensor,
    layer: str,
    spans: Sequence[tuple[int, int]],
    label: int | None,
    projections: int,
    seed: int,
) -> list[np.ndarray]:
    """For each span of frames the mean over projections of |d target / d pixel|, (H, W) float32 as the image."""
    name = network_layer(network, layer)
    generator = torch.Generator().manual_seed(seed)
    found = []
    # cuDNN has no backward pass for an LSTM in evaluation mode.
    with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
        for start, end, inside in _windows(network, image.shape[1], layer, spans):
            piece = image[None, :, start:end].detach().clone().requires_grad_()
            output = network(piece, taps=() if name in ("logits", "shortcut") else (name,))
            shift = start // network.config.stride
            for first, last in inside:
                mass = np.zeros(tuple(image.shape), np.float32)
                ends = first - shift, last - shift
                targets = _targets(network, output, layer, name, ends, label, projections, generator)
                for target in targets:
                    (gradient,) = torch.autograd.grad(target, piece, retain_graph=True)
                    mass[:, start:end] += gradient[0].abs().cpu().numpy() / len(targets)
                found.append(mass)
    return found


def _windows(
    network: Recognizer, width: int, layer: str, spans: Sequence[tuple[int, int]]
) -> list[tuple[int, int, Sequence[tuple[int, int]]]]:
    """Pieces of the line that are enough for the spans: a layer that sees a part of the line is run on that part alone.

    The rest changes nothing there, and the ends of a piece fall on multiples of every pool and patch.
    """
    step, windows = network.config.width_multiple, []
    for first, last in spans:
        seen = pixels_seen(network, layer, first, last)
        if seen is None:
            return [(0, width, spans)]
        windows.append((max(0, seen[0]) // step * step, min(width, -(-seen[1] // step) * step), [(first, last)]))
    return windows


def _targets(
    network: Recognizer,
    output: RecognizerOutput,
    layer: str,
    name: str,
    span: tuple[int, int],
    label: int | None,
    projections: int,
    generator: torch.Generator,
) -> list[Tensor]:
    """The numbers whose gradients are asked for: one logit, or a layer's features through random projections."""
    first, last = span
    if name in ("logits", "shortcut"):
        logits = (output.logits if name == "logits" else output.shortcut_logits)[0, first : last + 1]
        return [(logits.amax(dim=-1) if label is None else logits[:, label]).sum()]
    first, last = columns_of(network, layer, first, last)
    features = output.taps[name][0, first : last + 1]
    draws = (torch.randn(features.shape, generator=generator).to(features.device) for _ in range(projections))
    return [(draw * features).sum() for draw in draws]


def shares(mass: np.ndarray) -> np.ndarray:
    """(H, W) of sum 1; zeros where nothing has mass (features that are dead at this frame)."""
    total = float(mass.sum(dtype=np.float64))
    return (mass / total if total > 0 else np.zeros_like(mass)).astype(np.float32)
