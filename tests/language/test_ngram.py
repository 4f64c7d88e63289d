"""The n-gram against a textbook implementation in dicts, and what must hold for every context."""

import math
from collections import Counter, defaultdict
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hwr.decoding.beam import Fusion, beam_search
from hwr.errors import InputError
from hwr.language.ngram import CharacterNGram, NGramScorer, as_lines
from hwr.recognizer.charset import Charset, normalize_text

LINES = [
    "the cat sat on the mat",
    "a cat is a cat",
    "that hat, the fat cat's",
    "On the mat sat the rat.",
    "at at at",
    "x",
]


class Textbook:
    """Interpolated Kneser-Ney with three discounts, straight from Chen & Goodman 1999, in dicts."""

    def __init__(self, texts, order):
        self.order = order
        texts = [normalize_text(text) for text in texts]
        self.characters = sorted({c for text in texts for c in text} | {" "})
        grams: Counter[str] = Counter()
        for text in texts:
            padded = " " * (order - 1) + text + " "
            grams.update(padded[i : i + order] for i in range(len(text) + 1))
        self.counts: dict[int, Counter[str]] = {order: grams}
        for n in range(order - 1, 0, -1):
            before: defaultdict[str, set[str]] = defaultdict(set)
            for gram in self.counts[n + 1]:
                before[gram[1:]].add(gram[0])
            self.counts[n] = Counter({gram: len(different) for gram, different in before.items()})

    def discount(self, n, count):
        n1, n2, n3, n4 = (sum(c == k for c in self.counts[n].values()) for k in (1, 2, 3, 4))
        discounts = [0.5, 0.5, 0.5]
        if min(n1, n2, n3, n4) > 0:
            y = n1 / (n1 + 2 * n2)
            formula = [1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]
            if min(formula) > 0:
                discounts = formula
        return discounts[min(count, 3) - 1]

    def prob(self, character, context):
        n = len(context) + 1
        lower = self.prob(character, context[1:]) if n > 1 else 1 / (len(self.characters) + 1)
        after = {gram[-1]: count for gram, count in self.counts[n].items() if gram[:-1] == context}
        if not after:
            return lower
        total = sum(after.values())
        taken = {c: self.discount(n, count) for c, count in after.items()}
        share = (after[character] - taken[character]) / total if character in after else 0.0
        return share + sum(taken.values()) / total * lower

    def log_prob(self, text, end):
        padded = " " * (self.order - 1) + text + (" " if end else "")
        places = range(self.order - 1, len(padded))
        return sum(math.log(self.prob(padded[i], padded[i - self.order + 1 : i])) for i in places)


def some_contexts(ngram, text="that cat zq ") -> np.ndarray:
    contexts = [np.array([ngram.start()])]
    for id_ in ngram.ids(text):
        contexts.append(ngram.push(contexts[-1], np.array([id_])))
    return np.concatenate(contexts)


@pytest.mark.parametrize("order", [1, 2, 3, 4, 6])
@pytest.mark.parametrize("end", [False, True])
def test_equals_the_textbook(order, end):
    ngram, textbook = CharacterNGram.train(LINES, order, None, compact=False), Textbook(LINES, order)
    for text in ["the cat", "a rat sat.", "qq the", "mat mat"]:
        assert ngram.log_prob(text, end=end) == pytest.approx(textbook.log_prob(text, end))


def test_equals_the_textbook_where_the_three_discounts_apply():
    rng = np.random.default_rng(0)
    letters, weights = list("eta oinshrdlu"), 0.6 ** np.arange(13)
    lines = ["".join(rng.choice(letters, 40, p=weights / weights.sum())) for _ in range(60)]
    ngram, textbook = CharacterNGram.train(lines, 4, None, compact=False), Textbook(lines, 4)
    assert all(textbook.discount(n, 1) != 0.5 for n in (3, 4))
    assert ngram.log_prob("the tea is on a shed") == pytest.approx(textbook.log_prob("the tea is on a shed", False))


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text("abc é.", min_size=1, max_size=20), min_size=1, max_size=6).filter(
        lambda t: any(map(str.strip, t))
    ),
    st.integers(1, 7),
    st.one_of(st.none(), st.integers(0, 40)),
    st.booleans(),
)
def test_every_distribution_sums_to_one(texts, order, max_entries, compact):
    ngram = CharacterNGram.train(texts, order, max_entries, compact=compact)
    probs = np.exp(ngram.next_log_probs(some_contexts(ngram, "ab cé?. aaaa")))
    assert probs.min() > 0
    assert probs.sum(axis=1) == pytest.approx(1)


