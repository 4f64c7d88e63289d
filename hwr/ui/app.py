"""The whole interface: the tabs, the model behind them, and how they are served."""

from __future__ import annotations

import importlib.util
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from starlette.applications import Starlette
from starlette.middleware import Middleware

from hwr.data.annotations import AnnotationStore
from hwr.data.library import Library
from hwr.errors import InputError
from hwr.paths import ASSETS, data_directory, is_lost_on_restart
from hwr.reading import LineReader
from hwr.ui.about.tab import build_about_tab, card_heading, model_card
from hwr.ui.annotate.tab import build_annotate_tab
from hwr.ui.connector.tab import build_connector_tab
from hwr.ui.decode.tab import build_decode_tab
from hwr.ui.experiments.tab import build_experiments_tab
from hwr.ui.fine_tune.form import translations
from hwr.ui.fine_tune.tab import build_fine_tune_tab
from hwr.ui.line.kept import KeptTexts
from hwr.ui.models.lamp import status
from hwr.ui.models.readers import Models, load_language_model
from hwr.ui.page.early import FILE, EarlyScripts
from hwr.ui.page.events import AT_ONCE, Values
from hwr.ui.page.gradio_edges import NOT_YET_ACCESSIBLE
from hwr.ui.page.html import both, label
from hwr.ui.page.kept_assets import KeptAssets
from hwr.ui.page.rights import build_rights, build_rights_panel
from hwr.ui.page.scripted import draw_script, head_script, scripted
from hwr.ui.page.theme import CONTROLS_SCRIPT, controls, head, header, theme
from hwr.ui.page.uploads import LARGEST_UPLOAD, Quota, UploadQuota, uploads_directory
from hwr.ui.read.tab import build_read_tab
from hwr.ui.receptive_field.tab import build_receptive_field_tab
from hwr.ui.report.button import build_report_button

HOUR = 3600
# The weights load when the first page has been served, or after this many seconds for those who only use the API.
PATIENCE = 15.0
STARTS = 3  # that are tried


def build(
    reader_loader: Callable[[], LineReader],
    data_dir: Path | None = None,
    *,
    assets: Path = ASSETS,
    models: Models | None = None,
    language_loader: Callable[[str], object] = load_language_model,
) -> gr.Blocks:
    """The interface. `reader_loader` is called once, in the background, when the first page has been served.

    language_loader: given a language model's name before the reader is asked to score with it; InputError if it fails.
    """
    directory = data_dir or data_directory()
    uploads, not_writable = uploads_directory(directory)
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)
    reader = models or Models(reader_loader)
    with gr.Blocks(title="hwr", analytics_enabled=False, delete_cache=(HOUR, 24 * HOUR), fill_width=True) as demo:
        with gr.Row(elem_classes="hwr-top-row"):
            gr.HTML(header(), apply_default_css=False)
            lamp = gr.HTML(status(reader), apply_default_css=False, elem_id="hwr-status")
            gr.HTML(controls(), js_on_load=CONTROLS_SCRIPT, apply_default_css=False)
        scripted("page/tour", None)
        if not_writable:
            noted("notice.read_only", path=str(directory), reason=not_writable)
        elif is_lost_on_restart(directory):
            noted("notice.lost_on_restart")
        rights = build_rights(demo)
        kept = KeptTexts(AnnotationStore(directory / "annotations.sqlite"), rights)
        learn = gr.State(None, time_to_live=HOUR)
        reading = gr.HTML(visible=False, apply_default_css=False, elem_id="hwr-message")
        with gr.Tabs(overflow_behavior="wrap", elem_classes="hwr-tabs") as tabs:
            with gr.Tab(label("tab.read"), id="read", elem_id="hwr-read-tab"):
                read = build_read_tab(reader, assets, demo, kept, reading)
                build_report_button(reader, read.shown, read.picked, kept)
                shown, picked = read.shown, read.picked
            with gr.Tab(label("tab.decode"), id="decode") as decode:
                build_decode_tab(decode, reader, shown, picked, kept, assets, language_loader)
            with gr.Tab(label("tab.connector"), id="connector") as connector:
                build_connector_tab(connector, reader, shown, picked, read.example, kept, assets)
            with gr.Tab(label("tab.experiments"), id="experiments"):
                build_experiments_tab(assets)
            with gr.Tab(label("tab.field"), id="receptive-field"):
                build_receptive_field_tab(reader, shown, picked, assets)
            with gr.Tab(label("tab.annotate"), id="annotate", elem_id="hwr-annotate-tab"):
                build_annotate_tab(reader, Library(directory / "annotations.sqlite"), rights, learn)
            with gr.Tab(label("tab.tune"), id="fine-tune", elem_id="hwr-tune") as tune:
                build_fine_tune_tab(tabs, tune, read.asked, learn, rights)
            with gr.Tab(label("tab.about"), id="about"):
                card_line, card = build_about_tab()
        build_rights_panel(rights)
        gr.HTML(f'<p class="hwr-footnote">{both("page.footnote")}</p>', apply_default_css=False)
        load_at_first_page(demo, reader, lamp, card, card_line)
    return demo


