"""One voter over time, by the quotas: whatever others do in her name, in any order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from core.policy import LONGEST_LINK_LIFETIME, STANDARD, STRICT, RenewalPolicy
from core.quotas import decide, link_end
from core.reasons import Dismissal
from core.recovery_request import State
from core.voter_history import DAY, Earlier, History
from core.voting_round import VotingRound
from tests.core.test_quotas import (
    DELIVERED,
    DISMISSED,
    EMAIL,
    HOUR,
    NOW,
    RENEWED,
    SENT,
    SUPERSEDED,
    UNDELIVERED,
    VOTER,
)


class Mailbox:
    """One voter over time, by the rules; `works`: whether she holds a link that works."""

    def __init__(self, policy: RenewalPolicy, days: float) -> None:
        self.policy, self.now = policy, NOW
        self.round = VotingRound("2027-1", NOW, NOW + DAY * days)
        self.earlier: list[Earlier] = []
        self.asked: dict[str, list[datetime]] = {"M": [], "E": []}

    @property
    def works(self) -> bool:
        latest = self.earlier[-1] if self.earlier else None
        return latest is not None and latest.state is SENT and self.now < latest.link_ends_at

    @property
    def renewals(self) -> list[datetime]:
        return [each.confirmed_at for each in self.earlier if each.confirmed_at]

    def end(self, state: State) -> None:
        """The latest link is used, and the SMS arrives or not."""
        if self.works:
            at = self.now if state in RENEWED else None
            self.earlier[-1] = replace(self.earlier[-1], state=state, confirmed_at=at)

    def ask(self, by: str = "M") -> Dismissal | None:
        since = self.now - self.policy.quota_window
        past = History(self.earlier, sum(at > since for at in self.asked[by]))
        outcome = decide(VOTER, EMAIL, self.round, past, self.policy, self.now)
        if outcome is None:
            end = link_end(past, self.round, self.policy, self.now)
            assert end - self.now <= LONGEST_LINK_LIFETIME
            if self.works:
                self.earlier[-1] = replace(self.earlier[-1], state=SUPERSEDED)
            self.earlier.append(Earlier(SENT, self.now, end))
        elif outcome is Dismissal.RENEWALS_USED_UP:
            self.earlier.append(Earlier(DISMISSED, self.now))
        if outcome is not Dismissal.OVER_QUOTA:
            self.asked[by].append(self.now)
        return outcome

    def in_any_day(self) -> int:
        """The most e-mails within 24 hours, notices of renewals included."""
        at = [each.written_at for each in self.earlier]
        at += [each.confirmed_at for each in self.earlier if each.confirmed_at]
        return max(sum(each <= other < each + DAY for other in at) for each in at)


@given(
    st.sampled_from([STANDARD, STRICT]),
    st.floats(0.5, 40),
    st.lists(st.tuples(st.integers(0, 26 * 3600) | st.integers(0, 900), st.sampled_from("ME"))),
)
@example(STANDARD, 30, [(60, "M")] * 500)
@example(STRICT, 5, [(10, "E")] * 300)
def test_a_stranger_locks_nobody_out_and_floods_nobody(policy, days, events):
    """R26, R61: A7: whoever asks in a voter's name, and how often: after each request she holds a
    link that works; six e-mails a day at most, twenty in a round of up to a fortnight."""
    box = Mailbox(policy, days)
    for gap, by in events:
        box.now += timedelta(seconds=gap)
        if box.now >= box.round.closes_at:
            break
        outcome = box.ask(by)
        assert outcome in (None, Dismissal.WRITTEN_RECENTLY, Dismissal.OVER_QUOTA)
        assert box.works
    if box.earlier:
        assert box.in_any_day() <= policy.messages_per_day
        assert len(box.earlier) <= max(policy.messages_per_round, policy.messages_per_day + days)


@given(
    st.lists(st.tuples(st.integers(0, 5 * 3600) | st.integers(0, 900), st.sampled_from("MEU"))),
)
@example([(130, "M"), (0, "U")] * 200)
@example([(130, "M"), (0, "U"), (130, "E")] * 100)
@example([(130, "M")] * 30 + [(0, "U")] + [(3600, "M"), (0, "U")] * 20)
def test_who_reads_the_mailbox_renews_no_more_than_the_caps(events):
    """R61: A1, A7: links asked for and used (U), in any order: the renewals stay within their caps,
    the e-mails of a day within six with the notices, and a voter who holds no link is answered
    within the hour unless she has renewed twice within the day."""
    box = Mailbox(STANDARD, 5)
    for gap, event in events:
        box.now += timedelta(seconds=gap)
        if box.now >= box.round.closes_at:
            break
        if event == "U":
            box.end(DELIVERED)
            continue
        before, held = box.earlier[-1:], box.works
        if box.ask(event) is Dismissal.OVER_QUOTA and not held:
            lately = [at for at in box.renewals if at > box.now - DAY]
            assert box.now - before[0].written_at < HOUR or len(lately) >= 2
    if box.earlier:
        assert box.in_any_day() <= STANDARD.messages_per_day
    assert len(box.renewals) <= STANDARD.renewals_per_round
    for at in box.renewals:
        assert sum(at <= other < at + DAY for other in box.renewals) <= STANDARD.renewals_per_day


@given(
    st.lists(st.tuples(st.integers(0, 5 * 3600) | st.integers(0, 900), st.sampled_from("MMEUL"))),
)
@example([(130, "M")] * 30 + [(0, "L"), (3600, "M"), (0, "L")] * 20)
@example([(130, "M"), (0, "U"), (130, "M"), (0, "U"), (130, "M"), (0, "L"), (3600, "M")])
def test_whose_sms_was_lost_may_ask_again(events):
    """R26, R61: whatever was asked in her name before, a voter whose last SMS did not arrive (L) is
    sent a link within the hour."""
    box = Mailbox(STANDARD, 5)
    for gap, event in events:
        box.now += timedelta(seconds=gap)
        if box.now >= box.round.closes_at:
            break
        if event in "UL":
            box.end(DELIVERED if event == "U" else UNDELIVERED)
            continue
        lost = History(box.earlier).did_last_sms_fail() and not box.works
        before = box.earlier[-1:]
        if box.ask(event) is not None and lost:
            assert box.now - before[0].written_at < HOUR
