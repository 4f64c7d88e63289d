import sys
from types import SimpleNamespace

import psutil
import pytest

from hwr import machine


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, (600, 1000)),  # no container
        ({"memory.max": "max", "memory.current": "100"}, (600, 1000)),  # one without a limit
        ({"memory.max": "400", "memory.current": "150"}, (250, 400)),
        ({"memory.max": "400", "memory.current": "450"}, (0, 400)),
        ({"memory.max": "4000", "memory.current": "150"}, (600, 1000)),  # more than there is
    ],
)
def test_memory_is_what_the_container_has_left(monkeypatch, limits, expected):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=600, total=1000))
    monkeypatch.setattr(machine, "cgroup", lambda name: limits.get(name, ""))
    assert machine.main_memory() == expected


def test_a_gpu_is_lent_where_the_space_says_so_or_its_package_is_here(monkeypatch):
    for name in ("SPACES_ZERO_GPU", "SPACE_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace())
    assert machine.is_zero_gpu()
    monkeypatch.setenv("SPACE_ID", "someone/hwr")  # a Space of another kind
    assert not machine.is_zero_gpu()
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    assert machine.is_zero_gpu()
