"""Which route carries an SMS: the route table, and the choice among its routes (R31, R28).

The choice is one pure function with every case named; its table of cases is in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from zlib import crc32

from core.attempt import Attempt
from core.voter import PhoneNumber

_PREFIX = re.compile(r"\+[1-9]\d{0,7}", re.ASCII)
ANYWHERE = "*"
"""The entry of the route table for destinations that have none of their own."""


@dataclass(frozen=True)
class Route:
    """One way out: a provider under a name.

    `rate`: SMS a second that it takes, over all our processes; `burst`: how many at once. `cost`:
    millionths of a currency unit an SMS, by country (ISO 3166), `ANYWHERE` for the rest.
    `receipt_within`: how long a receipt is waited for before the next route is tried; None when the
    route gives none. `prefixes`: beginnings of numbers that this provider wants written otherwise:
    `{"+549": "+54"}` where it wants Argentina's mobiles without their 9.
    """

    name: str
    rate: float | None = None
    burst: int = 1
    cost: Mapping[str, int] = field(default_factory=dict[str, int])
    receipt_within: timedelta | None = None
    prefixes: Mapping[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        if self.rate is not None and self.rate <= 0:
            raise ValueError(f"route {self.name}: its rate is above zero")
        if self.burst < 1:
            raise ValueError(f"route {self.name}: a burst is one SMS at least")
        if self.receipt_within is not None and self.receipt_within <= timedelta(0):
            raise ValueError(f"route {self.name}: a receipt takes time")
        if not all(_PREFIX.fullmatch(each) for pair in self.prefixes.items() for each in pair):
            raise ValueError(f"route {self.name}: a prefix is a plus sign and one to eight digits")

    def written(self, number: PhoneNumber) -> PhoneNumber:
        """The number as this provider wants it: the longest of its `prefixes` that fits is
        replaced, once."""
        fitting = [each for each in self.prefixes if number.value.startswith(each)]
        if not fitting:
            return number
        longest = max(fitting, key=len)
        return PhoneNumber(self.prefixes[longest] + number.value.removeprefix(longest))

    def cost_to(self, country: str) -> int:
        return self.cost.get(country, self.cost.get(ANYWHERE, 0))


@dataclass(frozen=True)
class RouteTable:
    """Routes by name, and their order by destination: an E.164 prefix (`+5411`), a country (`AR`)
    or `ANYWHERE`. The longest prefix wins, then the country. A destination with no routes, or a
    table without `ANYWHERE`, is how countries are left out (R28)."""

    routes: Mapping[str, Route]
    order: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        if not self.routes:
            raise ValueError("the route table names no route")
        for place, names in self.order.items():
            if unknown := [name for name in names if name not in self.routes]:
                raise ValueError(f"routes for {place}: there is no route {unknown[0]!r}")
            if len(set(names)) != len(names):
                raise ValueError(f"routes for {place}: a route stands there twice")

    @classmethod
    def of_one(cls, route: Route) -> RouteTable:
        """A table with one route to everywhere."""
        return cls({route.name: route}, {ANYWHERE: (route.name,)})

    def towards(self, number: PhoneNumber, country: str) -> tuple[Route, ...]:
        """The routes to this number, first choice first; empty when no SMS may go there."""
        prefixes = [each for each in self.order if each[0] == "+" and number.value.startswith(each)]
        place = max(prefixes, key=len) if prefixes else country
        return tuple(self.routes[name] for name in order_to(place, self.order))


def order_to(place: str, order: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The routes to a country, or to a prefix of the table, first choice first."""
    return order.get(place, order.get(ANYWHERE, ()))


@dataclass(frozen=True)
class RouteState:
    """What is known of the routes to one destination, by name, at the moment of the choice."""

    failing: Collection[str] = ()
    """Deliver too little in this country (`core.route_health`)."""
    broken: Collection[str] = ()
    """Do not answer: their circuit is open."""
    in_vain: Collection[str] = ()
    """Had an SMS for this voter lately, who asks again all the same: whatever its receipt says."""


def choose(
    routes: Sequence[Route],
    made: Sequence[Attempt],
    passed_over: Collection[str],
    state: RouteState,
    probes: bool = False,
) -> Route | None:
    """The route for the next attempt, or None when none can be tried now.

    A route that has had the SMS, and said no or nothing, is not given it again; one whose attempt
    is still open is, and before others, as it may have the SMS already. `passed_over` are those
    that could not take it a moment ago. Those that do not answer are left alone.

    Then the sound ones come in their order, those that deliver too little here, and at last those
    that served this voter in vain: better a bad route than none. With `probes` the first of those
    that deliver too little comes first: a share of the SMS finds out whether it has recovered.
    """
    closed = {*used_up(made), *passed_over, *state.broken}
    left = [route for route in routes if route.name not in closed]
    vain = [route for route in left if route.name in state.in_vain]
    fresh = [route for route in left if route.name not in state.in_vain]
    failing = [route for route in fresh if route.name in state.failing]
    sound = [route for route in fresh if route.name not in state.failing]
    begun = {each.route for each in made}
    resumed = [route for route in sound if route.name in begun]
    ordered = failing + sound if probes and not made else resumed + sound + failing
    return next(iter([*ordered, *vain]), None)


def used_up(made: Sequence[Attempt]) -> frozenset[str]:
    """The routes that have had the SMS."""
    return frozenset(each.route for each in made if not each.is_open)


def is_probe(subject: str, one_in: int) -> bool:
    """Whether the SMS of this delivery, one in so many, is to try a route that delivers too little:
    decided by its id, so that a retry decides the same."""
    return one_in > 0 and crc32(subject.encode()) % one_in == 0


def is_resendable(routes: Sequence[Route], made: Sequence[Attempt]) -> bool:
    """Whether another route is left for the SMS, and a receipt of the latest of these attempts will
    tell: the seed of the password is kept for just so long (R20)."""
    if not made or made[-1].receipt_due_at is None:
        return False
    used = used_up(made)
    return any(route.name not in used for route in routes)
