"""Whatever a person names becomes a snapshot that stays as it is, and a summary that tells what was left out."""

from __future__ import annotations

import io
import json
import os
import shutil
import types
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hwr.cli import main
from hwr.data.annotations import AnnotationStore, PageImage
from hwr.data.dataset import METADATA, read_imagefolder, write_imagefolder
from hwr.data.sources import SUMMARY, find_lists, import_data, prepare_data, prepared, read_summary
from hwr.data.store import connected, frozen_members
from hwr.errors import InputError


def picture(seed: int, height: int = 20, width: int = 60) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def encoded(seed: int, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture(seed)).save(out, kind)
    return out.getvalue()


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path) -> Path:
    """Three lines of two writers; a damaged image, a missing one and an empty text."""
    path = tmp_path / "my lines"
    lines = [
        (picture(0), "one", {"split": "train", "writer": "ada"}),
        (picture(1), "two", {"split": "train", "writer": "bo"}),
        (picture(2), "thrée", {"split": "validation", "writer": "ada"}),
    ]
    write_imagefolder(path, lines)
    (path / "cut.png").write_bytes(encoded(3)[:200])
    with (path / METADATA).open("a", encoding="utf-8") as metadata:
        for name, text in (("cut.png", "four"), ("gone.png", "five"), ("train/000000.png", " ")):
            metadata.write(json.dumps({"file_name": name, "text": text}) + "\n")
    return path


def test_a_folder_becomes_a_snapshot_with_a_summary(folder, home):
    told = []
    summary = prepare_data(str(folder), progress=lambda done, total: told.append((done, total)))
    assert (summary.kind, summary.lines, summary.unlisted) == ("folder", 3, 0)
    assert summary.splits == {"train": 2, "val": 1}
    assert summary.writers == {"ada": 2, "bo": 1}
    assert summary.characters == "ehnortwé"
    assert {s.file.rpartition("/")[2] for s in summary.skipped} == {"gone.png", "000000.png", "cut.png"}
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert summary.path.parent == home / "data"
    copied = read_imagefolder(summary.path)
    assert [(r.text, r.split, r.writer) for r in copied] == [
        ("one", "train", "ada"),
        ("two", "train", "bo"),
        ("thrée", "val", "ada"),
    ]
    assert all(np.array_equal(r.grey(), picture(i)) for i, r in enumerate(copied))
    assert [line.text for line in summary.first] == ["one", "two", "thrée"]
    assert all(line.image.is_file() for line in summary.first)
    assert read_summary(summary.path) == summary
    assert json.loads(json.dumps(summary.to_dict()))["first"][0]["image"] == "train/000000.png"


def test_a_snapshot_stays_when_its_source_changes_or_goes(folder, home):
    first = prepare_data(str(folder))
    assert prepare_data(str(folder)).path == first.path
    Image.fromarray(picture(9)).save(folder / "train" / "000000.png")
    second = prepare_data(str(folder))
    assert second.path != first.path
    shutil.rmtree(folder)
    assert np.array_equal(read_imagefolder(first.path)[0].grey(), picture(0))
    assert [s.path for s in prepared()] == [second.path, first.path]
    assert not list((home / "data").glob(".partial-*"))


def test_what_goes_while_it_is_listed_is_not_missed(folder, home):
    summary = prepare_data(str(folder))
    (home / "data" / ".partial-gone").symlink_to(home / "nowhere")  # listed, but not there when it is looked at
    (home / "data" / "deleted").mkdir()
    (home / "data" / "deleted" / SUMMARY).symlink_to(home / "nowhere")
    assert prepare_data(str(folder)).path == summary.path
    assert [one.path for one in prepared()] == [summary.path]


def test_two_that_prepare_the_same_at_once_get_the_same(folder, home):
    with ThreadPoolExecutor(4) as pool:
        summaries = list(pool.map(lambda _: prepare_data(str(folder)), range(4)))
    assert len({summary.path for summary in summaries}) == 1
    assert len(read_imagefolder(summaries[0].path)) == 3
    assert [path.name for path in (home / "data").iterdir()] == [summaries[0].path.name]


