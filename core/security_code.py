"""The security code (captcha): four digits that a person reads or hears (R2, R5, R27).

Nothing is stored when a code is issued: the id says by itself to which step it belongs and until
when it is good, and is signed. Only its *consumption* is recorded, right or wrong, at the first
answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.errors import SecurityCodeProblem


class RenewalStep(StrEnum):
    """The form that a security code is good for; it is refused on any other."""

    REQUEST = "request"
    CONFIRM = "confirm"
    ASSISTANCE = "assistance"


class SecurityCodeKind(StrEnum):
    """How a caller shows that it is no robot."""

    DIGITS = "digits"
    PROOF_OF_WORK = "proof_of_work"


@dataclass(frozen=True)
class IssuedSecurityCode:
    """A code that was just issued. `challenge` is for kinds that a program answers."""

    id: str
    kind: SecurityCodeKind
    expires_at: datetime
    challenge: str | None = None


@dataclass(frozen=True)
class SecurityCodeAnswer:
    """What the caller sends back."""

    id: str
    answer: str
    proof: str | None = None
    """What pays for the code; None when the caller brings nothing."""
    is_exempt: bool = False
    """From the price: the caller has authenticated."""


@dataclass(frozen=True)
class CheckedAnswer:
    """What an adapter says of an answer, before anyone knows whether it is the first one.

    `problem` is None when the answer is right. `consume_until` is the code's end when the answer
    consumes it (right or wrong), None when there is nothing to consume (not ours, or too late).
    """

    problem: SecurityCodeProblem | None
    consume_until: datetime | None = None


@dataclass(frozen=True)
class Media:
    """A picture or a sound: its MIME type and its bytes."""

    mime: str
    content: bytes
