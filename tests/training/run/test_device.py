import sys

from hwr import machine
from hwr.training.run import device
from hwr.training.run.device import hardware, size_text, torch_has_cuda

GIB = 2**30


def test_the_device_is_told_without_torch(monkeypatch):
    here = hardware()
    assert here.cores >= 1
    assert 0 < here.free_memory <= here.total_memory
    assert here.name
    monkeypatch.setattr(device, "device_key", lambda: "gpu0")
    monkeypatch.setattr(device, "torch_has_cuda", lambda: False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert (hardware().kind, "built without CUDA" in hardware().note) == ("cpu", True)
    monkeypatch.setattr(device, "torch_has_cuda", lambda: True)
    monkeypatch.setattr(device, "_nvidia", lambda: ("NVIDIA Something", 3, 4))
    assert (hardware().kind, hardware().name, hardware().free_memory) == ("cuda", "NVIDIA Something", 3)
    monkeypatch.setattr(device, "_nvidia", lambda: None)
    assert "does not answer" in hardware().note


def test_torchs_own_version_file_says_whether_it_has_cuda():
    import torch

    assert torch_has_cuda() == (torch.version.cuda is not None)


def test_a_containers_limits_count(monkeypatch):
    files = {"cpu.max": "150000 100000", "memory.max": str(GIB), "memory.current": str(GIB // 4)}
    monkeypatch.setattr(device, "cgroup", files.__getitem__)
    monkeypatch.setattr(machine, "cgroup", files.__getitem__)
    assert device.usable_cores() <= 2
    free, total = machine.main_memory()
    assert total == GIB
    assert free <= GIB * 3 // 4


def test_sizes_are_readable():
    assert [size_text(size) for size in (0, 10 * 2**20, 1.5 * GIB)] == ["0 MiB", "10 MiB", "1.5 GiB"]
