"""Words cut from lines of drawn text, and set anew."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from hwr.data.dataset import read_imagefolder, write_imagefolder
from hwr.data.words import CutLine, CutWord, WordSource, _clear_column, cut_words, read_cuts, write_cuts
from hwr.errors import InputError
from hwr.paths import ASSETS
from hwr.reader import Reader

MARGIN = 20  # that `drawn_line` leaves around a word
TEXTS = ("the cat sat", "a dog ran", "the dog sat", "a cat ran on")


@pytest.fixture
def drawn(tmp_path, drawn_line):
    """Lines of two hands, drawn in one face, of which the words and their places are known."""
    rows, lines = [], []
    for i, text in enumerate(TEXTS):
        pieces, words, x = [], [], 10
        for place, word in enumerate(text.split()):
            piece = drawn_line(word)
            words.append(CutWord(place, x, x + piece.shape[1]))
            pieces.append((x, piece))
            x += piece.shape[1] + 15
        height = max(piece.shape[0] for _, piece in pieces) + 8
        grey = np.full((height, x), 255, np.uint8)
        for at, piece in pieces:
            grey[height - piece.shape[0] :, at : at + piece.shape[1]] = piece
        hand = f"w{i % 2}"
        rows.append((grey, text, {"writer": hand, "split": "train"}))
        lines.append(CutLine(f"train/{i:06d}.png", hand, "train", height - MARGIN, 20.0, words))
    write_imagefolder(tmp_path / "set", rows)
    return tmp_path / "set", lines


def test_cuts_survive_their_file(drawn, tmp_path):
    _, lines = drawn
    write_cuts(lines, tmp_path / "cuts.jsonl")
    assert read_cuts(tmp_path / "cuts.jsonl") == lines
    assert "cat" not in (tmp_path / "cuts.jsonl").read_text()  # what the words say is in the data set alone
    with pytest.raises(InputError, match="no words of the split 'test'"):
        read_cuts(tmp_path / "cuts.jsonl", "test")
    with pytest.raises(InputError, match="no file of cut words"):
        read_cuts(tmp_path / "none.jsonl")
    rows = (tmp_path / "cuts.jsonl").read_text()
    for damaged in ("[]\n", rows.replace("[[0,", '[["the",', 1), rows.replace("[[0, 10, ", "[[0, ", 1), rows[:-9]):
        (tmp_path / "cuts.jsonl").write_text(damaged)
        with pytest.raises(InputError, match="not a file of cut words"):
            read_cuts(tmp_path / "cuts.jsonl")


def test_words_of_other_lines_are_refused(drawn, tmp_path):
    """Another data set, a text with fewer words, a narrower picture: no word is drawn with another word's name."""
    folder, lines = drawn
    elsewhere = [replace(line, image=f"elsewhere/{i}.png") for i, line in enumerate(lines)]
    beyond = [replace(line, words=[*line.words, CutWord(9, 0, 40)]) for line in lines]
    wider = [replace(line, words=[replace(w, x1=w.x1 + 9000) for w in line.words]) for line in lines]
    for wrong in (elsewhere, beyond, wider):
        write_cuts(wrong, tmp_path / "wrong.jsonl")
        with pytest.raises(InputError, match="was cut from other lines than those of"):
            WordSource(folder, tmp_path / "wrong.jsonl", "train").sample(np.random.default_rng(0))
    single = [replace(lines[0], words=lines[0].words[:1])]
    write_cuts(single, tmp_path / "single.jsonl")
    with pytest.raises(InputError, match="no hand with two words of the split 'train'"):
        WordSource(folder, tmp_path / "single.jsonl", "train").sample(np.random.default_rng(0))


def source(drawn, tmp_path, **options) -> WordSource:
    folder, lines = drawn
    write_cuts(lines, tmp_path / "cuts.jsonl")
    return WordSource(folder, tmp_path / "cuts.jsonl", "train", **options)


