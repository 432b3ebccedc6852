"""The decision on a request, and how often one voter is written to and renews."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.policy import STANDARD
from core.quotas import decide, link_end, looked_at_since
from core.reasons import Dismissal
from core.recovery_request import State
from core.voter import EmailAddress, Numic, PhoneNumber, Voter
from core.voter_history import DAY, Earlier, History, LatestLink
from core.voting_round import VotingRound

NOW = datetime(2027, 6, 5, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
TICK = timedelta(microseconds=1)
ROUND = VotingRound("2027-1", NOW - 2 * DAY, NOW + 3 * DAY)
EMAIL = EmailAddress("camille.martin@example.org")
VOTER = Voter(Numic("00012345"), EMAIL, PhoneNumber("+33639980001"))
OTHER = EmailAddress("dominique.bernard@example.org")
SENT, REVOKED, EXPIRED = State.LINK_SENT, State.REVOKED, State.EXPIRED
SUPERSEDED, DISMISSED = State.SUPERSEDED, State.DISMISSED
CONFIRMED, DELIVERED, UNDELIVERED = State.CONFIRMED, State.DELIVERED, State.UNDELIVERED
RENEWED = (CONFIRMED, State.PASSWORD_SENT, DELIVERED, UNDELIVERED)


def sent(ago: timedelta, state: State = SUPERSEDED, lives: timedelta = HOUR) -> Earlier:
    """A request that led to an e-mail: with a link, unless it was dismissed."""
    at = NOW - ago
    return Earlier(
        state,
        at,
        link_ends_at=None if state is DISMISSED else at + lives,
        confirmed_at=at if state in RENEWED else None,
    )


def mails(*ages: timedelta, last: State = SENT, lives: timedelta = HOUR, asked: int = 0) -> History:
    """A link for each time, the latest of which stands in `last`."""
    earlier, latest = [sent(ago) for ago in ages[:-1]], sent(ages[-1], last, lives)
    return History([*earlier, latest], asked)


def times(count: int, *, until: timedelta, every: timedelta = HOUR) -> list[timedelta]:
    """How long ago `count` e-mails were, the latest of them `until` ago."""
    return [until + every * number for number in reversed(range(count))]


def explained(*ages: timedelta) -> History:
    return History([sent(ago, DISMISSED) for ago in ages])


def failed(*ages: timedelta) -> list[Earlier]:
    """Links whose e-mails came back."""
    return [replace(sent(ago, REVOKED), did_mail_fail=True) for ago in ages]


def frozen(*earlier: Earlier) -> History:
    return History(earlier, is_frozen=True)


def renewed(*ages: timedelta, last: State = State.DELIVERED) -> History:
    return History(
        [sent(ago, State.DELIVERED) for ago in ages[:-1]] + [sent(ages[-1], last)],
    )


SIX = renewed(47 * HOUR, 46 * HOUR, 45 * HOUR, 44 * HOUR, 43 * HOUR, 30 * HOUR)
CASES = [
    # outcome, history
    ("nothing before", None, History()),
    ("after the cool-down", None, mails(2 * MINUTE)),
    ("within the cool-down", Dismissal.WRITTEN_RECENTLY, mails(2 * MINUTE - TICK)),
    ("at once", Dismissal.WRITTEN_RECENTLY, mails(0 * MINUTE)),
    ("within it, link used", Dismissal.WRITTEN_RECENTLY, mails(MINUTE, last=CONFIRMED)),
    ("within it, explained", Dismissal.WRITTEN_RECENTLY, explained(MINUTE)),
    ("two in the window", None, mails(5 * MINUTE, 2 * MINUTE, asked=9)),
    ("three in the window", Dismissal.OVER_QUOTA, mails(30 * MINUTE, 20 * MINUTE, 9 * MINUTE)),
    ("the same, used", None, mails(9 * MINUTE, 5 * MINUTE, 2 * MINUTE, last=CONFIRMED)),
    ("the same, ended", None, mails(9 * MINUTE, 5 * MINUTE, 2 * MINUTE, last=REVOKED)),
    ("the same, expired", None, mails(9 * MINUTE, 5 * MINUTE, 2 * MINUTE, last=EXPIRED)),
    ("the same, run out", None, mails(9 * MINUTE, 5 * MINUTE, 2 * MINUTE, lives=MINUTE)),
    ("asked ten times", Dismissal.OVER_QUOTA, mails(5 * MINUTE, asked=10)),
    ("asked ten times, no link", None, mails(5 * MINUTE, last=EXPIRED, asked=10)),
    ("asked ten times, explained", None, History([sent(5 * MINUTE, DISMISSED)], asked=10)),
    ("a clock set right since", None, mails(*[-300 * MINUTE, -MINUTE, -TICK] * 2)),
    # A7: the cool-down grows
    # A7: six a day in all; a voter who holds the third link keeps what she may need after it
    ("third of the day", Dismissal.OVER_QUOTA, mails(*times(3, until=20 * HOUR), lives=DAY)),
    ("the first of three has left the day", None, mails(*times(3, until=22 * HOUR), lives=DAY)),
    ("third of the day, used", None, mails(*times(3, until=2 * MINUTE), last=DELIVERED)),
    ("third of the day, its SMS on the way", None, mails(*times(3, until=HOUR), last=CONFIRMED)),
    ("fourth of the day, used", Dismissal.OVER_QUOTA, mails(*times(4, until=HOUR), last=DELIVERED)),
    ("the same, the SMS lost", None, mails(*times(4, until=HOUR), last=UNDELIVERED)),
    (
        "the same, within the hour",
        Dismissal.OVER_QUOTA,
        mails(*times(4, until=59 * MINUTE), last=UNDELIVERED),
    ),
    ("third, the SMS refused", None, mails(*times(3, until=2 * MINUTE), last=UNDELIVERED)),
    # A1: used links do not waive it
    ("fifth, used", Dismissal.OVER_QUOTA, mails(*times(5, until=10 * HOUR), last=DELIVERED)),
    ("fifth, no link left", None, mails(*times(5, until=HOUR), last=EXPIRED)),
    # A7: twenty a round, of which each day left keeps one
    (
        "sixteen in the round",
        None,
        mails(*times(15, until=26 * HOUR), 2 * HOUR, lives=DAY),
    ),
    (
        "seventeen in the round",
        Dismissal.OVER_QUOTA,
        mails(*times(16, until=26 * HOUR), 2 * HOUR, lives=DAY),
    ),
    (
        "seventeen in the round, a day ago",
        None,
        mails(*times(16, until=26 * HOUR), DAY, lives=DAY),
    ),
    (
        "seventeen in the round, used",
        None,
        mails(*times(16, until=26 * HOUR), HOUR, last=CONFIRMED),
    ),
    # A9: explanations have a cap of their own, and hold nothing else back
    ("explained once", None, explained(HOUR)),
    ("explained three times", None, explained(9 * MINUTE, 5 * MINUTE, 2 * MINUTE)),
    # R61: links to a mailbox that bounces: six a day at once, then one a lifetime
    ("five came back at once", None, History(failed(*times(5, until=TICK, every=MINUTE)))),
    (
        "six came back",
        Dismissal.OVER_QUOTA,
        History(failed(*times(6, until=HOUR - TICK, every=MINUTE))),
    ),
    ("six came back, an hour ago", None, History(failed(*times(6, until=HOUR, every=MINUTE)))),
    ("the first of six a day ago", None, History(failed(DAY, *times(5, until=MINUTE, every=TICK)))),
    (
        "six came back, then one arrived and was used",
        None,
        History([*failed(*times(6, until=3 * HOUR)), sent(2 * MINUTE, DELIVERED)]),
    ),
    (
        "six came back, gone on again since",
        None,
        History(failed(*times(6, until=2 * MINUTE, every=MINUTE)), counts_from=NOW - MINUTE),
    ),
    # A1: renewals
    ("two renewals today", None, renewed(5 * HOUR, HOUR)),
    ("three: no e-mail is left", Dismissal.OVER_QUOTA, renewed(5 * HOUR, 3 * HOUR, HOUR)),
    (
        "three, the last on its way",
        Dismissal.OVER_QUOTA,
        renewed(5 * HOUR, 3 * HOUR, HOUR, last=CONFIRMED),
    ),
    (
        "three, the last did not arrive",
        None,
        renewed(5 * HOUR, 3 * HOUR, HOUR, last=UNDELIVERED),
    ),
    (
        "three, an earlier one did not arrive",
        Dismissal.OVER_QUOTA,
        History(
            [sent(5 * HOUR, UNDELIVERED), *renewed(3 * HOUR, HOUR).earlier],
        ),
    ),
    ("the first of three a day ago", None, renewed(DAY, 3 * HOUR, HOUR)),
    ("six in the round", Dismissal.RENEWALS_USED_UP, SIX),
    (
        "six, one of them before the round",
        None,
        renewed(49 * HOUR, 46 * HOUR, 45 * HOUR, 44 * HOUR, 43 * HOUR, 30 * HOUR),
    ),
    (
        "stopped, a link in the mailbox",
        Dismissal.RENEWALS_FROZEN,
        replace(mails(5 * HOUR, 4 * HOUR, 3 * MINUTE, asked=10), is_frozen=True),
    ),
    ("stopped, just written to", Dismissal.WRITTEN_RECENTLY, frozen(sent(MINUTE))),
    # A14: once they go on again, what came before counts for nothing
    ("gone on again", None, replace(renewed(5 * HOUR, 3 * HOUR, HOUR), counts_from=NOW - MINUTE)),
    (
        "gone on again, used before",
        None,
        replace(mails(*times(5, until=HOUR), last=DELIVERED), counts_from=NOW - HOUR),
    ),
    (
        "gone on again, used since",
        Dismissal.OVER_QUOTA,
        replace(mails(*times(6, until=HOUR), last=DELIVERED), counts_from=NOW - 6 * HOUR),
    ),
    (
        "gone on again, just written to",
        Dismissal.WRITTEN_RECENTLY,
        replace(mails(2 * HOUR, MINUTE), counts_from=NOW - HOUR),
    ),
    ("stopped, told once", Dismissal.RENEWALS_FROZEN, frozen(sent(HOUR, DISMISSED))),
    (
        "stopped, told twice",
        Dismissal.OVER_QUOTA,
        frozen(sent(5 * HOUR, DISMISSED), sent(4 * HOUR, DISMISSED)),
    ),
    (
        "three, told twice already",
        Dismissal.OVER_QUOTA,
        History(
            [
                *renewed(9 * HOUR, 8 * HOUR, 7 * HOUR).earlier,
                *explained(5 * HOUR, 4 * HOUR).earlier,
            ]
        ),
    ),
]


@pytest.mark.parametrize(
    ("outcome", "past"), [pytest.param(*case[1:], id=case[0]) for case in CASES]
)
def test_the_table_of_quotas(outcome, past):
    """R26, R61: A1, A7, A9: what one voter's history makes of the next request."""
    assert decide(VOTER, EMAIL, ROUND, past, STANDARD, NOW) is outcome


