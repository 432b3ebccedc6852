"""The sandbox as an ASGI app: every room's gateway, and `/dev/...` to steer it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from graphql_api.scenarios.settings import SandboxOptions
from graphql_api.schema.codes import codes_json
from graphql_api.schema.executable import sdl
from graphql_api.schema.possible_types import possible_types_json

from .guard import Guard
from .pages import scenarios_json, scenarios_page
from .room import Room
from .rooms import Rooms
from .states import bring_about


def build_sandbox(options: SandboxOptions) -> Starlette:
    """The app. It opens rooms as they are named, and closes them with the server."""
    rooms = Rooms(options)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await rooms.aclose()

    dev = _Dev(rooms)
    routes = [
        Route("/dev/inbox.json", dev.inbox),
        Route("/dev/scenarios.json", dev.scenarios),
        Route("/dev/scenarios", dev.scenarios_page),
        Route("/dev/schema.graphql", dev.schema),
        Route("/dev/possibleTypes.json", dev.possible_types),
        Route("/dev/codes.json", dev.codes),
        Route("/dev/clock", dev.clock),
        Route("/dev/clock", dev.move_clock, methods=["POST"]),
        Route("/dev/reset", dev.reset, methods=["POST"]),
        Route("/dev/state", dev.state, methods=["POST"]),
    ]
    handlers: dict[Any, Any] = {HTTPException: _refused}
    guards = [Middleware(Guard, base=options.base)]
    app = Starlette(
        routes=routes, middleware=guards, lifespan=lifespan, exception_handlers=handlers
    )
    app.router.default = rooms
    return app


class _Dev:
    """What only a sandbox answers."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def inbox(self, request: Request) -> Response:
        """As the demo's, and `deliveries`: where each message stands."""
        room = await self._rooms.of(request.headers)
        inbox = room.parts.application.ports.inbox
        contents = inbox.contents() if inbox else {}
        return JSONResponse(contents | {"deliveries": await _deliveries(room)})

    async def scenarios(self, request: Request) -> Response:
        room = await self._rooms.of(request.headers)
        return JSONResponse(scenarios_json(room.parts.application.settings.keyring))

    async def scenarios_page(self, _: Request) -> Response:
        return HTMLResponse(scenarios_page())

    async def schema(self, _: Request) -> Response:
        """For generators of clients: introspection is off, as in production."""
        return PlainTextResponse(sdl())

    async def possible_types(self, _: Request) -> Response:
        """For clients' caches."""
        return Response(possible_types_json(), media_type="application/json")

    async def codes(self, _: Request) -> Response:
        """For front ends, and generators of their types."""
        return Response(codes_json(), media_type="application/json")

    async def clock(self, request: Request) -> Response:
        return _now(await self._rooms.of(request.headers))

    async def move_clock(self, request: Request) -> Response:
        """`{"advance": seconds}` or `{"at": "2027-06-05T12:00:00Z"}`."""
        room, body = await self._rooms.of(request.headers), await _body(request)
        try:
            by = _step(room, body)
            await room.advance(by)
        except (ValueError, TypeError, OverflowError) as wrong:
            raise HTTPException(
                400, f'{wrong}: send {{"advance": seconds}} or {{"at": …}}'
            ) from None
        return _now(room)

    async def reset(self, request: Request) -> Response:
        return _now(await self._rooms.reset(request.headers))

    async def state(self, request: Request) -> Response:
        """As Pact's verifiers ask: `{"state": …, "params": {"voter": …}, "action": "setup"}`."""
        body = await _body(request)
        if body.get("action", "setup") != "setup":
            return JSONResponse({})
        room = await self._rooms.reset(request.headers)
        voter = (body.get("params") or {}).get("voter", "renewed")
        try:
            return JSONResponse(await bring_about(room, str(body.get("state")), str(voter)))
        except ValueError as wrong:
            raise HTTPException(400, str(wrong)) from None


async def _deliveries(room: Room) -> list[dict[str, str | None]]:
    return [
        {
            "id": each.delivery.id,
            "to": each.to,
            "channel": each.delivery.kind.channel.value,
            "kind": each.delivery.kind.value,
            "state": each.delivery.state.value,
            "reason": each.delivery.reason,
            "route": each.delivery.route,
        }
        for each in await room.parts.sent()
    ]


def _step(room: Room, body: dict[str, Any]) -> timedelta:
    if "at" in body:
        at = datetime.fromisoformat(body["at"])
        if at.tzinfo is None:
            raise ValueError("a moment has a time zone")
        return at - room.parts.clock.now()
    return timedelta(seconds=body.get("advance", "seconds are missing"))


def _now(room: Room) -> Response:
    return JSONResponse({"now": room.parts.clock.now().isoformat()})


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise HTTPException(400, "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise HTTPException(400, "The body must be a JSON object.")
    return body


async def _refused(_: Request, refusal: HTTPException) -> Response:
    body = {"errors": [{"message": refusal.detail, "extensions": {"code": "BAD_REQUEST"}}]}
    return JSONResponse(body, refusal.status_code, refusal.headers)
