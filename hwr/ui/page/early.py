"""Scripts that run before the interface's own.

Gradio appends what `launch(head=...)` gives only after it has chosen a language; this middleware writes into the page
itself.
"""

from __future__ import annotations

import gzip
import hashlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FILE = "/hwr.js"


class EarlyScripts:
    """ASGI middleware that puts scripts first into the head of the served page.

    script: stands in the page itself. file: is served beside it, asked for by what changes with it (`kept_assets`).
    """

    def __init__(self, app: ASGIApp, script: str, file: str) -> None:
        self.app, self.file = app, file.encode()
        version = hashlib.sha256(self.file).hexdigest()[:12]
        source = f'<script src="{FILE[1:]}?{version}"></script>'
        self.insertion = f"<head><script>{script}</script>{source}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"] == FILE:
            headers = [(b"content-type", b"text/javascript; charset=utf-8")]
            await _send(scope, send, 200, headers, self.file)
            return
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in ("", "/"):
            await self.app(scope, receive, send)
            return
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            page = bytes(body).replace(b"<head>", self.insertion, 1)
            headers = [(k, v) for k, v in start["headers"] if k.lower() != b"content-length"]
            await _send(scope, send, start["status"], headers, page)

        await self.app(scope, receive, collect)


async def _send(scope: Scope, send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    """A whole answer, compressed for whoever takes that: the page is mostly words, and a quarter of it then."""
    if b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b""):
        body = gzip.compress(body, 6)
        headers = [*headers, (b"content-encoding", b"gzip")]
    headers = [*headers, (b"vary", b"accept-encoding"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
