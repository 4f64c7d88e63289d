"""The imagefolder layout: read, written, zipped, damaged."""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import pickle
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hwr.data.dataset import LineDataset, LineRecord, Skipped, read_imagefolder, write_imagefolder
from hwr.errors import InputError
from hwr.recognizer.charset import normalize_text

COPISTE = Path(__file__).parents[3] / "shared" / "data" / "copiste" / "lines.zip"
INK = np.arange(48, dtype=np.uint8).reshape(6, 8)


def png(image: np.ndarray = INK) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image).save(out, "PNG")
    return out.getvalue()


def row(file_name: str, text: str = "text", **more: object) -> str:
    return json.dumps({"file_name": file_name, "text": text, **more})


@pytest.fixture(params=["folder", "zip"])
def place(request: pytest.FixtureRequest, tmp_path: Path):
    """Lays {name: content} out as a folder or as a .zip file and returns its path."""

    def lay(files: dict[str, bytes | str]) -> Path:
        contents = {name: c.encode() if isinstance(c, str) else c for name, c in files.items()}
        if request.param == "zip":
            with zipfile.ZipFile(tmp_path / "lines.zip", "w") as archive:
                for name, content in contents.items():
                    archive.writestr(name, content)
            return tmp_path / "lines.zip"
        for name, content in contents.items():
            (tmp_path / "lines" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "lines" / name).write_bytes(content)
        return tmp_path / "lines"

    return lay


def test_fields_and_bytes(place) -> None:
    lines = [row("a.png", " Two  words ", writer=7, page="p1", split="train"), "", row("sub/b.png", "é")]
    path = place({"metadata.jsonl": "\n".join(lines), "a.png": png(), "sub/b.png": b"not opened"})
    dataset = read_imagefolder(path)
    first, second = dataset
    assert (first.text, first.writer, first.page, first.split, first.box) == (" Two  words ", "7", "p1", "train", None)
    assert (second.text, second.writer, second.page, second.split) == ("é", None, None, None)
    assert (first.read_bytes(), second.read_bytes()) == (png(), b"not opened")
    assert dataset.texts == [" Two  words ", "é"]
    assert (len(dataset), dataset[1], dataset.splits, dataset.skipped) == (2, second, ["train"], [])


def test_a_byte_order_mark_and_windows_line_ends_and_separators(place) -> None:
    path = place({"metadata.jsonl": "\ufeff" + row("sub\\a.png", "x\u2028y") + "\r\n", "sub/a.png": png()})
    assert read_imagefolder(path).texts == ["x\u2028y"]


def test_nothing_is_dropped_silently(place) -> None:
    lines = [
        row("a.png"),
        row("gone.png"),
        row("a.png", "  "),
        "{broken",
        "[1]",
        json.dumps({"text": "no file"}),
        json.dumps({"file_name": "a.png", "text": 3}),
        '{"file_name": "a.png", "text": "\\ud800"}',
        "[" * 100_000,
    ]
    dataset = read_imagefolder(place({"metadata.jsonl": "\n".join(lines), "a.png": png()}))
    assert dataset.texts == ["text"]
    assert dataset.skipped == [
        Skipped("gone.png", "the image is missing"),
        Skipped("a.png", "the text is empty or not text"),
        Skipped("metadata.jsonl:4", "the line is not valid JSON"),
        Skipped("metadata.jsonl:5", 'the line has no "file_name"'),
        Skipped("metadata.jsonl:6", 'the line has no "file_name"'),
        Skipped("a.png", "the text is empty or not text"),
        Skipped("a.png", "the text is empty or not text"),
        Skipped("metadata.jsonl:9", "the line is not valid JSON"),
    ]


def test_a_line_that_is_not_utf8(place) -> None:
    dataset = read_imagefolder(place({"metadata.jsonl": b'"\xff"\n' + row("a.png").encode(), "a.png": png()}))
    assert [s.file for s in dataset.skipped] == ["metadata.jsonl:1"]


