"""The configuration of a training: what it refuses, and that it is written and read without loss."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwr.checked import problems_of
from hwr.errors import InputError
from hwr.language.config import ConnectorConfig
from hwr.training.config import DataConfig, TrainConfig, read_yaml, write_yaml


def test_nonsense_is_refused_before_anything_starts():
    """What was taken in silence before."""
    yaml = """
    steps: 10.5
    seed: abc
    preset: nonsense
    learning_rate: 3e-4
    data: [{path: lines, kind: pages}]
    connectors: [{kind: linaer, weight: 0}]
    lerning_rate: 0.1
    """
    with pytest.raises(InputError) as caught:
        TrainConfig.from_yaml(yaml)
    assert problems_of(caught.value) == [
        "kind of item 1 of data must be one of lines, strokes, fonts, words, not 'pages'.",
        "preset must be one of retsinas2022, retsinas2024, mobilevit, small, not 'nonsense'.",
        "steps must be a whole number of at least 1, not 10.5.",
        "seed must be a whole number of at least 0 and below 4294967296, not 'abc'.",
        "kind of item 1 of connectors must be one of linear, linear_ln, linear_gelu_ln, downsample, qformer, aligned,"
        " not 'linaer'.",
        "weight of item 1 of connectors must be a number above 0, not 0.",
        "There is no field 'lerning_rate' (did you mean 'learning_rate'?).",
    ]


@pytest.mark.parametrize(
    "name", ["steps", "seed", "learning_rate", "dropout", "data", "connectors", "freeze", "augment"]
)
def test_a_field_that_was_changed_afterwards_is_checked_too(name):
    with pytest.raises(InputError, match=f"{name} must be"):
        dataclasses.replace(TrainConfig(), **{name: "nonsense"})


@pytest.mark.parametrize("given", ["3e-4", "3E-4", "3e-04", ".3e-3", "0.3e-3", "3.e-4"])
def test_numbers_as_people_write_them_are_numbers(given):
    assert TrainConfig.from_yaml(f"learning_rate: {given}").learning_rate == pytest.approx(3e-4)
    assert TrainConfig.from_yaml("steps: 1e3").steps == 1000


def test_fields_that_do_not_go_together_are_all_named():
    with pytest.raises(InputError) as caught:
        TrainConfig(data=[DataConfig("a", weight=0)], freeze="recogniser", blend=0.5)
    assert [problem.key for problem in problems_of(caught.value)] == [
        "training.weights",
        "training.blend_init",
        "training.freeze_all",
    ]


texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=9)


@pytest.mark.slow
@given(
    texts | st.sampled_from(["3e-4", "1E3", ".5e1", "null", "yes", "0x1f"]),
    st.floats(1e-9, 1e9),
    st.none() | st.floats(0, 0.99),
)
def test_yaml_loses_nothing(path, rate, share):
    connectors = [ConnectorConfig("aligned", tap=path)]
    config = TrainConfig([DataConfig(path)], learning_rate=rate, dropout=share, connectors=connectors)
    assert TrainConfig.from_yaml(config.to_yaml()) == config
    assert TrainConfig.from_dict(read_yaml(write_yaml(config.changes()))) == config


@pytest.mark.slow
def test_numbers_as_people_write_them(tmp_path):
    text = (
        "learning_rate: 3e-4\nfinal_learning_rate: 1E-6\nsteps: 1e3\nclip_norm: 5\ndata: [{path: a, split: Validation}]"
    )
    read = TrainConfig.from_yaml(text)
    assert (read.learning_rate, read.final_learning_rate, read.steps, read.clip_norm) == (3e-4, 1e-6, 1000, 5)
    assert read.data[0].split == "val"
    with pytest.raises(InputError, match="not valid YAML"):
        TrainConfig.from_yaml("[" * 100_000)


def test_config_survives_yaml(tmp_path):
    original = TrainConfig([DataConfig("lines")], characters='a"\\é: #')
    original.save(tmp_path / "c.yaml")
    assert TrainConfig.load(tmp_path / "c.yaml") == original