def load_at_first_page(demo: gr.Blocks, models: Models, lamp: gr.HTML, card: gr.Markdown, card_line: gr.HTML) -> None:
    """Load the first checkpoint once a page was opened; the lamp says how far that is, the About tab what was loaded."""

    def load_model() -> Iterator[Values]:
        models.start()
        yield {lamp: status(models)}
        if models.wait() != "ready":
            yield {lamp: status(models)}
            return
        loaded = models.get()
        text = model_card(loaded)
        heading = card_heading(None if text else "about.nocard")
        yield {lamp: status(models, loaded.name), card: text, card_line: heading}

    demo.load(load_model, None, [lamp, card, card_line], **AT_ONCE)


def noted(key: str, **values: object) -> None:
    """A notice above the tabs that stays."""
    gr.HTML(f'<div class="hwr-notice" role="note">{both(key, **values)}</div>', apply_default_css=False)


def launch(demo: gr.Blocks, **options: Any) -> tuple[Starlette, str, str]:
    """Serve the interface: nothing is counted, nothing is asked of other hosts, uploads stay under 20 MB."""
    settings: dict[str, Any] = {
        "theme": theme(),
        "head": head(),
        "i18n": gr.I18n(**translations()),
        "max_file_size": LARGEST_UPLOAD,
        "footer_links": ["api"],
        "run_history": False,
        "show_error": False,
        "ssr_mode": False,
        "share": False,
        "app_kwargs": {
            "middleware": [
                Middleware(KeptAssets, paths=("/assets/", FILE)),
                Middleware(EarlyScripts, script=head_script(), file=draw_script()),
                Middleware(UploadQuota, quota=Quota(Path(os.environ["GRADIO_TEMP_DIR"]))),
            ]
        },
        "quiet": True,
    }
    for tries_left in reversed(range(STARTS)):
        try:
            return demo.launch(**{**settings, **options})
        except ValueError as error:  # of a busy machine, where Gradio did not wait long enough for itself
            if NOT_YET_ACCESSIBLE not in str(error) or not tries_left:
                raise
            demo.close()
            time.sleep(1.0)
    raise AssertionError("a start is the last or is tried again")


def check_mcp() -> None:
    """Raises InputError that names the command when the packages of an MCP server are not installed."""
    if importlib.util.find_spec("mcp") is None:
        raise InputError("page.no_mcp")


def serve(
    reader_loader: Callable[[], LineReader],
    data_dir: Path | None = None,
    *,
    assets: Path = ASSETS,
    language_loader: Callable[[str], object] = load_language_model,
    **options: Any,
) -> None:
    """Build, launch and stay. data_dir: of this process and of those that it starts, runs among them.

    options: of `launch`; with mcp_server the functions of the web API are tools for agents, too, under /gradio_api/mcp/.
    """
    if options.get("mcp_server"):
        try:
            check_mcp()
        except InputError as error:
            sys.exit(f"hwr: {error}")
    if data_dir:
        os.environ["HWR_DATA_DIR"] = str(data_dir)
    models = Models(reader_loader)
    demo = build(reader_loader, data_dir, assets=assets, models=models, language_loader=language_loader)
    later = threading.Timer(PATIENCE, models.start)
    later.daemon = True
    later.start()
    launch(demo, **options)
