from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from hwr.errors import InputError
from hwr.images.interpretation import UNSURE
from hwr.images.page import find_lines
from hwr.reader import Reader
from hwr.reading import LineReader
from hwr.recognizer.charset import Charset
from hwr.recognizer.checkpoint import Checkpoint
from hwr.recognizer.config import CnnBlstmConfig, Stage, preset
from hwr.recognizer.network import Recognizer


@pytest.fixture
def reader(tiny_checkpoint):
    return Reader(tiny_checkpoint)


def with_line(drawn_line, text="abc cab", left=100, top=50, size=(700, 300)):
    """A white page with one drawn line at (left, top), and the line's width."""
    page = np.full((size[1], size[0]), 255, np.uint8)
    line = drawn_line(text)
    page[top : top + line.shape[0], left : left + line.shape[1]] = line
    return page, line.shape[1]


def test_characters_lie_on_the_ink_of_the_upload(reader, drawn_line):
    page, width = with_line(drawn_line)
    reading = reader.read(page).lines[0]
    aligned = reader.align(reading, "abc cab")
    assert aligned.text == "abc cab"
    assert [c.text for c in aligned.characters] == list("abc cab")
    spans = [(c.x0, c.x1) for c in aligned.characters]
    assert all(a < b for a, b in spans)
    assert all(b <= c + 1e-6 for (_, b), (c, _) in pairwise(spans))
    assert spans[0][0] >= 100
    assert spans[-1][1] <= 100 + width
    assert all(0 < c.confidence < 1 for c in aligned.characters)
    assert aligned.log_prob < 0


@pytest.mark.slow
def test_the_same_line_reads_the_same_wherever_it_stands(reader, drawn_line):
    """Cut-outs and whole images give one reading; only the positions move."""
    first = reader.read(with_line(drawn_line)[0])
    second = reader.read(with_line(drawn_line, left=140, top=90)[0])
    assert first.text == second.text
    a, b = first.lines[0].characters, second.lines[0].characters
    assert [c.x0 + 40 for c in a] == pytest.approx([c.x0 for c in b], abs=1e-6)


def test_dictionaries_are_what_the_api_promises(reader, drawn_line):
    page, _ = with_line(drawn_line)
    result = reader.read(page, name="page.png").to_dict()
    assert set(result) == {"image", "text", "confidence", "characters", "model", "seconds"}
    assert result["image"] == "page.png"
    assert result["model"] == "tiny"
    assert all(set(c) == {"text", "x0", "x1", "confidence"} for c in result["characters"])


@pytest.mark.slow
def test_several_lines_are_read_from_top_to_bottom(reader, drawn_line):
    page = np.full((500, 700), 255, np.uint8)
    for k, text in enumerate(["abc cab", "bad cab", "fed cab"]):
        line = drawn_line(text)
        page[30 + 150 * k : 30 + 150 * k + line.shape[0], 40 : 40 + line.shape[1]] = line
    reading = reader.read(page)
    assert len(reading.lines) == 3
    tops = [line.polygon[:, 1].min() for line in reading.lines]
    assert tops == sorted(tops)
    assert len(reading.to_dict()["lines"]) == 3
    assert reading.text.count("\n") == 2
    single = reader.read(page, lines="single")
    assert len(single.lines) == 1


def test_many_lines_at_once_equal_each_alone(reader, drawn_line):
    greys = [drawn_line("abc"), np.full((40, 80), 255, np.uint8), drawn_line("a cab bad cab")]
    together = reader.read_lines(greys)
    assert together[1] is None
    for grey, reading in zip(greys, together, strict=True):
        if reading is not None:
            alone = reader.read_lines([grey])[0]
            np.testing.assert_allclose(reading.log_probs, alone.log_probs, atol=1e-4)


