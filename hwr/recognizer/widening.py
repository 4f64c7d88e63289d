"""A recogniser with more channels that reads as the narrow one did (Net2Net, Chen et al. 2016): what was learned is kept."""

from __future__ import annotations

import torch
from torch import Tensor

from hwr.errors import InputError
from hwr.recognizer.config import RecognizerConfig
from hwr.recognizer.network import Recognizer

GATES, DIRECTIONS = 4, 2  # an LSTM's rows are in four parts, what it gives in two


def widened(network: Recognizer, config: RecognizerConfig) -> Recognizer:
    """The network in the widths of `config`, its outputs unchanged in evaluation mode.

    New channels and units begin with fresh weights, and everything old is deaf to them (weights of 0) until it learns to
    listen. Raises InputError where `config` is not as wide everywhere or differs in more than its widths.
    """
    wide = config.build(network.classes)
    old, new = network.state_dict(), wide.state_dict()
    fits = old.keys() == new.keys() and all(
        value.ndim == new[key].ndim and all(a <= b for a, b in zip(value.shape, new[key].shape, strict=True))
        for key, value in old.items()
    )
    if not fits or config.preprocessing != network.config.preprocessing or config.height != network.config.height:
        raise InputError("recognizer.not_wider", old=network.config.preset, new=config.preset)
    wide.load_state_dict({key: _placed(key, old[key], value) for key, value in new.items()})
    return wide


def _placed(key: str, old: Tensor, new: Tensor) -> Tensor:
    """The new tensor with the old one's numbers in their places, and zeros where old rows would hear new columns."""
    if old.ndim == 0:
        return old
    rows = _places(old.shape[0], new.shape[0], GATES if key.startswith("lstm.") else 1)
    placed = new.clone()
    if old.ndim == 1:
        placed[rows] = old
        return placed
    from_lstm = key.startswith("head.") or ("weight_ih" in key and not key.startswith("lstm.0."))
    columns = _places(old.shape[1], new.shape[1], DIRECTIONS if from_lstm else 1)
    placed[rows] = 0
    placed[rows[:, None], columns[None]] = old
    return placed


def _places(old: int, new: int, parts: int) -> Tensor:
    """Where `old` indices lie among `new` ones, each of the parts at the beginning of its own.

    >>> _places(4, 6, 2)
    tensor([0, 1, 3, 4])
    """
    return (torch.arange(parts)[:, None] * (new // parts) + torch.arange(old // parts)[None]).flatten()
