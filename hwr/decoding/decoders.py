"""Decoders by name: how the text of a line is chosen from its frames. The name stands in every protocol.

A decoder takes log_probs (B, T, C) and lengths (B,) and returns a path for each line; `DECODERS[name] = decode` adds one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from torch import Tensor

from hwr.decoding.alignment import LabelAlignment, align
from hwr.decoding.beam import beam_search
from hwr.decoding.greedy import greedy_decode
from hwr.errors import InputError

DEFAULT_DECODER = "greedy"
BEAM_WIDTH = 16


class Path(Protocol):
    """The characters of one line and their frames, as `GreedyPath` and `LabelAlignment` have them."""

    @property
    def labels(self) -> list[int]: ...
    @property
    def first_frames(self) -> list[int]: ...
    @property
    def last_frames(self) -> list[int]: ...
    @property
    def character_log_probs(self) -> list[float]: ...
    @property
    def log_prob(self) -> float: ...


Decoder = Callable[[Tensor, Tensor], Sequence[Path]]


def beam_decode(log_probs: Tensor, lengths: Tensor) -> list[LabelAlignment]:
    """The likeliest text of each line, which the greedy path need not be, set on its frames. Shapes as `greedy_decode`."""
    lists = beam_search(log_probs, lengths, BEAM_WIDTH, 1)
    return align(log_probs, lengths, [hypotheses[0].labels if hypotheses else [] for hypotheses in lists])


DECODERS: dict[str, Decoder] = {"greedy": greedy_decode, "beam": beam_decode}


def decoder(name: str) -> Decoder:
    """The decoder of that name. Raises InputError that lists the names.

    >>> decoder("greedy") is greedy_decode
    True
    """
    if name not in DECODERS:
        raise InputError("decoding.no_decoder", name=name, names=", ".join(DECODERS))
    return DECODERS[name]
