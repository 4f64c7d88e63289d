"""What is asked of the interface below, and what a browser gets."""

from __future__ import annotations

import asyncio
import gzip
from typing import Any

import pytest
from starlette.types import Message, Receive

from hwr.ui.page.kept_assets import KeptAssets

FILES = {"/assets/a.js": b"let a = 1;" * 100, "/assets/font.woff2": bytes(range(256)), "/other": b"other" * 100}


class Below:
    """An app of three files that counts what it is asked; to a visitor who has left it sends the first part alone."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        found = FILES.get(scope["path"])
        body = found or b"nothing"
        headers = [(b"content-type", b"text/plain"), (b"etag", b"x"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
        await send({"type": "http.response.body", "body": body[:7], "more_body": True})
        if self.broken or (await receive())["type"] == "http.disconnect":
            return
        await send({"type": "http.response.body", "body": body[7:], "more_body": True})
        await send({"type": "http.response.body"})


@pytest.fixture
def below() -> Below:
    return Below()


@pytest.fixture
def app(below) -> KeptAssets:
    return KeptAssets(below, ("/assets/",))


async def left() -> Message:
    return {"type": "http.disconnect"}


async def here() -> Message:
    return {"type": "http.request"}


def get(app: KeptAssets, path: str, receive: Receive = here, **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": raw}
    asyncio.run(app(scope, receive, send))
    start, *rest = sent
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    return start["status"], told, b"".join(message.get("body", b"") for message in rest)


def test_a_file_is_asked_for_once_and_compressed_where_that_helps(app, below):
    for _ in range(2):
        status, headers, body = get(app, "/assets/a.js", accept_encoding="br, gzip")
        assert (status, gzip.decompress(body)) == (200, FILES["/assets/a.js"])
        assert headers == {
            "content-type": "text/plain",
            "cache-control": "public, max-age=31536000, immutable",
            "vary": "accept-encoding",
            "content-length": str(len(body)),
            "content-encoding": "gzip",
        }
        status, headers, body = get(app, "/assets/a.js")
        assert (body, "content-encoding" in headers) == (FILES["/assets/a.js"], False)
        assert get(app, "/assets/font.woff2", accept_encoding="gzip")[2] == FILES["/assets/font.woff2"]
    assert below.asked == ["/assets/a.js", "/assets/font.woff2"]


def test_what_is_not_there_other_paths_and_parts_are_answered_below(app, below):
    for _ in range(2):
        assert get(app, "/assets/none.js")[0] == 404
        assert get(app, "/other", accept_encoding="gzip")[1]["etag"] == "x"
        assert get(app, "/assets/a.js", range="bytes=0-1")[1]["etag"] == "x"
    assert app.kept == {}


def test_no_more_is_kept_than_there_is_room_for(app, below):
    app.room = 300
    for _ in range(2):
        assert len(get(app, "/assets/a.js")[2]) == 1000
        assert len(get(app, "/assets/font.woff2")[2]) == 256
    assert below.asked == ["/assets/a.js", "/assets/font.woff2", "/assets/a.js"]


def test_what_came_in_part_is_not_kept_and_who_leaves_cuts_nothing_for_others(app, below):
    get(app, "/assets/a.js", receive=left)
    assert get(app, "/assets/a.js")[2] == FILES["/assets/a.js"]
    below.broken = True
    get(app, "/assets/font.woff2")
    below.broken = False
    assert get(app, "/assets/font.woff2")[2] == FILES["/assets/font.woff2"]
