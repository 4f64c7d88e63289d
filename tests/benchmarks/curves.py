"""What costs how much: seconds against line length, batch, beam width and size of a data set, drawn as SVG."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from markupsafe import escape

from hwr.data.dataset import METADATA, read_imagefolder
from hwr.decoding.beam import beam_search
from hwr.paths import ASSETS
from hwr.reader import Reader
from hwr.recognizer.network import forward_lines
from tests.benchmarks.__main__ import seconds

ROUNDS = 3
WIDTH, HEIGHT, EDGE = 300, 190, 44


@dataclass(frozen=True)
class Curve:
    """y against x, both with what they are."""

    title: str
    x_name: str
    y_name: str
    x: list[float]
    y: list[float]


def measure_curves(small: bool = False) -> list[Curve]:
    reader = Reader.from_pretrained(ASSETS / "default")
    multiple, height = reader.checkpoint.config.width_multiple, reader.checkpoint.config.height
    rng = np.random.default_rng(0)

    def line(width: int) -> np.ndarray:
        return rng.random((height, width // multiple * multiple), dtype=np.float32)

    widths = (256, 512) if small else (256, 512, 1024, 2048, 4096)
    batches = (1, 2) if small else (1, 2, 4, 8, 16, 32)
    beams = (4, 8) if small else (4, 8, 16, 32, 64)
    sizes = (10, 20) if small else (100, 300, 1000, 3000, 10000)
    many = [line(1024) for _ in range(max(batches))]
    log_probs = torch.randn(4, 250, reader.charset.classes, generator=torch.Generator().manual_seed(0)).log_softmax(-1)
    frames = torch.full((4,), 250)
    return [
        curve("One line", "width, px", "ms", widths, lambda n: partial_forward(reader, [line(n)], 1), 1e3),
        curve("Lines of 1024 px together", "batch", "lines / s", batches, lambda n: partial_forward(reader, many, n), len(many), rate=True),
        curve("Beam, 4 lines of 250 frames", "width", "ms", beams, lambda n: lambda: beam_search(log_probs, frames, n, n), 1e3),
        data_curve(sizes),
    ]  # fmt: skip


def partial_forward(reader: Reader, lines: list[np.ndarray], batch: int) -> Callable[[], object]:
    return lambda: forward_lines(reader.network, lines, batch_size=batch)


def curve(
    title: str,
    x_name: str,
    y_name: str,
    xs: Sequence[int],
    make: Callable[[int], Callable[[], object]],
    scale: float,
    rate: bool = False,
) -> Curve:
    """Medians of a call at every x, times `scale`; rate: `scale` over them."""
    taken = seconds({str(x): make(x) for x in xs}, ROUNDS).values()
    ys = [scale / one if rate else scale * one for one in taken]
    return Curve(title, x_name, y_name, list(map(float, xs)), ys)


def data_curve(sizes: Sequence[int]) -> Curve:
    """Opening an imagefolder of so many lines: its list and what lies there, no image."""
    with tempfile.TemporaryDirectory() as directory:
        for size in sizes:
            folder = Path(directory) / str(size)
            folder.mkdir()
            rows = [json.dumps({"file_name": f"{i}.png", "text": "a line"}) for i in range(size)]
            for i in range(size):
                (folder / f"{i}.png").touch()
            (folder / METADATA).write_text("\n".join(rows), encoding="utf-8")
        return curve("Opening a data set", "lines", "ms", sizes, lambda n: lambda: read_imagefolder(Path(directory) / str(n)), 1e3)  # fmt: skip


def draw_curves(curves: Sequence[Curve]) -> str:
    """The curves side by side, both axes logarithmic, as an SVG that reads on light and on dark pages."""
    style = "text{font:12px sans-serif;fill:#69707e}.t{font-weight:600;font-size:13px}"
    panels = "".join(
        f'<g transform="translate({(i % 2) * (WIDTH + 20)},{(i // 2) * (HEIGHT + 20)})">{_panel(one)}</g>'
        for i, one in enumerate(curves)
    )
    size = f"{2 * WIDTH + 20} {-(-len(curves) // 2) * (HEIGHT + 20)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{size.split()[0]}"><style>{style}</style>'
        f"{panels}</svg>\n"
    )


def _panel(one: Curve) -> str:
    left, right, top, bottom = EDGE, WIDTH - 14, 26, HEIGHT - 34
    xs, ys = (_places(values, ends) for values, ends in ((one.x, (left, right)), (one.y, (bottom, top))))
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#4c69b8"/>' for x, y in zip(xs, ys, strict=True))
    under = "".join(
        f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="middle">{value:g}</text>'
        for x, value in zip(xs, one.x, strict=True)
    )
    beside = "".join(
        f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end">{value:.3g}</text>'
        for y, value in {round(ys[0]): one.y[0], round(ys[-1]): one.y[-1]}.items()
    )
    return (
        f'<text class="t" x="{left}" y="14">{escape(one.title)}</text>'
        f'<path d="M{left} {top}V{bottom}H{right}" fill="none" stroke="#a3a5ab"/>'
        f'<polyline points="{points}" fill="none" stroke="#4c69b8" stroke-width="2"/>{dots}{under}{beside}'
        f'<text x="{right}" y="{bottom + 30}" text-anchor="end">{escape(f"{one.y_name} against {one.x_name}")}</text>'
    )


def _places(values: Sequence[float], ends: tuple[float, float]) -> list[float]:
    """Values on a logarithmic axis from one end to the other.

    >>> _places([1, 10, 100], (0, 50))
    [0.0, 25.0, 50.0]
    """
    logs = np.log(np.maximum(values, 1e-9))
    span = float(np.ptp(logs)) or 1.0
    return [float(x) for x in ends[0] + (ends[1] - ends[0]) * (logs - logs.min()) / span]