@pytest.mark.parametrize(("order", "max_entries"), [(1, None), (2, 30), (3, None), (5, None), (5, 100), (6, 60)])
def test_next_characters_and_whole_texts_agree(order, max_entries):
    ngram = CharacterNGram.train(LINES, order, max_entries)
    for text in ["the cat", "zebra!", "a"]:
        context, total = np.array([ngram.start()]), 0.0
        for id_ in ngram.ids(text):
            total += ngram.next_log_probs(context)[0, id_]
            context = ngram.push(context, np.array([id_]))
        assert ngram.log_prob(text) == pytest.approx(total)
        space = ngram.ids(" ")[0]
        assert ngram.log_prob(text, end=True) == pytest.approx(total + ngram.next_log_probs(context)[0, space])


@pytest.mark.parametrize("max_entries", [None, 80])
def test_saved_and_loaded_is_the_same_to_the_bit(tmp_path, max_entries):
    ngram = CharacterNGram.train(LINES, 5, max_entries)
    ngram.save(tmp_path / "a.npz")
    loaded = CharacterNGram.load(tmp_path / "a.npz")
    loaded.save(tmp_path / "b.npz")
    CharacterNGram.train(LINES, 5, max_entries).save(tmp_path / "c.npz")
    contexts = some_contexts(ngram)
    assert (loaded.order, loaded.characters, loaded.entries) == (ngram.order, ngram.characters, ngram.entries)
    assert np.array_equal(loaded.next_log_probs(contexts), ngram.next_log_probs(contexts))
    contents = {(tmp_path / name).read_bytes() for name in ("a.npz", "b.npz", "c.npz")}
    assert len(contents) == 1


def test_rounding_changes_little():
    exact, compact = (CharacterNGram.train(LINES, 4, None, compact=c) for c in (False, True))
    assert compact.bits_per_character(LINES) == pytest.approx(exact.bits_per_character(LINES), rel=0.01)


def test_pruning_keeps_what_is_worth_most():
    whole = CharacterNGram.train(LINES, 4, None)
    entries = [whole.entries]
    bits = [whole.bits_per_character(LINES)]
    for keep in (100, 60, 30, 0):
        ngram = CharacterNGram.train(LINES, 4, keep)
        entries.append(ngram.entries)
        bits.append(ngram.bits_per_character(LINES))
    assert entries[1:4] == [100, 60, 30]
    assert entries[4] == len(whole.characters)
    assert bits == sorted(bits)


def test_learns_what_comes_next():
    ngram = CharacterNGram.train(LINES, 5)
    assert ngram.log_prob("the cat sat") > ngram.log_prob("teh cat sat")
    assert ngram.log_prob("the cat") < ngram.log_prob("the ca")
    assert ngram.log_prob("") == 0.0
    assert ngram.log_probs([]) == []
    assert ngram.log_probs(["the", "", "cat"]) == pytest.approx([ngram.log_prob(text) for text in ("the", "", "cat")])


def test_bits_per_character_by_hand():
    ngram = CharacterNGram.train(["ab"], 1, None, compact=False)
    # a, b and the end: each seen once of three, half of it kept, the rest spread over three characters and the unknown.
    prob = 0.5 / 3 + 0.5 / 4
    assert ngram.bits_per_character(["ab", "b"]) == pytest.approx(-math.log2(prob))
    assert ngram.bits_per_character(["z"]) == pytest.approx(3.0)


def test_texts_are_normalised():
    ngram = CharacterNGram.train(["it\u2019s  e\u0301t\u00e9"], 3)
    assert ngram.characters == " 'isté"
    assert ngram.log_prob("it\u2019s") == ngram.log_prob("it's")


def test_more_than_255_characters():
    rare = [chr(0x4E00 + i) for i in range(400)]
    ngram = CharacterNGram.train(["common words", *rare, "common words"], 3)
    assert len(ngram.characters) == 255
    assert set("common words") <= set(ngram.characters)
    assert np.exp(ngram.next_log_probs(some_contexts(ngram))).sum(axis=1) == pytest.approx(1)


def test_as_lines_keeps_every_word():
    prose = ["It was  the best of times, it was the worst of times", "", "yes"]
    lines = list(as_lines(prose, 10))
    assert " ".join(lines).split() == " ".join(prose).split()
    assert all(len(line) >= 10 for line in lines[:4])


