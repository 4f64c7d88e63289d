"""A packed supply is the same supply, smaller, and says when it is not whole."""

import gzip
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hwr.cli import main
from hwr.data.dataset import METADATA, read_imagefolder
from hwr.data.strokes import load_writers, save_writers
from hwr.data.words import CutLine, CutWord, write_cuts
from hwr.errors import InputError
from hwr.paths import ASSETS
from hwr.recognizer.checkpoint import save_checkpoint
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.lines.pack import CONFIG, INDEX, check_pack, pack, size_of
from hwr.training.lines.sets import build_data, unlabelled_lines


@pytest.fixture
def strokes(tmp_path):
    path = tmp_path / "words.jsonl.gz"
    rng = np.random.default_rng(0)
    with gzip.open(path, "wt") as file:
        for i in range(40):
            points = np.round(np.cumsum(rng.normal(0, 3, (30, 2)), axis=0)).astype(int)
            steps = np.diff(points, axis=0, prepend=0).ravel().tolist()
            row = {"writer": i % 3, "split": "train", "text": "abcdefghij"[i % 10] * 3, "strokes": [steps, [1, 2]]}
            file.write(json.dumps(row) + "\n")
    return path


def test_packed_strokes_are_the_strokes(strokes, tmp_path):
    writers = load_writers(strokes, "train")
    save_writers(writers, tmp_path / "a.strokes.npz")
    again = load_writers(tmp_path / "a.strokes.npz", "train")
    assert [w.name for w in again] == [w.name for w in writers]
    for a, b in zip(writers, again, strict=True):
        assert [word.text for word in a.words] == [word.text for word in b.words]
        assert a.by_text.keys() == b.by_text.keys()
        for first, second in zip(a.words, b.words, strict=True):
            for one, other in zip(first.strokes, second.strokes, strict=True):
                assert np.abs(one[[0, -1]] - other[[0, -1]]).max() < 0.02  # of a capital
                distances = np.abs(other[:, None] - one[None]).max(axis=2)
                assert distances.min(axis=1).max() < 0.02, "every point is one of the stroke's"
    (tmp_path / "bad.strokes.npz").write_bytes((tmp_path / "a.strokes.npz").read_bytes()[:200])
    with pytest.raises(InputError, match="not a packed stroke file"):
        load_writers(tmp_path / "bad.strokes.npz", "train")


@pytest.fixture
def config(strokes, line_folder, tmp_path, tiny_checkpoint) -> TrainConfig:
    save_checkpoint(tiny_checkpoint, tmp_path / "start")
    (tmp_path / "prose.txt").write_text("abc bcd\nccc ddd\n")
    records = read_imagefolder(line_folder, "train").records
    cuts = [
        CutLine(r.name(line_folder), "w", "train", 40.0, 20.0, [CutWord(0, 0, 20), CutWord(1, 20, 40)])
        for r in records
        if len(r.text.split()) >= 2
    ]
    write_cuts(cuts, tmp_path / "cuts.jsonl")
    data = [
        DataConfig(str(strokes), "strokes", weight=2.0, text=str(tmp_path / "prose.txt")),
        DataConfig(str(ASSETS / "fonts"), "fonts", None, text=str(tmp_path / "prose.txt"), texts_from=None),
        DataConfig(str(line_folder)),
        DataConfig(str(line_folder), "words", cuts=str(tmp_path / "cuts.jsonl")),
    ]
    validation = [DataConfig(str(line_folder), split="val", lines=3)]
    return TrainConfig(data=data, validation=validation, init=str(tmp_path / "start"), extend_charset=False, steps=2)


def test_a_pack_is_the_same_supply_elsewhere(config, tmp_path, monkeypatch):
    out = tmp_path / "pack"
    assert pack(config, out, megabytes=5.0) == []
    assert size_of(out) < 5e6
    check_pack(out)
    moved = tmp_path / "elsewhere"
    out.rename(moved)
    packed = TrainConfig.load(moved / CONFIG)
    places = [
        packed.init,
        *(d.path for d in [*packed.data, *packed.validation]),
        packed.data[0].text,
        packed.data[3].cuts,
    ]
    assert all(place and place.startswith(str(moved)) for place in places)
    assert packed.data[2].path == packed.data[3].path, "lines are packed once"
    assert [d.weight for d in packed.data] == [d.weight for d in config.data]
    source, validation = build_data(packed)
    assert {source.sample(np.random.default_rng(i)).source for i in range(40)} == {"strokes", "fonts", "lines", "words"}
    (_, samples) = validation[0]
    assert len(list(samples)) == 3


