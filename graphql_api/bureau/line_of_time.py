"""How a round went: the share hour by hour, and what happened beside it, from its opening on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.alert import Alert
from core.alert_words import sentence
from core.evidence import HOUR, Evidence
from core.intervention import Intervention
from core.locale import Locale
from core.use_cases.give_evidence import GiveEvidence
from core.voting_round import VotingRound

MOST_POINTS = 48
"""Of the curve: one an hour for two days, then evenly apart."""


@dataclass(frozen=True)
class Incident:
    """An alert: something that an operator had to look at."""

    what: str
    """A sentence, in French."""
    since: datetime
    until: datetime | None
    """None while it goes on."""
    times: int
    """How often it was raised."""
    by: str
    """Who looked after it; empty: nobody."""


@dataclass(frozen=True)
class LineOfTime:
    """What belongs to a round, each in its order."""

    since: datetime
    until: datetime
    shares: Sequence[Evidence] = ()
    """Of all voters. Those before enough voters had confirmed have no total."""
    incidents: Sequence[Incident] = ()
    acts: Sequence[Intervention] = ()
    """What operators did."""

    def place(self, at: datetime) -> float:
        """Where a moment stands, of 100."""
        part = (at - self.since) / (self.until - self.since)
        return round(100 * min(1.0, max(0.0, part)), 2)

    @property
    def points(self) -> Sequence[tuple[float, float]]:
        """Of the curve, for an SVG of 100 by 100 whose zero is above."""
        return [(self.place(at), round(100 - 100 * share, 2)) for at, share in self._told()]

    def _told(self) -> Iterator[tuple[datetime, float]]:
        for each in self.shares:
            if each.total is not None and each.total.recorded.share is not None:
                yield each.as_of, each.total.recorded.share


async def line_of_time(
    give: GiveEvidence,
    voting_round: VotingRound,
    now: datetime,
    alerts: Iterable[Alert],
    acts: Iterable[Intervention],
) -> LineOfTime | None:
    """From the opening to the closing, or to now. None before the first hour has passed. Raises
    `StoreUnavailable`."""
    since, until = voting_round.opens_at, min(voting_round.closes_at, now)
    if until - since < HOUR:
        return None
    shares = [(await give(voting_round.id, at, None))[0] for at in _hours(since, until)]
    incidents = [
        _incident(each)
        for each in sorted(alerts, key=lambda alert: alert.first_seen)
        if each.first_seen <= until and (each.resolved_at is None or each.resolved_at >= since)
    ]
    done = sorted((each for each in acts if since <= each.at <= until), key=lambda act: act.at)
    return LineOfTime(since, until, shares, incidents, done)


def _hours(since: datetime, until: datetime) -> Iterator[datetime]:
    """At most `MOST_POINTS`, the last among them."""
    hours = (until - since) // HOUR
    step = -(-hours // MOST_POINTS)
    for back in range(hours // step, -1, -1):
        yield until - back * step * HOUR


def _incident(alert: Alert) -> Incident:
    what = sentence(alert.place, Locale.FR).removesuffix(".")
    by = alert.acknowledged_by or alert.resolved_by
    return Incident(what, alert.first_seen, alert.resolved_at, alert.times, by)
