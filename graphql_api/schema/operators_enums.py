"""The enumerations of what operators look through: the domain's own, described."""

from __future__ import annotations

from enum import StrEnum

from core.evidence import Axis as EvidenceAxis
from core.messages import MessageKind
from core.passages import Axis as StatisticsAxis
from core.reasons import Dismissal, Revocation
from core.recovery_request import State as RequestState
from core.timeline import Step as TimelineStep
from core.use_cases.list_rounds import RoundState

from .enums import describe

__all__ = [
    "EvidenceAxis",
    "MessageKind",
    "RequestReason",
    "RequestState",
    "RoundState",
    "StatisticsAxis",
    "TimelineStep",
]


class RequestReason(StrEnum):
    """Why a request was dismissed, or its link ended: both in one, for filters."""

    UNKNOWN_VOTER = Dismissal.UNKNOWN_VOTER
    EMAIL_DIFFERS = Dismissal.EMAIL_DIFFERS
    NO_PHONE = Dismissal.NO_PHONE
    PHONE_UNUSABLE = Dismissal.PHONE_UNUSABLE
    IDENTIFIER_RENEWED = Dismissal.IDENTIFIER_RENEWED
    ROUND_CLOSED = Dismissal.ROUND_CLOSED
    WRITTEN_RECENTLY = Dismissal.WRITTEN_RECENTLY
    OVER_QUOTA = Dismissal.OVER_QUOTA
    RENEWALS_USED_UP = Dismissal.RENEWALS_USED_UP
    RENEWALS_FROZEN = Dismissal.RENEWALS_FROZEN
    MAIL_FAILED = Revocation.MAIL_FAILED
    RESTORED = Revocation.RESTORED

    @property
    def code(self) -> Dismissal | Revocation:
        """As the domain has it."""
        return Revocation(self) if self in set(Revocation) else Dismissal(self)