def test_a_zip_and_its_folder_hold_the_same(folder, home, tmp_path):
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", tmp_path, "my lines")
    summary = prepare_data(archive)
    assert (summary.kind, summary.lines, summary.splits) == ("zip", 3, {"train": 2, "val": 1})
    assert summary.path.name.split("-")[-1] == prepare_data(str(folder)).path.name.split("-")[-1]


def test_images_with_their_text_beside_them(home, tmp_path):
    for name, text in (("train/a", "line a"), ("train/b", "line b\n"), ("test/c", "line c")):
        (tmp_path / "pairs" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pairs" / f"{name}.JPG").write_bytes(encoded(1, "JPEG"))
        (tmp_path / "pairs" / f"{name}.{'gt.txt' if name.endswith('a') else 'txt'}").write_text(text, encoding="utf-8")
    (tmp_path / "pairs" / "README.txt").write_text("no line of anything")
    (tmp_path / "pairs" / "lonely.png").write_bytes(encoded(2))
    (tmp_path / "pairs" / "two.png").write_bytes(encoded(3))
    (tmp_path / "pairs" / "two.txt").write_text("one\ntwo")
    summary = prepare_data(str(tmp_path / "pairs"))
    assert (summary.lines, summary.splits) == (3, {"test": 1, "train": 2})
    assert [(s.file, s.reason.partition(" ")[0]) for s in summary.skipped] == [("lonely.png", "no"), ("two.txt", "it")]
    archive = shutil.make_archive(str(tmp_path / "pairs"), "zip", tmp_path / "pairs")
    assert prepare_data(archive).splits == summary.splits


def test_iam_with_the_lists_that_lie_in_its_folder(home, tmp_path):
    iam = tmp_path / "iam"
    for name in ("a01-000u-00", "b02-001-00", "c03-000-00"):
        image = iam / "lines" / name[:3] / name[:-3] / f"{name}.png"
        image.parent.mkdir(parents=True)
        image.write_bytes(encoded(len(name)))
    (iam / "ascii").mkdir()
    rows = [f"{name} ok 154 19 408 746 1661 89 A|MOVE" for name in ("a01-000u-00", "b02-001-00", "c03-000-00")]
    (iam / "ascii" / "lines.txt").write_text("\n".join(rows))
    (iam / "splits").mkdir()
    (iam / "splits" / "trainset.txt").write_text("a01-000u-00\n")
    (iam / "splits" / "validationset1.txt").write_text("b02-001\n")
    (iam / "splits" / "transcripts.txt").write_text("not a list of the training split\n")
    assert {split: path.name for split, path in find_lists(iam).items()} == {
        "train": "trainset.txt",
        "val": "validationset1.txt",
    }
    summary = prepare_data(str(iam))
    assert (summary.kind, summary.lines, summary.splits, summary.unlisted) == ("iam", 2, {"train": 1, "val": 1}, 1)
    summary = prepare_data(str(iam), lists={"test": iam / "splits" / "trainset.txt"})
    assert (summary.splits, summary.unlisted) == ({"test": 1}, 2)


def test_kept_lines_all_or_of_one_hand(home):
    store = AnnotationStore()
    with pytest.raises(InputError, match="No line has been kept"):
        prepare_data("kept")
    page = PageImage("a" * 64, "page.png", 60, 240)
    places = [np.array([[0, y], [60, y], [60, y + 20], [0, y + 20]]) for y in range(0, 240, 20)]
    for n, place in enumerate(places):
        store.keep(page, place, picture(n), f"line {n}", who="ada", writer="Bo" if n < 3 else None)
    summary = prepare_data("kept")
    assert (summary.kind, summary.lines, summary.splits) == ("kept", 12, {"train": 11, "val": 1})
    with connected(home / "annotations.sqlite") as connection:  # so that none of it comes into a collection's test
        assert frozen_members(connection, "page") == {"a" * 64: "lines"}
        assert frozen_members(connection, "writer") == {"Bo": "lines"}
    assert summary.writers == {"Bo": 3}
    store.keep(page, places[-1], picture(11), "another text", who="ada")
    assert "another text" not in read_imagefolder(summary.path).texts
    assert prepare_data("kept: Bo").lines == 3
    assert prepare_data("kept").path != summary.path


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "There is no folder"),
        ("nowhere.zip", "There is no folder"),
        ("a/b/c", "There is no folder"),
        ("../etc", "There is no folder"),
    ],
)
def test_what_is_not_there_is_said(home, source, sentence):
    with pytest.raises(InputError, match=sentence):
        prepare_data(source)


