"""Taking back the text that was kept last, whichever line it is of: what the line said before counts again."""

from __future__ import annotations

import sqlite3

from hwr.data.annotations import Outdated, Revision, add_revision
from hwr.data.library import Library
from hwr.data.library_rows import Line
from hwr.data.store import connected, folded, transaction
from hwr.errors import InputError


def take_back(library: Library, line: int, revision: int, before: int | None, who: str) -> Line:
    """Let `before` count again in place of `revision`; None: nobody's text, so that the newest proposal counts.

    Both texts stay in the history, which tells of this, too. Raises Outdated where another text counts by now, and
    InputError where the line is not there or `before` is no text of it.
    """
    library.line(line)
    with connected(library.path) as connection, transaction(connection):
        (newest,) = connection.execute("SELECT revision FROM current WHERE line = ?", [line]).fetchone() or (None,)
        known = connection.execute("SELECT * FROM revisions WHERE line = ?", [line]).fetchall()
        texts = {row[0]: Revision(*row) for row in known}
        if revision not in texts or before not in {None, *texts}:
            raise InputError("data.not_there", what="revision", id=revision if revision not in texts else before)
        if newest != revision:
            raise Outdated(texts[revision], texts[newest] if newest else texts[revision])
        text = texts[before].text if before is not None else _proposed(connection, line)
        taken = texts[revision]
        add_revision(connection, line, who, text, taken.writer, taken.model, taken.proposed, "undone")
        connection.execute(
            "UPDATE current SET revision = ?, text = ?, folded = ? WHERE line = ?", (before, text, folded(text), line)
        )
    return library.line(line)


def _proposed(connection: sqlite3.Connection, line: int) -> str:
    found = connection.execute("SELECT text FROM proposals WHERE line = ? ORDER BY id DESC LIMIT 1", [line]).fetchone()
    return found[0] if found else ""
