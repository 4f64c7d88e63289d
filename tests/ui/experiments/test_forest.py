"""The forest plot: where its marks stand, and which rows may have a colour."""

import re

import pytest

from hwr.ui.experiments.forest import forest, side


def effect(low: float, high: float, *by_seed: float, over: tuple[float, float] | None = None) -> dict:
    ends = over and {"low": over[0], "high": over[1]}
    seeds = {str(n): value for n, value in enumerate(by_seed, 1)}
    return {"value": (low + high) / 2, "low": low, "high": high, "by_seed": seeds, "over_seeds": ends}


def report(effects: dict, chance: tuple[float, ...] = (), pairs: tuple[dict, ...] = ()) -> dict:
    seeds = {str(n): {"value": value} for n, value in enumerate(chance, 2)}
    return {"rows": [{"name": "ctc"}], "against_first": effects, "first_row_seeds": seeds, "pairs": list(pairs)}


@pytest.mark.parametrize(
    ("found", "which"),
    [
        (effect(-0.02, -0.01, -0.01, -0.02, over=(-0.03, -0.001)), "better"),
        (effect(-0.02, -0.01, -0.01, -0.02, over=(-0.03, 0.0)), ""),
        (effect(-0.02, 0.01, -0.01, -0.02, over=(-0.03, -0.001)), ""),
        (effect(0.01, 0.02, 0.01, 0.02, over=(0.001, 0.03)), "worse"),
        (effect(0.01, 0.02, 0.01, 0.02, over=(-0.03, -0.01)), ""),
        (effect(-0.02, -0.01, -0.015), ""),  # one seed
    ],
)
def test_a_row_has_a_colour_only_where_neither_lines_nor_seeds_may_be_chance(found, which):
    assert side(found) == which
    plot = forest(report({"taught": found}))
    assert ("hwr-x-better" in plot, "hwr-x-worse" in plot) == (which == "better", which == "worse")


def test_marks_stand_at_their_points_of_one_axis():
    """From 0 to +1 points, and 6 % of that free at either end: the axis runs from -0.06 to 1.06."""
    plot = forest(report({"taught": effect(0.005, 0.01, 0.0075, over=(-0.01, 0.02))}))
    assert 'hwr-x-zero" style="left:5.36%"' in plot
    assert 'hwr-x-over-lines" style="left:50.00%;width:44.64%"' in plot
    assert 'hwr-x-dot" style="left:72.32%"' in plot
    assert 'hwr-x-over-seeds hwr-x-out-left hwr-x-out-right" style="left:0.00%;width:100.00%"' in plot, "it goes on"
    assert re.findall(r'%">([^<]+)</span>', plot) == ["0", "+0.2", "+0.4", "+0.6", "+0.8", "+1"]
    assert "<b>+0.75</b> <small>[+0.50, +1.00]</small>" in plot


def test_what_chance_makes_of_the_first_row_stands_above():
    taught = {"taught": effect(-0.01, -0.005, -0.008, -0.006, over=(-0.02, 0.01))}
    rows = re.findall(r'hwr-x-name">([^<]+)<.*?</div>', forest(report(taught, chance=(0.002,))))
    assert rows == ["ctc", "taught"]
    assert forest(report(taught, chance=(0.002,))).count("hwr-x-dot") == 4
    assert re.findall(r'hwr-x-name">([^<]+)<', forest(report(taught, chance=(0.0,)))) == ["taught"], (
        "it learned nothing"
    )


def test_rows_compared_with_each_other_stand_below_and_names_are_escaped():
    taught = effect(-0.01, 0.0, -0.005)
    plot = forest(report({"a<b>": taught}, pairs=({"one": "a<b>", "other": "c", **taught},)))
    assert re.findall(r'hwr-x-name">([^<]+)<', plot) == ["a&lt;b&gt;", "a&lt;b&gt; \u2212 c"]
    assert forest(report({})) == ""


def test_differences_that_are_all_zero_still_have_an_axis():
    assert 'hwr-x-zero" style="left:50.00%"' in forest(report({"same": effect(0.0, 0.0, 0.0)}))