def test_lines_are_made_of_one_hands_words_and_a_function_of_their_seed(drawn, tmp_path):
    words = source(drawn, tmp_path)
    vocabulary = {hand.name: {w.text for w in hand.words} for hand in words.hands}
    assert vocabulary == {"w0": {"the", "cat", "sat", "dog"}, "w1": {"a", "dog", "ran", "cat", "on"}}
    for seed in range(20):
        sample = words.sample(np.random.default_rng(seed))
        assert sample.writer is not None
        assert set(sample.text.split()) <= vocabulary[sample.writer]
        assert sample.grey.dtype == np.uint8
        again = source(drawn, tmp_path).sample(np.random.default_rng(seed))
        assert again.text == sample.text
        assert np.array_equal(again.grey, sample.grey)


def test_prose_is_followed_where_a_hand_has_its_words(drawn, tmp_path):
    (tmp_path / "prose.txt").write_text("the cat sat.\n" * 30)
    words = source(drawn, tmp_path, text=tmp_path / "prose.txt", loose=0.0)
    texts = [s.text for s in (words.sample(np.random.default_rng(seed)) for seed in range(30)) if s.writer == "w0"]
    pairs = [pair for text in texts for pair in pairwise(text.split())]
    natural = sum(pair in {("the", "cat"), ("cat", "sat"), ("sat", "the")} for pair in pairs)
    assert natural > 0.7 * len(pairs) > 20  # the others are where one piece ends and the next begins


def test_words_come_at_the_width_and_the_order_of_their_text(drawn, tmp_path):
    """Composed ink is as wide as its words, and a word of two lines looks as it does there."""
    words = source(drawn, tmp_path)
    hand = words.hands[0]
    ink = words._composed(hand, hand.words[:2], np.random.default_rng(3))
    widths = [w.word.x1 - w.word.x0 - 2 * MARGIN for w in hand.words[:2]]
    assert sum(widths) * 0.85 < ink.shape[1] < sum(widths) * 1.15 + 2.5 * hand.x_height
    assert ink.max() > 0.9


def test_a_cut_goes_where_there_is_no_ink():
    columns = np.array([5, 5, 1, 0, 0, 0, 2, 5, 5], dtype=float)
    assert _clear_column(columns, 0, 8, clear=1.25) == 4
    assert _clear_column(columns, 0, 2, clear=0.5) is None
    assert _clear_column(columns, 3, 3, clear=1.25) is None


@pytest.mark.slow
def test_only_sure_words_are_cut(drawn):
    """The shipped recogniser reads the drawn lines; a wrong text is not sure, and words stand where they were drawn."""
    folder, lines = drawn
    reader = Reader.from_pretrained()
    cut = cut_words(folder, reader, sure=0.3)
    assert cut
    places = {(line.image.split("/")[-1], w.place): (w.x0, w.x1) for line in lines for w in line.words}
    found = [(line.image.split("/")[-1], w.place, w.x0, w.x1) for line in cut for w in line.words]
    assert len(found) >= 6
    for image, place, x0, x1 in found:
        left, right = places[image, place]
        assert x0 <= left + MARGIN
        assert x1 >= right - MARGIN
    wrong = [(record.grey(), "zzz qqq", {"split": "train"}) for record in read_imagefolder(folder).records]
    write_imagefolder(folder.parent / "wrong", wrong)
    assert cut_words(folder.parent / "wrong", reader, sure=0.3) == []


def test_the_shipped_cuts_are_of_no_line_that_is_learned_from():
    """Their places alone, of validation and test writers: what `make train-default` chooses and measures with."""
    lines = read_cuts(ASSETS / "csafe-cuts.jsonl")
    assert {line.split for line in lines} == {"val", "test"}
    hands = {split: {line.hand for line in lines if line.split == split} for split in ("val", "test")}
    assert not hands["val"] & hands["test"]
    assert all(w.x0 < w.x1 <= after.x0 for line in lines for w, after in pairwise(line.words))
