"""For operators: a backup was put back, and nothing that was used since is used again (F-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock_check import LIVING
from core.delivery import Delivery
from core.errors import CannotProceed
from core.events import LinkRevoked, RestoreFollowed
from core.messages import MessageKind
from core.ports.clock import Clock
from core.ports.clocks import Clocks
from core.ports.events import Events
from core.ports.lineage import LastSighting
from core.ports.randomness import Randomness
from core.ports.unit_of_work import Begin, RestoringUnit
from core.reasons import Revocation
from core.recovery_request import RecoveryRequest
from core.trace import check_words
from core.use_cases.watch_lineage import NAME_BYTES


@dataclass(frozen=True)
class FollowRestore:
    """One commit. Every link that seems unused may have been used: it ends, and its voter is told
    by e-mail. Every security code that was issued counts as answered. Requests that were not
    decided yet are decided now; passwords that were being sent are sent: each is the same again."""

    begin: Begin[RestoringUnit]
    beside: LastSighting
    codes_last: timedelta
    """How long a security code is good."""
    clock: Clock
    randomness: Randomness
    events: Events

    async def __call__(self, by: str) -> int:
        """`by`: who orders it. How many links ended. Raises `ValueError` for no name,
        `CannotProceed` while a process works on the database, and `StoreUnavailable`."""
        check_words(by=by)
        now = self.clock.now()
        name = self.randomness.token(NAME_BYTES).hex()
        async with self.begin() as unit:
            await self._refuse_company(unit.clocks, now)
            ended = await unit.links.unused()
            for request in ended:
                await self._end(unit, request, now)
            sighting = await unit.lineage.begin(name, now, by, now + self.codes_last)
        self.beside.write(sighting)
        for request in ended:
            self.events.record(LinkRevoked(request.id, request.voter, Revocation.RESTORED))
        self.events.record(RestoreFollowed(by, len(ended)))
        return len(ended)

    async def _refuse_company(self, clocks: Clocks, now: datetime) -> None:
        beats = await clocks.beats()
        if any(timedelta(0) <= now - each.at <= LIVING for each in beats):
            raise CannotProceed(
                "a process works on this database, or did half a minute ago: stop every one, and "
                "repeat this in a minute"
            )

    async def _end(self, unit: RestoringUnit, request: RecoveryRequest, now: datetime) -> None:
        await unit.requests.save(request.restored(now), was=request)
        kind = MessageKind.LINK_WITHDRAWN
        await unit.queue(Delivery.queued(kind, request.id, request.locale, now))
