"""What adapters are built from, besides their settings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import httpx

    from adapters.inbox import Inbox
    from core.ports.clock import Clock
    from core.ports.randomness import Randomness
    from core.ports.register import Register
    from core.receipts import TakeReceipt

    from .connections import Connections


class Parts(Protocol):
    """What the adapters of one process share. Each is made when it is first asked for."""

    @property
    def clock(self) -> Clock: ...

    @property
    def randomness(self) -> Randomness: ...

    @property
    def http(self) -> httpx.AsyncClient:
        """The client that all share who need none of their own."""
        ...

    @property
    def inbox(self) -> Inbox | None: ...

    @property
    def register(self) -> Register: ...

    @property
    def connections(self) -> Connections:
        """Clients, pools and directories of one adapter each."""
        ...

    @property
    def take_receipt(self) -> TakeReceipt:
        """Where providers that keep a connection bring receipts."""
        ...


def http_of(parts: Parts, ca_file: Path | None) -> httpx.AsyncClient:
    """The client for a neighbour, which has one of its own when its authority is private."""
    return parts.http if ca_file is None else parts.connections.http(ca_file)