@pytest.mark.parametrize(
    "name",
    ["../secret.png", "a/../../secret.png", "/etc/passwd", "C:\\secret.png", "..\\secret.png", "\\\\host\\x", ".."],
)
def test_a_name_that_leaves_the_folder_is_refused(name: str, place, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(png())
    with pytest.raises(InputError, match=r"metadata\.jsonl:1.*outside"):
        read_imagefolder(place({"metadata.jsonl": row(name), "a.png": png()}))


def test_a_zip_whose_members_leave_its_folder(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("metadata.jsonl", row("x/../../evil.png"))
        archive.writestr("../evil.png", png())
    with pytest.raises(InputError, match="outside"):
        read_imagefolder(tmp_path / "a.zip")
    assert not list(tmp_path.parent.glob("evil.png"))


def test_one_metadata_in_each_split(place) -> None:
    path = place(
        {
            "train/metadata.jsonl": row("a.png", "one"),
            "train/a.png": png(),
            "val/metadata.jsonl": row("../train/a.png", "two") + "\n" + row("a.png", "three", split="test"),
            "val/a.png": b"",
        }
    )
    dataset = read_imagefolder(path)
    assert [(r.text, r.split) for r in dataset] == [("one", "train"), ("two", "val"), ("three", "test")]
    assert dataset[1].read_bytes() == png()


def test_the_folder_that_zipping_adds_is_not_a_split(place) -> None:
    path = place({"my lines/metadata.jsonl": row("a.png"), "my lines/a.png": png()})
    assert read_imagefolder(path, "train")[0].split is None


@pytest.mark.parametrize("spelling", ["validation", "Val", "DEV", " valid "])
def test_splits_by_every_name_and_case(spelling: str, place) -> None:
    lines = [
        row("a.png", "one", split="Train"),
        row("a.png", "two", split=spelling),
        row("a.png", "3", split="TESTING"),
    ]
    dataset = read_imagefolder(place({"metadata.jsonl": "\n".join(lines), "a.png": png()}))
    assert dataset.splits == ["train", "val", "test"]
    assert [r.text for r in dataset.select(spelling)] == ["two"]


@pytest.mark.parametrize("named", [True, False])
def test_folders_are_splits_by_every_name_and_case(named: bool, place) -> None:
    files: dict[str, bytes | str] = {f"{folder}/deep/a.png": png() for folder in ("Train", "Validation", "TEST")}
    if named:
        files["metadata.jsonl"] = "\n".join(map(row, list(files)))
    else:
        files |= {f"{name[:-4]}.txt": "text" for name in list(files)}
    assert sorted(str(r.split) for r in read_imagefolder(place(files))) == ["test", "train", "val"]


@pytest.mark.parametrize("field", ["writer", "page", "split"])
@pytest.mark.parametrize("value", ["\ud800", "x" * 300])
def test_fields_that_no_file_system_takes(field: str, value: str, place) -> None:
    lines = [row("a.png", "bad", **{field: value}), row("a.png", "good")]
    dataset = read_imagefolder(place({"metadata.jsonl": "\n".join(lines), "a.png": png()}))
    assert dataset.texts == ["good"]
    assert (dataset.skipped[0].file, dataset.skipped[0].reason.split(" is")[0]) == ("metadata.jsonl:1", f"its {field}")


def test_images_that_no_line_names_are_told(place) -> None:
    files = {
        "metadata.jsonl": row("a.png"),
        "a.png": png(),
        "sub/b.png": png(),
        "__MACOSX/._a.png": b"",
        "notes.txt": "",
    }
    dataset = read_imagefolder(place(files))
    assert dataset.skipped == [Skipped("sub/b.png", "no line of metadata.jsonl names it")]


@pytest.mark.parametrize(
    ("image", "transcript"),
    [
        ("0001.bin.png", "0001.gt.txt"),
        ("0001.nrm.png", "0001.txt"),
        ("IMG_1.PNG", "IMG_1.TXT"),
        ("train/anna/page1/line.png", "train/anna/page1/line.txt"),
        (unicodedata.normalize("NFD", "été.png"), "été.txt"),
    ],
)
def test_transcripts_beside(image: str, transcript: str, place) -> None:
    assert read_imagefolder(place({image: png(), transcript: "said"})).texts == ["said"]


def test_two_images_of_one_line_are_one_line(place) -> None:
    dataset = read_imagefolder(place({"1.bin.png": png(), "1.png": png(), "1.nrm.png": png(), "1.gt.txt": "said"}))
    assert [str(r.image).endswith("1.png") for r in dataset] == [True]
    assert [s.file for s in dataset.skipped] == ["1.bin.png", "1.nrm.png"]
    assert "1.png, which shows the same line" in dataset.skipped[0].reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"one\rtwo\r", "it has 2 lines of text; an image of one line has one"),
        ("one\u2028two".encode(), "it has 2 lines of text; an image of one line has one"),
        (b" \n", "it has no text"),
        ("\u200b".encode(), "it has no text"),
        (b"\xff\xfe\x00", "it is not text in UTF-8"),
    ],
)
def test_transcripts_that_are_no_line(content: bytes, reason: str, place) -> None:
    dataset = read_imagefolder(place({"a.png": png(), "a.txt": content, "b.png": png(), "b.txt": "good\r\n"}))
    assert dataset.texts == ["good"]
    assert dataset.skipped == [Skipped("a.txt", reason)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_metadata_of_other_encodings(encoding: str, place) -> None:
    path = place({"metadata.jsonl": row("a.png", "é").encode(encoding), "a.png": png()})
    if encoding == "utf-16-be":
        with pytest.raises(InputError, match=r"looks like UTF-16.*save it as UTF-8"):
            read_imagefolder(path)
    else:
        assert read_imagefolder(path).texts == ["é"]


def test_names_that_differ_in_composition_alone(place) -> None:
    path = place({"metadata.jsonl": row("été.png"), unicodedata.normalize("NFD", "été.png"): png()})
    assert read_imagefolder(path)[0].read_bytes() == png()


class StoredAs(zipfile.ZipInfo):
    """A member whose name is stored in an encoding without a word about it, as old programs do."""

    encoding = "ascii"

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode(self.encoding), self.flag_bits & ~0x800


@pytest.mark.parametrize(
    ("stored", "encoding"),
    [
        *(("straße.png", encoding) for encoding in ("utf-8", "cp1252", "cp437", "cp850")),
        (unicodedata.normalize("NFD", "naïve.png"), "utf-8"),
        ("img\\b.png", "ascii"),
    ],
)
def test_zip_names_without_a_flag(stored: str, encoding: str, tmp_path: Path) -> None:
    member = StoredAs("x")
    member.filename, member.encoding = stored, encoding
    name = unicodedata.normalize("NFC", stored.replace("\\", "/"))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("metadata.jsonl", row(name))
        archive.writestr(member, png())
    dataset = read_imagefolder(tmp_path / "a.zip")
    assert (dataset[0].read_bytes(), dataset.skipped) == (png(), [])


def test_a_data_set_in_a_folder_with_backslashes(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("set\\metadata.jsonl", row("a.png"))
        archive.writestr("set\\a.png", png())
    assert read_imagefolder(tmp_path / "a.zip")[0].read_bytes() == png()


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "metadata.jsonl").write_text(row("pipe.png") + "\n" + row("zero.png") + "\n" + row("a.png"))
    (tmp_path / "a.png").write_bytes(png())
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "zero.png").symlink_to("/dev/zero")
    assert [s.file for s in read_imagefolder(tmp_path).skipped] == ["pipe.png", "zero.png"]
    with pytest.raises(InputError, match="cannot be read"):
        LineRecord(tmp_path / "zero.png", "x").read_bytes()