describe(
    EvidenceAxis,
    "What shares of a round's voters are told apart by.",
    {
        EvidenceAxis.CONSTITUENCY: "As the register names it.",
        EvidenceAxis.POST: "The consular post, likewise.",
        EvidenceAxis.COUNTRY: "Of the telephone number: ISO 3166, two letters.",
        EvidenceAxis.PARTNER: "By whose front end the voter asked; empty: the portal's.",
    },
    "EvidenceAxis",
)
describe(
    StatisticsAxis,
    "What requests are told apart by.",
    {
        StatisticsAxis.STEP: "How far the request has come.",
        StatisticsAxis.REASON: "Why it was dismissed, or its link ended: a `RequestReason` in "
        "small letters.",
        StatisticsAxis.CONSTITUENCY: "The voter's, as the register names it.",
        StatisticsAxis.POST: "The consular post, likewise.",
        StatisticsAxis.COUNTRY: "Of the telephone number: ISO 3166, two letters.",
        StatisticsAxis.ROUTE: "The route that had the SMS last, or brought it.",
        StatisticsAxis.OPERATOR: "The network, as the receipt names it.",
        StatisticsAxis.MAILBOX_DOMAIN: "Of the voter's e-mail address, once a link went there.",
        StatisticsAxis.PARTNER: "Whose front end the voter used.",
        StatisticsAxis.HOUR: "In which it was received: ISO 8601, UTC.",
    },
    "StatisticsAxis",
)
describe(
    RequestState,
    "Where a request stands.",
    {
        RequestState.RECEIVED: "Nobody has decided on it yet.",
        RequestState.DISMISSED: "It gets no link.",
        RequestState.LINK_SENT: "A link was issued, and waits to be used.",
        RequestState.EXPIRED: "The link has run out.",
        RequestState.SUPERSEDED: "A later link has replaced it.",
        RequestState.REVOKED: "The link was ended before its time.",
        RequestState.CONFIRMED: "The voter has used the link; no route has the SMS yet.",
        RequestState.PASSWORD_SENT: "A route has the SMS.",
        RequestState.DELIVERED: "The SMS has arrived.",
        RequestState.UNDELIVERED: "The SMS was given up.",
    },
    "RequestState",
)
describe(
    RoundState,
    "How a voting round stands.",
    {
        RoundState.UPCOMING: "Renewal has not opened.",
        RoundState.OPEN: "Renewal is open.",
        RoundState.CLOSED: "Renewal is over; everything is kept.",
        RoundState.RELEASED: "Two persons have released it: what belongs to it is deleted, or "
        "will be.",
    },
)
describe(
    RequestReason,
    "Why a request was dismissed, or its link ended before its time.",
    {
        RequestReason.UNKNOWN_VOTER: "The register does not know the number.",
        RequestReason.EMAIL_DIFFERS: "The e-mail address is not the register's.",
        RequestReason.NO_PHONE: "The register has no phone.",
        RequestReason.PHONE_UNUSABLE: "The phone in the register takes no SMS.",
        RequestReason.IDENTIFIER_RENEWED: "The identifier of this vote was renewed.",
        RequestReason.ROUND_CLOSED: "No round is open for this voter.",
        RequestReason.WRITTEN_RECENTLY: "An e-mail went out shortly before.",
        RequestReason.OVER_QUOTA: "Too many requests.",
        RequestReason.RENEWALS_USED_UP: "Too many renewals.",
        RequestReason.RENEWALS_FROZEN: "An operator has stopped this voter's renewals.",
        RequestReason.MAIL_FAILED: "The link's e-mail did not arrive.",
        RequestReason.RESTORED: "A backup was put back.",
    },
)
describe(
    MessageKind,
    "A message to a voter, by what it says.",
    {
        MessageKind.LINK: "The e-mail with the link.",
        MessageKind.NO_PHONE: "E-mail: no phone is on record.",
        MessageKind.PHONE_UNUSABLE: "E-mail: the phone on record takes no SMS.",
        MessageKind.IDENTIFIER_RENEWED: "E-mail: identifier and password cannot both be renewed.",
        MessageKind.ROUND_CLOSED: "E-mail: the round is closed.",
        MessageKind.RENEWALS_STOPPED: "E-mail: no further renewal for now.",
        MessageKind.LINK_WITHDRAWN: "E-mail: the link was withdrawn.",
        MessageKind.PASSWORD_CHANGED: "E-mail: the password has changed.",
        MessageKind.PASSWORD_NOT_SENT: "E-mail: the SMS could not be sent.",
        MessageKind.ASSISTANCE: "The message to the assistance cell.",
        MessageKind.ALERT: "E-mail to operators, of no request: an alert.",
        MessageKind.PASSWORD: "The SMS with the password.",
    },
)
describe(
    TimelineStep,
    "What can happen to a request or its messages.",
    {
        TimelineStep.RECEIVED: "The form came in.",
        TimelineStep.DISMISSED: "It gets no link, for `reason`.",
        TimelineStep.LINK_ISSUED: "A link was made, and its e-mail queued.",
        TimelineStep.LINK_EXPIRED: "The link has run out unused.",
        TimelineStep.LINK_SUPERSEDED: "A later link has replaced it.",
        TimelineStep.LINK_REVOKED: "The link was ended, for `reason`.",
        TimelineStep.CONFIRMED: "The voter has used the link.",
        TimelineStep.EMAIL_DEFERRED: "The relay, or the mailbox, has it wait.",
        TimelineStep.EMAIL_HANDED_OVER: "A relay has the e-mail.",
        TimelineStep.EMAIL_ARRIVED: "It has arrived.",
        TimelineStep.EMAIL_FAILED: "It was refused, or came back.",
        TimelineStep.EMAIL_GIVEN_UP: "Nothing more is tried.",
        TimelineStep.SMS_BEGUN: "It is being handed over, or waits for its turn.",
        TimelineStep.SMS_DEFERRED: "The route does not take it for now.",
        TimelineStep.SMS_REFUSED: "The route will not take it.",
        TimelineStep.SMS_HANDED_OVER: "The route has it.",
        TimelineStep.SMS_ARRIVED: "A receipt says that it has arrived.",
        TimelineStep.SMS_FAILED: "A receipt says that it has not, and will not.",
        TimelineStep.SMS_SILENT: "No receipt came in time.",
        TimelineStep.SMS_GIVEN_UP: "Nothing more is tried: the voter is not reached.",
    },
    "TimelineStep",
)
