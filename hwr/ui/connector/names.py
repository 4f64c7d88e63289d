"""Names of tokens: a byte is shown as the character that it is a part of."""

from __future__ import annotations

import re
from collections.abc import Sequence

BYTES = re.compile(r"(?:<0x[0-9A-F]{2}>)+")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class TokenNames:
    """Names of the tokens of a text, and of others in their places; `tokens` as `FrozenLM.token_texts` gives them.

    >>> names = TokenNames(["n", " <0xC3>", "<0xA9>", None])
    >>> names.own
    ['n', ' é₁', 'é₂', None]
    >>> names.at(2, "<0xA8>"), names.at(1, "<0xC3>"), names.at(1, "e")
    ('è₂', '<0xC3>', 'e')
    """

    def __init__(self, tokens: Sequence[str | None]) -> None:
        self.tokens, self.own = list(tokens), list(tokens)
        self.before: list[list[str]] = []  # of each token: those that begin the character that it goes on with
        begun: list[str] = []
        for place, token in enumerate(tokens):
            self.before.append(begun)
            begun = [*begun, token] if token is not None and _bytes(token) else []
            if begun and (character := _character(begun)) is not None:
                first = place + 1 - len(begun)
                for part, piece in enumerate(begun, 1):
                    self.own[first + part - 1] = _named(piece, character, part if len(begun) > 1 else 0)
                begun = []

    def at(self, place: int, token: str) -> str:
        """The name of a token that stands where the text has its own one: bytes that make no character stay bytes."""
        if place >= len(self.tokens) or not token:
            return token
        own = self.own[place]
        if token == self.tokens[place] and own is not None:
            return own
        begun = [*self.before[place], token]
        character = _character(begun) if _bytes(token) else None
        return token if character is None else _named(token, character, len(begun) if len(begun) > 1 else 0)


def _bytes(token: str) -> bytes:
    return bytes.fromhex("".join(BYTES.findall(token)).replace("<0x", "").replace(">", ""))


def _character(tokens: Sequence[str]) -> str | None:
    """What the bytes of these tokens spell together; None where they do not."""
    try:
        return b"".join(map(_bytes, tokens)).decode("utf-8")
    except UnicodeDecodeError:
        return None


def _named(token: str, character: str, part: int) -> str:
    return BYTES.sub(character + (str(part).translate(SUBSCRIPTS) if part else ""), token)
