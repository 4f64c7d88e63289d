"""What `make` installs, step by step, and how long each step takes. Plain Python: it runs before anything is there.

python3 tests/release/install.py torch|app|dev --venv .venv [--torch "torch==2.13.0"]
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

TORCH = "torch==2.13.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
EVERY = 15.0  # seconds between two signs of life
OLDEST, NEWEST = (3, 10), (3, 13)


def torch_arguments(system: str, gpu: bool, reachable: bool) -> tuple[list[str], str]:
    """What pip is told of torch, and in words why.

    >>> torch_arguments("Linux", False, True)[0][-1]
    'https://download.pytorch.org/whl/cpu'
    >>> torch_arguments("Darwin", False, True)
    (['torch==2.13.0'], 'torch')
    """
    if system != "Linux":
        return [TORCH], "torch"
    if gpu:
        return [TORCH], "torch with CUDA for the GPU that is here, some gigabytes"
    if reachable:
        return [TORCH, "--index-url", CPU_INDEX], "torch without CUDA, about 200 MB, since there is no GPU"
    return [TORCH], f"torch as your index has it, since {CPU_INDEX} cannot be reached"


def has_gpu() -> bool:
    """Whether there is a GPU of NVIDIA with its driver."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None


def is_reachable(address: str) -> bool:
    try:
        urllib.request.urlopen(address, timeout=8).close()
    except OSError:
        return False
    return True


def run(command: list[str], what: str) -> float:
    """Run a command and say what it does, that it goes on, and how long it took. Ends the program where it fails."""
    print(f"{what} ...", flush=True)
    start = said = time.monotonic()
    process = subprocess.Popen(command)
    while process.poll() is None:
        time.sleep(0.2)
        if time.monotonic() - said > EVERY:
            said = time.monotonic()
            print(f"  still at it, {said - start:.0f} s", flush=True)
    seconds = time.monotonic() - start
    if process.returncode:
        sys.exit(f"{what}: failed after {seconds:.0f} s (the lines above say why)")
    print(f"  done in {seconds:.0f} s", flush=True)
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["torch", "app", "dev"])
    parser.add_argument("--venv", type=Path, required=True)
    parser.add_argument("--torch", default="", help="what pip is told of torch, for another one")
    args = parser.parse_args()
    total = args.venv / ".seconds"
    python = str(args.venv / ("Scripts" if os.name == "nt" else "bin") / "python")
    # Of the thousands of modules that come along a fraction is ever imported; that is compiled when it is.
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    if args.step == "torch":
        if not OLDEST <= sys.version_info[:2] <= NEWEST:
            sys.exit(
                f"Python {platform.python_version()} is not one of 3.10 to 3.13; name another: make PYTHON=python3.12"
            )
        seconds = run([sys.executable, "-m", "venv", str(args.venv)], f"1/3 an environment in {args.venv}")
        reachable = bool(args.torch) or has_gpu() or is_reachable(CPU_INDEX + "/torch/")
        told, why = torch_arguments(platform.system(), has_gpu(), reachable)
        told, why = (args.torch.split(), args.torch) if args.torch else (told, why)
        seconds += run([*pip, *told], f"2/3 {why}")
    elif args.step == "app":
        seconds = run([*pip, "-e", "."], "3/3 the app and what it needs, about 300 MB")
    else:
        seconds = run([*pip, "-e", ".[dev]"], "tools for tests")
    seconds += float(total.read_text()) if total.exists() else 0.0
    total.write_text(f"{seconds:.1f}")
    if args.step == "app":
        port = os.environ.get("GRADIO_SERVER_PORT", "7860")
        print(
            f"Installed in {seconds:.0f} s. The app opens at http://127.0.0.1:{port} when it has started.", flush=True
        )


if __name__ == "__main__":
    main()
