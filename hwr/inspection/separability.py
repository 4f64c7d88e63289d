"""Do the gates part blank from character frames? Area under the ROC curve and Fisher ratio of every gate and unit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import torch
from torch import Tensor

from hwr.data.dataset import read_imagefolder
from hwr.decoding.alignment import align, frames_needed
from hwr.errors import InputError
from hwr.evaluation.evaluate import spread
from hwr.images.line import NetworkLine
from hwr.inspection.gates import DIRECTIONS, GATES, Direction, GateTraces, lstm_and_input, lstm_layers, run_gates
from hwr.recognizer.charset import BLANK, normalize_text
from hwr.recognizer.network import padded_width

if TYPE_CHECKING:
    from hwr.reader import Reader
    from hwr.reading import Reading

Labels = Literal["greedy", "aligned"]
LABELS: dict[str, str] = {
    "greedy": "the model's own greedy path: a frame is blank where blank is the likeliest class",
    "aligned": "forced alignment of the true text by the model: a frame is blank where no character stands",
}
BATCH = 16
TOP = 10
BINS = 20


@dataclass(frozen=True)
class GateSeparability:
    """One gate of one layer and direction: for each unit, how well its value parts character from blank frames.

    auc: (units,) the probability that a character frame has the higher value, ties counted half; 0.5 says nothing, 0
    parts as well as 1. fisher: (units,) (difference of the means)^2 / (sum of the variances).
    """

    layer: str
    direction: Direction
    gate: str
    auc: np.ndarray
    fisher: np.ndarray

    @property
    def separation(self) -> np.ndarray:
        """(units,) the AUC with its direction taken away: max(auc, 1 - auc), in [0.5, 1]."""
        return np.maximum(self.auc, 1 - self.auc)

    def to_dict(self) -> dict[str, Any]:
        quartiles = np.quantile(self.separation, [0.25, 0.5, 0.75])
        counts, _ = np.histogram(self.separation, BINS, (0.5, 1.0))
        return {
            "layer": self.layer,
            "direction": self.direction,
            "gate": self.gate,
            "separation": {
                "best": round(float(self.separation.max()), 4),
                **dict(zip(("q25", "median", "q75"), np.round(quartiles, 4).tolist(), strict=True)),
                "histogram": counts.tolist(),
            },
            "auc": np.round(self.auc, 4).tolist(),
            "fisher": np.round(self.fisher, 4).tolist(),
        }


@dataclass(frozen=True)
class UnitSeparability:
    """One unit of one gate."""

    layer: str
    direction: Direction
    gate: str
    unit: int
    auc: float
    fisher: float


@dataclass(frozen=True)
class Separability:
    """How well all gates of a network part blank from character frames, over the frames of `lines` lines.

    labels: how frames were told apart. skipped: lines that were left out, with the reason.
    """

    model: str
    lines: int
    blank_frames: int
    character_frames: int
    labels: str
    gates: list[GateSeparability]
    skipped: list[str] = field(default_factory=list)

    def top(self, count: int = TOP) -> list[UnitSeparability]:
        """The units that part best, picked on the same frames that they are measured on."""
        all_units = [
            UnitSeparability(g.layer, g.direction, g.gate, unit, float(g.auc[unit]), float(g.fisher[unit]))
            for g in self.gates
            for unit in np.argsort(-g.separation, kind="stable")[:count].tolist()
        ]
        return sorted(all_units, key=lambda unit: -abs(unit.auc - 0.5))[:count]

    def to_dict(self) -> dict[str, Any]:
        """The object that `python -m hwr gates --data --json` prints for each model."""
        return {
            "model": self.model,
            "lines": self.lines,
            "frames": {"blank": self.blank_frames, "character": self.character_frames},
            "labels": self.labels,
            "auc": "P(value at a character frame > value at a blank frame), ties half; separation = max(auc, 1 - auc)",
            "gates": [gate.to_dict() for gate in self.gates],
            "top": [{**vars(unit), "auc": round(unit.auc, 4), "fisher": round(unit.fisher, 4)} for unit in self.top()],
            "skipped": self.skipped,
        }


def unit_auc(values: Tensor, positive: Tensor) -> Tensor:
    """Area under the ROC curve of each column: P(positive > negative) + P(equal) / 2 (Mann and Whitney 1947).

    values: (N, units); positive: (N,) bool, both kinds present. Returns (units,) float64.

    >>> unit_auc(torch.tensor([[0.1], [0.4], [0.4], [0.9]]), torch.tensor([False, False, True, True])).item()
    0.875
    """
    negatives = values[~positive].T.contiguous().sort(dim=1).values
    positives = values[positive].T.contiguous()
    below = torch.searchsorted(negatives, positives).double().mean(dim=1)
    not_above = torch.searchsorted(negatives, positives, right=True).double().mean(dim=1)
    return (below + not_above) / 2 / negatives.shape[1]


def fisher_ratio(values: Tensor, positive: Tensor) -> Tensor:
    """(difference of the means)^2 / (sum of the variances) of each column; arguments and result as in `unit_auc`.

    0 for a unit that never moves (Fisher 1936; variances with divisor N).
    """
    a, b = values[positive].double(), values[~positive].double()
    gap = (a.mean(dim=0) - b.mean(dim=0)) ** 2
    spread = a.var(dim=0, unbiased=False) + b.var(dim=0, unbiased=False)
    return torch.where(gap > 0, gap / spread, torch.zeros_like(gap))


@dataclass(frozen=True)
class LineSeparability:
    """The units of one layer and direction on one line alone: name of GATES -> AUC (units,), NaN without both kinds of frame.

    characters: (T,) bool, the frames at which the greedy path has a character.
    """

    characters: np.ndarray
    auc: dict[str, np.ndarray]


def line_separability(reading: Reading, traces: GateTraces) -> LineSeparability:
    """How each unit parts the character frames of one line from its blanks; a sorting key, no finding about the network."""
    positive = torch.from_numpy(reading.log_probs.argmax(axis=1) != BLANK)
    auc = {}
    for gate, values in traces.values.items():
        mixed = 0 < int(positive.sum()) < len(positive)
        found = unit_auc(torch.from_numpy(values), positive) if mixed else torch.full((values.shape[1],), float("nan"))
        auc[gate] = found.numpy()
    return LineSeparability(positive.numpy(), auc)


def separability(
    reader: Reader,
    lines: Sequence[NetworkLine],
    texts: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Separability:
    """AUC and Fisher ratio of blank against character frames for every gate and unit of a network.

    lines: prepared for this reader. texts: what they say, to tell frames apart by forced alignment; without them the
    greedy path does. Lines whose text cannot be aligned are left out and listed. Raises InputError for fewer than two
    lines, for a network without LSTM, and when there are frames of one kind only.
    """
    layers = lstm_layers(reader.network, reader.name)
    batches, skipped = _batches(reader, lines, texts)
    count = sum(len(batch.lengths) for batch in batches)
    if count < 2:
        if skipped:
            raise InputError("inspection.too_few_lines_left", count=count, left_out=len(skipped), first=skipped[0])
        raise InputError("inspection.too_few_lines", count=count)
    positive = torch.cat([batch.positive[batch.inside] for batch in batches])
    characters = int(positive.sum())
    if characters in (0, len(positive)):
        only = "inspection.only_characters" if characters else "inspection.only_blanks"
        raise InputError(only, model=reader.name, count=count)
    gates: list[GateSeparability] = []
    for layer in layers:
        for direction in DIRECTIONS:
            lstm, tap = lstm_and_input(reader.network, layer, direction, reader.name)
            traces = [run_gates(lstm, batch.taps[tap], batch.lengths, direction) for batch in batches]
            for gate in GATES:
                values = torch.cat([trace[gate][batch.inside] for trace, batch in zip(traces, batches, strict=True)])
                auc, fisher = unit_auc(values, positive), fisher_ratio(values, positive)
                gates.append(GateSeparability(layer, direction, gate, auc.cpu().numpy(), fisher.cpu().numpy()))
            if progress:
                progress(len(gates) // len(GATES), len(layers) * len(DIRECTIONS))
    labels = LABELS["greedy" if texts is None else "aligned"]
    return Separability(reader.name, count, len(positive) - characters, characters, labels, gates, skipped)


def prepared_lines(
    reader: Reader, data: str | Path, split: str | None = None, limit: int | None = None
) -> tuple[list[NetworkLine], list[str], list[str]]:
    """Lines of a data set as this reader sees them, their texts, and what was left out with the reason.

    limit: only so many lines, spread evenly. Raises InputError when there is no such data set or split.
    """
    dataset = read_imagefolder(Path(data), split)
    if limit is not None and limit < 1:
        raise InputError("inspection.line_limit", limit=limit)
    lines, texts, skipped = [], [], [f"{s.file}: {s.reason}" for s in dataset.skipped]
    for record in spread(dataset.records, limit):
        try:
            lines.append(reader.prepare(record.grey()))
            texts.append(normalize_text(record.text))
        except InputError as error:
            skipped.append(f"{record.image.name}: {error}")
    return lines, texts, skipped


@dataclass(frozen=True)
class _Batch:
    """Lines of similar width. positive, inside: (B, T) bool, at a character, within the line."""

    lengths: Tensor
    taps: dict[str, Tensor]
    positive: Tensor
    inside: Tensor


def _batches(
    reader: Reader, lines: Sequence[NetworkLine], texts: Sequence[str] | None
) -> tuple[list[_Batch], list[str]]:
    layers = lstm_layers(reader.network, reader.name)
    taps = ("columns", *layers[:-1])
    encoded = [None] * len(lines) if texts is None else [reader.charset.encode(text) for text in texts]
    skipped, kept = [], []
    for n, (line, text) in enumerate(zip(lines, encoded, strict=True)):
        if text is not None and text.unknown:
            skipped.append(f"line {n + 1} has characters outside of the charset: {', '.join(map(repr, text.unknown))}")
        elif text is not None and frames_needed(text.labels) > line.geometry.frames:
            skipped.append(f"line {n + 1} has {line.geometry.frames} frames, too few for its text")
        else:
            kept.append(n)
    kept.sort(key=lambda n: lines[n].pixels.shape[1])
    batches = []
    for part in _parts(kept):
        pixels = [lines[n].pixels for n in part]
        images = np.zeros((len(part), pixels[-1].shape[0], padded_width(pixels[-1].shape[1])), np.float32)
        for row, line in zip(images, pixels, strict=True):
            row[:, : line.shape[1]] = line
        widths = torch.tensor([line.shape[1] for line in pixels], device=reader.device)
        with torch.inference_mode():
            output = reader.network(torch.from_numpy(images).to(reader.device), widths, taps)
        inside = torch.arange(output.logits.shape[1], device=reader.device)[None] < output.lengths[:, None]
        positive = _characters(output.logits, output.lengths, [encoded[n] for n in part]) & inside
        batches.append(_Batch(output.lengths, output.taps, positive, inside))
    return batches, skipped


def _parts(numbers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(numbers), BATCH):
        yield numbers[start : start + BATCH]


def _characters(logits: Tensor, lengths: Tensor, encoded: Sequence[Any]) -> Tensor:
    """(B, T) bool: the frames at which a character stands."""
    if encoded[0] is None:
        return logits.argmax(dim=-1) != BLANK
    positive = torch.zeros(logits.shape[:2], dtype=torch.bool, device=logits.device)
    paths = align(logits.float().log_softmax(dim=-1), lengths, [text.labels for text in encoded])
    for row, path in zip(positive, paths, strict=True):
        for first, last in zip(path.first_frames, path.last_frames, strict=True):
            row[first : last + 1] = True
    return positive
