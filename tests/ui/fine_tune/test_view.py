"""What is drawn of runs: curves, readings, words; run directories written by hand, small enough to check by eye."""

from __future__ import annotations

import json
import math
import os

import pytest

from hwr.training.config import DataConfig, TrainConfig
from hwr.training.outcome.comparing import Found
from hwr.training.run.directory import RunDirectory, RunSummary, Status, summary
from hwr.ui.fine_tune.after_view import comparison_card, marked, points
from hwr.ui.fine_tune.view import (
    MOST_POINTS,
    chosen_run,
    curves_view,
    last_values,
    metrics_of,
    run_series,
    runs_view,
    samples_view,
    status_card,
    thinned,
)

EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def make_run(tmp_path):
    """make_run(name, state, ...) -> a run directory as a training process leaves it."""

    def make(name: str, state: str = "running", step: int = 0, title: str = "", **status) -> RunDirectory:
        run = RunDirectory.create(tmp_path / name, TrainConfig(data=[DataConfig("lines")]))
        made = len(list(tmp_path.iterdir()))
        os.utime(run.config_file, (made, made))
        if title:
            run.rename(title)
        run.write_status(Status(state=state, step=step, steps=100, **status))  # type: ignore[arg-type]
        return run

    return make


def test_series_follow_their_rows_and_validations_get_the_time_of_the_last_step():
    rows = [
        {"step": 10, "seconds": 5.04, "loss": 2.0, "ctc": 1.5, "memory": 2**30, "eta_seconds": 9},
        {"step": 10, "val_cer": 0.5, "val_cer/mine": 0.5},
        {"step": 20, "seconds": 9.0, "loss": 1.0, "ctc": 0.9, "memory": 3 * 2**29},
    ]
    series = {s.key: s for s in run_series(rows)}
    assert set(series) == {"loss", "ctc", "memory", "val_cer"}  # of one set alone the mean says it all
    assert (series["loss"].step, series["loss"].value) == ([10, 20], [2.0, 1.0])
    assert series["memory"].value == [1.0, 1.5]
    assert (series["val_cer"].step, series["val_cer"].seconds) == ([10], [5.0])


def test_several_sets_have_curves_of_their_own():
    rows = [{"step": 1, "val_cer": 0.3, "val_cer/a": 0.2, "val_cer/b": 0.4}]
    assert {s.key for s in run_series(rows)} == {"val_cer", "val_cer/a", "val_cer/b"}


def test_thinning_keeps_peaks_ends_and_order():
    rows = [{"step": i, "seconds": i / 10, "loss": math.sin(i / 100)} for i in range(20_000)]
    rows[7_777]["loss"] = 55.0
    (series,) = run_series(rows)
    assert len(series.step) <= MOST_POINTS
    assert series.step == sorted(set(series.step))
    assert series.value[series.step.index(7_777)] == 55.0
    assert series.step[-1] == 19_999
    assert thinned(series) is series


def test_curves_are_sorted_into_panels_and_nothing_is_lost():
    one = run_series([{"step": 1, "shortcut_ctc": 3, "ctc": 2, "loss": 1, "kl": 1, "kl/lstm1": 1, "odd_one": 4}])
    two = run_series([{"step": 1, "loss": 2, "kl": 2, "learning_rate": 0.1}])
    view = curves_view([("a", one), ("b", two)])
    assert view is not None
    drawn = {p["name"]: [(s["run"], s["key"]) for s in p["series"]] for p in view["panels"]}
    assert drawn == {
        "loss": [(0, "loss"), (0, "ctc"), (0, "shortcut_ctc"), (1, "loss")],
        "kl": [(0, "kl"), (0, "kl/lstm1"), (1, "kl")],
        "rate": [(1, "learning_rate")],
        "other": [(0, "odd_one")],
    }
    assert curves_view([("a", [])]) is None


def test_metrics_are_read_again_only_when_the_file_changed(make_run, monkeypatch):
    run = make_run("a")
    assert metrics_of(run).last == {}
    run.append("metrics", {"step": 1, "seconds": 1.0, "loss": 3.0})
    first = metrics_of(run)
    assert first.last["loss"] == 3.0
    assert metrics_of(RunDirectory(run.path)) is first
    run.append("metrics", {"step": 2, "seconds": 2.0, "loss": 1.0})
    assert metrics_of(run).last["loss"] == 1.0


def test_readings_are_marked_against_the_truth_and_against_the_reading_before():
    rows = [
        {"step": 5, "line": 0, "reference": "a cart", "text": "a cat"},
        {"step": 9, "line": 0, "reference": "a cart", "text": "a curt"},
        {"step": 9, "line": 1, "reference": "late", "text": ""},
    ]
    view = samples_view("run", rows)
    assert view is not None
    assert view["steps"] == [5, 9]
    first, second = view["lines"]
    assert [r["errors"] for r in first["readings"]] == [1, 1]
    assert [r["changed"] for r in first["readings"]] == [False, True]
    before = [(p["kind"], p["text"], p["was"]) for p in first["readings"][0]["pieces"]]
    assert before == [("same", "a ca", ""), ("deleted", "", "r"), ("same", "t", "")]
    assert second["readings"] == [None, {"pieces": [{"kind": "deleted", "text": "", "was": "late", "changed": False}], "errors": 4, "changed": False}]  # fmt: skip
    assert samples_view("run", []) is None


