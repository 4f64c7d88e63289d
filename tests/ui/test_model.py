import threading

import pytest

from hwr.errors import InputError
from hwr.ui.model import LazyReader


def test_loads_once_and_only_when_asked():
    calls = []
    model = LazyReader(lambda: calls.append(1) or "reader")
    assert (model.state, calls) == ("waiting", [])
    threads = [threading.Thread(target=model.get) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (model.get(), model.state, calls) == ("reader", "ready", [1])


def test_a_failed_load_is_told_and_tried_again():
    outcomes = iter([InputError("config.json is missing."), RuntimeError("secret path"), None])

    def load():
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
