"""What a simulated election is made of: countries, operators, routes, voters' habits, a calendar.

Every figure is an assumption unless `profiles.py` names its source: this is a model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from core.electorate import Electorate
from core.route_health import HealthRule
from core.routes import Route
from core.spending import SpendingRule
from core.voting_round import Calendar, VotingRound

SECOND, MINUTE, HOUR, DAY = (
    timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days")
)


@dataclass(frozen=True)
class Delay:
    """A lognormal wait: half of them are shorter than `median`."""

    median: timedelta
    sigma: float = 1.0


@dataclass(frozen=True)
class Channel:
    """One route to the customers of one operator, or of a whole country. Shares are of 1.

    `refused` is of the SMS handed over, `delivered` of those taken. `told` of the arrivals are
    reported, `loss_told` of the losses. `lies` of all SMS taken are reported as delivered within
    seconds, whatever becomes of them.
    """

    delivered: float = 0.98
    delay: Delay = Delay(8 * SECOND)
    refused: float = 0.0
    told: float = 0.97
    loss_told: float = 0.5
    loss_told_after: Delay = Delay(30 * MINUTE)
    lies: float = 0.0


@dataclass(frozen=True)
class Outage:
    """From and to when, counted from the opening of the vote. A `silent` one takes the SMS and
    loses them; the other kind does not answer."""

    begins: timedelta
    ends: timedelta
    silent: bool = False

    def holds(self, since_opening: timedelta) -> bool:
        return self.begins <= since_opening < self.ends


@dataclass(frozen=True)
class RouteModel:
    """A route as the product knows it, and how it really behaves: `channels` by `AR/Norte`
    (operator), else `AR` (country), else `*`. Above `throttle` SMS a minute it says "later"."""

    route: Route
    channels: Mapping[str, Channel]
    outages: tuple[Outage, ...] = ()
    throttle: int | None = None

    def channel(self, country: str, operator: str) -> Channel:
        places = (f"{country}/{operator}", country, "*")
        return next(self.channels[place] for place in places if place in self.channels)


@dataclass(frozen=True)
class Relay:
    """A mail relay, and when mail servers swallow what it brings, by mailbox domain: they take the
    e-mails and say nothing."""

    name: str
    swallowed: Mapping[str, Outage] = field(default_factory=dict[str, Outage])


@dataclass(frozen=True, eq=False)
class Country:
    """`calling`: the start of its numbers, which no plan can give out. `operators`: their shares of
    the market. `lost`: share of e-mails that nobody sees (rejected, or in the junk folder)."""

    code: str
    calling: str
    utc_offset: timedelta
    operators: Mapping[str, float]
    email: Delay = Delay(20 * SECOND, 1.5)
    lost: float = 0.02
    constituency: str | None = None


@dataclass(frozen=True)
class Habits:
    """What voters do. `patience`: how long they wait for e-mail or SMS at first; it grows by
    `growth` each time; then `give_up` of them go away for good and the others ask anew, `asks`
    times in all; those who may ask no more go on waiting.

    `goes_by_issue`: of several SMS voters take the one that was issued last, as every SMS says;
    else the one that came last.
    """

    opens_mail: Delay = Delay(3 * MINUTE, 1.2)
    types: Delay = Delay(50 * SECOND, 0.5)
    wrong_identifier: float = 0.08
    patience: Delay = Delay(15 * MINUTE, 0.7)
    growth: float = 5.0
    give_up: float = 0.1
    asks: int = 4
    votes_after_opening: Delay = Delay(8 * HOUR, 1.3)
    votes_after_sms: Delay = Delay(10 * MINUTE, 1.2)
    goes_by_issue: bool = True


@dataclass(frozen=True)
class Demand:
    """When voters ask first: `at_the_end` of them in the last hours before the vote opens, `during`
    of them while it is open, the rest in the days before; each at a likely hour of their day."""

    days_before: int = 4
    at_the_end: float = 0.3
    end: timedelta = 8 * HOUR
    during: float = 0.4


@dataclass(frozen=True)
class Intruders:
    """Who else acts in voters' names, and how often each does: so many relatives who read a
    voter's mailbox and have the identifier, guessers who read one and have it not, strangers who
    know number and address; a voter has one of them at most. A robot knows all numbers."""

    relatives: int = 0
    guessers: int = 0
    strangers: int = 0
    robot: bool = False
    networks: int = 1
    """From so many a guesser tries identifiers, none of them the voter's."""
    every: timedelta = 13 * MINUTE
    """A thousand times in the nine days of a round."""


NOBODY = Intruders()


@dataclass(frozen=True)
class Profile:
    """`countries`: by their share of the voters. The run with one route uses the first of
    `routes`, the one with failover all of them in this order."""

    name: str
    countries: Mapping[Country, float]
    routes: tuple[RouteModel, ...]
    habits: Habits = Habits()
    demand: Demand = Demand()
    health: HealthRule = field(default_factory=HealthRule)
    spending: SpendingRule = field(default_factory=SpendingRule)
    intruders: Intruders = NOBODY
    rounds: Mapping[str, timedelta] = field(default_factory=dict[str, timedelta])
    """Constituencies that vote, each in a round of its own: for how long after the opening. None:
    all vote, in one round."""
    mailboxes: Mapping[str, float] = field(default_factory=lambda: {"example.org": 1.0})
    """Mailbox domains by their share of the voters."""
    relays: tuple[Relay, ...] = (Relay("relay"),)
    """In their order, for every domain."""
    opens_at: datetime = datetime(2027, 5, 28, 10, tzinfo=UTC)
    lasts: timedelta = 5 * DAY
    keeps_password: bool = False
    """A rule that the product does not have: a voter who asks anew is sent the same password."""
    forgets_asking: bool = False
    """As the product was before: a voter who asks anew is served by the same routes in the same
    order."""

    def with_one_route(self) -> Profile:
        return replace(self, routes=self.routes[:1])

    def with_one_relay(self) -> Profile:
        return replace(self, relays=self.relays[:1])

    @property
    def closes_at(self) -> datetime:
        return self.opens_at + self.lasts

    @property
    def calendar(self) -> Calendar:
        """Renewal is open from `renewals_from` on."""
        opens_at = self.renewals_from
        return (
            Calendar.of(
                VotingRound(f"2027-{name}", opens_at, self.opens_at + lasts, Electorate.of([name]))
                for name, lasts in self.rounds.items()
            )
            if self.rounds
            else Calendar.of([VotingRound("2027-1", opens_at, self.closes_at)])
        )

    def closes_for(self, country: Country) -> datetime | None:
        """Until when those who live there vote; None: they do not."""
        if not self.rounds:
            return self.closes_at
        lasts = self.rounds.get(country.constituency or "")
        return None if lasts is None else self.opens_at + lasts

    @property
    def renewals_from(self) -> datetime:
        return self.opens_at - timedelta(days=self.demand.days_before)
