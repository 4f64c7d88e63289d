import pytest
import torch
from torch import nn

from hwr.errors import InputError
from hwr.inspection.gates import DIRECTIONS, GATES, SIGNED, gate_traces, lstm_layers, run_gates
from hwr.recognizer.network import Recognizer, run_lstm


@pytest.fixture
def lstm() -> nn.LSTM:
    torch.manual_seed(1)
    return nn.LSTM(7, 5, bidirectional=True, batch_first=True).eval()


def test_traces_equal_nn_lstm(lstm):
    x = torch.randn(3, 23, 7)
    with torch.no_grad():
        hidden, (_, cell) = lstm(x)
    forward, backward = (run_gates(lstm, x, None, direction) for direction in DIRECTIONS)
    assert tuple(forward) == GATES
    both = torch.cat([forward["h"], backward["h"]], dim=-1)
    assert (both - hidden).abs().max() < 1e-5
    assert (forward["c"][:, -1] - cell[0]).abs().max() < 1e-5
    assert (backward["c"][:, 0] - cell[1]).abs().max() < 1e-5


def test_traces_equal_run_lstm_under_padding(lstm):
    x, lengths = torch.randn(4, 19, 7), torch.tensor([19, 1, 7, 12])
    with torch.no_grad():
        hidden = run_lstm(lstm, x, lengths)
    traces = {direction: run_gates(lstm, x, lengths, direction) for direction in DIRECTIONS}
    both = torch.cat([traces[direction]["h"] for direction in DIRECTIONS], dim=-1)
    assert (both - hidden).abs().max() < 1e-5
    for row, length in enumerate(lengths.tolist()):
        for direction in DIRECTIONS:
            alone = run_gates(lstm, x[row : row + 1, :length], None, direction)
            for gate in GATES:
                assert (traces[direction][gate][row, :length] - alone[gate][0]).abs().max() < 1e-5
                assert not traces[direction][gate][row, length:].any()


def test_gates_obey_the_formulas(lstm):
    """One unit at a time, one frame at a time, with the weights read off the module."""
    x = torch.randn(1, 6, 7)
    traces = run_gates(lstm, x, None, "forward")
    parts = {
        name: getattr(lstm, f"{name}_l0").detach().chunk(4) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    }
    before, cell = torch.zeros(5), torch.zeros(5)
    for t in range(6):
        value = {}
        for k, gate in enumerate(("i", "f", "g", "o")):
            a = (
                parts["weight_ih"][k] @ x[0, t]
                + parts["bias_ih"][k]
                + parts["weight_hh"][k] @ before
                + parts["bias_hh"][k]
            )
            value[gate] = a.tanh() if gate == "g" else 1 / (1 + (-a).exp())
        cell = value["f"] * cell + value["i"] * value["g"]
        before = value["o"] * cell.tanh()
        for gate, expected in {**value, "c": cell, "h": before}.items():
            assert torch.allclose(traces[gate][0, t], expected, atol=1e-5), gate


def test_traces_of_a_line_are_the_networks_own(reader, reading):
    with torch.no_grad():
        taps = reader.network(torch.from_numpy(reading.pixels)[None], taps=("lstm1", "lstm2")).taps
    for layer in ("lstm1", "lstm2"):
        found = [gate_traces(reader, reading, layer, direction) for direction in DIRECTIONS]
        both = torch.cat([torch.from_numpy(traces.values["h"]) for traces in found], dim=-1)
        assert (both - taps[layer][0]).abs().max() < 1e-5
        for gate, values in found[0].values.items():
            assert values.shape == (reading.geometry.frames, 12)
            assert (values.min() >= 0 and values.max() <= 1) or gate in SIGNED


def test_bad_input(reader, reading, tiny_config):
    with pytest.raises(InputError, match="tiny has no LSTM layer 'lstm3'; choose one of lstm1, lstm2"):
        gate_traces(reader, reading, "lstm3")
    with pytest.raises(InputError, match="forward or backward, not 'sideways'"):
        gate_traces(reader, reading, "lstm1", "sideways")  # pyright: ignore[reportArgumentType]
    without = Recognizer(tiny_config.replace(lstm_layers=0, lstm_hidden=8), classes=5)
    with pytest.raises(InputError, match="it has no LSTM layer, so there are no gates"):
        lstm_layers(without, "it")
