"""The Fine-tune tab's events, called as Gradio calls them: what they draw, and that a stranger changes nothing."""

from __future__ import annotations

import io
import json
import os
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image
from starlette.requests import Request

from hwr.data.annotations import AnnotationStore, PageImage
from hwr.data.dataset import read_pictures
from hwr.data.library import Library
from hwr.data.library_rows import NewLine
from hwr.data.sources import read_summary
from hwr.errors import InputError
from hwr.sentences import LANGUAGES, columns
from hwr.training.config import DataConfig, TrainConfig, read_yaml
from hwr.training.cost.estimate import Estimate
from hwr.training.outcome import comparing
from hwr.training.recipes import RECIPES, with_recipe
from hwr.training.run import launch
from hwr.training.run.directory import RunDirectory, Status
from hwr.training.run.processes import process_start
from hwr.ui.fine_tune import after as fine_tune_after
from hwr.ui.fine_tune import data_choice
from hwr.ui.fine_tune import start as fine_tune_start
from hwr.ui.fine_tune.after import Aftermath, build_after
from hwr.ui.fine_tune.form import translations
from hwr.ui.fine_tune.preparing import Preparation
from hwr.ui.fine_tune.start import Starter
from hwr.ui.fine_tune.start_components import init_of, menu_value, start_components
from hwr.ui.fine_tune.start_view import kept_card
from hwr.ui.fine_tune.tab import build_fine_tune_tab, run_entry
from hwr.ui.fine_tune.untyped import untyped_choices, untyped_lines
from hwr.ui.fine_tune.watch import Looked, Watcher, find_run, summaries, watch_components
from hwr.ui.models.menu import LearnFrom
from hwr.ui.page.rights import build_rights


@dataclass(frozen=True)
class Tab:
    watcher: Watcher
    after: Aftermath
    starter: Starter

    def values(self, changes: dict[Any, Any] | None = None) -> dict[Any, Any]:
        """What Gradio hands to the events: each component's value."""
        start, after = self.starter.ui, self.after.ui
        components = [
            *self.watcher.inputs,
            *self.starter.form,
            self.starter.learn,
            start.source,
            start.whose,
            start.archive,
        ]
        row = start.connector
        components += [start.place, start.before, start.untyped, row.kind, row.tap, row.weight]
        components += [
            after.where,
            after.place,
            after.repository,
            after.token,
            after.private,
            start.load,
            self.after.asked,
        ]
        values = {component: getattr(component, "value", None) for component in components}
        return values | {start.fields["init"]: "default"} | (changes or {})


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("HWR_DATA_DIR", str(tmp_path / "data"))
    for name in ("SPACE_ID", "HWR_SHARED", "HWR_ADMINS", "HWR_ADMIN_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "data"


@pytest.fixture
def tab() -> Tab:
    with gr.Blocks() as blocks:
        rights, opened = build_rights(blocks), gr.State()
        with gr.Tabs(), gr.Tab("x", id="fine-tune"):
            watcher = Watcher(watch_components(), rights)
            after = build_after(watcher, opened)
            watcher.extras.append(after.look)
            starter = Starter(start_components(), watcher, gr.State())
    return Tab(watcher, after, starter)


def request(client: str = "127.0.0.1") -> gr.Request:
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"host", b"127.0.0.1")]}
    return gr.Request(Request({**scope, "server": ("127.0.0.1", 1), "client": (client, 2)}))


OWN, STRANGER = request(), request("10.1.2.3")


def run_of(name: str, state: str = "running", pid: int = 0, **status) -> RunDirectory:
    run = RunDirectory.create(launch.runs_root() / name, TrainConfig(data=[DataConfig("lines")], init="start"))
    born = process_start(pid) if pid else 1.0
    run.write_status(Status(state=state, steps=9, pid=pid, process_started=born, **status))  # type: ignore[arg-type]
    return run


@pytest.mark.slow
def test_every_field_of_the_form_has_a_component_with_the_value_of_the_first_preset(tab):
    expected = with_recipe(TrainConfig(), next(iter(RECIPES)))
    assert tab.starter.config(tab.values()) == expected
    for config in (with_recipe(TrainConfig(seed=5, data=[DataConfig("a")]), name) for name in RECIPES):
        filled = tab.starter.fill(config)
        assert tab.starter.config(tab.values(filled)) == config


