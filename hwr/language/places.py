"""Where the tokens of a text lie on the frames of its line, and features averaged over such places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from hwr.decoding.alignment import LabelAlignment
from hwr.recognizer.charset import Charset


@dataclass(frozen=True)
class TokenPlaces:
    """All that a connector may know of the texts of B lines.

    counts: (B,), tokens of each text. first, end: (B, n), the frames of each token, `end` excluded; None where no
    alignment was asked for. Entries past a line's count are not looked at.
    """

    counts: Tensor
    first: Tensor | None = None
    end: Tensor | None = None

    def at(self, frames_a_frame: int) -> TokenPlaces:
        """The same places at a tap that has so many frames for one of the recogniser's output."""
        if self.first is None or self.end is None:
            return self
        return TokenPlaces(self.counts, self.first * frames_a_frame, self.end * frames_a_frame)

    def to(self, device: torch.device) -> TokenPlaces:
        first, end = (None if x is None else x.to(device) for x in (self.first, self.end))
        return TokenPlaces(self.counts.to(device), first, end)


def token_places(
    spans: Sequence[Sequence[tuple[int, int]]],
    texts: Sequence[str] = (),
    charset: Charset | None = None,
    alignments: Sequence[LabelAlignment] | None = None,
) -> TokenPlaces:
    """Where the tokens of each text lie: spans (start, end) in characters, `texts` normalised, their alignments.

    A token lies on the frames from the first of its first character to the last of its last one: blanks between its
    characters belong to it, blanks between two tokens to neither, and the space before a word to the token that spells
    it (mostly the word's first). Tokens that share a character, as the bytes of an emoji do, share its frames. A token
    of characters that the charset does not have lies on the one frame after the character before it.
    """
    counts = torch.tensor([len(s) for s in spans])
    if alignments is None or charset is None:
        return TokenPlaces(counts)
    first = torch.zeros(len(spans), int(counts.max()), dtype=torch.long)
    end = torch.ones_like(first)
    for row, (line, text, alignment) in enumerate(zip(spans, texts, alignments, strict=True)):
        frames = _character_frames(text, charset, alignment)
        for k, (start, stop) in enumerate(line):
            on = [f for f in frames[start:stop] if f is not None]
            before = [f for f in frames[:start] if f is not None]
            after = before[-1][1] if before else 0
            first[row, k] = on[0][0] if on else after
            end[row, k] = on[-1][1] if on else after + 1
    return TokenPlaces(counts, first, end)


def _character_frames(text: str, charset: Charset, alignment: LabelAlignment) -> list[tuple[int, int] | None]:
    """(first frame, end) of each character; None for those outside the charset."""
    known = iter(zip(alignment.first_frames, alignment.last_frames, strict=True))
    frames = (next(known) if character in charset else None for character in text)
    return [None if f is None else (f[0], f[1] + 1) for f in frames]


def inside(lengths: Tensor, size: int) -> Tensor:
    """(B, size) True where a position belongs to its line."""
    return torch.arange(size, device=lengths.device)[None] < lengths[:, None]


def mean_over(features: Tensor, first: Tensor, end: Tensor) -> Tensor:
    """Averages of features (B, T, D) over the frames [first, end) of each of n spans, (B, n) each -> (B, n, D).

    >>> mean_over(torch.tensor([[[1.0], [3.0], [8.0]]]), torch.tensor([[0, 2]]), torch.tensor([[2, 3]])).flatten()
    tensor([2., 8.])
    """
    t = torch.arange(features.shape[1], device=features.device)
    spans = ((t >= first[..., None]) & (t < end[..., None])).to(features.dtype)
    return spans @ features / spans.sum(-1, keepdim=True).clamp(min=1)


def resized(features: Tensor, lengths: Tensor, counts: Tensor) -> Tensor:
    """Features (B, T, D), `lengths` (B,) of them real, resized along time to `counts` (B,) -> (B, max(counts), D).

    Place k of n is the mean over frames floor(k * length / n) up to ceil((k + 1) * length / n), which every frame has a
    part in (adaptive average pooling).
    """
    k = torch.arange(int(counts.max()), device=features.device)[None]
    lengths, counts = lengths[:, None], counts.clamp(min=1)[:, None]
    first = torch.div(k * lengths, counts, rounding_mode="floor")
    end = -torch.div(-(k + 1) * lengths, counts, rounding_mode="floor")
    return mean_over(features, first, end)
