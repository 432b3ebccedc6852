"""Outbox: which messages were tried to be sent, to whom, and where each stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.delivery import Delivery
from core.ports.unit_of_work import BeginUnit

KEPT = 500
"""How many messages are remembered."""


@dataclass(frozen=True)
class Sent:
    """One message. `to` is an address or a number, which a delivery does not hold."""

    to: str
    delivery: Delivery


class Outbox:
    """Notes addressees, the oldest forgotten first."""

    def __init__(self) -> None:
        self._to: dict[str, str] = {}

    def note(self, delivery: str, to: str) -> None:
        """This delivery is being sent to that addressee; noting it again changes nothing."""
        self._to.setdefault(delivery, to)
        if len(self._to) > KEPT:
            del self._to[next(iter(self._to))]

    async def read(self, read: BeginUnit) -> Sequence[Sent]:
        """The messages as they stand in the store now, newest first."""
        async with read() as unit:
            known = [(to, await unit.deliveries.get(id)) for id, to in self._to.items()]
        return [Sent(to, delivery) for to, delivery in reversed(known) if delivery is not None]
