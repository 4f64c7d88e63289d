"""Many readers at once, each of whom must get the line that they sent.

python -m tests.benchmarks.load [8 32 64] [--calls 3]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradio_client import Client, handle_file
from PIL import Image

from hwr.data.fonts import draw_text, load_faces
from hwr.paths import ASSETS
from hwr.reader import Reader
from tests.benchmarks import run
from tests.benchmarks.app import start_server

CLIENTS = (8, 32, 64)
CALLS = 3  # of each client
PATIENCE = 120  # seconds that a client waits for any part of an answer
WORDS = ["river", "bridge", "garden", "window", "coffee", "morning", "letter", "winter"]


@dataclass
class Asked:
    """What one client got. seconds: of each reading; wrong: answers that were not its own line; failed: no answer."""

    seconds: list[float]
    wrong: int = 0
    failed: int = 0


def draw_lines(directory: Path, count: int) -> list[tuple[Path, str]]:
    """(image, what the program reads on it alone, which it reads on no other)."""
    face, reader, lines = load_faces(ASSETS / "fonts")[0], Reader.from_pretrained(), []
    for i in range(count):
        said = f"{WORDS[i % 8]} {WORDS[i // 8 % 8]}"
        _, coverage = draw_text(f"{said} and the old tree", face, 60)
        image = Image.fromarray((255 * (1 - 0.9 * coverage)).astype("uint8"))
        sheet = Image.new("L", (image.width + 60, image.height + 60), 255)
        sheet.paste(image, (30, 30))
        sheet.save(directory / f"{i}.png")
        lines.append((directory / f"{i}.png", reader.read(directory / f"{i}.png").text))
    assert len({text for _, text in lines}) == count
    return lines


def ask(address: str, image: Path, expected: str, calls: int, found: Asked, go: threading.Barrier) -> None:
    """One client: `calls` readings of its own line, one after the other."""
    client: Any = None
    try:
        client = Client(address, verbose=False, httpx_kwargs={"timeout": PATIENCE})
    except Exception as error:
        found.failed += calls
        print(f"  no connection: {error}")
    go.wait()
    for _ in range(calls if client else 0):
        begin = time.perf_counter()
        try:
            (page,) = client.predict(image=handle_file(str(image)), api_name="/read")
        except Exception as error:
            found.failed += 1
            print(f"  no answer: {error}")
            continue
        found.seconds.append(time.perf_counter() - begin)
        found.wrong += page["text"] != expected


def measure(address: str, lines: list[tuple[Path, str]], calls: int) -> list[Asked]:
    found, go = [Asked([]) for _ in lines], threading.Barrier(len(lines))
    threads = [
        threading.Thread(target=ask, args=(address, image, text, calls, asked, go))
        for (image, text), asked in zip(lines, found, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clients", nargs="*", type=int, default=CLIENTS)
    parser.add_argument("--calls", type=int, default=CALLS, help="of each client (%(default)s)")
    args = parser.parse_args()
    counts = args.clients
    bad = 0
    with tempfile.TemporaryDirectory() as directory:
        lines = draw_lines(Path(directory), max(counts))
        server, address, _ = start_server(Path(directory) / "data")
        try:
            ask(address, *lines[0], 1, Asked([]), threading.Barrier(1))  # loads the model
            for count in counts:
                found = measure(address, lines[:count], args.calls)
                seconds = sorted(s for asked in found for s in asked.seconds)
                wrong, failed = sum(asked.wrong for asked in found), sum(asked.failed for asked in found)
                bad += wrong + failed
                print(
                    f"{count:3} clients: p50 {statistics.median(seconds):5.2f} s, slowest {seconds[-1]:5.2f} s, "
                    f"{len(seconds)} answers, {wrong} of another line, {failed} without an answer"
                )
        finally:
            server.terminate()
            server.wait(20)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    run(main)
