"""The schema's inputs, and how each becomes a command of the domain.

A form is read as a whole: the answer names every field that cannot be used, not just the first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

import strawberry

from core.assistance import parse_message
from core.errors import FieldProblem, InvalidFields
from core.link_code import token_of
from core.policy import RenewalPolicy
from core.security_code import SecurityCodeAnswer as Answer
from core.typed_text import without_unseen
from core.use_cases.confirm_renewal import Confirmation
from core.use_cases.contact_assistance import AssistanceDemand
from core.use_cases.request_renewal import RenewalDemand
from core.voter import ElectoralNumber, EmailAddress, Identifier, Numel, Numic

from .arguments import built_at_once
from .enums import AssistanceTopic, Locale, RenewalStep, SecurityCodeKind

Value = TypeVar("Value")
LANGUAGE = (
    "The language of the answer's messages, and of the e-mails and the SMS that follow: of the SMS "
    "unless the confirmation names its own."
)
LONGEST_ANSWER = 4096
"""Characters: a proof of work is longer than four digits, but not that long."""


@built_at_once
@strawberry.input(description="Which security code is wanted.")
class IssueSecurityCodeInput:
    step: RenewalStep = strawberry.field(description="The form that the code is for.")
    kind: SecurityCodeKind = strawberry.field(
        default=SecurityCodeKind.DIGITS, description="Digits, unless asked otherwise."
    )
    locale: Locale = strawberry.field(
        default=Locale.FR, description="The language in which the digits are spoken."
    )


@built_at_once
@strawberry.input(description="The answer to a security code.")
class SecurityCodeAnswer:
    id: strawberry.ID = strawberry.field(description="The code's `id`.")
    answer: str = strawberry.field(description="The four digits, or the proof of work.")
    proof: str | None = strawberry.field(
        default=None,
        description="What pays the code's `price`: 1 to 16 decimal digits, such that the SHA-256 "
        "of `<price>:<proof>` begins with as many zero bits as the price says. Not asked of an "
        "authenticated partner.",
    )

    def read(self, form: Form) -> Answer:
        answer = without_unseen(self.answer).strip()
        form.demand("securityCode.id", "REQUIRED", bool(self.id.strip()))
        form.demand("securityCode.answer", "REQUIRED", bool(answer))
        form.demand("securityCode.answer", "TOO_LONG", len(answer) <= LONGEST_ANSWER)
        return Answer(str(self.id), answer, (self.proof or "").strip() or None)


@built_at_once
@strawberry.input(description="Screen 2: a voter asks for a new password.")
class RequestPasswordRenewalInput:
    email: str = strawberry.field(
        description="The address on the register. Case and surrounding spaces do not count."
    )
    security_code: SecurityCodeAnswer = strawberry.field(
        description="A code issued for the step `REQUEST`."
    )
    numic: str | None = strawberry.field(
        default=None,
        description="Consular identification number: 1 to 8 digits, spaces and dots allowed; "
        "leading zeros are added. This or `numel`.",
    )
    numel: str | None = strawberry.field(
        default=None, description="National voter number, for those who have no NUMIC at hand."
    )
    partner: str | None = strawberry.field(
        default=None,
        description="The front end that the e-mail's link leads back to, by its name in the "
        "gateway's settings. Left out: the portal, or the partner that has authenticated, which "
        "may name no other. Whoever shows no credentials may name a partner from its pages only, "
        "or hand on what it has signed: `<partner>.<end>.<key>.<signature>`.",
    )
    locale: Locale = strawberry.field(default=Locale.FR, description=LANGUAGE)

    def read(
        self, partners: Collection[str], home: str | None = None, signer: str | None = None
    ) -> RenewalDemand:
        """`partners` may be named; `home` is who is meant when none is; `signer` has signed what
        stands for the name. Raises `InvalidFields` naming every field that cannot be used."""
        form = Form()
        number = self._number(form)
        email = form.take(EmailAddress.parse, self.email)
        answer = self.security_code.read(form)
        partner = signer or self.partner
        may_be_named = partner is None or partner == signer or partner in partners
        form.demand("partner", "UNKNOWN_PARTNER", may_be_named)
        return form.complete(
            lambda: RenewalDemand(
                form.sure(number), form.sure(email), answer, self.locale, partner or home
            )
        )

    def _number(self, form: Form) -> ElectoralNumber | None:
        if self.numic is None and self.numel is not None:
            return form.take(Numel.parse, self.numel)
        form.demand("numel", "ONE_NUMBER_ONLY", self.numel is None)
        return form.take(Numic.parse, self.numic or "")


@built_at_once
@strawberry.input(description="Screen 5: the voter confirms with link and identifier.")
class ConfirmPasswordRenewalInput:
    token: str = strawberry.field(
        description="What the link carries after `token=`, or the code that its e-mail prints."
    )
    identifier: str = strawberry.field(
        description="The identifier received by e-mail. Case and spaces do not count; O and 0, "
        "I and 1 are taken for one another."
    )
    security_code: SecurityCodeAnswer = strawberry.field(
        description="A code issued for the step `CONFIRM`."
    )
    locale: Locale = strawberry.field(
        default=Locale.FR, description="The language of the answer's messages."
    )
    sms_locale: Locale | None = strawberry.field(
        default=None,
        description="The language of the SMS and of the e-mail after it: that of the voter's "
        "screen, best. Otherwise that of the request, which somebody else may have made.",
    )

    def read(self, policy: RenewalPolicy) -> Confirmation:
        """Raises `InvalidFields` naming every field that cannot be used."""
        form = Form()
        token = token_of(self.token)
        form.demand("token", "REQUIRED", bool(token))
        identifier = form.take(
            lambda text: Identifier.parse(text, policy.identifier_length), self.identifier
        )
        answer = self.security_code.read(form)
        return form.complete(
            lambda: Confirmation(token, form.sure(identifier), answer, locale=self.sms_locale)
        )


@built_at_once
@strawberry.input(description="A message to the assistance cell.")
class ContactAssistanceInput:
    topic: AssistanceTopic = strawberry.field(description="What help is needed with.")
    message: str = strawberry.field(
        description="1 to 2000 characters. Never write a password or an identifier here."
    )
    email: str = strawberry.field(description="Where the cell can answer.")
    security_code: SecurityCodeAnswer = strawberry.field(
        description="A code issued for the step `ASSISTANCE`."
    )
    locale: Locale = strawberry.field(
        default=Locale.FR, description="The language of the answer's messages."
    )

    def read(self) -> AssistanceDemand:
        """Raises `InvalidFields` naming every field that cannot be used."""
        form = Form()
        message = form.take(parse_message, self.message)
        email = form.take(EmailAddress.parse, self.email)
        answer = self.security_code.read(form)
        return form.complete(
            lambda: AssistanceDemand(
                self.topic, form.sure(message), form.sure(email), answer, self.locale
            )
        )


class Form:
    """Collects the problems of a form while its fields are read."""

    def __init__(self) -> None:
        self._problems: list[FieldProblem] = []

    def take(self, parse: Callable[[str], Value], text: str) -> Value | None:
        """The parsed value, or None with the problem noted."""
        try:
            return parse(text)
        except InvalidFields as refusal:
            self._problems += refusal.fields
            return None

    def demand(self, field: str, code: str, holds: bool) -> None:
        """Note a problem unless `holds`."""
        if not holds:
            self._problems.append(FieldProblem(field, code))

    def complete(self, build: Callable[[], Value]) -> Value:
        """The command, or `InvalidFields` with every problem noted."""
        if self._problems:
            raise InvalidFields(*self._problems)
        return build()

    @staticmethod
    def sure(value: Value | None) -> Value:
        """A value that was taken without a problem."""
        if value is None:
            raise TypeError("a field without a problem has a value")
        return value
