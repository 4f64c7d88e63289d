"""The Fine-tune tab: what trains is watched above, what to train is chosen below; it reads run directories and no more."""

from __future__ import annotations

from typing import TypedDict

import gradio as gr

from hwr.training.run.directory import RunSummary
from hwr.ui.fine_tune.after import build_after
from hwr.ui.fine_tune.start import build_start
from hwr.ui.fine_tune.view import run_id
from hwr.ui.fine_tune.watch import Watcher, summaries, watch_components, watch_events
from hwr.ui.page.gradio_edges import api
from hwr.ui.page.rights import Rights


class RunEntry(TypedDict):
    """One training run. state: queued, starting, running, stopped, finished, failed, died, or unreadable."""

    id: str
    title: str
    state: str
    step: int
    steps: int
    created: float
    eta_seconds: float | None
    best_cer: float | None
    best_step: int | None
    message: str


def build_fine_tune_tab(tabs: gr.Tabs, tab: gr.Tab, asked: gr.State, learn: gr.State, rights: Rights) -> None:
    """The tab's components and events. asked: what the Read tab is asked to open; learn: where a `LearnFrom` is put;
    `tab` the tab of `tabs` that holds it, under the id "fine-tune"."""
    ui = watch_components()
    watcher = Watcher(ui, rights)
    after = build_after(watcher, asked)
    watcher.extras.append(after.look)
    build_start(watcher, tab, learn)
    watch_events(tabs, tab, watcher)

    def runs() -> list[RunEntry]:
        """The training runs on this machine, newest first.

        Returns:
            One entry a run: its id and title, its state (queued, starting, running, stopped, finished, failed, died, unreadable),
            steps done and wanted, when it was created (seconds since the epoch), seconds left, and its best validation
            character error rate as a fraction.
        """
        return [run_entry(one) for one in summaries()]

    api(runs, api_name="runs", concurrency_limit=None)


def run_entry(one: RunSummary) -> RunEntry:
    """A run as the web API lists it: nothing in it says where it lies on the disk."""
    status = one.status
    return {
        "id": run_id(one),
        "title": one.title,
        "state": status.state if status else "unreadable",
        "step": status.step if status else 0,
        "steps": status.steps if status else 0,
        "created": one.created,
        "eta_seconds": status.eta_seconds if status and status.alive else None,
        "best_cer": status.best_cer if status else None,
        "best_step": status.best_step if status else None,
        "message": status.message if status and status.state != "failed" else "",
    }
