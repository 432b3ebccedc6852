"""What happened lately to one voter: what quotas are counted from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from core.policy import RenewalPolicy
from core.recovery_request import State
from core.voting_round import VotingRound

DAY = timedelta(hours=24)
MOST_COUNTED = 100
"""So many of a voter's latest requests are looked at: more than any cap."""


class LatestLink(Enum):
    """What became of the latest link that a voter was sent within a day."""

    NONE = auto()
    """There is none, or it ran out, or was ended: she holds nothing."""
    LIVE = auto()
    """Wrong identifiers, given by others who read the mailbox, leave it to her (R61)."""
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
    did_mail_fail: bool = False
    """Its e-mail came back, or no relay would have it: the voter was not written to."""

    def counts_in(self, voting_round: VotingRound) -> bool:
        """Whether it may use up what the voter has for this round: one of another round at the
        same time does not (R49)."""
        return self.round_id in (None, voting_round.id)


@dataclass(frozen=True)
class History:
    """What happened lately to one voter."""

    earlier: Sequence[Earlier] = ()
    """Requests that led to an e-mail, since the round opened and within the last day; those whose
    e-mail failed as well."""
    asked: int = 0
    """Earlier requests with the same number and e-mail examined within the quota window."""
    is_frozen: bool = False
    """An operator has stopped this voter's renewals: a link that she holds is of no use now."""
    counts_from: datetime | None = None
    """When an operator last let this voter's renewals go on again. What others did in her name
    before, reading her mail, is not counted against her (R61)."""

    @property
    def counted(self) -> Sequence[Earlier]:
        """Requests that count: those after `counts_from` whose e-mail did not fail."""
        return [each for each in self._since_then if not each.did_mail_fail]

    @property
    def _since_then(self) -> Sequence[Earlier]:
        since = self.counts_from
        return [each for each in self.earlier if since is None or each.written_at > since]

    def failed(self, now: datetime) -> list[datetime]:
        """When the e-mails were sent, within a day and in order, that did not arrive."""
        mine = (each.written_at for each in self._since_then if each.did_mail_fail)
        return sorted(at for at in mine if now - DAY < at <= now)

    def written(self, now: datetime) -> list[datetime]:
        """When she was written to within a day, in order. A time in the future is a clock that was
        set right since, and counts for nothing."""
        return sorted(at for each in self.counted if now - DAY < (at := each.written_at) <= now)

    def counted_until(self, policy: RenewalPolicy, now: datetime) -> list[datetime]:
        """Until when each e-mail of a day counts, in order: those that requests led to, and the
        notices of renewals, which come when the SMS has left."""
        ends = [at + DAY for at in self.written(now)]
        for each in self.counted:
            if each.confirmed_at is not None and each.confirmed_at <= now:
                told_at = max(each.confirmed_at, each.changed_at or each.confirmed_at)
                if each.state is State.CONFIRMED:
                    told_at += policy.message_deadline
                ends.append(told_at + DAY)
        return sorted(end for end in ends if end > now)

    def written_in(self, voting_round: VotingRound, now: datetime) -> int:
        """How many e-mails the voter has had of this round."""
        mine = (each for each in self.counted if each.counts_in(voting_round))
        return sum(voting_round.opens_at <= each.written_at <= now for each in mine)

    def explained(self, now: datetime) -> int:
        """How many of the day's e-mails were explanations."""
        day = (each for each in self.counted if now - DAY < each.written_at <= now)
        return sum(each.link_ends_at is None for each in day)

    def latest_link(self, now: datetime) -> LatestLink:
        sent = [
            each
            for each in self.counted
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
        times = [each.confirmed_at for each in self.counted if each.confirmed_at is not None]
        if not times or self.did_last_sms_fail():
            return False
        in_day = sum(at > now - DAY for at in times)
        mine = (each.confirmed_at for each in self.counted if each.counts_in(voting_round))
        in_round = sum(at is not None and at >= voting_round.opens_at for at in mine)
        return in_day >= policy.renewals_per_day or in_round >= policy.renewals_per_round

    def did_last_sms_fail(self) -> bool:
        """Whether the SMS of the latest renewal did not arrive: no password works then."""
        renewed = [(each.confirmed_at, each.state) for each in self.counted if each.confirmed_at]
        return bool(renewed) and max(renewed)[1] is State.UNDELIVERED


_LATEST = {
    State.EXPIRED: LatestLink.NONE,
    State.SUPERSEDED: LatestLink.NONE,
    State.REVOKED: LatestLink.NONE,
}
