"""The example cards of the Read tab, and what is shown of each before any model is loaded."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from hwr.examples.catalogue import EXAMPLES, Example, Scan, thumbnail
from hwr.examples.packing import load_precomputed
from hwr.ui.line.line_view import data_uri
from hwr.ui.line.shown import Shown, shown_from


def _origin(example: Example) -> dict[str, str]:
    """Who made a scan, or which typeface draws the line."""
    origin = example.origin
    return {"credit": origin.credit} if isinstance(origin, Scan) else {"typeface": origin.typeface}


class Gallery:
    """The examples whose images are there. assets: the folder that holds `examples` and `readings`."""

    def __init__(self, assets: Path) -> None:
        self.readings, self.images = assets / "readings", assets / "examples"
        self.available = [i for i, example in enumerate(EXAMPLES) if self.image(i).is_file()]
        self.shown = lru_cache(maxsize=len(EXAMPLES))(self._shown)
        self.cards = [
            {
                "name": EXAMPLES[i].name,
                "title": EXAMPLES[i].title,
                "lesson": EXAMPLES[i].lesson,
                **_origin(EXAMPLES[i]),
                "image": data_uri(thumbnail(self.image(i)), quality=78),
            }
            for i in self.available
        ]

    def image(self, example: int) -> Path:
        return self.images / EXAMPLES[example].file

    def _shown(self, example: int) -> Shown | None:
        page = load_precomputed(EXAMPLES[example].name, self.readings, self.images)
        return None if page is None else shown_from(page, str(self.image(example)), example, precomputed=True)

    def first(self) -> Shown:
        """What the page shows when it is opened; nothing where no example was read beforehand."""
        return (self.shown(self.available[0]) if self.available else None) or Shown()

    def value(self, now: Shown) -> dict[str, Any]:
        """What the component draws: the cards, and which of them is shown."""
        selected = self.available.index(now.example) if now.example in self.available else -1
        return {"cards": self.cards, "selected": selected}

    def chosen(self, place: int) -> int:
        """The example of a card; the first for a place that no card has."""
        return self.available[place] if 0 <= place < len(self.available) else self.available[0]
