"""The lower half of the Fine-tune tab: a checkpoint, data and a configuration in, a run started or queued."""

from __future__ import annotations

import html
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from hwr.errors import InputError
from hwr.language.config import ConnectorConfig
from hwr.sentences import text
from hwr.training.config import DataConfig, TrainConfig
from hwr.training.cost.estimate import Estimate, Measuring
from hwr.training.recipes import with_preset
from hwr.training.run import launch
from hwr.training.run.device import ZERO_GPU_SECONDS, hardware, is_zero_gpu
from hwr.training.run.directory import RunDirectory
from hwr.ui.fine_tune.form import from_form, list_text, parse_list, to_form
from hwr.ui.fine_tune.preparing import Preparation
from hwr.ui.fine_tune.start_components import FRESH, Start, init_of, menu_value, start_components
from hwr.ui.fine_tune.start_view import data_card, device_card, estimate_card, kept_card
from hwr.ui.fine_tune.untyped import untyped_choices, untyped_lines
from hwr.ui.fine_tune.view import run_id
from hwr.ui.fine_tune.watch import Looked, Watcher
from hwr.ui.models.menu import LearnFrom, menu_choices
from hwr.ui.page.errors import translated_error
from hwr.ui.page.events import AT_ONCE, Values, tell, told
from hwr.ui.page.html import label, notice
from hwr.ui.page.languages import language_of
from hwr.ui.page.rights import may_write, require_writer

if TYPE_CHECKING:
    from hwr.data.sources import DataSummary

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


def build_start(watcher: Watcher, tabs: gr.Tabs, tab: gr.Tab, learn: gr.State) -> None:
    """The components and events of the lower half; a run that was started is then looked at above."""
    ui = start_components()
    starter = Starter(ui, watcher)
    starter.connect(tab)
    starter.follow(tabs, learn)


def begin_here() -> Callable[[TrainConfig, str], RunDirectory] | None:
    """On ZeroGPU, where only a call that is marked before the launch gets the GPU: how to train in such a call."""
    if not is_zero_gpu():
        return None
    import spaces  # pyright: ignore[reportMissingImports]

    return spaces.GPU(duration=int(ZERO_GPU_SECONDS))(launch.train_here)


def before_choices() -> list[tuple[str, str]]:
    """Data that was prepared before, the newest first: its name, lines and time, and where it lies."""
    from hwr.data.sources import SUMMARY, prepared

    return [
        (f"{Path(one.source).name} · {one.lines:,} · {clock((one.path / SUMMARY).stat().st_mtime)}", str(one.path))
        for one in prepared()
    ]


def whose_menu(source: str) -> Any:
    """The menu of hands whose kept lines can be learned alone; hidden where there are not two."""
    from hwr.data.annotations import AnnotationStore

    writers = AnnotationStore().writers() if source == "kept" else {}
    choices = [(label("tune.whose.all"), ""), *((f"{name} · {n:,}", name) for name, n in writers.items())]
    return gr.update(choices=choices, visible=len(writers) > 1)


def clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")


def learned(found: DataSummary) -> DataConfig:
    """What of prepared data is learned: its training split, or all where it has no splits."""
    return DataConfig(str(found.path), split="train" if "train" in found.splits or "" in found.splits else None)


def edited(component: Any) -> Any:
    """The event of a field that somebody changed. Gradio's Textbox tells `input` of a key alone, not of a paste or an
    input method; its `change` tells of all."""
    return component.change if isinstance(component, gr.Textbox) else component.input


