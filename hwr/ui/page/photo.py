"""An image input whose files are opened by the reader alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio import component_meta
from gradio.data_classes import ImageData


@contextmanager
def _no_stub() -> Iterator[None]:
    """Gradio writes a .pyi file beside every module that defines a component; nobody needs one, and it may not be ours."""
    write = component_meta.create_or_modify_pyi
    component_meta.create_or_modify_pyi = lambda *_: None
    try:
        yield
    finally:
        component_meta.create_or_modify_pyi = write


with _no_stub():

    class Photo(gr.Image):
        """Hands over the uploaded file as it is; decoding it safely is the reader's work.

        A class, and no method put in another's place: each page session gets a component that is built anew.
        """

        is_template = True  # the page draws it as what it derives from

        def preprocess(self, payload: ImageData | None) -> Any:
            """The path of the file."""
            return payload.path if payload is not None and payload.path else super().preprocess(payload)
