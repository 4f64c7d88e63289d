"""What a run would be trained on, and what it would take; torch is not imported here but asked in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import math
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from hwr.errors import InputError
from hwr.training.config import TrainConfig
from hwr.training.run.queue import device_key

ZERO_GPU_SECONDS = 60.0  # what one call gets on ZeroGPU where nothing else is asked for
ZERO_GPU_TRAINING = 45.0  # of them; the rest goes into loading, validating and saving
VALIDATIONS = 5  # of a run that is made to end in time, if they take no more than their share of it
VALIDATION_SHARE = 0.25
SPARE = 0.9  # of the free memory that a run may take, and of the time that it is planned for


@dataclass(frozen=True)
class Hardware:
    """The device that a run started here takes. Memory in bytes: of the GPU, else of the machine (or container).

    zero_gpu: a GPU is lent for single calls only. note: why it is this device, where that is not plain.
    """

    kind: Literal["cpu", "cuda", "mps"]
    name: str
    free_memory: int
    total_memory: int
    cores: int
    zero_gpu: bool = False
    note: str = ""


@dataclass(frozen=True)
class Estimate:
    """What a run takes, measured by real steps with the widest lines of its data. Seconds, and memory in bytes.

    largest_batch: the largest batch that fits into the free memory, from the growth between two small batches.
    """

    device: str
    seconds_a_step: float
    seconds_a_validation: float
    seconds_total: float
    peak_memory: int
    free_memory: int
    batch_size: int
    largest_batch: int
    disk_bytes: int
    free_disk: int

    def check(self) -> None:
        """Raises InputError when the batch or what is saved does not fit."""
        if self.largest_batch < 1:
            raise InputError(
                f"Not even one line fits: a step takes {size_text(self.peak_memory)} of memory and "
                f"{size_text(self.free_memory)} are free; take a smaller max_width or model."
            )
        if self.batch_size > self.largest_batch:
            raise InputError(
                f"A batch of {self.batch_size} takes {size_text(self.peak_memory)} of memory and "
                f"{size_text(self.free_memory)} are free; the largest batch that fits is {self.largest_batch}."
            )
        if self.disk_bytes > self.free_disk:
            raise InputError(
                f"The run saves {size_text(self.disk_bytes)} and the disk has {size_text(self.free_disk)} left; free some."
            )

    def steps_within(self, seconds: float) -> int:
        """How many steps end in so many seconds, their validations included."""
        return int((SPARE * seconds - self._validations(seconds) * self.seconds_a_validation) / self.seconds_a_step)

    def within(self, config: TrainConfig, seconds: float) -> TrainConfig:
        """The same run with so many steps that it ends in time; warm-up and validations are fitted to them.

        On ZeroGPU the time is that of one call at most, and held by `seconds`. Raises InputError when not even a few
        steps can be had.
        """
        if is_zero_gpu():
            seconds = min(seconds, ZERO_GPU_TRAINING)
        steps = self.steps_within(seconds)
        if steps < 2:
            raise InputError(
                f"Nothing can be learned in {seconds:.0f} seconds here: a step takes {self.seconds_a_step:.1f} s and a "
                f"validation {self.seconds_a_validation:.1f} s; take a smaller batch or fewer validation lines."
            )
        every = math.ceil(steps / self._validations(seconds))
        return replace(
            config,
            steps=steps,
            warmup=min(config.warmup, steps // 5),
            connector_warmup=min(config.connector_warmup, steps // 3),
            log_every=min(config.log_every, max(1, steps // 20)),
            validate_every=every,
            checkpoint_every=every,
            seconds=seconds if is_zero_gpu() else config.seconds,
        )

    def _validations(self, seconds: float) -> int:
        affordable = VALIDATION_SHARE * seconds / max(self.seconds_a_validation, 1e-9)
        return max(1, min(VALIDATIONS, int(affordable)))


def hardware() -> Hardware:
    """What is here, told without torch. Raises nothing."""
    cores, zero = usable_cores(), is_zero_gpu()
    if zero:
        free, total = main_memory()
        return Hardware("cuda", "ZeroGPU", free, total, cores, True, zero_gpu_reason() or "")
    if device_key().startswith("gpu"):
        if sys.platform == "darwin":
            free, total = main_memory()
            return Hardware("mps", _processor(), free, total, cores)
        if not torch_has_cuda():
            note = "There is a GPU, but the installed torch is built without CUDA; install one that has it."
            return _cpu(cores, note)
        if gpu := _nvidia():
            name, free, total = gpu
            return Hardware("cuda", name, free, total, cores)
        return _cpu(cores, "There is a GPU, but its driver does not answer (nvidia-smi).")
    return _cpu(cores)


def _cpu(cores: int, note: str = "") -> Hardware:
    free, total = main_memory()
    return Hardware("cpu", _processor(), free, total, cores, note=note)


def is_zero_gpu() -> bool:
    """Whether this is a Space on ZeroGPU: it says so, or the package `spaces` is here and no other kind of Space is."""
    if os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "true", "yes"):
        return True
    present = "spaces" in sys.modules or importlib.util.find_spec("spaces") is not None
    return present and "SPACE_ID" not in os.environ


def zero_gpu_reason() -> str | None:
    """Why only a short run is possible here; None where any run is."""
    if not is_zero_gpu():
        return None
    return (
        f"This Space has a GPU for {ZERO_GPU_SECONDS:.0f} seconds at a time (ZeroGPU), and takes it away after each call; "
        "a run must fit into one call."
    )


def check_zero_gpu(config: TrainConfig) -> None:
    """Raises InputError for a run that a Space on ZeroGPU would cut off."""
    reason = zero_gpu_reason()
    if reason and not 0 < config.seconds <= ZERO_GPU_TRAINING:
        raise InputError(f"{reason} Set seconds to at most {ZERO_GPU_TRAINING:.0f}.")


def usable_cores() -> int:
    """Cores that this process may use: those of its affinity, or fewer where a container is given less time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _cgroup("cpu.max").split()
    if len(quota) == 2 and quota[0].isdigit():
        cores = min(cores, max(1, round(int(quota[0]) / int(quota[1]))))
    return cores