@pytest.mark.parametrize(
    ("outcome", "past"),
    [
        pytest.param(*case[1:], id=case[0])
        for case in CASES
        if case[0].startswith(("three:", "three,"))
    ],
)
def test_a_confirmation_is_counted_as_a_request_is(outcome, past):
    """R61: A1: what `redeem` is refused for is what the e-mail explains."""
    assert past.are_renewals_used_up(STANDARD, ROUND, NOW) is (outcome is not None)


class TestDecide:
    @pytest.mark.parametrize(
        ("outcome", "changes"),
        [
            (None, {}),
            (None, {"typed": EmailAddress(" Camille.Martin@EXAMPLE.org".strip())}),
            (None, {"voter": replace(VOTER, identifier_renewed_in="2022-1")}),
            (None, {"typed": OTHER, "voter": replace(VOTER, other_emails=(OTHER,))}),
            (None, {"voter": replace(VOTER, email=None, other_emails=(VOTER.email,))}),
            (Dismissal.ROUND_CLOSED, {"voting_round": None}),
            (Dismissal.UNKNOWN_VOTER, {"voter": None}),
            (Dismissal.EMAIL_DIFFERS, {"typed": OTHER}),
            (Dismissal.EMAIL_DIFFERS, {"voter": replace(VOTER, email=None)}),
            (Dismissal.EMAIL_DIFFERS, {"voter": replace(VOTER, email=None, other_emails=(OTHER,))}),
            (Dismissal.WRITTEN_RECENTLY, {"history": mails(MINUTE)}),
            (Dismissal.OVER_QUOTA, {"history": mails(9 * MINUTE, asked=10)}),
            (Dismissal.OVER_QUOTA, {"voter": None, "history": History(asked=10)}),
            (
                Dismissal.IDENTIFIER_RENEWED,
                {"voter": replace(VOTER, identifier_renewed_in="2027-1")},
            ),
            (Dismissal.NO_PHONE, {"voter": replace(VOTER, phone=None)}),
            (
                Dismissal.PHONE_UNUSABLE,
                {"voter": replace(VOTER, phone=None, has_unusable_phone=True)},
            ),
            (Dismissal.RENEWALS_USED_UP, {"history": SIX}),
            (Dismissal.RENEWALS_FROZEN, {"history": frozen()}),
        ],
    )
    def test_every_outcome(self, outcome, changes):
        """R7, R8, R12, R25, R26: one row for each reason, and for each way to a link."""
        assert self.decide(**changes) is outcome

    def test_every_reason_is_an_outcome(self):
        """No reason is there in name only."""
        (table,) = [mark.args[1] for mark in TestDecide.test_every_outcome.pytestmark if mark.args]
        assert {outcome for outcome, _ in table} == {None, *Dismissal}

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (Dismissal.ROUND_CLOSED, Dismissal.OVER_QUOTA),
            (Dismissal.OVER_QUOTA, Dismissal.UNKNOWN_VOTER),
            (Dismissal.EMAIL_DIFFERS, Dismissal.IDENTIFIER_RENEWED),
            (Dismissal.EMAIL_DIFFERS, Dismissal.NO_PHONE),
            (Dismissal.EMAIL_DIFFERS, Dismissal.PHONE_UNUSABLE),
            (Dismissal.EMAIL_DIFFERS, Dismissal.RENEWALS_USED_UP),
            (Dismissal.EMAIL_DIFFERS, Dismissal.RENEWALS_FROZEN),
            (Dismissal.RENEWALS_FROZEN, Dismissal.IDENTIFIER_RENEWED),
            (Dismissal.RENEWALS_FROZEN, Dismissal.NO_PHONE),
            (Dismissal.WRITTEN_RECENTLY, Dismissal.NO_PHONE),
            (Dismissal.WRITTEN_RECENTLY, Dismissal.IDENTIFIER_RENEWED),
            (Dismissal.IDENTIFIER_RENEWED, Dismissal.NO_PHONE),
        ],
    )
    def test_what_may_be_revealed_comes_last(self, first, second):
        """R7, R25: nothing that a mailbox would be told comes before it is the voter's own."""
        cause = {
            Dismissal.ROUND_CLOSED: {"voting_round": None},
            Dismissal.OVER_QUOTA: {"history": mails(9 * MINUTE, asked=10)},
            Dismissal.UNKNOWN_VOTER: {"voter": None},
            Dismissal.EMAIL_DIFFERS: {"typed": OTHER},
            Dismissal.WRITTEN_RECENTLY: {"history": mails(MINUTE)},
            Dismissal.RENEWALS_USED_UP: {"history": SIX},
            Dismissal.RENEWALS_FROZEN: {"history": frozen()},
        }
        voter = {
            Dismissal.IDENTIFIER_RENEWED: {"identifier_renewed_in": "2027-1"},
            Dismissal.NO_PHONE: {"phone": None},
            Dismissal.PHONE_UNUSABLE: {"phone": None, "has_unusable_phone": True},
        }
        fields = voter.get(first, {}) | voter.get(second, {})
        changes = {"voter": replace(VOTER, **fields)} if fields else {}
        changes |= cause.get(second, {}) | cause.get(first, {})
        assert self.decide(**changes) is first

    def test_explanations_have_a_small_cap(self):
        """R7, R61: A9: two a day; the day after there is one again."""
        nobody = replace(VOTER, phone=None)
        assert self.decide(voter=nobody, history=explained(HOUR)) is Dismissal.NO_PHONE
        over = self.decide(voter=nobody, history=explained(2 * HOUR, HOUR))
        assert over is Dismissal.OVER_QUOTA
        assert self.decide(voter=nobody, history=explained(DAY, HOUR)) is Dismissal.NO_PHONE
        for links, reason in ((5, Dismissal.NO_PHONE), (6, Dismissal.OVER_QUOTA)):
            written = mails(*times(links, until=HOUR), last=EXPIRED)
            assert self.decide(voter=nobody, history=written) is reason

    def decide(self, voter=VOTER, typed=EMAIL, voting_round=ROUND, history=None):
        return decide(voter, typed, voting_round, history or History(), STANDARD, NOW)


