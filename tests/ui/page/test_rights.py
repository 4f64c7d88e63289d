"""Who may write: asked in Python, and over real HTTP of the events that nobody is shown."""

from __future__ import annotations

import json
import logging
import types
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import httpx
import pytest
from starlette.requests import Request

from hwr.data.annotations import AnnotationStore
from hwr.errors import InputError
from hwr.images.cut import file_digest
from hwr.ui.app import build, launch
from hwr.ui.line.shown import Shown
from hwr.ui.page import rights
from hwr.ui.page.rights import (
    SHORTEST_TOKEN,
    WINDOW,
    WRONG_PER_VISITOR,
    Attempts,
    accepted_token,
    admins,
    has_hub_login,
    is_own_machine,
    logged_in,
    may_write,
    require_writer,
)

TOKEN = "correct-horse-battery"
VARIABLES = (
    "SYSTEM",
    "SPACE_ID",
    "SPACE_AUTHOR_NAME",
    "HWR_SHARED",
    "HWR_ADMINS",
    "HWR_ADMIN_TOKEN",
    "OAUTH_CLIENT_ID",
)


@pytest.fixture(autouse=True)
def clean(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(rights, "_attempts", Attempts())


def asked(
    *,
    server: str = "127.0.0.1",
    client: str = "127.0.0.1",
    host: str = "127.0.0.1:7860",
    username: str | None = None,
    session: Any = None,
    **headers: str,
) -> gr.Request:
    """A request as Gradio hands it over."""
    named = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/gradio_api/queue/join",
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        "server": (server, 7860),
        "client": (client, 50000),
    }
    if session is not None:
        scope["session"] = session
    return gr.Request(Request(scope), username=username)


def test_everyone_writes_on_their_own_machine():
    for request in (asked(), asked(host="localhost:7860"), asked(server="::1", client="::1", host="[::1]:7860")):
        assert is_own_machine(request)
        assert may_write(request)
        assert require_writer(request)
    assert is_own_machine(asked(origin="http://localhost:7860"))


@pytest.mark.parametrize(
    "request_",
    [
        asked(server="192.168.0.7", client="192.168.0.9", host="192.168.0.7:7860"),
        asked(client="192.168.0.9"),
        asked(server="/run/hwr.sock"),
        asked(host="hwr.example.org"),
        asked(host="evil.localhost.example.org"),
        asked(host=""),
        asked(origin="https://evil.example.org"),
        asked(origin="null"),
        asked(x_forwarded_for="203.0.113.9"),
        asked(forwarded="for=203.0.113.9"),
        asked(x_real_ip="203.0.113.9"),
        asked(via="1.1 vegur"),
        asked(x_forwarded_proto="https"),
        asked(true_client_ip="203.0.113.9"),
        asked(fastly_client_ip="203.0.113.9"),
        None,
    ],
    ids=[
        "lan",
        "client",
        "socket",
        "name",
        "longer name",
        "no name",
        "other page",
        "sandbox",
        "proxy",
        "rfc",
        "real ip",
        "via",
        "protocol",
        "true client",
        "fastly",
        "none",
    ],
)
def test_strangers_do_not(request_):
    assert not may_write(request_)
    with pytest.raises(InputError, match="HWR_ADMIN_TOKEN"):
        require_writer(request_)


@pytest.mark.parametrize("variable", ["SPACE_ID", "HWR_SHARED"])
def test_a_shared_host_is_nobodys_own_machine(monkeypatch, variable):
    monkeypatch.setenv(variable, "1")
    assert not may_write(asked())
    monkeypatch.setenv("HWR_ADMIN_TOKEN", TOKEN)
    with pytest.raises(InputError, match="Only an admin"):
        require_writer(asked())
    assert require_writer(asked(), TOKEN) == "admin token"
    assert not may_write(asked(), TOKEN[:-1])
    assert not may_write(asked(), TOKEN + "x")
    assert not may_write(asked(), "π")


def test_admins_log_in_by_name(monkeypatch):
    monkeypatch.setenv("HWR_SHARED", "1")
    monkeypatch.setenv("HWR_ADMINS", "ada, bo")
    assert require_writer(asked(username="bo")) == "bo"
    assert not may_write(asked(username="cy"))
    assert not may_write(asked(username=""))


def test_hub_logins_count_on_a_space_only(monkeypatch):
    monkeypatch.setenv("HWR_ADMINS", "ada")
    session = {"oauth_info": {"userinfo": {"preferred_username": "ada"}, "expires_at": 9e12}}
    request = asked(session=session, host="hwr.example.org")
    assert logged_in(request) == ""
    assert not may_write(request)
    monkeypatch.setenv("SPACE_ID", "someone/hwr")  # by itself no Space: Gradio would let everybody in
    assert not may_write(request)
    monkeypatch.setenv("SYSTEM", "spaces")
    assert require_writer(request) == "ada"
    late = {"oauth_info": {**session["oauth_info"], "expires_at": 1.0}}
    assert not may_write(asked(session=late))
    assert not may_write(asked(session={}))
    assert not may_write(asked())
    assert not has_hub_login()


