"""Small pieces of markup. Values are escaped here and nowhere else; both languages stand side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import markupsafe

from hwr.errors import InputError
from hwr.sentences import LANGUAGES, Language, said, table, text
from hwr.ui.page.errors import translated_error
from hwr.ui.page.gradio_edges import I18nData


def escape(words: str) -> str:
    """Words as markup. A plain `str`, since `markupsafe.Markup` would escape what it is joined with a second time.

    >>> escape("<b> & 'a'")
    '&lt;b&gt; &amp; &#39;a&#39;'
    """
    return str(markupsafe.escape(words))


def label(key: str) -> Any:
    """A label that the browser shows in its own language; Gradio takes it wherever it says `str`. KeyError for a key that the table lacks."""
    if key not in table("LABELS"):
        raise KeyError(key)
    return I18nData(key)


def both(key: str, **values: object) -> str:
    """The words in every language; the page shows one of them. Values are escaped, a `Sentence` among them is said in each.

    >>> both("details.second", n="<b>")
    '<span class="hwr-en">&lt;b&gt; s</span><span class="hwr-ja">&lt;b&gt; 秒</span>'
    """
    return "".join(
        f'<span class="hwr-{language}">{text(key, language, **_escaped(values, language))}</span>'
        for language in LANGUAGES
    )


def _escaped(values: Mapping[str, object], language: Language) -> dict[str, str]:
    return {name: escape(str(said(value, language))) for name, value in values.items()}


def in_every(sentence: str | InputError) -> str:
    """The same of an error's sentence."""
    return "".join(
        f'<span class="hwr-{language}">{escape(translated_error(sentence, language))}</span>' for language in LANGUAGES
    )


def notice(key: str, **values: object) -> str:
    return f'<div class="hwr-notice" role="status">{both(key, **values)}</div>'


FOLLOWS = "hwr-follows"  # class of what shows the reading of the Read tab on another one, dimmed while that reads anew
FOLLOWING_CARD = ["hwr-card", FOLLOWS]


def busy(key: str, dimmed: Sequence[str], **values: object) -> str:
    """A sign that stands over the page while something is computed. dimmed: selectors of what shows something older.

    Its style goes when it goes, so that nothing can stay dimmed.
    """
    old = ", ".join(dimmed)
    style = f"<style>{old} {{ animation: hwr-dim .2s .25s both; }}</style>" if old else ""
    return f'{style}<div class="hwr-notice hwr-busy" role="status">{both(key, **values)}</div>'


def heading(name: str) -> str:
    """A view's title and the sentences that say how to read it."""
    return f'<div class="hwr-f-head"><h2>{both(f"{name}.title")}</h2><p>{both(f"{name}.how")}</p></div>'
