"""The upper half of the Fine-tune tab: the runs, and what one of them does.

Watching only reads run directories, at each tick of a timer; so a reload, a second browser or another server shows the
same. What writes asks for the right to write first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from hwr.errors import InputError
from hwr.sentences import text
from hwr.training.run import launch
from hwr.training.run.directory import RunDirectory, RunSummary, list_runs, summary
from hwr.ui.fine_tune.components import curves_viewer, runs_viewer, samples_viewer
from hwr.ui.fine_tune.view import (
    chosen_run,
    curves_view,
    log_view,
    metrics_of,
    run_id,
    runs_view,
    samples_of,
    status_card,
)
from hwr.ui.page.events import AT_ONCE, Update, Values, guarded, told
from hwr.ui.page.html import both, label
from hwr.ui.page.languages import language_of
from hwr.ui.page.rights import Rights, locked_notice, may_write, require_writer

TICK = 2.0  # seconds between two looks at the run directories
LOG_LINES = 60
MOST_COMPARED = 6  # runs in one chart: as many as there are colours
PLAIN: dict[str, Any] = {"apply_default_css": False}


@dataclass(frozen=True)
class Looked:
    """What one visitor looks at: the id of a run ("": the one that trains), and the ids of those drawn beside it.

    sure: what they were asked about and did not answer yet: "discard" or "delete".
    """

    run: str = ""
    compared: tuple[str, ...] = ()
    sure: str = ""


@dataclass(frozen=True)
class Watch:
    """The components of the upper half. main: the column beside the list. seen: what each showed last."""

    timer: gr.Timer
    main: gr.Column
    looked: gr.State
    seen: gr.State
    locked: gr.HTML
    card: gr.HTML
    stop: gr.Button
    resume: gr.Button
    open: gr.Button
    runs: gr.HTML
    curves: gr.HTML
    samples: gr.HTML
    log: gr.HTML
    folded: gr.Accordion
    manage: gr.Accordion
    title: gr.Textbox
    rename: gr.Button
    discard: gr.Button
    delete: gr.Button
    question: gr.HTML
    yes: gr.Button
    no: gr.Button


def summaries() -> list[RunSummary]:
    """All runs, newest first."""
    try:
        return [summary(run) for run in list_runs(launch.runs_root())]
    except FileNotFoundError:  # one was deleted in between
        return summaries()


def without_words(one: RunSummary) -> RunSummary:
    """A run without what its process said of it."""
    return replace(one, status=one.status and replace(one.status, message=""), problem="")


def find_run(name: str) -> RunDirectory:
    """The run of that id. Raises InputError when there is none, so that no id can be a path."""
    for run in list_runs(launch.runs_root()):
        if run_id(run) == name:
            return run
    raise InputError("tune.run_gone")


def watch_components() -> Watch:
    timer = gr.Timer(TICK, active=False)
    looked, seen = gr.State(Looked(), time_to_live=86400), gr.State({}, time_to_live=86400)
    locked = gr.HTML(visible=False, elem_id="hwr-t-locked", **PLAIN)
    with gr.Row(elem_classes="hwr-t-watch"):
        with gr.Column(scale=0, min_width=310, elem_classes="hwr-t-side"):
            gr.HTML(f'<h2 class="hwr-t-h">{both("tune.runs")}</h2>', elem_classes="hwr-t-heading", **PLAIN)
            runs = runs_viewer(None, elem_id="hwr-t-runs", elem_classes="hwr-card")
        with gr.Column(scale=1, min_width=320, elem_classes="hwr-t-main") as main:
            card = gr.HTML("", elem_id="hwr-t-card", elem_classes="hwr-card", **PLAIN)
            with gr.Row(elem_classes="hwr-t-buttons"):
                stop = button("stop", visible=False, variant="primary")
                resume = button("resume", visible=False, variant="primary")
                open_in_read = button("open", visible=False)
            curves = curves_viewer(None, elem_id="hwr-t-curves", elem_classes="hwr-card")
            samples = samples_viewer(None, visible=False, elem_id="hwr-t-samples", elem_classes="hwr-card")
            with gr.Accordion(label("tune.log"), open=False, visible=False, elem_id="hwr-t-log") as folded:
                log = gr.HTML("", **PLAIN)
            with gr.Accordion(label("tune.manage"), open=False, visible=False, elem_id="hwr-t-manage") as manage:
                with gr.Row(elem_classes="hwr-t-buttons"):
                    title = gr.Textbox(label=label("tune.title"), max_lines=1, scale=3, elem_id="hwr-t-title")
                    rename = button("rename")
                with gr.Row(elem_classes="hwr-t-buttons"):
                    discard = button("discard", variant="stop")
                    delete = button("delete", variant="stop")
                question = gr.HTML(visible=False, elem_id="hwr-t-question", **PLAIN)
                with gr.Row(elem_classes="hwr-t-buttons"):
                    yes = button("yes", visible=False, variant="stop")
                    no = button("no", visible=False)
    return Watch(
        timer, main, looked, seen, locked, card, stop, resume, open_in_read, runs, curves, samples, log, folded, manage, title,
        rename, discard, delete, question, yes, no,
    )  # fmt: skip


def button(name: str, **properties: Any) -> gr.Button:
    return gr.Button(label(f"tune.{name}"), scale=0, min_width=150, elem_id=f"hwr-t-{name}", **properties)


class Watcher:
    """The events of the upper half; each ends by looking anew. extras: further looks, `(run, free) -> Values`."""

    def __init__(self, ui: Watch, rights: Rights) -> None:
        self.ui, self.rights = ui, rights
        self.extras: list[Callable[[RunSummary | None, bool], Values]] = []
        self.inputs = {ui.looked, ui.seen, ui.title, rights.token}
        self.drawn = [
            ui.looked, ui.seen, ui.card, ui.stop, ui.resume, ui.open, ui.runs, ui.curves, ui.samples, ui.log, ui.folded, ui.manage,
            ui.title, ui.discard, ui.delete, ui.rename, ui.question, ui.yes, ui.no,
        ]  # fmt: skip

    def look(self, values: Values, request: gr.Request) -> Values:
        """What has changed since this visitor looked last."""
        ui = self.ui
        looked: Looked = values[ui.looked]
        free = may_write(request, values[self.rights.token])
        everything = summaries()
        one = chosen_run(everything, looked.run)
        drawn = self._parts(one, everything, looked, free) | self._buttons(one, looked, free)
        for extra in self.extras:
            drawn |= extra(one, free)
        seen = dict(values[ui.seen])
        changed: Values = {}
        for component, value in drawn.items():
            mark = hash(repr(value))
            if seen.get(component._id) != mark:
                seen[component._id] = mark
                changed[component] = value
        return {ui.seen: seen, **changed}

    def _parts(self, one: RunSummary | None, everything: Sequence[RunSummary], looked: Looked, free: bool) -> Values:
        """Log and readings quote the lines that are learned from, so only those see them who may write."""
        ui = self.ui
        hidden = {ui.samples: gr.update(visible=False), ui.folded: gr.update(visible=False)}
        if one is None:
            return hidden | {ui.card: status_card(None, {}, []), ui.runs: runs_view([], "", []), ui.curves: None}
        run = RunDirectory(one.path)
        metrics = metrics_of(run)
        compared = [other for other in everything if run_id(other) in looked.compared and other is not one]
        curves = [(one.title, metrics.series)] + [(o.title, metrics_of(RunDirectory(o.path)).series) for o in compared]
        drawn: Values = {
            ui.runs: runs_view(everything, run_id(one), [run_id(other) for other in compared]),
            ui.curves: curves_view(curves),
        }
        if not free:
            return hidden | drawn | {ui.card: status_card(without_words(one), metrics.last, [])}
        tail = [*run.log_tail(LOG_LINES), *run.remarks()]
        return drawn | {
            ui.card: status_card(one, metrics.last, tail[-8:]),
            ui.samples: gr.update(value=samples_of(run), visible=True),
            ui.log: log_view(tail),
            ui.folded: gr.update(visible=True),
        }

    def _buttons(self, one: RunSummary | None, looked: Looked, free: bool) -> Values:
        ui, status = self.ui, one.status if one else None
        alive = bool(status and status.alive)
        ended = bool(status and status.state in ("stopped", "failed", "died"))
        checkpoints = RunDirectory(one.path).finished_checkpoints() if one else []
        sure = looked.sure if one and looked.sure == ("discard" if alive else "delete") else ""
        asking = both(f"tune.sure.{sure}", run=one.title) if one and sure else ""
        return {
            ui.stop: gr.update(visible=alive, interactive=free),
            ui.resume: gr.update(visible=ended, interactive=free),
            ui.open: gr.update(visible=any(path.name == "best" for path in checkpoints)),
            ui.manage: gr.update(visible=one is not None),
            ui.title: gr.update(value=one.title if one else "", interactive=free),
            ui.rename: gr.update(interactive=free),
            ui.discard: gr.update(visible=alive and not sure, interactive=free),
            ui.delete: gr.update(visible=one is not None and not alive and not sure, interactive=free),
            ui.question: gr.update(value=f'<p class="hwr-notice">{asking}</p>', visible=bool(sure)),
            ui.yes: gr.update(visible=bool(sure), interactive=free),
            ui.no: gr.update(visible=bool(sure)),
        }

    def again(self, values: Values, request: gr.Request, looked: Looked | None = None) -> Values:
        """Look anew, at something else if `looked` is given."""
        if looked is None:
            return self.look(values, request)
        return {self.ui.looked: looked, **self.look({**values, self.ui.looked: looked}, request)}

    def shown_run(self, values: Values) -> RunDirectory:
        """The run that this visitor looks at. Raises InputError when there is none."""
        one = chosen_run(summaries(), values[self.ui.looked].run)
        if one is None:
            raise InputError("tune.run_gone")
        return RunDirectory(one.path)

    # --- events

    @guarded("Picking a run")
    def pick(self, values: Values, event: gr.SelectData, request: gr.Request) -> Values:
        """A click in the list: look at a run, or draw it beside the others."""
        data = event._data or {}
        looked: Looked = values[self.ui.looked]
        name = str(data.get("value", ""))
        if data.get("action") == "show":
            looked = replace(looked, run=name, compared=tuple(n for n in looked.compared if n != name), sure="")
        else:
            others = tuple(n for n in looked.compared if n != name)
            looked = replace(looked, compared=(*others, name)[1 - MOST_COMPARED :] if data.get("on") else others)
            now = chosen_run(summaries(), looked.run)
            looked = replace(looked, run=run_id(now) if now else "")
        return self.again(values, request, looked)

    def stopped(self, values: Values, request: gr.Request) -> Values:
        with told(request, "Stopping a run"):
            require_writer(request, values[self.rights.token])
            launch.stop(self.shown_run(values))
            gr.Info(text("tune.stopping", language_of(request)))
        return self.look(values, request)

    def resumed(self, values: Values, request: gr.Request) -> Values:
        with told(request, "Resuming a run"):
            require_writer(request, values[self.rights.token])
            launch.resume(self.shown_run(values))
        return self.look(values, request)

    def renamed(self, values: Values, request: gr.Request) -> Values:
        with told(request, "Naming a run"):
            require_writer(request, values[self.rights.token])
            self.shown_run(values).rename(str(values[self.ui.title] or ""))
        return self.look(values, request)

    def asked(self, what: str, values: Values, request: gr.Request) -> Values:
        """Ask whether they mean it; the run is pinned, so that the answer is about this one."""
        one = chosen_run(summaries(), values[self.ui.looked].run)
        name = run_id(one) if one else ""
        return self.again(values, request, replace(values[self.ui.looked], run=name, sure=what))

    def answered(self, values: Values, request: gr.Request) -> Values:
        looked: Looked = values[self.ui.looked]
        with told(request, "Ending a run"):
            require_writer(request, values[self.rights.token])
            run = find_run(looked.run)
            if looked.sure == "discard":
                launch.discard(run)
            elif looked.sure == "delete":
                run.delete()
            looked = Looked(compared=tuple(n for n in looked.compared if n != looked.run))
        return self.again(values, request, replace(looked, sure=""))


def watch_events(tabs: gr.Tabs, tab: gr.Tab, watcher: Watcher) -> None:
    ui = watcher.ui

    def awake(event: gr.SelectData) -> gr.Timer:
        """The timer ticks while the tab is the one that is open."""
        return gr.Timer(active=(event._data or {}).get("id") == tab.id)

    def lock(token: str, request: gr.Request) -> Update:
        return gr.update(value=locked_notice(), visible=not may_write(request, token))

    tabs.select(awake, None, ui.timer, **AT_ONCE)
    for event in (tab.select, ui.timer.tick):
        # Not queued: the answer comes at once, without a stream that must be opened first.
        event(watcher.look, watcher.inputs, watcher.drawn, queue=False, **AT_ONCE)
    ui.runs.select(watcher.pick, watcher.inputs, watcher.drawn, trigger_mode="multiple", **AT_ONCE)
    for event, handler in (
        (ui.stop.click, watcher.stopped),
        (ui.resume.click, watcher.resumed),
        (ui.rename.click, watcher.renamed),
        (ui.title.submit, watcher.renamed),
        (ui.yes.click, watcher.answered),
    ):
        event(handler, watcher.inputs, watcher.drawn, **AT_ONCE)

    def discard(values: Values, request: gr.Request) -> Values:
        return watcher.asked("discard", values, request)

    def delete(values: Values, request: gr.Request) -> Values:
        return watcher.asked("delete", values, request)

    def keep(values: Values, request: gr.Request) -> Values:
        return watcher.asked("", values, request)

    for button, question in ((ui.discard, discard), (ui.delete, delete), (ui.no, keep)):
        button.click(question, watcher.inputs, watcher.drawn, **AT_ONCE)
    watcher.rights.follow(lock, [watcher.rights.token], [ui.locked])
