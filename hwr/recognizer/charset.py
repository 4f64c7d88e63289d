"""Text to labels and back."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from hwr.errors import InputError
from hwr.files import read_json

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

# What ink cannot show: controls that are no white space, halves of surrogate pairs, and Unicode's
# Default_Ignorable_Code_Point (zero-width signs, direction marks, soft hyphen, variation selectors, tags).
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff"
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_RIGHT_TO_LEFT = ("R", "AL")  # Unicode's bidirectional classes of letters
RIGHT_TO_LEFT = (
    "{lines} line(s) have letters that run right to left, and a text is learned as it is stored, its first character at "
    "the left edge; store such texts in the order in which they are seen from the left (as python-bidi's get_display "
    "gives it), and turn the readings back."
)


def normalize_text(text: str) -> str:
    """NFC, straight quotes and dashes, single spaces, no space at the ends, nothing that cannot be seen.

    It is the form that is learned, read and compared.

    >>> normalize_text("  d\u2019e\u0301te\u0301\u200b \u2014 fin\ufeff ")
    "d'été - fin"
    """
    return " ".join(unicodedata.normalize("NFC", visible(text)).translate(_STRAIGHT).split())


def visible(text: str) -> str:
    """The text without the characters that ink cannot show; white space stays.

    >>> visible("\u200ba\u00adb c")
    'ab c'
    """
    return _INVISIBLE.sub("", text)


def runs_right_to_left(text: str) -> bool:
    """Whether a text has letters that are written from right to left, such as Hebrew or Arabic ones.

    >>> runs_right_to_left("a \u05d0"), runs_right_to_left("a 1")
    (True, False)
    """
    return any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in text)


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
            raise InputError("recognizer.charset_twice", character=repeated[0])
        if not self.characters:
            raise InputError("recognizer.charset_empty")

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
            characters = read_json(path)["characters"]
            if not isinstance(characters, str) or any("\ud800" <= c <= "\udfff" for c in characters):
                raise TypeError
        except FileNotFoundError:
            raise InputError("recognizer.no_charset", path=path) from None
        except (ValueError, KeyError, TypeError):
            raise InputError("recognizer.bad_charset", path=path) from None
        return cls(characters)
