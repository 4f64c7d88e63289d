"""Data made ready in a thread, so that a page can tell how far it is."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from hwr.errors import InputError

if TYPE_CHECKING:
    from hwr.data.sources import DataSummary


class Preparation:
    """`prepare_data` in a thread, so that its progress can be told."""

    def __init__(self, named: str, before: bool) -> None:
        self.done, self.all = 0, 0
        self._outcome: DataSummary | Exception | None = None
        self._thread = threading.Thread(target=self._run, args=(named, before), name="prepare-data", daemon=True)
        self._thread.start()

    def _run(self, named: str, before: bool) -> None:
        from hwr.data.sources import prepare_data, prepared

        try:
            if before:
                self._outcome = next(one for one in prepared() if str(one.path) == named)
            else:
                self._outcome = prepare_data(named, progress=self._progress)
        except StopIteration:
            self._outcome = InputError("tune.data_gone")
        except Exception as error:  # told to the visitor by who waits
            self._outcome = error

    def _progress(self, done: int, whole: int) -> None:
        self.done, self.all = done, whole

    def going(self, seconds: float) -> bool:
        """Wait so long at most; whether it still goes on then."""
        self._thread.join(seconds)
        return self._thread.is_alive()

    def result(self) -> DataSummary:
        if isinstance(self._outcome, Exception):
            raise self._outcome
        assert self._outcome is not None
        return self._outcome
