"""What a visitor of the Receptive field tab looks at: which line, which character or frame, through which models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hwr.errors import InputError
from hwr.examples.catalogue import EXAMPLES
from hwr.examples.packing import load_precomputed
from hwr.reading import LineReader
from hwr.ui.line.shown import Picked, Shown, shown_from
from hwr.ui.models.readers import ModelKey
from hwr.ui.page.html import both

if TYPE_CHECKING:
    from hwr.images.line import NetworkLine
    from hwr.inspection.average_field import AverageField
    from hwr.inspection.effective_field import EffectiveField, Spot
    from hwr.inspection.separability import Separability
    from hwr.reader import Reader
    from hwr.reading import Reading
    from hwr.ui.receptive_field.view import LayerWidths

FRAMES, SEED = 4, 0  # of the mean over a line


@dataclass(frozen=True)
class Looking:
    """What one visitor looks at.

    asked: the reading in which a character or a frame of a line (-1: none) was picked. sides: the same image read by
    each model that is looked into, one or two. seen: the number of the reading and the pick in Read when the tab was
    last opened.
    """

    asked: Shown
    line: int = 0
    character: int = -1
    frame: int = -1
    seen: tuple[int, Picked] = (-1, Picked())
    sides: tuple[Shown, ...] = ()

    def spot(self) -> Spot:
        """Where it was picked. Errors as in `hwr.inspection.effective_field.spot`."""
        from hwr.inspection.effective_field import spot

        reading = self.asked.whole_reading(self.line)
        if self.character >= 0:
            return spot(reading, self.character)
        return spot(reading, frame=self.frame) if self.frame >= 0 else spot(reading)

    def spots(self) -> list[Spot]:
        """The same place on the frames of every side."""
        from hwr.inspection.effective_field import spot_on

        where, geometry = self.spot(), self.asked.readings[self.line].geometry
        return [spot_on(where, geometry, side.readings[self.line].geometry) for side in self.sides]


@dataclass(frozen=True)
class Charts:
    """What the charts were drawn from, so that another language needs no new measurement."""

    widths: Sequence[LayerWidths] = ()
    separability: Sequence[Separability] = ()


def look_at(now: Shown, picked: Picked, before: Looking) -> Looking:
    """What to look at when the tab is opened: what was picked in Read, or what was looked at before if that is newer."""
    seen = (now.number, picked)
    if before.seen == seen:
        return before
    line = picked.line if picked.line < len(now.lines) else 0
    kept = before.sides if before.seen[0] == now.number else ()
    return Looking(now, line, picked.character, -1 if picked.character >= 0 else picked.frame, seen, kept)


def through(readers: Sequence[tuple[ModelKey, LineReader]], now: Shown, looking: Looking) -> Looking:
    """What is shown in Read, looked at through these models; what one of them has read already is not read again.

    Raises InputError when a model finds other lines on the image.
    """
    known = {side.model: side for side in looking.sides}
    sides = tuple(known[key] if key in known else read_by(reader, key, now) for key, reader in readers)
    for side, (_, reader) in zip(sides, readers, strict=True):
        if len(side.lines) != len(now.lines):
            raise InputError("field.other_lines", model=reader.name, found=len(side.lines), lines=len(now.lines))
    return replace(looking, sides=sides)


def read_by(reader: LineReader, key: ModelKey, now: Shown) -> Shown:
    """What is shown, read anew where that was another model than the one that is asked."""
    if key == now.model and (not now.precomputed or all(reading.model == reader.name for reading in now.readings)):
        return now
    fresh = shown_from(
        reader.read(now.source, lines=now.how, turn=now.turned), now.source, now.example, model=key, how=now.how
    )
    return replace(fresh, number=now.number)


def character_at(reading: Reading, where: Spot) -> int:
    """The number of the character that a reading has where one looks, -1 where it has none."""
    if not where.text:
        return -1
    characters = reading.characters
    if where.index < len(characters) and characters[where.index].first_frame == where.first:
        return where.index
    touching = (i for i, c in enumerate(characters) if c.first_frame <= where.last and c.last_frame >= where.first)
    return next(touching, -1)


def spot_line(looking: Looking, where: Spot, field: EffectiveField) -> str:
    """Which character or frame one sees, at which layer, and what the heat is the gradient of."""
    line, lines = looking.line + 1, len(looking.asked.lines)
    if where.text:
        key = "field.spot.picked" if looking.character >= 0 else "field.spot.middle"
        character = "␣" if where.text == " " else where.text
        count = len(looking.asked.readings[looking.line].characters)
        first = both(key, text=character, n=where.index + 1, all=count, line=line, lines=lines, layer=field.layer)
    else:
        first = both("field.spot.frame", frame=where.first, line=line, lines=lines, layer=field.layer)
    if not field.heat.any():
        return f"{first}. {both('field.dead')}"
    if field.layer in ("logits", "shortcut"):
        shown = "␣" if where.text == " " else where.text
        target = both("field.target.logit", text=shown) if where.text else both("field.target.best")
    else:
        from hwr.inspection.effective_field import PROJECTIONS

        target = both("field.target.features", n=PROJECTIONS)
    return f"{first} <small>({target})</small>"


def example_lines(reader: LineReader, assets: Path) -> list[NetworkLine]:
    """Every line of the example images, as this reader sees it. Raises InputError when there is no example."""
    from hwr.images.line import NetworkLine

    lines = []
    for example in EXAMPLES:
        image = assets / "examples" / example.file
        page = load_precomputed(example.name, assets / "readings", assets / "examples")
        if page is None or page.model != reader.name:
            page = reader.read(str(image)) if image.is_file() else None
        lines += [NetworkLine(line.pixels, line.geometry) for line in page.lines] if page else []
    return lines


def page_lines(side: Shown) -> list[NetworkLine]:
    """All lines of the page, as they were read."""
    from hwr.images.line import NetworkLine

    readings = (side.whole_reading(n) for n in range(len(side.readings)))
    return [NetworkLine(reading.pixels, reading.geometry) for reading in readings]


def measured_widths(reader: Reader, reading: Reading, where: Spot, how: str) -> list[EffectiveField] | AverageField:
    """The effective field at every layer: of the spot, or averaged over the line."""
    from hwr.images.line import NetworkLine
    from hwr.inspection.average_field import average_field
    from hwr.inspection.effective_field import fields_by_layer

    if how == "spot":
        return fields_by_layer(reader, reading, where)
    line = NetworkLine(reading.pixels, reading.geometry)
    return average_field(reader, [line], frames_per_line=FRAMES, seed=SEED)
