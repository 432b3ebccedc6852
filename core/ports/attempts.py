"""The attempts at handing over SMS, and the receipts that came before their attempt was known."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.attempt import Attempt
from core.receipts import Receipt


@dataclass(frozen=True)
class HeldReceipt:
    """A receipt that waits for its attempt; `id` counts upwards."""

    id: int
    receipt: Receipt


class Attempts(Protocol):
    """Attempts by delivery and number, and by the route's reference."""

    async def add(self, attempt: Attempt) -> None:
        """Store a new attempt; raises `ConcurrentChange` when its delivery has one of that number:
        someone else is at it."""
        ...

    async def of(self, delivery: str) -> Sequence[Attempt]:
        """The attempts of this delivery, in the order of their numbers."""
        ...

    async def find(self, route: str, *references: str) -> Sequence[Attempt]:
        """The attempts that this route knows under any of these references, the latest first, at
        most twenty. None is missed that is stored under the first at the same time: one of the two
        units waits for the other."""
        ...

    async def look_up(self, route: str, *references: str) -> Sequence[Attempt]:
        """The same without waiting, for units that only read."""
        ...

    async def routes_of(
        self, known_as: Sequence[str], since: datetime, but: str
    ) -> Collection[str]:
        """The routes that have had an SMS for the voter who is `known_as` any of these (see
        `RecoveryRequest.known_as`) since then, by any delivery but this one."""
        ...

    async def heaviest(self, country: str, since: datetime) -> Mapping[str, float]:
        """The three voters with most of the attempts begun in this country since then, each by her
        latest pseudonym, and the share of each, from 0 to 1."""
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
        order of their coming; they are then forgotten. Those stay whose reference can be read in
        more than one way, unless this one is sure."""
        ...

    async def doubtful(self, before: datetime, after: int, limit: int) -> Sequence[HeldReceipt]:
        """Receipts whose reference can be read in more than one way, held since before then, in the
        order of their coming, behind the one with the id `after`."""
        ...

    async def remove(self, id: int) -> bool:
        """Forget this one; False when somebody else has taken it."""
        ...

    async def untied(self, since: datetime, before: datetime) -> Mapping[str, int]:
        """How many receipts each route has given since then that are held since before then: they
        tie to no SMS. Routes without any are left out."""
        ...

    async def forget(self, before: datetime) -> int:
        """Forget what was held since before then and never asked for, thousands at once at most;
        how many."""
        ...