class Starter:
    """The events of the lower half."""

    def __init__(self, ui: Start, watcher: Watcher) -> None:
        self.ui, self.watcher = ui, watcher
        self.begin = begin_here() or launch.start
        self.token = watcher.rights.token
        self.form = {ui.preset, ui.title, ui.measured, *ui.fields.values()}
        self.filled = [ui.preset, *ui.fields.values()]
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
        try:
            config = self.config(values)
            shown: Values = {ui.command: gr.update(value=launch.command(config), visible=True)}
        except InputError as error:
            words = html.escape(translated_error(error, language_of(request)))
            return {ui.problem: gr.update(value=f'<p class="hwr-notice">{words}</p>', visible=True)}
        if known and known[0] != config.to_yaml():
            shown |= {ui.estimate: "", ui.shorter: gr.update(visible=False), ui.smaller: gr.update(visible=False)}
        return {**shown, ui.problem: gr.update(visible=False)}

    def preset(self, values: Values, request: gr.Request) -> Values:
        with told(request, "Filling the form"):
            return self.fill(with_preset(self.config(values), values[self.ui.preset]))
        return {self.ui.preset: values[self.ui.preset]}

    def opened(self, values: Values, request: gr.Request) -> Values:
        """What may have changed since the page was made: checkpoints, prepared data, the device."""
        from hwr.data.annotations import AnnotationStore

        free = may_write(request, values[self.token])
        return {
            self.ui.fields["init"]: gr.update(choices=[*menu_choices(), (label("tune.fresh"), FRESH)]),
            self.ui.before: gr.update(choices=before_choices() if free else []),
            self.ui.untyped: gr.update(choices=(untyped := untyped_choices() if free else []), visible=bool(untyped)),
            **({self.ui.whose: whose_menu(values[self.ui.source])} if free else {}),
            self.ui.device: device_card(hardware()),
            **(
                {}
                if values[self.ui.fields["data"]] or not free
                else {self.ui.data: kept_card(AnnotationStore().count())}
            ),
            **self.preview(values, request),
        }

    def source(self, values: Values, request: gr.Request) -> Values:
        """What is asked for each source; whose lines were kept is told to none but those who may train on them."""
        ui, chosen = self.ui, values[self.ui.source]
        place = label("tune.place.hub" if chosen == "hub" else "tune.place")
        return {
            ui.whose: whose_menu(chosen if may_write(request, values[self.token]) else ""),
            ui.archive: gr.update(visible=chosen == "zip"),
            ui.place: gr.update(visible=chosen in ("path", "hub"), label=place),
            ui.before: gr.update(visible=chosen == "before"),
        }

    def prepared(self, values: Values, request: gr.Request) -> Iterator[Values]:
        """Make the data ready to learn from, and say what is in it."""
        with told(request, "Preparing data"):
            require_writer(request, values[self.token])
            yield from self._made_ready(values)

    def _made_ready(self, values: Values) -> Generator[Values, None, Values]:
        """The same; returns the values with the data in them. Raises InputError, after which the page is as before."""
        from hwr.training.lines.usable import try_lines

        ui, field = self.ui, self.ui.fields["data"]
        try:
            named = self._named(values)
            work = Preparation(named, values[ui.source] == "before")
            while work.going(1.0):
                yield {
                    ui.data: notice("tune.preparing", done=f"{work.done:,}", all=f"{work.all or '?'}"),
                    ui.prepare: gr.update(interactive=False),
                }
            found, init = work.result(), init_of(values[ui.fields["init"]])
            tried = try_lines(found.path, init)
        except Exception as error:
            yield {ui.data: "", ui.prepare: gr.update(interactive=True)}
            if isinstance(error, InputError) and values[ui.source] == "zip":  # not where the upload lies
                raise error.telling(Path(values[ui.archive]).name, instead_of=str(values[ui.archive])) from None
            raise
        filled = {field: list_text([learned(found)])}
        card = data_card(found, init, tried)
        yield {
            ui.data: card,
            ui.before: gr.update(choices=before_choices()),
            ui.prepare: gr.update(interactive=True),
            **filled,
        }
        return values | filled

    def _with_data(self, values: Values) -> Generator[Values, None, Values]:
        """The values; where the form names no data yet, what was chosen is made ready first."""
        if values[self.ui.fields["data"]]:
            return values
        return (yield from self._made_ready(values))

    def _named(self, values: Values) -> str:
        """What was named, as `prepare_data` takes it. Raises InputError when nothing was."""
        ui = self.ui
        kind = values[ui.source]
        if kind == "kept":
            return f"kept:{values[ui.whose]}" if values[ui.whose] else "kept"
        named = {"zip": values[ui.archive], "before": values[ui.before]}.get(kind, values[ui.place])
        if not named or not str(named).strip():
            raise InputError("tune.no_data")
        return str(named).strip()

    def untyped(self, values: Values, request: gr.Request) -> Values:
        """The lines of a collection that nobody has corrected, in the field for lines without texts."""
        lines = self.ui.fields["unlabelled"]
        with told(request, "Naming lines without texts"):
            require_writer(request, values[self.token])
            if values[self.ui.untyped] is not None:
                return {lines: untyped_lines(int(values[self.ui.untyped]))}
        return {lines: values[lines]}

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
        return {self.ui.preset: values[self.ui.preset]}

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
        values = yield from self._with_data(values)
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

    def given_up(self, measuring: Measuring | None) -> Any:
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
        return {self.ui.preset: values[self.ui.preset]}

    def smaller(self, values: Values, request: gr.Request) -> Values:
        """The same run with the largest batch that fits."""
        with told(request, "Making a batch smaller"):
            config = replace(self.config(values), batch_size=self._found(values).largest_batch)
            return self.fill(config) | {self.ui.estimate: ""}
        return {self.ui.preset: values[self.ui.preset]}

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

    def locked(self, token: str, request: gr.Request) -> list[Any]:
        free = may_write(request, token)
        return [gr.update(interactive=free)] * 6

    def asked(self, wish: LearnFrom | None) -> list[Any]:
        """Another tab asks for this one with a data set."""
        if wish is None:
            return [gr.skip()] * 6
        place = gr.update(value=wish.path, visible=True, label=label("tune.place"))
        hidden = gr.update(visible=False)
        return [gr.Tabs(selected="fine-tune"), "path", place, hidden, hidden, hidden]

    def follow(self, tabs: gr.Tabs, learn: gr.State) -> None:
        """What other tabs ask for: the data set is chosen and made ready."""
        ui = self.ui
        named = {ui.source, ui.whose, ui.archive, ui.place, ui.before, ui.fields["init"], self.token}
        ready = [ui.data, ui.fields["data"], ui.before, ui.prepare]
        shown = [tabs, ui.source, ui.place, ui.whose, ui.archive, ui.before]
        learn.change(self.asked, [learn], shown, **AT_ONCE).then(self.prepared, named, ready, **AT_ONCE).then(
            self.preview, {self.token, *self.form}, self.previewed, **AT_ONCE
        )

    def connect(self, tab: gr.Tab) -> None:
        """All events."""
        ui, token = self.ui, self.token
        form = {token, *self.form}
        shown = [ui.fields["init"], ui.whose, ui.before, ui.untyped, ui.data, ui.device, *self.previewed]
        for event in (tab.select, token.change):
            event(self.opened, form | {ui.source}, shown, **AT_ONCE)
        ui.source.input(self.source, {ui.source, token}, [ui.whose, ui.archive, ui.place, ui.before], **AT_ONCE)
        preview: dict[str, Any] = {"fn": self.preview, "inputs": form, "outputs": self.previewed, **AT_ONCE}
        gr.on([edited(c) for c in ui.fields.values()], trigger_mode="always_last", **preview)
        named = {ui.source, ui.whose, ui.archive, ui.place, ui.before}
        ready = [ui.data, ui.fields["data"], ui.before, ui.prepare]
        ui.prepare.click(self.prepared, {*named, ui.fields["init"], token}, ready, **AT_ONCE).then(**preview)
        named_lines = ui.fields["unlabelled"]
        ui.untyped.input(self.untyped, {ui.untyped, named_lines, token}, [named_lines], **AT_ONCE).then(**preview)
        row, lines = ui.connector, ui.fields["connectors"]
        adding = {row.kind, row.tap, row.weight, lines}
        row.add.click(self.connector, adding, [lines], **AT_ONCE)
        ui.preset.input(self.preset, form, self.filled, **AT_ONCE).then(**preview)
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
