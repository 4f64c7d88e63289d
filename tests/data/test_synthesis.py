import gzip
import json

import numpy as np
import pytest

from hwr.data.augmentation import on_paper, photographed, rescanned, warped
from hwr.data.fonts import TEST_FACES, VAL_FACES, draw_text, face_split, load_faces
from hwr.data.prose import SentenceFinder, made_up_text, read_paragraphs
from hwr.data.strokes import clean_label, compose_line, drawn_mark, load_writers
from hwr.data.supply import LineSource, Mixture, synthesize
from hwr.data.synthesis import FontSource, StrokeSource
from hwr.errors import InputError
from hwr.paths import ASSETS


@pytest.fixture
def stroke_file(tmp_path):
    """Two writers: one draws every letter as a box (`p` with a tail), 10 units high; the other twice as large."""
    path = tmp_path / "words.jsonl.gz"
    rows = []
    for writer, size in ((1, 1), (2, 2)):
        for text in ("bad", "hat", "Tab", "no", "sum", "ran", "pay", "gap", "The", "a"):
            heights = [10 * size if c in "bdhtTlk" else 6 * size for c in text]
            strokes = [[20 * size * i, 0, 0, h, 6 * size, 0, 0, -h] for i, h in enumerate(heights)]
            strokes += [[20 * size * i, 0, 0, -4 * size] for i, c in enumerate(text) if c in "pgy"]
            rows.append({"writer": writer, "split": "train", "text": text, "strokes": strokes})
    with gzip.open(path, "wt") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return path


def test_every_word_stands_on_the_baseline_with_capitals_one_high(stroke_file):
    writers = load_writers(stroke_file, "train")
    assert [w.name for w in writers] == [1, 2]
    for writer in writers:
        for word in writer.words:
            y = np.concatenate(word.strokes)[:, 1]
            below = 0.4 if any(c in "pgy" for c in word.text) else 0.0
            above = 1.0 if any(c in "bdhtTlk" for c in word.text) else 0.6
            assert y.max() == pytest.approx(below, abs=0.06), word.text
            assert -y.min() == pytest.approx(above, abs=0.06), word.text
            assert min(s[:, 0].min() for s in word.strokes) == pytest.approx(0)


def test_a_split_without_writers_is_an_error(stroke_file, tmp_path):
    with pytest.raises(InputError, match="no writer in the split 'test'"):
        load_writers(stroke_file, "test")
    with pytest.raises(InputError, match="no stroke file"):
        load_writers(tmp_path / "none", "train")


def test_writers_are_left_out_by_number(stroke_file):
    assert [writer.name for writer in load_writers(stroke_file, "train", without=[1])] == [2]
    source = StrokeSource(stroke_file, "train", loose=1.0, without=[2])
    assert {sample.writer for sample in synthesize(source, 20, seed=0)} == {"1"}
    with pytest.raises(InputError, match=r"no writer 3 in the split 'train' to leave out"):
        load_writers(stroke_file, "train", without=[3])


def test_composed_text_is_what_was_set(stroke_file):
    writer = load_writers(stroke_file, "train")[0]
    rng = np.random.default_rng(0)
    text, strokes = compose_line(writer, ["The", "bad", "hat,", "ran!"], rng)
    assert text == "The bad hat, ran!"
    starts = [s[:, 0].min() for s in strokes[:-2]]  # the two strokes of the mark stand above each other
    assert starts == sorted(starts)
    assert len(strokes) == 3 + 3 + 3 + 1 + 3 + 2


def test_sentences_are_runs_of_the_writers_words(stroke_file):
    writer = load_writers(stroke_file, "train")[0]
    finder = SentenceFinder(["Oh! The bad hat ran, no gap. Then a fox."], shortest=3)
    runs = finder.runs(writer.by_text)
    assert [finder.tokens[a:b] for a, b in runs] == [["The", "bad", "hat", "ran,", "no", "gap."]]
    sentence = finder.sentence(runs, np.random.default_rng(1))
    assert 3 <= len(sentence) <= 6
    assert " ".join(sentence) in "The bad hat ran, no gap."


