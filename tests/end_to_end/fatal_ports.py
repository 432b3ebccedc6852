"""Ports that end their process with SIGKILL at one step, named beforehand; real adapters within.

A step is named after who does it, the port's verb, how often that was done, and the moment:
`send_link register.find 1 after`. Who does it is the job, or `loop` outside of jobs.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import get_contextvars

from adapters.store.sqlite_intake import SqliteIntake
from graphql_api.compose import Ports

VERBS = {
    "register": ("find", "identifier_matches"),
    "captcha": ("check",),
    "email": ("send",),
    "credentials": ("put",),
}


class Fate:
    """Notes every step in a file; at the one named `end` the process is no more."""

    def __init__(self, end: str | None, journal: Path) -> None:
        self._end = end
        self._journal = journal
        self._counts: Counter[str] = Counter()

    def begin(self, verb: str) -> str:
        """The name of this call, without its moments."""
        actor = get_contextvars().get("job", "loop").partition(":")[0]
        self._counts[f"{actor} {verb}"] += 1
        return f"{actor} {verb} {self._counts[f'{actor} {verb}']}"

    def at(self, call: str, moment: str) -> None:
        step = f"{call} {moment}"
        with self._journal.open("a", encoding="ascii") as journal:
            journal.write(step + "\n")
        if step == self._end:
            os.kill(os.getpid(), signal.SIGKILL)


def fatal(ports: Ports, fate: Fate) -> Ports:
    """These ports, every verb of them watched."""
    watched = {
        name: _Watched(getattr(ports, name), name, verbs, fate) for name, verbs in VERBS.items()
    }
    gateways = {
        name: _Watched(gateway, "sms", ("send",), fate) for name, gateway in ports.sms.items()
    }
    return replace(ports, store=_WatchedStore(ports.store, fate), sms=gateways, **watched)


def fatal_app(app: ASGIApp, fate: Fate) -> ASGIApp:
    """This app, each of its answers watched."""

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        call = fate.begin("answer") if scope["type"] == "http" else ""

        async def watched_send(message: Message) -> None:
            if call and message["type"] == "http.response.start":
                fate.at(call, "before")
            await send(message)
            if call and message["type"] == "http.response.body" and not message.get("more_body"):
                fate.at(call, "after")

        await app(scope, receive, watched_send)

    return watched


class _Watched:
    """An adapter with some of its verbs watched; the rest as they are."""

    def __init__(self, adapter: object, name: str, verbs: tuple[str, ...], fate: Fate) -> None:
        self._adapter = adapter
        for verb in verbs:
            setattr(self, verb, _watch(getattr(adapter, verb), f"{name}.{verb}", fate))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)


def _watch(method: Any, verb: str, fate: Fate) -> Any:
    async def watched(*arguments: object) -> object:
        call = fate.begin(verb)
        fate.at(call, "before")
        answer = await method(*arguments)
        fate.at(call, "after")
        return answer

    return watched


class _WatchedStore:
    """The store: watched before it begins, before it commits, once committed."""

    def __init__(self, store: Any, fate: Fate) -> None:
        self._store = store
        self._fate = fate
        self.open, self.close = store.open, store.close
        self.belong_to, self.checkpoint = store.belong_to, store.checkpoint
        self.intake = SqliteIntake(self.begin)

    def __getattr__(self, name: str) -> Any:
        """Whatever else is asked of it, as it is."""
        return getattr(self._store, name)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        call = self._fate.begin("commit")
        self._fate.at(call, "before beginning")
        async with self._store.begin() as unit:
            yield unit
            self._fate.at(call, "before committing")
        self._fate.at(call, "committed")

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        """Idle workers read over and over: only the reading of jobs and forms is a step."""
        call = self._fate.begin("read")
        idle = call.startswith("loop") and "correlation_id" not in get_contextvars()
        async with self._store.read() as unit:
            yield unit
        if not idle:
            self._fate.at(call, "after")
