"""What doctor says of voting rounds that are kept."""

from __future__ import annotations

from datetime import datetime

from core.errors import DependencyFailure
from core.keys import Keyring
from core.round_release import Operator
from core.use_cases.release_rounds import RoundsKept
from core.voting_round import VotingRound
from graphql_api.compose import Application

from .fitness import Finding, Grade


async def rounds_kept(application: Application) -> list[Finding]:
    """Nothing of a round goes by itself: who forgets one keeps personal data without end."""
    try:
        kept = await application.release_rounds.look()
        operators = await application.keep_operators.all()
    except DependencyFailure:
        return []  # told of the database already
    calendar, now = application.settings.calendar, application.ports.clock.now()
    findings = [
        Finding("rounds", Grade.BAD, _strange(kept, each))
        for each in kept.rounds
        if calendar.named(each) is None
    ]
    if kept.of_no_round:
        text = (
            f"{kept.of_no_round} requests are of no round that the calendar names, or no worker "
            "has looked since an upgrade: put the round back, they are kept without end otherwise"
        )
        findings.append(Finding("rounds", Grade.BAD, text))
    keyring = application.settings.keyring
    if lost := [each.name for each in operators if _is_lost(each, keyring)]:
        text = (
            f"the codes of {', '.join(lost)} are sealed under keys that are not in REASSORT_KEYS: "
            "put the keys back for an hour, with a worker running"
        )
        findings.append(Finding("rounds", Grade.BAD, text))
    closed = [each for each in calendar.rounds if each.closes_at <= now]
    told = [_told(kept, each, now) for each in closed if kept.requests_of(each.id)]
    return findings + [Finding("rounds", Grade.WARNING, each) for each in told]


def _is_lost(operator: Operator, keyring: Keyring) -> bool:
    return operator.removed_at is None and operator.key_id not in keyring


def _strange(kept: RoundsKept, round_id: str) -> str:
    return (
        f"{kept.requests_of(round_id)} requests belong to a round {round_id}, which the calendar "
        "does not name: put it back, it cannot be released otherwise"
    )


def _told(kept: RoundsKept, each: VotingRound, now: datetime) -> str:
    days = (now - each.closes_at).days
    text = f"{each.id} closed {days} days ago, {kept.requests_of(each.id)} requests are kept"
    hold, release = kept.hold_of(each.id), kept.release_of(each.id)
    if hold is not None:
        return f"{text}, held for {(now - hold.held_at).days} days by {hold.held_by}"
    if release is not None and release.approved_at is not None:
        return f"{text}, released: they are deleted after the term"
    return f"{text}: release it once the decision on the election is final (`reassort round`)"
