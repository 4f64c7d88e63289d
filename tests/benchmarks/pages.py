"""How well pages are cut into lines: `python -m tests.benchmarks.pages --lines ZIP ...`, `--alone DATA ...`.

Lines of real hands (imagefolder data sets of cut-out lines, one hand a page) are laid on pages whose boxes are then known
(`tests.images.composed_pages`). The same seed makes the same pages. `--alone`: images that are one line each, and all their
reader is told is to find the lines.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np

from hwr.data.dataset import read_imagefolder
from hwr.errors import InputError
from hwr.evaluation.error_rates import line_errors
from hwr.evaluation.evaluate import evaluate
from hwr.images.ink import ink_map
from hwr.images.page import find_lines
from hwr.reader import Reader
from hwr.reading import Reading
from hwr.recognizer.charset import normalize_text
from hwr.recognizer.checkpoint import markdown_table
from hwr.training.outcome.publish import write_between
from tests.benchmarks import run
from tests.images.composed_pages import ComposedPage, compose_page, count_lines, coverage_of

MARKS = ("<!-- pages -->", "<!-- /pages -->")
ALONE_MARKS = ("<!-- lines-alone -->", "<!-- /lines-alone -->")
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


def row_of(kind: str, results: Sequence[tuple[ComposedPage, list[np.ndarray]]]) -> dict[str, str]:
    """What was counted on the pages of one kind."""
    counted = count_lines(results)
    return {
        "pages": f"{kind} ({len(results)})",
        "lines": str(counted.lines),
        "found": f"{counted.found:.1%}",
        "cut": f"{counted.cut:.1%}",
        "merged": f"{counted.merged:.1%}",
        "too many": str(counted.extra),
        "in order": f"{counted.ordered:.1%}",
        "median IoU": f"{counted.median_iou:.3f}",
    }


def measure(
    groups: list[list], count: int, seed: int, worst: Path | None
) -> tuple[dict[str, list[tuple[ComposedPage, list[np.ndarray]]]], list[float]]:
    """The pages of each kind with what was found on them, and the seconds that each took."""
    rng, seconds = np.random.default_rng(seed), []
    results: dict[str, list[tuple[ComposedPage, list[np.ndarray]]]] = defaultdict(list)
    while len(seconds) < count:
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
        if worst and (counted.found < 1 or counted.cut or counted.extra):
            draw(worst / f"{len(seconds):03d}-{counted.found:.2f}.png", page, found)
    return results, seconds


def alone_row(reader: Reader, data: Path, split: str) -> dict[str, str]:
    """Images of one line each: how many are found and read as one, and their CER as they are and when that is told."""
    counts: Counter[str] = Counter()
    records = read_imagefolder(data, split).records
    for record in records:
        grey, text = record.grey(), normalize_text(record.text)
        with suppress(InputError):
            counts["found"] += len(find_lines(grey)) == 1
        read: list[Reading] = []
        with suppress(InputError):
            read = reader.read(grey, turn=0).lines
        counts["read"] += len(read) == 1
        counts["errors"] += line_errors(text, " ".join(line.text for line in read)).character_errors
        counts["characters"] += len(text)
    return {
        "images of one line": f"{data.resolve().parent.name}/{data.name} ({len(records)})",
        "found as one": f"{counts['found'] / len(records):.1%}",
        "read as one": f"{counts['read'] / len(records):.1%}",
        "CER": f"{counts['errors'] / counts['characters']:.1%}",
        "CER, told that it is one": f"{evaluate(reader, data, split).cer.value:.1%}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--lines", nargs="+", type=Path, metavar="ZIP")
    kind.add_argument("--alone", nargs="+", type=Path, metavar="DATA")
    parser.add_argument("--split", default="val", help="of --alone")
    parser.add_argument("--pages", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--worst", type=Path, metavar="DIR", help="draw the pages with lines that were missed")
    parser.add_argument("--readme", type=Path, metavar="FILE", help="put the table between its marks")
    args = parser.parse_args()
    if args.alone:
        reader = Reader.from_pretrained()
        table = markdown_table([alone_row(reader, data, args.split) for data in args.alone])
        print(table)
    else:
        table = composed_table(args)
    if args.readme:
        write_between(args.readme, table, ALONE_MARKS if args.alone else MARKS)


def composed_table(args: argparse.Namespace) -> str:
    groups = hands(args.lines)
    if not groups:
        raise InputError(f"No hand of these data sets has {LEAST_LINES} lines; name larger ones with --lines.")
    results, seconds = measure(groups, args.pages, args.seed, args.worst)
    table = markdown_table([row_of(kind, results[kind]) for kind in sorted(results, key=lambda k: (k != "all", k))])
    print(f"{table}\nseconds a page: median {np.median(seconds):.2f}, slowest {max(seconds):.2f}")
    return table


def draw(path: Path, page: ComposedPage, found: list[np.ndarray]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = cv2.cvtColor(page.grey, cv2.COLOR_GRAY2BGR)
    corners = [page.raised(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])) for x0, y0, x1, y1 in page.boxes]
    for outlines, colour in ((corners, (0, 160, 0)), (found, (0, 0, 255))):
        cv2.polylines(image, [outline.round().astype(np.int32) for outline in outlines], True, colour, 2)
    cv2.imwrite(str(path), image)


if __name__ == "__main__":
    run(main)
