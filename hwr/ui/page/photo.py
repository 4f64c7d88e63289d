"""An image input whose files are opened by the reader alone."""

from __future__ import annotations

from typing import Any

import gradio as gr

from hwr.ui.page.gradio_edges import ImageData, without_stub

with without_stub():

    class Photo(gr.Image):
        """Hands over the uploaded file as it is; decoding it safely is the reader's work.

        A class, and no method put in another's place: each page session gets a component that is built anew.
        """

        is_template = True  # the page draws it as what it derives from

        def preprocess(self, payload: ImageData | None) -> Any:
            """The path of the file."""
            return payload.path if payload is not None and payload.path else super().preprocess(payload)
