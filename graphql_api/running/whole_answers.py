"""A body that is here already, and an answer that is written at once, on a connection of uvicorn.

uvicorn examines each header of an answer by itself, and writes head and body apart: a twentieth of
what a request costs us. What is usual is put together here in one go. Anything else goes uvicorn's
way, and everything under another server. A body that came with its head needs no timer and no wait.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from starlette.types import Receive, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from graphql_api.over_http.answer import WRITE_WHOLE, header_lines
from graphql_api.over_http.arrival import READ_WHOLE
from graphql_api.over_http.queue import HAS_LEFT


def tell_app(cycle: RequestResponseCycle | None) -> None:
    """What this server knows, and can do, besides ASGI: whether the caller has left, to read a body
    and to write an answer at once. No request is made of a handshake of WebSocket."""
    if cycle is None:
        return
    scope = cast("dict[str, Any]", cycle.scope)
    scope[HAS_LEFT] = cycle.transport.is_closing
    scope[READ_WHOLE] = partial(read_whole, cycle)
    scope[WRITE_WHOLE] = partial(write_whole, cycle)


def read_whole(cycle: RequestResponseCycle, receive: Receive) -> bytes | None:
    """The body of a request, as uvicorn's `receive` gives it. None where it is not all here, where
    anything is unusual, or something around the app gives out another: then nothing was read."""
    if (
        receive != cycle.receive
        or cycle.more_body
        or cycle.disconnected
        or cycle.response_complete
        or cycle.flow.read_paused
        or cycle.waiting_for_100_continue
        or not cycle.message_event.is_set()
    ):
        return None
    body, cycle.body = bytes(cycle.body), bytearray()
    cycle.message_event.clear()
    return body


def write_whole(
    cycle: RequestResponseCycle,
    send: Send,
    status: int,
    headers: Sequence[tuple[bytes, bytes]],
    body: bytes,
) -> bool:
    """Write the answer to a request, as uvicorn's `send` does in two steps. False where anything is
    unusual, or something around the app wants to see what is sent: then nothing was written. Raises
    `HeaderWithLines`."""
    if (
        send != cycle.send
        or cycle.response_started
        or cycle.disconnected
        or cycle.flow.write_paused
        or not cycle.keep_alive
        or cycle.access_log
        or cycle.scope["method"] == "HEAD"
        or status in (204, 304)
    ):
        return False
    head = STATUS_LINE[status] + header_lines((*cycle.default_headers, *headers))
    if b"\r\nconnection: " in head or b"\r\ntransfer-encoding: " in head:
        return False
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cycle.transport.write(head + b"\r\n" + body)
    cycle.message_event.set()
    cycle.on_response()
    scope = cast("dict[str, Any]", cycle.scope)
    for ring in (READ_WHOLE, WRITE_WHOLE):  # they hold the request that holds them
        scope.pop(ring, None)
    return True
