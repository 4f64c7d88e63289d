"""All speeds in one run: every row as a ratio or a time, memory, and curves of what costs how much.

python -m tests.benchmarks.table --json assets/benchmarks.json --curves assets/benchmarks.svg --readme README.md
python -m tests.benchmarks.table --small     # a try of the program, whose figures say nothing
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from hwr.evaluation.evaluate import commit
from hwr.recognizer.checkpoint import markdown_table
from hwr.training.outcome.publish import write_between
from tests.benchmarks import app, language, load, objectives, run
from tests.benchmarks.__main__ import alignment, canvas_of, reading
from tests.benchmarks.curves import Curve, draw_curves, measure_curves

MARKS = ("<!-- benchmarks -->", "<!-- /benchmarks -->")
THREADS = 2


@dataclass(frozen=True)
class Row:
    """One line of the table. unit: x (against is so many times slower), % (of against), s, MB, nats or errors.

    wanted: what the program is meant to reach, None for nothing; more: whether a larger value is better.
    """

    what: str
    against: str
    value: float
    unit: str
    wanted: float | None = None
    more: bool = False

    @property
    def holds(self) -> bool | None:
        """Whether the value is what is wanted; None where nothing is."""
        if self.wanted is None:
            return None
        return self.value >= self.wanted if self.more else self.value <= self.wanted


@dataclass(frozen=True)
class Setting:
    """How much is measured."""

    lines: int = 64
    language_lines: int = 16
    rounds: int = 3
    step_rounds: int = 4
    step_batches: int = 3
    uploads: int = 10
    users: int = 8
    browser: bool = True


SMALL = Setting(lines=4, language_lines=2, rounds=1, step_rounds=1, step_batches=1, uploads=1, users=2)


def rows(setting: Setting) -> Iterator[Row]:
    """Every row, as it is measured."""
    for what, against, ratio, wanted in (
        reading(setting.lines, setting.rounds),
        alignment(setting.lines, setting.rounds),
    ):
        yield Row(what, against, ratio, "x", wanted, more=True)
    yield from language_rows(setting)
    yield from training_rows(setting)
    yield from memory_rows(setting)
    if setting.browser:
        yield from page_rows(setting)


def language_rows(setting: Setting) -> Iterator[Row]:
    made = language.listed(setting.language_lines)
    times = language.scoring(made, setting.rounds)
    for name in list(times)[1:]:
        what = f"LM scores of {language.N_BEST}-best lists, {name}"
        yield Row(what, "one padded batch a list", times["padded"] / times[name], "x", 3.0, more=True)
    yield Row("the same scores, largest difference", "", language.largest_difference(made), "nats", 1e-4)
    times = language.searching(made, setting.rounds)
    share = 100 * times["width 16"] / times["forward"]
    yield Row("n-best beam, width 16", "the forward pass of the same lines", share, "%", 25.0)


def training_rows(setting: Setting) -> Iterator[Row]:
    times = objectives.training_steps("default", setting.step_rounds, setting.step_batches)
    wall = {name: seconds for name, (seconds, _) in times.items()}
    share = wall["qformer + KD"] / wall["CTC alone"]
    yield Row("training step, qformer + KD on 1/8 of the batch", "the CTC-only step", 100 * share, "%", 130.0)


def memory_rows(setting: Setting) -> Iterator[Row]:
    """Peak memory, each in a process of its own, over what a process holds that does nothing of it."""
    least, full, ours = map(objectives.peak, (objectives.inputs_alone, objectives.naive, objectives.chunked))
    what = f"KD loss, B {objectives.BATCH}, n {objectives.TOKENS}, V {objectives.VOCABULARY}, extra peak memory"
    yield Row(what, "all logits of both", 100 * (ours - least) / (full - least), "%", 25.0)
    least, *others = [objectives.peak(partial(read_once, setting.lines, way)) for way in ("nothing", "ours", "plain")]
    for name, value in zip(("own widths", "padded to 1024, batch 16"), others, strict=True):
        yield Row(f"reading {setting.lines} lines, {name}, extra peak memory", "", value - least, "MB")


def read_once(lines: int, way: str) -> None:
    """Read them once, to be looked at from outside."""
    made = canvas_of(lines)
    ways: dict[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "ours": made.ours,
        "plain": lambda: made.plain(16),
    }
    ways[way]()


def page_rows(setting: Setting) -> Iterator[Row]:
    seen = app.visits(setting.uploads)
    yield Row("page opened -> first reading painted, median", "", statistics.median(seen.opened), "s", 2.5)
    yield Row("upload -> text with alignment, warm, p50", "", statistics.median(seen.read), "s", 1.0)
    with tempfile.TemporaryDirectory() as directory:
        lines = load.draw_lines(Path(directory), setting.users)
        server, address, _ = app.start_server(Path(directory) / "data")
        try:
            load.ask(address, *lines[0], 1, load.Asked([]), threading.Barrier(1))  # loads the model
            found = load.measure(address, lines, load.CALLS)
        finally:
            server.terminate()
            server.wait(20)
    wrong = sum(asked.wrong + asked.failed for asked in found)
    yield Row(f"{setting.users} users at once: wrong or missing answers", "", wrong, "errors", 0)
    seconds = [s for asked in found for s in asked.seconds]
    yield Row(f"{setting.users} users at once: a reading, p50", "", statistics.median(seconds or [0.0]), "s")


def shown(value: float, unit: str) -> str:
    """
    >>> shown(2.345, "x"), shown(24.6, "%"), shown(3e-06, "nats"), shown(0.512, "s"), shown(0, "errors")
    ('2.3 x', '25 %', '3e-06 nats', '0.51 s', '0')
    """
    forms = {"x": f"{value:.1f} x", "%": f"{value:.0f} %", "nats": f"{value:.0e} nats", "errors": f"{value:.0f}"}
    return forms.get(unit) or (f"{value:.2f} s" if unit == "s" else f"{value:.0f} {unit}")


def table(measured: list[Row]) -> str:
    """The table in Markdown; what falls short of what is wanted is marked."""
    marks = {True: "", False: " **(short)**", None: ""}
    lines = []
    for row in measured:
        sign = "at least" if row.more else "at most"
        wanted = "" if row.wanted is None else f"{sign} {shown(row.wanted, row.unit)}"
        value = f"{shown(row.value, row.unit)}{marks[row.holds]}"
        lines.append({"what": row.what, "against": row.against, "measured": value, "wanted": wanted})
    return markdown_table(lines)


def machine() -> str:
    """What the figures were taken on."""
    from hwr.training.run.device import hardware

    return f"{hardware().name}, {THREADS} threads; Python {platform.python_version()}, torch {torch.__version__}"


def written(measured: list[Row], curves: list[Curve], where: str) -> dict[str, Any]:
    """Everything, ready for JSON."""
    return {
        "machine": where,
        "commit": commit() or "unknown",
        "rows": [asdict(row) | {"holds": row.holds} for row in measured],
        "curves": [asdict(curve) for curve in curves],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--curves", type=Path, metavar="FILE.svg", help="draw the curves")
    parser.add_argument("--readme", type=Path, metavar="FILE", help="put the table between its marks")
    parser.add_argument("--small", action="store_true", help="a try with little of everything")
    parser.add_argument("--no-browser", action="store_true", help="leave out the rows of the page")
    args = parser.parse_args()
    torch.set_num_threads(THREADS)
    os.environ["OMP_NUM_THREADS"] = str(THREADS)
    base = SMALL if args.small else Setting()
    setting = Setting(**{**asdict(base), "browser": base.browser and not args.no_browser})
    measured = []
    for row in rows(setting):
        measured.append(row)
        print(f"{row.what}: {shown(row.value, row.unit)}{'' if row.holds is not False else ' (short)'}", flush=True)
    curves = measure_curves(small=args.small)
    where = machine()
    if args.json:
        text = json.dumps(written(measured, curves, where), indent=1, ensure_ascii=False)
        args.json.write_text(text + "\n", encoding="utf-8")
    if args.curves:
        args.curves.write_text(draw_curves(curves), encoding="utf-8")
    if args.readme:
        picture = (
            f"\n\n![Cost against line length, batch, beam width and data-set size]({args.curves})"
            if args.curves
            else ""
        )
        write_between(args.readme, f"{where}.\n\n{table(measured)}{picture}", MARKS)
    return 0


if __name__ == "__main__":
    run(main)
