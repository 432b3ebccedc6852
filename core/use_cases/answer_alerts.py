"""For operators: which alerts there are; one is acknowledged, or resolved, and who did it is kept
(R53, R42)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from core.alert import Alert, AlertState, AlertTerms
from core.alert_notice import Recipient
from core.errors import AlertProblem, AlertRejected
from core.intervention import Act, Intervention
from core.ports.alert_units import AlertUnit
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.unit_of_work import Begin
from core.request_listing import Place
from core.use_cases.note_interventions import told
from core.use_cases.raise_alerts import tell

LONGEST_PAGE = 100
"""Alerts in one answer."""


@dataclass(frozen=True)
class AlertPage:
    """A part of the list."""

    alerts: Sequence[Alert]
    has_more: bool


@dataclass(frozen=True)
class AnswerAlerts:
    """Each act leaves its trace in its own commit. Raises `StoreUnavailable`."""

    begin: Begin[AlertUnit]
    read: Begin[AlertUnit]
    clock: Clock
    events: Events
    recipients: Collection[Recipient] = ()
    """Who is told of an alert's end."""
    terms: AlertTerms = field(default_factory=AlertTerms)

    async def newest(
        self, states: Collection[AlertState], limit: int, after: Place | None = None
    ) -> AlertPage:
        """So many, or `LONGEST_PAGE`, in these states; none: in any. The one that was first seen
        last comes first."""
        limit = min(limit, LONGEST_PAGE)
        async with self.read() as unit:
            found = await unit.alerts.newest(states, limit + 1, after)
        return AlertPage(found[:limit], len(found) > limit)

    async def acknowledge(self, alert_id: str, by: str, note: str = "") -> Alert:
        """Somebody looks after it: nobody else is told for lack of an answer. Raises
        `AlertRejected`, and `ValueError` when nobody is named or the note is too long."""
        return await self._answer(alert_id, Act.ALERT_ACKNOWLEDGED, by, note)

    async def resolve(self, alert_id: str, by: str, note: str = "") -> Alert:
        """It is over, somebody says. It is opened again if it holds still after a calm. Raises as
        `acknowledge` does."""
        return await self._answer(alert_id, Act.ALERT_RESOLVED, by, note)

    async def _answer(self, alert_id: str, act: Act, by: str, note: str) -> Alert:
        now = self.clock.now()
        async with self.begin() as unit:
            was = await unit.alerts.take(alert_id)
            if was is None:
                raise AlertRejected(AlertProblem.UNKNOWN)
            if not was.is_open:
                raise AlertRejected(AlertProblem.RESOLVED)
            if act is Act.ALERT_RESOLVED:
                alert = was.resolved_by_hand(by, note, now)
            else:
                alert = was.acknowledged(by, note, now)
            place = alert.place
            detail = " ".join(each for each in (place.kind, place.value, alert.id) if each)
            noted = Intervention(now, by, act, detail)
            await unit.alerts.save(alert)
            await unit.interventions.add(noted)
            if not alert.is_open:
                await tell(unit, alert, self.recipients, self.terms)
        self.events.record(told(noted))
        return alert
