"""Scripts, styles and fonts of the page, compressed once; Gradio alone reads and compresses each for every visitor."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 64_000_000  # bytes that are kept
WITHIN = b"public, max-age=31536000, immutable"  # a name holds the same for ever: it changes with what it names


@dataclass(frozen=True)
class Answer:
    """headers: without encoding and length; zipped: the body compressed, None where that saves nothing."""

    headers: list[tuple[bytes, bytes]]
    body: bytes
    zipped: bytes | None


class KeptAssets:
    """ASGI middleware that asks for each of these paths once. Only what was found is kept, up to MOST bytes in all."""

    def __init__(self, app: ASGIApp, paths: tuple[str, ...]) -> None:
        """paths: what the paths begin with."""
        self.app, self.paths = app, paths
        self.kept: dict[str, Answer] = {}
        self.room = MOST

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith(self.paths)
        if not asked or b"range" in dict(scope["headers"]):
            await self.app(scope, receive, send)
            return
        answer = self.kept.get(scope["path"]) or await self._found(scope)
        if answer is None:
            await self.app(scope, receive, send)
            return
        zipped = answer.zipped if b"gzip" in dict(scope["headers"]).get(b"accept-encoding", b"") else None
        body = answer.body if zipped is None else zipped
        headers = [*answer.headers, (b"content-length", str(len(body)).encode())]
        if zipped is not None:
            headers.append((b"content-encoding", b"gzip"))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _found(self, scope: Scope) -> Answer | None:
        """What the path holds; None where it holds nothing, or came in part: a visitor who leaves must not cut it for all."""
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        asked: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Message:
            return asked.pop() if asked else await asyncio.Future()  # nobody leaves

        await self.app({**scope, "headers": [(b"host", dict(scope["headers"]).get(b"host", b""))]}, receive, collect)
        told = {name.lower(): value for name, value in start["headers"]}.get(b"content-length")
        if start["status"] != 200 or told != str(len(body)).encode():
            return None
        ours = (b"content-length", b"cache-control", b"vary", b"etag", b"last-modified", b"accept-ranges")
        headers = [(name, value) for name, value in start["headers"] if name.lower() not in ours]
        headers += [(b"cache-control", WITHIN), (b"vary", b"accept-encoding")]
        zipped = gzip.compress(bytes(body), 9)
        answer = Answer(headers, bytes(body), zipped if len(zipped) < 0.95 * len(body) else None)
        size = len(body) + len(answer.zipped or b"")
        if size <= self.room and scope["path"] not in self.kept:
            self.kept[scope["path"]] = answer
            self.room -= size
        return answer
