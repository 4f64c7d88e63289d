"""One batch on several processes: what must be shared so that they learn what one process would with the whole of it."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn


class _Sum(torch.autograd.Function):
    """Sum over processes, of the gradient too."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        dist.all_reduce(total)
        return total


class SharedBatchNorm(nn.BatchNorm2d):
    """Batch norm over the batches of all processes together; PyTorch's own (`SyncBatchNorm`) exists on GPUs alone.

    Takes the weights and gives the outputs of `nn.BatchNorm2d`, of half precision, too; in evaluation it is one.
    """

    def forward(self, input: Tensor) -> Tensor:
        if not self.training:
            return super().forward(input)
        return self._normalised(input.to(self.weight.dtype)).to(input.dtype)

    def _normalised(self, input: Tensor) -> Tensor:
        count = input.new_full((1,), input.numel() / input.shape[1])
        sums = _Sum.apply(torch.cat([input.sum((0, 2, 3)), count]))
        count = sums[-1]
        mean = sums[:-1] / count
        centred = input - mean[:, None, None]
        variance = _Sum.apply(centred.square().sum((0, 2, 3))) / count
        with torch.no_grad():
            assert self.running_mean is not None
            assert self.running_var is not None
            assert self.num_batches_tracked is not None
            assert self.momentum is not None
            self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * count / (count - 1), self.momentum)
        scale = self.weight * (variance + self.eps).rsqrt()
        return centred * scale[:, None, None] + self.bias[:, None, None]


def share_batch_norms(network: nn.Module) -> None:
    """Make the batch norms of a network take the statistics of the whole batch, in place."""
    if torch.cuda.is_available():
        nn.SyncBatchNorm.convert_sync_batchnorm(network)
        return
    for module in list(network.modules()):
        for name, child in module.named_children():
            if type(child) is nn.BatchNorm2d:
                shared = SharedBatchNorm(child.num_features, child.eps, child.momentum)
                shared.load_state_dict(child.state_dict())
                setattr(module, name, shared)
