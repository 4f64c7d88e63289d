import json

import pytest
import torch
import yaml

from hwr.cli import main
from hwr.errors import InputError
from hwr.paths import ASSETS
from hwr.recognizer.checkpoint import save_checkpoint
from hwr.recognizer.config import PRESETS, preset
from hwr.recognizer.network import Recognizer
from hwr.training.learn import learner as learner_module
from hwr.training.learn.learner import Learner
from hwr.training.learn.sums import Step
from hwr.training.lines.sets import with_mobilevit
from hwr.training.outcome import experiment as experiment_module
from hwr.training.outcome.experiment import Experiment, run_experiment


@pytest.fixture
def experiment_file(line_folder, tiny_checkpoint, tiny, tmp_path, tiny_config, monkeypatch):
    """Two rows from one tiny start: CTC alone with two seeds, and an aligned connector with one."""
    monkeypatch.setitem(PRESETS, "tiny", tiny_config)
    monkeypatch.setenv("LINES", str(line_folder))
    save_checkpoint(tiny_checkpoint, tmp_path / "start")
    sizes = {"steps": 2, "batch_size": 2, "warmup": 1, "log_every": 1, "validate_every": 2, "checkpoint_every": 2}
    base = {
        **sizes,
        "init": str(tmp_path / "start"),
        "data": [{"path": "$LINES"}],
        "validation": [{"path": "$LINES", "split": "val"}],
        "language_model": str(tiny("gpt2", eos_token="<e>")),
    }
    rows = [
        {"name": "ctc", "seeds": [1, 2], "keep_every": 1},
        {"name": "aligned+kd", "connectors": [{"kind": "aligned", "tap": "lstm2"}], "kl_weight": 0.1},
    ]
    path = tmp_path / "few.yaml"
    path.write_text(
        yaml.safe_dump({"base": base, "seeds": [1], "test": [{"path": "$LINES", "split": "test"}], "rows": rows})
    )
    return path


