"""What happened, in the past tense: for the journal, dashboards and hosts. No secret, no address.

`request_id` is random; `voter` is a keyed pseudonym.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.messages import MessageKind
from core.recovery_request import Dismissal, Revocation


@dataclass(frozen=True)
class Event:
    """Something that happened to a request."""

    request_id: str


@dataclass(frozen=True)
class RenewalRequested(Event):
    """The form was accepted and the confirmation shown. Nothing is known of the voter yet."""


@dataclass(frozen=True)
class RenewalDismissed(Event):
    """No link, for `reason`."""

    reason: Dismissal
    voter: str | None


@dataclass(frozen=True)
class LinkIssued(Event):
    """A one-time link was made and its e-mail queued; `superseded` older ones were revoked."""

    voter: str
    superseded: int


@dataclass(frozen=True)
class LinkRevoked(Event):
    """A link was ended before its time, for `reason`; the voter may ask again at once."""

    voter: str | None
    reason: Revocation


@dataclass(frozen=True)
class LinkReplaced(Event):
    """A report on the e-mail held the link: it works no more, and the next relay sends another."""

    voter: str | None


@dataclass(frozen=True)
class IdentifierMismatched(Event):
    """A wrong identifier was given with a good link."""

    attempts_left: int


@dataclass(frozen=True)
class RenewalConfirmed(Event):
    """The link was redeemed; the password is being issued."""

    voter: str | None


@dataclass(frozen=True)
class PasswordIssued(Event):
    """The new password is in force and a provider has its SMS. The portal may end sessions
    (R22)."""

    voter: str | None
    route: str


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
class AssistanceAsked(Event):
    """A voter wrote to the assistance cell."""

    reference: str


@dataclass(frozen=True)
class Alert:
    """Something that an operator is to look at now; it concerns no single request."""


@dataclass(frozen=True)
class OperatorActed(Alert):
    """Somebody has done something to the deployment that keeps no record of its own."""

    act: str
    by: str
    detail: str


@dataclass(frozen=True)
class PartnerSuspended(Alert):
    """Nothing comes from this partner any more, nor leads to it, by the order of `by`."""

    partner: str
    by: str
    reason: str


@dataclass(frozen=True)
class PartnerResumed(Alert):
    """A suspension was ended by `by`."""

    partner: str
    by: str


@dataclass(frozen=True)
class VoterFrozen(Alert):
    """One voter's renewals are stopped, by the order of `by`. Why stands in the database alone."""

    voter: str
    by: str


@dataclass(frozen=True)
class VoterUnfrozen(Alert):
    """They go on again, by the order of `by`."""

    voter: str
    by: str


@dataclass(frozen=True)
class OperatorAdded(Alert):
    """One more may propose or approve the release of voting rounds."""

    operator: str
    by: str


@dataclass(frozen=True)
class OperatorRemoved(Alert):
    """This one may not any more."""

    operator: str
    by: str


@dataclass(frozen=True)
class OperatorFailed(Alert):
    """A wrong code, or a used one, was given in the name of this operator."""

    operator: str


@dataclass(frozen=True)
class RoundHeld(Alert):
    """A voting round is not released, by the order of `by`; a release that stood is withdrawn."""

    round: str
    by: str
    reason: str


@dataclass(frozen=True)
class RoundHoldLifted(Alert):
    """The order has ended. The round is kept until two persons release it."""

    round: str
    by: str


@dataclass(frozen=True)
class RoundReleaseProposed(Alert):
    """One person says that a voting round may go; another has to agree."""

    round: str
    by: str


@dataclass(frozen=True)
class RoundReleaseApproved(Alert):
    """Two persons have released a voting round: it is deleted after the term."""

    round: str
    proposed_by: str
    approved_by: str


@dataclass(frozen=True)
class RoundDestroyed(Alert):
    """What belonged to a released voting round is deleted, save requests that are `shared` with
    another that is not; unless `complete`, so far. `digest` is the record's."""

    round: str
    requests: int
    messages: int
    attempts: int
    shared: int
    digest: str
    complete: bool


@dataclass(frozen=True)
class ClockRefused(Alert):
    """This process has stopped working, for its clock is wrong. `reason` is a sentence."""

    reason: str


@dataclass(frozen=True)
class ClockUnconfirmed(Alert):
    """This process's clock is so many seconds ahead of the last moment seen in the database, and
    no other process is there to agree: nothing is deleted, and no link ended, for a minute. So it
    is after each stop that was longer than half a minute."""

    ahead: int


@dataclass(frozen=True)
class RestoreFound(Alert):
    """This process has stopped working, for a backup was put back under it. `reason` is a
    sentence."""

    reason: str


@dataclass(frozen=True)
class RestoreFollowed(Alert):
    """A backup was put back, and `by` has ended every link that may have been used: so many."""

    by: str
    links: int


@dataclass(frozen=True)
class ClockMarkReset(Alert):
    """By the order of `by` the last moment seen is this machine's time: so many seconds before the
    one that was believed."""

    by: str
    ahead: int


@dataclass(frozen=True)
class WorkersMissing(Alert):
    """No worker has been heard of `since` then: requests are taken, nobody is written to."""

    since: datetime


@dataclass(frozen=True)
class WorkersBack(Alert):
    """A worker works again, after none did `since` then."""

    since: datetime


@dataclass(frozen=True)
class NeighbourDown(Alert):
    """This process has had nothing but failures of a neighbour (`register`, `credentials`, `relay`,
    `route NAME`) `since` then, the last one for this reason."""

    neighbour: str
    since: datetime
    failures: int
    reason: str


@dataclass(frozen=True)
class NeighbourUp(Alert):
    """It answers again, after it was down `since` then."""

    neighbour: str
    since: datetime


@dataclass(frozen=True)
class RefusalsSurged(Alert):
    """A client network was refused more than `refusals` times within a minute, at last for this
    reason: a robot tries codes, links or credentials, or a front end is broken. `network` is a
    keyed pseudonym, or `several`."""

    network: str
    reason: str
    refusals: int


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
class PasswordsRefused(Alert):
    """A rule of the credential store refuses a voter's new password, so that the old one stays.
    `why` is a `CredentialsProblem`; `unfit` and `not_allowed` will meet other voters, too."""

    why: str
    reason: str


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
