"""Everything about a GPU in one run: its tests, reading, a fine-tuning as the tab starts it, bfloat16 against float32,
and, with what time is left, the shipped weights trained on:

    python -m tests.benchmarks.gpu --config PACK --seconds 540 --out DIR

PACK: a packed supply (`python -m hwr pack`). DIR takes the table (gpu.md), curves (gpu.json) and the best checkpoint.
Without a GPU it says so and ends.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hwr.data.dataset import write_imagefolder
from hwr.data.supply import synthesize
from hwr.data.synthesis import FontSource
from hwr.paths import ASSETS
from hwr.reader import Reader
from hwr.recognizer.network import forward_lines
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.learn.loop import train
from hwr.training.lines.pack import CONFIG, check_pack
from hwr.training.run import launch
from hwr.training.run.directory import RunDirectory

CURVE_STEPS = 150
SPARE_SECONDS = 25  # to write the last checkpoint
READ = 256  # lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True, metavar="PACK")
    parser.add_argument("--seconds", type=float, default=540.0, help="for everything together")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=1.5e-3)
    parser.add_argument("--reuse", type=int, default=2)
    parser.add_argument("--on-cpu", action="store_true", help="try the script out, where there is no GPU")
    args = parser.parse_args()
    if not torch.cuda.is_available() and not args.on_cpu:
        print("There is no GPU here, so there is nothing to measure.")
        return 0
    begin = time.monotonic()
    check_pack(args.config)
    args.out.mkdir(parents=True, exist_ok=True)
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else "none: tried out on a CPU"
    report: dict[str, Any] = {"card": card, "torch": torch.__version__}

    def keep(name: str, value: Any) -> None:
        report[name] = value
        print(name, value if not isinstance(value, dict) else json.dumps(value)[:300], flush=True)
        (args.out / "gpu.json").write_text(json.dumps(report, indent=1))
        (args.out / "gpu.md").write_text(table(report))

    keep("tests", run_tests())
    config = TrainConfig.load(args.config / CONFIG)
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        keep("reading", reading())
        keep("fine_tuning", fine_tuning(scratch))
        shape = {"workers": -1, "batch_size": args.batch_size, "learning_rate": args.learning_rate, "reuse": args.reuse}
        for precision in ("float32", "bfloat16"):
            steps = {"steps": CURVE_STEPS if torch.cuda.is_available() else 2, "log_every": 1, "validate_every": 10**6}
            short = replace(config, **shape, **steps, precision=precision, checkpoint_every=10**6)
            keep(precision, curve(RunDirectory.create(scratch / precision, short)))
        left = args.seconds - (time.monotonic() - begin) - SPARE_SECONDS
        pace = {"steps": 10**6, "seconds": left, "log_every": 20, "validate_every": 200, "checkpoint_every": 500}
        run = RunDirectory.create(scratch / "default", replace(config, **shape, **pace))
        status = train(run, lambda status, row: show(status, row))
        keep("training", {"steps": status.step, "best_cer": status.best_cer, "rows": run.rows("metrics")})
        shutil.copytree(run.checkpoints / "best", args.out / "best", dirs_exist_ok=True)
    return 0


def run_tests() -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/training/learn/test_gpu.py"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = done.stdout.strip().splitlines()
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR", "E  "))]
    return "; ".join([*failed[:20], lines[-1] if lines else done.stderr.strip()[-300:]])


def reading() -> dict[str, float]:
    """Lines a second of the shipped recogniser on this device, and how far its logits are from those of a CPU."""
    readers = {device: Reader.from_pretrained(device=device) for device in {"cpu", devices()}}
    lines = [
        readers["cpu"].prepare(sample.grey).pixels
        for sample in synthesize(FontSource(ASSETS / "fonts", None), READ if devices() == "cuda" else 8, seed=1)
    ]
    found, speed = {}, {}
    for device, reader in readers.items():
        forward_lines(reader.network, lines[:8])
        start = time.perf_counter()
        found[device] = forward_lines(reader.network, lines, batch_size=32)
        speed[f"lines_per_second_{device}"] = len(lines) / (time.perf_counter() - start)
    pairs = zip(found["cpu"], found[devices()], strict=True)
    return {**speed, "largest_difference": max(float((a - b).abs().max()) for a, b in pairs)}


def fine_tuning(scratch: Path) -> dict[str, Any]:
    """A run in a process of its own, as the Fine-tune tab starts it."""
    samples = synthesize(FontSource(ASSETS / "fonts", None), 64, seed=2)
    splits = np.where(np.arange(64) < 52, "train", "val").tolist()
    lines = ((s.grey, s.text, {"split": split}) for s, split in zip(samples, splits, strict=True))
    write_imagefolder(scratch / "lines", lines)
    steps = 60 if devices() == "cuda" else 2
    config = TrainConfig(
        data=[DataConfig(str(scratch / "lines"))], init=str(ASSETS / "default"), steps=steps, batch_size=16,
        learning_rate=3e-4, warmup=5, log_every=1, validate_every=steps, checkpoint_every=steps,
    )  # fmt: skip
    start = time.monotonic()
    run = launch.start(config, "gpu")
    while run.status().alive and time.monotonic() - start < 240:
        time.sleep(0.2)
    status = run.status()
    losses = [row["loss"] for row in run.rows("metrics") if "loss" in row]
    seconds = time.monotonic() - start
    run.delete()
    return {
        "state": status.state, "message": status.message, "precision": status.precision, "seconds": seconds,
        "first_loss": losses[0] if losses else None, "last_loss": losses[-1] if losses else None,
    }  # fmt: skip


def curve(run: RunDirectory) -> dict[str, Any]:
    train(run)
    rows = [row for row in run.rows("metrics") if "loss" in row]
    late = rows[len(rows) // 2 :]
    seconds = rows[-1]["seconds"] - late[0]["seconds"] if len(late) > 1 else float("nan")
    pixels = [row["pixels_per_second"] for row in late]
    return {
        "losses": [round(row["loss"], 4) for row in rows],
        "seconds_a_step": seconds / max(1, len(late) - 1),
        "pixels_per_second": float(np.median(pixels)),
        "lines_per_second": float(np.median([row["lines_per_second"] for row in late])),
        "memory": max(row["memory"] for row in rows),
    }


def devices() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def show(status: Any, row: dict[str, float]) -> None:
    if status.step % 200 == 0:
        print(f"step {status.step} loss {row['loss']:.3f} {row['pixels_per_second']:.0f} px/s", flush=True)


def table(report: dict[str, Any]) -> str:
    """The figures as Markdown."""
    rows = [("card", report["card"]), ("torch", report["torch"]), ("tests", report.get("tests", "-"))]
    for name in ("reading", "fine_tuning", "float32", "bfloat16"):
        for key, value in report.get(name, {}).items():
            if not isinstance(value, list):
                rows.append((f"{name}: {key}", f"{value:.4g}" if isinstance(value, float) else str(value)))
    return "| what | seen |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in rows)


if __name__ == "__main__":
    raise SystemExit(main())