def test_bad_input(tmp_path):
    with pytest.raises(InputError, match="between 1 and 7, not 9"):
        CharacterNGram.train(LINES, 9)
    with pytest.raises(InputError, match="no text to train"):
        CharacterNGram.train(["", "  "])
    with pytest.raises(InputError, match="no text to measure"):
        CharacterNGram.train(LINES).bits_per_character([""])
    with pytest.raises(InputError, match=r"There is no character n-gram at .*gone.npz"):
        CharacterNGram.load(tmp_path / "gone.npz")
    CharacterNGram.train(LINES, 3).save(tmp_path / "good.npz")
    content = (tmp_path / "good.npz").read_bytes()
    (tmp_path / "short.npz").write_bytes(content[:200])
    (tmp_path / "text.npz").write_bytes(b"hello")
    np.savez(tmp_path / "other.npz", weights=np.zeros(3))
    with np.load(tmp_path / "good.npz") as file:
        arrays: dict[str, Any] = dict(file)
    np.savez(tmp_path / "torn.npz", **(arrays | {"2.sizes": arrays["2.sizes"][1:]}))
    np.savez(tmp_path / "stray.npz", **(arrays | {"characters": arrays["characters"][:3]}))
    for name in ("short", "text", "other", "torn", "stray"):
        with pytest.raises(InputError, match=f"{name}.npz is not a character n-gram or is damaged"):
            CharacterNGram.load(tmp_path / f"{name}.npz")
    arrays["format"] = np.array([99, 3])
    np.savez(tmp_path / "new.npz", **arrays)
    with pytest.raises(InputError, match="has format 99"):
        CharacterNGram.load(tmp_path / "new.npz")


def test_the_scorer_speaks_labels():
    charset = Charset(" acehst~")
    ngram = CharacterNGram.train(LINES, 4)
    scorer = NGramScorer(ngram, charset)
    states = np.array([scorer.start()])
    total = 0.0
    for label in charset.encode("the cat").labels:
        total += scorer.log_probs(states, np.array([label]))[0]
        states = scorer.next_states(states, np.array([label]))
    assert total == pytest.approx(ngram.log_prob("the cat"), abs=1e-4)
    assert total + scorer.end_log_probs(states)[0] == pytest.approx(ngram.log_prob("the cat", end=True), abs=1e-4)
    unknown = charset.encode("~").labels
    assert scorer.log_probs(states, np.array(unknown)) == pytest.approx(ngram.next_log_probs(states)[:, 0], abs=1e-5)


@pytest.mark.parametrize("capacity", [1, 4, 1 << 15])
def test_a_scorer_that_forgets_gives_the_same_numbers(capacity):
    charset = Charset(" acehst.")
    ngram = CharacterNGram.train(LINES, 4)
    scorer = NGramScorer(ngram, charset, capacity)
    rng = np.random.default_rng(0)
    contexts = some_contexts(ngram, "the fat cat sat at that hat, at the mat")
    for _ in range(20):
        states, labels = rng.choice(contexts, 30), rng.integers(1, charset.classes, 30)
        ids = ngram.ids("".join(charset.characters[label - 1] for label in labels))
        expected = ngram.next_log_probs(states)[np.arange(30), ids]
        assert scorer.log_probs(states, labels) == pytest.approx(expected, abs=1e-5)


def test_the_beam_reads_with_the_n_gram():
    charset = Charset(" aceht")
    probs = torch.full((1, 7, charset.classes), 0.01)
    for frame, label in enumerate(charset.encode("the cat").labels):
        probs[0, frame, label] = 0.5
    probs[0, 2, charset.encode("c").labels[0]] = 0.6  # "thc cat" is what the eye sees
    log_probs, lengths = (probs / probs.sum(-1, keepdim=True)).log(), torch.tensor([7])
    scorer = NGramScorer(CharacterNGram.train(LINES, 4), charset)
    (seen,) = beam_search(log_probs, lengths)
    (read,) = beam_search(log_probs, lengths, fusion=Fusion(scorer, 0.5))
    assert charset.decode(seen[0].labels) == "thc cat"
    assert charset.decode(read[0].labels) == "the cat"
    expected = 0.5 * scorer.ngram.log_prob("the cat", end=True)
    assert read[0].fusion == pytest.approx(expected, abs=1e-4)
