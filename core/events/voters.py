"""What voters ask for, and what they get: a renewal from its form to its password."""

from __future__ import annotations

from dataclasses import dataclass

from core.reasons import Dismissal, Revocation

from .kinds import Event


@dataclass(frozen=True)
class RenewalRequested(Event):
    """The form was accepted and the confirmation shown. Nothing is known of the voter yet."""


@dataclass(frozen=True)
class RenewalDismissed(Event):
    """No link, for `reason`."""

    reason: Dismissal
    voter: str | None


@dataclass(frozen=True)
class LinkIssued(Event):
    """A one-time link was made and its e-mail queued; `superseded` older ones were revoked."""

    voter: str
    superseded: int


@dataclass(frozen=True)
class LinkRevoked(Event):
    """A link was ended before its time, for `reason`; the voter may ask again at once."""

    voter: str | None
    reason: Revocation


@dataclass(frozen=True)
class LinkReplaced(Event):
    """A report on the e-mail held the link: it works no more, and the next relay sends another."""

    voter: str | None


@dataclass(frozen=True)
class IdentifierMismatched(Event):
    """A wrong identifier was given with a good link."""

    attempts_left: int


@dataclass(frozen=True)
class RenewalConfirmed(Event):
    """The link was redeemed; the password is being issued."""

    voter: str | None


@dataclass(frozen=True)
class PasswordIssued(Event):
    """The new password is in force and a provider has its SMS. The portal may end sessions
    (R22)."""

    voter: str | None
    route: str


@dataclass(frozen=True)
class AssistanceAsked(Event):
    """A voter wrote to the assistance cell."""

    reference: str
