import json

import pytest

from hwr.cli import main
from hwr.data.dataset import read_imagefolder, write_imagefolder
from hwr.data.supply import LineSource
from hwr.errors import InputError
from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.lines.sets import build_data, held_out
from hwr.training.outcome import before_after as module
from hwr.training.outcome.before_after import before_after, drawn_lines
from hwr.training.recipes import RECIPES, with_recipe
from hwr.training.run.directory import RunDirectory


@pytest.fixture
def run(wavering_checkpoint, line_folder, tmp_path, monkeypatch):
    """A run whose best checkpoint reads nothing any more, where its start read some characters."""
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path / "data"))
    save_checkpoint(wavering_checkpoint, tmp_path / "start")
    config = TrainConfig([DataConfig(str(line_folder))], init=str(tmp_path / "start"))
    run = RunDirectory.create(tmp_path / "run", config)
    wavering_checkpoint.network.head.bias.data[0] += 100
    save_checkpoint(wavering_checkpoint, run.checkpoints / "best")
    return run


@pytest.mark.slow
def test_new_lines_and_forgetting_are_told_apart(run, line_folder, capsys, monkeypatch):
    monkeypatch.setattr(module, "DEFAULT_LINES", 5)
    seen = []
    result = before_after(run, default_lines=line_folder, progress=lambda done, total: seen.append((done, total)))
    assert (result.before, result.after) == ("start", "run")
    assert [(one.role, one.part, len(one.comparison.lines)) for one in result.sets] == [
        ("new", "val", 4),
        ("new", "test", 4),
        ("default", "test", 4),
    ]
    assert seen[-1] == (24, 24)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    for one in result.sets:
        assert one.after.cer.value == 1.0
        assert one.comparison.cer.difference.value == pytest.approx(1.0 - one.before.cer.value)
        assert len(one.comparison.of("broken")) + len(one.comparison.of("fixed")) > 0, "the start read something"

    assert main(["before-after", str(run.path), "--limit", "2", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert [(one["part"], one["lines"]) for one in printed["sets"]] == [("val", 2), ("test", 2), ("drawn", 2)]
    assert {"fixed", "broken", "unchanged", "cer"} <= printed["sets"][0].keys()


def test_default_lines_are_drawn_once_and_always_the_same(tmp_path, monkeypatch):
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path / "a"))
    first = drawn_lines(4)
    monkeypatch.setattr(module, "synthesize", None)
    assert drawn_lines(4) == first, "drawn once"
    monkeypatch.undo()
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path / "b"))
    second = drawn_lines(4)
    assert [(r.text, r.read_bytes()) for r in read_imagefolder(first)] == [
        (r.text, r.read_bytes()) for r in read_imagefolder(second)
    ]
    assert [path.name for path in first.parent.iterdir()] == [first.name]


def test_lines_held_out_are_those_that_training_did_not_see(line_folder, tmp_path):
    records = read_imagefolder(line_folder).records[:12]
    write_imagefolder(tmp_path / "unsplit", ((r.grey(), r.text, {}) for r in records))
    config = TrainConfig([DataConfig(str(tmp_path / "unsplit"), split=None)])
    source, ((_, validation),) = build_data(config)
    (held,) = held_out(config, test=True)
    assert held.part == "held out"
    assert [r.text for r in held.records] == [sample.text for sample in validation]
    assert len(held.records) == 1
    assert isinstance(source, LineSource)
    assert held.records[0].image not in {r.image for r in source.dataset.records}
    named = TrainConfig(config.data, validation=[DataConfig(str(line_folder), split="val", lines=3)])
    assert [(h.part, len(h.records)) for h in held_out(named, test=True)] == [("val", 3), ("test", 4)]


def test_nothing_to_compare_says_why(run, tmp_path, line_folder):
    fresh = RunDirectory.create(tmp_path / "fresh", TrainConfig([DataConfig(str(line_folder))]))
    with pytest.raises(InputError, match="began with fresh weights"):
        before_after(fresh)
    (run.checkpoints / "best").rename(run.checkpoints / "gone")
    with pytest.raises(InputError, match="no best checkpoint yet"):
        before_after(run)


def test_recipes_are_configurations(line_folder):
    data = [DataConfig(str(line_folder))]
    for name in RECIPES:
        config = with_recipe(TrainConfig(data, seed=5), name)
        assert (config.data, config.seed) == (data, 5)
        assert config.init is not None
        load_checkpoint(config.init)
    assert with_recipe(with_recipe(TrainConfig(data), "connector_only"), "full").connectors == []
    with pytest.raises(InputError, match="no recipe 'tiny' for a run; choose one of small_cpu"):
        with_recipe(TrainConfig(), "tiny")