def test_the_start_is_a_model_of_the_list_or_what_was_typed(tmp_path):
    assert init_of(menu_value(None)) is None
    assert menu_value(init_of("default")) == "default"
    assert init_of("someone/model") == "someone/model"
    assert menu_value("someone/model") == "someone/model"


def test_labels_of_the_fields_join_those_of_the_interface():
    for language in LANGUAGES:
        table = translations()[language]
        assert table["field.steps"]
        assert columns("LABELS")[language].items() <= table.items()


def test_the_command_follows_the_form_or_says_what_is_wrong(tab):
    ui, fields = tab.starter.ui, tab.starter.ui.fields
    shown = tab.starter.preview(tab.values({fields["seed"]: 11}), OWN)
    assert "seed: 11" in shown[ui.command]["value"]
    shown = tab.starter.preview(tab.values({fields["connectors"]: "<b>"}), OWN)
    assert ui.command not in shown
    assert "not &#39;&lt;b&gt;&#39;" in shown[ui.problem]["value"]


@pytest.mark.slow
def test_only_what_changed_travels(tab):
    ui = tab.watcher.ui
    run = run_of("one", pid=os.getpid())
    first = tab.watcher.look(tab.values(), OWN)
    assert 'data-state="running"' in first[ui.card]
    assert first[ui.stop]["visible"]
    assert not first[ui.resume]["visible"]
    values = tab.values({ui.seen: first[ui.seen]})
    again = tab.watcher.look(values, OWN)
    assert set(again) == {ui.seen}
    run.append("metrics", {"step": 1, "seconds": 1.0, "loss": 2.0})
    later = tab.watcher.look(values, OWN)
    assert set(later) == {ui.seen, ui.curves, ui.card}  # readings and log are what they were
    json.dumps(later[ui.curves])


@pytest.mark.slow
def test_a_stranger_sees_curves_but_no_line_and_no_path_and_cannot_press(tab):
    secret = "a line that somebody wrote"
    run = run_of("one", "failed", message=f"The loss is not a number at step 3 (texts {secret}).")
    run.log(secret)
    run.append("metrics", {"step": 1, "seconds": 1.0, "loss": 2.0})
    run.append("samples", {"step": 1, "line": 0, "reference": secret, "text": secret})
    (run.checkpoints / "best").mkdir()
    drawn = tab.watcher.look(tab.values(), STRANGER)
    assert secret not in repr(drawn)
    assert secret in repr(tab.watcher.look(tab.values(), OWN))
    ui = tab.watcher.ui
    assert drawn[ui.curves]["panels"]
    assert str(launch.runs_root()) not in repr([drawn, tab.starter.preview(tab.values(), STRANGER)])
    run_of("two", pid=os.getpid())
    drawn = tab.watcher.look(tab.values(), STRANGER)
    assert 'data-state="running"' in drawn[ui.card]
    assert [drawn[b]["interactive"] for b in (ui.stop, ui.resume, ui.rename, ui.discard, ui.delete, ui.yes)] == [
        False
    ] * 6
    assert {update["interactive"] for update in tab.starter.locked("", STRANGER)} == {False}
    assert {update["interactive"] for update in tab.starter.locked("", OWN)} == {True}


def calls(tab: Tab, sure: str) -> dict[str, Any]:
    """Every event that writes, by name, as a function of the request."""
    watcher, after, starter = tab.watcher, tab.after, tab.starter
    file = launch.runs_root().parent / "some.yaml"
    file.write_text("steps: 3", encoding="utf-8")
    values = tab.values(
        {
            watcher.ui.looked: Looked("one", sure=sure),
            watcher.ui.title: "another",
            starter.ui.source: "path",
            starter.ui.place: "somewhere",
            starter.ui.load: str(file),
            after.ui.place: "there",
        }
    )
    named = {starter.ui.fields["data"]: "{path: lines}"}
    return {
        "stop": lambda asked: watcher.stopped(values, asked),
        "resume": lambda asked: watcher.resumed(values, asked),
        "rename": lambda asked: watcher.renamed(values, asked),
        sure: lambda asked: watcher.answered(values, asked),
        "compare": lambda asked: after.compare(values, asked),
        "publish": lambda asked: list(after.publish(values, asked)),
        "prepare": lambda asked: list(starter.data.prepared(values, asked)),
        "measure": lambda asked: list(starter.measure(values | named, asked)),
        "start": lambda asked: list(starter.start(values | named, asked)),
        "load": lambda asked: starter.loaded(values, asked),
    }


