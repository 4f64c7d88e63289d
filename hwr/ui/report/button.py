"""The button that makes a report on the line that is picked in Read, and hands it to the browser."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr

from hwr.errors import InputError
from hwr.ui.connector.lines import offered_connectors, taught_by
from hwr.ui.line.kept import KeptTexts
from hwr.ui.line.shown import Picked, Shown
from hwr.ui.models.readers import Models, whole_reader
from hwr.ui.page.events import ON_LANGUAGE, QUIET, Values, hidden, showing, told
from hwr.ui.page.html import label

# The file goes from the answer into the browser's downloads: none of it lies on the server.
DOWNLOAD = """(text) => {
  if (!text) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'text/html' }));
  link.download = 'report.html';
  link.click();
}"""


def line_report_html(models: Models, now: Shown, at: Picked) -> str:
    """The file of the line that is picked. Raises InputError where nothing was read, or the image is gone."""
    from hwr.ui.report.contents import Asked, make_report
    from hwr.ui.report.page import report_html

    if now.source is None or not now.lines:
        raise InputError("report.read_first")
    offered = offered_connectors()
    taught = taught_by(models, offered[0].checkpoint) if offered else None
    reader = whole_reader(models, now.model)
    report = make_report(
        Asked(reader, taught),
        now.source,
        lines=now.how,
        only=[min(at.line, len(now.lines) - 1)],
        truths=now.truths,
        character=at.character,
        turn=now.turned,
    )
    return report_html(report)


def build_report_button(models: Models, shown: gr.State, picked: gr.State, kept: KeptTexts) -> None:
    """The button, what it says while it works, and where its file passes through."""
    with gr.Row(elem_classes="hwr-report-row"):
        button = gr.Button(label("report.button"), size="sm", scale=0, min_width=200, elem_id="hwr-report-button")
        message = gr.HTML(visible=False, elem_id="hwr-report-message", apply_default_css=False)
    made = gr.Textbox(visible=False)

    def make(now: Shown, at: Picked, token: str, request: gr.Request) -> Iterator[Values]:
        yield {message: showing("report.making"), made: ""}
        drawn: Values = {message: hidden(), made: ""}
        with told(request, "Making a report"):
            drawn[made] = line_report_html(models, kept.known(now, token, request), at)
        yield drawn

    button.click(make, [shown, picked, kept.rights.token], [message, made], **ON_LANGUAGE).success(
        None, [made], None, js=DOWNLOAD, **QUIET
    )