def main_memory() -> tuple[int, int]:
    """(free, total) bytes of main memory, of the container where it has a limit of its own."""
    import psutil

    memory = psutil.virtual_memory()
    free, total = memory.available, memory.total
    limit, used = _cgroup("memory.max"), _cgroup("memory.current")
    if limit.isdigit() and used.isdigit():
        total = min(total, int(limit))
        free = min(free, max(0, total - int(used)))
    return free, total


def estimate(config: TrainConfig, timeout: float = 600.0) -> Estimate:
    """Measure the run by a few real steps in a process of its own; some seconds to a minute.

    Raises InputError for what the run itself would complain about (data, taps, models), and when it takes too long.
    """
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "config.yaml"
        file.write_text(json.dumps(config.to_dict()), encoding="utf-8")  # JSON is YAML, and `$` stays as it is
        call = [sys.executable, "-m", "hwr", "train", "--config", str(file), "--estimate", "--json"]
        try:
            done = subprocess.run(call, capture_output=True, text=True, timeout=timeout, env=child_environment())
        except subprocess.TimeoutExpired:
            raise InputError(f"The run could not be measured within {timeout:.0f} seconds.") from None
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        if done.returncode == -9:
            last = f"A batch of {config.batch_size} does not fit into the memory; take a smaller one."
        raise InputError(last.removeprefix("hwr: "))
    values: dict[str, Any] = json.loads(done.stdout)
    return Estimate(**values)


def child_environment() -> dict[str, str]:
    """An environment in which a child imports this very package, wherever it is started."""
    root = str(Path(__file__).resolve().parents[3])
    path = os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": f"{root}{os.pathsep}{path}" if path else root, "PYTHONUNBUFFERED": "1"}


def torch_has_cuda() -> bool:
    """Whether the installed torch was built for CUDA, read from its version file."""
    spec = importlib.util.find_spec("torch")
    file = Path(spec.origin).with_name("version.py") if spec and spec.origin else None
    return bool(file and file.is_file() and re.search(r"^cuda\b.*=\s*['\"]", file.read_text(), re.MULTILINE))


def free_disk(path: Path) -> int:
    """Bytes left where `path` is, or will be."""
    while not path.exists():
        path = path.parent
    return shutil.disk_usage(path).free


def size_text(size: float) -> str:
    """
    >>> size_text(3 * 2**30), size_text(5 * 2**20)
    ('3.0 GiB', '5 MiB')
    """
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


def _cgroup(name: str) -> str:
    try:
        return Path("/sys/fs/cgroup", name).read_text().strip()
    except OSError:
        return ""


def _nvidia() -> tuple[str, int, int] | None:
    """Name, free and total bytes of the GPU that a run would take."""
    query = ["nvidia-smi", "--query-gpu=name,memory.free,memory.total", "--format=csv,noheader,nounits"]
    first = (os.environ.get("CUDA_VISIBLE_DEVICES") or "0").split(",")[0]
    try:
        out = subprocess.run([*query, f"--id={first}"], capture_output=True, text=True, timeout=10, check=True).stdout
        name, free, total = out.strip().splitlines()[0].rsplit(", ", 2)
        return name, int(free) * 2**20, int(total) * 2**20
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def _processor() -> str:
    try:
        names = re.findall(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()
