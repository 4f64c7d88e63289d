"""Who may write here: on one's own machine whoever sits at it, on a shared host an admin or who has the token."""

from __future__ import annotations

import getpass
import hmac
import importlib.util
import ipaddress
import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import gradio as gr

from hwr.errors import InputError
from hwr.ui.page.events import AT_ONCE, Update, told
from hwr.ui.page.gradio_edges import Block, Dependency, get_space
from hwr.ui.page.html import both, label

SHORTEST_TOKEN = 16  # characters of HWR_ADMIN_TOKEN; a shorter one is not accepted
TOKEN_HOLDER = "admin token"
WRONG_PER_VISITOR, WINDOW = 5, 60.0  # wrong tokens that are looked at in so many seconds
REMEMBERED = 10_000  # wrong tokens of all visitors
LONGEST_ADDRESS = 200  # characters of a header that are looked at
# A proxy on this machine leads strangers to the loopback address; it says so, or names them, in one of these.
FORWARDED = re.compile(r"forwarded|via|x-forwarded-.*|x-real-ip|(.*-)?client-ip|.*-connecting-ip|x-original-.*")


class Attempts:
    """Counts wrong tokens by visitor, so that nobody tries many, and nobody locks anybody else out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._wrong: deque[tuple[float, str]] = deque(maxlen=REMEMBERED)

    def check(self, visitor: str, right: bool) -> bool:
        """Whether the token is accepted: it is right, and this visitor has not tried too often.

        Raises InputError when they have, whether or not this one is right.
        """
        with self._lock:
            now = self._clock()
            while self._wrong and self._wrong[0][0] < now - WINDOW:
                self._wrong.popleft()
            mine = sum(who == visitor for _, who in self._wrong)
            if mine >= WRONG_PER_VISITOR:
                raise InputError("rights.too_many", seconds=WINDOW)
            if not right:
                self._wrong.append((now, visitor))
            return right


_attempts = Attempts()


@dataclass(frozen=True)
class Rights:
    """What the tabs need to know. token: the accepted token of this visitor, "" for none; it never leaves the server."""

    token: gr.State
    blocks: gr.Blocks

    def follow(
        self, function: Callable[..., object], inputs: Sequence[gr.State], outputs: Sequence[Block]
    ) -> list[Dependency]:
        """Run `function` when the page is loaded and whenever its visitor logs in or out; gives both events."""
        return [
            event(function, list(inputs), list(outputs), **AT_ONCE) for event in (self.blocks.load, self.token.change)
        ]


def require_writer(request: gr.Request | None, token: str = "") -> str:
    """The name of who writes: the login of this computer or of the host, or "admin token".

    Raises InputError, which says how to get in, where the request comes from somebody who may not write.
    """
    if request is not None and is_own_machine(request):
        return _login()
    if request is not None and (name := logged_in(request)) in admins():
        return name
    if token and token_is_right(token):
        return TOKEN_HOLDER
    if not admins() and not os.environ.get("HWR_ADMIN_TOKEN"):
        raise InputError("rights.nobody")
    raise InputError("rights.admins_only")


def may_write(request: gr.Request | None, token: str = "") -> bool:
    """What `require_writer` would say, for showing and hiding."""
    try:
        require_writer(request, token)
    except InputError:
        return False
    return True


def is_own_machine(request: gr.Request) -> bool:
    """Whether the page is served to the computer that serves it, and to nobody through it.

    Both ends of the connection must be loopback addresses, the page be asked for under a loopback name (no page of
    another site that points its name here), and no proxy stand between. SPACE_ID or HWR_SHARED mean a shared host.
    """
    if os.environ.get("SPACE_ID") or os.environ.get("HWR_SHARED", "") not in ("", "0"):
        return False
    http = request.request
    if http is None or any(FORWARDED.fullmatch(name.lower()) for name in http.headers):
        return False
    hosts = [(http.scope.get("server") or ("",))[0], http.client.host if http.client else ""]
    hosts.append(urlsplit(f"//{http.headers.get('host', '')}").hostname)
    if origin := http.headers.get("origin"):
        hosts.append(urlsplit(origin).hostname)
    return all(_is_loopback(host) for host in hosts)


def _is_loopback(host: str | None) -> bool:
    """
    >>> [_is_loopback(host) for host in ("localhost", "127.0.0.1", "::1", "10.0.0.7", "localhost.evil.org", "", None)]
    [True, True, True, False, False, False, False]
    """
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def logged_in(request: gr.Request) -> str:
    """The visitor's name by Gradio's own login, or by Hugging Face on a Space; "" for nobody."""
    if request.username:
        return request.username
    # Elsewhere Gradio replaces the login by one that lets everybody in.
    if not get_space() or request.request is None:
        return ""
    info = request.request.scope.get("session", {}).get("oauth_info") or {}
    expires = info.get("expires_at")
    if expires is not None and expires < time.time():
        return ""
    return str((info.get("userinfo") or {}).get("preferred_username") or "")


def admins() -> set[str]:
    """The names in HWR_ADMINS, else the owner of the Space."""
    named = os.environ.get("HWR_ADMINS") or os.environ.get("SPACE_AUTHOR_NAME", "")
    return {name.strip() for name in named.split(",") if name.strip()}


def token_is_right(typed: str) -> bool:
    """Compare with HWR_ADMIN_TOKEN in constant time. Raises InputError when that is too short to be safe."""
    expected = os.environ.get("HWR_ADMIN_TOKEN", "")
    if not expected:
        return False
    if len(expected) < SHORTEST_TOKEN:
        raise InputError("rights.short_token", shortest=SHORTEST_TOKEN)
    return hmac.compare_digest(typed.encode(errors="replace"), expected.encode(errors="replace"))


def accepted_token(request: gr.Request, typed: str) -> str:
    """The token that was typed. Raises InputError when it is wrong, or one was wrong too often."""
    visitor = visitor_of(request)
    if not _attempts.check(visitor, token_is_right(typed.strip())):
        raise InputError("rights.wrong_token")
    return typed.strip()


def visitor_of(request: gr.Request) -> str:
    """What tells visitors apart, also behind a proxy, which names them all by its own address.

    Who forges a header is another visitor, never one of those whose address the proxy itself adds to it.
    """
    headers = request.headers or {}
    named = [headers.get(name, "")[:LONGEST_ADDRESS] for name in ("x-forwarded-for", "forwarded", "x-real-ip")]
    return "|".join([request.client.host if request.client else "", *named])


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name
        return "local"


def locked_notice() -> str:
    """What stands where a visitor cannot write, with the way to the login."""
    return f'<div class="hwr-notice" role="note"><a href="#hwr-rights">{both("rights.locked")}</a></div>'


def build_rights(blocks: gr.Blocks) -> Rights:
    """The state that the tabs share; `build_rights_panel` draws what fills it."""
    return Rights(gr.State(""), blocks)


def build_rights_panel(rights: Rights) -> None:
    """Login and token box, shown on a shared host only."""
    with gr.Column(visible=False, elem_id="hwr-rights", elem_classes="hwr-rights") as panel:
        state = gr.HTML(apply_default_css=False, elem_id="hwr-rights-state")
        with gr.Row(elem_classes="hwr-rights-row"):
            typed = gr.Textbox(
                type="password", label=label("rights.token"), lines=1, max_lines=1, scale=3, elem_id="hwr-rights-token"
            )
            enter = gr.Button(label("rights.enter"), scale=1, min_width=120, elem_id="hwr-rights-enter")
            leave = gr.Button(label("rights.leave"), scale=1, min_width=120, visible=False, elem_id="hwr-rights-leave")
        if has_hub_login():
            gr.LoginButton()

    def log_in(value: str, token: str, request: gr.Request) -> tuple[str, str]:
        if not value.strip():
            return "", token
        with told(request, "Logging in"):
            return "", accepted_token(request, value)
        return "", token

    def show(token: str, request: gr.Request) -> tuple[Update | str, ...]:
        if is_own_machine(request):
            return gr.update(visible=False), "", gr.update(), gr.update(), gr.update()
        free = may_write(request, token)
        name = require_writer(request, token) if free else ""
        line = both("rights.free", name=name) if free else both("rights.closed")
        by_token = name == TOKEN_HOLDER
        return (
            gr.update(visible=True),
            f"<h3>{both('rights.title')}</h3><p>{line}</p>",
            gr.update(visible=not free),
            gr.update(visible=not free),
            gr.update(visible=by_token),
        )

    for event in (enter.click, typed.submit):
        event(log_in, [typed, rights.token], [typed, rights.token], **AT_ONCE)
    leave.click(lambda: "", None, rights.token, **AT_ONCE)
    rights.follow(show, [rights.token], [panel, state, typed, enter, leave])


def has_hub_login() -> bool:
    """Whether visitors of this Space can log in with their Hugging Face account (`hf_oauth: true` in its README)."""
    libraries = all(importlib.util.find_spec(name) for name in ("authlib", "itsdangerous"))
    return bool(get_space() and os.environ.get("OAUTH_CLIENT_ID") and libraries)
