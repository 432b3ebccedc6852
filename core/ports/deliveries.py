"""The records of messages in the store."""

from collections.abc import Sequence
from typing import Protocol

from core.delivery import Delivery


class Deliveries(Protocol):
    """Deliveries by id. The unit's `queue` stores a new one."""

    async def get(self, delivery_id: str) -> Delivery | None:
        """The delivery, or None when there is none (any more)."""
        ...

    async def of(self, subject: str) -> Sequence[Delivery]:
        """Those that this recovery or assistance request caused, in the order of their queuing."""
        ...

    async def save(self, delivery: Delivery, was: Delivery) -> None:
        """Replace `was`; raises `ConcurrentChange` unless it still stands in `was.state`."""
        ...
