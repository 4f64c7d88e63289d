"""Muon: momentum whose step is made orthogonal, for the matrices of a network, and AdamW for all else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from hwr.recognizer.network import Recognizer


def by_shape(rows: int, columns: int) -> float:
    """How far an orthogonal step of a matrix (in, out) goes: all outputs alike (Jordan et al. 2024)."""
    return max(1.0, columns / rows) ** 0.5


def like_adamw(rows: int, columns: int) -> float:
    """As far as AdamW's steps usually go, so that both have one learning rate (Liu et al. 2025, Moonlight)."""
    return 0.2 * max(rows, columns) ** 0.5


class Muon(torch.optim.Optimizer):
    """Momentum, made orthogonal: every singular value of a matrix's step is brought near 1 (Jordan et al. 2024).

    parameters: tensors, or groups of them. A group says with `matrices` what is made orthogonal in each of its parameters:
    that many matrices under one another (the 4 gates of an LSTM; 1, the default: the whole, a kernel as (out, in * height *
    width)), or with 0 that AdamW moves it. far: how far the step of a matrix goes at a learning rate of 1.

    Unlike torch.optim.Muon it takes kernels and gates, and its products are in float32 but under autocast: CPUs without
    bfloat16 are slow in it.
    """

    def __init__(
        self,
        parameters: Iterable[nn.Parameter] | Iterable[dict[str, Any]],
        lr: float,
        momentum: float = 0.95,
        far: Callable[[int, int], float] = by_shape,
        **adamw: Any,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "matrices": 1, "weight_decay": 0.0})
        self.far = far
        others = [group for group in self.param_groups if not group["matrices"]]
        self.adamw = torch.optim.AdamW(others, lr, **adamw) if others else None

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for parameter in group["params"] if group["matrices"] else ():
                if parameter.grad is not None:
                    self._move(parameter, parameter.grad, group)
        if self.adamw:  # state and groups are this optimizer's, which loading replaces
            self.adamw.state = self.state
            self.adamw.param_groups = [group for group in self.param_groups if not group["matrices"]]
            self.adamw.step()

    def _move(self, parameter: nn.Parameter, gradient: Tensor, group: dict[str, Any]) -> None:
        velocity = self.state[parameter].setdefault("velocity", torch.zeros_like(parameter))
        velocity.lerp_(gradient, 1 - group["momentum"])
        direction = gradient.lerp(velocity, group["momentum"])
        matrices = direction.reshape(group["matrices"], parameter.shape[0] // group["matrices"], -1)
        step = orthogonal(matrices).reshape(parameter.shape)
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.add_(step, alpha=-group["lr"] * self.far(*matrices.shape[1:]))


def matrices_within(network: Recognizer) -> dict[nn.Parameter, int]:
    """The parameters of a recogniser that are matrices and neither read the image (1 channel) nor grow with the classes,
    each with the number of matrices in it: as many as a recurrent layer has gates, else 1."""
    with torch.device("meta"):  # no memory, and no random number of the run
        larger = dict(network.config.build(network.classes + 1).named_parameters())
    gates = {
        p: module.hidden_size
        for module in network.modules()
        if isinstance(module, nn.RNNBase)
        for p in module.parameters()
    }
    return {
        p: p.shape[0] // gates[p] if p in gates else 1
        for name, p in network.named_parameters()
        if p.ndim >= 2 and p.shape[1] > 1 and p.shape == larger[name].shape
    }


def orthogonal(matrix: Tensor, steps: int = 5) -> Tensor:
    """(..., M, N) with singular values brought to about 1: Newton-Schulz iteration with Jordan's coefficients."""
    x = matrix.mT if matrix.shape[-2] > matrix.shape[-1] else matrix
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.mT if matrix.shape[-2] > matrix.shape[-1] else x
