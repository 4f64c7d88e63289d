"""Error rates against hand counts and jiwer."""

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from hwr.evaluation.error_rates import (
    TOKENISATIONS,
    aligned,
    cer,
    edits,
    error_rates,
    line_errors,
    rate,
    tokenize,
    wer,
)

texts = st.text(alphabet="abAé .,_-$", max_size=15)


@pytest.mark.parametrize(
    ("text", "space", "tokens", "htr_vt"),
    [
        ("", [], [], []),
        (" \t ", [], [], []),
        ("Don't go.", ["Don't", "go."], ["Don", "'", "t", "go", "."], ["Don", "'", "t", "go", "."]),
        ("well-read", ["well-read"], ["well", "-", "read"], ["well", "-", "read"]),
        ("a_b", ["a_b"], ["a_b"], ["a", "_", "b"]),
        ("$5 @x", ["$5", "@x"], ["$", "5", "@", "x"], ["$5", "@x"]),
        ("c\\d", ["c\\d"], ["c", "\\", "d"], ["c\\d"]),
        ("[1]/(2)", ["[1]/(2)"], list("[1]/(2)"), list("[1]/(2)")),
        ("日本「語」", ["日本「語」"], ["日本", "「", "語", "」"], ["日本「語」"]),
        ("où... \"là\"", ["où...", '"là"'], ["où", *"...", '"', "là", '"'], ["où", *"...", '"', "là", '"']),
        ("a—b 3€ 4%", ["a—b", "3€", "4%"], ["a", "—", "b", "3", "€", "4", "%"], ["a", "—", "b", "3", "€", "4", "%"]),
    ],
)  # fmt: skip
def test_tokenisations(text, space, tokens, htr_vt):
    assert tokenize(text, "space") == space
    assert tokenize(text, "tokens") == tokens
    assert tokenize(text, "htr_vt") == htr_vt


def test_every_sign_of_the_htr_vt_list_is_set_apart():
    signs = "[]{}/()\"'&+*=<>?.;:,!-—_€#%°"
    assert tokenize("x".join(signs), "htr_vt") == list("x".join(signs))


def test_unknown_tokenisation():
    with pytest.raises(ValueError, match="htr_vt"):
        tokenize("a", "words")  # pyright: ignore[reportArgumentType]


def test_counts_by_hand():
    errors = line_errors("The cat, sat", "the cat sat")
    assert (errors.character_errors, errors.characters) == (2, 12)
    assert errors.word_errors == {"space": 2, "tokens": 2, "htr_vt": 2}
    assert errors.words == {"space": 3, "tokens": 4, "htr_vt": 4}


def test_empty_references_are_counted():
    assert line_errors("", "").word_errors == {"space": 0, "tokens": 0, "htr_vt": 0}
    insertion = line_errors("", "a b")
    assert (insertion.character_errors, insertion.characters, insertion.word_errors["space"]) == (3, 0, 2)
    rates = error_rates([insertion, line_errors("abcd", "abcd")])
    assert (rates.cer, rates.wer["space"]) == (0.75, 2.0)
    assert (cer([""], [""]), cer([""], ["ab"]), wer([""], ["ab"]), cer([], [])) == (0.0, 2.0, 1.0, 0.0)
    assert error_rates([]).cer == 0
    assert rate(0, 0) == 0


@pytest.mark.parametrize("function", [cer, wer])
def test_lists_of_different_length(function):
    with pytest.raises(ValueError, match="shorter"):
        function(["a", "b"], ["a"])


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_equals_jiwer_and_the_sum_of_the_lines(pairs):
    references, hypotheses = [a for a, _ in pairs], [b for _, b in pairs]
    rates = error_rates([line_errors(a, b) for a, b in pairs])
    assert rates.cer == cer(references, hypotheses)
    assert rates.lines == len(pairs)
    for tokenisation in TOKENISATIONS:
        assert rates.wer[tokenisation] == wer(references, hypotheses, tokenisation)
    filled = [(a, b) for a, b in pairs if a.split()]
    if filled:
        references, hypotheses = [a for a, _ in filled], [b for _, b in filled]
        verbatim = jiwer.Compose([jiwer.ReduceToListOfListOfChars()])
        expected = jiwer.cer(references, hypotheses, reference_transform=verbatim, hypothesis_transform=verbatim)
        assert cer(references, hypotheses) == pytest.approx(expected)
        for tokenisation in TOKENISATIONS:
            joined = [[" ".join(tokenize(text, tokenisation)) for text in side] for side in (references, hypotheses)]
            assert wer(references, hypotheses, tokenisation) == pytest.approx(jiwer.wer(joined[0], joined[1]))


@given(texts, texts)
def test_the_chunks_turn_one_text_into_the_other_with_the_fewest_edits(reference, hypothesis):
    chunks = aligned(reference, hypothesis)
    pairs = [(reference[c.ref_start_idx : c.ref_end_idx], hypothesis[c.hyp_start_idx : c.hyp_end_idx]) for c in chunks]
    assert "".join(a for a, _ in pairs) == reference
    assert "".join(b for _, b in pairs) == hypothesis
    for chunk, (a, b) in zip(chunks, pairs, strict=True):
        assert (a == b) == (chunk.type == "equal")
        assert (not a, not b) == (chunk.type == "insert", chunk.type == "delete")
    fewest = sum(max(len(a), len(b)) for a, b in pairs if a != b)
    assert fewest == edits(reference, hypothesis) == Levenshtein.distance(reference, hypothesis)
