"""What is said of an error, in the language of who reads it."""

from __future__ import annotations

from hwr.errors import InputError
from hwr.sentences import LANGUAGES, Language, Sentence, recognised, text


def translated_error(sentence: str | InputError, language: Language) -> str:
    """An error's sentence in that language; words that are nobody's sentence stay, after an introduction.

    >>> translated_error("No ink found: the image shows no writing that stands out from its background.", "ja")
    '背景と区別できる文字が見つかりませんでした。'
    """
    known = recognised(sentence.sentence if isinstance(sentence, InputError) else sentence)
    if isinstance(known, Sentence) and known.known:
        return known.text(language)
    return str(known) if language == LANGUAGES[0] else text("error.input", language, reason=known)
