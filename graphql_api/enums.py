"""The schema's enumerations: the domain's own, described for partners.

Import them from here where they stand in the schema, so that they are described before they are
used.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from core.assistance import AssistanceTopic
from core.locale import Locale
from core.security_code import RenewalStep, SecurityCodeKind

__all__ = ["AssistanceTopic", "Locale", "RenewalStep", "SecurityCodeKind"]


def _describe(kind: type[StrEnum], description: str, members: Mapping[StrEnum, str]) -> None:
    """Make `kind` an enumeration of the schema. `KeyError` when a member is not described."""
    strawberry.enum(kind, description=description)
    definition: StrawberryEnumDefinition = vars(kind)["__strawberry_definition__"]
    for each in definition.values:
        each.description = members[kind(each.value)]


_describe(
    RenewalStep,
    "The form that a security code is for: it is refused on any other.",
    {
        RenewalStep.REQUEST: "Screen 2: `requestPasswordRenewal`.",
        RenewalStep.CONFIRM: "Screen 5: `confirmPasswordRenewal`.",
        RenewalStep.ASSISTANCE: "The help form: `contactAssistance`.",
    },
)
_describe(
    SecurityCodeKind,
    "How the caller shows that it is no robot: four digits to read or hear, or a proof of work "
    "that a program computes.",
    {
        SecurityCodeKind.DIGITS: "Four digits, to be read in a picture or heard.",
        SecurityCodeKind.PROOF_OF_WORK: "A computation, for those who can do neither.",
    },
)
_describe(
    Locale,
    "The language of messages on the screen, by e-mail and by SMS.",
    {Locale.FR: "French.", Locale.EN: "English."},
)
_describe(
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
