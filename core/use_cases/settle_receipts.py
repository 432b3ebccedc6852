"""Worker, every few seconds: receipts whose reference can be read in more than one way (R30).

They wait until every response that was under way is stored. Then each is tied to the attempt that
it can only mean, or stays, and counts among those that tie to nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from core.errors import ConcurrentChange, Overtaken
from core.events import Event, ReceiptIdsDiffer
from core.ports.attempts import HeldReceipt
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin, SmsUnit
from core.receipt_ties import Tie, tied_later, ties, usual_way, weights
from core.receipts import Receipt, Way
from core.use_cases.conclude_sms import ConcludeSms

WAIT = timedelta(seconds=20)
"""Longer than a response, and the commit of its id, may take."""
PORTION = 500


@dataclass
class WaysSeen:
    """How the receipts of each route were read so far, in this process."""

    by_route: dict[str, Counter[Way]] = field(default_factory=dict[str, Counter[Way]])

    def of(self, route: str) -> Counter[Way]:
        return self.by_route.setdefault(route, Counter())


@dataclass(frozen=True)
class SettleReceipts:
    """Several workers may run it at once: each receipt is settled by one."""

    begin: Begin[SmsUnit]
    read: Begin[SmsUnit]
    conclude: ConcludeSms
    clock: Clock
    events: Events
    seen: WaysSeen = field(default_factory=WaysSeen)

    async def __call__(self) -> int:
        """How many were tied. Raises `StoreUnavailable`."""
        tied, last = 0, 0
        while portion := await self._portion(last):
            last = portion[-1][0].id
            for route in {held.receipt.route for held, _ in portion}:
                tied += await self._settle(
                    route, [each for each in portion if each[0].receipt.route == route]
                )
        return tied

    async def _portion(self, after: int) -> list[tuple[HeldReceipt, list[Tie]]]:
        """The next ones, each with the attempts that it may report on."""
        async with self.read() as unit:
            held = await unit.early_receipts.doubtful(self.clock.now() - WAIT, after, PORTION)
            return [(each, await _ties(unit, each.receipt)) for each in held]

    async def _settle(self, route: str, portion: Sequence[tuple[HeldReceipt, list[Tie]]]) -> int:
        seen = self.seen.of(route)
        usual = usual_way(seen + weights(found for _, found in portion))
        tied = 0
        for held, found in portion:
            tie = tied_later(found, usual)
            if tie is not None and await self._tie(held, tie):
                self._learn(route, tie)
                tied += 1
        return tied

    async def _tie(self, held: HeldReceipt, tie: Tie) -> bool:
        told: list[Event] = []
        try:
            async with self.begin() as unit:
                if not await unit.early_receipts.remove(held.id):
                    return False
                made = await unit.attempts.of(tie.attempt.delivery)
                for attempt in made:
                    if attempt.number == tie.attempt.number:
                        told += (await self.conclude.receipted(unit, attempt, held.receipt))[1]
        except (ConcurrentChange, Overtaken):
            return False  # it is there still: next time
        self.conclude.tell(told)
        return True

    def _learn(self, route: str, tie: Tie) -> None:
        seen = self.seen.of(route)
        if tie.way not in seen and tie.way is not Way.SAME:
            self.events.record(ReceiptIdsDiffer(route, tie.way))
        seen.update(weights([[tie]]))


async def _ties(unit: SmsUnit, receipt: Receipt) -> list[Tie]:
    named = (each.reference for each in receipt.readings)
    return ties(receipt, await unit.attempts.look_up(receipt.route, *named))