@pytest.mark.slow
def test_archives_that_mean_harm(home, tmp_path):
    climbing, bomb, broken = (tmp_path / f"{name}.zip" for name in ("climbing", "bomb", "broken"))
    (tmp_path / "secret.png").write_bytes(encoded(0))
    with zipfile.ZipFile(climbing, "w") as file:
        file.writestr(METADATA, json.dumps({"file_name": "../secret.png", "text": "x"}))
        file.writestr("../secret.png", encoded(0))
    with pytest.raises(InputError, match="outside of the data set"):
        prepare_data(str(climbing))
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(METADATA, json.dumps({"file_name": "big.png", "text": "x"}))
        file.writestr("big.png", bytes(300 * 2**20))
    with pytest.raises(InputError, match="more than 256 MiB"):
        prepare_data(str(bomb))
    broken.write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(InputError, match="not a .zip file"):
        prepare_data(str(broken))
    assert list((home / "data").iterdir()) == []


def test_folders_without_anything_to_learn_from(home, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no metadata.jsonl.*text file"):
        prepare_data(str(tmp_path / "empty"))
    (tmp_path / "columns").mkdir()
    (tmp_path / "columns" / METADATA).write_text('{"image": "a.png", "label": "x"}\n')
    with pytest.raises(InputError, match='no "file_name"'):
        prepare_data(str(tmp_path / "columns"))
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / METADATA).write_text('{"file_name": "a.png", "text": "x"}\n')
    (tmp_path / "cut" / "a.png").write_bytes(encoded(0)[:80])
    with pytest.raises(InputError, match="no line that can be used"):
        prepare_data(str(tmp_path / "cut"))


def test_import_takes_an_empty_folder_only(folder, home, tmp_path):
    summary = import_data(str(folder), tmp_path / "out")
    assert summary.path == tmp_path / "out"
    assert len(read_imagefolder(tmp_path / "out")) == 3
    assert summary.first[0].image.is_file()
    with pytest.raises(InputError, match="not an empty folder"):
        import_data(str(folder), tmp_path / "out")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="not an empty folder"):
        import_data(str(folder), tmp_path / "file")


def test_a_place_that_cannot_be_written_is_said(folder, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        prepare_data(str(folder), directory=tmp_path / "file")


def test_leftovers_of_a_killed_process_go_after_a_day(folder, home):
    old, new = home / "data" / ".partial-old", home / "data" / ".partial-new"
    for path in (old, new):
        path.mkdir(parents=True)
    os.utime(old, (0, 0))
    prepare_data(str(folder))
    assert (old.exists(), new.exists()) == (False, True)


# --- the Hub, without a network


def unreachable(*_: object, **__: object) -> None:
    raise ConnectionError("no network")


def parquet(path: Path, rows: list[dict]) -> None:
    table = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    import pyarrow.parquet

    path.parent.mkdir(parents=True, exist_ok=True)
    pyarrow.parquet.write_table(table.Table.from_pylist(rows), path)


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Path:
    """A folder in place of the Hub's data set `someone/lines`."""
    root = tmp_path / "hub"
    root.mkdir()

    def info(name: str, files_metadata: bool) -> types.SimpleNamespace:
        files = [
            types.SimpleNamespace(rfilename=p.relative_to(root).as_posix(), size=p.stat().st_size)
            for p in root.rglob("*.*")
        ]
        return types.SimpleNamespace(siblings=files)

    monkeypatch.setattr("huggingface_hub.dataset_info", info)
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda name, **_: str(root))
    return root


def row(seed: int, text: str | None, **extra: str) -> dict:
    return {"image": {"bytes": encoded(seed), "path": f"{seed}.png"}, "text": text, **extra}


