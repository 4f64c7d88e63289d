"""What a BiLSTM remembers: its gates, frame by frame.

    i_t = sigmoid(W_ix x_t + W_ih h_{t-1} + b_i)      f_t, o_t alike      g_t = tanh(W_gx x_t + W_gh h_{t-1} + b_g)
    c_t = f_t * c_{t-1} + i_t * g_t                   h_t = o_t * tanh(c_t)

(Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000.) `nn.LSTM` keeps them to itself, so the
recurrence is run again here; all that does not depend on h is one matrix product.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from hwr.errors import InputError
from hwr.inspection.effective_field import check_prepared
from hwr.recognizer.network import Recognizer

if TYPE_CHECKING:
    from hwr.reader import Reader
    from hwr.reading import Reading

Direction = Literal["forward", "backward"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
# Input, forget, candidate, output gate, cell, hidden state; those of SIGNED lie in [-1, 1] or (the cell) beyond, the rest in [0, 1].
GATES = ("i", "f", "g", "o", "c", "h")
SIGNED = ("g", "c", "h")


@dataclass(frozen=True)
class GateTraces:
    """Every gate of one layer and direction along one line: name of GATES -> (T, units) float32, frame t at row t."""

    model: str
    layer: str
    direction: Direction
    values: dict[str, np.ndarray]


def lstm_layers(network: Recognizer, name: str = "This network") -> list[str]:
    """lstm1, lstm2, ... Raises InputError when there is none."""
    if not network.bilstms:
        raise InputError("inspection.no_lstm", name=name)
    return [f"lstm{n + 1}" for n in range(len(network.bilstms))]


def gate_traces(reader: Reader, reading: Reading, layer: str = "lstm1", direction: Direction = "forward") -> GateTraces:
    """The gates of one layer and direction along a line. Raises InputError when the network has no such layer."""
    check_prepared(reader, reading.geometry)
    image = torch.from_numpy(reading.pixels).float().to(reader.device)
    lstm, tap = lstm_and_input(reader.network, layer, direction, reader.name)
    with torch.inference_mode():
        values = run_gates(lstm, reader.network(image[None], taps=(tap,)).taps[tap], None, direction)
    traces = {gate: value[0].cpu().numpy() for gate, value in values.items()}
    return GateTraces(reader.name, layer, direction, traces)


def lstm_and_input(network: Recognizer, layer: str, direction: str, name: str) -> tuple[nn.LSTM, str]:
    """The module of an LSTM layer and the tap that it reads. Raises InputError for an unknown layer or direction."""
    layers = lstm_layers(network, name)
    if layer not in layers:
        raise InputError("inspection.no_such_lstm", name=name, layer=layer, layers=", ".join(layers))
    if direction not in DIRECTIONS:
        raise InputError("inspection.direction", direction=direction)
    number = int(re.sub(r"\D", "", layer))
    return network.bilstms[number - 1], "columns" if number == 1 else f"lstm{number - 1}"


@torch.inference_mode()
def run_gates(lstm: nn.LSTM, x: Tensor, lengths: Tensor | None, direction: Direction = "forward") -> dict[str, Tensor]:
    """(B, T, D) -> name of GATES -> (B, T, units), for one layer; frames past `lengths` (B,) are 0.

    The backward direction starts at each line's own end, as in `run_lstm`.
    """
    batch, frames, _ = x.shape
    suffix = "_reverse" if direction == "backward" else ""
    of = {name: getattr(lstm, f"{name}_l0{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}
    t = torch.arange(frames, device=x.device).expand(batch, -1)
    ends = torch.full((batch, 1), frames, device=x.device) if lengths is None else lengths.to(x.device)[:, None]
    mirror = torch.where(t < ends, ends - 1 - t, t)[..., None]
    if direction == "backward":
        x = x.gather(1, mirror.expand_as(x))
    inputs = (x @ of["weight_ih"].T + of["bias_ih"] + of["bias_hh"]).transpose(0, 1).contiguous()  # (T, B, 4 units)
    recurrent = of["weight_hh"].T.contiguous()
    hidden = cell = x.new_zeros(batch, lstm.hidden_size)
    steps = []
    for step in inputs:
        i, f, g, o = torch.addmm(step, hidden, recurrent).chunk(4, dim=1)
        i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
        cell = f * cell + i * g
        hidden = o * cell.tanh()
        steps.append(torch.stack((i, f, g, o, cell, hidden)))
    traces = torch.stack(steps, dim=2)  # (gates, B, T, units)
    if direction == "backward":
        traces = traces.gather(2, mirror.expand(len(GATES), *traces.shape[1:3], 1).expand_as(traces))
    return dict(zip(GATES, traces * (t < ends)[..., None], strict=True))
