"""A tiny recogniser with connectors, for the tabs that look into them; a page that was read, a store for its texts."""

import pytest


@pytest.fixture(scope="module")
def lm(tiny):
    from hwr.language.causal_lm import FrozenLM

    return FrozenLM.load(tiny("gpt2", eos_token="<e>"))


@pytest.fixture
def taught(wavering_checkpoint, lm):
    """With a qformer at lstm1, which has five positions, and an aligned connector at columns."""
    import torch

    from hwr.inspection.divergence import Taught
    from hwr.language.config import ConnectorConfig
    from hwr.language.connector import Connectors, build_connector, feature_size
    from hwr.reader import Reader

    reader = Reader(wavering_checkpoint, device="cpu")
    configs = ConnectorConfig("qformer", "lstm1", queries=5, width=16), ConnectorConfig("aligned", "columns")
    torch.manual_seed(0)
    modules = {c.tap: build_connector(c, feature_size(reader.network, c.tap), 32).eval() for c in configs}
    return Taught(reader, Connectors.of(modules, lm, None, {"objective": "surrogate"}))


@pytest.fixture
def store(tmp_path):
    """An AnnotationStore that is empty."""
    from hwr.data.annotations import AnnotationStore

    return AnnotationStore(tmp_path / "annotations.sqlite")


@pytest.fixture
def page(reader, assets):
    """The example page, read: `Shown`."""
    from hwr.ui.line.shown import shown_from

    path = str(assets / "examples" / "page.png")
    return shown_from(reader.read(path), path)
