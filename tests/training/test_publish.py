from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint
from hwr.training.config import TrainConfig
from hwr.training.publish import publish
from hwr.training.runs import RunDirectory


def test_published_metrics_are_those_of_what_is_written(tiny_checkpoint, line_folder, tmp_path):
    run = RunDirectory.create(tmp_path / "run", TrainConfig())
    save_checkpoint(tiny_checkpoint, run.checkpoints / "best")
    sets = {"drawn": (str(line_folder), "val")}
    published = publish(run.path, tmp_path / "out", sets, {"drawn": (str(line_folder), "test")}, ["lines of nobody"])
    loaded = load_checkpoint(tmp_path / "out")
    assert loaded.temperature == published.temperature > 0
    assert set(loaded.info["metrics"]) == {"drawn (val)", "drawn (test)"}
    assert loaded.info["metrics"]["drawn (val)"].startswith("CER ")
    assert "4 lines" in loaded.info["metrics"]["drawn (test)"]
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "lines of nobody" in card
    assert loaded.info["metrics"]["drawn (test)"] in card
