"""What a report is made of: the moments that matter, and the tables of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.alert import Alert
from core.evidence import Axis, Evidence, settled
from core.intervention import Intervention
from core.use_cases.give_evidence import GiveEvidence
from core.use_cases.give_first_sending import GiveFirstSending
from core.voting_round import VotingRound

from .line_of_time import LineOfTime, line_of_time

AXES = (Axis.CONSTITUENCY, Axis.POST, Axis.COUNTRY)


@dataclass(frozen=True)
class Moment:
    """The figures of one moment."""

    what: str
    """In a few words: the opening, the closing, or nothing."""
    at: datetime
    total: Evidence
    tables: Sequence[Evidence]
    """One for each of `AXES`."""


@dataclass(frozen=True)
class FirstSending:
    """The sending of all passwords before the round, as far as it was reported."""

    total: Evidence
    tables: Sequence[Evidence]
    """One for each of `AXES`."""


@dataclass(frozen=True)
class Report:
    """A round at some moments, in their order."""

    round: VotingRound
    made_at: datetime
    moments: Sequence[Moment]
    first_sending: FirstSending | None = None
    """None when nothing of it was imported."""
    course: LineOfTime | None = None
    """None before an hour of the round has passed."""


async def make_report(
    give: GiveEvidence,
    voting_round: VotingRound,
    asked: Iterable[datetime],
    now: datetime,
    give_first: GiveFirstSending | None = None,
    alerts: Iterable[Alert] = (),
    acts: Iterable[Intervention] = (),
) -> Report:
    """At the moments asked for; at the opening and the closing, as far as they have passed; and at
    the last hour, while the round is open. Raises `StoreUnavailable`."""
    named = {settled(voting_round.opens_at, now): "opening"} if voting_round.opens_at <= now else {}
    if voting_round.closes_at <= now:
        named[settled(voting_round.closes_at, now)] = "closing"
    elif named:
        named.setdefault(settled(now, now), "")
    for each in asked:
        named.setdefault(settled(each, now), "")
    moments = [await _at(give, voting_round.id, each, named[each]) for each in sorted(named)]
    sent = give_first and await give_first(voting_round.id, None, *AXES)
    first = FirstSending(sent[0], sent[1:]) if sent else None
    course = await line_of_time(give, voting_round, now, alerts, acts)
    return Report(voting_round, now, moments, first, course)


async def _at(give: GiveEvidence, round_id: str, at: datetime, what: str) -> Moment:
    total, *tables = await give(round_id, at, None, *AXES)
    return Moment(what, total.as_of, total, tables)
