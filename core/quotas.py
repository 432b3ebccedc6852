"""How often one voter is written to, and renews: every rule about it, and the decision.

Two rules come before all others. Nobody is locked out by another: what a quota withholds from a
voter, she has already, a link that works. And nobody takes a password away by renewing over and
over: confirmed renewals are counted themselves (R26, R61).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from core.policy import LONGEST_LINK_LIFETIME, RenewalPolicy
from core.recovery_request import Dismissal, State
from core.voter import EmailAddress, Voter
from core.voting_round import VotingRound

DAY = timedelta(hours=24)
MOST_COUNTED = 100
"""So many of a voter's latest requests are looked at: more than any cap."""
RENEWAL = 2
"""E-mails of one renewal: the link, and the notice once it was used (R22). No cap withholds the
notice, so the link goes only where there is room for both."""


class LatestLink(Enum):
    """What became of the latest link that a voter was sent within a day."""

    NONE = auto()
    """There is none, or it ran out, or its e-mail failed: she holds nothing."""
    LIVE = auto()
    REVOKED = auto()
    """By wrong identifiers, given by somebody who reads the mailbox."""
    USED = auto()


@dataclass(frozen=True)
class Earlier:
    """An earlier request of the voter that led to an e-mail."""

    state: State
    written_at: datetime
    link_ends_at: datetime | None = None
    """None: the e-mail was an explanation."""
    confirmed_at: datetime | None = None
    round_id: str | None = None
    """The voting round in which it was decided; None, which any counts: an explanation of 0.2.0."""
    changed_at: datetime | None = None
    """When its state last changed: not before the notice of a renewal was sent."""

    def counts_in(self, voting_round: VotingRound) -> bool:
        """Whether it may use up what the voter has for this round: one of another round at the
        same time does not (R49)."""
        return self.round_id in (None, voting_round.id)


@dataclass(frozen=True)
class History:
    """What happened lately to one voter."""

    earlier: Sequence[Earlier] = ()
    """Requests that led to an e-mail, since the round opened and within the last day."""
    asked: int = 0
    """Earlier requests with the same number and e-mail examined within the quota window."""
    is_frozen: bool = False
    """An operator has stopped this voter's renewals: a link that she holds is of no use now."""

    def written(self, now: datetime) -> list[datetime]:
        """When she was written to within a day, in order. A time in the future is a clock that was
        set right since, and counts for nothing."""
        return sorted(at for each in self.earlier if now - DAY < (at := each.written_at) <= now)

    def counted_until(self, policy: RenewalPolicy, now: datetime) -> list[datetime]:
        """Until when each e-mail of a day counts, in order: those that requests led to, and the
        notices of renewals, which come when the SMS has left."""
        ends = [at + DAY for at in self.written(now)]
        for each in self.earlier:
            if each.confirmed_at is not None and each.confirmed_at <= now:
                told_at = max(each.confirmed_at, each.changed_at or each.confirmed_at)
                if each.state is State.CONFIRMED:
                    told_at += policy.message_deadline
                ends.append(told_at + DAY)
        return sorted(end for end in ends if end > now)

    def written_in(self, voting_round: VotingRound, now: datetime) -> int:
        """How many e-mails the voter has had of this round."""
        mine = (each for each in self.earlier if each.counts_in(voting_round))
        return sum(voting_round.opens_at <= each.written_at <= now for each in mine)

    def explained(self, now: datetime) -> int:
        """How many of the day's e-mails were explanations."""
        day = (each for each in self.earlier if now - DAY < each.written_at <= now)
        return sum(each.link_ends_at is None for each in day)

    def latest_link(self, now: datetime) -> LatestLink:
        sent = [
            each
            for each in self.earlier
            if each.link_ends_at is not None and now - DAY < each.written_at <= now
        ]
        if not sent:
            return LatestLink.NONE
        latest = max(sent, key=lambda each: each.written_at)
        if latest.state is State.LINK_SENT and latest.link_ends_at is not None:
            return LatestLink.LIVE if now < latest.link_ends_at else LatestLink.NONE
        return _LATEST.get(latest.state, LatestLink.USED)

    def are_renewals_used_up(
        self, policy: RenewalPolicy, voting_round: VotingRound, now: datetime
    ) -> bool:
        """Whether this voter has renewed as often as one may in a day, or in a round. Not so when
        the last SMS did not arrive: then she has no password that works."""
        times = [each.confirmed_at for each in self.earlier if each.confirmed_at is not None]
        if not times or self.did_last_sms_fail():
            return False
        in_day = sum(at > now - DAY for at in times)
        mine = (each.confirmed_at for each in self.earlier if each.counts_in(voting_round))
        in_round = sum(at is not None and at >= voting_round.opens_at for at in mine)
        return in_day >= policy.renewals_per_day or in_round >= policy.renewals_per_round

    def did_last_sms_fail(self) -> bool:
        """Whether the SMS of the latest renewal did not arrive: no password works then."""
        renewed = [(each.confirmed_at, each.state) for each in self.earlier if each.confirmed_at]
        return bool(renewed) and max(renewed)[1] is State.UNDELIVERED


_LATEST = {
    State.EXPIRED: LatestLink.NONE,
    State.SUPERSEDED: LatestLink.NONE,
    State.REVOKED: LatestLink.REVOKED,
}


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
    if is_full and (has_password or latest is LatestLink.REVOKED):
        return Dismissal.OVER_QUOTA
    if latest in (LatestLink.USED, LatestLink.NONE):
        # She holds nothing, and has not lost it by wrong identifiers: one e-mail a lifetime.
        return Dismissal.OVER_QUOTA if ago < policy.link_lifetime else None
    return Dismissal.OVER_QUOTA if ago < DAY else None


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
