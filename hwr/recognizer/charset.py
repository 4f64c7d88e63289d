"""Text to labels and back."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from hwr.errors import InputError

BLANK = 0

# Quotes and dashes that a keyboard or an editor curls; handwriting does not tell them apart.
_STRAIGHT = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201b": "'",
        "\u02bc": "'",
        "\u00b4": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u2013": "-",
        "\u2014": "-",
        "\u2212": "-",
        "\u2026": "...",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
    }
)


def normalize_text(text: str) -> str:
    """NFC, straight quotes and dashes, single spaces, no space at the ends: the form that is learned, read and compared.

    >>> normalize_text("  d\u2019e\u0301te\u0301 \u2014 fin ")
    "d'été - fin"
    """
    return " ".join(unicodedata.normalize("NFC", text).translate(_STRAIGHT).split())


def _single(characters: str) -> set[str]:
    """The normalised characters of a string in which a space counts wherever it stands."""
    return set(normalize_text(characters)) | set(characters) & {" "}


@dataclass
class Encoded:
    """Labels of one text, and the characters that the set does not have (with how often each was left out)."""

    labels: list[int]
    unknown: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Charset:
    """An ordered set of characters; label = index + 1, label 0 is the CTC blank.

    >>> charset = Charset.from_texts(["abba"])
    >>> charset.encode("abc").labels, dict(charset.encode("abc").unknown)
    ([1, 2], {'c': 1})
    >>> charset.decode([2, 1])
    'ba'
    """

    characters: str

    def __post_init__(self) -> None:
        repeated = [c for c, n in Counter(self.characters).items() if n > 1]
        if repeated:
            raise InputError(f"The charset lists {repeated[0]!r} twice; each character must stand in it once.")
        if not self.characters:
            raise InputError("The charset is empty; it needs at least one character.")

    @classmethod
    def of(cls, characters: str) -> Charset:
        """The sorted set of the characters of a string, the space among them if it has one.

        >>> Charset.of(" ba").characters
        ' ab'
        """
        return cls("".join(sorted(_single(characters))))

    @classmethod
    def from_texts(cls, texts: Iterable[str]) -> Charset:
        """The sorted characters of the normalised texts."""
        return cls("".join(sorted({c for text in texts for c in normalize_text(text)})))

    @cached_property
    def _label_of(self) -> dict[str, int]:
        return {c: i + 1 for i, c in enumerate(self.characters)}

    @property
    def classes(self) -> int:
        """Number of output classes, the blank included."""
        return len(self.characters) + 1

    def __contains__(self, character: object) -> bool:
        return character in self._label_of

    def encode(self, text: str) -> Encoded:
        """Labels of the normalised text. Characters outside the set are left out and counted, never an error."""
        known, unknown = [], Counter()
        for c in normalize_text(text):
            if c in self._label_of:
                known.append(self._label_of[c])
            else:
                unknown[c] += 1
        return Encoded(known, unknown)

    def decode(self, labels: Sequence[int]) -> str:
        """Text of labels; blanks are skipped. Raises IndexError for a label that no class has."""
        return "".join(self.characters[label - 1] for label in labels if label != BLANK)

    def extended(self, characters: Iterable[str]) -> Charset:
        """The same characters with the new ones (normalised, sorted) after them: old labels keep their meaning."""
        new = {c for text in characters for c in _single(text)} - set(self.characters)
        return Charset(self.characters + "".join(sorted(new)))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({"characters": self.characters}, ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Charset:
        try:
            characters = json.loads(path.read_text(encoding="utf-8"))["characters"]
            if not isinstance(characters, str):
                raise TypeError
        except FileNotFoundError:
            raise InputError(f"{path} is missing; a checkpoint directory needs its charset.json.") from None
        except (ValueError, KeyError, TypeError):
            raise InputError(f'{path} is not a charset file; it should read {{"characters": "abc..."}}.') from None
        return cls(characters)