def test_alignment_refuses_what_cannot_be_aligned(reader, drawn_line):
    reading = reader.read(with_line(drawn_line)[0]).lines[0]
    with pytest.raises(InputError, match="charset does not have '漢', '字'"):
        reader.align(reading, "漢字")
    with pytest.raises(InputError, match="too long for this line"):
        reader.align(reading, "abc" * 200)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.full((80, 300), 255, np.uint8), "No ink found"),
        (np.zeros((1, 1), np.uint8), "1"),
        (b"", "empty"),
        (b"this is no image at all", "not an image"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(reader, image, message):
    with pytest.raises(InputError, match=message) as caught:
        reader.read(image, name="upload")
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_a_very_long_line_is_read(reader, drawn_line):
    line = np.hstack([drawn_line("abc cab ")] * 16)
    reading = reader.read(Image.fromarray(line))
    assert len(reading.lines) == 1
    assert reading.lines[0].geometry.frames > 600


def test_the_fixed_canvas_of_the_original_is_offered(drawn_line):
    whole = preset("retsinas2024")
    assert isinstance(whole, CnnBlstmConfig)
    stages = tuple(Stage(1, 8, s.pool) for s in whole.stages)
    config = whole.replace(stages=stages, stem_channels=8, lstm_hidden=8)
    charset = Charset.from_texts(["abc "])
    reader = Reader(Checkpoint(Recognizer(config, charset.classes), charset))
    reading = reader.read(drawn_line("abc cab"), lines="single").lines[0]
    assert reading.pixels.shape == (128, 1024)
    assert len(reading.log_probs) == 128


def test_a_model_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("HWR_MODEL", str(tmp_path / "gone"))
    with pytest.raises(InputError, match="no checkpoint directory at .*gone"):
        Reader.from_pretrained()


@pytest.fixture(scope="module")
def shipped():
    return Reader.from_pretrained()


@pytest.mark.slow
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("lines", ["auto", "single"])
def test_a_page_that_lies_the_wrong_way_is_turned_and_it_is_told(degrees, lines, shipped, drawn_line):
    upright = drawn_line("over the river and the old bridge")
    if lines == "auto":
        second = drawn_line("nobody seemed to mind")
        upright = np.pad(upright, ((0, 20), (0, 0)), constant_values=255)
        second = np.pad(second, ((20, 0), (0, upright.shape[1] - second.shape[1])), constant_values=255)
        upright = np.vstack([upright, second])
    page = shipped.read(np.ascontiguousarray(np.rot90(upright, degrees // 90)), lines=lines)
    assert page.text == shipped.read(upright, lines=lines).text
    assert page.turned == degrees  # turned clockwise by as much as it was turned against the clock
    assert page.rgb.shape[:2] == upright.shape
    assert page.to_dict().get("turned", 0) == degrees


def test_one_line_that_is_found_in_parts_is_read_as_one(shipped, uneven_line):
    assert len(find_lines(uneven_line)) > 1
    (line,) = shipped.read(uneven_line).lines
    assert line.text == "over the river and the old bridge"
    assert line.polygon.max(axis=0).tolist() == list(uneven_line.shape[::-1])


def test_faint_writing_that_no_line_is_found_of_is_read(shipped, drawn_line):
    ink = 1.0 - drawn_line("over the river and the old bridge") / 255.0
    faint = 235 * (1 - 0.045 * ink) + np.random.default_rng(0).normal(0, 1.5, ink.shape)
    faint = faint.clip(0, 255).astype(np.uint8)
    with pytest.raises(InputError, match="No ink found"):
        find_lines(faint)
    assert shipped.read(faint).text == "over the river and the old bridge"


def test_two_lines_stay_two(shipped, drawn_line):
    texts = ["over the river and the old bridge", "nobody seemed to mind"]
    lines = [drawn_line(text) for text in texts]
    lines[1] = np.pad(lines[1], ((0, 0), (0, lines[0].shape[1] - lines[1].shape[1])), constant_values=255)
    assert [line.text for line in shipped.read(np.vstack(lines)).lines] == texts


def test_blank_paper_is_not_read(shipped):
    grain = np.random.default_rng(0).normal(215, 6, (120, 900)).clip(0, 255).astype(np.uint8)
    with pytest.raises(InputError, match="No ink found"):
        shipped.read(grain)


def test_a_page_is_left_as_it_lies_when_asked(shipped, drawn_line):
    upside_down = np.ascontiguousarray(drawn_line("over the river and the old bridge")[::-1, ::-1])
    page = shipped.read(upside_down, turn=0)
    assert (page.turned, page.confidence < UNSURE) == (0, True)


def test_whoever_stands_in_for_a_reader_has_all_that_is_asked_of_one(tiny_checkpoint, reader):
    assert isinstance(Reader(tiny_checkpoint), LineReader)
    assert isinstance(reader, LineReader)
    assert not isinstance(tiny_checkpoint, LineReader)
