"""Why a request was dismissed, and why a link was ended before its time."""

from __future__ import annotations

from enum import StrEnum


class Dismissal(StrEnum):
    """Why a request gets no link. The screen never tells (R3, R23)."""

    UNKNOWN_VOTER = "unknown_voter"
    EMAIL_DIFFERS = "email_differs"
    NO_PHONE = "no_phone"
    PHONE_UNUSABLE = "phone_unusable"
    IDENTIFIER_RENEWED = "identifier_renewed"
    ROUND_CLOSED = "round_closed"
    WRITTEN_RECENTLY = "written_recently"
    OVER_QUOTA = "over_quota"
    RENEWALS_USED_UP = "renewals_used_up"
    RENEWALS_FROZEN = "renewals_frozen"

    @property
    def is_explained(self) -> bool:
        """Whether the registered mailbox always gets an e-mail that says why and what to do (R7).
        It may for a closed round: see `quotas.is_closing_told`."""
        return self in _EXPLAINED


_EXPLAINED = frozenset(
    {
        Dismissal.NO_PHONE,
        Dismissal.PHONE_UNUSABLE,
        Dismissal.IDENTIFIER_RENEWED,
        Dismissal.RENEWALS_USED_UP,
        Dismissal.RENEWALS_FROZEN,
    }
)


class Revocation(StrEnum):
    """Why a link was ended before its time, as far as the request does not tell by itself (wrong
    identifiers have used up its attempts)."""

    MAIL_FAILED = "mail_failed"
    """Its e-mail came back, or no relay would have it."""
    RESTORED = "restored"
    """A backup was put back: whether it was used since is not known."""
