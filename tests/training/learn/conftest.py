import pytest

from hwr.recognizer.config import PRESETS
from hwr.training.learn import precision


@pytest.fixture(autouse=True)
def tiny_preset(tiny_config, monkeypatch):
    monkeypatch.setitem(PRESETS, "tiny", tiny_config)


@pytest.fixture(autouse=True)
def float32_where_nothing_is_asked_for(monkeypatch):
    """Two runs that are compared must not each measure for themselves whether bfloat16 is faster on this machine."""
    has_bfloat16 = precision._has_bfloat16
    monkeypatch.setattr(precision, "_has_bfloat16", lambda device: device.type != "cpu" and has_bfloat16(device))


@pytest.fixture
def language_model(tiny):
    return str(tiny("gpt2", eos_token="<e>"))
