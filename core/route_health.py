"""Whether a route delivers in a country: a rate over a window, with hysteresis (R31, R32).

A route falls when its rate over enough SMS is below one threshold, and recovers when the SMS that
probe it are above a higher one, so that it does not flap.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Health(StrEnum):
    """A route in one country."""

    SOUND = "sound"
    FAILING = "failing"


@dataclass(frozen=True)
class Tally:
    """What became of the SMS of one route in one country whose end is known or overdue: `settled`
    of them, `delivered` of those."""

    route: str
    country: str
    settled: int
    delivered: int

    @property
    def rate(self) -> float:
        """Between 0 and 1; 1 while nothing is settled."""
        return self.delivered / self.settled if self.settled else 1.0


@dataclass(frozen=True)
class Verdict:
    """How a route in a country stands, and since when."""

    route: str
    country: str
    health: Health
    since: datetime


@dataclass(frozen=True)
class HealthRule:
    """When a route falls and when it recovers.

    `window`: how far back SMS count. `sample`: how many settled ones a fall needs; `probes`: how
    many, within `probe_window`, a recovery needs. One in `probe_one_in` SMS goes to a fallen route;
    0: none does, and the route is sound again after a window without a bad word. The figures come
    from the simulation (docs/explanation/delivery.md): small countries send few SMS, and a fair
    route whose receipts are not all there must not fall by chance.
    """

    window: timedelta = timedelta(hours=2)
    sample: int = 10
    falls_below: float = 0.5
    recovers_at: float = 0.7
    probes: int = 5
    probe_window: timedelta = timedelta(days=1)
    probe_one_in: int = 10

    def __post_init__(self) -> None:
        if not 0 < self.falls_below < self.recovers_at <= 1:
            raise ValueError("route health: 0 < falls_below < recovers_at <= 1")
        if self.sample < 1 or self.probes < 1 or self.probe_one_in < 0:
            raise ValueError("route health: samples are one SMS at least")
        if self.window <= timedelta(0) or self.probe_window <= timedelta(0):
            raise ValueError("route health: the window takes time")

    def judge(self, was: Verdict | None, tally: Tally, now: datetime) -> Verdict:
        """The verdict now. For a fallen route the tally counts from its fall on."""
        standing = was or Verdict(tally.route, tally.country, Health.SOUND, now)
        if standing.health is Health.SOUND:
            falls = tally.settled >= self.sample and tally.rate < self.falls_below
            return self._turned(standing, Health.FAILING, now) if falls else standing
        probed = tally.settled >= self.probes and tally.rate >= self.recovers_at
        forgotten = tally.settled == 0 and now - standing.since >= self.window
        recovers = probed or (forgotten and not self.probe_one_in)
        return self._turned(standing, Health.SOUND, now) if recovers else standing

    def counts_from(self, was: Verdict | None, now: datetime) -> datetime:
        """From when on the SMS of a route are counted."""
        if was is None or was.health is Health.SOUND:
            return now - self.window
        return max(now - self.probe_window, was.since)

    def _turned(self, was: Verdict, health: Health, now: datetime) -> Verdict:
        return Verdict(was.route, was.country, health, now)


def stand_in(route: str, order: Sequence[str], failing: Collection[str]) -> str | None:
    """Which route of a destination's order carries what `route` would, had it not fallen: the first
    that has not. None where nothing has changed: `route` has not fallen, or stands behind that one,
    or not in the order; and where none is left, for then the fallen ones are tried as before."""
    sound = next((name for name in order if name not in failing), None)
    if sound is None or route not in failing or route not in order:
        return None
    return sound if order.index(route) < order.index(sound) else None
