"""How far a connector's reading of the ink is from the model's own reading of the text: losses and their gaps.

For each line, with the objective that the connector was trained for (see `hwr.language.objective`):

    Reference     text -> text     the frozen model reads the true text
    Connector     image -> text    it reads the connector's N embeddings; where N > n the rest is padding
    Downsampled   image -> text    it reads the same embeddings resized along time to the n tokens
    LM gain       log P(y | E) - log P(y): what the embeddings, standing before the text, tell of it

A loss is -log P of the tokens, the mean over a line's tokens, then over lines; all three speak of the same tokens, those
within N. Gaps are differences of losses; the gain is positive where the embeddings help, and in nats a token, too.

With `surrogate` the end of the line is a token to predict, too: the text alone hardly foretells it and the ink shows it, so
it can put a connector below the reference all by itself. The gap is therefore given without the end as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from hwr.data.dataset import LineRecord, Skipped, read_imagefolder
from hwr.decoding.alignment import frames_needed
from hwr.errors import InputError
from hwr.evaluation.bootstrap import RESAMPLES, Interval, bootstrap_mean
from hwr.evaluation.evaluate import commit, spread
from hwr.language.causal_lm import FrozenLM
from hwr.language.connector import Connector, Connectors, needs_alignment
from hwr.language.objective import Predictions, Teacher, TokenizedLines, embed, line_features, tokenize_lines
from hwr.language.places import resized
from hwr.reader import Reader
from hwr.recognizer.charset import normalize_text

BATCH = 8  # lines read at a time


@dataclass(frozen=True)
class LineLosses:
    """Losses of one line in nats a token, and how many of its tokens lie past N.

    inside: connector - reference over the tokens that are not the end; None where there are none. gain: None where [E, y]
    is too long.
    """

    image: str
    tokens: int
    cut: int
    reference: float
    connector: float
    downsampled: float
    inside: float | None
    gain: float | None


@dataclass(frozen=True)
class LossGaps:
    """The table of one connector on a data set, each value with its 95 % bootstrap interval over lines."""

    tap: str
    kind: str
    objective: str
    lines: list[LineLosses]
    reference: Interval
    connector: Interval
    downsampled: Interval
    connector_reference: Interval
    downsampled_reference: Interval
    connector_downsampled: Interval
    connector_reference_inside: Interval | None
    lm_gain: Interval | None
    gain_left_out: int
    skipped: list[Skipped] = field(default_factory=list)
    protocol: dict[str, Any] = field(default_factory=dict)

    @property
    def cut_off(self) -> float:
        """Share of the tokens that have no position because N < n."""
        return sum(line.cut for line in self.lines) / max(1, sum(line.tokens for line in self.lines))

    @property
    def rows(self) -> list[tuple[str, Interval | None]]:
        """The table's rows: the losses, what lies between them, and what the language model gains."""
        return [
            ("Reference loss (text -> text)", self.reference),
            ("Connector loss (image -> text, padding)", self.connector),
            ("Downsampled loss (image -> text, resized)", self.downsampled),
            ("Gap Connector - Reference", self.connector_reference),
            ("Gap Downsampled - Reference", self.downsampled_reference),
            ("Gap Connector - Downsampled", self.connector_downsampled),
            ("Gap Connector - Reference, without the end", self.connector_reference_inside),
            ("LM gain log P(y|E) - log P(y)", self.lm_gain),
        ]

    def to_dict(self) -> dict[str, Any]:
        """The object that `python -m hwr losses --json` prints for each connector."""
        names = ("reference", "connector", "downsampled")
        gaps = ("connector_reference", "downsampled_reference", "connector_downsampled")
        inside = self.connector_reference_inside
        return {
            "tap": self.tap,
            "kind": self.kind,
            "objective": self.objective,
            "total_samples": len(self.lines),
            "losses": {name: vars(getattr(self, name)) for name in names},
            "gaps": {name: vars(getattr(self, name)) for name in gaps}
            | {"connector_reference_inside": vars(inside) if inside else None},
            "lm_gain": vars(self.lm_gain) if self.lm_gain else None,
            "lm_gain_left_out": self.gain_left_out,
            "cut_off": self.cut_off,
            "skipped": [vars(s) for s in self.skipped],
            "protocol": self.protocol,
        }


