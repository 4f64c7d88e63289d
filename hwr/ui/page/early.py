"""A script that runs before the interface's own.

Gradio appends what `launch(head=...)` gives only after it has chosen a language; this middleware writes into the page
itself.
"""

from __future__ import annotations

from typing import Any


class EarlyScript:
    """ASGI middleware that puts a script first into the head of the served page."""

    def __init__(self, app: Any, script: str) -> None:
        self.app = app
        self.insertion = f"<head><script>{script}</script>".encode()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] not in ("", "/"):
            await self.app(scope, receive, send)
            return
        start: dict[str, Any] = {}
        body = bytearray()

        async def collect(message: Any) -> None:
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
            await send({**start, "headers": [*headers, (b"content-length", str(len(page)).encode())]})
            await send({"type": "http.response.body", "body": page})

        await self.app(scope, receive, collect)
