"""Which language a visitor reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hwr.sentences import LANGUAGES, Language

if TYPE_CHECKING:
    import gradio as gr


def choose_language(cookie: str | None, accept_language: str | None) -> Language:
    """The reader's language: what was chosen on the page, else the first of the browser's that we have, else English.

    >>> choose_language(None, "fr;q=0.9, ja-JP;q=0.8, en;q=0.5"), choose_language("en", "ja"), choose_language(None, None)
    ('ja', 'en', 'en')
    """
    for language in LANGUAGES:
        if cookie == language:
            return language
    weighted = []
    for position, part in enumerate((accept_language or "").split(",")):
        tag, _, rest = part.strip().partition(";")
        match = re.search(r"q=([0-9.]+)", rest)
        try:
            weighted.append((-(float(match.group(1)) if match else 1.0), position, tag.lower().split("-")[0]))
        except ValueError:
            continue
    for _, _, tag in sorted(weighted):
        for language in LANGUAGES:
            if tag == language:
                return language
    return LANGUAGES[0]


def language_of(request: gr.Request | None) -> Language:
    """The language of who asks."""
    if request is None:
        return LANGUAGES[0]
    return choose_language(request.cookies.get("hwr_language"), request.headers.get("accept-language"))
