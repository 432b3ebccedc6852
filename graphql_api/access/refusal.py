"""Why a caller is turned away. For the log alone: the answer is the same for every reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Stable, and never with anything that the caller sent."""

    SEVERAL_CREDENTIALS = "several_credentials"
    UNKNOWN_SCHEME = "unknown_scheme"
    TOO_LONG = "too_long"
    MALFORMED = "malformed"
    UNKNOWN_ISSUER = "unknown_issuer"
    FORBIDDEN_ALGORITHM = "forbidden_algorithm"
    FORBIDDEN_TYPE = "forbidden_type"
    UNKNOWN_KEY_ID = "unknown_key_id"
    KEYS_UNAVAILABLE = "keys_unavailable"
    BAD_SIGNATURE = "bad_signature"
    WRONG_AUDIENCE = "wrong_audience"
    MISSING_CLAIM = "missing_claim"
    MALFORMED_CLAIM = "malformed_claim"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    LIVES_TOO_LONG = "lives_too_long"
    UNKNOWN_PARTNER = "unknown_partner"
    UNKNOWN_API_KEY = "unknown_api_key"
    API_KEY_ENDED = "api_key_ended"
    API_KEY_REVOKED = "api_key_revoked"
    PARTNER_SUSPENDED = "partner_suspended"
    PARTNERS_UNAVAILABLE = "partners_unavailable"
    NOT_THE_ROUTER = "not_the_router"


OURS = frozenset({Reason.KEYS_UNAVAILABLE, Reason.PARTNERS_UNAVAILABLE})
"""Nothing was found wrong with the credentials: we could not look."""


@dataclass(frozen=True)
class AccessRefusal:
    """`issuer` and `partner` are ours, from the settings or the store, when they are known."""

    reason: Reason
    issuer: str = ""
    partner: str = ""


class Refused(Exception):
    """Carries a refusal out of the reading of a token."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
