"""Which relay carries an e-mail: the order by mailbox domain, and the choice of the route (R51).

The choice is one pure function with every case named; its table of cases is in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.mail_attempt import MailAttempt

ANYWHERE = "*"
"""The entry for mailbox domains that have none of their own."""
DOMAIN = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", re.ASCII)


@dataclass(frozen=True)
class MailRouteTable:
    """Routes by name, the first choice first, and their order by mailbox domain: `aol.com`, which
    holds for its subdomains as well, or `ANYWHERE`. The longest domain wins.

    `defers_for`: how long a relay may defer an e-mail before the next route is tried.
    """

    names: tuple[str, ...]
    order: Mapping[str, tuple[str, ...]]
    defers_for: timedelta = timedelta(minutes=1)

    def __post_init__(self) -> None:
        if not self.names or not self.order.get(ANYWHERE):
            raise ValueError("mail goes to every domain: its routes name one at least for `*`")
        if self.defers_for < timedelta(0):
            raise ValueError("mail routes: a relay defers for no less than no time")
        for place, names in self.order.items():
            if place != ANYWHERE and not DOMAIN.fullmatch(place):
                raise ValueError(f"mail routes: {place} is no domain in small ASCII letters")
            if not names:
                raise ValueError(f"mail routes for {place}: one at least")
            if unknown := [name for name in names if name not in self.names]:
                raise ValueError(f"mail routes for {place}: there is no route {unknown[0]!r}")
            if len(set(names)) != len(names):
                raise ValueError(f"mail routes for {place}: a route stands there twice")

    @classmethod
    def of(cls, *names: str) -> MailRouteTable:
        """These routes to everywhere, in this order."""
        return cls(names, {ANYWHERE: names})

    def towards(self, domain: str) -> tuple[str, ...]:
        """The routes to a mailbox domain, first choice first."""
        labels = domain.lower().split(".")
        ways = (".".join(labels[at:]) for at in range(len(labels)))
        place = next((way for way in ways if way in self.order), ANYWHERE)
        return self.order[place]

    def left(self, domain: str, made: Sequence[MailAttempt]) -> tuple[str, ...]:
        """The routes that have not had the e-mail, nor refused it."""
        used = {each.route for each in made if not each.is_open}
        return tuple(name for name in self.towards(domain) if name not in used)


@dataclass(frozen=True)
class MailRouteState:
    """What is known of the routes to one mailbox domain, by name, at the moment of the choice."""

    failing: Collection[str] = ()
    """Too few of the links that they carry to this domain are taken (`core.link_shares`)."""
    broken: Collection[str] = ()
    """Do not answer: their circuit is open."""
    in_vain: Collection[str] = ()
    """Carried a link to this voter lately, who asks again all the same."""


def choose(
    table: MailRouteTable,
    domain: str,
    made: Sequence[MailAttempt],
    state: MailRouteState,
    now: datetime,
    probes: bool = False,
) -> str | None:
    """The route for the next handing-over, or None when each has had the e-mail or refused it.

    One that has begun goes on, as it may have the e-mail already, until it has deferred for too
    long. After the sound ones come those that have, the one first that was tried the longest ago;
    then those that fail in this domain, those that served this voter in vain, and those that do not
    answer: better a bad route than none. With `probes` the first of those that fail comes first.
    """
    begun = {each.route: each for each in made if each.is_open}

    def rank(route: str) -> tuple[int, datetime]:
        attempt = begun.get(route)
        if route in state.broken:
            return 6, now
        if route in state.in_vain:
            return 5, now
        if route in state.failing:
            return (0 if probes and not made else 4), now
        if attempt is None:
            return 2, now
        if attempt.has_waited(now, table.defers_for):
            return 3, attempt.changed_at or attempt.begun_at
        return 1, now

    return min(table.left(domain, made), key=rank, default=None)
