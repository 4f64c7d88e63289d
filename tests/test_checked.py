"""Dataclasses that check what they are given: all that is wrong is said, in words, at once."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field
from pydantic.dataclasses import dataclass

from hwr.checked import (
    KNOWN_FIELDS,
    AtLeastOne,
    EmptyAsList,
    Number,
    OneOf,
    Text,
    Truth,
    bounds_of,
    checked,
    choices_of,
    field_help,
    problems_of,
    refuse,
)
from hwr.errors import InputError
from hwr.sentences import Sentence
from hwr.training.config import TrainConfig

NAMES = ["red", "blue"]
Colour = Annotated[Text, OneOf(lambda: NAMES)]


@checked
@dataclass(config=KNOWN_FIELDS, frozen=True)
class Part:
    name: Text
    colour: Colour = "red"

    def __post_init__(self) -> None:
        if self.name == self.colour:
            refuse([InputError("A part is no colour.")])


@checked
@dataclass(config=KNOWN_FIELDS)
class Whole:
    parts: Annotated[list[Part], EmptyAsList] = dataclasses.field(default_factory=list)
    steps: AtLeastOne = 3
    share: Annotated[Number, Field(ge=0, lt=1)] | None = None
    fast: Truth = True
    way: Literal["up", "down"] = "up"
    counts: list[AtLeastOne] = dataclasses.field(default_factory=list)


as_given: Any = Whole  # what a file or a form gives is of any type


def refused(**values) -> list[Sentence]:
    with pytest.raises(InputError) as caught:
        Whole(**values)
    return problems_of(caught.value)


def test_what_is_right_is_taken_and_stays_a_dataclass():
    whole = as_given([{"name": "a"}], steps=1e3, share=0)
    assert whole == Whole([Part("a")], steps=1000, share=0.0)
    assert type(whole.steps) is int
    assert as_given(None).parts == []
    assert dataclasses.asdict(whole)["parts"] == [{"name": "a", "colour": "red"}]
    assert dataclasses.replace(whole, steps=4).steps == 4
    assert copy.deepcopy(whole) == pickle.loads(pickle.dumps(whole)) == whole
    assert [f.name for f in dataclasses.fields(Whole)] == ["parts", "steps", "share", "fast", "way", "counts"]
    assert hash(Part("a")) == hash(Part("a"))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"steps": 10.5}, "steps must be a whole number of at least 1, not 10.5."),
        ({"steps": "3"}, "steps must be a whole number of at least 1, not '3'."),
        ({"steps": True}, "steps must be a whole number of at least 1, not True."),
        ({"steps": 0}, "steps must be a whole number of at least 1, not 0."),
        ({"share": 1}, "share must be a number of at least 0 and below 1 or empty, not 1."),
        ({"share": float("nan")}, "share must be a number of at least 0 and below 1 or empty, not nan."),
        ({"fast": 1}, "fast must be true or false, not 1."),
        ({"way": "left"}, "way must be one of up, down, not 'left'."),
        ({"parts": "a"}, "parts must be a list, not 'a'."),
        ({"parts": [Part("a"), "b"]}, "item 2 of parts must name its fields (name, colour), and is 'b'."),
        ({"parts": [{"name": 3}]}, "name of item 1 of parts must be text, not 3."),
        ({"parts": [{}]}, "name of item 1 of parts is missing; it has no default."),
        ({"parts": [{"name": "a", "colour": "green"}]}, "colour of item 1 of parts must be one of red, blue, not 'green'."),
        ({"parts": [{"name": "red"}]}, "item 1 of parts: A part is no colour."),
        ({"counts": [1, 1.5]}, "item 2 of counts must be a whole number of at least 1, not 1.5."),
        ({"stepz": 1}, "There is no field 'stepz' (did you mean 'steps'?)."),
        ({"x": 1}, "There is no field 'x' (there are parts, steps, share, fast, way, counts)."),
        ({"parts": [{"name": "a", "color": "red"}]}, "There is no field 'color' of item 1 of parts (did you mean 'colour'?)."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_what_was_given_and_what_is_allowed(values, words):
    assert refused(**values) == [words]


def test_all_that_is_wrong_is_said_at_once_in_every_language():
    with pytest.raises(InputError) as caught:
        as_given(steps=0, way="left", stepz=1)
    error = caught.value
    assert str(error) == (
        "3 things cannot be used: (1) steps must be a whole number of at least 1, not 0. "
        "(2) way must be one of up, down, not 'left'. (3) There is no field 'stepz' (did you mean 'steps'?)."
    )
    assert error.text("ja") == (
        "使えないものが 3 個あります： (1) steps は 1 以上の整数にしてください（0 は使えません）。"
        " (2) way は up, down のいずれかにしてください（'left' は使えません）。"
        " (3) 'stepz' という項目はありません（'steps' のことですか？）。"
    )
    assert pickle.loads(pickle.dumps(error)).text("ja") == error.text("ja")


def test_an_argument_without_its_name_is_named():
    with pytest.raises(InputError, match="steps must be"):
        Whole([], 0)
    with pytest.raises(InputError, match="no field '6'"):
        as_given([], 1, None, True, "up", [], "more")


def test_a_name_that_is_added_to_a_list_can_be_given(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "NAMES", [*NAMES, "green"])
    assert Part("a", "green").colour == "green"


def test_forms_and_command_lines_are_told_what_is_allowed():
    assert choices_of(Whole, "way") == ("up", "down")
    assert choices_of(Part, "colour") == ("red", "blue")
    assert choices_of(Whole, "steps") is None
    assert bounds_of(Whole, "share") == {"ge": 0, "lt": 1}
    assert bounds_of(Whole, "way") == {}


def test_importing_hwr_or_listing_its_commands_loads_no_checker():
    code = "import sys, hwr, hwr.cli; hwr.cli.build_parser(); sys.exit('pydantic' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@dataclasses.dataclass
class Explained:
    """A toy. one: first. It has two sentences. two, three: a and b of a + b: c.

    four: last (see `five`).
    """

    one: int = 1
    two: int = 2
    three: Literal["x", "y"] = "x"
    four: str | None = None
    five: float = 0.5


def test_help_is_read_off_the_docstring():
    assert field_help(Explained) == {
        "one": "First. It has two sentences.",
        "two": "a and b of a + b: c.",
        "three": "a and b of a + b: c.",
        "four": "Last (see `five`).",
    }


def test_every_field_of_a_training_is_explained():
    assert set(field_help(TrainConfig)) == {field.name for field in dataclasses.fields(TrainConfig)}
