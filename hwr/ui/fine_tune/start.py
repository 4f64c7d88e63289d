"""The lower half of the Fine-tune tab: a checkpoint, data and a configuration in, a run started or queued."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from hwr.errors import InputError
from hwr.language.config import ConnectorConfig
from hwr.sentences import text
from hwr.training.config import TrainConfig
from hwr.training.cost.estimate import Estimate, Measuring
from hwr.training.recipes import with_recipe
from hwr.training.run import launch
from hwr.training.run.device import ZERO_GPU_SECONDS, hardware, is_zero_gpu
from hwr.training.run.directory import RunDirectory
from hwr.ui.fine_tune.data_choice import DataChoice
from hwr.ui.fine_tune.form import from_form, list_text, parse_list, to_form
from hwr.ui.fine_tune.start_components import FRESH, Field, Start, init_of, menu_value, start_components
from hwr.ui.fine_tune.start_view import device_card, estimate_card
from hwr.ui.fine_tune.view import run_id
from hwr.ui.fine_tune.watch import Looked, Watcher
from hwr.ui.models.menu import LearnFrom, menu_choices
from hwr.ui.page.errors import translated_error
from hwr.ui.page.events import AT_ONCE, Update, Values, caught, guarded, opening, tell, told
from hwr.ui.page.gradio_edges import Dependency
from hwr.ui.page.html import escape, label, notice
from hwr.ui.page.languages import language_of
from hwr.ui.page.rights import may_write, require_writer

if TYPE_CHECKING:
    pass

SHORT = 600.0  # seconds of the run that is offered where a whole one takes long
DOWNLOAD = """(text) => {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  link.download = 'training.yaml';
  link.click();
}"""


# A run that was started is looked at above, out of sight of the button; one that was refused leaves a reason or no card.
TO_THE_RUN = """() => {
  const card = document.querySelector('#hwr-t-estimate .hwr-estimate');
  if (card && !card.querySelector('.hwr-now-problem')) {
    document.getElementById('hwr-t-card').scrollIntoView({ behavior: 'smooth', block: 'center' });
  }
}"""


def build_start(watcher: Watcher, tab: gr.Tab, learn: gr.State) -> None:
    """The components and events of the lower half; a run that was started is then looked at above."""
    ui = start_components()
    starter = Starter(ui, watcher, learn)
    starter.connect(tab)
    starter.follow(tab)


def begin_here() -> Callable[[TrainConfig, str], RunDirectory] | None:
    """On ZeroGPU, where only a call that is marked before the launch gets the GPU: how to train in such a call."""
    if not is_zero_gpu():
        return None
    import spaces  # pyright: ignore[reportMissingImports]

    return spaces.GPU(duration=int(ZERO_GPU_SECONDS))(launch.train_here)


def edited(component: Field) -> Callable[..., Dependency]:
    """The event of a field that somebody changed. Gradio's Textbox tells `input` of a key alone, not of a paste or an
    input method; its `change` tells of all."""
    return component.change if isinstance(component, gr.Textbox) else component.input


class Starter:
    """The events of the lower half. learn: where another tab puts a `LearnFrom`."""

    def __init__(self, ui: Start, watcher: Watcher, learn: gr.State) -> None:
        self.ui, self.watcher, self.learn = ui, watcher, learn
        self.begin = begin_here() or launch.start
        self.token = watcher.rights.token
        self.data = DataChoice(ui, self.token)
        self.form = {ui.recipe, ui.title, ui.measured, *ui.fields.values()}
        self.filled = [ui.recipe, *ui.fields.values()]
        self.previewed = [ui.command, ui.problem, ui.estimate, ui.shorter, ui.smaller]
        self.estimated = [
            ui.measured,
            ui.estimate,
            ui.shorter,
            ui.smaller,
            ui.start,
            ui.measure,
            ui.measuring,
            ui.cancel,
        ]

    def config(self, values: Values) -> TrainConfig:
        """What the form asks for. Raises InputError that names the field at fault."""
        filled = {name: values[component] for name, component in self.ui.fields.items()}
        return from_form({**filled, "init": init_of(filled["init"])})

    def fill(self, config: TrainConfig) -> Values:
        """The form that asks for this configuration."""
        shown = to_form(config)
        shown["init"] = menu_value(config.init)
        return {self.ui.fields[name]: value for name, value in shown.items()}

    def preview(self, values: Values, request: gr.Request) -> Values:
        """The command that will run, or what keeps it from running; an estimate of another run goes.

        The command tells where things lie on this machine, so only those see it who may run it.
        """
        ui, known = self.ui, values[self.ui.measured]
        if not may_write(request, values[self.token]):
            return {ui.command: gr.update(visible=False)}
        with caught("Writing the command of a run") as outcome:
            config = self.config(values)
            shown: Values = {ui.command: gr.update(value=launch.command(config), visible=True)}
        if outcome.problem:
            words = escape(translated_error(outcome.problem, language_of(request)))
            return {ui.problem: gr.update(value=f'<p class="hwr-notice">{words}</p>', visible=True)}
        if known and known[0] != config.to_yaml():
            shown |= {ui.estimate: "", ui.shorter: gr.update(visible=False), ui.smaller: gr.update(visible=False)}
        return {**shown, ui.problem: gr.update(visible=False)}

    def recipe(self, values: Values, request: gr.Request) -> Values:
        with told(request, "Filling the form"):
            return self.fill(with_recipe(self.config(values), values[self.ui.recipe]))
        return {self.ui.recipe: values[self.ui.recipe]}

    @guarded("Opening the form of a run")
    def opened(self, values: Values, request: gr.Request) -> Values:
        """What may have changed since the page was made: checkpoints, prepared data, the device."""
        free = may_write(request, values[self.token])
        return {
            self.ui.fields["init"]: gr.update(choices=[*menu_choices(), (label("tune.fresh"), FRESH)]),
            **self.data.opened(values, free, wished=values[self.learn] is not None),
            self.ui.device: device_card(hardware()),
            **self.preview(values, request),
        }

    def connector(self, values: Values, request: gr.Request) -> Values:
        """The lines of connectors with the one that the menus name; it takes the place of another at its tap."""
        row, lines = self.ui.connector, self.ui.fields["connectors"]
        with told(request, "Adding a connector"):
            new = ConnectorConfig(values[row.kind], str(values[row.tap]), float(values[row.weight] or 0))
            known = [ConnectorConfig(**one) for one in parse_list("connectors", values[lines] or "", ConnectorConfig)]
            return {lines: list_text([*(one for one in known if one.tap != new.tap), new])}
        return {lines: values[lines]}

    def yaml(self, values: Values, request: gr.Request) -> Values:
        """The configuration to save; like the command, it tells where things lie."""
        with told(request, "Writing the configuration"):
            require_writer(request, values[self.token])
            return {self.ui.yaml: self.config(values).to_yaml()}
        raise gr.Error(visible=False)

    def loaded(self, values: Values, request: gr.Request) -> Values:
        with told(request, "Loading a configuration"):
            require_writer(request, values[self.token])
            path = Path(values[self.ui.load])
            return self.fill(TrainConfig.from_yaml(path.read_text(encoding="utf-8", errors="replace"), path.name))
        return {self.ui.recipe: values[self.ui.recipe]}

    def measure(self, values: Values, request: gr.Request) -> Iterator[Values]:
        """What Start would find out, and nothing started."""
        with told(request, "Estimating a run"):
            yield from self._checked(values, request)
        yield self._at_rest()

    def _checked(self, values: Values, request: gr.Request) -> Generator[Values, None, TrainConfig | None]:
        """The one check before a run: data, form, and some real steps of it in a process of its own.

        Returns the configuration; None where the visitor gave the check up, or where the run is refused, which the card
        says, too. Raises InputError for what the form or the run itself complains about. What was measured before is not
        measured again.
        """
        ui = self.ui
        yield {ui.start: gr.update(interactive=False), ui.measure: gr.update(interactive=False), ui.estimate: ""}
        require_writer(request, values[self.token])
        values = yield from self.data.with_data(values)
        config, known = self.config(values), values[ui.measured]
        found = known[1] if known and known[0] == config.to_yaml() else (yield from self._measured(config))
        if found is None:
            return None
        refused = None
        try:
            launch.check(config, found)
        except InputError as error:
            refused = error
            tell(error, request)
        yield self._estimate(config, found, refused)
        return config if refused is None else None

    def _measured(self, config: TrainConfig) -> Generator[Values, None, Estimate | None]:
        """None where it was given up."""
        ui, found = self.ui, None
        with Measuring(config) as measuring:
            yield {ui.estimate: notice("tune.checking"), ui.measuring: measuring, ui.cancel: gr.update(visible=True)}
            try:
                while measuring.going(1.0):
                    yield {ui.measuring: measuring}
                found = None if measuring.cancelled else measuring.result()
            finally:
                if found is None:
                    yield {ui.estimate: ""}
        return found

    def _at_rest(self) -> Values:
        """Neither checks nor starts; a check that failed or was given up leaves no word that it goes on."""
        ui = self.ui
        at_rest = {button: gr.update(interactive=True) for button in (ui.start, ui.measure)}
        return {**at_rest, ui.measuring: None, ui.cancel: gr.update(visible=False)}

    def given_up(self, measuring: Measuring | None) -> Update:
        if measuring is not None:
            measuring.cancel()
        return gr.update(visible=False)

    def _estimate(self, config: TrainConfig, found: Estimate, refused: InputError | None) -> Values:
        ui, fits = self.ui, 0 < found.largest_batch < found.batch_size
        return {
            ui.measured: (config.to_yaml(), found),
            ui.estimate: estimate_card(found, refused),
            ui.smaller: gr.update(visible=fits),
            ui.shorter: gr.update(visible=found.seconds_total > SHORT),
        }

    def fitted(self, values: Values, request: gr.Request) -> Values:
        """The same run, so short that it ends within SHORT seconds."""
        with told(request, "Making a run shorter"):
            return self.fill(self._found(values).within(self.config(values), SHORT)) | {self.ui.estimate: ""}
        return {self.ui.recipe: values[self.ui.recipe]}

    def smaller(self, values: Values, request: gr.Request) -> Values:
        """The same run with the largest batch that fits."""
        with told(request, "Making a batch smaller"):
            config = replace(self.config(values), batch_size=self._found(values).largest_batch)
            return self.fill(config) | {self.ui.estimate: ""}
        return {self.ui.recipe: values[self.ui.recipe]}

    def _found(self, values: Values) -> Estimate:
        if values[self.ui.measured] is None:
            raise InputError("tune.not_estimated")
        return values[self.ui.measured][1]

    def start(self, values: Values, request: gr.Request) -> Iterator[Values]:
        """The same check unless that was done; then start or queue, and look at the run."""
        ui, shown = self.ui, {}
        with told(request, "Starting a run"):
            config = yield from self._checked(values, request)
            if config is not None:
                run = self.begin(config, str(values[ui.title] or ""))
                gr.Info(text("tune.started", language_of(request)))
                shown = {ui.title: "", **self.watcher.again(values, request, Looked(run=run_id(run)))}
        yield {**shown, **self._at_rest()}

    def locked(self, token: str, request: gr.Request) -> list[Update]:
        free = may_write(request, token)
        return [gr.update(interactive=free)] * 6

    def asked(self, wish: LearnFrom | None) -> list[Update | str]:
        """Another tab asks for this one with a data set."""
        if wish is None:
            return [gr.skip()] * 5
        place = gr.update(value=wish.path, visible=True, label=label("tune.place"))
        hidden = gr.update(visible=False)
        return ["path", place, hidden, hidden, hidden]

    def follow(self, tab: gr.Tab) -> None:
        """What other tabs ask for: the data set is chosen and made ready."""
        ui, learn = self.ui, self.learn
        named = {ui.source, ui.whose, ui.archive, ui.place, ui.before, ui.fields["init"], self.token}
        ready = [ui.data, ui.fields["data"], ui.before, ui.prepare]
        shown = [ui.source, ui.place, ui.whose, ui.archive, ui.before]
        chosen = learn.change(**opening(str(tab.id))).then(self.asked, [learn], shown, **AT_ONCE)
        chosen.then(self.data.prepared, named, ready, **AT_ONCE).then(
            self.preview, {self.token, *self.form}, self.previewed, **AT_ONCE
        )

    def connect(self, tab: gr.Tab) -> None:
        """All events."""
        ui, token = self.ui, self.token
        form = {token, *self.form}
        shown = [ui.fields["init"], ui.whose, ui.before, ui.untyped, ui.data, ui.device, *self.previewed]
        for event in (tab.select, token.change):
            event(self.opened, form | {ui.source, self.learn}, shown, **AT_ONCE)
        sources = [ui.whose, ui.archive, ui.place, ui.before, ui.data]
        ui.source.input(self.data.source, {ui.source, ui.fields["data"], token}, sources, **AT_ONCE)
        preview: dict[str, Any] = {"fn": self.preview, "inputs": form, "outputs": self.previewed, **AT_ONCE}
        gr.on([edited(c) for c in ui.fields.values()], trigger_mode="always_last", **preview)
        named = {ui.source, ui.whose, ui.archive, ui.place, ui.before}
        ready = [ui.data, ui.fields["data"], ui.before, ui.prepare]
        ui.prepare.click(self.data.prepared, {*named, ui.fields["init"], token}, ready, **AT_ONCE).then(**preview)
        named_lines = ui.fields["unlabelled"]
        ui.untyped.input(self.data.untyped, {ui.untyped, named_lines, token}, [named_lines], **AT_ONCE).then(**preview)
        row, lines = ui.connector, ui.fields["connectors"]
        adding = {row.kind, row.tap, row.weight, lines}
        row.add.click(self.connector, adding, [lines], **AT_ONCE)
        ui.recipe.input(self.recipe, form, self.filled, **AT_ONCE).then(**preview)
        ui.load.upload(self.loaded, {ui.load, *form}, self.filled, **AT_ONCE).then(**preview)
        ui.save.click(self.yaml, form, [ui.yaml], **AT_ONCE).success(None, [ui.yaml], None, js=DOWNLOAD)
        ui.measure.click(self.measure, form | named, [*ready, *self.estimated], **AT_ONCE).then(**preview)
        ui.cancel.click(self.given_up, [ui.measuring], [ui.cancel], **AT_ONCE)
        for button, change in ((ui.shorter, self.fitted), (ui.smaller, self.smaller)):
            button.click(change, form, [ui.estimate, *self.filled], **AT_ONCE).then(**preview)
        watched = self.watcher.inputs | form | named
        started = [ui.title, *ready, *self.estimated, *self.watcher.drawn]
        ui.start.click(self.start, watched, started, **AT_ONCE).then(**preview).then(None, None, None, js=TO_THE_RUN)
        writing = [ui.start, ui.measure, ui.prepare, ui.load, ui.save, ui.archive]
        self.watcher.rights.follow(self.locked, [token], writing)
