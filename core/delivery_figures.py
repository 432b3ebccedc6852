"""How many messages arrive: by country, route, operator and mailbox domain, and who is unreached.

In 2022 the share of password SMS that had arrived was known when it was too late (R32).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from core.chance import at_most
from core.delivery import DeliveryState
from core.messages import Channel
from core.recovery_request import State, why_unreached
from core.unreached import Cause

EARLY = timedelta(hours=2)
"""The time over which a route's first losses in a country are watched."""
UNTIED_AFTER = timedelta(minutes=1)
"""A receipt that has waited for its SMS for so long ties to none."""


@dataclass(frozen=True)
class Count:
    """Messages of one kind that share everything that is told apart. For SMS each attempt counts:
    `route` had it, `destination` is its country; for e-mail that is the mailbox's domain."""

    channel: Channel
    destination: str
    route: str
    operator: str
    state: DeliveryState
    messages: int
    cost: int = 0
    """In millionths."""


@dataclass(frozen=True)
class Standing:
    """Voters whose latest request stands in this state, for what was noted."""

    state: State
    noted: Cause | None
    voters: int


@dataclass(frozen=True)
class Arrival:
    """Voters of one place who have confirmed: `delivered` of them have the password."""

    place: str
    delivered: int
    confirmed: int


@dataclass(frozen=True)
class CauseCount:
    """So many voters are unreached for this cause."""

    cause: Cause
    voters: int


@dataclass(frozen=True)
class Unreached:
    """Voters who have confirmed, and whose password is not known to have arrived: for longer than
    the time asked for (`waiting`), or given up (`lost`), whether or not the old one works still.
    And `links`: those whose link did not arrive."""

    waiting: int = 0
    lost: int = 0
    links: int = 0
    causes: tuple[CauseCount, ...] = ()
    """Of all of these, the most frequent first: of no link's cause as many as wait or are lost."""
    receipts_not_expected: int = 0
    """Neither reached nor unreached: a route that gives no receipts has the SMS."""
    links_not_taken: int = 0
    """Voters whose latest link arrived, as far as is known, and ran out unused."""

    @property
    def voters(self) -> int:
        """All whom an operator is to look after."""
        return self.waiting + self.lost + self.links


def unreached(standings: Iterable[Standing]) -> Unreached:
    """The figures of these voters."""
    causes, places = Counter[Cause](), Counter[str]()
    for each in standings:
        cause = why_unreached(each.state, each.noted) or each.noted
        if cause is None:
            continue
        place = _place(each.state, cause)
        places[place] += each.voters
        if place in ("waiting", "lost", "links"):
            causes[cause] += each.voters
    ordered = sorted(causes.items(), key=lambda item: (-item[1], item[0]))
    return Unreached(causes=tuple(CauseCount(*each) for each in ordered), **places)


def _place(state: State, cause: Cause) -> str:
    """The field of `Unreached` that counts these voters."""
    if state is State.UNDELIVERED:
        return "lost"
    apart = {
        Cause.RECEIPT_NOT_EXPECTED: "receipts_not_expected",
        Cause.LINK_NOT_TAKEN: "links_not_taken",
    }
    return apart.get(cause, "links" if cause.is_of_link else "waiting")


class Grouping(StrEnum):
    """What rates are told apart by."""

    DESTINATION = "destination"
    ROUTE = "route"
    OPERATOR = "operator"


@dataclass(frozen=True)
class Rate:
    """One line of the report. `pending` have no end yet; the rate leaves them out."""

    channel: Channel
    group: str
    delivered: int
    lost: int
    pending: int
    cost: int
    taken: int = 0
    """E-mails that a relay took whose bounces nobody reads: not known to have arrived."""

    @property
    def rate(self) -> float | None:
        """Delivered among those with an end, from 0 to 1; None while none has one, and where
        nobody would hear of the others."""
        ended = self.delivered + self.lost
        return self.delivered / ended if ended and not self.taken else None

    @property
    def not_refused(self) -> int:
        """All but those that are known to be lost, of those that left the house."""
        return self.delivered + self.taken


