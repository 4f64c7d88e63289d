import pytest

from hwr.ui.models.readers import SHIPPED
from hwr.ui.page.html import both
from hwr.ui.read.beside import Beside, beside_card, compared, two_texts

OLD = Beside(SHIPPED, 0, name="old &amp; wise", shown_name="<b>new</b>")


def test_two_texts_are_counted_against_what_is_written():
    found = two_texts("tbe cat sat", "the cat set", "the cat sat")
    assert (found.changes, found.errors_before, found.errors_after, found.fixed, found.broken) == (2, 1, 1, 1, 1)
    back = two_texts("the cat set", "tbe cat sat", "the cat sat")
    assert (back.fixed, back.broken) == (1, 1)


def test_a_page_is_summed_over_its_lines():
    found = compared(["a b", "c", "d"], ["a x", "c", "e"], ["a b", "c", "e"])
    assert found.matched
    assert len(found.judged) == 3
    assert (found.changed, found.total("fixed"), found.total("broken")) == (2, 1, 1)
    assert (found.total("errors_before"), found.total("errors_after")) == (1, 1)


def test_other_lines_are_compared_as_one_text():
    found = compared(["a", "b"], ["a b"], [None])
    assert not found.matched
    assert [(line.before, line.after, line.truth) for line in found.lines] == [("a\nb", "a b", None)]
    assert both("beside.unmatched") in beside_card(found, OLD, 0)


def test_fixed_and_broken_are_told_only_where_the_truth_is_known():
    known = beside_card(compared(["tbe cat"], ["the cat"], ["the cat"]), OLD, 0)
    assert both("decode.effect.words", fixed=1, broken=0) in known
    assert both("decode.effect.errors", before=1, after=0) in known
    unknown = beside_card(compared(["tbe cat"], ["the cat"], [None]), OLD, 0)
    assert both("beside.changes.one") in unknown
    assert both("viewer.truth") not in unknown
    assert not any(word in unknown for word in ("fixed", "改善", "Wrong characters"))
    partly = beside_card(compared(["a", "b"], ["x", "y"], ["a", None]), OLD, 1)
    assert both("beside.judged", known=1, lines=2) in partly
    assert both("decode.effect.errors", before=0, after=1) in partly


def test_which_reading_is_right_is_said():
    right, neither = both("beside.right"), both("beside.wrong", n=1)
    first, second = beside_card(compared(["the cat"], ["tbe cat"], ["the cat"]), OLD, 0).split("<dt>")[1:3]
    assert right in first
    assert right not in second
    same = beside_card(compared(["the cat"], ["the cat"], ["the cat"]), OLD, 0)
    assert same.count(right) == 2
    assert neither not in same
    wrong = beside_card(compared(["tbe cat"], ["tbe cat"], ["the cat"]), OLD, 0)
    assert right not in wrong
    assert neither in wrong


@pytest.mark.parametrize(("line", "text"), [(0, "first"), (1, "second"), (7, "first")])
def test_the_line_that_is_looked_at_is_shown(line, text):
    found = compared(["first", "second"], ["first", "second"], [None, None])
    card = beside_card(found, OLD, line)
    assert f"<dd>{text}</dd>" in card
    assert both("beside.same") in card
    assert both("beside.page", changed=0, lines=2) in card


def test_texts_are_escaped_and_an_empty_one_is_said():
    card = beside_card(compared(["<i>"], [""], ["<u>"]), OLD, 0)
    assert "<i>" not in card
    assert "<u>" not in card
    assert '<del class="hwr-d-deleted">&lt;i&gt;</del>' in card
    assert both("decode.nothing") in beside_card(compared([""], ["a"], [None]), OLD, 0)
