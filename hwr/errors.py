"""The one kind of error that is meant for the person who uses the program."""

from __future__ import annotations

from typing import Any

from hwr.sentences import KEY, LANGUAGES, Language, Sentence, kept, text


class InputError(ValueError):
    """Something the user gave cannot be used: `InputError("images.too_small", name=..., width=..., height=...)`.

    Its sentence says what was wrong, with which file or field, and what to do; it stands in the texts of the room that
    raises it (see `hwr.sentences`). `str(error)` is its English, `error.text(language)` any language.
    The command line prints it and exits with 2; the interface shows it as a notice; no traceback reaches either.
    """

    def __init__(self, key: str, /, **values: Any) -> None:
        super().__init__(key)
        self.values = kept(values)

    @property
    def sentence(self) -> Sentence:
        """What it says, to keep or to show later."""
        return Sentence(self.args[0], **self.values)

    def telling(self, name: str, *, instead_of: str) -> InputError:
        """The same error with a name in place of something that is not the reader's to know, such as a path."""
        values = {
            key: str(value).replace(instead_of, name) if instead_of in str(value) else value
            for key, value in self.values.items()
        }
        return type(self)(self.args[0].replace(instead_of, name), **values)

    def text(self, language: Language = LANGUAGES[0]) -> str:
        return text(self.args[0], language, **self.values) if KEY.fullmatch(self.args[0]) else self.args[0]

    def __str__(self) -> str:
        return self.text()
