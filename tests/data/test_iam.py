"""IAM, on trees of two forms written by the test."""

from __future__ import annotations

import io
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hwr.data.dataset import Skipped
from hwr.data.iam import _join_punctuation, read_iam
from hwr.errors import InputError

LINES_TXT = """#--- lines.txt ---#
# format: a01-000u-00 ok 154 19 408 746 1661 89 A|MOVE|to|stop|Mr.|Gaitskell|from
a01-000u-00 ok 154 19 408 746 1661 89 A|MOVE|to|stop|Mr.|Gaitskell|,
a01-000u-01 err 156 19 395 932 1850 105 "|the|B B C|"|he|'s|,
b02-001-00 ok 156 19 395 932 1850 105 Labour|life|Peers
"""


def page(path: Path, height: int = 60, width: int = 80) -> np.ndarray:
    image = np.random.default_rng(0).integers(0, 256, (height, width), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)
    return image


def lists(directory: Path, **splits: str) -> dict[str, Path]:
    for name, content in splits.items():
        (directory / f"{name}.uttlist").write_text(content)
    return {name: directory / f"{name}.uttlist" for name in splits}


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """The layout of ascii.tgz and lines.tgz."""
    (tmp_path / "ascii").mkdir()
    (tmp_path / "ascii" / "lines.txt").write_text(LINES_TXT)
    (tmp_path / "ascii" / "forms.txt").write_text("# form, writer, ...\na01-000u 000 2 prt 7 5 52 36\n")
    for name in ("a01-000u-00", "a01-000u-01", "b02-001-00"):
        form = name[:-3]
        page(tmp_path / "lines" / form[:3] / form / f"{name}.png")
    return tmp_path


def xml_line(name: str, text: str, words: list[list[tuple[int, int, int, int]]], segmentation: str = "ok") -> str:
    components = ["".join(f'<cmp x="{x}" y="{y}" width="{w}" height="{h}"/>' for x, y, w, h in word) for word in words]
    inside = "".join(f'<word id="{name}-{i:02d}">{word}</word>' for i, word in enumerate(components))
    return f'<line id="{name}" segmentation="{segmentation}" text={quoteattr(text)}>{inside}</line>'


def xml_form(directory: Path, form: str, writer: str, *lines: str) -> None:
    (directory / "xml").mkdir(exist_ok=True)
    (directory / "xml" / f"{form}.xml").write_text(
        f'<?xml version="1.0" encoding="ISO-8859-1"?><form id="{form}" writer-id="{writer}">'
        f'<machine-printed-part><machine-print-line text="no"/></machine-printed-part>'
        f"<handwritten-part>{''.join(lines)}</handwritten-part></form>",
        encoding="latin-1",
    )


@pytest.fixture
def forms(tmp_path: Path) -> Path:
    """The layout of formsA-D.tgz and xml.tgz."""
    xml_form(
        tmp_path,
        "a01-000u",
        "000",
        xml_line("a01-000u-00", "A &quot;MOVE&quot; é", [[(10, 5, 20, 10), (12, 2, 2, 2)], [(40, 6, 15, 14)]]),
        xml_line("a01-000u-01", "to stop", [[(0, 30, 5, 5)]], "err"),
        xml_line("a01-000u-02", "nowhere", []),
    )
    xml_form(tmp_path, "b02-001", "001", xml_line("b02-001-00", "life", [[(1, 2, 3, 4)]]))
    page(tmp_path / "formsA-D" / "a01-000u.png")
    return tmp_path


def test_lines(lines: Path) -> None:
    dataset = read_iam(lines, {})
    assert dataset.texts == ["A MOVE to stop Mr. Gaitskell ,", '" the B B C " he \'s ,', "Labour life Peers"]
    assert [(r.writer, r.page, r.split) for r in dataset] == [
        ("000", "a01-000u", None),
        ("000", "a01-000u", None),
        (None, "b02-001", None),
    ]
    assert (dataset.segmentation_errors, dataset.unlisted, dataset.skipped) == (1, 0, [])
    assert Image.open(io.BytesIO(dataset[0].read_bytes())).size == (80, 60)


def test_lines_with_joined_punctuation(lines: Path) -> None:
    assert read_iam(lines, {}, join_punctuation=True).texts[:2] == [
        "A MOVE to stop Mr. Gaitskell,",
        '"the B B C" he\'s,',
    ]


def test_writers_from_the_xml_where_there_is_no_forms_list(lines: Path) -> None:
    (lines / "ascii" / "forms.txt").unlink()
    xml_form(lines, "b02-001", "007")
    assert [r.writer for r in read_iam(lines, {})] == [None, None, "007"]


