"""A receipt came in: what became of an SMS that a route had (R30)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.attempt import Attempt, delivery_and_number
from core.errors import ConcurrentChange, Overtaken, StoreUnavailable
from core.events import Event
from core.ports.clock import Clock
from core.ports.unit_of_work import Begin, SmsUnit
from core.receipt_ties import tied_at_once
from core.receipts import Receipt
from core.use_cases.conclude_sms import ConcludeSms

TRIES = 5


@dataclass(frozen=True)
class RecordReceipt:
    """Takes receipts in any order and any number of times."""

    begin: Begin[SmsUnit]
    conclude: ConcludeSms
    clock: Clock

    async def __call__(self, receipt: Receipt) -> None:
        """Returns once the receipt is stored. Raises `StoreUnavailable`: to be reported again."""
        for _ in range(TRIES):
            try:
                async with self.begin() as unit:
                    told = await self._record(unit, receipt)
            except (ConcurrentChange, Overtaken):
                continue
            self.conclude.tell(told)
            return
        raise StoreUnavailable("the attempt keeps changing")

    async def _record(self, unit: SmsUnit, receipt: Receipt) -> Sequence[Event]:
        attempt = await self._attempt(unit, receipt)
        if attempt is not None and not attempt.is_open and await self._is_out(unit, attempt):
            return (await self.conclude.receipted(unit, attempt, receipt))[1]
        if attempt is not None:  # touched, so that whoever is handing it over hears of the receipt
            await unit.attempts.save(attempt, was=attempt)
        await unit.early_receipts.hold(receipt, self.clock.now())
        return ()

    async def _is_out(self, unit: SmsUnit, attempt: Attempt) -> bool:
        """Whether the SMS is recorded as handed over: before, its receipts wait."""
        sms = await unit.deliveries.get(attempt.delivery)
        return sms is None or not sms.is_open

    async def _attempt(self, unit: SmsUnit, receipt: Receipt) -> Attempt | None:
        """The attempt that the receipt reports on; one route's receipts say nothing of another's
        attempts."""
        if receipt.attempt is None:
            named = (each.reference for each in receipt.readings)
            return tied_at_once(receipt, await unit.attempts.find(receipt.route, *named))
        parsed = delivery_and_number(receipt.attempt)
        if parsed is None:
            return None
        made = await unit.attempts.of(parsed[0])
        return next(
            (each for each in made if (each.number, each.route) == (parsed[1], receipt.route)), None
        )
