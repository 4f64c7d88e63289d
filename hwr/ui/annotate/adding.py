"""Long work on a collection, in one thread for all visitors: pages are added, or lines read again, while a page looks on.

What was done before a stop or a restart stays done.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hwr.annotating import add_page, pages_of, read_again
from hwr.data.library import Library
from hwr.errors import InputError
from hwr.reading import LineReader
from hwr.ui.page.events import caught

LINES_AT_ONCE = 8  # read again between two looks at whether to stop

Steps = Callable[["Job"], Iterator[None]]


@dataclass
class Job:
    """Work on a collection. done, all: pages or lines; name: of what is worked on. problems: sentences of what was left out.

    changed: ids of lines whose text was proposed anew.
    """

    collection: int
    kind: str
    steps: Steps | None = field(default=None, repr=False)
    done: int = 0
    all: int = 0
    name: str = ""
    problems: list[str] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    stopped: bool = False
    ended: bool = False


class Worker:
    """Works jobs off, one after another."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[Job] = queue.Queue()
        self._newest: dict[int, Job] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self, job: Job) -> Job:
        """Put a job at the end of the line."""
        with self._lock:
            self._newest[job.collection] = job
            self._jobs.put(job)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="annotate-work", daemon=True)
                self._thread.start()
        return job

    def note(self, job: Job) -> None:
        """Work that was done elsewhere, to be told."""
        self._newest[job.collection] = job

    def of(self, collection: int | None) -> Job | None:
        """The newest job of a collection."""
        return None if collection is None else self._newest.get(collection)

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            with caught(f"Annotate: {job.kind}") as outcome:
                for _ in () if job.stopped or job.steps is None else job.steps(job):
                    if job.stopped:
                        break
            if outcome.error:
                job.problems.append(outcome.problem)
            job.ended = True


def adding(library: Library, collection: int, files: Sequence[str], get_reader: Callable[[], LineReader]) -> Job:
    """Put the pages of uploaded files into a collection; files that cannot be used are told and left out."""

    def steps(job: Job) -> Iterator[None]:
        reader = get_reader()
        for path in files:
            job.name = Path(path).name
            with caught(f"Adding {job.name}") as outcome:
                encoded = Path(path).read_bytes()
                for upload in pages_of(path, job.name):
                    if upload.page == 1:
                        job.all += upload.pages - 1
                    with caught(f"Adding a page of {job.name}") as page:
                        add_page(library, collection, reader, upload, encoded if upload.pages == 1 else None)
                    if page.error:
                        job.problems.append(page.problem)
                    job.done += 1
                    yield
            if outcome.error:
                job.problems.append(outcome.problem)
                job.done += 1
            yield

    return Job(collection, "add", steps, all=len(files))


def reading_again(library: Library, collection: int, get_reader: Callable[[], LineReader]) -> Job:
    """Read the lines of a collection that nobody has kept again; the texts that people kept are not touched."""

    def steps(job: Job) -> Iterator[None]:
        reader = get_reader()
        waiting = library.order(collection, "new")
        job.all = len(waiting)
        for start in range(0, len(waiting), LINES_AT_ONCE):
            ids, lines = waiting[start : start + LINES_AT_ONCE], []
            for id in ids:
                try:
                    lines.append(library.line(id))
                except InputError:  # deleted in the meantime
                    continue
            job.changed += read_again(library, reader, lines)
            job.done += len(ids)
            yield

    return Job(collection, "read", steps)
