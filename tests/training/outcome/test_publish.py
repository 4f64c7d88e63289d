from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar
from unittest.mock import Mock

import pytest

from hwr.cli import main
from hwr.errors import InputError
from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.outcome.publish import MARKS, no_connection, publish, upload, write_table
from hwr.training.run.directory import RunDirectory


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


@pytest.fixture(autouse=True)
def accepting(monkeypatch):
    """The Hub's word on a card, which is asked for over the network."""
    monkeypatch.setattr("huggingface_hub.RepoCard.validate", lambda card, repo_type=None: None)


@pytest.fixture
def tuned(tiny_checkpoint, line_folder, tmp_path):
    """A run on the drawn lines that has a best checkpoint."""
    run = RunDirectory.create(tmp_path / "run", TrainConfig([DataConfig(str(line_folder))]))
    save_checkpoint(tiny_checkpoint, run.checkpoints / "best")
    return run


def test_without_sets_a_run_is_measured_on_its_own_validation_lines(tuned, tmp_path):
    publish(tuned.path, tmp_path / "out")
    published = load_checkpoint(tmp_path / "out")
    assert [(row["set"], row["lines"]) for row in published.info["metrics"]] == [("lines (val)", "4")]
    assert published.temperature != 1.2, "calibrated on them"


def test_a_run_published_over_its_start_counts_once(tiny_checkpoint, line_folder, tmp_path):
    start = tmp_path / "start"
    tiny_checkpoint.info = {"training": {"steps": 20, "seed": 1, "init": "fresh weights"}}
    save_checkpoint(tiny_checkpoint, start)
    run = RunDirectory.create(tmp_path / "run", TrainConfig([DataConfig(str(line_folder))], init=str(start)))
    tiny_checkpoint.info = {"training": {"steps": 30, "seed": 2, "init": str(start)}}
    save_checkpoint(tiny_checkpoint, run.checkpoints / "best")
    for _ in range(2):
        assert publish(run.path, start).info["earlier_runs"] == ["steps 20, seed 1"]


class FakeHub:
    """Keeps what it was told; `broken` makes it complain as the Hub does, with the token in the text."""

    calls: ClassVar[list[tuple]] = []
    broken = False

    def __init__(self, token=None):
        self.token = token

    def create_repo(self, repo_id, **options):
        self.calls.append(("create", self.token, repo_id, options["private"]))
        return f"https://hub/{repo_id}"

    def upload_folder(self, *, repo_id, folder_path, commit_message):
        if self.broken:
            raise PermissionError(f"403: the token {self.token} may not write")
        self.calls.append(("upload", repo_id, sorted(path.name for path in Path(folder_path).iterdir())))


def test_the_token_is_used_once_and_kept_nowhere(tuned, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("huggingface_hub.HfApi", FakeHub)
    monkeypatch.setattr(FakeHub, "calls", [])
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert main(["publish", str(tuned.path), "--out", str(tmp_path / "out"), "--to-hub", "me/mine"]) == 0
    assert "https://hub/me/mine" in capsys.readouterr().out
    (created, uploaded) = FakeHub.calls
    assert created == ("create", "hf_secret", "me/mine", True)
    assert {"model.safetensors", "config.json", "charset.json", "README.md"} <= set(uploaded[2])
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    assert not any(b"hf_secret" in path.read_bytes() for path in written)

    monkeypatch.setattr(FakeHub, "broken", True)
    with pytest.raises(
        InputError, match=r"did not take me/mine: PermissionError: 403: the token \*\*\* may not"
    ) as error:
        upload(tmp_path / "out", "me/mine", "hf_secret")
    assert "hf_secret" not in str(error.value)
    assert error.value.__cause__ is None
    refused = PermissionError("401 hf_secret")
    refused.response = SimpleNamespace(status_code=401)  # type: ignore[attr-defined]
    for trouble, words in ((refused, "refused the token for me/mine"), (no_connection()("no"), "cannot be reached")):
        monkeypatch.setattr(FakeHub, "create_repo", Mock(side_effect=trouble))
        with pytest.raises(InputError, match=words) as error:
            upload(tmp_path / "out", "me/mine", "hf_secret")
        assert "hf_secret" not in str(error.value)
    with pytest.raises(InputError, match="owner/name"):
        upload(tmp_path / "out", "mine", "hf_secret")
    with pytest.raises(InputError, match="needs a token"):
        upload(tmp_path / "out", "me/mine", " ")
    monkeypatch.delenv("HF_TOKEN")
    assert main(["publish", str(tuned.path), "--out", str(tmp_path / "out"), "--to-hub", "me/mine"]) == 2
    assert "HF_TOKEN" in capsys.readouterr().err


def test_a_hub_that_cannot_be_reached_is_told_from_one_that_refuses(tuned, tmp_path, monkeypatch):
    """With the Hub's own client, at a port where nobody listens."""
    (tmp_path / "README.md").write_text("# Mine\n")
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(InputError, match="cannot be reached"):
        upload(tmp_path, "me/mine", "hf_secret")


def test_the_table_replaces_what_stood_between_the_marks(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{MARKS[0]}\nold\n{MARKS[1]}\nafter\n")
    write_table(readme, [{"set": "a", "CER": "1 %"}])
    assert readme.read_text() == f"before\n{MARKS[0]}\n| set | CER |\n|---|---|\n| a | 1 % |\n{MARKS[1]}\nafter\n"
    readme.write_text("nothing")
    with pytest.raises(InputError, match="no place for the table"):
        write_table(readme, [{"set": "a"}])
