"""The schema's answers, and its unions of answers and problems. Their descriptions are the
reference for partners."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Self

import strawberry

from core.security_code import IssuedSecurityCode
from core.voting_round import PARIS
from core.voting_round import VotingRound as Round
from graphql_api.access.caller import EVERYONE, FRONT_ENDS
from graphql_api.access.rule import shown_to

from .call import call_of
from .enums import Locale, SecurityCodeKind
from .messages import say
from .problems import (
    InvalidFields,
    LinkRejected,
    RenewalClosed,
    SecurityCodeRejected,
    TemporarilyUnavailable,
    TooManyRequests,
)
from .scalars import DataUri, data_uri


@shown_to(FRONT_ENDS)
@strawberry.type(
    description="Four digits to be read or heard, or a challenge to be computed; the answer goes "
    "with the next form. Good for one step, once, right or wrong, until `expiresAt`."
)
class SecurityCode:
    id: strawberry.ID = strawberry.field(description="To be sent back with the answer.")
    kind: SecurityCodeKind = strawberry.field(description="Which kind of code this is.")
    expires_at: datetime = strawberry.field(description="No answer is taken after this (UTC).")
    challenge: str | None = strawberry.field(
        description="What a program has to work on; null for digits."
    )
    locale: strawberry.Private[Locale]
    issued: strawberry.Private[IssuedSecurityCode]

    @strawberry.field(
        description="What else the code costs: `sha256:<bits>:<hex>`, to which the answer's "
        "`proof` belongs. Let the page compute it while the voter types; who calls without "
        "credentials and brings none may call less often, or not at all, as the deployment has it. "
        "Null where nothing is to be paid: for a proof of work, and where the price is off."
    )
    def price(self, info: strawberry.Info) -> str | None:
        return call_of(info.context).gateway.security_codes.price_of(self.issued)

    @strawberry.field(
        description="The digits as a PNG picture; null for a proof of work. Made when asked for."
    )
    async def image(self, info: strawberry.Info) -> DataUri | None:
        captcha = call_of(info.context).gateway.security_codes.of(self.kind)
        picture = await captcha.picture(self.id) if captcha else None
        return data_uri(picture) if picture else None

    @strawberry.field(
        description="The digits spoken, as a WAV sound; null for a proof of work. Made when asked "
        "for: leave it out of the query until the voter wants to listen."
    )
    async def audio(self, info: strawberry.Info) -> DataUri | None:
        captcha = call_of(info.context).gateway.security_codes.of(self.kind)
        sound = await captcha.sound(self.id, self.locale) if captcha else None
        return data_uri(sound) if sound else None

    @classmethod
    def of(cls, code: IssuedSecurityCode, locale: Locale) -> SecurityCode:
        return cls(
            id=strawberry.ID(code.id),
            kind=code.kind,
            expires_at=code.expires_at,
            challenge=code.challenge,
            locale=locale,
            issued=code,
        )


@shown_to(FRONT_ENDS)
@strawberry.type(
    description="The request is recorded. This is the answer for everyone, known or not: whether "
    "an e-mail follows is told to nobody but the registered mailbox."
)
class RenewalRequested:
    message: str = strawberry.field(description="The confirmation to show, the same for everyone.")
    link_lifetime: int = strawberry.field(
        description="Minutes for which a link is good once its e-mail is sent, fewer when a "
        "round closes before: a figure of the service, the same for everyone."
    )


@shown_to(FRONT_ENDS)
@strawberry.type(description="The renewal is done: the new password is on its way by SMS.")
class PasswordRenewed:
    message: str = strawberry.field(description="The confirmation to show.")


@shown_to(FRONT_ENDS)
@strawberry.type(description="The assistance cell will have the message.")
class AssistanceContacted:
    reference: str = strawberry.field(description="To be quoted when calling the cell.")
    message: str = strawberry.field(description="The confirmation to show.")


@shown_to(FRONT_ENDS)
@strawberry.type(description="Whether a link can still be used. Asking changes nothing.")
class RenewalLink:
    usable: bool = strawberry.field(description="True when a confirmation could succeed now.")
    code: str | None = strawberry.field(
        description="Why not: `UNKNOWN_LINK`, `LINK_EXPIRED`, `LINK_USED` or `LINK_REVOKED`, or "
        "`RENEWAL_CLOSED` once the round is over; null when usable."
    )
    expires_at: datetime | None = strawberry.field(
        description="When the link runs out, or ran out (UTC); null for an unknown link."
    )

    @strawberry.field(description="What to show the voter; null when usable.")
    def message(
        self,
        locale: Annotated[
            Locale, strawberry.argument(description="The language of the message.")
        ] = Locale.FR,
    ) -> str | None:
        return say(self.code, locale) if self.code else None


@shown_to(EVERYONE)
@strawberry.type(description="How to reach the assistance cell besides the form.")
class Assistance:
    email: str = strawberry.field(description="The cell's mailbox.")
    phone: str | None = strawberry.field(description="Its number, if it has one.")
    words: strawberry.Private[Mapping[Locale, str]]

    @strawberry.field(description="When someone answers the phone, if it is known.")
    def hours(
        self,
        locale: Annotated[
            Locale, strawberry.argument(description="The language of the answer.")
        ] = Locale.FR,
    ) -> str | None:
        return self.words.get(locale)


@shown_to(EVERYONE)
@strawberry.type(description="One round of the election: passwords and links belong to it.")
class VotingRound:
    id: strawberry.ID = strawberry.field(description="The authority's name for the round.")
    opens_at: datetime = strawberry.field(description="Renewal opens (Europe/Paris).")
    closes_at: datetime = strawberry.field(description="Renewal closes (Europe/Paris).")
    is_open: bool = strawberry.field(description="Whether renewal is open now.")

    @classmethod
    def of(cls, found: Round, now: datetime) -> Self:
        return cls(
            id=strawberry.ID(found.id),
            opens_at=found.opens_at.astimezone(PARIS),
            closes_at=found.closes_at.astimezone(PARIS),
            is_open=found.is_open(now),
        )


RequestPasswordRenewalResult = Annotated[
    RenewalRequested
    | InvalidFields
    | SecurityCodeRejected
    | TooManyRequests
    | RenewalClosed
    | TemporarilyUnavailable,
    strawberry.union(
        "RequestPasswordRenewalResult",
        description="The neutral confirmation, or why the form was not taken.",
    ),
]
ConfirmPasswordRenewalResult = Annotated[
    PasswordRenewed
    | InvalidFields
    | SecurityCodeRejected
    | LinkRejected
    | TooManyRequests
    | RenewalClosed
    | TemporarilyUnavailable,
    strawberry.union(
        "ConfirmPasswordRenewalResult",
        description="The password is on its way, or why it is not.",
    ),
]
ContactAssistanceResult = Annotated[
    AssistanceContacted
    | InvalidFields
    | SecurityCodeRejected
    | TooManyRequests
    | TemporarilyUnavailable,
    strawberry.union(
        "ContactAssistanceResult",
        description="The cell will have the message, or why it was not taken.",
    ),
]
