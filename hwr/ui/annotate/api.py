"""The web API of the library: typed, documented functions for those who may write."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

import gradio as gr

from hwr.data.library import Library
from hwr.ui.annotate.view import page_entry
from hwr.ui.page.events import answering_client
from hwr.ui.page.gradio_edges import api
from hwr.ui.page.rights import accepted_token, require_writer

MOST_LINES = 1000  # of a queue in one answer


def writer(request: gr.Request, token: str) -> str:
    """Who asks. Raises InputError for who may not; a wrong token counts as on the page."""
    return require_writer(request, accepted_token(request, token) if token else "")


def publish_annotate(library: Library) -> None:
    """Offer `/collections`, `/pages`, `/queue` and `/keep_line`."""
    _publish_pages(library)
    _publish_lines(library)


def _publish_pages(library: Library) -> None:
    def collections(token: str = "", request: gr.Request = None) -> list[dict[str, Any]]:  # type: ignore[assignment]
        """The collections of pages.

        Parameters:
            token: the admin token, on a shared host.
        Returns:
            One entry a collection: its id and name, how many pages and lines it has, and how many lines a person corrected.
        """
        with answering_client():
            writer(request, token)
            found = library.collections()
        return [asdict(one) for one in found]

    def pages(collection: int, token: str = "", request: gr.Request = None) -> list[dict[str, Any]]:  # type: ignore[assignment]
        """The pages of a collection.

        Parameters:
            collection: its id.
            token: the admin token, on a shared host.
        Returns:
            One entry a page, in their order: its id and title, its state (new, read, corrected), its lines and how many of
            them a person corrected.
        """
        with answering_client():
            writer(request, token)
            found = library.pages(collection)
        return [page_entry(one) for one in found]

    for function in (collections, pages):
        api(function, api_name=function.__name__, concurrency_limit=None)


def _publish_lines(library: Library) -> None:
    def queue(
        collection: int,
        show: Literal["all", "new", "doubtful", "accepted"] = "new",
        threshold: float = 0.9,
        limit: int = 100,
        offset: int = 0,
        token: str = "",
        request: gr.Request = None,  # type: ignore[assignment]
    ) -> list[dict[str, Any]]:
        """Lines to look at, the least sure first.

        Parameters:
            collection: its id.
            show: "new": nobody kept a text; "doubtful": nor is the reading surer than the threshold; "accepted"; "all".
            threshold: of "doubtful", from 0 to 1.
            limit: how many at most.
            offset: how many to leave out before them.
            token: the admin token, on a shared host.
        Returns:
            One entry a line: its id and page, its place there, its polygon, outline and baseline in pixels of the page, its
            text, the confidence of the reading, and `revision`, which `/keep_line` wants as `based_on`.
        """
        with answering_client():
            writer(request, token)
            lines = library.queue(
                collection, show, threshold=threshold, limit=max(0, min(limit, MOST_LINES)), offset=max(0, offset)
            )
        return [asdict(line) for line in lines]

    def keep_line(
        line: int,
        text: str,
        based_on: int | None = None,
        token: str = "",
        request: gr.Request = None,  # type: ignore[assignment]
    ) -> dict[str, Any]:
        """Say what a line says.

        Parameters:
            line: its id.
            text: what it says; "" where nothing is written.
            based_on: the `revision` that was seen, null where nobody had kept a text.
            token: the admin token, on a shared host.
        Returns:
            The revision: its id, line, time, who, text, and whether it was accepted as read or typed. Where somebody else kept
            another text in the meantime the answer is an error that says it, and this text is in the line's history.
        """
        with answering_client():
            kept = library.keep(line, text, who=writer(request, token), based_on=based_on)
        return asdict(kept)

    for function in (queue, keep_line):
        api(function, api_name=function.__name__, concurrency_limit=None)
