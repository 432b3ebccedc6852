"""Issue a security code for one step."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import FieldProblem, InvalidFields
from core.security_code import IssuedSecurityCode, RenewalStep, SecurityCodeKind
from core.use_cases.consume_security_code import SecurityCodes


@dataclass(frozen=True)
class IssueSecurityCode:
    """Stores nothing: asking for codes fills no table."""

    security_codes: SecurityCodes

    async def __call__(self, step: RenewalStep, kind: SecurityCodeKind) -> IssuedSecurityCode:
        """Raises `InvalidFields` when that kind is not on offer, `SecurityCodesUnavailable` when
        the captcha is down."""
        captcha = self.security_codes.of(kind)
        if captcha is None:
            raise InvalidFields(FieldProblem("kind", "NOT_OFFERED"))
        return await captcha.issue(step)
