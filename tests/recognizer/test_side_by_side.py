from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from hwr.recognizer.network import forward_lines
from hwr.recognizer.side_by_side import cores, side_by_side


@pytest.fixture
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_batches_are_computed_by_one_core_each_and_others_keep_theirs(three_threads):
    at_once = threading.Barrier(cores())

    def seen(batch: int) -> tuple[int, int]:
        at_once.wait(20)
        return batch, torch.get_num_threads()

    assert side_by_side(seen, range(6)) == [(batch, 1) for batch in range(6)]
    later: list[int] = []
    thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert (later, torch.get_num_threads()) == ([3], 3)


def test_a_batch_that_fails_is_told(three_threads):
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda batch: 1 / batch, [1, 0])


def test_lines_are_read_as_one_core_reads_them(three_threads, tiny_checkpoint):
    network = tiny_checkpoint.network
    rng = np.random.default_rng(0)
    lines = [rng.random((network.config.height, 16 * int(w)), dtype=np.float32) for w in rng.integers(2, 20, 23)]
    together = forward_lines(network, lines)
    torch.set_num_threads(1)
    for one, other in zip(together, forward_lines(network, lines), strict=True):
        assert not one.requires_grad
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)