ESTIMATE = Estimate("cpu", 0.5, 1.0, 900.0, 2**30, 2**32, 8, 32, 2**20, 2**34)


class Measured:
    """In the place of a `Measuring`: it goes on as often as it is told to, or until it is given up."""

    def __init__(self, found: Any, steps: int = 1) -> None:
        self.found, self.steps, self.cancelled, self.ended = found, steps, False, False

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.ended = True

    def going(self, seconds: float) -> bool:
        self.steps -= 1
        return self.steps >= 0 and not self.cancelled

    def cancel(self) -> None:
        self.cancelled = True

    def result(self) -> Any:
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


@pytest.fixture
def done(monkeypatch) -> list[str]:
    """What was done in earnest, in the place of processes."""
    found: list[str] = []

    def note(name: str, result: Any = None):
        def act(*_: Any, **__: Any) -> Any:
            found.append(name)
            return result

        return act

    for name in ("stop", "resume", "discard"):
        monkeypatch.setattr(launch, name, note(name))
    monkeypatch.setattr(RunDirectory, "delete", note("delete"))
    monkeypatch.setattr(RunDirectory, "rename", note("rename"))
    monkeypatch.setattr(comparing, "start", note("compare"))
    monkeypatch.setattr(fine_tune_after, "give_away", note("publish", ""))
    monkeypatch.setattr(fine_tune_start, "Measuring", lambda config: note("measure", Measured(ESTIMATE))())
    monkeypatch.setattr(data_choice, "Preparation", note("prepare"))
    monkeypatch.setattr(Starter, "fill", note("load", {}))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("sure", ["discard", "delete"])
def test_what_writes_asks_for_the_right_first(tab, done, sure):
    run_of("one", pid=os.getpid())
    tab.starter.begin = lambda config, title: done.append("start") or RunDirectory(launch.runs_root() / "one")  # type: ignore
    for name, call in calls(tab, sure).items():
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            call(STRANGER)
        assert done == [], name
        assert any("shared host" in str(one.message) for one in told), name
    for name, call in calls(tab, sure).items():
        done.clear()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call(OWN)
        assert name in done, name


@pytest.mark.slow
def test_a_run_that_does_not_fit_is_not_started(tab, monkeypatch):
    tab.starter.begin = lambda config, title: pytest.fail("it was started")
    too_big = replace(ESTIMATE, batch_size=64)
    monkeypatch.setattr(fine_tune_start, "Measuring", lambda config: Measured(too_big))
    ui, last = tab.starter.ui, {}
    for button in (tab.starter.measure, tab.starter.start):  # both say the same
        with pytest.warns(UserWarning, match="the largest batch that fits is 32"):
            last = all_of(button(tab.values({ui.fields["data"]: "{path: lines}"}), OWN))
        assert "the largest batch that fits is 32" in last[ui.estimate]
        assert "最大" in last[ui.estimate]
    assert last[ui.start]["interactive"]
    assert last[ui.smaller]["visible"]
    fitted = tab.starter.smaller(tab.values({ui.measured: last[ui.measured]}), OWN)
    assert fitted[ui.fields["batch_size"]] == 32
    shorter = tab.starter.fitted(tab.values({ui.measured: last[ui.measured]}), OWN)
    assert shorter[ui.fields["steps"]] < tab.starter.config(tab.values()).steps * 10
    assert ESTIMATE.seconds_a_step * shorter[ui.fields["steps"]] <= fine_tune_start.SHORT


