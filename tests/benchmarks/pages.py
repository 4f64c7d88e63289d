"""How well pages are cut into lines: `python -m tests.benchmarks.pages --lines ZIP ...`.

Lines of real hands (imagefolder data sets of cut-out lines, one hand a page) are laid on pages whose boxes are then known
(`tests.images.composed_pages`). The same seed makes the same pages.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from hwr.data.dataset import read_imagefolder
from hwr.errors import InputError
from hwr.images.ink import ink_map
from hwr.images.page import find_lines
from tests.benchmarks import run
from tests.images.composed_pages import ComposedPage, Counted, compose_page, count_lines, coverage_of

LEAST_LINES = 8  # of a hand, or a page repeats itself


def hands(paths: list[Path]) -> list[list]:
    """The records of every hand with enough lines, of all data sets."""
    found = []
    for path in paths:
        by_hand = defaultdict(list)
        for record in read_imagefolder(path):
            by_hand[record.page or record.writer].append(record)
        short: list = []
        for records in by_hand.values():
            short += records if len(records) < LEAST_LINES else []
            found += [records] if len(records) >= LEAST_LINES else []
        found += [short[i : i + 24] for i in range(0, len(short) - LEAST_LINES, 24)]
    return found


def coverages(records: list) -> list[np.ndarray]:
    """The ink of lines of one hand; those that no longer have any are left out."""
    inks = [ink_map(record.grey()) for record in records[:40]]
    found = [coverage_of(ink) for ink in inks if ink is not None]
    return [coverage for coverage in found if coverage is not None]


def show(name: str, counted: Counted) -> None:
    print(
        f"{name:28} {counted.lines:5} {counted.found:7.2%} {counted.cut:7.2%} {counted.merged:7.2%} {counted.extra:6}"
        f" {counted.ordered:8.1%} {counted.median_iou:7.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", nargs="+", type=Path, required=True, metavar="ZIP")
    parser.add_argument("--pages", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worst", type=Path, metavar="DIR", help="draw the pages with lines that were missed")
    args = parser.parse_args()
    rng = np.random.default_rng(args.seed)
    groups = hands(args.lines)
    if not groups:
        raise InputError(f"No hand of these data sets has {LEAST_LINES} lines; name larger ones with --lines.")
    results: dict[str, list[tuple[ComposedPage, list[np.ndarray]]]] = defaultdict(list)
    seconds = []
    while len(seconds) < args.pages:
        lines = coverages(groups[int(rng.integers(len(groups)))])
        if len(lines) < LEAST_LINES // 2:
            continue
        page = compose_page(lines, rng)
        start = time.perf_counter()
        try:
            found = [region.outline for region in find_lines(page.grey)]
        except InputError:
            found = []
        seconds.append(time.perf_counter() - start)
        for kind in ("all", *page.kind.split(", ")):
            results[kind].append((page, found))
        counted = count_lines([(page, found)])
        if args.worst and (counted.found < 1 or counted.cut or counted.extra):
            draw(args.worst / f"{len(seconds):03d}-{counted.found:.2f}.png", page, found)
    print(f"{'pages':28} lines IoU>=.7     cut  merged  extra in order  median IoU")
    for kind in sorted(results, key=lambda kind: (kind != "all", kind)):
        show(f"{kind} ({len(results[kind])})", count_lines(results[kind]))
    print(f"seconds a page: median {np.median(seconds):.2f}, slowest {max(seconds):.2f}")


def draw(path: Path, page: ComposedPage, found: list[np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = cv2.cvtColor(page.grey, cv2.COLOR_GRAY2BGR)
    corners = [page.raised(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])) for x0, y0, x1, y1 in page.boxes]
    for outlines, colour in ((corners, (0, 160, 0)), (found, (0, 0, 255))):
        cv2.polylines(image, [outline.round().astype(np.int32) for outline in outlines], True, colour, 2)
    cv2.imwrite(str(path), image)


if __name__ == "__main__":
    run(main)
