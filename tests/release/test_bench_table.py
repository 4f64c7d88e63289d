"""The table of the benchmarks and its curves, from rows that are given: nothing is measured here."""

import xml.etree.ElementTree as ElementTree

from hwr.training.outcome.publish import write_between
from tests.benchmarks.curves import Curve, draw_curves
from tests.benchmarks.table import MARKS, Row, table, written

ROWS = [
    Row("reading 64 lines", "padded", 2.25, "x", 2.0, more=True),
    Row("beam", "forward", 26.4, "%", 25.0),
    Row("memory", "", 120.4, "MB"),
]
CURVES = [Curve("One <line>", "px", "ms", [256, 512, 1024], [2.0, 4.0, 9.0])]


def test_what_falls_short_is_marked():
    assert table(ROWS).splitlines()[2:] == [
        "| reading 64 lines | padded | 2.2 x | at least 2.0 x |",
        "| beam | forward | 26 % **(short)** | at most 25 % |",
        "| memory |  | 120 MB |  |",
    ]
    found = written(ROWS, CURVES, "a machine")
    assert [row["holds"] for row in found["rows"]] == [True, False, None]


def test_the_table_goes_between_its_marks(tmp_path):
    (tmp_path / "README.md").write_text(f"before\n{MARKS[0]}\nold\n{MARKS[1]}\nafter\n")
    write_between(tmp_path / "README.md", table(ROWS), MARKS)
    text = (tmp_path / "README.md").read_text()
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")


def test_curves_rise_on_the_picture_where_the_values_do():
    drawn = ElementTree.fromstring(draw_curves(CURVES))
    (line,) = drawn.iter("{http://www.w3.org/2000/svg}polyline")
    points = [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)
    assert "One <line>" in ["".join(text.itertext()) for text in drawn.iter("{http://www.w3.org/2000/svg}text")]
