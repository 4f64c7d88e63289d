"""Small pieces of markup. Values are escaped here and nowhere else; both languages stand side by side."""

from __future__ import annotations

import html
from typing import Any

from gradio.i18n import I18nData

from hwr.ui.decode.view import differences
from hwr.ui.models.readers import Models
from hwr.ui.texts import LABELS, LANGUAGES, text


def label(key: str) -> Any:
    """A label that the browser shows in its own language. KeyError for a key that the table lacks."""
    if key not in LABELS:
        raise KeyError(key)
    return I18nData(key)


def both(key: str, **values: Any) -> str:
    """The string in both languages; the page shows one of them. Values are escaped.

    >>> both("details.second", n="<b>")
    '<span class="hwr-en">&lt;b&gt; s</span><span class="hwr-ja">&lt;b&gt; 秒</span>'
    """
    shown = {name: html.escape(str(value)) for name, value in values.items()}
    return "".join(f'<span class="hwr-{language}">{text(key, language, **shown)}</span>' for language in LANGUAGES)


def status(model: Models, name: str = "") -> str:
    """The model's state as a small lamp with a word."""
    line = both(f"status.{model.state}", model=name, reason=model.reason)
    return f'<span class="hwr-status" role="status" data-state="{model.state}">{line}</span>'


def notice(key: str, **values: Any) -> str:
    return f'<div class="hwr-notice" role="status">{both(key, **values)}</div>'


def marked(before: str, after: str) -> str:
    """`after` with what differs from `before` marked, as the list of the page marks it; everything is escaped.

    >>> marked("a <b", "a <c")
    'a &lt;<ins class="hwr-d-changed">c</ins>'
    """
    pieces = []
    for piece in differences(before, after):
        tag = {"same": "", "deleted": "del"}.get(piece.kind, "ins")
        shown = html.escape(piece.text or piece.was)
        pieces.append(f'<{tag} class="hwr-d-{piece.kind}">{shown}</{tag}>' if tag else shown)
    return "".join(pieces)
