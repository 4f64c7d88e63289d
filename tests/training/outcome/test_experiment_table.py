"""The table of an experiment, from edits that were counted by hand."""

import pytest

from hwr.evaluation.error_rates import TOKENISATIONS, LineErrors
from hwr.training.config import DataConfig
from hwr.training.outcome.experiment import Experiment, Row
from hwr.training.outcome.experiment_table import RunResult, rates_of, report_of
from hwr.training.run.directory import Status


def words(count: int) -> dict[str, int]:
    return dict.fromkeys(TOKENISATIONS, count)


def edits(*of_lines: int) -> dict[str, LineErrors]:
    """Lines of ten characters and two words, of which the edits touch one; two lines a set."""
    return {f"{i // 2}/{i % 2}": LineErrors(n, 10, words(int(n > 0)), words(2)) for i, n in enumerate(of_lines)}


def result(name: str, seed: int, *of_lines: int) -> RunResult:
    return RunResult(name, seed, Status(state="finished", step=4, seconds_trained=2.0), val=edits(*of_lines))


def test_rates_are_edits_over_lengths():
    assert rates_of(list(edits(1, 3).values())) == [("cer", 0.2), ("wer", 0.5)]


def test_rows_are_compared_with_the_first_one_over_lines_and_sets_and_its_seeds_with_each_other():
    sets = {"validation": [{"path": "/old"}, {"path": "/new"}]}
    experiment = Experiment(base=sets, rows=[Row("ctc"), Row("taught")])
    results = [result("taught", 1, 1, 1, 0, 0), result("ctc", 1, 2, 2, 2, 2), result("ctc", 2, 2, 2, 2, 4)]
    report = report_of(experiment, results, test=False)

    assert [(one.name, one.seed) for one in report.results] == [("ctc", 1), ("ctc", 2), ("taught", 1)]
    found = report.against_first["taught"]
    assert found.over_lines.difference.value == pytest.approx(-0.15)  # 2 edits of 40 characters, less 8
    assert found.by_seed == {1: pytest.approx(-0.15)}
    assert report.first_row_seeds[2].difference.value == pytest.approx(0.05)  # 10 edits of 40, less 8
    by_set = {row: [one.cer for one in sets.values()] for row, sets in report.sets.items()}
    assert by_set == {"ctc": [pytest.approx(0.2), pytest.approx(0.25)], "taught": [pytest.approx(0.1), 0.0]}

    text = report.markdown()
    assert "| ctc | 1, 2 | 20.0%, 25.0% | 50.0%, 50.0% | 0.50 | seed 2 - seed 1: +5.00" in text
    assert "| taught | 1 | 5.0% | 25.0% | 0.50 | -15.00 [" in text
    assert "test CER" not in text, "no column says nothing"
    assert "seed 2 - seed 1: +5.00" in text
    assert "By set, val, all seeds together" in text
    values = report.to_dict()
    assert [row["seconds_a_step"] for row in values["rows"]] == [0.5, 0.5, 0.5]
    assert values["against_first"]["taught"]["on"] == "val"


def test_test_sets_are_also_shown_as_one():
    sets = [DataConfig(f"/{name}") for name in ("drawn", "scans", "letters")]
    experiment = Experiment(rows=[Row("start"), Row("taught")], test=sets, pooled={"real": ["scans", "letters"]})
    results = [result("start", 1, 9, 9, 2, 2, 4, 4), result("taught", 1, 9, 9, 1, 1, 1, 1)]
    for one in results:
        one.test = one.val
    found = report_of(experiment, results, test=True).sets["taught"]
    assert list(found) == ["drawn", "scans", "letters", "real"]
    assert found["real"].cer == pytest.approx(0.1)  # 4 edits of 40 characters
    against = found["real"].against_first
    assert against is not None
    assert against.over_lines.difference.value == pytest.approx(-0.2)
    assert list(report_of(experiment, results, test=False).sets) == []


def test_other_pairs_of_rows_are_compared_where_both_were_measured():
    rows = [Row("ctc"), Row("taught"), Row("shuffled"), Row("later")]
    pairs = [("taught", "shuffled"), ("taught", "later")]
    experiment = Experiment(base={"validation": [{"path": "/old"}]}, rows=rows, pairs=pairs)
    runs = {"ctc": (0, 0), "taught": (1, 1), "shuffled": (3, 2)}
    results = [result(name, seed, *of_lines) for name, of_lines in runs.items() for seed in (1, 2)]
    report = report_of(experiment, results, test=False)
    assert list(report.pairs) == [("taught", "shuffled")]
    assert report.pairs["taught", "shuffled"].by_seed == {1: pytest.approx(-0.15), 2: pytest.approx(-0.15)}
    assert "| taught - shuffled | -15.00 [-20.00, -10.00] | -15.00, -15.00 [-15.00, -15.00] |" in report.markdown()
    assert [(one["one"], one["other"]) for one in report.to_dict()["pairs"]] == pairs[:1]


def test_the_protocol_names_the_rows_where_some_are_left_out():
    experiment = Experiment(base={"validation": [{"path": "/old"}]}, rows=[Row("ctc"), Row("taught"), Row("later")])
    measured = [result("ctc", 1, 2, 2), result("taught", 1, 1, 1)]
    assert report_of(experiment, measured, test=False).protocol["only"] == ["taught"]
    assert report_of(experiment, [*measured, result("later", 1, 1, 1)], test=False).protocol["only"] == []


def test_a_row_that_shares_no_seed_with_the_first_has_no_difference():
    experiment = Experiment(base={"validation": [{"path": "/old"}]}, rows=[Row("ctc"), Row("taught")])
    report = report_of(experiment, [result("ctc", 1, 2, 2), result("taught", 2, 1, 1)], test=False)
    assert (report.against_first, report.first_row_seeds, report.sets) == ({}, {}, {})


def test_what_was_not_measured_yet_is_a_dash():
    experiment = Experiment(rows=[Row("ctc")], test=[DataConfig("/new")])
    report = report_of(experiment, [RunResult("ctc", 1, Status(state="stopped"))], test=True)
    assert report.markdown() == "| name | seeds | state |\n|---|---|---|\n| ctc | 1 | stopped |\n"
    report = report_of(experiment, [result("ctc", 1, 2, 2), RunResult("ctc", 2, Status(state="stopped"))], test=False)
    assert "| ctc | 1, 2 | 20.0%, - | 50.0%, - | 0.50 | finished, stopped |" in report.markdown()


def test_gaps_of_connectors_are_means_over_the_seeds():
    def gaps(all_tokens: float, inside: float | None) -> list[dict]:
        within = None if inside is None else {"value": inside}
        values = {"connector_reference": {"value": all_tokens}, "connector_reference_inside": within}
        return [{"tap": "lstm1", "gaps": values}]

    experiment = Experiment(base={"validation": [{"path": "/old"}]}, rows=[Row("ctc"), Row("taught"), Row("later")])
    runs = [result("ctc", 1, 2, 2), *(result("taught", seed, 1, 1) for seed in (1, 2)), result("later", 1, 1, 1)]
    for run, found in zip(runs[1:], (gaps(-1.0, 0.5), gaps(-2.0, 0.75), gaps(-1.0, None)), strict=True):
        run.gaps = found
    text = report_of(experiment, runs, test=False).markdown()
    assert "| lstm1 -1.50 / +0.62 |" in text
    assert "| lstm1 -1.00 / - |" in text