def all_of(steps) -> dict[Any, Any]:
    """All that one event writes."""
    written: dict[Any, Any] = {}
    for step in steps:
        written |= step
    return written


@pytest.mark.slow
def test_what_a_host_refuses_to_start_is_said_by_the_estimate_too(tab, done, monkeypatch):
    monkeypatch.setattr(launch, "check_zero_gpu", refuse_all)
    tab.starter.begin = lambda config, title: pytest.fail("it was started")
    ui = tab.starter.ui
    for button in (tab.starter.measure, tab.starter.start):
        with pytest.warns(UserWarning, match="cannot be started"):
            assert (
                "cannot be started"
                in all_of(button(tab.values({ui.fields["data"]: "{path: lines}"}), OWN))[ui.estimate]
            )


def refuse_all(config: TrainConfig) -> None:
    raise InputError("This run cannot be started here.")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["measure", "start"])
def test_a_check_is_given_up(tab, done, monkeypatch, name):
    tab.starter.begin = lambda config, title: pytest.fail("it was started")
    measuring = Measured(ESTIMATE, steps=10**6)
    monkeypatch.setattr(fine_tune_start, "Measuring", lambda config: measuring)
    ui, written = tab.starter.ui, {}
    for step in getattr(tab.starter, name)(tab.values({ui.fields["data"]: "{path: lines}"}), OWN):
        if step.get(ui.measuring) is measuring and not measuring.cancelled:
            assert not (written | step)[ui.start]["interactive"]
            tab.starter.given_up(step[ui.measuring])
        written |= step
    assert written[ui.estimate] == ""
    assert written[ui.measuring] is None
    assert measuring.ended
    assert [written[button]["interactive"] for button in (ui.start, ui.measure)] == [True, True]
    assert not written[ui.cancel]["visible"]


@pytest.mark.slow
def test_what_a_run_complains_about_leaves_no_word_that_it_is_checked(tab, done, monkeypatch):
    monkeypatch.setattr(fine_tune_start, "Measuring", lambda config: Measured(InputError("no such tap")))
    ui = tab.starter.ui
    for button in (tab.starter.measure, tab.starter.start):
        with pytest.warns(UserWarning, match="no such tap"):
            written = all_of(button(tab.values({ui.fields["data"]: "{path: lines}"}), OWN))
        assert written[ui.estimate] == ""
        assert written[ui.start]["interactive"]


def test_an_estimate_of_the_same_run_is_not_taken_twice(tab, done):
    run = run_of("one", pid=os.getpid())
    tab.starter.begin = lambda config, title: run
    ui = tab.starter.ui
    named = {ui.fields["data"]: "{path: lines}"}
    measured = all_of(tab.starter.measure(tab.values(named), OWN))
    known = named | {ui.measured: measured[ui.measured]}
    done.clear()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        list(tab.starter.start(tab.values(known), OWN))
        assert done == []
        list(tab.starter.start(tab.values(known | {ui.fields["batch_size"]: 9}), OWN))
    assert done == ["measure"]


def keep(lines: int, writer: str, page: str = "a") -> None:
    image = np.full((40, 200), 255, np.uint8)
    for n in range(lines):
        place = np.array([[0.0, 50 * n], [200, 50 * n], [200, 50 * n + 40], [0, 50 * n + 40]])
        file = PageImage(page * 64, "page.png", 200, 900)
        AnnotationStore().keep(file, place, image, f"line {n}", who="ada", writer=writer)


