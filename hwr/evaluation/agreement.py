"""How far two people who typed the same lines agree, as a character error rate of one against the other."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass

from hwr.data.library import Library
from hwr.data.store import connected
from hwr.evaluation.error_rates import edits
from hwr.recognizer.charset import normalize_text

# The newest text that each person kept of each line; what they then took back is none.
_TEXTS = (
    "SELECT revisions.line, who, revisions.text, how FROM revisions JOIN lines ON lines.id = revisions.line "
    "JOIN shapes ON shapes.line = lines.id JOIN shelved ON shelved.page = lines.page "
    "JOIN (SELECT line FROM revisions GROUP BY line HAVING count(DISTINCT who) > 1) AS several ON several.line = lines.id "
    "WHERE shapes.deleted IS NULL AND shelved.deleted IS NULL AND shelved.collection = ? ORDER BY revisions.id"
)


@dataclass(frozen=True)
class Agreement:
    """Of two people. lines: those that both kept a text of; equal: how many of them alike. edits: insertions, deletions and
    replacements between both texts; characters: mean of both sides."""

    first: str
    second: str
    lines: int
    equal: int
    edits: int
    characters: float

    @property
    def cer(self) -> float:
        """Edits a character; which of the two is taken for the reference does not matter."""
        return self.edits / self.characters if self.characters else float(self.edits > 0)


def agreement(library: Library, collection: int) -> list[Agreement]:
    """Every pair of people who kept a text of the same lines of a collection, by name.

    The newest text of each counts, also one that was set aside because the other was first. Who corrected a line may have
    seen the other's text: the rate is an upper bound of their agreement.
    """
    kept: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    with connected(library.path) as connection:
        for line, who, text, how in connection.execute(_TEXTS, [collection]):
            if how != "undone":
                kept[line][who].append(normalize_text(text))
            elif kept[line][who]:
                kept[line][who].pop()
    pairs: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for of_line in kept.values():
        newest = {who: texts[-1] for who, texts in of_line.items() if texts}
        for first, second in itertools.combinations(sorted(newest), 2):
            pairs[first, second].append((newest[first], newest[second]))
    return [
        Agreement(
            *people,
            lines=len(found),
            equal=sum(a == b for a, b in found),
            edits=sum(edits(a, b) for a, b in found if a != b),
            characters=sum(len(a) + len(b) for a, b in found) / 2,
        )
        for people, found in sorted(pairs.items())
    ]
