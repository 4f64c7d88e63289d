"""Names of tokens, and what makes the parts of a KL sum, on values that can be checked by hand."""

import pytest

from hwr.inspection.divergence_report import Contribution, Divergence, SpokenToken, TokenDivergence
from hwr.ui.connector.names import TokenNames


def token(kl, *contributors):
    return TokenDivergence("a", kl, 0.0, 1.0, 0, 0, "b", 0.5, 0.5, [], [], [Contribution(*one) for one in contributors])


def test_the_remainder_makes_the_terms_the_kl():
    rest = token(0.75, ("b", 1.0, 0.5, 0.25), ("c", -0.5, 0.25, 0.5)).rest
    assert (rest.term, rest.reference, rest.connector) == (0.25, 0.25, 0.25)


@pytest.mark.parametrize(("last", "ends", "inside"), [(None, True, 1.0), ("b", False, 2.0)])
def test_the_end_of_the_line_can_be_left_out(last, ends, inside):
    spoken = [SpokenToken("a", "a", "a", None, None), SpokenToken(last, "", "", "x", "x")]
    found = Divergence(
        *("m", "lm", "aligned", "columns", "surrogate", "ab", "given", "ab"), [token(1.0), token(3.0)], spoken, 2.0, 0
    )
    assert (found.ends, found.mean_kl_inside) == (ends, inside)


def test_bytes_are_named_after_their_character():
    names = TokenNames(["<0xE4>", "<0xB8>", "<0xAD>", "n", "<0xC3><0xA9>", "<0xC3>", None])
    assert names.own == ["中₁", "中₂", "中₃", "n", "é", "<0xC3>", None]
    assert names.at(2, "<0xAA>") == "\N{CJK UNIFIED IDEOGRAPH-4E2A}₃"
    assert names.at(1, "<0xE4>") == "<0xE4>", "no character begins so"
    assert names.at(6, "<0xA9>") == "é₂"
    assert names.at(7, "<0xA9>") == "<0xA9>"
