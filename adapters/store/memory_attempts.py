"""The attempts at handing over SMS, and the receipts that were early, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.store.memory_table import Table
from core.attempt import Attempt
from core.delivery import delivery_id
from core.errors import ConcurrentChange
from core.messages import MessageKind
from core.ports.attempts import HeldReceipt
from core.receipt_ties import is_sure
from core.receipts import Reading, Receipt, Way
from core.recovery_request import RecoveryRequest


@dataclass(frozen=True)
class HeldSince:
    """A receipt, and since when it waits for its attempt."""

    id: int
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

    async def find(self, route: str, *references: str) -> Sequence[Attempt]:
        return await self.look_up(route, *references)

    async def look_up(self, route: str, *references: str) -> Sequence[Attempt]:
        known = [
            each
            for each in self._table.rows()
            if each.route == route and each.reference in references
        ]
        known.sort(key=lambda each: (each.begun_at, each.number), reverse=True)
        return known[:20]

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

    def __init__(self, table: Table[HeldSince], next_id: Callable[[], int]) -> None:
        self._table = table
        self._next_id = next_id

    async def hold(self, receipt: Receipt, now: datetime) -> None:
        if not any(_says_the_same(each.receipt, receipt) for each in self._table.rows()):
            id = self._next_id()
            self._table.insert(str(id), HeldSince(id, receipt, now))

    async def take(self, attempt: Attempt) -> Sequence[Receipt]:
        held = [each.receipt for each in self._table.rows() if _reports_on(each, attempt)]
        self._table.remove_where(lambda each: _reports_on(each, attempt))
        return held

    async def doubtful(self, before: datetime, after: int, limit: int) -> Sequence[HeldReceipt]:
        return [
            HeldReceipt(each.id, each.receipt)
            for each in self._table.rows()
            if each.receipt.otherwise and each.held_at < before and each.id > after
        ][:limit]

    async def remove(self, id: int) -> bool:
        return bool(self._table.remove_where(lambda each: each.id == id))

    async def untied(self, since: datetime, before: datetime) -> Mapping[str, int]:
        return Counter(
            each.receipt.route for each in self._table.rows() if since <= each.held_at < before
        )

    async def forget(self, before: datetime) -> int:
        return len(self._table.remove_where(lambda each: each.held_at < before))


def _says_the_same(one: Receipt, other: Receipt) -> bool:
    said = [(each.route, each.state, each.attempt, each.reference) for each in (one, other)]
    return said[0] == said[1]


def _reports_on(held: HeldSince, attempt: Attempt) -> bool:
    receipt = held.receipt
    if receipt.otherwise and not is_sure(Reading(Way.SAME, attempt.reference or "?")):
        return False
    by_reference = receipt.reference is not None and receipt.reference == attempt.reference
    return receipt.route == attempt.route and (receipt.attempt == attempt.id or by_reference)
