import errno

import pytest

from hwr.errors import InputError
from hwr.training.config import TrainConfig
from hwr.training.run.directory import RunDirectory
from hwr.training.run.failures import explained


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), RuntimeError("write failed: No space left on device")]
)
def test_a_full_disk_is_told_with_the_place_and_the_step(tmp_path, error):
    told = explained(error, RunDirectory(tmp_path), 70, None)
    assert isinstance(told, InputError)
    assert str(tmp_path) in str(told)
    assert "70" in str(told)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")])
def test_want_of_memory_is_told_with_the_size_of_the_batch(tmp_path, error):
    told = explained(error, RunDirectory(tmp_path), 70, TrainConfig(batch_size=48))
    assert isinstance(told, InputError)
    assert "48" in str(told)
    assert isinstance(explained(error, RunDirectory(tmp_path), 70, None), InputError)


def test_any_other_error_stays_what_it_is(tmp_path):
    for error in (ValueError("out of memory"), OSError(errno.EACCES, "Permission denied"), RuntimeError("a shape")):
        assert explained(error, RunDirectory(tmp_path), 70, TrainConfig()) is error
