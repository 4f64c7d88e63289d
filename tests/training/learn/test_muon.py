"""Steps made orthogonal: of matrices, of kernels, of the gates of a recurrent layer; and AdamW beside them."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_runs import config, take_steps, trainer_of
from torch import nn

from hwr.recognizer.network import Recognizer
from hwr.training.learn.muon import Muon, by_shape, like_adamw, matrices_within, orthogonal


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 10**6))
def test_orthogonal_brings_singular_values_near_one(rows, columns, seed):
    torch.manual_seed(seed)
    matrices = torch.randn(2, rows, columns) + torch.eye(rows, columns)
    values = torch.linalg.svdvals(orthogonal(matrices))
    assert values.max() < 1.3
    assert values[:, 0].min() > 0.6
    torch.testing.assert_close(orthogonal(matrices)[1], orthogonal(matrices[1]))


def test_muon_walks_down():
    matrix = torch.nn.Parameter(torch.ones(3, 4))
    optimizer = Muon([matrix], lr=0.3)
    before = float(matrix.detach().square().sum())
    for _ in range(5):
        matrix.grad = 2 * matrix.detach()
        optimizer.step()
    assert float(matrix.detach().square().sum()) < 0.5 * before


def test_a_first_step_is_as_long_as_it_says():
    """(0.6, 0; 0, 0.8) has singular values 0.6 and 0.8; whatever they are, the step's are near 1 times how far it goes."""
    for far, wanted in ((by_shape, 1.0), (like_adamw, 0.2 * 2**0.5)):
        matrix = nn.Parameter(torch.zeros(2, 2))
        matrix.grad = torch.diag(torch.tensor([0.6, 0.8]))
        Muon([matrix], lr=1.0, far=far).step()
        values = torch.linalg.svdvals(matrix.detach()) / wanted
        assert 0.6 < values.min() <= values.max() < 1.3
    assert by_shape(2, 8) == 2.0
    assert by_shape(8, 2) == 1.0
    assert like_adamw(4, 25) == like_adamw(25, 4) == 1.0


def test_gates_are_made_orthogonal_each_for_itself():
    torch.manual_seed(0)
    gradient = torch.randn(8, 3)
    whole, alone = nn.Parameter(torch.zeros(8, 3)), [nn.Parameter(torch.zeros(2, 3)) for _ in range(4)]
    whole.grad = gradient.clone()
    for parameter, part in zip(alone, gradient.split(2), strict=True):
        parameter.grad = part.clone()
    Muon([{"params": [whole], "matrices": 4}, {"params": alone}], lr=1.0).step()
    torch.testing.assert_close(whole.detach(), torch.cat([p.detach() for p in alone]))


def test_others_are_moved_as_adamw_moves_them():
    torch.manual_seed(0)
    kernel, bias = nn.Parameter(torch.randn(3, 2, 2, 2)), nn.Parameter(torch.randn(3))
    twin = copy.deepcopy(bias)
    optimizer = Muon([{"params": [kernel]}, {"params": [bias], "matrices": 0}], lr=0.1, betas=(0.9, 0.98))
    plain = torch.optim.AdamW([twin], lr=0.1, betas=(0.9, 0.98), weight_decay=0.0)
    for rate in (0.1, 0.05):
        gradient = torch.randn(3)
        kernel.grad, bias.grad, twin.grad = torch.randn_like(kernel), gradient, gradient.clone()
        for group in (*optimizer.param_groups, *plain.param_groups):
            group["lr"] = rate
        optimizer.step()
        plain.step()
        optimizer.load_state_dict(optimizer.state_dict())  # as Accelerate does
    torch.testing.assert_close(bias, twin, rtol=0, atol=0)


def test_a_matrix_without_gradient_rests():
    matrix = nn.Parameter(torch.ones(2, 2))
    Muon([matrix], lr=1.0).step()
    assert matrix.detach().tolist() == [[1.0, 1.0], [1.0, 1.0]]


@pytest.mark.parametrize("as_wide_as_a_layer", [False, True])
def test_matrices_within_are_neither_the_first_layer_nor_the_last(as_wide_as_a_layer, tiny_config):
    network = Recognizer(tiny_config, tiny_config.stages[-1].channels if as_wide_as_a_layer else 7)
    random = torch.get_rng_state()
    within = matrices_within(network)
    assert torch.equal(torch.get_rng_state(), random)
    names = {name: within[p] for name, p in network.named_parameters() if p in within}
    assert {name.split(".")[0] for name in names} == {"body", "lstm"}
    assert all(count == (4 if name.startswith("lstm") else 1) for name, count in names.items())
    assert {p for p in network.body.parameters() if p.ndim > 1} | {
        p for p in network.lstm.parameters() if p.ndim > 1
    } == set(within)


@pytest.mark.slow
def test_a_run_learns_with_muon(line_folder, tmp_path, tiny_preset):
    trainer = trainer_of(config(line_folder, optimizer="muon", steps=40, learning_rate=0.02), tmp_path / "run")
    before = {name: p.detach().clone() for name, p in trainer.network.named_parameters()}
    rows = take_steps(trainer, 40, same_batch=True)
    assert rows[-1]["ctc"] < 0.7 * rows[0]["ctc"]
    assert all(not torch.equal(p, before[name]) for name, p in trainer.network.named_parameters())
