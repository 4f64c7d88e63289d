"""Dataclasses that a person fills in: every field is checked when one is made, and all that is wrong is said at once.

    @checked
    @dataclass(config=KNOWN_FIELDS)          # of pydantic.dataclasses
    class Toy:
        path: Text
        steps: AtLeastOne = 1000

The annotations say all: from them come the check, the sentence that tells what is allowed, and the choices of forms and
command lines (`choices_of`, `bounds_of`); what they say of a field is the docstring's (`field_help`). What hangs on two fields is for `__post_init__`, which is asked when each
field is right by itself and hands what it found to `refuse`.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from pydantic import AllowInfNan, BeforeValidator, ConfigDict, Field, GetCoreSchemaHandler, Strict, ValidationError
from pydantic_core import CoreSchema, core_schema

from hwr.errors import InputError
from hwr.sentences import Sentence

Made = TypeVar("Made")
KNOWN_FIELDS = ConfigDict(extra="forbid")
BOUNDS = ("ge", "gt", "le", "lt")


def _whole(value: Any) -> Any:
    """1e3, which YAML reads as a float, is the whole number 1000."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _no_items(value: Any) -> Any:
    """An empty list is also written as nothing."""
    return [] if value is None else value


Text = Annotated[str, Strict()]
Truth = Annotated[bool, Strict()]
Whole = Annotated[int, Strict(), BeforeValidator(_whole)]
AtLeastOne = Annotated[Whole, Field(ge=1)]
AtLeastZero = Annotated[Whole, Field(ge=0)]
Number = Annotated[float, Strict(), AllowInfNan(False)]
Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
EmptyAsList = BeforeValidator(_no_items)


@dataclasses.dataclass(frozen=True)
class OneOf:
    """Annotates a text that must be one of a list of names, which is asked at each check: kinds can be added."""

    names: Callable[[], Iterable[str]]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._known, handler(source))

    def _known(self, value: str) -> str:
        if value not in self.names():
            raise ValueError(value)
        return value


def checked(cls: type[Made]) -> type[Made]:
    """A pydantic dataclass whose constructor raises InputError, which names every field that cannot be used.

    Each is told with what was given and what is allowed; a name that does not exist with the nearest one that does.
    """
    construct = cls.__init__

    @functools.wraps(construct)
    def told(self: Made, *args: Any, **values: Any) -> None:
        found: list[Sentence] = []
        try:
            construct(self, *args, **values)
        except ValidationError as error:
            found = [p for e in error.errors(include_url=False) for p in _problems(cls, e["loc"], e)]
        refuse(found)

    cls.__init__ = told  # type: ignore[method-assign]
    return cls


def refuse(problems: Iterable[InputError | Sentence]) -> None:
    """Raise what was found, as one InputError; nothing where nothing was."""
    found = [p if isinstance(p, Sentence) else p.sentence for p in problems]
    if len(found) == 1:
        raise InputError(found[0].key, **found[0].values)
    if found:
        several: Sentence | str = ""
        for number, problem in reversed([*enumerate(found, start=1)]):
            several = Sentence("config.and", number=number, problem=problem, rest=several)
        raise InputError("config.several", count=len(found), problems=several)


def problems_of(error: InputError) -> list[Sentence]:
    """The sentences that `refuse` made one error of."""
    if error.args[0] != "config.several":
        return [error.sentence]
    found, rest = [], error.values["problems"]
    while rest:
        found.append(rest.values["problem"])
        rest = rest.values["rest"]
    return found


def choices_of(cls: type, name: str) -> tuple[str, ...] | None:
    """The values that a field can have, where they are a list of names."""
    return _choices(get_type_hints(cls, include_extras=True)[name])


def bounds_of(cls: type, name: str) -> dict[str, float]:
    """The ends of the numbers that a field can be: `ge`, `gt`, `le`, `lt`, those that it has."""
    return _bounds(get_type_hints(cls, include_extras=True)[name])


def _choices(hint: Any) -> tuple[str, ...] | None:
    plain, found = _parts(hint)
    if get_origin(plain) is Literal:
        return get_args(plain)
    return next((tuple(one.names()) for one in found if isinstance(one, OneOf)), None)


def _bounds(hint: Any) -> dict[str, float]:
    _, found = _parts(hint)
    flat = [inner for one in found for inner in getattr(one, "metadata", [one])]
    return {end: getattr(one, end) for one in flat for end in BOUNDS if hasattr(one, end)}


def _parts(hint: Any) -> tuple[Any, list[Any]]:
    """A type without what annotates it and without None, and what annotates it."""
    found: list[Any] = []
    while get_origin(hint) is Annotated or type(None) in get_args(hint):
        if get_origin(hint) is Annotated:
            hint, *more = get_args(hint)
            found += more
        else:
            hint = next(part for part in get_args(hint) if part is not type(None))
    return hint, found


