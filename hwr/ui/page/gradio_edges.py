"""Every part of Gradio that its documentation does not promise; after an update this is the place to look.

`tests/ui/page/test_gradio_edges.py` says of each what we count on, and what to do when it changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gradio import component_meta
from gradio.blocks import Block
from gradio.data_classes import FileData, ImageData
from gradio.events import Dependency, api
from gradio.i18n import I18nData
from gradio.themes.utils.fonts import LocalFont
from gradio.utils import get_space, get_upload_folder, is_in_or_equal

__all__ = [
    "Block",
    "Dependency",
    "FileData",
    "I18nData",
    "ImageData",
    "LocalFont",
    "api",
    "get_space",
    "get_upload_folder",
    "is_in_or_equal",
    "without_stub",
]

# What a start says that gave up waiting for itself.
NOT_YET_ACCESSIBLE = "localhost is not accessible"


@contextmanager
def without_stub() -> Iterator[None]:
    """Gradio writes a .pyi file beside every module that defines a component; nobody needs one, and it may not be ours."""
    write = component_meta.create_or_modify_pyi
    component_meta.create_or_modify_pyi = lambda *_: None
    try:
        yield
    finally:
        component_meta.create_or_modify_pyi = write
