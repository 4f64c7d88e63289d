"""The recogniser as an ONNX file, for those who read without torch."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from hwr.errors import InputError
from hwr.recognizer.checkpoint import Checkpoint
from hwr.recognizer.network import Recognizer


class _Logits(nn.Module):
    def __init__(self, network: Recognizer) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Tensor:
        return self.network(images).logits


def export_onnx(checkpoint: Checkpoint, path: Path) -> float:
    """Write `images` (1, H, W) float32, ink 1 -> `logits` (1, T, C), W any multiple of the network's `width_multiple`.

    Returns the largest difference from torch's logits over three widths, none of them the traced one. Raises
    InputError when the optional packages are not installed.
    """
    missing = [name for name in ("onnx", "onnxruntime") if find_spec(name) is None]
    if missing:
        raise InputError("recognizer.needs_onnx", missing=" and ".join(missing))
    import onnxruntime

    network = _Logits(checkpoint.network).eval()
    config = checkpoint.config
    example = torch.zeros(1, config.height, config.width_multiple * 24)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tracing: that other widths work is measured below
        torch.onnx.export(
            network,
            (example,),
            str(path),
            input_names=["images"],
            output_names=["logits"],
            dynamic_axes={"images": {2: "width"}, "logits": {1: "frames"}},
            opset_version=17,
            dynamo=False,
        )
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    generator = np.random.default_rng(0)
    worst = 0.0
    for multiples in (8, 40, 61):
        images = generator.random((1, config.height, config.width_multiple * multiples), dtype=np.float32)
        with torch.inference_mode():
            expected = network(torch.from_numpy(images)).numpy()
        worst = max(worst, float(np.abs(session.run(None, {"images": images})[0] - expected).max()))
    return worst