def test_a_hub_data_set_of_parquet_files(hub, home):
    parquet(hub / "data" / "train.parquet", [row(0, "one"), row(1, " "), row(2, "two")])
    parquet(hub / "data" / "validation-00000-of-00001.parquet", [row(3, "three")])
    parquet(
        hub / "data" / "test.parquet", [row(4, "four"), {"image": {"bytes": b"no image", "path": "x"}, "text": "x"}]
    )
    summary = prepare_data("someone/lines")
    assert (summary.kind, summary.lines) == ("hub", 4)
    assert summary.splits == {"test": 1, "train": 2, "val": 1}
    assert [s.file for s in summary.skipped] == ["data/train.parquet, row 2", "data/test.parquet, row 2"]
    assert sorted(r.text for r in read_imagefolder(summary.path)) == ["four", "one", "three", "two"]
    assert summary.path.name.startswith("someone-lines-")


def test_a_hub_data_set_of_images(hub, home):
    write_imagefolder(hub / "train", [(picture(0), "one", {})])
    write_imagefolder(hub / "test", [(picture(1), "two", {})])
    assert prepare_data("someone/lines").splits == {"test": 1, "train": 1}


def test_hub_data_sets_that_cannot_be_used(hub, home, monkeypatch):
    with pytest.raises(InputError, match="neither Parquet files nor"):
        prepare_data("someone/lines")
    parquet(hub / "train.parquet", [{"image": {"bytes": encoded(0), "path": "a"}, "label": 3}])
    with pytest.raises(InputError, match="columns image, label"):
        prepare_data("someone/lines")
    parquet(hub / "train.parquet", [row(0, "one")])
    monkeypatch.setenv("HWR_LARGEST_DATA_GB", "1e-9")
    with pytest.raises(InputError, match="HWR_LARGEST_DATA_GB"):
        prepare_data("someone/lines")
    monkeypatch.delenv("HWR_LARGEST_DATA_GB")
    (hub / "train.parquet").write_bytes(b"PAR1 and then nothing")
    with pytest.raises(InputError, match="damaged"):
        prepare_data("someone/lines")


def test_without_a_network_the_cache_is_taken_if_it_is_whole(hub, home, monkeypatch):
    monkeypatch.setattr("huggingface_hub.dataset_info", unreachable)
    parquet(hub / "data" / "train-00000-of-00002.parquet", [row(0, "one")])
    with pytest.raises(InputError, match="Only a part"):
        prepare_data("someone/lines")
    parquet(hub / "data" / "train-00001-of-00002.parquet", [row(1, "two")])
    assert prepare_data("someone/lines").lines == 2
    monkeypatch.setattr("huggingface_hub.snapshot_download", unreachable)
    with pytest.raises(InputError, match="cannot be reached"):
        prepare_data("someone/lines")


# --- the command line


def test_a_summary_warns_of_what_cannot_be_seen_and_of_right_to_left(home, tmp_path, capsys):
    lines = [(picture(0), "a\u200bb\x1b[7m", {}), (picture(1), "שלום", {}), (picture(2), "plain", {})]
    write_imagefolder(tmp_path / "odd", lines)
    summary = prepare_data(str(tmp_path / "odd"))
    assert (summary.right_to_left, summary.invisible) == (1, 1)
    assert "\u200b" not in summary.characters
    assert read_summary(summary.path).warnings == summary.warnings
    assert ["python-bidi" in w for w in summary.warnings] == [True, False]
    assert main(["data", str(tmp_path / "odd")]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert out.count("careful: 1 line(s) have ") == 2


def test_commands(folder, home, tmp_path, capsys):
    assert main(["data", str(folder), "--out", str(tmp_path / "out")]) == 0
    assert "3 lines" in (shown := capsys.readouterr().out)
    assert "left out" in shown
    assert main(["data", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lines"] == 3
    assert main(["data", "nowhere"]) == 2
    assert main(["kept", "--export", str(tmp_path / "kept")]) == 2
    page, corners = PageImage("a" * 64, "p.png", 60, 20), np.array([[0, 0], [60, 0], [60, 20], [0, 20]])
    AnnotationStore().keep(page, corners, picture(0), "kept here", who="ada")
    assert main(["kept"]) == 0
    assert capsys.readouterr().out.startswith("1 lines kept")
    assert main(["kept", "--export", str(tmp_path / "kept")]) == 0
    assert read_imagefolder(tmp_path / "kept").texts == ["kept here"]