def test_splits_by_form_or_by_line(lines: Path) -> None:
    by_form = read_iam(lines, lists(lines, train="a01-000u\n\n# comment\n", test="b02-001\n"))
    assert [r.split for r in by_form] == ["train", "train", "test"]
    assert len(by_form.select("train")) == 2
    by_line = read_iam(lines, lists(lines, train="a01-000u-00.png\n", test="a01-000u-01 more columns\n"))
    assert [r.split for r in by_line] == ["train", "test"]
    assert by_line.unlisted == 1


def test_listed_but_absent(lines: Path) -> None:
    dataset = read_iam(lines, lists(lines, train="a01-000u\nz99-000\n"))
    assert dataset.skipped == [Skipped("z99-000", "the list of the split train names it, but it is not in the data")]


@pytest.mark.parametrize("test", ["a01-000u", "a01-000u-00"])
def test_a_line_in_two_splits_is_refused(test: str, lines: Path) -> None:
    with pytest.raises(InputError, match="belongs to one"):
        read_iam(lines, lists(lines, train="a01-000u", test=test))


def test_damaged_lines_are_counted(lines: Path) -> None:
    (lines / "lines" / "b02" / "b02-001" / "b02-001-00.png").unlink()
    with (lines / "ascii" / "lines.txt").open("a") as file:
        file.write("garbage\na01-000u-02 ok 1 1 1 1 1 1 \na01-000u-03 ok 1 1\n")
    reasons = {s.file: s.reason for s in read_iam(lines, {}).skipped}
    assert "is missing" in reasons.pop("b02-001-00")
    assert reasons == {
        "lines.txt: garbage": "it is not a line of lines.txt",
        "a01-000u-02": "the text is empty",
        "a01-000u-03": "the text is empty",
    }


def test_forms(forms: Path) -> None:
    dataset = read_iam(forms, lists(forms, train="a01-000u", test="b02-001"))
    first, second = dataset
    assert (first.text, first.writer, first.page, first.split) == ('A "MOVE" é', "000", "a01-000u", "train")
    assert first.box == (10, 2, 55, 20)
    assert second.box == (0, 30, 5, 35)
    assert dataset.segmentation_errors == 1
    whole = np.asarray(Image.open(forms / "formsA-D" / "a01-000u.png"))
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(first.read_bytes()))), whole[2:20, 10:55])
    assert [s.file for s in dataset.skipped] == ["a01-000u-02", "b02-001-00"]
    assert "no component" in dataset.skipped[0].reason
    assert "b02-001.png is missing" in dataset.skipped[1].reason


def test_damaged_forms_are_counted(forms: Path) -> None:
    (forms / "xml" / "c03-000.xml").write_text("<form")
    (forms / "xml" / "d04-000.xml").write_text(
        '<form><handwritten-part><line text="x"><word><cmp x="a"/></word></line></handwritten-part></form>'
    )
    reasons = {s.file: s.reason for s in read_iam(forms, {}).skipped}
    assert reasons["c03-000.xml"] == "it is not valid XML"
    assert reasons["d04-000"] == "a component has no valid x, y, width and height"


def test_line_images_are_preferred_and_forms_are_read_where_there_are_none(lines: Path, forms: Path) -> None:
    assert all(record.box is None for record in read_iam(lines, {}))  # both fixtures lie in one folder
    (lines / "lines").rename(lines / "elsewhere")
    assert all(record.box for record in read_iam(lines, {}))


def test_what_is_missing_is_named(tmp_path: Path, lines: Path) -> None:
    with pytest.raises(InputError, match="neither"):
        read_iam(tmp_path / "lines" / "a01" / "a01-000u", {})
    with pytest.raises(InputError, match=r"nowhere is missing"):
        read_iam(tmp_path / "nowhere", {})
    with pytest.raises(InputError, match=r"list .*no\.uttlist of the split 'train' cannot be read"):
        read_iam(lines, {"train": tmp_path / "no.uttlist"})
    with pytest.raises(InputError, match="is empty"):
        read_iam(lines, lists(lines, train="\n"))
    with pytest.raises(InputError, match="no usable IAM line"):
        read_iam(lines, lists(lines, train="z99-000"))


@pytest.mark.parametrize(
    ("tokens", "joined"),
    [
        ("a , b . c", "a, b. c"),
        ("do n't , he 's", "don't, he's"),
        ('" a " b " c "', '"a" b "c"'),
        ("( a ) ?", "(a)?"),
        ("a - b", "a - b"),
        (". a", ". a"),
    ],
)
def test_join_punctuation(tokens: str, joined: str) -> None:
    assert _join_punctuation(tokens) == joined


@pytest.mark.slow
@given(st.text())
def test_joining_moves_nothing_but_spaces(text: str) -> None:
    assert "".join(_join_punctuation(text).split()) == "".join(text.split())
