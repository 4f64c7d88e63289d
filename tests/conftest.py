"""Fixtures that several rooms share: a tiny recogniser, a small data set drawn with the shipped typefaces."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hwr.paths import ASSETS

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


@pytest.fixture
def tiny_config():
    """`small` with few channels: the same geometry, a hundredth of the work."""
    from hwr.recognizer.config import Stage, preset

    stages = (Stage(1, 8), Stage(1, 8, pool=(2, 2)), Stage(1, 16, pool=(2, 1)))
    return preset("small").replace(preset="tiny", stem_channels=8, stages=stages, lstm_hidden=12)


@pytest.fixture
def tiny_checkpoint(tiny_config):
    import torch

    from hwr.recognizer.charset import Charset
    from hwr.recognizer.checkpoint import Checkpoint
    from hwr.recognizer.network import Recognizer

    charset = Charset.from_texts(["abcdefghijklmnopqrstuvwxyz ABC,."])
    torch.manual_seed(0)
    return Checkpoint(Recognizer(tiny_config, charset.classes).eval(), charset, temperature=1.2, name="tiny")


@pytest.fixture(scope="session")
def line_folder(tmp_path_factory) -> Path:
    """An imagefolder of 24 drawn lines: 16 train, 4 val, 4 test."""
    from hwr.data.dataset import write_imagefolder
    from hwr.data.synthesis import FontSource, synthesize

    directory = tmp_path_factory.mktemp("data") / "lines"
    splits = ["train"] * 16 + ["val"] * 4 + ["test"] * 4
    samples = synthesize(FontSource(ASSETS / "fonts", None), len(splits), seed=5)
    write_imagefolder(directory, ((s.grey, s.text, {"split": split}) for s, split in zip(samples, splits, strict=True)))
    return directory


@pytest.fixture
def drawn_line():
    """A function text -> (H, W) uint8 grey image of it, dark on white."""
    import numpy as np

    from hwr.data.fonts import draw_text, load_faces

    face = load_faces(ASSETS / "fonts")[0]

    def draw(text: str, size: int = 60) -> np.ndarray:
        _, coverage = draw_text(text, face, size)
        return (255 * (1 - 0.9 * np.pad(coverage, 20))).astype(np.uint8)

    return draw