def _allowed(hint: Any) -> Sentence:
    """What a field or an item of this type can be, in words."""
    plain, _ = _parts(hint)
    if names := _choices(hint):
        words = Sentence("config.one_of", names=", ".join(names))
    elif plain in (int, float):
        words = _number(plain is int, _bounds(hint))
    else:
        kinds = {str: "config.text", bool: "config.truth", list: "config.list"}
        words = Sentence(kinds.get(get_origin(plain) or plain, "config.mapping"))
    return Sentence("config.optional", allowed=words) if type(None) in get_args(hint) else words


def _number(whole: bool, bounds: dict[str, float]) -> Sentence:
    if not bounds:
        return Sentence("config.whole" if whole else "config.number")
    ends = {end: Sentence(f"config.{end}", limit=limit) for end, limit in bounds.items()}
    low, high = ends.get("ge") or ends.get("gt", ""), ends.get("le") or ends.get("lt", "")
    return Sentence("config.whole_within" if whole else "config.number_within", low=low, high=high)


@dataclasses.dataclass(frozen=True)
class _Place:
    """Where an error lies. owner: the dataclass; name: its field, or "" for the whole of an item; hint: what that can be.

    In words, item: that of an outer list which the field is in; label: the field, or the one value of its list.
    """

    owner: type
    name: str = ""
    hint: Any = None
    item: Sentence | str = ""
    label: Sentence | str = ""


def _place(cls: type, loc: Sequence[int | str]) -> _Place:
    if not loc:
        return _Place(cls)
    names = [f.name for f in dataclasses.fields(cls)]
    first, *inner = loc
    if isinstance(first, int):  # an argument without its name
        first = names[first] if first < len(names) else str(first)
    place: Sentence | str = ""
    while True:
        hint = get_type_hints(cls, include_extras=True).get(first)
        number, rest = inner[0] if inner else None, inner[1:]
        if not isinstance(number, int):
            return _Place(cls, first, hint, place, first)
        item = next(iter(get_args(_parts(hint)[0])), None)
        one = Sentence("config.item", number=number + 1, name=first)
        if not (isinstance(item, type) and dataclasses.is_dataclass(item)):
            return _Place(cls, first, item, place, one)
        place = one
        if not rest:
            return _Place(item, item=place)
        cls, first, inner = item, str(rest[0]), rest[1:]


def _problems(cls: type, loc: Sequence[int | str], error: Mapping[str, Any]) -> Sequence[Sentence]:
    """What one error of pydantic says, in sentences."""
    at, cause = _place(cls, loc), error.get("ctx", {}).get("error")
    if isinstance(cause, InputError):  # of a `__post_init__`
        found = problems_of(cause)
        return [Sentence("config.in_item", place=at.item, problem=one) for one in found] if at.item else found
    name, value = at.name, _shown(error["input"])
    where = Sentence("config.of", place=at.item) if at.item else ""
    known = [f.name for f in dataclasses.fields(at.owner)]
    if error["type"].startswith("missing"):
        return [Sentence("config.missing", name=name, where=where)]
    if not name:
        return [Sentence("config.no_item", place=at.item, value=value, fields=", ".join(known))]
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = (
            Sentence("config.did_you_mean", name=near[0]) if near else Sentence("config.names", names=", ".join(known))
        )
        return [Sentence("config.no_field", name=name, where=where, hint=hint)]
    return [Sentence("config.field", name=at.label, where=where, allowed=_allowed(at.hint), value=value)]


def _shown(value: Any) -> str:
    """
    >>> _shown("abc"), _shown(1.5), _shown(list(range(99)))
    ("'abc'", '1.5', '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, …')
    """
    words = repr(value)
    return words if len(words) <= 75 else words[:71] + "…"


def field_help(cls: type) -> dict[str, str]:
    """What a dataclass's docstring says of its fields, which it names as `field: ...` or `one, another: ...`."""
    names = "|".join(f.name for f in dataclasses.fields(cls))
    text = " ".join((cls.__doc__ or "").split())
    marks = list(re.finditer(rf"(?:(?<=[.)] )|^)((?:{names})(?:, (?:{names}))*): ", text))
    found: dict[str, str] = {}
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        words = text[mark.end() : following.start() if following else len(text)].strip()
        if re.match(r"\w\w", words):  # a letter alone is a symbol of a formula
            words = words[0].upper() + words[1:]
        found |= dict.fromkeys(mark.group(1).split(", "), words)
    return found
