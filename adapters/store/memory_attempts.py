"""The attempts at handing over SMS, and the receipts that were early, in memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.store.memory_table import Table
from core.attempt import Attempt
from core.delivery import delivery_id
from core.errors import ConcurrentChange
from core.messages import MessageKind
from core.receipts import Receipt
from core.recovery_request import RecoveryRequest


@dataclass(frozen=True)
class HeldReceipt:
    """A receipt, and since when it waits for its attempt."""

    receipt: Receipt
    held_at: datetime


class MemoryAttempts:
    """The port `Attempts`."""

    def __init__(self, table: Table[Attempt], requests: Table[RecoveryRequest]) -> None:
        self._table = table
        self._requests = requests

    async def add(self, attempt: Attempt) -> None:
        if self._table.get(attempt.id) is not None:
            raise ConcurrentChange(attempt.id)
        self._table.insert(attempt.id, attempt)

    async def of(self, delivery: str) -> Sequence[Attempt]:
        made = [each for each in self._table.rows() if each.delivery == delivery]
        return sorted(made, key=lambda each: each.number)

    async def find(self, route: str, reference: str) -> Attempt | None:
        known = [
            each
            for each in self._table.rows()
            if (each.route, each.reference) == (route, reference)
        ]
        return max(known, key=lambda each: (each.begun_at, each.number), default=None)

    async def routes_of(self, voter: str, since: datetime, but: str) -> Collection[str]:
        asked = [each.id for each in self._requests.rows() if each.voter == voter]
        theirs = {delivery_id(each, MessageKind.PASSWORD) for each in asked} - {but}
        return frozenset(
            each.route
            for each in self._table.rows()
            if each.delivery in theirs and each.begun_at >= since and not each.is_open
        )

    async def save(self, attempt: Attempt, was: Attempt) -> None:
        stored = self._table.get(attempt.id)
        if stored is None or stored.state is not was.state:
            raise ConcurrentChange(attempt.id)
        self._table.put(attempt.id, attempt)


class MemoryEarlyReceipts:
    """The port `EarlyReceipts`."""

    def __init__(self, table: Table[HeldReceipt], next_id: Callable[[], int]) -> None:
        self._table = table
        self._next_id = next_id

    async def hold(self, receipt: Receipt, now: datetime) -> None:
        if not any(_says_the_same(each.receipt, receipt) for each in self._table.rows()):
            self._table.insert(str(self._next_id()), HeldReceipt(receipt, now))

    async def take(self, attempt: Attempt) -> Sequence[Receipt]:
        held = [each.receipt for each in self._table.rows() if _reports_on(each, attempt)]
        self._table.remove_where(lambda each: _reports_on(each, attempt))
        return held

    async def forget(self, before: datetime) -> int:
        return len(self._table.remove_where(lambda each: each.held_at < before))


def _says_the_same(one: Receipt, other: Receipt) -> bool:
    said = [(each.route, each.state, each.attempt, each.reference) for each in (one, other)]
    return said[0] == said[1]


def _reports_on(held: HeldReceipt, attempt: Attempt) -> bool:
    receipt = held.receipt
    by_reference = receipt.reference is not None and receipt.reference == attempt.reference
    return receipt.route == attempt.route and (receipt.attempt == attempt.id or by_reference)
