"""The readers: each is loaded in the background when someone first needs it, and the last few stay."""

from __future__ import annotations

import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from hwr.errors import InputError
from hwr.reading import LineReader
from hwr.sentences import Sentence
from hwr.training.run.checkpoints import KnownCheckpoint, known_checkpoint, known_checkpoints

if TYPE_CHECKING:
    from hwr.reader import Reader

logger = logging.getLogger(__name__)

State = Literal["waiting", "loading", "ready", "failed"]
DEFAULT, ENVIRONMENT = "default", "environment"  # ids of the shipped checkpoint and of HWR_MODEL
KEPT = 3  # readers in memory besides the one that the app starts with


def load_language_model(name: str) -> None:
    """Load a language model into the cache that the reader asks. Raises InputError when it cannot be had."""
    from hwr.language.n_best import language_model

    language_model(name)


def loaded_language_model() -> str | None:
    """The language model that is in memory; nothing is loaded for the answer."""
    from hwr.language import n_best

    return n_best.loaded_language_model()


class LazyReader:
    """Loads a reader in a thread; `get` waits for it. A load that failed is tried again at the next `start`."""

    def __init__(self, load: Callable[[], LineReader]):
        self._load = load
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._reader: LineReader | None = None
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
            self.state, self.reason = "failed", error.sentence
        except Exception:
            logger.exception("The model could not be loaded")
            self.state, self.reason = "failed", Sentence("model.broken")
        finally:
            self._done.set()

    def wait(self, seconds: float | None = None) -> State:
        """The state once loading has ended, or after so many seconds."""
        if self.state != "waiting":
            self._done.wait(seconds)
        return self.state

    def get(self) -> LineReader:
        """The reader. Raises InputError when it could not be loaded."""
        self.start()
        self._done.wait()
        if self.state != "ready" or self._reader is None:
            raise InputError("model.none", reason=self.reason)
        return self._reader


def load_reader(checkpoint: KnownCheckpoint) -> LineReader:
    """The reader of a checkpoint, which bears the checkpoint's name. Raises InputError that tells no path."""
    from hwr.reader import Reader
    from hwr.recognizer.checkpoint import load_checkpoint

    try:
        loaded = load_checkpoint(checkpoint.source)
    except InputError as error:
        raise error.telling(checkpoint.name, instead_of=checkpoint.source) from None
    loaded.name = checkpoint.name
    return Reader(loaded)


@dataclass(frozen=True)
class ModelKey:
    """A checkpoint as it was when it was read with; version 0: as it is now."""

    id: str
    version: int = 0


SHIPPED = ModelKey(DEFAULT)


class Models:
    """The reader that the app starts with, and those of the other checkpoints that are known.

    load_start: gives the first one, which is HWR_MODEL where that is set and else the shipped one. load: gives another.
    Without a key the methods are about the first; with one they raise InputError when its checkpoint is not in the list
    any more, or was written anew since and the old one is not in memory.
    """

    def __init__(
        self,
        load_start: Callable[[], LineReader],
        load: Callable[[KnownCheckpoint], LineReader] = load_reader,
        kept: int = KEPT,
    ) -> None:
        self.start_id = ENVIRONMENT if os.environ.get("HWR_MODEL") else DEFAULT
        self._first, self._load, self._kept = LazyReader(load_start), load, kept
        self._others: OrderedDict[ModelKey, LazyReader] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def state(self) -> State:
        return self._first.state

    @property
    def reason(self) -> str:
        return self._first.reason

    def start(self) -> None:
        self._first.start()

    def wait(self, seconds: float | None = None) -> State:
        return self._first.wait(seconds)

    def key(self, id: str) -> ModelKey:
        """The checkpoint of that id as it is now. Raises InputError when the list has no such id."""
        return ModelKey(id) if id == self.start_id else ModelKey(id, known_checkpoint(id).version)

    def get(self, key: ModelKey | None = None) -> LineReader:
        """The reader, waited for. Raises InputError when it cannot be loaded."""
        return self._first.get() if key is None else self._lazy(key).get()

    def state_of(self, key: ModelKey) -> State:
        """Whether it has to be waited for; nothing is loaded for the answer."""
        if key.id == self.start_id:
            return self.state
        lazy = self._others.get(key)
        return "waiting" if lazy is None else lazy.state

    def ready(self, id: str) -> bool:
        """Whether the checkpoint of that id, as it is now, is in memory."""
        try:
            return self.state_of(self.key(id)) == "ready"
        except InputError:
            return False

    def _lazy(self, key: ModelKey) -> LazyReader:
        if key.id == self.start_id:
            return self._first
        with self._lock:
            if key in self._others:
                self._others.move_to_end(key)
                return self._others[key]
        checkpoint = known_checkpoint(key.id)
        if key.version not in (0, checkpoint.version):
            raise InputError("model.written_anew", checkpoint=checkpoint.name)
        with self._lock:
            lazy = self._others.setdefault(key, LazyReader(lambda: self._load(checkpoint)))
            self._others.move_to_end(key)
            while len(self._others) > self._kept:
                self._others.popitem(last=False)
            return lazy

    def named(self, id: str) -> LineReader:
        """The reader that a client named; the first for an empty name. Raises InputError that lists the names."""
        if not id:
            return self.get()
        ids = [checkpoint.id for checkpoint in known_checkpoints()]
        if id not in ids:
            raise InputError("model.unknown", id=id, ids=", ".join(ids))
        return self.get(self.key(id))


def whole_reader(models: Models, key: ModelKey) -> Reader:
    """As `Models.get`, for what looks into the network: what `load_reader` gives is more than a `LineReader`."""
    return cast("Reader", models.get(key))