@pytest.mark.slow
def test_an_experiment_trains_measures_and_goes_on(experiment_file, tmp_path, capsys, monkeypatch):
    out = tmp_path / "out"
    call = ["experiment", str(experiment_file), "--out", str(out), "--json"]
    assert main([*call, "--seed-limit", "1"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert [(r["name"], r["seed"], r["state"]) for r in table["rows"]] == [
        ("ctc", 1, "finished"),
        ("aligned+kd", 1, "finished"),
    ]
    assert all(r["val_cer"] > 0 and r["test_cer"] is None and r["seconds_a_step"] > 0 for r in table["rows"])
    assert [gap["tap"] for gap in table["rows"][1]["gaps"]] == ["lstm2"]
    assert not table["rows"][0]["gaps"]
    assert [row["ckpt"] for row in table["rows"][0]["series"]] == [1, 2]
    against = table["against_first"]["aligned+kd"]
    assert against["value"] == pytest.approx(table["rows"][1]["val_cer"] - table["rows"][0]["val_cer"])
    assert against["low"] <= against["value"] <= against["high"]
    assert json.loads((out / "table.json").read_text())["rows"] == table["rows"]
    markdown = (out / "table.md").read_text()
    assert "| aligned+kd | 1 |" in markdown
    assert "Checkpoints of ctc, seed 1" in markdown

    stamp = (out / "ctc-1" / "metrics.jsonl").stat().st_mtime_ns
    readme = tmp_path / "README.md"
    readme.write_text(f"a <!-- experiment {experiment_file.stem} --> old <!-- /experiment {experiment_file.stem} --> b")
    assert main([*call, "--test", "--readme", str(readme)]) == 0
    assert "| aligned+kd | 1 |" in readme.read_text()
    assert "old" not in readme.read_text()
    table = json.loads(capsys.readouterr().out)
    assert (out / "ctc-1" / "metrics.jsonl").stat().st_mtime_ns == stamp, "what is finished is not trained again"
    assert [(r["name"], r["seed"]) for r in table["rows"]] == [("ctc", 1), ("ctc", 2), ("aligned+kd", 1)]
    assert all(r["test_cer"] > 0 for r in table["rows"])
    assert table["against_first"]["aligned+kd"]["on"] == "test"
    chance = table["first_row_seeds"]["2"]
    assert chance["value"] == pytest.approx(table["rows"][1]["test_cer"] - table["rows"][0]["test_cer"])
    assert "| seed 2 - seed 1: " in (out / "table.md").read_text()
    assert set(table["rows"][0]["series"][0]) == {"ckpt", "val_cer", "val_wer", "test_cer", "test_wer"}

    values = yaml.safe_load(experiment_file.read_text())
    values["base"]["learning_rate"] = 1e-5
    experiment_file.write_text(yaml.safe_dump(values))
    assert main(call) == 2
    assert "holds a run of another configuration" in capsys.readouterr().err


@pytest.mark.slow
def test_what_was_measured_of_another_checkpoint_or_on_other_sets_is_measured_anew(
    experiment_file, tmp_path, monkeypatch
):
    read = []
    real = experiment_module.evaluate
    monkeypatch.setattr(
        experiment_module,
        "evaluate",
        lambda r, path, split, **k: read.append((split, k["limit"])) or real(r, path, split, **k),
    )

    def run(measured: bool = True, **changes) -> list[tuple[str, int | None]]:
        values = yaml.safe_load(experiment_file.read_text())
        values["rows"] = [{"name": "start", "train": False, "seeds": [1]}, {"name": "ctc"}]
        experiment_file.write_text(yaml.safe_dump(values | changes))
        read.clear()
        run_experiment(Experiment.load(experiment_file), tmp_path / "out", test=measured)
        return sorted(set(read))

    assert run() == [("test", None), ("val", None)]
    assert run() == run(measured=False) == run() == []
    assert run(checkpoint="last") == [("test", None), ("val", None)]
    assert run(test=[{"path": "$LINES", "split": "test", "lines": 1}]) == [("test", 1)]
    lines = json.loads((tmp_path / "out" / "ctc-1" / "results.json").read_text())["test"]
    assert list(lines) == ["0/0"]


@pytest.mark.slow
def test_a_run_that_diverges_does_not_stop_the_others(experiment_file, tmp_path, monkeypatch):
    real = Learner.step

    def broken(self, batch, again=False):
        if not self.teaching:
            self._check_finite("loss", float("nan"), Step(0, {}, batch))
        return real(self, batch, again)

    monkeypatch.setattr(Learner, "step", broken)
    report = run_experiment(Experiment.load(experiment_file), tmp_path / "out", seed_limit=1)
    assert [r.status.state for r in report.results] == ["failed", "finished"]
    assert report.against_first == {}
    assert report.first_row_seeds == {}
    assert "| failed |" in report.markdown()


def test_rows_compute_in_what_the_first_run_chose(experiment_file, tmp_path, monkeypatch):
    measured = iter([("bfloat16", "it was faster"), ("float32", "the machine was busy")])
    asked = []

    def choose(wanted, network, device):
        asked.append(wanted)
        return next(measured) if wanted == "auto" else (wanted, "as asked for")

    monkeypatch.setattr(learner_module, "choose_precision", choose)
    values = yaml.safe_load(experiment_file.read_text())
    rows = [{"name": "first"}, {"name": "second"}, {"name": "exact", "precision": "float32"}]
    experiment_file.write_text(yaml.safe_dump({**values, "rows": rows}))
    report = run_experiment(Experiment.load(experiment_file), tmp_path / "out")
    assert [row.status.precision for row in report.results] == ["bfloat16", "bfloat16", "float32"]
    assert asked == ["auto", "bfloat16", "float32"]


def test_files_that_are_no_experiment_say_why(experiment_file, tmp_path):
    values = yaml.safe_load(experiment_file.read_text())

    def attempt(**changes):
        (tmp_path / "bad.yaml").write_text(yaml.safe_dump({**values, **changes}))
        Experiment.load(tmp_path / "bad.yaml")

    with pytest.raises(InputError, match="no experiment file"):
        Experiment.load(tmp_path / "none.yaml")
    with pytest.raises(InputError, match="Row x: There is no field 'stepz' .did you mean 'steps'"):
        attempt(rows=[{"name": "x", "stepz": 1}])
    with pytest.raises(
        InputError, match="2 things .*Row x, y: steps must be .*, not 10.5.*Row y: preset must be one of"
    ):
        attempt(base={"steps": 10.5}, rows=[{"name": "x"}, {"name": "y", "preset": "nonsense"}])
    with pytest.raises(
        InputError, match="2 things .*seeds must be a list, not 3.*no field 'tests' .did you mean 'test'"
    ):
        attempt(seeds=3, tests=[])
    with pytest.raises(InputError, match="item 1 of rows must name its fields .*and is 'ctc'"):
        attempt(rows=["ctc"])
    with pytest.raises(InputError, match="kind of item 1 of test must be one of lines, .*, not 'pages'"):
        attempt(test=[{"path": "a", "kind": "pages"}])
    with pytest.raises(InputError, match="item 2 of seeds of item 1 of rows must be a whole number .*, not 1.5"):
        attempt(rows=[{"name": "x", "seeds": [1, 1.5]}])
    with pytest.raises(InputError, match="Row x: There is no field '3'"):
        attempt(rows=[{"name": "x", 3: 4}])
    with pytest.raises(InputError, match="base must be a mapping of names to values, not 3"):
        attempt(base=3)
    with pytest.raises(InputError, match="No test set is named scans .*pooled.*; those that are: "):
        attempt(pooled={"real": ["scans"]})
    with pytest.raises(InputError, match="pooled"):
        attempt(pooled={"real": 3})
    with pytest.raises(InputError, match=r"scans is a test set already.*pooled"):
        attempt(test=[{"path": "scans", "split": "test"}], pooled={"scans": ["scans"]})
    with pytest.raises(InputError, match="The experiment has no row 'later'"):
        attempt(pairs=[["later", "later"]])
    with pytest.raises(InputError, match="has no rows"):
        attempt(rows=None)
    with pytest.raises(InputError, match="'../x' must be unique and of letters"):
        attempt(rows=[{"name": "../x"}])
    with pytest.raises(InputError, match="must be unique"):
        attempt(rows=[{"name": "x"}, {"name": "x"}])
    with pytest.raises(InputError, match="name of item 1 of rows is missing"):
        attempt(rows=[{"seeds": [1]}])
    with pytest.raises(InputError, match="no row 'y'"):
        run_experiment(Experiment.load(experiment_file), tmp_path / "out", only=["y"])


def test_the_shipped_experiment_can_be_read(monkeypatch):
    for name in ("DATA", "SETS", "START"):
        monkeypatch.setenv(name, "/somewhere")
    experiment = Experiment.load(ASSETS / "experiments" / "connectors.yaml")
    configs = {row.name: experiment.config(row, row.seeds[0]) for row in experiment.rows}
    assert len(configs) == 11
    assert len({c.steps - c.resting_steps for c in configs.values()}) == 1, "one budget"
    assert len({(c.init, c.batch_size, c.learning_rate) for c in configs.values()}) == 1, "one start"
    assert [row.name for row in experiment.rows if len(row.seeds) == 2] == [
        "ctc",
        "qformer",
        "qformer+kd",
        "aligned+kd",
        "aligned+kd-three-taps",
    ]


def test_mobilevit_blocks_are_added_and_the_rest_is_kept():
    network = Recognizer(preset("small"), 5)
    wider = with_mobilevit(network, 4)
    assert wider.tap_names[:2] == ["mobilevit1", "mobilevit2"]
    state = wider.state_dict()
    assert all(torch.equal(state[k], v) for k, v in network.state_dict().items())
    assert wider(torch.zeros(2, 64, 4 * wider.config.width_multiple)).logits.shape[0] == 2
    with pytest.raises(InputError, match="must divide a height of 8"):
        with_mobilevit(network, 3)
