"""What a report holds: of every line its reading, its other texts, the KL of a connector, what the recogniser looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hwr.errors import InputError
from hwr.images.load import Source, Upload, load_image
from hwr.inspection.effective_field import effective_field, spot
from hwr.inspection.receptive_field import ReceptiveField, receptive_field
from hwr.ui.connector.lines import Chosen, drawn_line, measure
from hwr.ui.connector.view import connector_view
from hwr.ui.decode.lists import n_best_of
from hwr.ui.decode.view import decode_view
from hwr.ui.line.shown import Shown, shown_from
from hwr.ui.receptive_field.view import field_view

if TYPE_CHECKING:
    from typing import Literal

    from hwr.inspection.divergence import Taught
    from hwr.reader import Reader
    from hwr.reading import PageReading

N_BEST = 16


@dataclass(frozen=True)
class LineReport:
    """The values of one line's viewers; None for one that could not be made, and `problems` says why.

    truth: what is written, where that is known. spot: the character that `field` is of, "" for a frame.
    """

    line: dict[str, Any]
    decode: dict[str, Any]
    connector: dict[str, Any] | None
    field: dict[str, Any] | None
    spot: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """An image as it was read, and its lines (all, or those that were asked for) looked into."""

    image: str
    shown: Shown
    lines: list[LineReport]
    table: ReceptiveField


@dataclass(frozen=True)
class Asked:
    """What a report is made with. taught: a checkpoint with connectors, None for none. lm: of the n-best list, None for none."""

    reader: Reader
    taught: Taught | None = None
    lm: str | None = "default"
    n_best: int = N_BEST


def make_report(
    asked: Asked,
    source: Source | Upload,
    *,
    lines: Literal["auto", "single"] = "auto",
    only: Sequence[int] | None = None,
    truths: Sequence[str | None] | None = None,
    character: int = -1,
    turn: int | None = None,
) -> Report:
    """Read an image and look into its lines.

    only: numbers of the lines, from 0; None: all. truths: what each line of the image says. character: of the field, -1:
    the middle one. turn: as in `Reader.read`. Raises InputError when the image cannot be read or has no such line.
    """
    upload = source if isinstance(source, Upload) else load_image(source)
    page = asked.reader.read(upload, lines=lines, turn=turn)
    wanted = range(len(page.lines)) if only is None else only
    for number in wanted:
        if not 0 <= number < len(page.lines):
            raise InputError("report.no_line", image=page.image, lines=len(page.lines), line=number + 1)
    known = list(truths or []) if len(truths or []) == len(page.lines) else [None] * len(page.lines)
    heard = asked.taught.reader.read(upload, lines=lines, turn=page.turned) if asked.taught else None
    found = [_line(asked, page, heard, number, known[number], character) for number in wanted]
    table = receptive_field(asked.reader.network, asked.reader.name)
    return Report(page.image, shown_from(page, None), found, table)


def _line(
    asked: Asked, page: PageReading, heard: PageReading | None, number: int, truth: str | None, character: int
) -> LineReport:
    reading = page.lines[number]
    view = drawn_line(page, number, truth)
    n_best = n_best_of(asked.reader, reading, asked.n_best, asked.lm)
    decode = decode_view(n_best, truth=truth, image=view["image"]).to_dict()
    problems = [n_best.problem] if n_best.problem else []
    connector = looked = None
    name = ""
    try:
        connector = _connector(asked, page, heard, number, truth)
    except InputError as error:
        problems.append(error.sentence)
    try:
        where = spot(reading, character if 0 <= character < len(reading.characters) else None)
        found = effective_field(asked.reader, reading, where)
        name = where.text
        looked = field_view(view, reading.geometry, found, where.index if where.text else -1)
    except InputError as error:
        problems.append(error.sentence)
    return LineReport(view, decode, connector, looked, name, tuple(problems))


def _connector(
    asked: Asked, page: PageReading, heard: PageReading | None, number: int, truth: str | None
) -> dict[str, Any] | None:
    """The value of the connector's viewer; None where no connector was asked for."""
    taught = asked.taught
    if taught is None or heard is None:
        return None
    if len(heard.lines) != len(page.lines):
        raise InputError("report.other_lines", model=taught.reader.name, found=len(heard.lines), lines=len(page.lines))
    reading = heard.lines[number]
    chosen = Chosen(taught.reader.name, taught, reading, list(taught.connectors.modules))
    measured = measure([chosen], None, truth)
    view = drawn_line(heard, number, truth)
    return connector_view(view, reading.geometry, measured.rows, text_from=measured.text_from, problem=measured.problem)