def test_the_list_tells_states_places_and_colours(make_run):
    runs = [
        make_run("d", "queued"),
        make_run("c", "queued"),
        make_run("b", "running", 5),
        make_run("a", "finished", 100),
    ]
    listed = [summary(run) for run in runs]
    view = runs_view(listed, "b", ["a"])
    json.dumps(view)
    by_id = {run["id"]: run for run in view["runs"]}
    assert (by_id["d"]["place"], by_id["c"]["place"]) == (1, 2)  # d was made first
    assert (by_id["b"]["colour"], by_id["a"]["colour"]) == (0, 1)
    assert by_id["b"]["state"] == "running"


def test_the_run_that_trains_is_looked_at_first(make_run):
    old, queued, running = make_run("a", "finished", 9), make_run("b", "queued"), make_run("c", "running", 3)
    listed = [summary(run) for run in (queued, running, old)]

    def chosen(runs, wanted):
        found = chosen_run(runs, wanted)
        return found and found.path

    assert chosen(listed, "") == running.path
    assert chosen(listed, "a") == old.path
    assert chosen(listed, "gone") == running.path
    assert chosen([summary(queued), summary(old)], "") == queued.path
    assert chosen_run([], "a") is None


def test_a_died_run_is_shown_as_died_with_its_last_words(make_run):
    run = make_run("a", "running", 7, pid=2**22 + 1, process_started=1.0, title=EVIL)
    run.log(f"last words {EVIL}")
    card = status_card(summary(run), {}, run.log_tail())
    assert 'data-state="died"' in card
    assert "Died" in card
    assert "異常終了" in card
    assert "last words &lt;img" in card
    assert "<img" not in card


def test_a_running_run_tells_its_time_left_and_figures(make_run):
    run = make_run("a", "running", 50, eta_seconds=3700.0, best_cer=0.1234, best_step=40, seconds_trained=61.0)
    card = status_card(summary(run), {"lines_per_second": 51.234, "val_wer": 0.5, "memory": 2**31}, [])
    for piece in ("Step 50 of 100.", "1 h 1 min", "12.34 %", "51.2", "50.00 %", "2.0 GiB", "1 min 1 s", "--done:50.0%"):
        assert piece in card, piece


def test_a_run_from_a_checkpoint_tells_its_start(make_run):
    rows = [{"step": 0, "val_cer": 0.3}, {"step": 5, "loss": 1.0, "seconds": 2.0}, {"step": 5, "val_cer": 0.2}]
    card = status_card(summary(make_run("a", "running", 5)), last_values(rows), [])
    assert "CER at the start" in card
    assert "30.00 %" in card
    (curve,) = (series for series in run_series(rows) if series.key == "val_cer")
    assert (curve.step, curve.seconds, curve.value) == ([0, 5], [0.0, 2.0], [0.3, 0.2])


def test_the_list_tells_when_a_running_run_will_be_done(make_run):
    run = make_run("a", "running", 50, eta_seconds=3700.0)
    (entry,) = runs_view([summary(run)], "a", [])["runs"]
    assert entry["ends"] == run.status().updated + 3700.0
    run = make_run("b", "finished", 100, eta_seconds=0.0)
    assert runs_view([summary(run)], "b", [])["runs"][0]["ends"] is None


def test_a_failed_and_an_unreadable_run_say_why(make_run, tmp_path):
    run = make_run("a", "failed", 3, message="The loss is not a number at step 3.")
    assert "The loss is not a number at step 3." in status_card(summary(run), {}, ["Traceback"])
    other = RunSummary(tmp_path, "old", 0.0, None, f"written by another version {EVIL}")
    assert "another version &lt;img" in status_card(other, {}, [])
    assert "Nothing trains here yet" in status_card(None, {}, [])


RESULT = {
    "before": "default",
    "after": EVIL,
    "step": 40,
    "sets": [
        {"name": "default lines", "role": "default", "part": "drawn", "lines": 60, "cer": [0.05, 0.06], "wer": [0.1, 0.1],
         "difference": [0.01, -0.001, 0.02], "fixed": 1, "broken": 4, "examples": []},
        {"name": "mine", "role": "new", "part": "val", "lines": 5, "cer": [0.2, 0.1], "wer": [0.4, 0.3],
         "difference": [-0.1, -0.15, -0.05], "fixed": 3, "broken": 1,
         "examples": [{"verdict": "fixed", "reference": "a cart", "before": f"a {EVIL}", "after": "a cart"}]},
    ],
}  # fmt: skip


def test_before_and_after_show_gain_and_forgetting():
    card = comparison_card(Found("done", RESULT))
    assert card.index("New data") < card.index("Default lines (forgetting)")
    assert "20.00 → <b>10.00 %</b>" in card
    assert "−10.00" in card
    assert "+1.00" in card
    assert "no clear difference" in card  # the interval of the default lines holds zero
    assert "3 fixed, 1 broken of 5" in card
    assert "Nothing that it could read before has clearly been forgotten." in card
    assert "mine · " in card
    assert "default lines · " not in card
    assert "<img" not in card
    assert comparison_card(Found("none")) == ""
    assert "&lt;b&gt;" in comparison_card(Found("failed", {}, "<b>"))
    assert points(-0.00001) == "0.00"
    worse = json.loads(json.dumps(RESULT).replace("-0.001", "0.001"))
    worse["sets"][1]["name"] = "kept-0123456789ab"
    card = comparison_card(Found("done", worse))
    assert "forgot some of what it could read before: 1.00 points" in card
    assert "kept · " in card


def test_marks_escape_what_was_read():
    assert marked("a<b", "a<c") == 'a&lt;<ins class="hwr-s-changed">c</ins>'
