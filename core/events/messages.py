"""What becomes of messages: of one, of those by a route, of those to a place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.messages import MessageKind

from .kinds import Alert, Event


@dataclass(frozen=True)
class SmsResent(Event):
    """No good receipt came by one route; another has the SMS now, with the same password."""

    from_route: str
    to_route: str
    country: str


@dataclass(frozen=True)
class MessageEnded(Event):
    """An e-mail or SMS was handed over, delivered, refused for good, or given up."""

    kind: MessageKind
    state: str
    reason: str | None


@dataclass(frozen=True)
class MessageDelayed(Event):
    """A mail server is late with an e-mail, and still tries."""

    kind: MessageKind
    reason: str | None


@dataclass(frozen=True)
class EmailRerouted(Event):
    """One relay refused an e-mail, deferred it for too long or did not bring it, for `reason`;
    another is to carry it."""

    kind: MessageKind
    from_route: str
    reason: str | None


@dataclass(frozen=True)
class RouteFell(Alert):
    """A route delivers too little in a country: `delivered` of `settled`. Others come first."""

    route: str
    country: str
    delivered: int
    settled: int


@dataclass(frozen=True)
class RouteRecovered(Alert):
    """A route that had fallen delivers again."""

    route: str
    country: str
    delivered: int
    settled: int


@dataclass(frozen=True)
class MailRouteFell(Alert):
    """Of the links that a mail route carried to a mailbox domain only `taken` of `links` were used,
    while in the other domains the share was `usual`. Other relays come first there."""

    route: str
    domain: str
    taken: int
    links: int
    usual: float


@dataclass(frozen=True)
class MailRouteRecovered(Alert):
    """Links that a fallen mail route carries to a mailbox domain are used again."""

    route: str
    domain: str
    taken: int
    links: int
    usual: float


@dataclass(frozen=True)
class SpendingStopped(Alert):
    """An SMS waits because it would break the cap of this name (R28): traffic to pump money out of
    us, or a cap that is too low for the day. `heaviest`: the voters (pseudonyms) with most of the
    country's SMS within the hour, and the share of each."""

    cap: str
    country: str
    heaviest: Mapping[str, float] = field(default_factory=dict[str, float])


@dataclass(frozen=True)
class DeliveryFell(Alert):
    """Too few messages arrive in this country or mailbox domain: `delivered` of `ended`."""

    channel: str
    destination: str
    delivered: int
    ended: int


@dataclass(frozen=True)
class DeliveryRecovered(Alert):
    """They arrive again, or too few were sent of late to tell."""

    channel: str
    destination: str
    delivered: int
    ended: int


@dataclass(frozen=True)
class ReceiptsUntied(Alert):
    """So many receipts of a route in the watched window tie to no SMS: its ids are read in the
    wrong way, or another system's receipts come to us. Its SMS count as lost meanwhile."""

    route: str
    receipts: int


@dataclass(frozen=True)
class ReceiptsTied(Alert):
    """The receipts of a route tie to its SMS again, or few came of late."""

    route: str
    receipts: int


@dataclass(frozen=True)
class ReceiptIdsDiffer(Alert):
    """A route writes the ids in its receipts otherwise than in its responses. They are tied, though
    later than with the setting that says so."""

    route: str
    way: str


@dataclass(frozen=True)
class VotersUnreached(Alert):
    """So many voters have no password, or no link, that is known to have reached them; of them so
    many for each cause."""

    voters: int
    causes: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True)
class VotersReached(Alert):
    """The number of voters unreached is within its bound again."""

    voters: int
