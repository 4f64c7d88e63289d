import pytest

from hwr.recognizer.config import PRESETS


@pytest.fixture(autouse=True)
def tiny_preset(tiny_config, monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", tiny_config)


@pytest.fixture
def language_model(tiny):
    return str(tiny("gpt2", eos_token="<e>"))
