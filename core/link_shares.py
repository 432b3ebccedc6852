"""Whether the links that a mail route carries to a mailbox domain are taken (R51).

A mail server that swallows e-mails reports nothing. What shows is that voters of one domain do not
use their links, while those of the other domains do at the same time. An e-mail that was opened
shows nothing: scanners open them all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt

from core.route_health import Health

DAY = timedelta(days=1)


@dataclass(frozen=True)
class LinkCount:
    """Links that one route carried to one mailbox domain, and how many of them were confirmed
    within the time that voters are given."""

    route: str
    domain: str
    links: int
    taken: int

    @property
    def share(self) -> float:
        """Between 0 and 1; 0 of no links."""
        return self.taken / self.links if self.links else 0.0


@dataclass(frozen=True)
class MailVerdict:
    """How a mail route stands in a mailbox domain, and since when."""

    route: str
    domain: str
    health: Health
    since: datetime


@dataclass(frozen=True)
class LinkShareRule:
    """When a route falls in a mailbox domain, and when it recovers.

    It falls when `sample` links and more were carried within an hour, and the share of those that
    were taken is below `falls_below` times the share in the other domains, by more than chance
    does. Where an hour has too few links, longer stretches are looked at, up to a day. It recovers
    when `probes` links since, one in `probe_one_in` of the domain's, are taken at `recovers_at`
    times the others' share; without probes (0) after a day.

    A link counts as taken when it is confirmed within `taken_within`: that is asked of all domains
    alike, so that it matters little how slow voters are.
    """

    sample: int = 30
    falls_below: float = 0.5
    recovers_at: float = 0.7
    taken_within: timedelta = timedelta(minutes=5)
    probes: int = 10
    probe_one_in: int = 20

    def __post_init__(self) -> None:
        if not 0 < self.falls_below < self.recovers_at <= 1:
            raise ValueError("shares of links: 0 < falls_below < recovers_at <= 1")
        if self.sample < 1 or self.probes < 1 or self.probe_one_in < 0:
            raise ValueError("shares of links: samples are one link at least")
        if self.taken_within <= timedelta(0):
            raise ValueError("shares of links: taking one takes time")

    @property
    def stretches(self) -> Sequence[timedelta]:
        """How far back links are counted, the shortest first."""
        return tuple(timedelta(hours=hours) for hours in (1, 3, 8, 24))

    def is_low(self, here: LinkCount, elsewhere: LinkCount) -> bool:
        """Whether so few links are taken here that the route has fallen."""
        if min(here.links, elsewhere.links) < self.sample:
            return False
        usual, links = elsewhere.share, here.links + elsewhere.links
        overall = (here.taken + elsewhere.taken) / links
        error = sqrt(overall * (1 - overall) * links / (here.links * elsewhere.links))
        return usual - here.share > SURE * error and here.share < self.falls_below * usual

    def has_recovered(
        self, since: datetime, probed: LinkCount, elsewhere: LinkCount, now: datetime
    ) -> bool:
        """Whether a route that fell then carries links again, by those that probed it since."""
        if not self.probe_one_in:
            return now - since >= DAY
        enough = probed.links >= self.probes and elsewhere.links >= self.sample
        return enough and probed.share >= self.recovers_at * elsewhere.share


SURE = 3.5
"""Standard errors of the difference of two shares: it is looked at each minute, and chance is not
to do so much in a whole election."""


def elsewhere(
    counts: Iterable[LinkCount], domain: str, failing: Collection[tuple[str, str]]
) -> LinkCount:
    """All links to other domains together; routes that have fallen there left out."""
    others = [
        each
        for each in counts
        if each.domain != domain and (each.route, each.domain) not in failing
    ]
    return LinkCount("", "", sum(x.links for x in others), sum(x.taken for x in others))
