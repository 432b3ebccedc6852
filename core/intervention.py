"""What somebody did to a deployment, besides what voters do: kept as a trace (R42).

Orders that keep a record of their own (partners suspended, voters frozen, operators, rounds) have
theirs; this is for all others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.trace import LONGEST_WORDS, check_words


class Act(StrEnum):
    """What was done."""

    PARTNER_ADDED = "partner_added"
    PARTNER_ROTATED = "partner_rotated"
    PARTNER_REVOKED = "partner_revoked"
    SIGNING_SECRET_SHOWN = "signing_secret_shown"
    JOBS_REQUEUED = "jobs_requeued"
    REGISTER_IMPORTED = "register_imported"
    REGISTER_FORCED = "register_forced"
    DATABASE_MIGRATED = "database_migrated"
    DATABASE_MOVED = "database_moved"
    PASSWORD_KEYS_ADOPTED = "password_keys_adopted"
    KEYS_CHANGED = "keys_changed"
    FIRST_SENDING_IMPORTED = "first_sending_imported"
    VOTER_SHOWN = "voter_shown"
    UNREACHED_NAMED = "unreached_named"
    ROUTES_CHANGED = "routes_changed"
    ALERT_ACKNOWLEDGED = "alert_acknowledged"
    ALERT_RESOLVED = "alert_resolved"


@dataclass(frozen=True)
class Intervention:
    """One. `detail` names no voter and holds no secret; it may be empty."""

    at: datetime
    by: str
    act: Act
    detail: str = ""

    def __post_init__(self) -> None:
        """Raises `ValueError` when it does not say who did it; a long detail is cut."""
        check_words(by=self.by)
        object.__setattr__(self, "detail", self.detail[:LONGEST_WORDS])