def test_one_split_of_several(place) -> None:
    lines = [row("a.png", "one", split="train"), row("a.png", "two", split="val"), row("a.png", "three", split="train")]
    path = place({"metadata.jsonl": "\n".join(lines), "a.png": png()})
    assert read_imagefolder(path, "train").texts == ["one", "three"]
    with pytest.raises(InputError, match=r"no split 'test'; it has train, val"):
        read_imagefolder(path, "test")


def test_without_splits_every_split_is_all(place) -> None:
    path = place({"metadata.jsonl": row("a.png"), "a.png": png()})
    assert read_imagefolder(path, "anything").texts == ["text"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.png": b""}, r"has no metadata\.jsonl"),
        ({"metadata.jsonl": ""}, "it lists none"),
        ({"metadata.jsonl": row("gone.png")}, r"image is missing \(gone\.png\)"),
    ],
)
def test_no_data_set(files: dict[str, bytes | str], message: str, place) -> None:
    with pytest.raises(InputError, match=message):
        read_imagefolder(place(files))


def test_missing_or_damaged_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is missing"):
        read_imagefolder(tmp_path / "nowhere")
    (tmp_path / "a.zip").write_bytes(b"PK not a zip")
    with pytest.raises(InputError, match=r"not a \.zip file"):
        read_imagefolder(tmp_path / "a.zip")


def test_damaged_and_lost_images(place) -> None:
    path = place({"metadata.jsonl": row("a.png"), "a.png": png()})
    record = read_imagefolder(path)[0]
    if record.archive:
        content = bytearray(path.read_bytes())
        content[content.index(png()) + 20] ^= 255  # the member's checksum no longer fits
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"a\.png cannot be read: Bad CRC"):
            record.read_bytes()
        path.unlink()
    else:
        record.image.unlink()
    with pytest.raises(InputError, match=r"a\.png cannot be read"):
        record.read_bytes()


def test_a_member_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.jsonl", row("a.png"))
        archive.writestr("a.png", bytes(2**21))
    monkeypatch.setattr("hwr.data.places.LARGEST_FILE", 2**20)
    with pytest.raises(InputError, match="unpacks to more than 1 MiB"):
        read_imagefolder(tmp_path / "a.zip")[0].read_bytes()


