"""A batch that was learned from already, a little changed: cheap on the device that learns, where drawing lines is not."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

SHIFT = 2  # rows up or down
GAMMA, STRENGTH, NOISE = (0.75, 1.35), (0.8, 1.15), 0.06
LOOK = 3  # tells the generator from those that draw lines and choose rows
GAP = 12  # columns of paper that cover a piece of half of the lines


def second_look(images: Tensor, widths: Tensor, seed: tuple[int, int]) -> Tensor:
    """Lines (B, H, W), ink in [0, 1], each with other ink, a small shift, noise and sometimes a gap; paper past `widths`.

    A function of the arguments: seed is (of the run, of the step). widths (B,) on the CPU.
    """
    generator = torch.Generator().manual_seed(int(np.random.default_rng((*seed, LOOK)).integers(2**63)))
    batch, rows, columns = images.shape

    def drawn(low: float, high: float) -> Tensor:
        return (low + (high - low) * torch.rand(batch, 1, 1, generator=generator)).to(images)

    x = images.clamp(0.0, 1.0) ** drawn(*GAMMA) * drawn(*STRENGTH)
    up = int(torch.randint(-SHIFT, SHIFT + 1, (), generator=generator))
    x = F.pad(x, (0, 0, SHIFT + up, SHIFT - up))[:, SHIFT : SHIFT + rows]
    noise = torch.rand(rows + 1, columns + 256, generator=generator).to(
        images
    )  # one sheet, another piece for each line
    starts = torch.randint(0, 256, (batch,), generator=generator).tolist()
    x = x + drawn(0.0, NOISE) * torch.stack([noise[:rows, s : s + columns] for s in starts])
    gap = (torch.rand(batch, generator=generator) * widths - GAP / 2)[:, None]
    covered = torch.rand(batch, 1, generator=generator) < 0.5
    column = torch.arange(columns)[None]
    paper = (covered & (column >= gap) & (column < gap + GAP)) | (column >= widths[:, None])
    return x.clamp(0.0, 1.0).masked_fill(paper[:, None].to(images.device), 0.0)
