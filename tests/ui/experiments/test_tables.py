"""The tables of the Experiments tab: what was measured, or nothing."""

import json
import re
from html import unescape
from pathlib import Path

import pytest

import hwr.ui
from hwr.evaluation.loss_gaps import loss_gaps
from hwr.ui.experiments.tables import experiment_card, experiment_table, gap_table, gaps_card


def test_loss_gaps_stand_row_by_row(taught, lm, line_folder, tmp_path):
    table = loss_gaps(taught.reader, taught.connectors, lm, line_folder, "val")[0].to_dict()
    table["protocol"]["command"] = "python -m hwr losses --data <lines>"
    shown = gap_table([table, {**table, "tap": "<tap>"}])
    assert "&lt;tap&gt;" in shown
    for piece in ("Total samples", "Reference (text \u2192 text)", "padding", "resized", "LM gain", "Tokens cut off"):
        assert piece in shown
    for interval in (*table["losses"].values(), *table["gaps"].values()):
        value, low, high = (f"{interval[part]:.4f}".replace("-", "\u2212") for part in ("value", "low", "high"))
        assert shown.count(f"<b>{value}</b> <small>[{low}, {high}]</small>") >= 2
    assert shown.count("Computed beforehand") == 1
    assert "<code>python -m hwr losses --data &lt;lines&gt;</code>" in shown
    assert gaps_card(tmp_path) == ""
    (tmp_path / "connector").mkdir()
    (tmp_path / "connector" / "loss-gaps.json").write_text(json.dumps([table, {**table, "tap": "<tap>"}]))
    assert gaps_card(tmp_path) == shown
    other = {**table, "protocol": {**table["protocol"], "command": "python -m hwr losses --limit 3"}}
    (tmp_path / "connector" / "loss-gaps.json").write_text(json.dumps([table, other]))
    assert gaps_card(tmp_path) == gap_table([table]) + gap_table([other])


def report():
    values = {"connector_reference": {"value": -1.2368}, "connector_reference_inside": {"value": 0.5}}
    gap = {"tap": "lstm1", "gaps": values}
    run = {"seed": 1, "state": "finished", "step": 10, "seconds_a_step": 0.5, "series": [], "gaps": []}
    rates = {"val_cer": 0.0333, "val_wer": 0.1194, "test_cer": None, "test_wer": None}
    series = [{"ckpt": 200, "val_cer": 0.041, "val_wer": 0.142}]
    rows = [
        {"name": "ctc", **run, **rates, "series": series},
        {"name": "ctc", **run, **rates, "seed": 2},
        {"name": "q<b>", **run, **rates, "gaps": [gap]},
        {"name": "q<b>", **run, **rates, "seed": 2},
        {"name": "late", **run, **rates, "state": "failed", "seconds_a_step": None},
    ]
    over_seeds = {"value": -0.004, "low": -0.02, "high": 0.012}
    against = {"q<b>": {"value": -0.004, "low": -0.006, "high": -0.002, "p_value": 0.01, "on": "val"}}
    against["q<b>"] |= {"by_seed": {"1": -0.003, "2": -0.005}, "over_seeds": over_seeds}
    seeds = {"2": {"value": 0.005, "low": 0.001, "high": 0.01, "p_value": 0.03, "on": "val"}}
    protocol = {"budget": {"steps": 10, "init": "/x"}, "commit": None}
    return {"rows": rows, "against_first": against, "first_row_seeds": seeds, "protocol": protocol}


def test_experiments_are_shown_with_their_intervals_or_not_at_all(tmp_path):
    assert experiment_card(tmp_path) == ""
    folder = tmp_path / "experiments" / "results"
    folder.mkdir(parents=True)
    (folder / "empty.json").write_text(json.dumps({"rows": [], "against_first": {}, "protocol": {}}))
    assert experiment_card(tmp_path) == ""
    (folder / "connectors.json").write_text(json.dumps(report()))
    card = experiment_card(tmp_path)
    assert '<td rowspan="2"><b>\u22120.40</b> <small>[\u22120.60, \u22120.20]</small><br>' in card
    assert re.search(r"by seed<.* \u22120.30, \u22120.50 \[\u22122.00, \+1.20\]</small></td>", card)
    assert "hwr-x-better" not in card, "other seeds may do worse"
    assert re.search(r"seed 2 \u2212 seed 1:</?.*?<b>\+0.50</b> <small>\[\+0.10, \+1.00\]</small></td>", card)
    assert "hwr-x-worse" not in card, "what chance makes is neither better nor worse"
    assert "3.33\N{NO-BREAK SPACE}%" in card
    assert "python -m hwr experiment assets/experiments/FILE.yaml --out RUNS</code>" in card, "no test set was read"
    assert "lstm1 \u22121.24 / 0.50" in card
    assert "1 <small>failed</small>" in card
    assert "test CER" not in card
    assert "Checkpoints of ctc, seed 1, by step" in card
    assert "<td>4.10\N{NO-BREAK SPACE}%</td>" in card
    assert "q&lt;b&gt;" in card
    assert "/x" not in card
    (tmp_path / "experiments" / "connectors.yaml").touch()
    assert "experiment assets/experiments/connectors.yaml --out" in experiment_card(tmp_path)


@pytest.mark.parametrize(("low", "high", "sign"), [(-0.006, 0.001, None), (0.0, 0.02, None), (0.001, 0.02, "worse")])
def test_a_difference_has_a_colour_only_where_its_intervals_leave_out_zero(low, high, sign):
    found = report()
    found["against_first"]["q<b>"].update(low=low, high=high, over_seeds={"low": 0.001, "high": 0.01})
    card = experiment_table("x", found, "x.yaml")
    assert "hwr-x-better" not in card
    assert ('<b class="hwr-x-worse">' in card.split("<details")[1]) == (sign == "worse")


def test_the_command_asks_for_what_the_table_shows():
    found = report()
    found["rows"] = [{**row, "test_cer": 0.05, "test_wer": 0.2} for row in found["rows"]]
    assert "experiment x.yaml --out RUNS --test</code>" in experiment_table("x", found, "x.yaml")
    found["protocol"]["only"] = ["a+b", "a b"]
    assert "--out RUNS --test --only a+b --only 'a b'</code>" in unescape(experiment_table("x", found, "x.yaml"))


def test_what_every_row_says_of_each_set_stands_in_one_table():
    found = report() | {"sets": {"ctc": {"old": {"cer": 0.2, "against_first": None}}}}
    assert "20.00\N{NO-BREAK SPACE}%<br>\u2013</td>" in experiment_table("x", found, "x.yaml")


def test_shipped_experiments_say_what_they_ask():
    results = sorted((Path(hwr.ui.__file__).parents[2] / "assets" / "experiments" / "results").glob("*.json"))
    assert results
    for path in results:
        assert "hwr-x-asks" in experiment_table(path.stem, json.loads(path.read_text(encoding="utf-8")), "x.yaml")
    assert "hwr-x-asks" not in experiment_table("mine", report(), "x.yaml")
