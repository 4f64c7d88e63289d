"""What the Fine-tune tab says of data before a run begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from hwr.data.dataset import Skipped
from hwr.data.sources import DataSummary, FirstLine
from hwr.training.lines.usable import Tried
from hwr.ui.fine_tune.start_view import LONGEST_TEXT, data_card


@pytest.fixture
def summary(tmp_path: Path):
    Image.new("L", (200, 40), 255).save(tmp_path / "a.png")

    def make(
        text: str = "a line", splits: dict[str, int] | None = None, skipped: tuple[Skipped, ...] = ()
    ) -> DataSummary:
        first = [FirstLine(tmp_path / "a.png", text, None, None)]
        return DataSummary("x", "folder", tmp_path, 30, splits or {"": 30}, {}, "alin e", list(skipped), 0, first)

    return make


def test_what_was_left_out_is_told_in_both_languages(summary):
    skipped = (Skipped("7.png", "the image is missing"), Skipped("8.png", "the image is missing"), Skipped("<b>", "x"))
    card = data_card(summary(skipped=skipped), None)
    assert "Lines left out: 3" in card
    assert "画像がありません" in card
    assert "7.png …" in card
    assert "&lt;b&gt;" in card


def test_lines_that_a_run_leaves_out_are_told_by_their_text(summary):
    tried = Tried(30, [Skipped("<b> word " * 20, "text does not fit the image")])
    card = data_card(summary(), None, tried)
    assert "Of 30 lines that were tried, a run leaves out 1" in card
    assert "文が画像に収まりません" in card
    assert "(&lt;b&gt; word" in card
    assert card.count("word") < 6
    assert "were tried" not in data_card(summary(), None, Tried(30, []))


def test_a_text_that_is_no_line_does_not_fill_the_page(summary):
    card = data_card(summary("word " * 500), None)
    assert card.count("word") < LONGEST_TEXT / 4
    assert "…" in card


@pytest.mark.parametrize(
    ("splits", "told"), [({"train": 26, "val": 2}, True), ({"train": 90, "val": 10}, False), ({"": 30}, False)]
)
def test_few_lines_to_choose_by_are_told(summary, splits, told):
    assert ("to choose the best checkpoint by" in data_card(summary(splits=splits), None)) == told
