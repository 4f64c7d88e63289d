"""The form of a training configuration: every field of the dataclass is on it, and it loses nothing."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwr.errors import InputError
from hwr.language.config import KINDS, ConnectorConfig
from hwr.sentences import LANGUAGES
from hwr.training.config import DataConfig, TrainConfig, freezable
from hwr.training.recipes import RECIPES, with_recipe
from hwr.ui.fine_tune.field_texts import FIELDS
from hwr.ui.fine_tune.form import (
    GROUPS,
    english_label,
    field_translations,
    form_fields,
    from_form,
    groups,
    list_text,
    parse_list,
    to_form,
)

NAMES = {f.name for f in dataclasses.fields(TrainConfig)}


def test_every_field_stands_in_exactly_one_group():
    listed = [name for names in GROUPS.values() for name in names]
    assert sorted(listed) == sorted(NAMES)
    assert {f.name for members in groups().values() for f in members} == NAMES


def test_every_field_has_help_and_a_japanese_label():
    assert {name for name, f in form_fields().items() if not f.help} == set()
    assert list(FIELDS) == list(LANGUAGES[1:]), "English is the dataclass's own"
    for fields in FIELDS.values():
        assert set(fields) == NAMES
        assert all(part.strip() for texts in fields.values() for part in texts)
    tables = field_translations()
    assert tables["en"].keys() == tables["ja"].keys() == {f"field.{n}{e}" for n in NAMES for e in ("", ".help")}
    # What the page shows is Markdown, in which a star is no sign of multiplication.
    assert not any("*" in words or "None" in words for words in tables["en"].values())


def test_an_optional_number_that_the_page_cannot_leave_empty_is_none():
    values = to_form(TrainConfig())
    assert from_form(values | {"keep_layers": 0}).keep_layers is None
    assert from_form(values | {"keep_layers": 3}).keep_layers == 3
    assert from_form(values | {"seed": 0}).seed == 0


def test_a_number_that_can_be_0_or_nothing_is_written_as_text():
    values = to_form(TrainConfig(dropout=0.25))
    assert values["dropout"] == "0.25"
    assert [from_form(values | {"dropout": text}).dropout for text in (" 0 ", "1e-1", "")] == [0, 0.1, None]
    assert "empty:" in field_translations()["en"]["field.dropout.help"]


def test_all_that_is_wrong_in_a_form_is_said_at_once():
    with pytest.raises(InputError, match="2 things .*Line 1 of data cannot be read.*The field steps is empty"):
        from_form(to_form(TrainConfig()) | {"steps": None, "data": "lines.zip"})
    with pytest.raises(InputError, match="2 things .*steps must be .*seed must be"):
        from_form(to_form(TrainConfig()) | {"steps": 2.5, "seed": -1})


def test_kinds_choices_and_defaults_are_the_dataclass():
    fields = form_fields()
    assert fields["augment"].kind == "bool"
    assert (fields["steps"].kind, fields["steps"].default) == ("int", TrainConfig().steps)
    assert (fields["keep_layers"].kind, fields["keep_layers"].optional) == ("int", True)
    assert fields["freeze"].choices == freezable()
    assert "small" in fields["preset"].choices
    assert fields["connectors"].item is ConnectorConfig
    assert form_fields(ConnectorConfig)["kind"].choices == tuple(KINDS)


def test_labels_in_english():
    assert english_label("kl_weight") == "KL weight"


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_goes_through_the_form_unchanged(recipe):
    config = with_recipe(TrainConfig(data=[DataConfig("lines.zip", split=None, lines=7)]), recipe)
    assert from_form(to_form(config)) == config


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(str.strip)
numbers = st.floats(1e-7, 10, allow_nan=False)


@pytest.mark.slow
@given(
    st.lists(
        st.builds(
            DataConfig, path=words, split=st.none() | words, weight=numbers, lines=st.none() | st.integers(1, 99)
        ),
        max_size=3,
    ),
    st.lists(st.builds(ConnectorConfig, kind=st.sampled_from(KINDS), tap=words, weight=numbers), max_size=3),
    st.none() | words,
    numbers,
    st.none() | st.floats(0, 0.99),
)
def test_the_form_loses_nothing(data, connectors, characters, rate, share):
    connectors = list({connector.tap: connector for connector in connectors}.values())
    config = TrainConfig(data=data, connectors=connectors, characters=characters, learning_rate=rate, dropout=share)
    assert from_form(to_form(config)) == config


def test_lists_are_one_line_an_item_and_read_as_on_the_command_line():
    connectors = [ConnectorConfig("qformer", "lstm2", 0.5), ConnectorConfig("linear")]
    assert list_text(connectors) == "{kind: qformer, tap: lstm2, weight: 0.5}\n{kind: linear}"
    read = parse_list("connectors", "qformer:lstm2:0.5\n\n{kind: linear}", ConnectorConfig)
    assert [ConnectorConfig(**values) for values in read] == connectors


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"steps": None}, "The field steps is empty; its default is 1000"),
        ({"steps": 2.5}, "steps must be a whole number of at least 1, not 2.5"),
        ({"connectors": "qformer:lstm1:heavy"}, "is no connector"),
        ({"connectors": "- [1"}, "Line 1 of connectors cannot be read"),
        ({"connectors": "{kind: qformer, tip: lstm1}"}, "no field 'tip' of item 1 of connectors"),
        ({"data": "{path: a}\nlines.zip"}, "Line 2 of data cannot be read"),
        ({"learning_rate": 0}, "learning_rate must be a number above 0, not 0"),
        ({"freeze": "recogniser"}, "leaves nothing to learn"),
        ({"dropout": "much"}, "dropout must be a number of at least 0 and below 1 or empty, not 'much'"),
    ],
)
def test_what_cannot_be_used_is_named(changes, words):
    with pytest.raises(InputError, match=words.replace("'", ".")):
        from_form(to_form(TrainConfig()) | changes)
