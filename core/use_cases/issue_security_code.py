"""Issue a security code for one step."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import FieldProblem, InvalidFields, SecurityCodesUnavailable
from core.security_code import IssuedSecurityCode, RenewalStep, SecurityCodeKind
from core.use_cases.consume_security_code import SecurityCodes


@dataclass(frozen=True)
class IssueSecurityCode:
    """Stores nothing: asking for codes fills no table."""

    security_codes: SecurityCodes

    async def __call__(self, step: RenewalStep, kind: SecurityCodeKind) -> IssuedSecurityCode:
        """While the captcha is out, a harder code of another kind: the door is never open (R27).

        Raises `InvalidFields` when that kind is not on offer, `SecurityCodesUnavailable` when the
        captcha is out and nothing can stand in for it.
        """
        captcha = self.security_codes.of(kind)
        if captcha is None:
            raise InvalidFields(FieldProblem("kind", "NOT_OFFERED"))
        try:
            return await captcha.issue(step)
        except SecurityCodesUnavailable:
            if self.security_codes.fallback is None:
                raise
        return await self.security_codes.fallback.issue(step)
