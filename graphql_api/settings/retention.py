"""For how long what has served is kept."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from core.retention import Terms

from .section import Section


class RetentionSettings(Section):
    """Retention"""

    retention_days: float = Field(
        default=30,
        ge=0,
        description="Days from the approval of a voting round's release to the deletion of what "
        "belongs to it. Without a release nothing of a round is ever deleted.",
    )
    assistance_days: float = Field(
        default=90,
        gt=0,
        description="Days for which messages to the assistance cell are kept, and stops of a "
        "voter's renewals after their end.",
    )
    held_receipts_hours: float = Field(
        default=24, gt=0, description="Hours for which receipts wait for their SMS."
    )
    consumed_codes_minutes: float = Field(
        default=5,
        ge=5,
        description="Minutes for which answered security codes are remembered after they run out.",
    )

    @property
    def terms(self) -> Terms:
        return Terms(
            timedelta(days=self.retention_days),
            timedelta(days=self.assistance_days),
            timedelta(hours=self.held_receipts_hours),
            timedelta(minutes=self.consumed_codes_minutes),
        )