@dataclass(frozen=True)
class AlertRule:
    """When a destination's rate is an alert: below `share`, over `sample` ended messages, within
    `window`; when unreached voters are: more than `unreached` for longer than `patience`; when
    more than `untied` receipts of a route, within `window`, tie to no SMS; when a job is due for
    longer than `late` and nobody has taken it; and when more than `dead` were given up."""

    window: timedelta = timedelta(hours=1)
    share: float = 0.8
    sample: int = 20
    patience: timedelta = timedelta(minutes=30)
    unreached: int = 0
    untied: int = 4
    late: timedelta = timedelta(minutes=5)
    dead: int = 0
    unreached_untold: int = 20
    """Voters unreached of whom nobody is told but the log: a few are, on any good day."""
    doubt: float = 0.0001
    """How improbable it has to be that so few arrive by chance, if `share` of all did, before
    somebody is told of it."""

    def is_low(self, rate: Rate) -> bool:
        """By what was refused at once where nobody reads bounces."""
        return self._is_below(self.share, rate)

    def is_surely_low(self, delivered: int, ended: int) -> bool:
        """Whether it can hardly be chance, however few they are: six of six are lost, or seven of
        eight."""
        is_low = delivered < ended * self.share
        return is_low and at_most(delivered, ended, self.share) < self.doubt

    def has_come_up(self, delivered: int, ended: int) -> bool:
        """Whether a quarter of what lacks is made up, or nothing tells."""
        return not ended or delivered / ended >= self.up

    @property
    def up(self) -> float:
        """The share from which on it is well again."""
        return round(self.share + (1 - self.share) / 4, 6)

    def stays_low(self, rate: Rate) -> bool:
        """Whether it has not come up again."""
        return self._is_below(self.up, rate)

    def _is_below(self, share: float, rate: Rate) -> bool:
        ended = rate.not_refused + rate.lost
        return ended >= self.sample and rate.not_refused / ended < share


SMALLEST_CELL = 20
"""A mailbox domain with fewer messages is not named: it could be one person's."""
OTHER = "other"
"""What the mailbox domains that are not named are counted under."""


def without_rare_domains(counts: Iterable[Count], fewest: int) -> list[Count]:
    """The counts, with mailbox domains of fewer messages than `fewest` under one name."""
    counts = list(counts)
    totals = Counter[str]()
    for each in counts:
        if each.channel is Channel.EMAIL:
            totals[each.destination] += each.messages
    sums = Counter[Count]()
    for each in counts:
        rare = each.channel is Channel.EMAIL and totals[each.destination] < fewest
        sums[replace(each, destination=OTHER if rare else each.destination, messages=0)] += (
            each.messages
        )
    return [replace(each, messages=messages) for each, messages in sums.items()]


LOST = frozenset({DeliveryState.FAILED, DeliveryState.EXPIRED})


def rates(counts: Iterable[Count], by: Grouping, bounces_read: bool = True) -> list[Rate]:
    """The report, the worst first. E-mail that a relay took and nobody complained of counts as
    delivered, for mail servers report only what goes wrong; but as *taken* where nobody reads their
    reports."""
    sums: dict[tuple[Channel, str], list[int]] = {}
    for each in counts:
        cell = sums.setdefault((each.channel, getattr(each, by.value)), [0, 0, 0, 0, 0])
        cell[_column(each, bounces_read)] += each.messages
        cell[3] += each.cost
    found = [Rate(channel, group, *cell) for (channel, group), cell in sums.items()]
    return sorted(found, key=lambda each: (1.0 if each.rate is None else each.rate, each.group))


def _column(count: Count, bounces_read: bool) -> int:
    """The place of its messages in `Rate`, from `delivered` on."""
    if count.channel is Channel.EMAIL and count.state is DeliveryState.ACCEPTED:
        return 0 if bounces_read else 4
    if count.state is DeliveryState.DELIVERED:
        return 0
    return 1 if count.state in LOST else 2