@pytest.mark.parametrize(
    ("end", "past"),
    [
        (HOUR, History()),
        (HOUR, mails(*times(3, until=DAY))),
        (22 * HOUR, mails(2 * HOUR, HOUR)),
        (23 * HOUR, mails(5 * HOUR, HOUR, last=DELIVERED)),
        (23 * HOUR, renewed(3 * HOUR, HOUR)),
        (DAY, mails(*times(16, until=25 * HOUR, every=HOUR))),
    ],
    ids=["first", "a day later", "third", "third, one used", "third renewal", "one a day is left"],
)
def test_a_link_lives_until_another_may_follow(end, past):
    """R17, R26, R61: A7: an hour, or until the next e-mail; a day at most, within the round."""
    assert link_end(past, ROUND, STANDARD, NOW) - NOW == end
    closing = replace(ROUND, closes_at=NOW + MINUTE)
    assert link_end(past, closing, STANDARD, NOW) == closing.closes_at


def test_a_larger_day_has_growing_pauses():
    """R61: A7: where more e-mails a day are set, the pauses between them grow fourfold."""
    policy = replace(STANDARD, messages_per_day=12)
    for written, pause in ((2, 2), (3, 8), (4, 32), (5, 128)):
        ages = times(written - 1, until=3 * HOUR)
        for ago, outcome in ((pause, None), (pause - 1, Dismissal.OVER_QUOTA)):
            past = mails(*ages, ago * MINUTE, lives=DAY)
            expected = outcome if ago >= 2 else Dismissal.WRITTEN_RECENTLY
            assert decide(VOTER, EMAIL, ROUND, past, policy, NOW) is expected


