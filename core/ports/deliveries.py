"""The records of messages in the store."""

from typing import Protocol

from core.delivery import Delivery


class Deliveries(Protocol):
    """Deliveries by id. The unit's `queue` stores a new one."""

    async def get(self, delivery_id: str) -> Delivery | None:
        """The delivery, or None when there is none (any more)."""
        ...

    async def save(self, delivery: Delivery, was: Delivery) -> None:
        """Replace `was`; raises `ConcurrentChange` unless it still stands in `was.state`."""
        ...
