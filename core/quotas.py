"""How often one voter is written to, and renews: every rule about it, and the decision.

Two rules come before all others. Nobody is locked out by another: what a quota withholds from a
voter, she has already, a link that works. And nobody takes a password away by renewing over and
over: confirmed renewals are counted themselves (R26, R61).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core.policy import LONGEST_LINK_LIFETIME, RenewalPolicy
from core.reasons import Dismissal
from core.voter import EmailAddress, Voter
from core.voter_history import DAY, History, LatestLink
from core.voting_round import VotingRound

RENEWAL = 2
"""E-mails of one renewal: the link, and the notice once it was used (R22). No cap withholds the
notice, so the link goes only where there is room for both."""


def decide(
    voter: Voter | None,
    typed_email: EmailAddress,
    voting_round: VotingRound | None,
    history: History,
    policy: RenewalPolicy,
    now: datetime,
) -> Dismissal | None:
    """May this voter have a link? None means yes; otherwise the reason why not.

    The order is the order of what may be revealed: what concerns no voter first, then whether the
    e-mail is the voter's, and only then what is told to the registered mailbox (R7, R8, R25, R26).
    """
    if voting_round is None:
        return Dismissal.ROUND_CLOSED
    holds_link = history.latest_link(now) is LatestLink.LIVE and not history.is_frozen
    if history.asked >= policy.requests_per_window and (voter is None or holds_link):
        return Dismissal.OVER_QUOTA
    if voter is None:
        return Dismissal.UNKNOWN_VOTER
    if not any(each.same_as(typed_email) for each in voter.emails):
        return Dismissal.EMAIL_DIFFERS
    withheld = _withheld(history, voting_round, policy, now)
    if withheld is not None and (withheld is Dismissal.WRITTEN_RECENTLY or not history.is_frozen):
        return withheld
    reason = _to_be_explained(voter, voting_round, history, policy, now)
    if reason is not None and not _has_room_to_explain(history, policy, now):
        return Dismissal.OVER_QUOTA
    return reason


def is_closing_told(
    voter: Voter | None,
    typed_email: EmailAddress,
    history: History,
    policy: RenewalPolicy,
    now: datetime,
) -> bool:
    """Whether a voter for whom no round is open is told so by e-mail: the form was taken, and she
    waits. Only at the voter's own address, as seldom as anything is explained (R7, R25, R26)."""
    if voter is None or not any(each.same_as(typed_email) for each in voter.emails):
        return False
    written = history.written(now)
    if written and now - written[-1] < policy.link_cooldown:
        return False
    return _has_room_to_explain(history, policy, now)


def looked_at_since(voting_round: VotingRound | None, now: datetime) -> datetime:
    """How far back a voter's requests matter: a day, and as long as the round is open."""
    return now - DAY if voting_round is None else min(now - DAY, voting_round.opens_at)


def link_end(
    history: History, voting_round: VotingRound, policy: RenewalPolicy, now: datetime
) -> datetime:
    """When a link that is issued now ends. It lives until another may follow it: a voter whom a
    quota withholds the next one still holds this one (R26)."""
    in_round = history.written_in(voting_round, now) + 1
    next_at = max(
        now + policy.link_lifetime,
        now + policy.cooldown_after(len(history.written(now)) + 1),
        now + (DAY if _is_sparing(in_round, voting_round, policy, now) else timedelta(0)),
    )
    counted = sorted([*history.counted_until(policy, now), now + DAY])
    too_many = len(counted) - max(0, policy.messages_while_live)
    if too_many > 0:
        next_at = max(next_at, counted[too_many - 1])
    return min(next_at, now + LONGEST_LINK_LIFETIME, voting_round.closes_at)


def _withheld(
    history: History, voting_round: VotingRound, policy: RenewalPolicy, now: datetime
) -> Dismissal | None:
    """Whether the voter was written to too recently, or too often."""
    if _does_mail_fail(history, policy, now):
        return Dismissal.OVER_QUOTA
    written = history.written(now)
    if not written:
        return None
    latest, ago = history.latest_link(now), now - written[-1]
    counted = len(history.counted_until(policy, now))
    if ago < policy.link_cooldown:
        return Dismissal.WRITTEN_RECENTLY
    if latest is LatestLink.LIVE:
        recent = sum(now - at < policy.quota_window for at in written)
        is_soon = recent >= policy.messages_per_window or ago < policy.cooldown_after(len(written))
        if is_soon or counted > policy.messages_while_live:
            return Dismissal.OVER_QUOTA
    in_round = history.written_in(voting_round, now)
    sparing = _is_sparing(in_round, voting_round, policy, now)
    is_full = counted + RENEWAL > policy.messages_per_day
    if not is_full and not sparing:
        return None
    has_password = latest is LatestLink.USED and not history.did_last_sms_fail()
    if is_full and has_password:
        return Dismissal.OVER_QUOTA
    # Who holds nothing is sent one e-mail a lifetime, who holds a link one a day.
    least = DAY if latest is LatestLink.LIVE else policy.link_lifetime
    return Dismissal.OVER_QUOTA if ago < least else None


def _does_mail_fail(history: History, policy: RenewalPolicy, now: datetime) -> bool:
    """Whether as many of the day's e-mails as may be sent have failed, and the last of them is no
    lifetime of a link old: whoever has repaired her mailbox is sent the next."""
    failed = history.failed(now)
    return len(failed) >= policy.messages_per_day and now - failed[-1] < policy.link_lifetime


def _has_room_to_explain(history: History, policy: RenewalPolicy, now: datetime) -> bool:
    told, counted = history.explained(now), len(history.counted_until(policy, now))
    return told < policy.explanations_per_day and counted < policy.messages_per_day


def _is_sparing(
    in_round: int, voting_round: VotingRound, policy: RenewalPolicy, now: datetime
) -> bool:
    """Whether the round's e-mails are so far used up that one a day is left: each remaining day
    keeps one, so that nobody can use up what a voter needs on the last day."""
    days_left = -(-(voting_round.closes_at - now) // DAY)
    kept = min(days_left, policy.messages_per_round - policy.messages_per_day)
    return in_round + kept >= policy.messages_per_round


def _to_be_explained(
    voter: Voter,
    voting_round: VotingRound,
    history: History,
    policy: RenewalPolicy,
    now: datetime,
) -> Dismissal | None:
    """What stands in the way of a password, by e-mail only (R7, R8). An operator's order comes
    first: what else there is to say is the assistance cell's to tell."""
    if history.is_frozen:
        return Dismissal.RENEWALS_FROZEN
    if voter.has_renewed_identifier_in(voting_round.id):
        return Dismissal.IDENTIFIER_RENEWED
    if voter.phone is None:
        return Dismissal.PHONE_UNUSABLE if voter.has_unusable_phone else Dismissal.NO_PHONE
    if history.are_renewals_used_up(policy, voting_round, now):
        return Dismissal.RENEWALS_USED_UP
    return None