def test_a_notice_counts_from_when_it_was_sent():
    """R22, R61: an SMS that waited brings its notice late; one that waits still may."""
    late = replace(sent(30 * HOUR, DELIVERED), changed_at=NOW - 23 * HOUR)
    waiting = sent(25 * HOUR, CONFIRMED)
    for each, counted in ((late, 1), (waiting, 1), (sent(25 * HOUR, DELIVERED), 0)):
        assert len(History([each]).counted_until(STANDARD, NOW)) == counted


def test_the_latest_link():
    """R26: an explanation is no link, and what was a day ago says nothing."""
    assert explained(HOUR).latest_link(NOW) is LatestLink.NONE
    mixed = History([sent(2 * HOUR, CONFIRMED), sent(HOUR, DISMISSED)])
    assert mixed.latest_link(NOW) is LatestLink.USED
    assert mails(DAY, last=DELIVERED).latest_link(NOW) is LatestLink.NONE
    assert mails(DAY - TICK, last=DELIVERED).latest_link(NOW) is LatestLink.USED
    assert mails(MINUTE, last=REVOKED).latest_link(NOW) is LatestLink.NONE


def test_how_far_back_it_is_looked():
    """R61: a round of any length is counted whole; a day also when it has only begun."""
    assert looked_at_since(ROUND, NOW) == ROUND.opens_at
    assert looked_at_since(None, NOW) == NOW - DAY
    assert looked_at_since(replace(ROUND, opens_at=NOW), NOW) == NOW - DAY


def of_round(history: History, round_id: str | None) -> History:
    return History([replace(each, round_id=round_id) for each in history.earlier])


@pytest.mark.parametrize(("round_id", "used_up"), [("2027-1", True), (None, True), ("2", False)])
def test_what_another_round_at_the_same_time_has_used_up(round_id, used_up):
    """R49, R61: renewals and e-mails of a round are that round's; those of a day are all."""
    past = of_round(renewed(*times(6, until=25 * HOUR, every=4 * HOUR)), round_id)
    assert past.are_renewals_used_up(STANDARD, ROUND, NOW) is used_up
    mailed = of_round(mails(*times(16, until=25 * HOUR, every=HOUR)), round_id)
    lives = DAY if used_up else HOUR
    assert link_end(mailed, ROUND, STANDARD, NOW) == NOW + lives
    today = of_round(renewed(*times(3, until=HOUR)), round_id)
    assert today.are_renewals_used_up(STANDARD, ROUND, NOW)
