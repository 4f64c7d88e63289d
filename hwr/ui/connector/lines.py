"""Lines as recognisers with connectors read them: measured on demand, or kept beforehand for the examples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from hwr.errors import InputError
from hwr.examples.catalogue import EXAMPLES, file_of
from hwr.examples.packing import pack_page, unpack_page
from hwr.language.config import has_connectors, listed_connectors
from hwr.paths import ASSETS
from hwr.training.run.checkpoints import KnownCheckpoint, known_checkpoints
from hwr.ui.connector.view import Measured, TextFrom
from hwr.ui.line.line_view import line_view

if TYPE_CHECKING:
    from hwr.examples.catalogue import Example
    from hwr.inspection.divergence import Taught
    from hwr.reader import Reader
    from hwr.reading import PageReading, Reading
    from hwr.ui.line.shown import Shown
    from hwr.ui.models.readers import Models

FORMAT = 1
SIDES = ("with", "without")


@dataclass(frozen=True)
class Offered:
    """A connector that can be chosen: its kind and tap, and the checkpoint that it lies beside."""

    checkpoint: KnownCheckpoint
    kind: str
    tap: str

    @property
    def id(self) -> str:
        return f"{self.checkpoint.id}:{self.tap}"

    @property
    def title(self) -> str:
        return f"{self.kind} · {self.tap} · {self.checkpoint.name}"


def offered_connectors() -> list[Offered]:
    """Every connector of every known checkpoint that has some on this computer: HWR_MODEL's first, then the list's order."""
    having = [checkpoint for checkpoint in known_checkpoints() if has_connectors(checkpoint.source)]
    having.sort(key=lambda checkpoint: checkpoint.kind != "environment")
    return [Offered(one, kind, tap) for one in having for kind, tap in listed_connectors(one.source)]


def chosen_connectors(ids: Sequence[str]) -> list[Offered]:
    """The offered connectors of these ids, in the list's order. Raises InputError for one that is not there (any more)."""
    offered = {one.id: one for one in offered_connectors()}
    for id in ids:
        if id not in offered:
            raise InputError("connector.gone", id=id)
    return [one for id, one in offered.items() if id in ids]


class Lines:
    """One line of what is shown, as other checkpoints read it; each reads the image once. truth: what is written."""

    def __init__(self, models: Models, now: Shown, line: int, truth: str | None) -> None:
        self.models, self.now, self.line, self.truth = models, now, line, truth
        self._pages: dict[str, PageReading] = {}

    def page(self, id: str) -> PageReading:
        """Raises InputError where the checkpoint cannot be loaded, or finds other lines than the reading shows."""
        if id not in self._pages:
            reader = self.models.get(self.models.key(id))
            page = reader.read(self.now.source, lines=self.now.how, turn=self.now.turned)
            if len(page.lines) != len(self.now.lines):
                raise InputError(
                    "connector.other_lines", model=reader.name, found=len(page.lines), lines=len(self.now.lines)
                )
            self._pages[id] = page
        return self._pages[id]

    def reading(self, id: str) -> Reading:
        return self.page(id).lines[self.line]

    def view(self, id: str) -> dict[str, Any]:
        return drawn_line(self.page(id), self.line, self.truth)


def drawn_line(page: PageReading, line: int, truth: str | None, precomputed: bool = False) -> dict[str, Any]:
    """`LineView.to_dict()` of a line of a page."""
    reading, lines = page.lines[line], len(page.lines)
    view = line_view(reading, page.rgb, line=line, lines=lines, truth=truth, precomputed=precomputed)
    return view.to_dict()


def taught_by(models: Models, checkpoint: KnownCheckpoint) -> Taught:
    """A known checkpoint with its connectors. Raises InputError, which tells no path."""
    from hwr.inspection.divergence import Taught
    from hwr.language.connector import load_connectors

    reader = cast("Reader", models.get(models.key(checkpoint.id)))  # its network is looked at
    try:
        return Taught(reader, load_connectors(checkpoint.source, reader.checkpoint.network))
    except InputError as error:
        raise error.telling(checkpoint.name, instead_of=checkpoint.source) from None


@dataclass(frozen=True)
class Chosen:
    """Connectors of one checkpoint, by their taps, and its reading of the line that they are measured on."""

    name: str
    taught: Taught
    reading: Reading
    taps: Sequence[str]


@dataclass(frozen=True)
class LineMeasured:
    """The divergence of each connector, and where the text is from; problem: why it is not what is written."""

    rows: list[Measured]
    text_from: TextFrom
    problem: str = ""


