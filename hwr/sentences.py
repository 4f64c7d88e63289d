"""What the program says to people: a sentence is a key, and its words stand in the room that says it, a column a language.

A room is a package with a `texts.py`, which holds tables `key -> (English, Japanese)` with {fields}:
TEXTS is what Python says (errors, notices, cards); in the interface LABELS are what Gradio shows in the browser's
language (labels, tabs, buttons, placeholders), and PAGE is what the room's scripts put together.
The first part of an error's key names its room: `images.empty` stands in `hwr/images/texts.py`.
"""

from __future__ import annotations

import importlib
import re
import string
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, get_args

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = get_args(Language)  # the columns of every table; the first is the default
NAMES: dict[Language, str] = {"en": "English", "ja": "日本語"}  # as each calls itself

Table = dict[str, tuple[str, ...]]  # key -> its words, one column a language
TABLES = ("TEXTS", "LABELS", "PAGE")

KEY = re.compile(r"[a-z][a-z_]*(\.[a-z0-9_]+)+")


@cache
def rooms() -> dict[str, ModuleType]:
    """The texts of every room, by the room's place in this package: "images", "ui.read"; found when first asked for."""
    here = Path(__file__).parent
    places = sorted(".".join((*file.relative_to(here).parent.parts, "texts")) for file in here.rglob("texts.py"))
    return {place.rpartition(".")[0]: importlib.import_module(f"{__package__}.{place}") for place in places}


@cache
def table(name: str) -> Table:
    """The tables of that name of all rooms as one. Raises ValueError when two rooms have the same key."""
    found: Table = {}
    for place, texts in rooms().items():
        own = getattr(texts, name, {})
        if twice := found.keys() & own.keys():
            raise ValueError(f"hwr.{place}.texts has keys of another room: {', '.join(sorted(twice))}")
        found |= own
    return found


def columns(name: str) -> dict[Language, dict[str, str]]:
    """The tables of that name, turned: language -> key -> words."""
    return {
        language: {key: words[column] for key, words in table(name).items()}
        for column, language in enumerate(LANGUAGES)
    }


def text(key: str, language: Language = LANGUAGES[0], /, **values: Any) -> str:
    """The words of a key with its fields filled in. Raises KeyError for a key that no room has, or a field without value.

    A value that is a `Sentence` or an InputError is said in the same language.
    """
    for name in TABLES:
        if (words := table(name).get(key)) is not None:
            return words[LANGUAGES.index(language)].format(**{k: said(v, language) for k, v in values.items()})
    raise KeyError(key)


def said(value: Any, language: Language) -> Any:
    """What has words of its own, a `Sentence` or an InputError, in that language; anything else as it is."""
    return value.text(language) if hasattr(value, "text") and hasattr(value, "values") else value


def kept(values: dict[str, Any]) -> dict[str, Any]:
    """Fields as they can be kept: an error without its traceback, as its sentence or its words."""
    return {
        name: getattr(value, "sentence", str(value)) if isinstance(value, BaseException) else value
        for name, value in values.items()
    }


class Sentence(str):
    """A sentence that is shown later, to whoever looks then: its English as a string, and any language on request.

    >>> Sentence("details.second", n=3), Sentence("details.second", n=3).text("ja"), Sentence("Plain words.").text("ja")
    ('3 s', '3 秒', 'Plain words.')
    """

    key: str
    values: dict[str, Any]

    def __new__(cls, key: str, /, **values: Any) -> Sentence:
        self = super().__new__(cls, text(key, **values) if KEY.fullmatch(key) else key)
        self.key, self.values = key, kept(values)
        return self

    @property
    def known(self) -> bool:
        """Whether it has a key, and is not only words."""
        return bool(KEY.fullmatch(self.key))

    def text(self, language: Language = LANGUAGES[0]) -> str:
        """Its words. Raises KeyError as `text` does."""
        return text(self.key, language, **self.values) if self.known else str(self)

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.key,), self.values


class _Read(str):
    """A field as it was read in a sentence: shown as it stands, whatever the sentence would make of a number."""

    def __format__(self, spec: str) -> str:
        return str(self)

    def __repr__(self) -> str:
        return str(self)


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The English of every key as a pattern whose groups are its fields; those that say most come first."""
    found = []
    for key, (english, *_) in table("TEXTS").items():
        parts, words, seen = [], 0, set()
        for literal, name, _, conversion in string.Formatter().parse(english):
            parts.append(re.escape(literal))
            words += sum(map(str.isalpha, literal))
            if name:
                quote = "['\"]" if conversion == "r" else ""
                parts.append(f"{quote}(?P={name}){quote}" if name in seen else f"(?P<{name}>.*?)")
                seen.add(name)
        if words >= 8:  # fewer letters say nothing about whose sentence it is
            found.append((words, "".join(parts), key))
    return [(re.compile(pattern, re.DOTALL), key) for _, pattern, key in sorted(found, reverse=True)]


def _field(value: str) -> str:
    known = recognised(value)
    return known if isinstance(known, Sentence) else _Read(value)


def recognised(words: str) -> str:
    """English that came as text, from a file or another process, as the `Sentence` that it is; else as it came.

    >>> recognised("No ink found: the image shows no writing that stands out from its background.").text("ja")
    '背景と区別できる文字が見つかりませんでした。'
    """
    if (isinstance(words, Sentence) and words.known) or not words:
        return words
    for pattern, key in _patterns():
        if match := pattern.fullmatch(words):
            return Sentence(key, **{name: _field(value) for name, value in match.groupdict().items()})
    return words
