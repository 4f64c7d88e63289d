"""Runs as processes of their own: started, stopped and found again by anyone who can read the directory of runs."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from hwr.errors import InputError
from hwr.paths import data_directory
from hwr.training.config import TrainConfig
from hwr.training.cost.estimate import Estimate
from hwr.training.run.device import check_zero_gpu, child_environment
from hwr.training.run.directory import HANDOVER_SECONDS, REPORT_SECONDS, RunDirectory, Status
from hwr.training.run.processes import StopSignals, kill_group, process_start
from hwr.training.run.queue import device_key, turn


def runs_root() -> Path:
    """Where the runs lie that are started without naming a directory."""
    return data_directory() / "runs"


def queue_directory() -> Path:
    """Where those wait that want the device which a run started here would take."""
    return data_directory() / "queue" / device_key()


def find(name: str | Path) -> RunDirectory:
    """A run by its directory, or by its name in `runs_root`. Raises InputError when there is none."""
    inside = runs_root() / name
    return RunDirectory.open(inside if (inside / "config.yaml").is_file() else name)


def check(config: TrainConfig, found: Estimate) -> None:
    """Raises InputError where a run that was measured would be refused here: too long for this host, or too large."""
    check_zero_gpu(config)
    found.check()


def start(config: TrainConfig, title: str = "") -> RunDirectory:
    """Write a new run and start a process that trains it, when its turn has come; it outlives the one that calls.

    Returns once the new process has reported in. Raises InputError when it did not start, and where only short runs are
    possible (`check_zero_gpu`).
    """
    check_zero_gpu(config)
    run = create(config, title)
    _spawn(run)
    return run


def train_here(config: TrainConfig, title: str = "") -> RunDirectory:
    """Write a new run and train it in the calling process: for a call that is lent a GPU.

    Raises InputError as `start` and `hwr.training.learn.loop.train` do.
    """
    from hwr.training.learn.loop import train

    check_zero_gpu(config)
    run = create(config, title)
    train(run)
    return RunDirectory(run.path)  # without what only this process holds


def create(config: TrainConfig, title: str = "") -> RunDirectory:
    """Write a new run into `runs_root` and start nothing."""
    run = RunDirectory.create(new_path(title), config)
    if title.strip():
        run.rename(title)
    return run


def new_path(title: str = "") -> Path:
    """A directory for a new run, named by the time and the title."""
    slug = re.sub(r"\W+", "-", title.strip().lower()).strip("-")[:40].encode()[:120].decode(errors="ignore")
    name = time.strftime("%Y%m%d-%H%M%S") + (f"-{slug}" if slug else "")
    root = runs_root()
    root.mkdir(parents=True, exist_ok=True)
    for k in range(1, 1000):
        path = root / (name if k == 1 else f"{name}-{k}")
        try:
            path.mkdir()  # of two who want the same name at once, one gets it
            return path
        except FileExistsError:
            continue
    raise InputError("training.too_many_of_a_name", name=name, root=root)


def resume(run: RunDirectory) -> None:
    """Start a process that goes on where the run was saved. Raises InputError when it is alive or has finished."""
    status = run.status()
    if status.alive:
        raise InputError("training.runs_already", title=run.title, state=status.state)
    if status.state == "finished":
        raise InputError("training.finished", title=run.title)
    check_zero_gpu(run.config())
    _spawn(run)


def stop(run: RunDirectory) -> None:
    """Ask its process to save and end; one that waits leaves the queue. Raises InputError when there is none."""
    status = run.status()
    if not status.alive:
        raise InputError("training.not_running", title=run.title, state=status.state)
    if not status.pid:
        raise InputError("training.starting", title=run.title)
    try:
        os.kill(status.pid, signal.SIGTERM)
    except ProcessLookupError:
        raise InputError("training.just_ended", title=run.title) from None
    except PermissionError:
        raise InputError("training.of_another_user", title=run.title) from None


def discard(run: RunDirectory) -> None:
    """End its process at once, if it has one, and delete all that the run wrote."""
    try:
        status = run.status()
    except InputError:
        status = Status(state="failed", pid=0)
    if status.alive and status.pid:
        kill_group(status.pid)
        while process_start(status.pid) == status.process_started is not None:
            time.sleep(0.02)
        run.hold(REPORT_SECONDS)  # the threads of a killed process may keep it for a moment longer
    run.delete()


@contextmanager
def queued(run: RunDirectory, signals: StopSignals) -> Iterator[bool]:
    """Take the run, wait for its turn and keep the device inside of the `with` block; False when it was stopped before.

    Its place in the queue is told in its status. Raises InputError when another process has the run, or where several
    processes were launched.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise InputError("training.no_queue")
    run.hold(HANDOVER_SECONDS)
    status = run.taken_over()

    def waiting(before: int) -> None:
        status.state, status.message = "queued", f"waiting; {before} before it"
        run.write_status(status)

    with turn(queue_directory(), lambda: signals.asked, waiting) as ready:
        if ready:
            status.state, status.message = "starting", ""  # its turn has come
            run.write_status(status)
        else:
            run.end(status, "stopped", "taken out of the queue")
            run.release()
        yield ready


def command(config: TrainConfig, out: Path | None = None) -> str:
    """A shell command that trains the same, to be copied: only what differs from the defaults is in it.

    out: the run directory to write (default: a new name in `runs_root`).
    """
    out = out or runs_root() / time.strftime("%Y%m%d-%H%M%S")
    text = yaml.safe_dump(config.changes(), sort_keys=False, allow_unicode=True)
    end = "YAML"
    while end in text.split("\n"):
        end += "_"
    call = shlex.join([*_python(), "-m", "hwr", "train", "--config", "-", "--out", str(out), "--queue"])
    return f"{call} <<'{end}'\n{text}{end}\n"


def _python() -> list[str]:
    """The interpreter by the name by which a shell here finds it, else by its path."""
    found = shutil.which("python")
    same = found is not None and Path(found).absolute() == Path(sys.executable).absolute()
    return ["python" if same else sys.executable]


def _spawn(run: RunDirectory) -> None:
    """Start the process in a session of its own, and wait until it has written its status or has ended."""
    run.hold(HANDOVER_SECONDS)  # of two who start it at once, one is told
    try:
        run.write_status(_before(run))
        with open(run.path / "log.txt", "ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "hwr", "train", "--resume", str(run.path.absolute()), "--queue"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=child_environment(),
            )
    finally:
        run.release()
    threading.Thread(target=process.wait, name="reap", daemon=True).start()
    deadline = time.monotonic() + REPORT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if run.status().pid == process.pid:
            return
        time.sleep(0.02)
    kill_group(process.pid)
    status, why = run.status(), " ".join(run.log_tail(1)) or "its process said nothing"
    if status.pid == process.pid:  # it has come, and gone again
        return
    if not status.pid:
        status.state, status.message = "failed", f"It did not start: {why}"
        run.write_status(status)
    raise InputError("training.not_started", title=run.title, why=why)


def _before(run: RunDirectory) -> Status:
    """The status until the new process writes its own: where the run stood."""
    status = run.taken_over()
    status.state, status.message = "queued", "waiting for its process"
    status.pid, status.process_started = 0, None
    return status
