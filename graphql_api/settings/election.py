"""When renewal is open, and under which rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator

from core.electorate import Electorate, comparable
from core.policy import PROFILES, RenewalPolicy
from core.voting_round import Calendar, VotingRound

from .section import Section

FIGURES = (
    "renewals_per_day",
    "renewals_per_round",
    "messages_per_day",
    "messages_per_round",
    "explanations_per_day",
)
"""Of the policy's figures those that have a setting of their own."""


def _named(name: str) -> str:
    if not comparable(name):
        raise ValueError("a name is empty")
    return name


LONGEST_NAME = 64
"""Characters, as in an imported register."""

Name = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_NAME, coerce_numbers_to_str=True),
    AfterValidator(_named),
]
Names = Annotated[tuple[Name, ...], Field(min_length=1)]
"""At least one: an empty list would be taken for everybody, or for nobody. Left out: everybody."""


class RoundSettings(BaseModel, extra="forbid"):
    """One voting round, as it is written in the calendar."""

    id: str = Field(min_length=1)
    opens_at: datetime
    closes_at: datetime
    constituencies: Names | None = None
    posts: Names | None = None

    @property
    def electorate(self) -> Electorate:
        return Electorate.of(self.constituencies or (), self.posts or ())


class ElectionSettings(Section):
    """The election"""

    voting_rounds: tuple[RoundSettings, ...] = Field(
        default=(),
        description='The calendar, as JSON: `[{"id": ..., "opens_at": ..., "closes_at": '
        "...}]`, dates with a time zone. Without an open round, renewal is closed. A round may "
        'have `"constituencies": ["2"]` and `"posts": ["Lima"]`, as the register names them: it is '
        "for these voters only then, and others may overlap it.",
    )
    policy: Literal["standard", "strict", "trial"] = Field(
        default="standard",
        description="The named set of lifetimes and quotas: `standard` (links live 60 minutes, "
        "5 attempts), `strict` (15 minutes, 3 attempts, 16 characters) or `trial` (no quotas: "
        "never for a real vote).",
    )

    renewals_per_day: int | None = Field(
        default=None,
        ge=1,
        description="Most confirmed renewals of one voter within 24 hours; empty: the policy's. "
        "One whose last SMS did not arrive may go on.",
    )
    renewals_per_round: int | None = Field(
        default=None, ge=1, description="The same within a voting round."
    )
    messages_per_day: int | None = Field(
        default=None,
        ge=1,
        description="Most e-mails within 24 hours to one voter, with the notices of renewals; "
        "empty: the policy's. Four are kept from whoever asks while she holds a link that works: "
        "for its notice, another link and its notice. That link lives until the next may follow. "
        "Beyond them is a voter whose last SMS did not arrive, once an hour.",
    )
    messages_per_round: int | None = Field(
        default=None,
        ge=1,
        description="The same within a voting round; each remaining day keeps one.",
    )
    explanations_per_day: int | None = Field(
        default=None,
        ge=1,
        description="Most e-mails within 24 hours that tell one voter why there is no link.",
    )

    @model_validator(mode="after")
    def _sound_policy(self) -> Self:
        self.renewal_policy  # noqa: B018 - raises
        return self

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
        """The named set, with the figures that are set by themselves. Raises `ValueError`."""
        given = {name: getattr(self, name) for name in FIGURES}
        own = {name: figure for name, figure in given.items() if figure is not None}
        return replace(PROFILES[self.policy], **own) if own else PROFILES[self.policy]


def _calendar(rounds: tuple[RoundSettings, ...]) -> Calendar:
    return Calendar.of(
        VotingRound(each.id, each.opens_at, each.closes_at, each.electorate) for each in rounds
    )
