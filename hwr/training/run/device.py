"""The device that a run started here takes, told without torch."""

from __future__ import annotations

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hwr.errors import InputError
from hwr.machine import cgroup, is_zero_gpu, main_memory
from hwr.sentences import Sentence
from hwr.training.config import TrainConfig
from hwr.training.run.queue import device_key

ZERO_GPU_SECONDS = 60.0  # what one call gets on ZeroGPU where nothing else is asked for
ZERO_GPU_TRAINING = 45.0  # of them; the rest goes into loading, validating and saving


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
            note = Sentence("training.no_cuda")
            return _cpu(cores, note)
        if gpu := _nvidia():
            name, free, total = gpu
            return Hardware("cuda", name, free, total, cores)
        return _cpu(cores, Sentence("training.no_driver"))
    return _cpu(cores)


def _cpu(cores: int, note: str = "") -> Hardware:
    free, total = main_memory()
    return Hardware("cpu", _processor(), free, total, cores, note=note)


def zero_gpu_reason() -> str | None:
    """Why only a short run is possible here; None where any run is."""
    if not is_zero_gpu():
        return None
    return Sentence("training.zero_gpu", seconds=ZERO_GPU_SECONDS)


def check_zero_gpu(config: TrainConfig) -> None:
    """Raises InputError for a run that a Space on ZeroGPU would cut off."""
    reason = zero_gpu_reason()
    if reason and not 0 < config.seconds <= ZERO_GPU_TRAINING:
        raise InputError("training.zero_gpu_seconds", reason=reason, most=ZERO_GPU_TRAINING)


def usable_cores() -> int:
    """Cores that this process may use: those of its affinity, or fewer where a container is given less time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = cgroup("cpu.max").split()
    if len(quota) == 2 and quota[0].isdigit():
        cores = min(cores, max(1, round(int(quota[0]) / int(quota[1]))))
    return cores


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