def test_numbers_are_set_of_the_writers_digits(tmp_path):
    path = tmp_path / "digits.jsonl"
    box = [[0, 0, 0, 10, 6, 0, 0, -10]]
    rows = [{"writer": 1, "split": "train", "text": text, "strokes": box} for text in [*"0123456789", "bad", "hat"]]
    rows += [{"writer": 2, "split": "train", "text": text, "strokes": box} for text in ("no", "digits", "9")]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    samples = list(synthesize(StrokeSource(path, "train", loose=1.0, numbers=1.0), 30, seed=2))
    assert {sample.writer for sample in samples} == {"1"}
    assert all(set(sample.text) <= set("0123456789.:,;!?'\"- ") for sample in samples)
    assert any(len(word.strip(".")) > 1 for sample in samples for word in sample.text.split())
    path.write_text("".join(json.dumps(row) + "\n" for row in rows[-3:]))
    with pytest.raises(InputError, match="no writer of all ten digits"):
        _ = StrokeSource(path, "train", numbers=0.5).writers


def test_typefaces_write_prose_with_numbers():
    source = FontSource(ASSETS / "fonts", None, numbers=0.3)
    words = [word for sample in synthesize(source, 20, seed=1) for word in sample.text.split()]
    share = sum(any(c.isdigit() for c in word) for word in words) / len(words)
    assert 0.2 < share < 0.45


@pytest.mark.parametrize("mark", list(".,;:!?'\"-"))
def test_drawn_marks_stand_where_they_are_written(mark):
    y = np.concatenate(drawn_mark(mark, np.random.default_rng(0)).strokes)[:, 1]
    assert -1.3 < y.min() <= y.max() < 0.35
    if mark in "'\"":
        assert y.max() < -0.6


def test_labels_lose_their_file_marks():
    assert clean_label(r"fa\@ce") == "face"
    assert clean_label(r"\"CAN\"") == '"CAN"'


def test_faces_are_split_without_overlap():
    assert not set(TEST_FACES) & set(VAL_FACES)
    assert {face_split(face.name) for face in load_faces(ASSETS / "fonts")} == {"test"}
    with pytest.raises(InputError, match="no typefaces .* of the split 'train'"):
        load_faces(ASSETS / "fonts", "train")


def test_text_that_a_face_lacks_is_left_out_of_the_label():
    face = load_faces(ASSETS / "fonts")[0]
    text, coverage = draw_text("ab 漢字 cd", face, 40)
    assert text == "ab cd"
    assert coverage.max() == 1.0


def test_every_sample_is_a_function_of_seed_and_index(stroke_file, line_folder):
    source = Mixture(
        [
            (1.0, StrokeSource(stroke_file, "train")),
            (1.0, FontSource(ASSETS / "fonts", None)),
            (1.0, LineSource(line_folder, "train")),
        ]
    )
    first, again = list(synthesize(source, 12, seed=3)), list(synthesize(source, 12, seed=3))
    assert [s.text for s in first] == [s.text for s in again]
    assert all(np.array_equal(a.grey, b.grey) for a, b in zip(first, again, strict=True))
    assert {s.source for s in first} == {"strokes", "fonts", "lines"}
    assert [s.text for s in synthesize(source, 12, seed=4)] != [s.text for s in first]
    assert all(s.grey.dtype == np.uint8 and s.grey.ndim == 2 and s.text for s in first)


@pytest.mark.parametrize("seed", range(12))
def test_paper_and_camera_keep_the_writing(seed, drawn_line):
    rng = np.random.default_rng(seed)
    coverage = 1 - drawn_line("minimum") / np.float32(255)
    grey = photographed(on_paper(warped(coverage, rng), rng), rng)
    assert grey.dtype == np.uint8
    assert np.ptp(grey) > 20
    assert np.ptp(rescanned(grey, rng)) > 20


def test_shipped_sentences_and_made_up_texts():
    assert len(read_paragraphs(None)) >= 40
    rng = np.random.default_rng(0)
    texts = [made_up_text(rng) for _ in range(200)]
    assert any(any(c.isdigit() for c in t) for t in texts)
    assert all(t.strip() for t in texts)
