"""The reader, loaded once, in the background, when someone first needs it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Literal

from hwr.errors import InputError

logger = logging.getLogger(__name__)

State = Literal["waiting", "loading", "ready", "failed"]


def load_language_model(name: str) -> None:
    """Load a language model into the cache that the reader asks. Raises InputError when it cannot be had."""
    from hwr.language.n_best import language_model

    language_model(name)


class LazyReader:
    """Loads a reader in a thread; `get` waits for it. A load that failed is tried again at the next `start`."""

    def __init__(self, load: Callable[[], Any]):
        self._load = load
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._reader: Any = None
        self.state: State = "waiting"
        self.reason = ""

    def start(self) -> None:
        """Begin to load unless that is done or under way."""
        with self._lock:
            if self.state in ("loading", "ready"):
                return
            self.state, self.reason = "loading", ""
            self._done.clear()
        threading.Thread(target=self._run, name="load-reader", daemon=True).start()

    def _run(self) -> None:
        try:
            self._reader = self._load()
            self.state = "ready"
        except InputError as error:
            self.state, self.reason = "failed", str(error)
        except Exception:
            logger.exception("The model could not be loaded")
            self.state, self.reason = "failed", "it could not be loaded, see the log"
        finally:
            self._done.set()

    def wait(self, seconds: float | None = None) -> State:
        """The state once loading has ended, or after so many seconds."""
        if self.state != "waiting":
            self._done.wait(seconds)
        return self.state

    def get(self) -> Any:
        """The reader. Raises InputError when it could not be loaded."""
        self.start()
        self._done.wait()
        if self.state != "ready":
            raise InputError(f"There is no model to read with: {self.reason}.".replace("..", "."))
        return self._reader