def _read(record: LineRecord) -> bytes:
    return record.read_bytes()


def test_worker_processes_read_the_same(place) -> None:
    images = {f"{i}.png": png(np.full((4, 4), i, np.uint8)) for i in range(40)}
    path = place({"metadata.jsonl": "\n".join(map(row, images)), **images})
    dataset = pickle.loads(pickle.dumps(read_imagefolder(path)))
    dataset[0].read_bytes()  # opens the archive here, before the workers start
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(_read, dataset, chunksize=3) == list(images.values())


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_box_is_cut_out_and_clipped(mode: str, tmp_path: Path) -> None:
    image = tmp_path / "page.tif"
    Image.fromarray(INK).convert(mode).save(image)
    cut = Image.open(io.BytesIO(LineRecord(image, "x", box=(2, 1, 5, 3)).read_bytes()))
    np.testing.assert_allclose(np.asarray(cut.convert("L")), INK[1:3, 2:5], atol=1)
    clipped = Image.open(io.BytesIO(LineRecord(image, "x", box=(-3, 4, 100, 100)).read_bytes()))
    assert clipped.size == (8, 2)
    with pytest.raises(InputError, match="outside of its 8 x 6 pixels"):
        LineRecord(image, "x", box=(9, 0, 12, 3)).read_bytes()


def test_written_images_come_back(tmp_path: Path) -> None:
    images = [INK, np.stack([INK] * 3, axis=-1), Image.fromarray(INK), Image.fromarray(INK).convert("CMYK")]
    extras = [{"writer": "w", "page": "p", "split": "train", "note": [1]}, {"split": "a/../b"}, {}, {"writer": None}]
    write_imagefolder(tmp_path / "new", zip(images, "abcd", extras, strict=True))
    dataset = read_imagefolder(tmp_path / "new")
    assert dataset.texts == list("abcd")
    assert [(r.writer, r.page, r.split) for r in dataset][:2] == [("w", "p", "train"), (None, None, "a/../b")]
    assert [r.image.parent.name for r in dataset] == ["train", "new", "new", "new"]
    for record in dataset:
        read = np.asarray(Image.open(io.BytesIO(record.read_bytes())).convert("L"))
        np.testing.assert_allclose(read, INK, atol=1)


def test_writing_over_a_data_set_is_refused(tmp_path: Path) -> None:
    write_imagefolder(tmp_path, [(INK, "a", {})])
    with pytest.raises(InputError, match="already holds"):
        write_imagefolder(tmp_path, [(INK, "b", {})])
    assert read_imagefolder(tmp_path).texts == ["a"]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ((INK.astype(float), "a", {}), "uint8"),
        ((INK[:0], "a", {}), "is empty"),
        ((INK[None], "a", {}), "uint8"),
        ((INK, "\ud800", {}), "not valid Unicode"),
        ((INK, "a", {"text": "b"}), "'text'"),
    ],
)
def test_what_cannot_be_written(item: tuple, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        write_imagefolder(tmp_path, [item])
    assert not (tmp_path / "metadata.jsonl").exists()


text = st.text(min_size=1, max_size=20).filter(normalize_text)


@settings(max_examples=60, deadline=None)
@given(lines=st.lists(st.tuples(text, st.none() | st.text(max_size=5)), min_size=1, max_size=4))
def test_any_text_comes_back_as_it_stands(lines: list[tuple[str, str | None]], tmp_path_factory) -> None:
    directory = tmp_path_factory.mktemp("any")
    write_imagefolder(directory, [(INK, said, {"writer": writer}) for said, writer in lines])
    assert [(r.text, r.writer) for r in read_imagefolder(directory)] == lines


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=60) | st.text(max_size=20).map(row).map(str.encode))
def test_any_metadata_is_read_or_refused_in_a_sentence(content: bytes, tmp_path_factory) -> None:
    directory = tmp_path_factory.mktemp("any")
    (directory / "metadata.jsonl").write_bytes(content + b"\n" + row("a.png").encode())
    (directory / "a.png").write_bytes(png())
    try:
        dataset = read_imagefolder(directory)
    except InputError:  # a name that leaves the folder
        return
    assert isinstance(dataset, LineDataset)
    assert dataset.texts[-1] == "text"


@pytest.mark.skipif(not COPISTE.exists(), reason="../shared/data is not there")
def test_copiste() -> None:
    dataset = read_imagefolder(COPISTE)
    assert {split: len(dataset.select(split)) for split in dataset.splits} == {"train": 4513, "val": 406, "test": 583}
    assert dataset.skipped == []
    assert Image.open(io.BytesIO(dataset[0].read_bytes())).height == 64
