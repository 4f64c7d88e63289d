"""Run directories and the processes behind them, as any watcher finds them."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from hwr.cli import main
from hwr.errors import InputError
from hwr.recognizer import checkpoint as checkpoints
from hwr.recognizer.checkpoint import replace_directory, save_checkpoint, settle_directories
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.run import launch, queue
from hwr.training.run.directory import RunDirectory, Status, list_runs, summary
from hwr.training.run.processes import process_start
from hwr.training.run.state import read_state


@pytest.fixture
def data_directory(tmp_path, monkeypatch):
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return tmp_path / "data"


def saved(run: RunDirectory) -> tuple[dict[str, torch.Tensor], Any]:
    found = read_state(run.checkpoints)
    assert found is not None
    return found


@pytest.fixture
def tiny_run(line_folder, tiny_checkpoint, tmp_path):
    """A configuration that a process of its own can train: the tiny network is read from a directory.

    In float32: two runs that are compared must not each measure for themselves whether bfloat16 is faster.
    """
    save_checkpoint(tiny_checkpoint, tmp_path / "start")
    every: dict[str, Any] = {"log_every": 1, "validate_every": 20, "checkpoint_every": 2, "precision": "float32"}
    data = [DataConfig(str(line_folder))]
    return TrainConfig(data, init=str(tmp_path / "start"), steps=60, batch_size=2, warmup=2, ema=0.9, **every)


def until(true, seconds=240):
    """Wait for a condition; say what it was when it does not come."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.02)


# --- one long story, told once: processes are dear


@pytest.mark.slow
def test_runs_outlive_their_starter_and_wait_for_each_other(data_directory, tiny_run, tmp_path):
    endless = tmp_path / "endless.yaml"
    TrainConfig(**{**vars(tiny_run), "steps": 100_000}).save(endless)
    tiny_run.save(tmp_path / "short.yaml")
    code = (
        "import sys, time; from hwr.training.run import launch; from hwr.training.config import TrainConfig as C\n"
        "for title, file in (('A', sys.argv[1]), ('B', sys.argv[1]), ('C', sys.argv[2])):\n"
        "    launch.start(C.load(file), title)\n"
        "assert 'torch' not in sys.modules\n"
        "print('started', flush=True); time.sleep(600)"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", code, tmp_path / "short.yaml", endless], stdout=subprocess.PIPE, start_new_session=True
    )
    assert starter.stdout is not None
    assert starter.stdout.readline() == b"started\n"
    os.killpg(starter.pid, signal.SIGKILL)  # a server that crashes, and all of its session
    starter.wait()
    starter.stdout.close()

    c, b, a = list_runs(launch.runs_root())
    assert [run.title for run in (a, b, c)] == ["A", "B", "C"]
    try:
        _story(a, b, c, tiny_run, tmp_path)
    finally:
        for run in list_runs(launch.runs_root()):
            launch.discard(run)


def _story(a: RunDirectory, b: RunDirectory, c: RunDirectory, config: TrainConfig, tmp_path: Path) -> None:
    assert (b.status().state, b.status().message) == ("queued", "waiting; 1 before it")
    assert (c.status().state, c.status().message) == ("queued", "waiting; 2 before it")
    with pytest.raises(InputError, match="B is queued already"):
        launch.resume(b)
    with pytest.raises(InputError, match="waiting or training in another process"):
        b.delete()

    os.kill(b.status().pid, signal.SIGKILL)
    until(lambda: c.status().message == "waiting; 1 before it")
    assert b.status().state == "died"

    until(lambda: len(a.rows("metrics")) > 4)
    assert a.status().state == "running"
    os.kill(a.status().pid, signal.SIGKILL)
    until(lambda: c.status().state in ("starting", "running"))
    status = a.status()
    assert (status.state, status.step < config.steps) == ("died", True)
    assert "killed" in status.message
    assert any("step 0" in line for line in a.log_tail())

    launch.resume(b)  # behind C
    assert b.status().message == "waiting; 1 before it"
    pid = b.status().pid
    launch.stop(b)
    until(lambda: b.status().state == "stopped" and process_start(pid) is None)
    until(lambda: c.status().state == "running")
    launch.resume(b)
    pid = b.status().pid
    launch.discard(b)
    assert process_start(pid) is None
    assert not b.path.exists()

    launch.stop(c)
    until(lambda: c.status().state == "stopped")
    assert saved(c)[1].step == c.status().step

    launch.resume(a)
    until(lambda: a.status().state == "finished")
    with pytest.raises(InputError, match="has finished"):
        launch.resume(a)
    shell = launch.command(config, tmp_path / "by shell")
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, env=launch.child_environment())
    assert done.returncode == 0, done.stderr
    alone = RunDirectory.open(tmp_path / "by shell")
    assert alone.config() == a.config()
    (expected, _), (got, _) = saved(alone), saved(a)
    assert expected.keys() == got.keys()
    assert [k for k in expected if not torch.equal(expected[k], got[k])] == [], "killed and resumed, to the last bit"


