"""The recogniser as an ONNX file, for those who read without torch."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from hwr.errors import InputError
from hwr.recognizer.checkpoint import Checkpoint
from hwr.recognizer.config import RecognizerConfig
from hwr.recognizer.network import Recognizer

TRIED = ((8,), (61,), (40, 40), (12, 33, 7))  # widths of the lines of each batch that is compared


class _Logits(nn.Module):
    def __init__(self, network: Recognizer) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, widths: Tensor) -> tuple[Tensor, Tensor]:
        output = self.network(images, widths)
        return output.logits, output.lengths


def export_onnx(checkpoint: Checkpoint, path: Path) -> float:
    """Write a graph that reads any number of lines of any widths at once.

    `images` (B, H, W) float32, ink 1, W a multiple of the network's `width_multiple`, and `widths` (B,) int64, the pixels
    of each line -> `logits` (B, T, C), `lengths` (B,): the frames of each line, the rest is padding.
    Returns the largest difference from torch's logits over several batches and widths, none of them the traced ones.
    Raises InputError when the optional packages are not installed.
    """
    missing = [name for name in ("onnx", "onnxruntime") if find_spec(name) is None]
    if missing:
        raise InputError("recognizer.needs_onnx", missing=" and ".join(missing))
    import onnxruntime

    config = checkpoint.config
    network = _Logits(copy.deepcopy(checkpoint.network).cpu()).eval()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing: that other batches and widths work is measured below
        torch.onnx.export(
            network,
            _lines(config, (24, 16)),
            str(path),
            input_names=["images", "widths"],
            output_names=["logits", "lengths"],
            dynamic_axes={
                "images": {0: "lines", 2: "width"},
                "widths": {0: "lines"},
                "logits": {0: "lines", 1: "frames"},
                "lengths": {0: "lines"},
            },
            opset_version=17,
            dynamo=False,
        )
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return max(_difference(network, session, _lines(config, multiples)) for multiples in TRIED)


def _lines(config: RecognizerConfig, multiples: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Noise as lines of these widths, in multiples of the network's: images (B, H, W) and widths (B,)."""
    generator = torch.Generator().manual_seed(0)
    widths = config.width_multiple * torch.tensor(multiples)
    images = torch.rand(len(multiples), config.height, int(widths.max()), generator=generator)
    return images * (torch.arange(images.shape[2]) < widths[:, None, None]), widths


def _difference(network: _Logits, session: Any, lines: tuple[Tensor, Tensor]) -> float:
    """The largest difference between both on the frames that belong to a line."""
    with torch.inference_mode():
        expected, lengths = network(*lines)
    logits, found = session.run(None, dict(zip(("images", "widths"), (x.numpy() for x in lines), strict=True)))
    if found.tolist() != lengths.tolist():
        return float("inf")
    parts = [np.abs(a[:n] - b[:n]).max() for a, b, n in zip(logits, expected.numpy(), found, strict=True)]
    return float(max(parts))
