"""A security code is used up by its first answer, right or wrong (R27)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.code_price import CodePrice
from core.errors import (
    SecurityCodeProblem,
    SecurityCodeRejected,
    SecurityCodesUnavailable,
)
from core.ports.captcha import Captcha
from core.ports.consumed_codes import ConsumedCodes
from core.security_code import (
    CheckedAnswer,
    IssuedSecurityCode,
    RenewalStep,
    SecurityCodeAnswer,
    SecurityCodeKind,
)

_UNPAID = SecurityCodeProblem.PRICE


@dataclass(frozen=True)
class SecurityCodes:
    """The kinds of security code on offer, by kind; an id begins with the letter of its kind."""

    captchas: Mapping[SecurityCodeKind, Captcha]
    fallback: Captcha | None = None
    """What is issued while the captcha that was asked for is out: harder, never nothing (R27)."""
    price: CodePrice | None = None
    """What digits cost; None: nothing. A proof of work is its own price."""
    is_price_required: bool = False
    """Whether digits that are not paid for are refused."""

    def of(self, kind: SecurityCodeKind) -> Captcha | None:
        """The captcha of that kind, or None when it is not on offer."""
        return self.captchas.get(kind)

    async def find(self, code_id: str) -> IssuedSecurityCode | None:
        """A code of any kind that was issued and has not run out."""
        for captcha in self.captchas.values():
            found = await captcha.find(code_id)
            if found is not None:
                return found
        return None

    def price_of(self, code: IssuedSecurityCode) -> str | None:
        """The challenge to be solved besides; None when this code costs nothing more."""
        if self.price is None or not _is_priced(code.kind):
            return None
        return self.price.of(code.id)

    async def is_owed(self, given: SecurityCodeAnswer) -> bool:
        """Whether a code of ours is answered unpaid, and not refused for it, by somebody who might
        have paid. May raise `SecurityCodesUnavailable`."""
        if self.price is None or self.is_price_required or given.is_exempt:
            return False
        if given.proof is not None:
            return False  # right, or refused
        code = await self.find(given.id)
        return code is not None and _is_priced(code.kind)

    async def check(self, step: RenewalStep, given: SecurityCodeAnswer) -> CheckedAnswer:
        """Judge an answer, whichever kind it belongs to; nothing is recorded yet. An unpaid one
        is not told whether it is right, and uses up nothing.

        Raises `SecurityCodesUnavailable` when only a captcha that is out could tell.
        """
        outage: SecurityCodesUnavailable | None = None
        for kind, captcha in self.captchas.items():
            try:
                checked = await captcha.check(step, given.id, given.answer)
            except SecurityCodesUnavailable as failure:
                outage = failure
                continue
            if checked.problem is not SecurityCodeProblem.UNKNOWN:
                return CheckedAnswer(_UNPAID) if self._refuses(kind, given, checked) else checked
        if outage is not None:
            raise outage
        return CheckedAnswer(SecurityCodeProblem.UNKNOWN)

    def _refuses(
        self, kind: SecurityCodeKind, given: SecurityCodeAnswer, checked: CheckedAnswer
    ) -> bool:
        """Whether the price is owed. A proof that is given has to be right, wherever it is looked
        at: who computes wrongly learns it before it is required."""
        if self.price is None or given.is_exempt or not _is_priced(kind):
            return False
        if checked.problem not in (None, SecurityCodeProblem.WRONG):
            return False
        if given.proof is None and not self.is_price_required:
            return False
        return not self.price.is_paid(given.id, given.proof)


def _is_priced(kind: SecurityCodeKind) -> bool:
    """A proof of work is its own price."""
    return kind is SecurityCodeKind.DIGITS


async def consume(
    codes: ConsumedCodes, code_id: str, checked: CheckedAnswer
) -> SecurityCodeRejected | None:
    """Record the answer. The refusal is returned, not raised: the unit of `codes` must commit.

    Anyone who answers second is told so, even with the right digits.
    """
    until = checked.consume_until
    if until is not None and not await codes.consume(code_id, until):
        return SecurityCodeRejected(SecurityCodeProblem.USED)
    return SecurityCodeRejected(checked.problem) if checked.problem else None