def measure(
    chosen: Sequence[Chosen], text: str | None, truth: str | None, truth_from: TextFrom = "truth"
) -> LineMeasured:
    """The divergences of all chosen connectors on one line, all of the same text.

    text: what the visitor typed; None takes what is written (`truth`) where that is known and can be used, else the
    first checkpoint's own reading. truth_from: who says what is written. Raises InputError as `hwr.inspection.divergence.divergences` does.
    """
    if text is not None:
        rows = _rows(chosen, text)
        return LineMeasured(rows, truth_from if rows[0].divergence.text == truth else "typed")
    problem = ""
    if truth is not None:
        try:
            return LineMeasured(_rows(chosen, truth), truth_from)
        except InputError as error:
            problem = error.sentence
    return LineMeasured(_rows(chosen, None), "reading", problem)


def _rows(chosen: Sequence[Chosen], text: str | None) -> list[Measured]:
    from hwr.inspection.divergence import divergences

    rows: list[Measured] = []
    for one in chosen:
        modules = [one.taught.connectors.modules[tap] for tap in one.taps]
        said = rows[0].divergence.text if rows and text is None else text
        found = divergences(
            one.taught.reader, one.taught.connectors, one.taught.language_model(), one.reading, said, only=modules
        )
        rows += [Measured(one.name, divergence, one.reading.geometry) for divergence in found]
    return rows


# --- kept beforehand, so that the first look needs no model


@dataclass(frozen=True)
class Kept:
    """An example as the shipped pair reads it, and the divergences of its lines; posteriors rounded, pixels left out."""

    pages: dict[str, PageReading]  # by side
    lines: list[LineMeasured]


def precompute_divergences(
    taught: Taught,
    alone: Reader,
    out: Path,
    images: Path = ASSETS / "examples",
    examples: Sequence[Example] = EXAMPLES,
) -> list[Path]:
    """Keep in `out` what the Connector tab shows of every example. Returns the files."""
    paths = []
    taps = list(taught.connectors.modules)
    for example in examples:
        pages = {
            side: reader.read(str(images / example.file))
            for side, reader in zip(SIDES, (taught.reader, alone), strict=True)
        }
        for side, page in pages.items():
            paths.append(out / f"{example.name}.{side}.npz")
            light = [replace(line, pixels=np.zeros((1, 1), np.float32)) for line in page.lines]
            paths[-1].write_bytes(pack_page(replace(page, lines=light)))
        lines = pages["with"].lines
        truths = example.lines if len(example.lines) == len(lines) else (None,) * len(lines)
        name = taught.reader.name
        found = [
            measure([Chosen(name, taught, line, taps)], None, truth) for line, truth in zip(lines, truths, strict=True)
        ]
        paths.append(out / f"{example.name}.divergence.json")
        kept = {"format": FORMAT, "model": name, "lines": [_written(line) for line in found]}
        paths[-1].write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    return paths


def _written(line: LineMeasured) -> dict[str, Any]:
    rows = [row.divergence.to_dict() for row in line.rows]
    return {"text_from": line.text_from, "problem": line.problem, "divergences": rows}


def load_kept_pages(name: str, assets: Path = ASSETS) -> dict[str, PageReading]:
    """An example as it is read with and without, by side; empty where a file is missing or of another format."""
    from PIL import Image

    image = assets / "examples" / file_of(name)
    sides = {side: assets / "readings" / f"{name}.{side}.npz" for side in SIDES}
    if not image.is_file() or not all(side.is_file() for side in sides.values()):
        return {}
    with Image.open(image) as picture:
        rgb = np.asarray(picture.convert("RGB"))
    pages = {side: page for side, file in sides.items() if (page := unpack_page(file.read_bytes(), rgb)) is not None}
    return pages if len(pages) == len(SIDES) else {}


def load_kept(name: str, assets: Path = ASSETS) -> Kept | None:
    """What was kept of an example; None where a file is missing, of another format, or not of the lines it speaks of."""
    from hwr.inspection.divergence_report import Divergence

    path = assets / "readings" / f"{name}.divergence.json"
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    pages = load_kept_pages(name, assets) if kept.get("format") == FORMAT else {}
    if not pages or any(len(page.lines) != len(kept["lines"]) for page in pages.values()):
        return None
    lines = [
        LineMeasured(
            [Measured(kept["model"], Divergence.from_dict(d), reading.geometry) for d in line["divergences"]],
            line["text_from"],
            line["problem"],
        )
        for line, reading in zip(kept["lines"], pages["with"].lines, strict=True)
    ]
    return Kept(pages, lines)
