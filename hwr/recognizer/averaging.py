"""One recogniser from several: the mean of their weights (Wortsman et al. 2022, "Model soups")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from hwr.errors import InputError
from hwr.recognizer.checkpoint import Checkpoint


def average_checkpoints(checkpoints: Sequence[Checkpoint], shares: Sequence[float] | None = None) -> Checkpoint:
    """The weighted mean of the weights of checkpoints that were trained on from one another or from one start.

    shares: how much of each, positive, in any unit; None for the same of all. Charset, model card and temperature are the
    first one's, whose training then tells the shares. Raises InputError for fewer than two, for checkpoints whose networks
    or characters differ, and for shares that are not one positive number for each.
    """
    first = checkpoints[0] if checkpoints else None
    if first is None or len(checkpoints) < 2:
        raise InputError("recognizer.too_few_to_average", count=len(checkpoints))
    for other in checkpoints[1:]:
        if other.config != first.config or other.charset != first.charset:
            raise InputError("recognizer.not_alike", one=first.name, other=other.name)
    shares = [1.0] * len(checkpoints) if shares is None else shares
    if len(shares) != len(checkpoints) or not all(0 < share < float("inf") for share in shares):
        raise InputError("recognizer.bad_shares", shares=" ".join(f"{s:g}" for s in shares), count=len(checkpoints))
    parts = [share / sum(shares) for share in shares]
    states = [checkpoint.network.state_dict() for checkpoint in checkpoints]
    network = first.config.build(first.charset.classes).eval()
    network.load_state_dict({key: _mean([state[key] for state in states], parts) for key in states[0]})
    told = ", ".join(f"{part:.2f} of {checkpoint.name}" for part, checkpoint in zip(parts, checkpoints, strict=True))
    info = {key: value for key, value in first.info.items() if key not in ("validation", "metrics")}
    info["training"] = {**info.get("training", {}), "mean of": told}
    return replace(first, network=network, info=info, card="", rescoring=[])


def _mean(values: Sequence[Tensor], parts: Sequence[float]) -> Tensor:
    """In the first one's type; numbers that are not floating point, which are counts, are the first one's."""
    if not values[0].is_floating_point():
        return values[0]
    terms = [part * value.double() for part, value in zip(parts, values, strict=True)]
    return torch.stack(terms).sum(0).to(values[0].dtype)
