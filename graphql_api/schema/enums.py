"""The schema's enumerations: the domain's own, described for partners.

Import them from here where they stand in the schema, so that they are described before they are
used.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import strawberry

from core.assistance import AssistanceTopic
from core.delivery_figures import Grouping as DeliveryGrouping
from core.locale import Locale
from core.messages import Channel
from core.route_health import Health as RouteHealth
from core.security_code import RenewalStep, SecurityCodeKind
from core.unreached import Cause as UnreachedCause
from graphql_api.strawberry_inside import enum_definition_of

__all__ = [
    "AssistanceTopic",
    "Channel",
    "DeliveryGrouping",
    "Locale",
    "RenewalStep",
    "RouteHealth",
    "SecurityCodeKind",
    "UnreachedCause",
]


def describe(
    kind: type[StrEnum], description: str, members: Mapping[StrEnum, str], name: str | None = None
) -> None:
    """Make `kind` an enumeration of the schema, of its own name or another. `KeyError` when a
    member is not described."""
    strawberry.enum(kind, name=name, description=description)
    for each in enum_definition_of(kind).values:
        each.description = members[kind(each.value)]


describe(
    RenewalStep,
    "The form that a security code is for: it is refused on any other.",
    {
        RenewalStep.REQUEST: "Screen 2: `requestPasswordRenewal`.",
        RenewalStep.CONFIRM: "Screen 5: `confirmPasswordRenewal`.",
        RenewalStep.ASSISTANCE: "The help form: `contactAssistance`.",
    },
)
describe(
    SecurityCodeKind,
    "How the caller shows that it is no robot: four digits to read or hear, or a proof of work "
    "that a program computes.",
    {
        SecurityCodeKind.DIGITS: "Four digits, to be read in a picture or heard.",
        SecurityCodeKind.PROOF_OF_WORK: "A computation, for those who can do neither.",
    },
)
describe(
    Locale,
    "The language of messages on the screen, by e-mail and by SMS.",
    {Locale.FR: "French.", Locale.EN: "English."},
)
describe(
    AssistanceTopic,
    "What the voter needs help with.",
    {
        AssistanceTopic.PASSWORD: "The password: lost, not received, refused.",
        AssistanceTopic.IDENTIFIER: "The identifier: lost or not received.",
        AssistanceTopic.PHONE_NUMBER: "The phone number on record: missing or changed.",
        AssistanceTopic.EMAIL_ADDRESS: "The e-mail address on record: missing or changed.",
        AssistanceTopic.OTHER: "Anything else.",
    },
)
describe(
    Channel,
    "One of the two separate channels.",
    {Channel.EMAIL: "E-mail.", Channel.SMS: "SMS."},
)
describe(
    DeliveryGrouping,
    "What delivery rates are told apart by.",
    {
        DeliveryGrouping.DESTINATION: "Country of an SMS, domain of a mailbox.",
        DeliveryGrouping.ROUTE: "The route that had the message.",
        DeliveryGrouping.OPERATOR: "The operator, as receipts name it.",
    },
    "DeliveryGrouping",
)
describe(
    RouteHealth,
    "Whether a route delivers in a country.",
    {
        RouteHealth.SOUND: "It does.",
        RouteHealth.FAILING: "It does not: SMS go by other routes, but for a few that probe it.",
    },
    "RouteHealth",
)
describe(
    UnreachedCause,
    "Why a voter is not reached: what stands in the way now, or stood last.",
    {
        UnreachedCause.UNTRIED: "Confirmed, and no worker has come to it.",
        UnreachedCause.CAP: "A cap on SMS holds it back.",
        UnreachedCause.PACE: "The SMS keeps a place in its route's pace.",
        UnreachedCause.REGISTER: "The register does not answer, or forbids the password.",
        UnreachedCause.KEY: "The key of the renewal is not there.",
        UnreachedCause.CREDENTIALS: "The portal's credential store does not answer, or does not "
        "take the password.",
        UnreachedCause.NO_ROUTE: "No route goes there, or none takes the SMS now.",
        UnreachedCause.NO_RECEIPT: "A route has the SMS, and no receipt says that it arrived.",
        UnreachedCause.REFUSED: "The routes refused the SMS, or reported that it did not arrive.",
        UnreachedCause.ROUND_CLOSED: "The round closed before a route had the SMS.",
        UnreachedCause.LINK_UNDECIDED: "A request that no worker has decided on.",
        UnreachedCause.LINK_DEFERRED: "The e-mail with the link has outlasted it.",
        UnreachedCause.LINK_BOUNCED: "That e-mail came back, or no relay would have it.",
        UnreachedCause.LINK_GIVEN_UP: "No relay took that e-mail in time.",
        UnreachedCause.LINK_WITHDRAWN: "A backup was put back, and the link was ended with it.",
        UnreachedCause.RECEIPT_NOT_EXPECTED: "The route gives no receipts. In no list of causes: "
        "`receiptsNotExpected` counts it.",
        UnreachedCause.LINK_NOT_TAKEN: "The link was not used. In no list of causes: "
        "`linksNotTaken` counts it.",
    },
    "UnreachedCause",
)
