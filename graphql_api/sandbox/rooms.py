"""The rooms of one sandbox, by the header `X-Sandbox`: test runs side by side that do not meet."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from graphql_api.scenarios.settings import SandboxOptions

from .room import Room

HEADER = "x-sandbox"
MOST = 64
"""Rooms at once; the one that was not used for longest makes way."""
_NAME = re.compile(r"[\w.:-]{0,64}", re.ASCII)


class Rooms:
    """Opens a room when it is first named. The empty name is a room, too."""

    def __init__(self, options: SandboxOptions) -> None:
        self._options = options
        self._rooms: OrderedDict[str, Room] = OrderedDict()
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What the gateway of the caller's room answers."""
        room = await self.of(Headers(scope=scope))
        await room(scope, receive, send)

    async def of(self, headers: Headers) -> Room:
        """The caller's room. Raises `HTTPException` for a name that is none."""
        name = _name(headers)
        async with self._turn:
            return await self._open(name)

    async def reset(self, headers: Headers) -> Room:
        """The caller's room, as at the beginning."""
        name = _name(headers)
        async with self._turn:
            await self._close(name)
            return await self._open(name)

    async def aclose(self) -> None:
        for name in list(self._rooms):
            await self._close(name)

    async def _open(self, name: str) -> Room:
        if name not in self._rooms:
            room = Room(self._options)
            await room.open()
            self._rooms[name] = room
        self._rooms.move_to_end(name)
        if len(self._rooms) > MOST:
            await self._close(next(iter(self._rooms)))
        return self._rooms[name]

    async def _close(self, name: str) -> None:
        room = self._rooms.pop(name, None)
        if room is not None:
            await room.close()


def _name(headers: Headers) -> str:
    name = headers.get(HEADER, "")
    if not _NAME.fullmatch(name):
        raise HTTPException(400, "X-Sandbox: up to 64 letters, digits, `_`, `.`, `:` and `-`")
    return name
