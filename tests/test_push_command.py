"""A model and a data set pushed to a Hub of our own and read back from it; nothing leaves the machine."""

import json
import shutil
from pathlib import Path

import pytest
import torch
import yaml

from hwr.cli import main
from hwr.data.dataset import read_imagefolder
from hwr.data.hub import open_hub
from hwr.recognizer.checkpoint import load_checkpoint, save_checkpoint


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A folder that stands for the Hub: what is uploaded lies there, and is what a snapshot is."""
    root = tmp_path / "hub"
    cards = []

    class Api:
        def __init__(self, token=None):
            assert token == "hf_secret"

        def create_repo(self, repo_id, *, repo_type, private, exist_ok):
            (root / repo_type / repo_id).mkdir(parents=True)
            return f"https://hub/{repo_type}/{repo_id}{'' if private else ' (public)'}"

        def upload_folder(self, *, repo_id, folder_path, commit_message, repo_type="model"):
            shutil.copytree(folder_path, root / repo_type / repo_id, dirs_exist_ok=True)

    def validate(card, repo_type=None):
        """What the Hub asks of every card: front matter that is YAML, with a licence that it knows."""
        found = yaml.safe_load(card.content.split("---")[1])
        cards.append((repo_type, found))
        if found.get("license") not in ("apache-2.0", "cc-by-4.0", "other"):
            raise ValueError(f"- Error: license {found.get('license')} is not valid")

    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setattr("huggingface_hub.HfApi", Api)
    monkeypatch.setattr("huggingface_hub.RepoCard.validate", validate)
    monkeypatch.setattr(
        "huggingface_hub.snapshot_download",
        lambda name, repo_type="model", **options: str(root / repo_type / name),
    )
    return cards


def test_a_model_that_was_pushed_is_read_from_the_hub(hub, tiny_checkpoint, tmp_path, capsys):
    save_checkpoint(tiny_checkpoint, tmp_path / "model")
    assert main(["push", str(tmp_path / "model"), "me/model"]) == 0
    assert "https://hub/model/me/model" in capsys.readouterr().out
    loaded = load_checkpoint("me/model")
    assert loaded.charset.characters == tiny_checkpoint.charset.characters
    for name, weight in tiny_checkpoint.network.state_dict().items():
        assert torch.equal(loaded.network.state_dict()[name], weight)
    ((kind, card),) = hub
    assert (kind, card["license"], card["pipeline_tag"], card["library_name"]) == (
        "model", "apache-2.0", "image-to-text", "hwr",
    )  # fmt: skip


def test_a_data_set_that_was_pushed_is_read_from_the_hub(hub, line_folder, monkeypatch, capsys):
    assert main(["push", str(line_folder), "me/lines", "--public", "--license", "cc-by-4.0"]) == 0
    assert "https://hub/dataset/me/lines (public)" in capsys.readouterr().out
    ((kind, card),) = hub
    assert (kind, card["license"], card["size_categories"]) == ("dataset", "cc-by-4.0", ["n<1K"])
    assert [part["split"] for part in card["configs"][0]["data_files"]] == ["train", "validation", "test"]
    monkeypatch.setattr(
        "hwr.data.hub.fetch", lambda name: Path(__import__("huggingface_hub").snapshot_download(name, "dataset"))
    )
    back = sorted((record.split, record.text) for record in open_hub("me/lines").records)
    assert back == sorted((r.split, r.text) for r in read_imagefolder(line_folder).records)


def test_a_card_that_the_hub_refuses_is_told_and_nothing_is_sent(hub, line_folder, capsys):
    assert main(["push", str(line_folder), "me/lines", "--license", "mine alone"]) == 2
    assert "does not accept the card README.md: - Error: license mine alone is not valid" in capsys.readouterr().err


def test_a_push_needs_a_token(line_folder, monkeypatch, capsys):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    assert main(["push", str(line_folder), "me/lines"]) == 2
    assert "HF_TOKEN" in capsys.readouterr().err


def test_parquet_on_the_disk_is_data(line_folder, tmp_path, capsys):
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed (pip install 'hwr[hub]')")
    import pyarrow.parquet as parquet

    records = read_imagefolder(line_folder, "val").records
    rows = {"image": [{"bytes": r.read_bytes(), "path": None} for r in records], "text": [r.text for r in records]}
    (tmp_path / "in").mkdir()
    parquet.write_table(pyarrow.table(rows), tmp_path / "in" / "validation-00000-of-00001.parquet")
    for number, source in enumerate((tmp_path / "in", tmp_path / "in" / "validation-00000-of-00001.parquet")):
        assert main(["data", str(source), "--out", str(tmp_path / str(number)), "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["lines"], found["splits"]) == (4, {"val": 4})
