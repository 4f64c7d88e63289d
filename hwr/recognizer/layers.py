"""The blocks of the convolutional body, each with the width mask that keeps a line's reading free of its batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from hwr.recognizer.config import CnnBlstmConfig


def width_mask(widths: Tensor, width: int, device: torch.device) -> Tensor | None:
    """(B, 1, 1, W) of ones and zeros, 1 where a column belongs to its line; None when every line fills the batch.

    Widths that lie on the CPU keep a GPU from waiting.

    Zeroing the columns past a line's end after every layer is what makes padding in a batch equal to the zero padding
    that the line alone would get.
    """
    if bool((widths == width).all()):
        return None
    columns = torch.arange(width, device=device)
    return (columns[None] < widths.to(device)[:, None])[:, None, None].to(torch.get_default_dtype())


def masked(x: Tensor, mask: Tensor | None) -> Tensor:
    """x where it belongs to a line, else zero; in place where no gradient is asked for.

    On a CPU only the columns that the narrowest line lacks are touched; a GPU would have to be asked which they are.
    """
    if mask is None:
        return x
    mask = mask.to(x.dtype)
    if torch.is_grad_enabled():
        return x * mask
    first = int(mask.amin(dim=0).sum()) if x.device.type == "cpu" else 0
    x[..., first:].mul_(mask[..., first:])
    return x


class ResidualBlock(nn.Module):
    """conv3-BN-ReLU-conv3-BN plus identity or 1x1-BN shortcut, ReLU. (B, C, H, W) -> (B, C', H, W)."""

    def __init__(self, channels_in: int, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, padding=1, bias=False)
        self.bn1: nn.Module = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2: nn.Module = nn.BatchNorm2d(channels)
        self.shortcut: nn.Module = (
            nn.Identity()
            if channels_in == channels
            else nn.Sequential(nn.Conv2d(channels_in, channels, 1, bias=False), nn.BatchNorm2d(channels))
        )

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        y = masked(F.relu(self.bn1(self.conv1(x)), inplace=True), mask)
        y, shortcut = self.bn2(self.conv2(y)), self.shortcut(x)
        y = y + shortcut if torch.is_grad_enabled() else y.add_(shortcut)
        return masked(F.relu(y, inplace=True), mask)


class ChannelNorm(nn.Module):
    """LayerNorm over the channels of a (B, C, H, W) map."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x.movedim(1, -1)).movedim(-1, 1)


class MobileViTBlock(nn.Module):
    """Local convolutions, attention over patches, fusion with the input (Mehta and Rastegari 2022, "MobileViT").

    (B, C, H, W) -> (B, C, H, W); H and W are multiples of `patch`. `attend="across"` lets the same place of every patch
    attend to each other (the paper); `"within"` lets the patch*patch places of one patch attend to each other.
    """

    def __init__(self, channels: int, patch: int, config: CnnBlstmConfig) -> None:
        super().__init__()
        dim = config.mobilevit_dim
        self.patch, self.attend = patch, config.mobilevit_attend
        self.local = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            ChannelNorm(channels),
            nn.SiLU(),
            nn.Conv2d(channels, dim, 1, bias=False),
            ChannelNorm(dim),
            nn.SiLU(),
        )
        self.transformer = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(
                dim,
                config.mobilevit_heads,
                config.mobilevit_mlp,
                dropout=0.0,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            ),
            num_layers=1,
            enable_nested_tensor=False,
        )
        self.fusion = nn.Sequential(
            nn.Conv2d(channels + dim, channels, 1, bias=False), ChannelNorm(channels), nn.SiLU()
        )

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        y = self.local(x)
        batch, dim, height, width = y.shape
        p, rows, columns = self.patch, height // self.patch, width // self.patch
        y = y.reshape(batch, dim, rows, p, columns, p)
        padding = None
        if self.attend == "within":
            y = self.transformer(y.permute(0, 2, 4, 3, 5, 1).reshape(-1, p * p, dim))
            y = y.reshape(batch, rows, columns, p, p, dim).permute(0, 5, 1, 3, 2, 4)
        else:
            if mask is not None:
                outside = mask[:, 0, 0, ::p] == 0  # (B, columns)
                padding = outside[:, None, None].expand(batch, p * p, rows, columns).reshape(batch * p * p, -1)
            tokens = y.permute(0, 3, 5, 2, 4, 1).reshape(batch * p * p, rows * columns, dim)
            y = self.transformer(tokens, src_key_padding_mask=padding)
            y = y.reshape(batch, p, p, rows, columns, dim).permute(0, 5, 3, 1, 4, 2)
        y = masked(y.reshape(batch, dim, height, width), mask)
        return masked(self.fusion(torch.cat([x, y], dim=1)), mask)
