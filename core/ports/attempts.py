"""The attempts at handing over SMS, and the receipts that came before their attempt was known."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.attempt import Attempt
from core.receipts import Receipt


class Attempts(Protocol):
    """Attempts by delivery and number, and by the route's reference."""

    async def add(self, attempt: Attempt) -> None:
        """Store a new attempt; raises `ConcurrentChange` when its delivery has one of that number:
        someone else is at it."""
        ...

    async def of(self, delivery: str) -> Sequence[Attempt]:
        """The attempts of this delivery, in the order of their numbers."""
        ...

    async def find(self, route: str, reference: str) -> Attempt | None:
        """The latest attempt that this route knows under this reference, or None."""
        ...

    async def routes_of(self, voter: str, since: datetime, but: str) -> Collection[str]:
        """The routes that have had an SMS for this voter (a pseudonym) since then, by any delivery
        but this one."""
        ...

    async def save(self, attempt: Attempt, was: Attempt) -> None:
        """Replace `was`; raises `ConcurrentChange` unless it still stands in `was.state`."""
        ...


class EarlyReceipts(Protocol):
    """Receipts whose attempt has no reference yet: the gateway was faster than our commit."""

    async def hold(self, receipt: Receipt, now: datetime) -> None:
        """Keep a receipt until its attempt is known; one that is repeated is kept once."""
        ...

    async def take(self, attempt: Attempt) -> Sequence[Receipt]:
        """The receipts of the attempt's route that are held under its id or its reference, in the
        order of their coming; they are then forgotten."""
        ...

    async def forget(self, before: datetime) -> int:
        """Forget what was held since before then and never asked for, thousands at once at most;
        how many."""
        ...
