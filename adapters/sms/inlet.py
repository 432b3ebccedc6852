"""ReceiptInlet: where gateways bring receipts before it is known who takes them."""

from __future__ import annotations

from core.errors import StoreUnavailable
from core.receipts import Receipt, TakeReceipt


class ReceiptInlet:
    """A `TakeReceipt` that is connected later: gateways are built before the use cases."""

    def __init__(self) -> None:
        self._take: TakeReceipt | None = None

    def lead_to(self, take: TakeReceipt) -> None:
        """From now on receipts go there."""
        self._take = take

    async def __call__(self, receipt: Receipt) -> None:
        """Raises `StoreUnavailable`, also before anyone takes receipts: they are sent again."""
        if self._take is None:
            raise StoreUnavailable("nobody takes receipts yet")
        await self._take(receipt)
