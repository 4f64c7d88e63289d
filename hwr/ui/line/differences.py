"""What one text has and another has not: in characters, in words, and as markup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hwr.evaluation.error_rates import aligned
from hwr.ui.page.html import escape


@dataclass(frozen=True)
class Piece:
    """A stretch of a text as it stands to another text; `was` is what stood in its place there."""

    kind: Literal["same", "changed", "inserted", "deleted"]
    text: str
    was: str = ""


def differences(before: str, after: str) -> list[Piece]:
    """`after` in pieces, by the fewest edits from `before`; neighbouring edits are one piece.

    >>> [(p.kind, p.was, p.text) for p in differences("a modem bum", "a modern burn")]
    [('same', '', 'a mode'), ('changed', 'm', 'rn'), ('same', '', ' bu'), ('changed', 'm', 'rn')]
    """
    pieces: list[Piece] = []
    was = text = ""

    def close() -> None:
        nonlocal was, text
        if was or text:
            pieces.append(Piece("changed" if was and text else "deleted" if was else "inserted", text, was))
        was = text = ""

    for step in aligned(before, after):
        if step.type == "equal":
            close()
            pieces.append(Piece("same", after[step.hyp_start_idx : step.hyp_end_idx]))
        else:
            was += before[step.ref_start_idx : step.ref_end_idx]
            text += after[step.hyp_start_idx : step.hyp_end_idx]
    close()
    return pieces


def marked(before: str, after: str) -> str:
    """`after` with what differs from `before` marked, as the list of the page marks it; everything is escaped.

    >>> marked("a <b", "a <c")
    'a &lt;<ins class="hwr-d-changed">c</ins>'
    """
    pieces = []
    for piece in differences(before, after):
        tag = {"same": "", "deleted": "del"}.get(piece.kind, "ins")
        shown = escape(piece.text or piece.was)
        pieces.append(f'<{tag} class="hwr-d-{piece.kind}">{shown}</{tag}>' if tag else shown)
    return "".join(pieces)


def word_changes(truth: str, before: str, after: str) -> tuple[int, int]:
    """How many words of `truth` are right in `after` and not in `before` (fixed), and the other way round (broken).

    >>> word_changes("the cat sat on a mat", "tbe cat sat in a mat", "the cat set on a mat")
    (2, 1)
    """
    old, new = _right_words(truth, before), _right_words(truth, after)
    return len(new - old), len(old - new)


def _right_words(truth: str, text: str) -> set[int]:
    """Places of the words of `truth` that the alignment with the fewest word edits finds in `text`."""
    chunks = aligned(text.split(), truth.split())
    return {place for c in chunks if c.type == "equal" for place in range(c.hyp_start_idx, c.hyp_end_idx)}
