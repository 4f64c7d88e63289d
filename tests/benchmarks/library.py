"""A collection of 10,000 lines: `python -m tests.benchmarks.library [--lines N]`; medians and worst of 30 calls."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hwr.data.annotations import PageImage
from hwr.data.library import Library
from hwr.data.library_rows import NewLine
from hwr.ui.annotate.view import cards, library_view, loop_view
from tests.benchmarks import run

WORDS = ["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dogs", "Émile", "arrive", "demain", "soir"]
LINES_A_PAGE = 30


def measured(name: str, call: Callable[[int], object], times: int = 30) -> None:
    seconds = []
    for turn in range(times):
        start = time.perf_counter()
        call(turn)
        seconds.append(time.perf_counter() - start)
    print(f"{name:34} median {1000 * float(np.median(seconds)):7.1f} ms   worst {1000 * max(seconds):7.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=10_000)
    lines = parser.parse_args().lines
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (32, 200), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder) / "annotations.sqlite")
        collection = library.create("all")
        for page in range(-(-lines // LINES_A_PAGE)):
            found = []
            for row in range(LINES_A_PAGE):
                quad = np.array([[0.0, row * 40], [200, row * 40], [200, row * 40 + 32], [0, row * 40 + 32]])
                text = " ".join(rng.choice(WORDS, 8))
                found.append(NewLine(quad, quad, quad[[3, 2]], image, (text, "small", float(rng.random()))))
            library.add_page(collection, PageImage(str(page), f"{page}.png", 200, 1200), b"image", found)

        def accept(turn: int) -> None:
            """Keep a line and fetch the next one with its picture."""
            line, following = library.queue(collection, limit=2)
            library.keep(line.id, line.text + str(turn), who="bench", based_on=line.revision)
            library.line_image(following.id)

        print(f"{lines} lines in {-(-lines // LINES_A_PAGE)} pages")
        measured("keep, and the next line", accept)
        queued = library.order(collection)
        measured("whole queue of the tab", lambda turn: loop_view(library, collection))
        measured("next cards of the tab", lambda turn: cards(library, queued[6 * turn : 6 * turn + 6]))
        measured("tab opened", lambda turn: library_view(library, collection, None))
        measured("search, many found", lambda turn: library.search(WORDS[turn % len(WORDS)], collection))
        measured("search, nothing found", lambda turn: library.search(f"nowhere {turn}", collection))
        measured("list of collections", lambda turn: library.collections())
        measured("pages of the collection", lambda turn: library.pages(collection))


if __name__ == "__main__":
    run(main)
