import pytest

from hwr.ui.models.readers import SHIPPED
from hwr.ui.page.html import both
from hwr.ui.read.comparison import ComparedTexts, compare_texts, comparison_card, two_texts

OLD = ComparedTexts(SHIPPED, 0, name="old &amp; wise", shown_name="<b>new</b>")


def test_two_texts_are_counted_against_what_is_written():
    found = two_texts("tbe cat sat", "the cat set", "the cat sat")
    assert (found.changes, found.errors_before, found.errors_after, found.fixed, found.broken) == (2, 1, 1, 1, 1)
    back = two_texts("the cat set", "tbe cat sat", "the cat sat")
    assert (back.fixed, back.broken) == (1, 1)


def test_a_page_is_summed_over_its_lines():
    found = compare_texts(["a b", "c", "d"], ["a x", "c", "e"], ["a b", "c", "e"])
    assert found.matched
    assert len(found.judged) == 3
    assert (found.changed, found.total("fixed"), found.total("broken")) == (2, 1, 1)
    assert (found.total("errors_before"), found.total("errors_after")) == (1, 1)


def test_other_lines_are_compared_as_one_text():
    found = compare_texts(["a", "b"], ["a b"], [None])
    assert not found.matched
    assert [(line.before, line.after, line.truth) for line in found.lines] == [("a\nb", "a b", None)]
    assert both("comparison.unmatched") in comparison_card(found, OLD, 0)


def test_fixed_and_broken_are_told_only_where_the_truth_is_known():
    known = comparison_card(compare_texts(["tbe cat"], ["the cat"], ["the cat"]), OLD, 0)
    assert both("decode.effect.words", fixed=1, broken=0) in known
    assert both("decode.effect.errors", before=1, after=0) in known
    unknown = comparison_card(compare_texts(["tbe cat"], ["the cat"], [None]), OLD, 0)
    assert both("comparison.changes.one") in unknown
    assert both("viewer.truth") not in unknown
    assert not any(word in unknown for word in ("fixed", "改善", "Wrong characters"))
    partly = comparison_card(compare_texts(["a", "b"], ["x", "y"], ["a", None]), OLD, 1)
    assert both("comparison.judged", known=1, lines=2) in partly
    assert both("decode.effect.errors", before=0, after=1) in partly


def test_which_reading_is_right_is_said():
    right, neither = both("comparison.right"), both("comparison.wrong", n=1)
    first, second = comparison_card(compare_texts(["the cat"], ["tbe cat"], ["the cat"]), OLD, 0).split("<dt>")[1:3]
    assert right in first
    assert right not in second
    same = comparison_card(compare_texts(["the cat"], ["the cat"], ["the cat"]), OLD, 0)
    assert same.count(right) == 2
    assert neither not in same
    wrong = comparison_card(compare_texts(["tbe cat"], ["tbe cat"], ["the cat"]), OLD, 0)
    assert right not in wrong
    assert neither in wrong


@pytest.mark.parametrize(("line", "text"), [(0, "first"), (1, "second"), (7, "first")])
def test_the_line_that_is_looked_at_is_shown(line, text):
    found = compare_texts(["first", "second"], ["first", "second"], [None, None])
    card = comparison_card(found, OLD, line)
    assert f"<dd>{text}</dd>" in card
    assert both("comparison.same") in card
    assert both("comparison.page", changed=0, lines=2) in card


def test_texts_are_escaped_and_an_empty_one_is_said():
    card = comparison_card(compare_texts(["<i>"], [""], ["<u>"]), OLD, 0)
    assert "<i>" not in card
    assert "<u>" not in card
    assert '<del class="hwr-d-deleted">&lt;i&gt;</del>' in card
    assert both("decode.nothing") in comparison_card(compare_texts([""], ["a"], [None]), OLD, 0)
