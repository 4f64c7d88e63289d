"""How long looking inside takes: `python -m tests.benchmarks.inspection`. Seconds, and the processor's seconds beside them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import torch

from hwr.images.line import NetworkLine
from hwr.images.load import load_image
from hwr.inspection.effective_field import effective_field, spot
from hwr.inspection.gates import gate_traces
from hwr.inspection.receptive_field import receptive_field
from hwr.inspection.separability import separability
from hwr.paths import ASSETS
from hwr.reader import Reader
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import Checkpoint
from hwr.recognizer.config import preset
from hwr.recognizer.network import Recognizer
from tests.benchmarks import run

IMAGE = ASSETS / "examples" / "clean.png"
ROUNDS = 5


def untrained(name: str) -> Reader:
    """A reader of that preset with random weights: as slow as a trained one."""
    torch.manual_seed(0)
    charset = Charset.from_texts(["abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.,"])
    return Reader(Checkpoint(Recognizer(preset(name), charset.classes).eval(), charset, name=name), device="cpu")


def seconds(function: Callable[[], object]) -> tuple[float, float]:
    """Least wall-clock and processor seconds of a call, after one that warms the kernels: others may be at work here."""
    function()
    wall, processor = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter(), time.process_time()
        function()
        wall.append(time.perf_counter() - start[0])
        processor.append(time.process_time() - start[1])
    return min(wall), min(processor)


def main() -> None:
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, line {IMAGE.name}, least of {ROUNDS}")
    print(f"{os.getloadavg()[0]:.1f} processes on {os.cpu_count()} processors in the minute before\n")
    print(f"{'what':<58} {'seconds':>8} {'CPU':>7}  wanted")
    upload = load_image(str(IMAGE))
    for reader, field_limit, gates_limit in (
        (Reader.from_pretrained(device="cpu"), 0.5, 0.3),
        (untrained("retsinas2022"), 3.0, 3.0),
    ):
        line = reader.read(upload, lines="single").lines[0]
        where, name = spot(line), f"{reader.checkpoint.config.preset}, {line.geometry.frames} frames"
        layers = [f"lstm{n + 1}" for n in range(len(reader.network.lstm))]
        cases: list[tuple[str, Callable[[], object], float | None]] = [
            ("table of layers", lambda reader=reader: receptive_field(reader.network), None),
            *(
                (
                    f"effective field of one character, {layer}",
                    lambda reader=reader, line=line, where=where, layer=layer: effective_field(
                        reader, line, where, layer
                    ),
                    field_limit,
                )
                for layer in ("logits", "columns", layers[-1])
            ),
            *(
                (
                    f"gates of a line, {layers[-1]} {direction}",
                    lambda reader=reader, line=line, layer=layers[-1], d=direction: gate_traces(reader, line, layer, d),
                    gates_limit,
                )
                for direction in ("forward", "backward")
            ),
        ]
        for what, function, limit in cases:
            wall, processor = seconds(function)
            wanted = f"<= {limit}" if limit else ""
            print(f"{name + ': ' + what:<58} {wall:8.3f} {processor:7.3f}  {wanted}", flush=True)
    reader = Reader.from_pretrained(device="cpu")
    page = reader.read(str(ASSETS / "examples" / "page.png"))
    lines = [NetworkLine(line.pixels, line.geometry) for line in page.lines]
    wall, processor = seconds(lambda: separability(reader, lines))
    print(f"{f'small: separability of {len(lines)} lines, all layers':<58} {wall:8.3f} {processor:7.3f}")


if __name__ == "__main__":
    run(main)
