"""What adapters are built from, besides their settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

    from adapters.inbox import Inbox
    from core.ports.clock import Clock
    from core.ports.randomness import Randomness
    from core.receipts import TakeReceipt


@dataclass(frozen=True)
class Parts:
    """What the adapters of one process share."""

    clock: Clock
    randomness: Randomness
    http: httpx.AsyncClient
    inbox: Inbox | None
    take_receipt: TakeReceipt
    """Where providers that keep a connection bring receipts."""
