"""Everything about a GPU in one run: its tests, reading, a fine-tuning as the tab starts it, bfloat16 against float32,
and, with what time is left, the shipped weights trained on:

    python -m tests.benchmarks.gpu --config PACK --seconds 540 --out DIR

PACK: a packed supply (`python -m hwr pack`). DIR takes the table (gpu.md), curves (gpu.json) and the best checkpoint.
`--parts` picks some; one that fails is reported, and the others go on. Without a GPU it says so and ends.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from hwr.data.dataset import write_imagefolder
from hwr.data.supply import Mixture, synthesize
from hwr.data.synthesis import FontSource
from hwr.paths import ASSETS
from hwr.reader import Reader
from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint
from hwr.recognizer.network import forward_lines
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.learn.learner import ctc_loss
from hwr.training.learn.loop import train
from hwr.training.learn.precision import autocast
from hwr.training.lines.batches import Batch
from hwr.training.lines.pack import CONFIG, check_pack
from hwr.training.lines.sets import build_network
from hwr.training.run import launch
from hwr.training.run.directory import RunDirectory, Status
from tests.benchmarks import run

PARTS = ("tests", "reading", "fine_tuning", "steps", "float32", "bfloat16", "training")
CURVE_STEPS = 150
STEP_WIDTH, STEP_CHARACTERS = 704, 45  # of the lines that steps are timed with
STEP_BATCHES = (64, 128, 256)
READ = 256  # lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, required=True, metavar="PACK")
    parser.add_argument("--seconds", type=float, default=540.0, help="for everything together")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=1.5e-3)
    parser.add_argument("--reuse", type=int, default=2)
    parser.add_argument(
        "--spare", type=float, default=45.0, help="seconds for validation and for writing, of the training"
    )
    parser.add_argument("--on-cpu", action="store_true", help="try the script out, where there is no GPU")
    args = parser.parse_args()
    if not torch.cuda.is_available() and not args.on_cpu:
        print("There is no GPU here, so there is nothing to measure.")
        return 0
    begin = time.monotonic()
    check_pack(args.config)
    args.out.mkdir(parents=True, exist_ok=True)
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else "none: tried out on a CPU"
    report: dict[str, Any] = {"card": card, "torch": torch.__version__, "cores": os.cpu_count()}
    shape = {"workers": -1, "batch_size": args.batch_size, "learning_rate": args.learning_rate, "reuse": args.reuse}
    config = replace(TrainConfig.load(args.config / CONFIG), **shape)
    with tempfile.TemporaryDirectory() as directory:
        scratch = Path(directory)
        work: dict[str, Callable[[], Any]] = {
            "tests": run_tests,
            "reading": reading,
            "fine_tuning": lambda: fine_tuning(scratch),
            "steps": lambda: steps(config, args.out),
            "float32": lambda: curve(scratch, config, "float32"),
            "bfloat16": lambda: curve(scratch, config, "bfloat16"),
            "training": lambda: training(
                scratch, config, args.seconds - args.spare - (time.monotonic() - begin), args.out
            ),
        }
        for part in args.parts:
            try:
                report[part] = work[part]()
            except Exception:  # the others are worth having
                report[part] = {"failed": traceback.format_exc()}
            shown = {k: v for k, v in report[part].items() if not isinstance(v, list)}
            print(f"{time.monotonic() - begin:.0f} s {part}: {json.dumps(shown, indent=1)}", flush=True)
            (args.out / "gpu.json").write_text(json.dumps(report, indent=1))
            (args.out / "gpu.md").write_text(table(report))
    return 0


def run_tests() -> dict[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/training/learn/test_gpu.py"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = done.stdout.strip().splitlines()
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR", "E  "))]
    return {"result": "; ".join([*failed[:20], lines[-1] if lines else done.stderr.strip()[-300:]])}


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


def steps(config: TrainConfig, out: Path) -> dict[str, float]:
    """Lines a second of training steps alone, their lines ready, by batch size; `profile-*.txt` say where the time goes."""
    network = build_network(config, Mixture([]))[0].to(devices()).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-5)
    found, repeats = {}, 20 if devices() == "cuda" else 1
    for size in STEP_BATCHES if devices() == "cuda" else (2,):
        images = torch.rand(size, network.config.height, STEP_WIDTH)
        widths = torch.full((size,), STEP_WIDTH) - 64 * (torch.arange(size) % 2)
        labels, lengths = (
            torch.randint(1, network.classes, (size * STEP_CHARACTERS,)),
            torch.full((size,), STEP_CHARACTERS),
        )
        batch = Batch(images, widths, labels, lengths, [""] * size)

        def step(batch: Batch = batch) -> None:
            with autocast("bfloat16", torch.device(devices())):
                output = network(batch.images.to(devices()), batch.widths)
            loss = ctc_loss(output.logits, output, batch) + 0.1 * ctc_loss(output.shortcut_logits, output, batch)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

        seconds = []
        for _ in range(2):
            wait()
            start = time.perf_counter()
            for _ in range(repeats):
                step()
            wait()
            seconds.append((time.perf_counter() - start) / repeats)
        found[f"lines_per_second_in_batches_of_{size}"] = size / min(seconds)
        with torch.profiler.profile() as profile:
            step()
            wait()
        key = "self_cuda_time_total" if devices() == "cuda" else "self_cpu_time_total"
        (out / f"profile-{size}.txt").write_text(profile.key_averages().table(sort_by=key, row_limit=40))
    return found


def curve(scratch: Path, config: TrainConfig, precision: str) -> dict[str, Any]:
    """The same steps in one precision: losses and speed."""
    count = {"steps": CURVE_STEPS if devices() == "cuda" else 2, "log_every": 1, "validate_every": 10**6}
    run = RunDirectory.create(
        scratch / precision, replace(config, **count, precision=precision, checkpoint_every=10**6)
    )
    train(run)
    rows = [row for row in run.rows("metrics") if "loss" in row]
    late = rows[len(rows) // 2 :]
    seconds = rows[-1]["seconds"] - late[0]["seconds"] if len(late) > 1 else float("nan")
    return {
        "losses": [round(row["loss"], 4) for row in rows],
        "last_losses": float(np.mean([row["loss"] for row in rows[-20:]])),
        "seconds_until_the_first_step": rows[0]["seconds"],
        "seconds_a_step": seconds / max(1, len(late) - 1),
        "pixels_per_second": float(np.median([row["pixels_per_second"] for row in late])),
        "lines_per_second": float(np.median([row["lines_per_second"] for row in late])),
        "memory": max(row["memory"] for row in rows),
    }


def training(scratch: Path, config: TrainConfig, seconds: float, out: Path) -> dict[str, Any]:
    """The shipped weights trained on; the best so far is written to `out` whenever it is beaten."""
    pace = {"steps": 10**6, "seconds": seconds, "log_every": 20, "validate_every": 1500, "checkpoint_every": 10**6}
    run = RunDirectory.create(scratch / "default", replace(config, **pace))
    kept = [0]

    def progress(status: Status, row: dict[str, float]) -> None:
        if status.step % 200 == 0:
            print(f"step {status.step} at {status.seconds_trained:.0f} s: loss {row['loss']:.3f}", end=" ")
            print(f"{row['lines_per_second']:.0f} lines/s, best {status.best_cer} at {status.best_step}", flush=True)
        if status.best_step and status.best_step != kept[0]:
            keep()
            kept[0] = status.best_step

    def keep() -> None:
        save_checkpoint(load_checkpoint(run.checkpoints / "best"), out / "best", half=True)
        shutil.copy(run.path / "metrics.jsonl", out)

    status = train(run, progress)
    keep()
    validated = [row for row in run.rows("metrics") if "val_cer" in row]
    return {"steps": status.step, "best_cer": status.best_cer, "best_step": status.best_step, "validated": validated}


def wait() -> None:
    if devices() == "cuda":
        torch.cuda.synchronize()


def devices() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


def table(report: dict[str, Any]) -> str:
    """The figures as Markdown."""
    rows = [(name, str(report[name])) for name in ("card", "torch", "cores")]
    for name in PARTS:
        for key, value in report.get(name, {}).items():
            if not isinstance(value, list):
                rows.append((f"{name}: {key}", f"{value:.4g}" if isinstance(value, float) else str(value)))
    return "| what | seen |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in rows)


if __name__ == "__main__":
    run(main)
