"""The mutations: the guide's forms, each a use case and its answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, TypeVar

import strawberry
import structlog

from core.errors import DependencyFailure, InvalidFields, LinkRejected, SecurityCodeRejected
from core.use_cases.confirm_renewal import Confirmation
from core.use_cases.contact_assistance import AssistanceDemand
from core.use_cases.request_renewal import RenewalDemand
from graphql_api.access.caller import FRONT_ENDS
from graphql_api.access.rule import open_to
from graphql_api.access.scopes import ASSISTANCE, RENEWALS

from . import types
from .call import Call, call_of, counted
from .errors import REFUSALS, answer
from .inputs import (
    ConfirmPasswordRenewalInput,
    ContactAssistanceInput,
    IssueSecurityCodeInput,
    RequestPasswordRenewalInput,
)
from .messages import say

_Form = TypeVar("_Form", RenewalDemand, Confirmation, AssistanceDemand)
_log = structlog.stdlib.get_logger("reassort.gateway")


@strawberry.type(description="What a voter does, form by form.")
class Mutation:
    @strawberry.mutation(
        description="Issue a security code for one step. Nothing is stored until it is answered.",
        metadata=open_to(FRONT_ENDS),
    )
    async def issue_security_code(
        self,
        info: strawberry.Info,
        input: Annotated[
            IssueSecurityCodeInput, strawberry.argument(description="Which code is wanted.")
        ],
    ) -> types.SecurityCode:
        call = await counted(info)
        code = await call.gateway.issue_security_code(input.step, input.kind)
        if code.kind is not input.kind:
            await call.count("securityCodeFallback")
        return types.SecurityCode.of(code, input.locale)

    @strawberry.mutation(
        description="Screens 2 and 3: ask for a new password. The answer is the same for everyone.",
        metadata=open_to(FRONT_ENDS, RENEWALS),
    )
    async def request_password_renewal(
        self,
        info: strawberry.Info,
        input: Annotated[
            RequestPasswordRenewalInput, strawberry.argument(description="The form of screen 2.")
        ],
    ) -> types.RequestPasswordRenewalResult:
        try:
            call = await counted(info)
            signer = await call.signer(input.partner)
            asked = input.read(call.partners, call.home, signer)
            await call.gateway.request_renewal(await _priced(call, info, asked))
        except REFUSALS as refusal:
            return answer(_noted(refusal, info), input.locale)
        return types.RenewalRequested(
            message=say("RENEWAL_REQUESTED", input.locale),
            link_lifetime=call.gateway.link_minutes,
        )

    @strawberry.mutation(
        description="Screens 5 and 6: redeem the link with the identifier. The new password goes "
        "out by SMS.",
        metadata=open_to(FRONT_ENDS, RENEWALS),
    )
    async def confirm_password_renewal(
        self,
        info: strawberry.Info,
        input: Annotated[
            ConfirmPasswordRenewalInput, strawberry.argument(description="The form of screen 5.")
        ],
    ) -> types.ConfirmPasswordRenewalResult:
        try:
            call = await counted(info)
            confirmation = replace(input.read(call.gateway.policy), network=call.network)
            await call.gateway.confirm_renewal(await _priced(call, info, confirmation))
        except REFUSALS as refusal:
            return answer(_noted(refusal, info), input.locale)
        return types.PasswordRenewed(message=say("PASSWORD_RENEWED", input.locale))

    @strawberry.mutation(
        description="The help icon: write to the assistance cell. The answer gives a reference.",
        metadata=open_to(FRONT_ENDS, ASSISTANCE),
    )
    async def contact_assistance(
        self,
        info: strawberry.Info,
        input: Annotated[
            ContactAssistanceInput, strawberry.argument(description="The assistance form.")
        ],
    ) -> types.ContactAssistanceResult:
        try:
            call = await counted(info)
            asked = await _priced(call, info, input.read())
            await call.count_typed(info.field_name, asked.contact.comparable)
            reference = await call.gateway.contact_assistance(asked)
        except REFUSALS as refusal:
            return answer(_noted(refusal, info), input.locale)
        message = say("ASSISTANCE_CONTACTED", input.locale, reference=reference)
        return types.AssistanceContacted(reference=reference, message=message)


async def _priced(call: Call, info: strawberry.Info, form: _Form) -> _Form:
    """The form, its security code held to what this caller has to pay for it (R27)."""
    code = await call.held_to_price(info.field_name, form.security_code)
    return form if code is form.security_code else replace(form, security_code=code)


def _noted(refusal: Exception, info: strawberry.Info) -> Exception:
    """A neighbour's failure is answered politely and told to the operators; what a robot would be
    refused is counted. Limits count themselves."""
    match refusal:
        case DependencyFailure():
            _log.warning("dependency_failed", dependency=refusal.dependency, reason=str(refusal))
        case SecurityCodeRejected() | LinkRejected():
            call_of(info.context).refused(refusal.code)
        case InvalidFields():
            for each in refusal.fields:
                if each.code == "UNKNOWN_PARTNER":
                    call_of(info.context).refused(each.code)
        case _:
            pass
    return refusal
