"""What a visitor of the Receptive field tab looks at: which reading, which line, which character or frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hwr.ui.examples import EXAMPLES, load_precomputed
from hwr.ui.html import both
from hwr.ui.shown import Picked, Shown, shown_from

if TYPE_CHECKING:
    from hwr.images.line import NetworkLine
    from hwr.inspection.effective_field import AverageField, EffectiveField, Spot
    from hwr.reading import Reading

FRAMES, SEED = 4, 0  # of the mean over a line


@dataclass(frozen=True)
class Looking:
    """What one visitor looks at: a character or a frame of a line (-1: none), and what was read there.

    seen: the number of the reading and the pick in Read when the tab was last opened.
    """

    shown: Shown
    line: int = 0
    character: int = -1
    frame: int = -1
    seen: tuple[int, Picked] = (-1, Picked())

    @property
    def view(self) -> dict[str, Any]:
        return self.shown.lines[self.line]

    @property
    def reading(self) -> Reading:
        return self.shown.whole_reading(self.line)

    def spot(self) -> Spot:
        """Errors as in `hwr.inspection.effective_field.spot`."""
        from hwr.inspection.effective_field import spot

        if self.character >= 0:
            return spot(self.reading, self.character)
        return spot(self.reading, frame=self.frame) if self.frame >= 0 else spot(self.reading)


def look_at(now: Shown, picked: Picked, before: Looking) -> Looking:
    """What to look at when the tab is opened: what was picked in Read, or what was looked at before if that is newer."""
    seen = (now.number, picked)
    if before.seen == seen:
        return before
    line = picked.line if picked.line < len(now.lines) else 0
    return Looking(now, line, picked.character, -1 if picked.character >= 0 else picked.frame, seen)


def read_by(reader: Any, now: Shown) -> Shown:
    """What is shown, read anew where it was kept beforehand by another model than the one that is asked."""
    if not now.precomputed or all(reading.model == reader.name for reading in now.readings):
        return now
    fresh = shown_from(reader.read(now.source), now.source, now.example, model=now.model)
    return replace(fresh, number=now.number)


def spot_line(looking: Looking, where: Spot, field: EffectiveField) -> str:
    """Which character or frame one sees, at which layer, and what the heat is the gradient of."""
    line, lines = looking.line + 1, len(looking.shown.lines)
    if where.text:
        key = "field.spot.picked" if looking.character >= 0 else "field.spot.middle"
        character = "␣" if where.text == " " else where.text
        count = len(looking.view["characters"])
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


def example_lines(reader: Any, assets: Path) -> list[NetworkLine]:
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


def page_lines(reader: Any, now: Shown) -> list[NetworkLine]:
    """The lines that are shown in Read."""
    from hwr.images.line import NetworkLine

    fresh = read_by(reader, now)
    readings = (fresh.whole_reading(n) for n in range(len(fresh.readings)))
    return [NetworkLine(reading.pixels, reading.geometry) for reading in readings]


def measured_widths(reader: Any, looking: Looking, how: str) -> list[EffectiveField] | AverageField:
    """The effective field at every layer: of the spot, or averaged over the line."""
    from hwr.images.line import NetworkLine
    from hwr.inspection.effective_field import average_field, fields_by_layer

    reading = looking.reading
    if how == "spot":
        return fields_by_layer(reader, reading, looking.spot())
    line = NetworkLine(reading.pixels, reading.geometry)
    return average_field(reader, [line], frames_per_line=FRAMES, seed=SEED)
