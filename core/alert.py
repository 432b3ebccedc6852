"""What operators are to look at, one record for a deployment: its states, and when it turns (R53).

A condition is what a process finds now. It raises an alert once it is over its threshold, and keeps
one open until it is below a lower one. An alert is resolved when nothing has kept it open for a
while; what comes back soon after opens the same alert again, which then takes longer to resolve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.trace import check_words

Figure = str | int | float
"""A number, a code or a name of ours: never a voter's data."""
REFRESHED = timedelta(seconds=30)
"""How old what an alert says of now may be."""
DOUBLINGS = 3
"""How often the time until a resolution doubles at most."""
HALF_AN_HOUR = timedelta(minutes=30)


class AlertKind(StrEnum):
    """What is wrong: named as the log's events, where there is one."""

    WORKERS_MISSING = "workers_missing"
    HEARTBEAT_MISSING = "heartbeat_missing"
    NEIGHBOUR_DOWN = "neighbour_down"
    ROUTE_FELL = "route_fell"
    MAIL_ROUTE_FELL = "mail_route_fell"
    DELIVERY_FELL = "delivery_fell"
    VOTERS_UNREACHED = "voters_unreached"
    SPENDING_STOPPED = "spending_stopped"
    RECEIPTS_UNTIED = "receipts_untied"
    BOUNCES_UNREAD = "bounces_unread"
    JOBS_LATE = "jobs_late"
    JOBS_BURIED = "jobs_buried"
    REFUSALS_SURGED = "refusals_surged"
    PASSWORDS_REFUSED = "passwords_refused"
    CLOCK_REFUSED = "clock_refused"
    RESTORE_FOUND = "restore_found"


HEARD = frozenset(
    {
        AlertKind.REFUSALS_SURGED,
        AlertKind.PASSWORDS_REFUSED,
        AlertKind.CLOCK_REFUSED,
        AlertKind.RESTORE_FOUND,
    }
)
"""What happens at a moment, so that nobody can look whether it still holds."""


class AlertAxis(StrEnum):
    """What an alert is told apart by from others of its kind."""

    DEPLOYMENT = "deployment"
    COUNTRY = "country"
    ROUTE = "route"
    MAILBOX_DOMAIN = "mailbox_domain"
    CONSTITUENCY = "constituency"
    NEIGHBOUR = "neighbour"
    CAP = "cap"
    REASON = "reason"


class AlertState(StrEnum):
    """Whether somebody has to look, looks, or need not any more."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True)
class AlertPlace:
    """Of one place one alert is open at most. `value` is empty for the deployment."""

    kind: AlertKind
    axis: AlertAxis = AlertAxis.DEPLOYMENT
    value: str = ""


@dataclass(frozen=True)
class Condition:
    """What a process finds at a place. `is_over`: over the threshold that raises an alert; else
    between that and the lower one, above which an open alert stays open."""

    place: AlertPlace
    figures: Mapping[str, Figure] = field(default_factory=dict[str, Figure])
    is_over: bool = True


@dataclass(frozen=True)
class AlertTerms:
    """`calm`: for how long a condition must be gone. `reopens_within`: until when after its
    resolution the same alert is opened again. `repeat`: after how long without an acknowledgement
    another person is told."""

    calm: timedelta = timedelta(minutes=10)
    reopens_within: timedelta = timedelta(hours=1)
    repeat: timedelta = timedelta(minutes=15)

    def calm_of(self, alert: Alert) -> timedelta:
        """Twice as long for each time that it was opened again. What nobody can look at lasts for
        half an hour at least: a process tells it seldom."""
        usual = self.calm * 2 ** min(alert.times - 1, DOUBLINGS)
        return max(usual, HALF_AN_HOUR) if alert.place.kind in HEARD else usual


@dataclass(frozen=True)
class Alert:
    """One record. `first_seen` is of its first opening, `raised_at` of the last; `times` counts
    them. `resolved_by` is empty when nobody resolved it but the condition was gone."""

    id: str
    place: AlertPlace
    figures: Mapping[str, Figure]
    first_seen: datetime
    raised_at: datetime
    last_seen: datetime
    state: AlertState = AlertState.RAISED
    times: int = 1
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    resolved_at: datetime | None = None
    resolved_by: str = ""
    note: str = ""

    @property
    def is_open(self) -> bool:
        return self.state is not AlertState.RESOLVED

    def acknowledged(self, by: str, note: str, now: datetime) -> Alert:
        """Somebody looks after it. Raises `ValueError` when nobody is named, or too much is said;
        an empty note leaves the one before."""
        _check(by, note)
        return replace(
            self,
            state=AlertState.ACKNOWLEDGED,
            acknowledged_at=now,
            acknowledged_by=by,
            note=note or self.note,
        )

    def resolved_by_hand(self, by: str, note: str, now: datetime) -> Alert:
        """Somebody says that it is over. Raises as `acknowledged` does."""
        _check(by, note)
        return self.resolved(now, by, note)

    def resolved(self, now: datetime, by: str = "", note: str = "") -> Alert:
        """It is over."""
        return replace(
            self,
            state=AlertState.RESOLVED,
            resolved_at=now,
            resolved_by=by,
            note=note or self.note,
        )


def seen(
    was: Alert | None, condition: Condition, now: datetime, terms: AlertTerms, new_id: str
) -> Alert | None:
    """The alert of the condition's place as it is to be stored; None when there is none, or it
    stays as it is. `was` is the last one of the place. One that somebody has resolved is left alone
    for as long as a calm lasts."""
    if was is not None and was.is_open:
        is_fresh = now - was.last_seen < REFRESHED
        return None if is_fresh else replace(was, figures=condition.figures, last_seen=now)
    if not condition.is_over:
        return None
    since = None if was is None or was.resolved_at is None else now - was.resolved_at
    if was is None or since is None or since > terms.reopens_within:
        return Alert(new_id, condition.place, condition.figures, now, now, now)
    if was.resolved_by and since < terms.calm:
        return None
    return replace(
        was,
        figures=condition.figures,
        raised_at=now,
        last_seen=now,
        state=AlertState.RAISED,
        times=was.times + 1,
        acknowledged_at=None,
        acknowledged_by="",
        resolved_at=None,
        resolved_by="",
    )


def calmed(was: Alert, now: datetime, terms: AlertTerms) -> Alert | None:
    """The open alert resolved, once nothing has kept it open for long enough; else None."""
    return was.resolved(now) if now - was.last_seen >= terms.calm_of(was) else None


def _check(by: str, note: str) -> None:
    check_words(by=by, **({"note": note} if note else {}))
