"""One record for a deployment of what processes find, and in the same commit who is told (R53)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.alert import Alert, AlertKind, AlertTerms, Condition, calmed, seen
from core.alert_notice import Recipient, notices_of
from core.identifiers import CHANCE_BYTES, new_id
from core.ports.alert_units import AlertUnit
from core.ports.clock import Clock
from core.ports.randomness import Randomness
from core.ports.unit_of_work import Begin


@dataclass(frozen=True)
class RaiseAlerts:
    """Whichever process comes first raises; the others keep what is raised open."""

    begin: Begin[AlertUnit]
    read: Begin[AlertUnit]
    clock: Clock
    randomness: Randomness
    terms: AlertTerms = field(default_factory=AlertTerms)
    recipients: Collection[Recipient] = ()
    """Whom the settings name."""

    async def __call__(
        self,
        found: Sequence[Condition],
        watched: Collection[AlertKind],
        at: datetime | None = None,
    ) -> None:
        """`found` is all there is of the `watched` kinds: their other alerts are resolved once they
        have been gone for long enough. `at`: the moment, where the clock is not to be believed.
        Raises `StoreUnavailable`."""
        now = at or self.clock.now()
        async with self.read() as unit:
            standing = {each.place: each for each in await unit.alerts.open()}
        for condition in found:
            was = standing.get(condition.place)
            if condition.is_over or was is not None:
                await self._see(condition, was, now)
        here = {each.place for each in found}
        gone = (each for place, each in standing.items() if place not in here)
        await self._calm((each for each in gone if each.place.kind in watched), now)

    async def _see(self, condition: Condition, standing: Alert | None, now: datetime) -> None:
        id = new_id(now, self.randomness.token(CHANCE_BYTES))
        if standing and seen(standing, condition, now, self.terms, id) is None:
            return
        async with self.begin() as unit:
            was = await unit.alerts.last_of(condition.place)
            alert = seen(was, condition, now, self.terms, id)
            if alert is None:
                return
            if was is None or was.id != alert.id:
                is_opened = await unit.alerts.add(alert)
            else:
                await unit.alerts.save(alert)
                is_opened = alert.times != was.times
            if is_opened:
                await tell(unit, alert, self.recipients, self.terms)

    async def _calm(self, gone: Iterable[Alert], now: datetime) -> None:
        for each in gone:
            if calmed(each, now, self.terms) is None:
                continue
            async with self.begin() as unit:
                was = await unit.alerts.take(each.id)
                resolved = calmed(was, now, self.terms) if was and was.is_open else None
                if resolved is not None:
                    await unit.alerts.save(resolved)
                    await tell(unit, resolved, self.recipients, self.terms)


async def tell(
    unit: AlertUnit, alert: Alert, recipients: Collection[Recipient], terms: AlertTerms
) -> None:
    """Within the caller's unit: what follows from an alert that was opened, or is over."""
    for notice, at in notices_of(alert, recipients, terms):
        await unit.jobs.enqueue(notice.job, at=at)