def test_writers_that_are_left_out_are_not_packed(config, strokes, tmp_path):
    names = [writer.name for writer in load_writers(strokes, "train")]
    strokes_alone = [replace(config.data[0], without=names[:1])]
    pack(replace(config, data=strokes_alone), tmp_path / "pack", megabytes=5.0)
    (packed,) = TrainConfig.load(tmp_path / "pack" / CONFIG).data
    assert packed.without == []
    assert [writer.name for writer in load_writers(Path(packed.path), "train")] == names[1:]


def test_lines_without_texts_are_packed_whole_and_their_texts_stay_behind(config, line_folder, tmp_path):
    config = replace(config, unlabelled=[DataConfig(str(line_folder), split="test")])
    pack(config, tmp_path / "pack", megabytes=5.0)
    packed = TrainConfig.load(tmp_path / "pack" / CONFIG)
    assert Path(packed.unlabelled[0].path).parent == tmp_path / "pack"
    found, before = unlabelled_lines(packed), unlabelled_lines(config)
    assert [r.image.name for r in found.records] == [r.image.name for r in before.records]
    with zipfile.ZipFile(packed.unlabelled[0].path) as archive:
        rows = [json.loads(line) for line in archive.read(METADATA).splitlines()]
    assert [row["text"] for row in rows] == [""] * 4


@pytest.mark.slow
def test_what_does_not_fit_is_left_out_and_told(config, tmp_path):
    whole = read_imagefolder(Path(config.data[2].path), "train").records
    pack(config, tmp_path / "all", megabytes=5.0)
    drawn = sum(
        size_of(tmp_path / "all" / p.name) for p in (tmp_path / "all").iterdir() if p.is_dir() or p.suffix != ".zip"
    )
    left_out = pack(config, tmp_path / "some", megabytes=drawn / 1e6 + 0.03)
    assert len(left_out) == 1
    assert f"of {len(whole)} lines of {config.data[2].path}" in left_out[0]
    with pytest.raises(InputError, match="allow it more megabytes"):
        pack(config, tmp_path / "none", megabytes=0.01)
    with pytest.raises(InputError, match="is not empty"):
        pack(config, tmp_path / "all", megabytes=5.0)


def test_a_pack_that_is_cut_off_or_of_another_version_is_told(config, tmp_path, capsys):
    out = tmp_path / "pack"
    pack(config, out, megabytes=5.0)
    lines = next(out.glob("*lines.zip"))
    lines.write_bytes(lines.read_bytes()[:-10])
    assert main(["train", "--config", str(out), "--out", str(tmp_path / "run")]) == 2
    assert f"{lines.name} of the packed supply {out} is cut off" in capsys.readouterr().err
    lines.unlink()
    with pytest.raises(InputError, match="is missing"):
        check_pack(out)
    index = json.loads((out / INDEX).read_text())
    (out / INDEX).write_text(json.dumps(index | {"version": 99}))
    with pytest.raises(InputError, match="another version"):
        check_pack(out)
    (out / INDEX).write_text("{")
    with pytest.raises(InputError, match="not a packed supply"):
        check_pack(out)


@pytest.mark.slow
def test_a_pack_is_trained_on_by_its_folder(config, tmp_path, capsys):
    path = tmp_path / "config.yaml"
    config.save(path)
    assert main(["pack", "--config", str(path), "--out", str(tmp_path / "pack"), "--megabytes", "5"]) == 0
    assert "MB in" in capsys.readouterr().out
    flags = ["--steps", "1", "--batch-size", "4", "--validate-every", "1"]
    assert main(["train", "--config", str(tmp_path / "pack"), *flags, "--out", str(tmp_path / "run")]) == 0
    assert "finished at step 1" in capsys.readouterr().out
