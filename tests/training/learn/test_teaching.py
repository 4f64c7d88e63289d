import pytest
from small_runs import taught, teaching_of, trainer_of

from hwr.errors import InputError
from hwr.language.config import ConnectorConfig
from hwr.training.config import TrainConfig


def test_rows_are_a_function_of_seed_and_step(line_folder, tmp_path, tiny_preset, language_model):
    teaching = teaching_of(trainer_of(taught(line_folder, language_model, lm_share=0.25), tmp_path / "run"))
    assert teaching.rows(1, 16) == list(range(16)), "all lines while the recogniser rests"
    chosen = [teaching.rows(step, 16) for step in range(2, 60)]
    assert chosen == [teaching.rows(step, 16) for step in range(2, 60)]
    assert {len(rows) for rows in chosen} == {4}
    assert {row for rows in chosen for row in rows} == set(range(16))
    assert len(teaching.rows(5, 1)) == 1


def test_connectors_that_cannot_be_trained_say_why(line_folder, tmp_path, tiny_preset, language_model):
    elsewhere = taught(line_folder, language_model, connectors=[ConnectorConfig("linear", "mobilevit1")])
    with pytest.raises(InputError, match="has no tap 'mobilevit1' for a connector; it has columns, lstm1, lstm2"):
        trainer_of(elsewhere, tmp_path / "tap")
    with pytest.raises(InputError, match="no language model directory at '/nowhere'"):
        trainer_of(taught(line_folder, "/nowhere"), tmp_path / "model")
    for changes, reason in (
        ({"connectors": [ConnectorConfig("linear"), ConnectorConfig("aligned")]}, "one connector"),
        ({"objective": "kd"}, "objective must be one of"),
        ({"lm_weight": 0.0, "kl_weight": 0.0}, "One of lm_weight and kl_weight must be above 0"),
        ({"lm_share": 0.0}, "lm_share"),
        ({"connector_warmup": 6}, "must be below steps .6., not 6"),
    ):
        with pytest.raises(InputError, match=reason):
            taught(line_folder, language_model, **changes)
    with pytest.raises(InputError, match=r"There is no field 'tapp' of item 1 of connectors \(did you mean 'tap'\?\)"):
        TrainConfig.from_dict({"connectors": [{"kind": "linear", "tapp": "lstm1"}]})
