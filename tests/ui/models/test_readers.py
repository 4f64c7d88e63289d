import os
import shutil
import threading
from typing import Any

import pytest

from hwr.errors import InputError
from hwr.ui.models.readers import LazyReader, ModelKey, Models


def test_loads_once_and_only_when_asked():
    calls = []

    def load() -> Any:
        calls.append(1)
        return "reader"

    model = LazyReader(load)
    assert (model.state, calls) == ("waiting", [])
    threads = [threading.Thread(target=model.get) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (model.get(), model.state, calls) == ("reader", "ready", [1])


def test_a_failed_load_is_told_and_tried_again():
    outcomes = iter([InputError("config.json is missing."), RuntimeError("secret path"), None])

    def load() -> Any:
        error = next(outcomes)
        if error:
            raise error
        return "reader"

    model = LazyReader(load)
    with pytest.raises(InputError, match="config.json is missing"):
        model.get()
    with pytest.raises(InputError) as caught:
        model.get()
    assert "secret" not in str(caught.value)
    assert model.get() == "reader"


@pytest.fixture
def data(tmp_path, monkeypatch):
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("HWR_MODEL", raising=False)
    return tmp_path


def put(data, run, which="best", content=b"weights", seconds=1000):
    directory = data / "runs" / run / "checkpoints" / which
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "model.safetensors").write_bytes(content)
    os.utime(directory / "model.safetensors", (seconds, seconds))
    return f"run/{run}/{which}"


def first() -> Any:
    """Stands for loading the model that the app starts with."""
    return "first"


class Loads:
    """Stands for loading a checkpoint: its reader is its name and how often anything was loaded."""

    def __init__(self):
        self.calls: list[str] = []

    def __call__(self, checkpoint) -> Any:
        self.calls.append(checkpoint.id)
        return f"{checkpoint.name} #{len(self.calls)}"


def test_nothing_is_loaded_before_it_is_asked_for(data):
    id, loads = put(data, "a"), Loads()

    def start() -> Any:
        loads.calls.append("start")
        return first()

    models = Models(start, loads)
    assert (models.start_id, models.state, models.ready(id), models.state_of(models.key(id))) == (
        "default",
        "waiting",
        False,
        "waiting",
    )
    assert loads.calls == []
    assert models.get(models.key(id)) == "a (best) #1"
    assert (models.ready(id), models.state, loads.calls) == (True, "waiting", [id])
    assert models.get() == models.get(models.key("default")) == models.named("") == "first"
    assert models.ready("default")


def test_the_last_few_stay_and_the_first_always(data):
    ids, loads = [put(data, name) for name in "abc"], Loads()
    models = Models(first, loads, kept=2)
    for id in (ids[0], ids[1], ids[0], ids[2], ids[0]):
        models.get(models.key(id))
    assert loads.calls == ids
    models.get(models.key(ids[1]))
    assert loads.calls == [*ids, ids[1]]
    assert models.get() == "first"


def test_many_visitors_load_a_checkpoint_once(data):
    id, loads = put(data, "a"), Loads()
    models, found = Models(first, loads), []
    threads = [threading.Thread(target=lambda: found.append(models.get(models.key(id)))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (set(found), loads.calls) == ({"a (best) #1"}, [id])


def test_weights_written_anew_are_another_model_and_the_old_one_stays_while_it_can(data):
    id, loads = put(data, "a", seconds=1000), Loads()
    models = Models(first, loads, kept=2)
    old = models.key(id)
    assert models.get(old) == "a (best) #1"
    put(data, "a", seconds=1001)
    assert not models.ready(id)
    assert models.get(models.key(id)) == "a (best) #2"
    assert models.get(old) == "a (best) #1"
    for name in "bc":
        models.get(models.key(put(data, name)))
    with pytest.raises(InputError, match="written anew since; read the image again"):
        models.get(old)
    assert models.get(ModelKey(id)) == "a (best) #5"


def test_a_checkpoint_that_is_gone_is_told_and_still_reads_from_memory(data):
    id, loads = put(data, "a"), Loads()
    models = Models(first, loads, kept=1)
    key = models.key(id)
    models.get(key)
    shutil.rmtree(data / "runs" / "a")
    assert models.get(key) == "a (best) #1"
    with pytest.raises(InputError, match="There is no checkpoint 'run/a/best' here"):
        models.key(id)
    models.get(models.key(put(data, "b")))
    with pytest.raises(InputError, match="There is no checkpoint 'run/a/best' here"):
        models.get(key)


def test_a_damaged_checkpoint_is_told_without_its_path_and_tried_again(data, tiny_checkpoint):
    from hwr.recognizer.checkpoint import save_checkpoint

    id = put(data, "a")
    models = Models(first)
    with pytest.raises(InputError, match=r"a \(best\)") as caught:
        models.get(models.key(id))
    assert str(data) not in str(caught.value)
    save_checkpoint(tiny_checkpoint, data / "runs" / "a" / "checkpoints" / "best")
    assert models.get(models.key(id)).name == "a (best)"


@pytest.mark.parametrize("name", ["run/a/last", "/etc/passwd", "../x", "someone/model"])
def test_a_client_can_name_only_what_is_listed(data, name):
    id, loads = put(data, "a"), Loads()
    models = Models(first, loads)
    with pytest.raises(InputError, match="there are default, .*run/a/best"):
        models.named(name)
    assert models.named(id) == "a (best) #1"


def test_the_app_starts_with_the_model_that_was_named(data, monkeypatch):
    monkeypatch.setenv("HWR_MODEL", "someone/model")
    loads = Loads()
    models = Models(first, loads)
    assert models.start_id == "environment"
    assert models.get(models.key("environment")) == models.get() == "first"
    assert models.get(models.key("default")) == "default #1"
