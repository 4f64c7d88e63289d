"""Every string of the interface, in English and Japanese: a module a tab, put together here.

LABELS: labels, tabs, buttons and placeholders; Gradio picks the browser's language itself. PAGE: what the scripts of the
page put together. MESSAGES: what Python puts together.
"""

from __future__ import annotations

import re
from typing import Any

from hwr.ui.about.texts import ABOUT as ABOUT
from hwr.ui.connector import texts as connector
from hwr.ui.decode import texts as decode
from hwr.ui.fine_tune import texts as fine_tune
from hwr.ui.fine_tune.field_texts import FIELDS_JA as FIELDS_JA
from hwr.ui.page.errors import ERRORS as ERRORS
from hwr.ui.page.languages import LANGUAGES as LANGUAGES
from hwr.ui.page.languages import Language as Language
from hwr.ui.page.languages import Table
from hwr.ui.page.languages import choose_language as choose_language
from hwr.ui.read import texts as read
from hwr.ui.receptive_field import texts as field

LABELS: Table = read.LABELS | decode.LABELS | connector.LABELS | field.LABELS | fine_tune.LABELS
PAGE: Table = read.PAGE | decode.PAGE | connector.PAGE | field.PAGE | fine_tune.PAGE
MESSAGES: Table = read.MESSAGES | decode.MESSAGES | connector.MESSAGES | field.MESSAGES | fine_tune.MESSAGES


def text(key: str, language: Language, **values: Any) -> str:
    """The string of that key, its {fields} filled in. KeyError for a key that no table has."""
    for table in (MESSAGES, PAGE, LABELS):
        if key in table:
            return table[key][language].format(**values) if values else table[key][language]
    raise KeyError(key)


def translated_error(sentence: str, language: Language) -> str:
    """An InputError's sentence for the reader's language; unknown sentences keep their English after an introduction.

    >>> translated_error("No ink found: the image shows nothing.", "ja")
    '背景と区別できる文字が見つかりませんでした。'
    """
    if language == "en":
        return sentence
    for pattern, japanese in ERRORS:
        match = re.fullmatch(pattern, sentence, flags=re.DOTALL)
        if match:
            return match.expand(japanese)
    return text("error.input", language, reason=sentence)


def page_strings() -> dict[str, dict[str, str]]:
    """The table that travels to the page: language -> key -> string."""
    return {language: {key: value[language] for key, value in PAGE.items()} for language in LANGUAGES}


def label_translations() -> dict[str, dict[str, str]]:
    """The table for gr.I18n: language -> key -> string."""
    return {language: {key: value[language] for key, value in LABELS.items()} for language in LANGUAGES}
