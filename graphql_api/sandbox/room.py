"""Room: one sandbox of its own, with its data, its clock and its limits."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.background import Background
from graphql_api.app import build_app
from graphql_api.compose.sandbox import SandboxParts, compose_sandbox
from graphql_api.scenarios.setbacks import DOOR, Door
from graphql_api.scenarios.settings import SandboxOptions

LOOK = 0.1
"""Seconds between two looks for jobs that have become due, where the clock runs."""


_ALLOWED = "access-control-allow-headers"


class Room:
    """Answers a form once everything that follows from it has happened, so that nobody has to wait
    for messages, and the same calls in the same order have the same end."""

    def __init__(self, options: SandboxOptions) -> None:
        """Raises `ValueError` for options that cannot be used."""
        self.parts: SandboxParts = compose_sandbox(options)
        self._app: ASGIApp = build_app(self.parts.application)
        self._turn = asyncio.Lock()
        self._runs = options.at is None
        self._looking = Background(self._look_for_jobs)

    async def open(self) -> None:
        await self.parts.start()
        if self._runs:
            self._looking.begin()

    async def close(self) -> None:
        await self._looking.aclose()
        await self.parts.application.stop()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request to the gateway."""
        door, held = Door(), list[Message]()

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                _let_pages_name_rooms(MutableHeaders(scope=message))
            held.append(message)

        token = DOOR.set(door)
        try:
            await self._app(scope, receive, hold)
        except Exception:
            if not held:  # otherwise the defect is answered already, and logged
                raise
        finally:
            DOOR.reset(token)
        if scope.get("method") == "POST":
            await self.catch_up()
        if door.status is not None:
            await _refusal(door)(scope, receive, send)
            return
        for message in held:
            await send(message)

    async def catch_up(self) -> None:
        """Do everything that is due."""
        async with self._turn:
            await self.parts.catch_up()

    async def advance(self, by: timedelta) -> None:
        """Move the clock on, and do what has become due. Raises `ValueError` for a way back."""
        self.parts.clock.advance(by)
        await self.catch_up()

    async def _look_for_jobs(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            await self.catch_up()


def _let_pages_name_rooms(headers: MutableHeaders) -> None:
    """Where pages of another origin may ask: their tests run side by side like others'."""
    if _ALLOWED in headers:
        headers[_ALLOWED] += ", x-sandbox"


def _refusal(door: Door) -> Response:
    """As a proxy gives it: not GraphQL's, and not in JSON of ours."""
    assert door.status is not None  # noqa: S101 - said by the caller
    return Response(status_code=door.status, headers=dict(door.headers))
