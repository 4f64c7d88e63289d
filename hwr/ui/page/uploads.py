"""The files that visitors send: where they lie, which are theirs, and how many bytes they may be."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from hwr.errors import InputError
from hwr.ui.page.gradio_edges import get_upload_folder, is_in_or_equal

LARGEST_UPLOAD = 20 * 2**20  # bytes of one file
VISITORS_BYTES, WINDOW = 500 * 2**20, 3600.0  # that one visitor may send in so many seconds
ALL_GB = 8.0  # of all uploads that lie here, unless HWR_UPLOADS_GB says otherwise
REMEMBERED = 100_000  # uploads that are counted
_MEASURED_EVERY = 10.0  # seconds

logger = logging.getLogger(__name__)


def uploads_directory(data: Path) -> tuple[Path, str]:
    """A directory for uploads that can be written, and why it is not in the data directory, "" where it is."""
    uploads = data / "uploads"
    try:
        uploads.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=uploads):
            return uploads, ""
    except OSError as error:
        reason = error.strerror or str(error)
        logger.warning("%s cannot be written (%s): pages are read, and nothing is kept.", data, reason)
        return Path(tempfile.mkdtemp(prefix="hwr-uploads-")), reason


class Quota:
    """How many bytes were sent, by visitor in the last hour and in all that lie in a directory."""

    def __init__(self, directory: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.directory, self._clock, self._lock = directory, clock, threading.Lock()
        self._sent: deque[tuple[float, str, int]] = deque(maxlen=REMEMBERED)
        self._measured, self._lying = -_MEASURED_EVERY, 0

    def refusal(self, visitor: str, size: int) -> str:
        """Why so many more bytes are not taken from a visitor; "" where they are, and then they count."""
        largest = float(os.environ.get("HWR_UPLOADS_GB") or ALL_GB) * 1e9
        with self._lock:
            now = self._clock()
            while self._sent and self._sent[0][0] < now - WINDOW:
                self._sent.popleft()
            if sum(bytes_ for _, who, bytes_ in self._sent if who == visitor) + size > VISITORS_BYTES:
                return f"You have sent {VISITORS_BYTES >> 20} MB in an hour; wait a while."
            if now - self._measured >= _MEASURED_EVERY:
                self._measured, self._lying = now, _bytes_in(self.directory)
            if self._lying + size > largest:
                return "The host holds as many uploads as it may; wait until old ones are deleted."
            self._sent.append((now, visitor, size))
            self._lying += size
            return ""


def _bytes_in(directory: Path) -> int:
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.stat(os.path.join(folder, name)).st_size
            except OSError:  # deleted in this moment
                continue
    return total


class UploadQuota:
    """Refuses uploads past the quota before a byte of them is read (ASGI middleware)."""

    def __init__(self, app: ASGIApp, quota: Quota) -> None:
        self.app, self.quota = app, quota

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].endswith("/upload"):
            request = Request(scope)
            length = request.headers.get("content-length", "")
            size = int(length) if length.isdigit() and len(length) < 16 else LARGEST_UPLOAD
            visitor = (
                f"{request.client.host if request.client else ''}|{request.headers.get('x-forwarded-for', '')[:200]}"
            )
            if refusal := self.quota.refusal(visitor, size):
                await PlainTextResponse(refusal, status_code=413)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def uploaded_path(file: object) -> str:
    """The path of an uploaded file, which must lie where uploads lie. Raises InputError otherwise."""
    path = file.get("path") if isinstance(file, dict) else None
    if (
        not isinstance(path, str)
        or not path
        or not is_in_or_equal(path, get_upload_folder())
        or not Path(path).is_file()
    ):
        raise InputError("page.no_upload")
    return path