@pytest.mark.slow
def test_start_makes_the_chosen_data_ready_where_none_is_named(tab, done, monkeypatch):
    monkeypatch.setattr(data_choice, "Preparation", Preparation)
    keep(3, "Ada")
    keep(2, "Bo", "b")
    begun: list[TrainConfig] = []
    run = run_of("one", pid=os.getpid())
    tab.starter.begin = lambda config, title: begun.append(config) or run  # type: ignore
    ui, data = tab.starter.ui, tab.starter.ui.fields["data"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shown = list(tab.starter.start(tab.values(), OWN))
        list(tab.starter.start(tab.values({ui.whose: "Bo"}), OWN))
    assert [read_summary(Path(config.data[0].path)).writers for config in begun] == [{"Ada": 3, "Bo": 2}, {"Bo": 2}]
    (filled,) = [one for one in shown if data in one]
    assert begun[0].data[0].path in filled[data]
    assert "line 0" in filled[ui.data]
    assert any(begun[0].data[0].path == place for _, place in filled[ui.before]["choices"])


@pytest.mark.slow
def test_whose_lines_is_asked_where_there_are_two_and_of_nobody_else(tab):
    ui = tab.starter.ui
    keep(2, "Ada")
    assert not tab.starter.data.source(tab.values(), OWN)[ui.whose]["visible"]
    keep(1, "Bo", "b")
    menu = tab.starter.data.source(tab.values(), OWN)[ui.whose]
    assert menu["visible"]
    assert [value for _, value in menu["choices"]] == ["", "Ada", "Bo"]
    assert not tab.starter.data.source(tab.values({ui.source: "zip"}), OWN)[ui.whose]["visible"]
    assert "Ada" not in repr(
        [tab.starter.data.source(tab.values(), STRANGER), tab.starter.opened(tab.values(), STRANGER)]
    )


@pytest.mark.parametrize(
    ("splits", "learned_from"),
    [
        ({"": 3}, "train"),
        ({"train": 1, "test": 1}, "train"),
        ({"fold 1": 2}, None),
        ({"test": 2, "fold 1": 1}, "refused"),
    ],
)
def test_lines_of_the_test_are_not_learned(splits, learned_from):
    found = SimpleNamespace(path="lines", splits=splits)
    if learned_from == "refused":
        with pytest.raises(InputError, match="No line of this data is for training; its splits are test, fold 1"):
            data_choice.learned(found)  # type: ignore[arg-type]
    else:
        assert data_choice.learned(found).split == learned_from  # type: ignore[arg-type]


def test_how_many_lines_are_kept_is_said_where_it_is_about_them_and_nothing_was_made_ready(tab):
    ui = tab.starter.ui
    field, kept = ui.fields["data"], kept_card(AnnotationStore().count())
    named, ready = tab.values({ui.source: "path"}), tab.values({field: "{path: lines}"})
    wished = tab.values(
        {tab.starter.learn: LearnFrom("folder")}
    )  # by Annotate: its card is on its way when the tab opens
    assert tab.starter.opened(tab.values(), OWN)[ui.data] == kept
    assert not any(ui.data in tab.starter.opened(values, OWN) for values in (named, ready, wished))
    assert tab.starter.data.source(tab.values(), OWN)[ui.data] == kept
    assert tab.starter.data.source(named, OWN)[ui.data] == ""
    assert ui.data not in tab.starter.data.source(ready, OWN)


def test_what_is_wrong_with_an_upload_names_the_file_and_not_its_place(tab, tmp_path):
    upload = tmp_path / "uploads" / "letters.zip"
    upload.parent.mkdir()
    upload.write_bytes(b"no archive")
    ui = tab.starter.ui
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        *_, last = tab.starter.data.prepared(tab.values({ui.source: "zip", ui.archive: str(upload)}), OWN)
    (words,) = [str(one.message) for one in told if one.category is UserWarning]
    assert words.startswith("letters.zip is not a .zip file")
    assert str(tmp_path) not in words
    assert last[ui.prepare]["interactive"]


@pytest.mark.slow
def test_lines_of_a_collection_that_nobody_corrected_are_learned_from_without_texts(tab, data):
    start = tab.starter
    library = Library()
    collection = library.create("Letters")
    picture = io.BytesIO()
    Image.new("RGB", (80, 60), "white").save(picture, "PNG")
    places = [np.array([[0.0, y], [80, y], [80, y + 20], [0, y + 20]]) for y in (0, 30)]
    lines = [NewLine(place, place, place[[3, 2]], np.full((20, 80), 9, np.uint8)) for place in places]
    page = library.add_page(collection, PageImage("one", "one.png", 80, 60), picture.getvalue(), lines)
    first, second = library.lines(page)
    library.keep(first.id, "Dear Jane,", who="Ada", based_on=None)
    assert untyped_choices() == [("Letters · 1", collection)]

    asked = tab.values({start.ui.untyped: collection})
    field = start.ui.fields["unlabelled"]
    with pytest.warns(UserWarning, match="shared host"):
        assert start.data.untyped(asked, STRANGER) == {field: asked[field]}
    (line,) = read_yaml(f"[{start.data.untyped(asked, OWN)[field]}]")
    (record,) = read_pictures(Path(line["path"]), line["split"]).records
    assert record.text == ""
    assert record.image.read_bytes()
    library.keep(second.id, "how are you?", who="Ada", based_on=None)
    assert untyped_choices() == []
    with pytest.raises(InputError, match="Every line of this collection has a text"):
        untyped_lines(collection)


def test_menus_write_the_line_of_a_connector(tab):
    ui, lines = tab.starter.ui, tab.starter.ui.fields["connectors"]

    def added(text: str, **menus: Any) -> str:
        row = {getattr(ui.connector, name): value for name, value in menus.items()}
        return tab.starter.connector(tab.values({lines: text} | row), OWN)[lines]

    one = added("", kind="linear", tap="lstm2", weight=1)
    assert one == "{kind: linear, tap: lstm2}"
    two = added(one, kind="qformer", tap="lstm1", weight=0.5)
    assert two.splitlines() == [one, "{kind: qformer, weight: 0.5}"]
    assert added(two, kind="aligned", tap="lstm2", weight=1).splitlines() == [
        "{kind: qformer, weight: 0.5}",
        "{kind: aligned, tap: lstm2}",
    ]
    with pytest.warns(UserWarning, match="weight must be a number above 0"):
        assert added(one, kind="linear", tap="lstm1", weight=0) == one
    with pytest.warns(UserWarning, match="Line 1 of connectors cannot be read"):
        assert added("[", kind="linear", tap="lstm1", weight=1) == "["


def test_no_id_is_a_path(tab, tmp_path):
    run_of("one")
    outside = RunDirectory.create(tmp_path / "outside", TrainConfig())
    for name in ("../outside", str(outside.path), "one/../one", ""):
        with pytest.raises(InputError, match="gone"):
            find_run(name)
    assert find_run("one").path == launch.runs_root() / "one"


def test_picking_shows_and_compares(tab):
    for name in ("a", "b", "c"):
        run_of(name, "finished")
    ui = tab.watcher.ui

    def picked(looked: Looked, **data: Any) -> Looked:
        event = gr.SelectData(None, {"index": 0, **data})
        return tab.watcher.pick(tab.values({ui.looked: looked}), event, OWN)[ui.looked]

    looked = picked(Looked(), value="b", action="show")
    assert looked == Looked("b")
    looked = picked(looked, value="c", action="compare", on=True)
    looked = picked(looked, value="a", action="compare", on=True)
    assert looked == Looked("b", ("c", "a"))
    assert picked(looked, value="c", action="show") == Looked("c", ("a",))
    assert picked(looked, value="c", action="compare", on=False) == Looked("b", ("a",))


def test_the_api_lists_runs_without_their_places(data):
    run_of("one", "failed", message=f"no space left at {data}")
    run_of("two", pid=os.getpid(), eta_seconds=5.0)
    old = RunDirectory.create(launch.runs_root() / "old", TrainConfig())
    old.config_file.write_text("version: 99")
    entries = {entry["id"]: entry for entry in map(run_entry, summaries())}
    assert {name: entry["state"] for name, entry in entries.items()} == {
        "one": "failed",
        "two": "running",
        "old": "unreadable",
    }
    assert entries["two"]["eta_seconds"] == 5.0
    assert str(data) not in json.dumps(entries)


def test_the_tab_is_built_with_one_public_endpoint():
    with gr.Blocks() as blocks:
        rights = build_rights(blocks)
        with gr.Tabs() as tabs, gr.Tab("x", id="fine-tune") as one:
            build_fine_tune_tab(tabs, one, gr.State(), gr.State(), rights)
    assert set(blocks.get_api_info()["named_endpoints"]) == {"/runs"}