@pytest.mark.slow
def test_killed_at_random_it_ends_in_the_same_bits(tmp_path):
    """Three kills; `python -m tests.benchmarks.kill_resume` does as many as one likes."""
    root = Path(__file__).parents[3]
    call = [sys.executable, "-m", "tests.benchmarks.kill_resume", "--kills", "3", "--seed", "1"]
    done = subprocess.run(call, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("3 kills")


def test_a_start_that_fails_is_told_and_listed(data_directory, tiny_run, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(InputError, match="wrong did not start"):
        launch.start(tiny_run, "wrong")
    (run,) = list_runs(launch.runs_root())
    assert run.status().state == "failed"
    assert "did not start" in run.status().message


# --- the queue


def test_the_queue_is_first_come_first_served_and_forgets_the_dead(tmp_path, monkeypatch):
    monkeypatch.setattr(queue, "SECONDS", 0.01)
    (tmp_path / "000000001.ticket").touch()  # of a process that is gone: nobody holds it
    came: list[str] = []
    leave = {name: threading.Event() for name in "abcd"}
    told: dict[str, list[int]] = {name: [] for name in "abcd"}

    def wait(name: str, stopped: threading.Event) -> None:
        with queue.turn(tmp_path, stopped.is_set, told[name].append) as ready:
            came.append(name if ready else f"{name} left")
            leave[name].wait(20) if ready else None

    stops, threads = {name: threading.Event() for name in "abcd"}, []
    for number, name in enumerate("abcd"):
        threads.append(threading.Thread(target=wait, args=(name, stops[name])))
        threads[-1].start()
        until(lambda name=name, number=number: came == ["a"] if name == "a" else told[name][:1] == [number])
    stops["b"].set()
    until(lambda: "b left" in came and told["c"] == [2, 1] and told["d"] == [3, 2])
    leave["a"].set()
    until(lambda: came[-1] == "c")
    leave["c"].set()
    until(lambda: came[-1] == "d")
    leave["d"].set()
    for thread in threads:
        thread.join()
    assert came == ["a", "b left", "c", "d"]
    assert list(tmp_path.glob("*.ticket")) == []


def test_the_device_of_a_queue(monkeypatch):
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    assert queue.device_key() == "cpu"
    monkeypatch.delenv("ACCELERATE_USE_CPU")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert queue.device_key() == "cpu"
    monkeypatch.setattr(Path, "glob", lambda self, pattern: iter([Path("/dev/nvidia0")]))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,4")
    assert queue.device_key() == "gpu3"
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert queue.device_key() == "gpu0"


def test_several_launched_processes_do_not_queue(data_directory, line_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(["train", "--data", str(line_folder), "--out", str(tmp_path / "run"), "--queue"]) == 2
    assert "cannot wait in the queue" in capsys.readouterr().err


# --- run directories


def test_a_number_used_again_is_not_taken_for_the_process(tmp_path):
    run = RunDirectory.create(tmp_path / "run", TrainConfig())
    run.write_status(Status(state="running"))
    assert run.status().state == "running"
    started = process_start(os.getpid())
    assert started is not None
    run.write_status(Status(state="running", process_started=started - 1))
    assert run.status().state == "died"
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert process_start(child.pid) is None, "it has ended, though nobody has asked about it yet"
    child.wait()
    run.write_status(Status(state="queued", pid=0, process_started=None))
    assert run.status().state == "queued", "a process that was started and is not heard of yet"
    old = json.loads((run.path / "status.json").read_text()) | {"updated": time.time() - 3600}
    (run.path / "status.json").write_text(json.dumps(old))
    assert run.status().state == "died"


@pytest.mark.slow
def test_titles_lists_and_deleting(data_directory, capsys):
    first, second = launch.create(TrainConfig(), "  Mary's  letters "), launch.create(TrainConfig(seed=2))
    os.utime(first.config_file, (1e9, 1e9))
    assert [run.path for run in list_runs(launch.runs_root())] == [second.path, first.path]
    assert first.path.name.endswith("-mary-s-letters")
    assert (first.title, second.title) == ("Mary's letters", second.path.name)
    assert main(["runs", "rename", first.path.name, "Jo"]) == 0
    assert main(["runs", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out.split("\n", 1)[1])
    assert [(run["title"], run["status"]["state"]) for run in listed] == [
        (second.path.name, "starting"),
        ("Jo", "stopped"),
    ]
    with pytest.raises(InputError, match="at least one character"):
        first.rename(" \n ")
    holder = RunDirectory.open(first.path)
    holder.hold()
    assert main(["runs", "delete", str(first.path)]) == 2
    assert "Jo is waiting or training in another process" in capsys.readouterr().err
    holder.release()
    assert main(["runs", "delete", str(first.path)]) == 0
    assert not first.path.exists()
    with pytest.raises(InputError, match="is not running; it is stopped"):
        launch.stop(launch.find(_ended(second)))


def _ended(run: RunDirectory) -> str:
    run.write_status(Status(state="stopped"))
    return run.path.name


def test_two_of_one_name_get_two_directories(data_directory, monkeypatch):
    monkeypatch.setattr(launch.time, "strftime", lambda _: "now")
    names = [launch.create(TrainConfig(), title).path.name for title in ("a b", "a-b", "", "日本 語/..", "a b")]
    assert names == ["now-a-b", "now-a-b-2", "now", "now-日本-語", "now-a-b-3"]


def test_what_another_version_wrote_is_listed_with_the_reason(data_directory):
    newer, broken = launch.create(TrainConfig(), "newer"), launch.create(TrainConfig(), "broken")
    newer.config_file.write_text("steps: 3\nwarp: 9\n")
    (broken.path / "status.json").write_text('{"state": "running", "warp": 9}')
    problems = {run.title: summary(run) for run in list_runs(launch.runs_root())}
    assert "'warp'" in problems["newer"].problem
    assert all("another version" in problems[name].problem for name in ("newer", "broken"))
    assert problems["broken"].status is None
    newer.delete()
    launch.discard(broken)
    assert list_runs(launch.runs_root()) == []


def _file(path, content):
    path.write_bytes(content)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("damage", "readable"),
    [
        (lambda run: _file(run / "title.txt", b"\xff\xfe\xfa"), True),
        (lambda run: (run / "title.txt").mkdir(), True),
        (lambda run: (run / "log.txt").mkdir(), True),
        (lambda run: (run / "metrics.jsonl").mkdir(), True),
        (lambda run: _file(run / "status.json", b'{"pid": "word"}'), False),
        (lambda run: _file(run / "status.json", b'{"pid": 1e999}'), False),
        (lambda run: _file(run / "status.json", b'{"state": "flying"}'), False),
        (lambda run: _file(run / "status.json", b'{"best_cer": NaN}'), False),
        (lambda run: _file(run / "status.json", b"[" * 100_000), False),
        (lambda run: (run / "status.json").mkdir(), False),
        (lambda run: _file(run / "config.yaml", b"\xff"), False),
        (lambda run: _file(run / "config.yaml", b"[" * 100_000), False),
        (lambda run: ((run / "config.yaml").unlink(), (run / "config.yaml").mkdir()), False),
    ],
)
def test_one_damaged_run_does_not_hide_the_others(damage, readable, data_directory, capsys):
    for name in ("good", "bad"):
        RunDirectory.create(launch.runs_root() / name, TrainConfig([DataConfig("lines")]))
    damage(launch.runs_root() / "bad")
    found = {one.path.name: one for one in map(summary, list_runs(launch.runs_root()))}
    assert found["good"].status is not None
    assert (found["bad"].status is not None) == readable
    assert bool(found["bad"].problem) != readable
    assert found["bad"].title == "bad"
    RunDirectory(found["bad"].path).log_tail()
    assert main(["runs"]) == 0
    assert "good" in capsys.readouterr().out


@pytest.mark.parametrize("line", [b"{half", b"\xff\xfe", b"[1]", b'{"loss": 1}', b'{"step": "two"}', b"[" * 100_000])
def test_one_damaged_line_is_left_out_counted_and_told(line, tmp_path):
    run = RunDirectory.create(tmp_path / "run", TrainConfig())
    (run.path / "metrics.jsonl").write_bytes(b'{"step": 1}\n' + line + b'\n{"step": 2}\n{"step": 3}\n')
    assert [row["step"] for row in run.rows("metrics")] == [1, 2, 3]
    assert run.remarks() == ["1 damaged line(s) of metrics.jsonl cannot be read and are left out"]
    assert run.drop_rows_after(2) == {"metrics": 1}
    assert [row["step"] for row in run.rows("metrics")] == [1, 2]
    assert run.remarks() == []


def test_half_a_line_is_left_out_and_forgotten_when_the_run_goes_on(tmp_path):
    run = RunDirectory.create(tmp_path / "run", TrainConfig())
    for step in (1, 2, 3):
        run.append("metrics", {"step": step})
    with open(run.path / "metrics.jsonl", "a") as file:
        file.write('{"step": 4, "lo')
    assert [row["step"] for row in run.rows("metrics")] == [1, 2, 3]
    run.drop_rows_after(2)
    run.append("metrics", {"step": 3})
    assert [row["step"] for row in run.rows("metrics")] == [1, 2, 3]


def test_names_in_a_configuration_are_not_expanded_twice(tmp_path, monkeypatch):
    monkeypatch.setenv("CHARS", "expanded")
    run = RunDirectory.create(tmp_path / "run", TrainConfig(characters="ab$CHARS"))
    assert run.config().characters == "ab$CHARS"


# --- directories that are replaced


def filled(directory: Path, text: str) -> Path:
    directory.mkdir()
    (directory / "file").write_text(text)
    return directory


def test_a_directory_is_replaced_in_one_step_on_linux(tmp_path, monkeypatch):
    filled(tmp_path / "last", "old")
    there = []
    rename = Path.rename
    monkeypatch.setattr(Path, "rename", lambda *a: [there.append((tmp_path / "last" / "file").exists()), rename(*a)])
    replace_directory(filled(tmp_path / ".last.new-1", "new"), tmp_path / "last")
    assert (tmp_path / "last" / "file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["last"]
    if sys.platform == "linux" and checkpoints.exchange(filled(tmp_path / "a", "a"), filled(tmp_path / "b", "b")):
        assert (tmp_path / "a" / "file").read_text() == "b"
        assert there == [True], "the place is never empty"


def test_a_crash_between_the_two_moves_is_mended(tmp_path, monkeypatch):
    """Where the system cannot swap: the old directory lies aside, the new one has not come yet."""
    monkeypatch.setattr(checkpoints, "exchange", lambda *paths: False)
    filled(tmp_path / "state", "old")
    new = filled(tmp_path / ".state.new", "new")
    rename = Path.rename

    def crash(self: Path, target: Path) -> Path:
        if self == new:
            raise KeyboardInterrupt
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", crash)
        with pytest.raises(KeyboardInterrupt):
            replace_directory(new, tmp_path / "state")
    assert not (tmp_path / "state").exists()
    filled(tmp_path / ".best.new-77", "half")
    settle_directories(tmp_path)
    assert (tmp_path / "state" / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    replace_directory(filled(tmp_path / ".state.new", "new"), tmp_path / "state")
    assert (tmp_path / "state" / "file").read_text() == "new"
