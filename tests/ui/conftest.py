"""The fake reader, and the examples with their readings in a folder of their own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

FONTS = Path(__file__).resolve().parents[2] / "assets" / "fonts"


@pytest.fixture(scope="session")
def reader():
    from fake_reader import FakeReader

    return FakeReader()


@pytest.fixture(scope="session")
def assets(tmp_path_factory, reader) -> Path:
    from hwr.examples.drawing import EXAMPLES, precompute, render_examples

    missing = sorted({e.face for e in EXAMPLES if not (FONTS / f"{e.face}.ttf").is_file()})
    if missing:
        pytest.skip(f"assets/fonts lacks {', '.join(missing)}")
    folder = tmp_path_factory.mktemp("assets")
    render_examples(folder / "examples", FONTS)
    precompute(reader, folder / "readings", folder / "examples")
    return folder
