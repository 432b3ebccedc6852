"""The one place where the domain's refusals become answers (R37)."""

from __future__ import annotations

from typing import Any

from core import errors as domain
from core.locale import Locale

from . import problems
from .messages import catalogue, say

RETRY_AFTER = 10
"""Seconds to wait when a neighbour is down."""

REFUSALS = (domain.DomainError, domain.DependencyFailure)
"""What a mutation answers with a union member. Anything else is a defect, and masked."""


def answer(refusal: Exception, locale: Locale) -> Any:
    """The union member for a refusal, in the caller's language. Every mutation's union has the
    members that its use case can raise."""
    match refusal:
        case domain.InvalidFields():
            return _invalid_fields(refusal, locale)
        case domain.SecurityCodeRejected():
            return problems.SecurityCodeRejected(
                code=refusal.code, message=say(refusal.code, locale)
            )
        case domain.LinkRejected(attempts_left=left):
            message = say(refusal.code, locale, attempts_left=left)
            return problems.LinkRejected(code=refusal.code, message=message, attempts_left=left)
        case domain.TooManyRequests(retry_after=wait):
            message = say(refusal.code, locale, retry_after=wait)
            return problems.TooManyRequests(code=refusal.code, message=message, retry_after=wait)
        case domain.AlertRejected():
            return problems.AlertRejected(code=refusal.code, message=say(refusal.code, locale))
        case domain.RenewalClosed():
            return problems.RenewalClosed(code=refusal.code, message=say(refusal.code, locale))
        case domain.DependencyFailure():
            return _unavailable(locale)
        case _:
            raise refusal


def _invalid_fields(refusal: domain.InvalidFields, locale: Locale) -> problems.InvalidFields:
    return problems.InvalidFields(
        code=refusal.code,
        message=say(refusal.code, locale),
        fields=[
            problems.FieldProblem(field=each.field, code=each.code, message=_of_field(each, locale))
            for each in refusal.fields
        ],
    )


def _of_field(problem: domain.FieldProblem, locale: Locale) -> str:
    """What is wrong with this field, in a sentence of its own where there is one."""
    own = f"{problem.field}.{problem.code}"
    key = own if own in catalogue(locale) else problem.code
    return say(key, locale, allowed=problem.allowed)


def _unavailable(locale: Locale) -> problems.TemporarilyUnavailable:
    code = "TEMPORARILY_UNAVAILABLE"
    message = say(code, locale, retry_after=RETRY_AFTER)
    return problems.TemporarilyUnavailable(code=code, message=message, retry_after=RETRY_AFTER)
