import os
import subprocess
import sys

import pytest

from hwr.errors import InputError
from hwr.paths import DEFAULT_MODEL
from hwr.training.run.checkpoints import checkpoint_id, id_of, known_checkpoint, known_checkpoints


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """An empty folder of runs that the program looks into, without HWR_MODEL."""
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("HWR_MODEL", raising=False)
    folder = tmp_path / "runs"
    folder.mkdir()
    return folder


def write(run, which, seconds=1000):
    """A directory that has weights, written so many seconds after the epoch."""
    directory = run / "checkpoints" / which
    directory.mkdir(parents=True, exist_ok=True)
    weights = directory / "model.safetensors"
    weights.write_bytes(b"weights")
    os.utime(weights, (seconds, seconds))
    return directory


def of_runs():
    return [(c.id, c.kind, c.name) for c in known_checkpoints() if c.of_run]


def test_the_shipped_one_is_always_listed_first(runs):
    first = known_checkpoints()[0]
    assert (first.id, first.kind, first.source, first.title) == ("default", "default", str(DEFAULT_MODEL), "default")


def test_the_run_written_last_comes_first_with_best_before_last_before_steps(runs):
    write(runs / "old", "best", 1000)
    for which in ("step-000500", "last", "best"):
        write(runs / "new", which, 2000)
    (runs / "new" / "title.txt").write_text("Mary's letters")
    assert of_runs() == [
        ("run/new/best", "best", "Mary's letters (best)"),
        ("run/new/last", "last", "Mary's letters (last)"),
        ("run/new/step-000500", "step", "Mary's letters (step-000500)"),
        ("run/old/best", "best", "old (best)"),
    ]


def test_what_is_no_checkpoint_is_not_listed(runs):
    (runs / "empty" / "checkpoints" / "best").mkdir(parents=True)
    (runs / "file.txt").write_text("no run")
    write(runs / ".hidden", "best")
    write(runs / "run", "state")
    assert of_runs() == []


def test_no_folder_of_runs_is_no_error(runs):
    runs.rmdir()
    assert of_runs() == []


def test_the_version_changes_when_the_weights_are_written(runs):
    write(runs / "a", "last", 1000)
    before = known_checkpoint("run/a/last")
    assert known_checkpoint("run/a/last") == before
    write(runs / "a", "last", 1001)
    assert known_checkpoint("run/a/last").version > before.version > 0


@pytest.mark.parametrize("id", ["", "run/a/best", "/etc", "../a", "run/../../a/best", "run/a/checkpoints/best"])
def test_an_id_is_never_a_path(runs, id):
    write(runs / "b", "best")
    (runs.parent / "a").mkdir()
    with pytest.raises(InputError, match="choose another one"):
        known_checkpoint(id)


def test_an_id_is_found_by_its_directory_or_its_name(runs, monkeypatch):
    best = write(runs / "a", "best")
    assert id_of(best) == id_of(runs / "a" / ".." / "a" / "checkpoints" / "best") == checkpoint_id(runs / "a", "best")
    assert id_of(DEFAULT_MODEL) == "default"
    assert id_of(None) is None
    assert id_of(runs / "gone") is None
    monkeypatch.setenv("HWR_MODEL", "someone/her-model")
    assert id_of("someone/her-model") == "environment"
    assert known_checkpoint("environment").title == "someone/her-model"


def test_a_named_directory_is_called_by_its_name(runs, tmp_path, monkeypatch):
    directory = write(tmp_path / "mine", "best")
    monkeypatch.setenv("HWR_MODEL", str(directory))
    checkpoint = known_checkpoint("environment")
    assert (checkpoint.title, checkpoint.source, checkpoint.of_run) == ("best", str(directory), False)
    assert checkpoint.version > 0


@pytest.mark.slow
def test_listing_needs_no_torch():
    code = "import sys, hwr.training.run.checkpoints as c; c.known_checkpoints(); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