def test_the_owner_of_a_space_is_its_admin_unless_others_are_named(monkeypatch):
    assert admins() == set()
    monkeypatch.setenv("SPACE_AUTHOR_NAME", "owner")
    assert admins() == {"owner"}
    monkeypatch.setenv("HWR_ADMINS", "ada,")
    assert admins() == {"ada"}


def test_short_tokens_open_nothing(monkeypatch):
    monkeypatch.setenv("HWR_SHARED", "1")
    monkeypatch.setenv("HWR_ADMIN_TOKEN", "x" * (SHORTEST_TOKEN - 1))
    with pytest.raises(InputError, match="too short"):
        accepted_token(asked(), "x" * (SHORTEST_TOKEN - 1))
    assert not may_write(asked(), "x" * (SHORTEST_TOKEN - 1))
    monkeypatch.setenv("HWR_ADMIN_TOKEN", "")
    assert not may_write(asked(), "")


@pytest.mark.slow
def test_wrong_tokens_are_limited_by_visitor():
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    for _ in range(WRONG_PER_VISITOR):
        assert not attempts.check("10.0.0.1", right=False)
    with pytest.raises(InputError, match="Too many"):
        attempts.check("10.0.0.1", right=True)
    assert attempts.check("10.0.0.2", right=True)
    now[0] += WINDOW + 1
    assert attempts.check("10.0.0.1", right=True)
    for n in range(2 * rights.REMEMBERED):
        attempts.check(f"10.0.1.{n}", right=False)
    assert attempts.check("10.0.0.3", right=True)  # nobody locks anybody else out
    assert len(attempts._wrong) == rights.REMEMBERED


def test_visitors_behind_a_proxy_are_told_apart(monkeypatch):
    monkeypatch.setenv("HWR_ADMIN_TOKEN", TOKEN)
    for _ in range(WRONG_PER_VISITOR):
        with pytest.raises(InputError, match="not the admin token"):
            accepted_token(asked(x_forwarded_for="203.0.113.66"), "guess")
    with pytest.raises(InputError, match="Too many"):
        accepted_token(asked(x_forwarded_for="203.0.113.66"), TOKEN)
    assert accepted_token(asked(x_forwarded_for="203.0.113.9"), TOKEN) == TOKEN


# --- a served page, spoken to as its scripts do


@dataclass
class Served:
    """The interface on a port of its own."""

    blocks: gr.Blocks
    address: str
    store: AnnotationStore

    def component(self, elem_id: str) -> int:
        return next(id for id, block in self.blocks.blocks.items() if getattr(block, "elem_id", None) == elem_id)

    def event(self, elem_id: str, name: str) -> int:
        """Index of the event that a component sets off."""
        target = (self.component(elem_id), name)
        return next(i for i, fn in self.blocks.fns.items() if target in [(t[0], t[1]) for t in fn.targets])

    @property
    def shown(self) -> Shown:
        states = (b for b in self.blocks.blocks.values() if isinstance(b, gr.State))
        return next(b.value for b in states if isinstance(b.value, Shown))

    def wire(self, name: str) -> int:
        """Index of the event that a wire sets off."""
        wires = (id for id, block in self.blocks.blocks.items() if getattr(block, "value", None) == {"name": name})
        target = (next(wires), "submit")
        return next(i for i, fn in self.blocks.fns.items() if target in [(t[0], t[1]) for t in fn.targets])

    def call(
        self, event: int, data: list[Any], session: str, about: Any = None, **headers: str
    ) -> tuple[list[Any] | None, str]:
        """What the event gives back, and everything else that the server said. about: what comes with the event."""
        body = {"data": data, "fn_index": event, "session_hash": session, "event_data": about}
        with httpx.Client(base_url=self.address, headers=headers, timeout=60) as client:
            client.post("gradio_api/queue/join", json=body).raise_for_status()
            said = []
            with client.stream("GET", "gradio_api/queue/data", params={"session_hash": session}) as stream:
                for line in stream.iter_lines():
                    if not line.startswith("data:"):
                        continue
                    said.append(line)
                    message = json.loads(line.removeprefix("data:"))
                    if message["msg"] == "process_completed":
                        return message["output"].get("data"), "\n".join(said)
        raise AssertionError("\n".join(said))

    def keep(self, text: str, session: str, token: Any = None, **headers: str) -> tuple[list[Any] | None, str]:
        """Over the wire, as the page's script does; what was kept is what the next one builds on."""
        line = self.store.latest_on(file_digest(self.shown.source or "")).values()
        seen = {"number": self.shown.number, "line": 0, "revision": next((r.id for r in line), None)}
        asked = {"n": 1, "what": "keep", "text": text, "writer": "", **seen}
        return self.call(self.wire("read"), [None, token, None, None], session, asked, **headers)

    def log_in(self, typed: str, session: str) -> tuple[list[Any] | None, str]:
        return self.call(self.event("hwr-rights-enter", "click"), [typed, None], session)


