import pytest

from hwr.training.learn import precision


@pytest.fixture(autouse=True)
def float32_where_nothing_is_asked_for(monkeypatch):
    """Two runs that are compared must not each measure for themselves whether bfloat16 is faster on this machine."""
    has_bfloat16 = precision._has_bfloat16
    monkeypatch.setattr(precision, "_has_bfloat16", lambda device: device.type != "cpu" and has_bfloat16(device))
