"""What people kept of the lines that a visitor sees: the truth of these lines, in every tab."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from hwr.data.annotations import AnnotationStore, place
from hwr.errors import InputError
from hwr.images.cut import file_digest
from hwr.ui.line.shown import Shown, with_kept
from hwr.ui.page.events import caught
from hwr.ui.page.rights import Rights, may_write

KEY = 16  # hexadecimal digits of a page's digest that tell its drafts in the browser


@dataclass(frozen=True)
class KeptTexts:
    """The texts in the store, for those who may write; strangers are told of none."""

    store: AnnotationStore
    rights: Rights

    def known(self, now: Shown, token: str, request: gr.Request | None) -> Shown:
        """A reading with what was kept of its lines. token: the state `rights.token`."""
        if not now.readings or not may_write(request, token):
            return now
        with caught("Looking for the kept texts of an image"):
            return with_kept(now, kept_of(self.store, now))
        return now


def kept_of(store: AnnotationStore, now: Shown) -> list[str | None]:
    """The newest text that was kept of each line; None for none, or where the line was taken out."""
    try:
        digest = file_digest(now.source or "", now.turned)
    except InputError:  # the file is gone; so is what tells its lines
        return [None] * len(now.readings)
    newest = store.latest_on(digest)
    found = [newest.get(place(reading.polygon)) for reading in now.readings]
    return [revision.text or None if revision else None for revision in found]


def line_key(now: Shown, line: int) -> str:
    """What tells a line of an image from all others, in the browser; "" where the image is gone."""
    try:
        return f"{file_digest(now.source or '', now.turned)[:KEY]}-{now.how}-{line}"
    except InputError:
        return ""
