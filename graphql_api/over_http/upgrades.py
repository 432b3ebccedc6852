"""No WebSocket: the schema has no subscription, and everything else is asked for by POST or GET.

A handshake is answered 400 and the connection ends, so that what would have been frames is read by
nobody. `RefusedUpgrade` does so in uvicorn, before a request is made of it and without a line in
the log; `refuse_upgrade` does under any other server.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from .head import Head
from .refusal import Refusal, as_bytes

_REFUSAL = Refusal(
    400,
    "WebSocket is not spoken here: use POST.",
    "WEBSOCKET_NOT_SERVED",
    {"connection": "close"},
)


def refuse_upgrade(head: Head) -> None:
    """Raises `Refusal` when the caller wants to speak WebSocket."""
    if "websocket" in (head.first(b"upgrade") or "").lower():
        raise _REFUSAL


class RefusedUpgrade(asyncio.Protocol):
    """What uvicorn hands a connection to that asks for WebSocket (its setting `ws`)."""

    def __init__(self, *_: Any, **__: Any) -> None:
        self._answer = as_bytes(_REFUSAL)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        writable = cast(asyncio.WriteTransport, transport)
        writable.write(self._answer)
        writable.close()

    def data_received(self, data: bytes) -> None:
        """Frames, or the handshake once more: nobody reads them."""
