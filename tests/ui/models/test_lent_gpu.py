"""Reading where the GPU is lent by the call, against a `spaces` of our own: the real one needs the Hub's hardware."""

import importlib
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from hwr.reader import Reader


@pytest.fixture
def lent_gpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=lambda duration: lambda function: function))
    monkeypatch.delitem(sys.modules, "hwr.ui.models.lent_gpu", raising=False)
    yield importlib.import_module("hwr.ui.models.lent_gpu")
    sys.modules.pop("hwr.ui.models.lent_gpu", None)


def lines(count):
    return [np.random.default_rng(i).random((64, 128), dtype=np.float32) for i in range(count)]


def test_many_lines_take_a_call_and_few_do_not(lent_gpu, tiny_checkpoint):
    calls = []

    def lend(function):
        return lambda given: calls.append(len(given)) or function(given)

    reader = lent_gpu.LentReader(tiny_checkpoint, lend, device="cpu")
    plain = Reader(tiny_checkpoint, device="cpu")
    for count in (1, lent_gpu.ENOUGH):
        for ours, theirs in zip(reader.forward(lines(count)), plain.forward(lines(count)), strict=True):
            torch.testing.assert_close(ours, theirs)
    assert calls == [lent_gpu.ENOUGH]


def test_a_visitor_without_quota_is_read_on_the_cpu(lent_gpu, tiny_checkpoint):
    def lend(function):
        def refuse(given):
            raise RuntimeError("You have exceeded your GPU quota")

        return refuse

    reader = lent_gpu.LentReader(tiny_checkpoint, lend, device="cpu")
    assert len(reader.forward(lines(lent_gpu.ENOUGH))) == lent_gpu.ENOUGH


def test_on_zero_gpu_other_readers_stay_on_the_cpu(monkeypatch, tiny_checkpoint):
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)  # as `spaces` has it answer
    assert Reader(tiny_checkpoint).device == "cpu"
