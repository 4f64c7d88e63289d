"""What follows a run in the Fine-tune tab: its checkpoint in Read, what it fixed and broke, and giving it away."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from hwr.errors import InputError
from hwr.paths import data_directory
from hwr.training.outcome import comparing
from hwr.training.run.checkpoints import checkpoint_id, id_of
from hwr.training.run.directory import RunDirectory, RunSummary
from hwr.ui.fine_tune.after_view import comparison_card
from hwr.ui.fine_tune.watch import PLAIN, Watcher, button
from hwr.ui.models.menu import OpenInRead
from hwr.ui.page.events import AT_ONCE, Values, told
from hwr.ui.page.html import both, label, notice
from hwr.ui.page.rights import require_writer


@dataclass(frozen=True)
class After:
    """The components of this part."""

    fold: gr.Accordion
    compare: gr.Button
    compared: gr.HTML
    give: gr.Accordion
    where: gr.Radio
    place: gr.Textbox
    repository: gr.Textbox
    token: gr.Textbox
    private: gr.Checkbox
    publish: gr.Button
    published: gr.HTML


def build_after(watcher: Watcher, asked: gr.State) -> Aftermath:
    """The components, where they are called, and their events."""
    with watcher.ui.main:
        aftermath = Aftermath(_components(), watcher)
    aftermath.connect(asked)
    return aftermath


def _components() -> After:
    with gr.Accordion(label("tune.after"), open=True, visible=False, elem_id="hwr-t-after") as fold:
        gr.HTML(f'<p class="hwr-t-words">{both("tune.after.words")}</p>', **PLAIN)
        compare = button("compare")
        compared = gr.HTML("", elem_id="hwr-t-compared", **PLAIN)
    with gr.Accordion(label("tune.give"), open=False, visible=False, elem_id="hwr-t-give") as give:
        kinds = [(label("tune.give.directory"), "directory"), (label("tune.give.hub"), "hub")]
        where = gr.Radio(kinds, value="directory", label=label("tune.give.where"), elem_id="hwr-t-where")
        place = gr.Textbox(label=label("tune.give.place"), max_lines=1, elem_id="hwr-t-give-place")
        repository = gr.Textbox(
            label=label("tune.give.repository"),
            placeholder="name/model",
            max_lines=1,
            visible=False,
            elem_id="hwr-t-repository",
        )
        token = gr.Textbox(
            type="password", label=label("tune.give.token"), info=label("tune.give.token.help"), max_lines=1,
            visible=False, elem_id="hwr-t-hub-token",
        )  # fmt: skip
        private = gr.Checkbox(value=True, label=label("tune.give.private"), visible=False, elem_id="hwr-t-private")
        publish = button("publish")
        published = gr.HTML("", elem_id="hwr-t-published", **PLAIN)
    return After(fold, compare, compared, give, where, place, repository, token, private, publish, published)


class Aftermath:
    """The events of this part."""

    def __init__(self, ui: After, watcher: Watcher) -> None:
        self.ui, self.watcher = ui, watcher
        watcher.drawn += [ui.fold, ui.compare, ui.compared, ui.give, ui.place, ui.publish]

    def look(self, one: RunSummary | None, free: bool) -> Values:
        """What a look at the run draws here; the comparison is read from its file."""
        ui = self.ui
        run = RunDirectory(one.path) if one and one.status else None
        best = bool(run) and any(path.name == "best" for path in run.finished_checkpoints())
        if run is None or not best or not free:  # the lines are quoted there
            return {ui.fold: gr.update(visible=False), ui.give: gr.update(visible=False)}
        found = comparing.read(run)
        return {
            ui.fold: gr.update(visible=bool(run.config().init)),
            ui.give: gr.update(visible=True),
            ui.compare: gr.update(interactive=found.state != "going"),
            ui.compared: comparison_card(found),
            ui.place: gr.update(value=str(default_place(run))),
        }

    def compare(self, values: Values, request: gr.Request) -> Values:
        with told(request, "Comparing"):
            require_writer(request, values[self.watcher.rights.token])
            comparing.start(self.watcher.shown_run(values))
        return self.watcher.look(values, request)

    def open_in_read(self, values: Values, request: gr.Request) -> Values:
        """The new checkpoint in Read, compared with the one that it comes from."""
        with told(request, "Opening a run in Read"):
            run = self.watcher.shown_run(values)
            compared = id_of(run.config().init) or ""
            return {self.asked: OpenInRead(checkpoint_id(run.path, "best"), compared=compared)}
        return {self.asked: values[self.asked]}

    def publish(self, values: Values, request: gr.Request) -> Iterator[Values]:
        """Write the checkpoint to share, and send it to the Hub if asked; the Hub's token is not kept."""
        ui = self.ui
        yield {ui.published: notice("tune.giving"), ui.publish: gr.update(interactive=False)}
        words = ""
        with told(request, "Publishing"):
            require_writer(request, values[self.watcher.rights.token])
            run = self.watcher.shown_run(values)
            words = give_away(
                run, values[ui.where] == "hub", *(values[c] for c in (ui.place, ui.repository, ui.token, ui.private))
            )
        yield {ui.published: words, ui.token: "", ui.publish: gr.update(interactive=True)}

    def connect(self, asked: gr.State) -> None:
        ui, watcher = self.ui, self.watcher
        self.asked = asked
        inputs = {asked, *watcher.inputs}
        ui.compare.click(self.compare, watcher.inputs, watcher.drawn, **AT_ONCE)
        watcher.ui.open.click(self.open_in_read, inputs, [asked], **AT_ONCE)

        def where(chosen: str) -> Values:
            hub = chosen == "hub"
            shown = {c: gr.update(visible=hub) for c in (ui.repository, ui.token, ui.private)}
            return {ui.place: gr.update(visible=not hub), **shown}

        ui.where.input(where, ui.where, [ui.place, ui.repository, ui.token, ui.private], **AT_ONCE)
        given = {ui.where, ui.place, ui.repository, ui.token, ui.private, *watcher.inputs}
        ui.publish.click(self.publish, given, [ui.published, ui.token, ui.publish], **AT_ONCE)


def default_place(run: RunDirectory) -> Path:
    """Where the checkpoint of a run is written unless another directory is named."""
    return data_directory() / "published" / (re.sub(r"\W+", "-", run.title).strip("-") or run.path.name)


def give_away(run: RunDirectory, to_hub: bool, place: str, repository: str, token: str, private: bool) -> str:
    """Publish a run's best checkpoint into a directory, or to the Hub by way of one; returns the words that say where.

    Raises InputError when something that is needed was not named, and as `publish` and `upload` do.
    """
    from hwr.training.outcome.publish import publish, upload

    if not to_hub:
        if not place.strip():
            raise InputError("tune.name_directory")
        out = Path(place.strip()).expanduser()
        if out.exists() and any(out.iterdir()):
            raise InputError("tune.directory_taken", out=out)
        publish(run.path, out)
        return notice("tune.given", place=out)
    if not repository.strip() or not token.strip():
        raise InputError("tune.name_repository")
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / default_place(run).name
        publish(run.path, out)
        return notice("tune.given", place=upload(out, repository.strip(), token.strip(), private=private))