@pytest.fixture(scope="module")
def served(tmp_path_factory, assets, reader) -> Iterator[Served]:
    directory: Path = tmp_path_factory.mktemp("served")
    blocks = build(lambda: reader, directory, assets=assets)
    _, address, _ = launch(blocks, prevent_thread_lock=True, server_name="127.0.0.1")
    yield Served(blocks, address, AnnotationStore(directory / "annotations.sqlite"))
    blocks.close(verbose=False)


@pytest.fixture
def shared(monkeypatch):
    monkeypatch.setenv("HWR_SHARED", "1")
    monkeypatch.setenv("HWR_ADMIN_TOKEN", TOKEN)


@pytest.mark.slow
def test_http_on_ones_own_machine(served):
    before = served.store.count()
    output, _ = served.keep("kept at home", "home")
    assert output is not None
    assert output[0]["answer"]["kept"] == "kept at home"
    assert output[0]["answer"]["version"] >= 1
    assert served.store.count() == max(1, before)
    (line,) = served.store.lines()
    assert (line.revision.text, line.revision.model) == ("kept at home", "fake-small")


@pytest.mark.slow
def test_http_of_strangers_is_refused(served, shared):
    before = [line.revision for line in served.store.lines()]
    for headers in ({}, {"x-forwarded-for": "127.0.0.1"}, {"host": "127.0.0.1"}):
        _, said = served.keep("written by a stranger", "stranger", **headers)
        assert "Only an admin" in said
    for token in (TOKEN, {"value": TOKEN}, [TOKEN]):  # a state is never taken from the request
        _, said = served.keep("written by a stranger", "clever", token)
        assert "Only an admin" in said
    assert [line.revision for line in served.store.lines()] == before


@pytest.mark.slow
def test_http_of_a_page_of_another_site_is_refused(served):
    before = [line.revision for line in served.store.lines()]
    for headers in (
        {"origin": "https://evil.example.org"},
        {"x-forwarded-for": "203.0.113.9"},
        {"host": "evil.example.org"},
    ):
        _, said = served.keep("written by another site", "other site", **headers)
        assert "nobody may write" in said
    assert [line.revision for line in served.store.lines()] == before


@pytest.mark.slow
def test_http_with_the_token(served, shared, caplog):
    with caplog.at_level(logging.DEBUG):
        _, said = served.log_in("not the token", "admin")
        assert "not the admin token" in said
        _, said = served.keep("too early", "admin")
        assert "Only an admin" in said
        output, said = served.log_in(TOKEN, "admin")
        assert TOKEN not in said
        assert output is not None
        assert output[0] == ""
        output, said = served.keep("kept by the admin", "admin")
        assert output is not None
        assert output[0]["answer"]["kept"] == "kept by the admin"
        _, said = served.keep("another visitor", "visitor")
        assert "Only an admin" in said
    (line,) = served.store.lines()
    assert (line.revision.text, line.revision.who) == ("kept by the admin", "admin token")
    assert TOKEN not in caplog.text
    leave = served.event("hwr-rights-leave", "click")
    served.call(leave, [], "admin")
    _, said = served.keep("after leaving", "admin")
    assert "Only an admin" in said


@pytest.mark.slow
def test_http_of_one_who_guesses(served, shared):
    for _ in range(WRONG_PER_VISITOR):
        served.log_in("guess", "guesser")
    _, said = served.log_in(TOKEN, "guesser")
    assert "Too many wrong tokens" in said
    _, said = served.keep("guessed", "guesser")
    assert "Only an admin" in said


@pytest.mark.slow
def test_strangers_are_not_told_what_was_kept(served, monkeypatch):
    served.keep("what only writers see", "home")
    events = [
        i for i, fn in served.blocks.fns.items() if served.component("hwr-keep-line") in [c._id for c in fn.outputs]
    ]

    def told(session: str) -> list[bool]:
        sent = [[None] * len(served.blocks.fns[event].inputs) for event in events]
        answers = (served.call(event, data, session)[1] for event, data in zip(events, sent, strict=True))
        return ["what only writers see" in said for said in answers]

    assert any(told("at home"))
    monkeypatch.setenv("HWR_SHARED", "1")
    assert not any(told("curious"))


def test_a_request_that_lost_its_connection_is_nobodys():
    assert not is_own_machine(gr.Request(None, username=None))
    assert logged_in(types.SimpleNamespace(username=None, request=None)) == ""  # type: ignore[arg-type]
