import pytest

from hwr.errors import InputError
from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint
from hwr.training.config import TrainConfig
from hwr.training.publish import MARKS, publish, write_table
from hwr.training.runs import RunDirectory


def test_published_metrics_are_those_of_what_is_written(tiny_checkpoint, line_folder, tmp_path):
    run = RunDirectory.create(tmp_path / "run", TrainConfig())

    def connectors(directory):
        (directory / "connectors").mkdir()
        (directory / "connectors.json").write_text("{}")

    save_checkpoint(tiny_checkpoint, run.checkpoints / "best", beside=connectors)
    sets = {"drawn": (str(line_folder), "val")}
    published = publish(run.path, tmp_path / "out", sets, {"drawn": (str(line_folder), "test")}, ["lines of nobody"])
    loaded = load_checkpoint(tmp_path / "out")
    assert loaded.temperature == published.temperature > 0
    rows = loaded.info["metrics"]
    assert [row["set"] for row in rows] == ["drawn (val)", "drawn (test)"]
    assert [row["lines"] for row in rows] == ["4", "4"]
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "lines of nobody" in card
    assert all(row["CER [95 %]"] in card for row in rows)
    assert (tmp_path / "out" / "connectors.json").is_file(), "connectors go with their recogniser"


def test_the_table_replaces_what_stood_between_the_marks(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{MARKS[0]}\nold\n{MARKS[1]}\nafter\n")
    write_table(readme, [{"set": "a", "CER": "1 %"}])
    assert readme.read_text() == f"before\n{MARKS[0]}\n| set | CER |\n|---|---|\n| a | 1 % |\n{MARKS[1]}\nafter\n"
    readme.write_text("nothing")
    with pytest.raises(InputError, match="no place for the table"):
        write_table(readme, [{"set": "a"}])
