"""When renewal is open, and under which rules."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field, field_validator

from core.policy import PROFILES, RenewalPolicy
from core.voting_round import Calendar, VotingRound

from .section import Section


class RoundSettings(BaseModel, extra="forbid"):
    """One voting round, as it is written in the calendar."""

    id: str = Field(min_length=1)
    opens_at: datetime
    closes_at: datetime


class ElectionSettings(Section):
    """The election"""

    voting_rounds: tuple[RoundSettings, ...] = Field(
        default=(),
        description='The calendar, as JSON: `[{"id": ..., "opens_at": ..., "closes_at": '
        "...}]`, dates with a time zone. Without an open round, renewal is closed.",
    )
    policy: Literal["standard", "strict", "trial"] = Field(
        default="standard",
        description="The named set of lifetimes and quotas: `standard` (links live 60 minutes, "
        "5 attempts), `strict` (15 minutes, 3 attempts, 16 characters) or `trial` (no quotas: "
        "never for a real vote).",
    )

    @field_validator("voting_rounds")
    @classmethod
    def _sound_calendar(cls, rounds: tuple[RoundSettings, ...]) -> tuple[RoundSettings, ...]:
        _calendar(rounds)
        return rounds

    @property
    def calendar(self) -> Calendar:
        return _calendar(self.voting_rounds)

    @property
    def renewal_policy(self) -> RenewalPolicy:
        return PROFILES[self.policy]


def _calendar(rounds: tuple[RoundSettings, ...]) -> Calendar:
    return Calendar.of(VotingRound(each.id, each.opens_at, each.closes_at) for each in rounds)