def loss_gaps(
    reader: Reader,
    connectors: Connectors,
    lm: FrozenLM,
    data: str | Path,
    split: str | None = None,
    *,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[LossGaps]:
    """The table of each connector of a recogniser over a split of an imagefolder.

    limit: only so many lines, spread evenly. Lines without ink, without text, that do not fit their text, or that the
    model cannot read are left out and listed. Raises InputError when the connectors belong to another language model
    or nothing is left.
    """
    connectors.check_model(lm)
    dataset = read_imagefolder(Path(data), split)
    records = spread(dataset.records, limit)
    teacher = Teacher(lm, connectors.objective)
    prefix = Teacher(lm, "prefix")
    skipped = list(dataset.skipped)
    losses: dict[str, list[LineLosses]] = {tap: [] for tap in connectors.modules}
    for start in range(0, len(records), BATCH):
        usable = _usable(reader, lm, records[start : start + BATCH], skipped)
        if usable:
            for tap, lines in _batch_losses(reader, connectors, teacher, prefix, usable).items():
                losses[tap] += lines
        if progress:
            progress(min(start + BATCH, len(records)), len(records))
    protocol = {
        "model": reader.name,
        "language_model": lm.name,
        "language_model_identity": lm.identity,
        "trained_with": connectors.lm_identity,
        "data": Path(data).name,
        "split": split or "all",
        "unit": "nats a token, mean over a line's tokens, then over lines",
        "interval": f"95 % percentile bootstrap over lines, {RESAMPLES} resamples, seed {seed}",
        "commit": commit(),
    }
    return [
        _table(connectors.modules[tap], connectors.objective, lines, seed, skipped, protocol)
        for tap, lines in losses.items()
    ]


@dataclass(frozen=True)
class _Line:
    image: str
    pixels: np.ndarray
    text: str


def _usable(reader: Reader, lm: FrozenLM, records: list[LineRecord], skipped: list[Skipped]) -> list[_Line]:
    lines = []
    for record in records:
        text = normalize_text(record.text)
        try:
            line = reader.prepare(record.grey())
            if not lm.token_ids([text])[0]:
                raise InputError("evaluation.no_text")
            labels = reader.charset.encode(text).labels
            if line.geometry.frames < frames_needed(labels):
                raise InputError("evaluation.text_too_long")
        except InputError as error:
            skipped.append(Skipped(str(record.image), str(error)))
            continue
        lines.append(_Line(str(record.image), line.pixels, text))
    return lines


@torch.no_grad()
def _batch_losses(
    reader: Reader, connectors: Connectors, teacher: Teacher, prefix: Teacher, lines: list[_Line]
) -> dict[str, list[LineLosses]]:
    seen = line_features(reader.network, [line.pixels for line in lines], list(connectors.modules))
    aligned = needs_alignment(connectors.modules.values())
    texts = [line.text for line in lines]
    tokens = tokenize_lines(teacher.lm, texts, reader.charset, seen.log_probs, seen.lengths, aligned)
    plain = np.array(teacher.lm.score_ids(tokens.ids))
    frames = seen.log_probs.shape[1]
    found = {}
    for tap, connector in connectors.modules.items():
        embeddings, counts = embed(connector, seen.taps[tap], frames, seen.lengths, tokens.places)
        found[tap] = _compare(teacher, prefix, lines, tokens, plain, embeddings, counts)
    return found


def _compare(
    teacher: Teacher,
    prefix: Teacher,
    lines: list[_Line],
    tokens: TokenizedLines,
    plain: np.ndarray,
    embeddings: Tensor,
    counts: Tensor,
) -> list[LineLosses]:
    """Losses of one batch; plain (B,): log P(y)."""
    n = tokens.places.counts.to(counts.device)
    ours = teacher.predict(embeddings, counts, tokens.ids)
    small = teacher.predict(resized(embeddings, counts, n), n, tokens.ids)
    both = [teacher.reference(tokens.ids), small]
    columns = [teacher.losses(ours)[0]]
    within = ours.lines * (1 << 20) + ours.tokens
    kept = [torch.isin(other.lines * (1 << 20) + other.tokens, within) for other in both]
    columns += [teacher.losses(other)[0][k] for other, k in zip(both, kept, strict=True)]
    connector, reference, downsampled = (ours.mean_by_line(column, len(lines)).tolist() for column in columns)
    inside = _inside(ours, columns[0] - columns[1], n)
    reached = torch.bincount(ours.lines, minlength=len(lines)).tolist()
    gains = _gains(prefix, embeddings, counts, tokens, plain)
    return [
        LineLosses(
            line.image,
            len(ids),
            len(ids) - reached[i],
            reference[i],
            connector[i],
            downsampled[i],
            inside[i],
            gains[i],
        )
        for i, (line, ids) in enumerate(zip(lines, tokens.ids, strict=True))
    ]


def _inside(predictions: Predictions, values: Tensor, n: Tensor) -> list[float | None]:
    """Mean of values (M,) over the tokens of each line that are not its end, n (B,) tokens each."""
    text = predictions.tokens < n[predictions.lines]
    sums = values.new_zeros(len(n)).index_add(0, predictions.lines[text], values[text])
    counts = torch.bincount(predictions.lines[text], minlength=len(n))
    return [float(x / k) if k else None for x, k in zip(sums, counts, strict=True)]


def _gains(
    prefix: Teacher, embeddings: Tensor, counts: Tensor, tokens: TokenizedLines, plain: np.ndarray
) -> list[float | None]:
    """(log P(y | E) - log P(y)) / n of each line; None where E and y together are longer than the model reads."""
    sizes = (counts + tokens.places.counts.to(counts.device)).tolist()
    fits = [i for i, size in enumerate(sizes) if size <= prefix.lm.longest]
    gains: list[float | None] = [None] * len(sizes)
    if fits:
        ids = [tokens.ids[i] for i in fits]
        given = prefix.predict(embeddings[fits], counts[fits], ids)
        means = given.mean_by_line(prefix.losses(given)[0], len(fits)).tolist()
        for i, mean in zip(fits, means, strict=True):
            gains[i] = -mean - plain[i] / len(tokens.ids[i])
    return gains


def _table(
    connector: Connector,
    objective: str,
    lines: list[LineLosses],
    seed: int,
    skipped: list[Skipped],
    protocol: dict[str, Any],
) -> LossGaps:
    if not lines:
        why = f"; the first was left out because {skipped[0].reason}" if skipped else ""
        raise InputError("evaluation.no_loss_line", data=protocol["data"], why=why)
    reference, ours, small = (
        np.array([getattr(line, name) for line in lines]) for name in ("reference", "connector", "downsampled")
    )
    gains = [line.gain for line in lines if line.gain is not None]
    inside = [line.inside for line in lines if line.inside is not None]
    return LossGaps(
        connector.config.tap,
        connector.config.kind,
        objective,
        lines,
        *(bootstrap_mean(x, seed) for x in (reference, ours, small, ours - reference, small - reference, ours - small)),
        connector_reference_inside=bootstrap_mean(inside, seed) if inside else None,
        lm_gain=bootstrap_mean(gains, seed) if gains else None,
        gain_left_out=len(lines) - len(gains),
        skipped=skipped,
        protocol=protocol,
    )
