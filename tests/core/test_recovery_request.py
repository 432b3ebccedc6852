"""The states of a request, and the decision on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.errors import LinkProblem
from core.policy import STANDARD, STRICT, RenewalPolicy
from core.recovery_request import (
    LINK_IS_GONE,
    TRANSITIONS,
    Dismissal,
    ForbiddenTransition,
    History,
    State,
    decide,
)
from core.voter import EmailAddress, Numic, PhoneNumber, Voter
from core.voting_round import VotingRound

NOW = datetime(2027, 6, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
ROUND = VotingRound("2027-1", NOW - timedelta(days=1), NOW + timedelta(days=4))
ENDLESS = replace(ROUND, closes_at=NOW + timedelta(days=1000))
EMAIL = EmailAddress("camille.martin@example.org")
VOTER = Voter(Numic("00012345"), EMAIL, PhoneNumber("+33639980001"))
OTHER = EmailAddress("dominique.bernard@example.org")


def moves(request, link):
    """Every move that the domain knows, by the state that it leads to."""
    return {
        State.DISMISSED: lambda: request.dismissed(Dismissal.NO_PHONE, NOW, "voter"),
        State.LINK_SENT: lambda: request.with_link(link, NOW, "voter", "2027-1"),
        State.PASSWORD_SENT: lambda: request.password_handed_over(NOW),
        State.UNDELIVERED: lambda: request.given_up(NOW, in_force=True),
    }


class TestTransitions:
    def test_the_table_is_closed(self):
        """Every state has its row, and every move leads to a state of the table."""
        assert set(TRANSITIONS) == set(State)
        assert {after for row in TRANSITIONS.values() for after in row} <= set(State)

    def test_every_state_is_reached(self):
        """From *received*, every state can be come to."""
        reached, edge = set(), {State.RECEIVED}
        while edge:
            reached |= edge
            edge = {after for state in edge for after in TRANSITIONS[state]} - reached
        assert reached == set(State)

    def test_every_request_comes_to_an_end(self):
        """No state returns to itself, by whatever way: each move is made once at most."""

        def ends(state, before=()):
            assert state not in before
            return all(ends(after, (*before, state)) for after in TRANSITIONS[state])

        assert ends(State.RECEIVED)

    @pytest.mark.parametrize("after", [*moves(None, None)])
    @pytest.mark.parametrize("state", State)
    def test_only_the_moves_of_the_table_are_made(self, link_sent, state, after):
        """R19: a move that is not in the table raises, and changes nothing."""
        request = link_sent(state=state)
        move = moves(request, request.link)[after]
        if after in TRANSITIONS[state]:
            assert move().state is after
            assert move().changed_at == NOW
        else:
            with pytest.raises(ForbiddenTransition, match=f"{state} -> {after}"):
                move()

    def test_used_links_lead_nowhere_but_to_a_password(self):
        """R13: no state after *confirmed* leads back to a link."""
        assert State.LINK_SENT not in set().union(
            *(row for state, row in TRANSITIONS.items() if state is not State.RECEIVED)
        )


class TestMoves:
    @pytest.mark.parametrize("reason", Dismissal)
    def test_a_dismissal_forgets_what_was_typed(self, received, reason):
        """R44: no reason keeps the typed address; only an explained one counts as written."""
        dismissed = received().dismissed(reason, NOW, "voter")
        assert dismissed.typed_email is None
        assert dismissed.reason is reason
        explained = reason in (
            Dismissal.NO_PHONE,
            Dismissal.PHONE_UNUSABLE,
            Dismissal.IDENTIFIER_RENEWED,
        )
        assert (dismissed.written_at == NOW) is explained is reason.is_explained

    def test_a_link_forgets_what_was_typed(self, received, link_sent):
        """R44: once the link is issued the typed address has served."""
        sent = received().with_link(link_sent().link, NOW, "voter", "2027-1")
        assert (sent.typed_email, sent.written_at, sent.round_id) == (None, NOW, "2027-1")

    def test_the_seed_is_wiped_when_it_has_served(self, link_sent):
        """R20: handed over or given up, the seed goes."""
        confirmed = link_sent(state=State.CONFIRMED, seed=b"s" * 32)
        assert confirmed.password_handed_over(NOW).seed is None
        assert confirmed.given_up(NOW, in_force=False).seed is None

    @pytest.mark.parametrize("in_force", [True, False])
    def test_giving_up_keeps_whether_the_old_password_is_dead(self, link_sent, in_force):
        """R19: what the voter must be told is kept with the request; before that it is not so."""
        confirmed = link_sent(state=State.CONFIRMED)
        assert confirmed.password_was_in_force is False
        assert confirmed.given_up(NOW, in_force).password_was_in_force is in_force


class TestLinkProblem:
    @pytest.mark.parametrize(
        ("state", "problem"),
        [
            (State.LINK_SENT, None),
            (State.EXPIRED, LinkProblem.EXPIRED),
            (State.SUPERSEDED, LinkProblem.REVOKED),
            (State.REVOKED, LinkProblem.REVOKED),
            (State.CONFIRMED, LinkProblem.USED),
            (State.PASSWORD_SENT, LinkProblem.USED),
            (State.DELIVERED, LinkProblem.USED),
            (State.UNDELIVERED, LinkProblem.USED),
        ],
    )
    def test_each_state_has_its_answer(self, link_sent, noon, keyring, state, problem):
        """R13, R17: what a voter is told of a link, state by state."""
        assert link_sent(state=state).link_problem(noon, keyring) is problem

    def test_a_link_is_gone_when_it_has_a_problem(self, link_sent, noon, keyring):
        """R26: the states in which quotas are waived are those in which a link that was there is
        good no more."""
        problems = {state for state in State if link_sent(state=state).link_problem(noon, keyring)}
        assert problems - {State.RECEIVED, State.DISMISSED} == LINK_IS_GONE

    @pytest.mark.parametrize("state", [State.RECEIVED, State.DISMISSED])
    def test_no_link_is_no_link(self, received, keyring, state):
        """A request without a link has none to tell about."""
        assert received(state=state).link_problem(NOW, keyring) is LinkProblem.UNKNOWN

    def test_a_link_ends_at_its_end(self, link_sent, keyring):
        """R17: at its end, not a microsecond before."""
        request = link_sent()
        end = request.link.expires_at
        assert request.link_problem(end - TICK, keyring) is None
        assert request.link_problem(end, keyring) is LinkProblem.EXPIRED


def history(*written, asked=0, gone=False):
    return History([NOW - ago for ago in written], asked, gone)


class TestDecide:
    @pytest.mark.parametrize(
        ("outcome", "changes"),
        [
            (None, {}),
            (None, {"typed": EmailAddress(" Camille.Martin@EXAMPLE.org".strip())}),
            (None, {"voter": replace(VOTER, identifier_renewed_in="2022-1")}),
            (None, {"typed": OTHER, "voter": replace(VOTER, other_emails=(OTHER,))}),
            (None, {"voter": replace(VOTER, email=None, other_emails=(VOTER.email,))}),
            (None, {"history": history(2 * MINUTE)}),
            (None, {"history": history(2 * MINUTE, 5 * MINUTE, asked=9)}),
            (None, {"history": history(*[2 * MINUTE] * 3, asked=10, gone=True)}),
            (None, {"history": history(*[-TICK, -MINUTE, -300 * MINUTE] * 2)}),
            (Dismissal.ROUND_CLOSED, {"voting_round": None}),
            (Dismissal.UNKNOWN_VOTER, {"voter": None}),
            (Dismissal.EMAIL_DIFFERS, {"typed": OTHER}),
            (Dismissal.EMAIL_DIFFERS, {"voter": replace(VOTER, email=None)}),
            (Dismissal.EMAIL_DIFFERS, {"voter": replace(VOTER, email=None, other_emails=(OTHER,))}),
            (Dismissal.WRITTEN_RECENTLY, {"history": history(2 * MINUTE - TICK)}),
            (Dismissal.WRITTEN_RECENTLY, {"history": history(0 * MINUTE)}),
            (Dismissal.WRITTEN_RECENTLY, {"history": history(MINUTE, gone=True)}),
            (Dismissal.OVER_QUOTA, {"history": history(2 * MINUTE, 5 * MINUTE, 9 * MINUTE)}),
            (Dismissal.OVER_QUOTA, {"history": history(asked=10)}),
            (
                Dismissal.IDENTIFIER_RENEWED,
                {"voter": replace(VOTER, identifier_renewed_in="2027-1")},
            ),
            (Dismissal.NO_PHONE, {"voter": replace(VOTER, phone=None)}),
            (
                Dismissal.PHONE_UNUSABLE,
                {"voter": replace(VOTER, phone=None, has_unusable_phone=True)},
            ),
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
            (Dismissal.WRITTEN_RECENTLY, Dismissal.NO_PHONE),
            (Dismissal.WRITTEN_RECENTLY, Dismissal.IDENTIFIER_RENEWED),
            (Dismissal.IDENTIFIER_RENEWED, Dismissal.NO_PHONE),
        ],
    )
    def test_what_may_be_revealed_comes_last(self, first, second):
        """R7, R25: nothing that a mailbox would be told comes before it is the voter's own."""
        cause = {
            Dismissal.ROUND_CLOSED: {"voting_round": None},
            Dismissal.OVER_QUOTA: {"history": history(asked=10)},
            Dismissal.UNKNOWN_VOTER: {"voter": None},
            Dismissal.EMAIL_DIFFERS: {"typed": OTHER},
            Dismissal.WRITTEN_RECENTLY: {"history": history(MINUTE)},
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

    @given(
        st.sampled_from([STANDARD, STRICT]),
        st.lists(
            st.tuples(st.integers(0, 30 * 60) | st.integers(0, 20), st.sampled_from("MMEEL")),
            min_size=1,
            max_size=120,
        ),
    )
    @example(STANDARD, [(0, "M"), *[(10, "E")] * 10, (3505, "E")])
    @example(STANDARD, [(0, "M"), (120, "E"), (120, "M"), (1, "L"), (119, "M")])
    @example(STANDARD, [(0, "M"), *[(1, "E")] * 10, (120, "L"), (1, "E")])
    def test_nobody_is_locked_out(self, policy: RenewalPolicy, events):
        """R26: however often and whenever anybody asks in a voter's name, by NUMIC (M) or by e-mail
        and NUMEL (E), and whenever a link (L) is used or revoked: whoever is over quota holds a
        link that still works, without exception; whoever has none waits for the cool-down only."""
        now, links, asked, works = NOW, [], {"M": [], "E": []}, False
        for gap, event in events:
            now += timedelta(seconds=gap)
            works = works and now < links[-1] + policy.link_lifetime
            if event == "L":
                works = False
                continue
            since = now - policy.quota_window
            recent = [at for at in links if at > since]
            counted = sum(at > since for at in asked[event])
            past = History(recent, counted, link_is_gone=bool(recent) and not works)
            outcome = decide(VOTER, EMAIL, ENDLESS, past, policy, now)
            if outcome is None:
                links.append(now)
                works = True
            elif outcome is Dismissal.WRITTEN_RECENTLY:
                assert now < links[-1] + policy.link_cooldown
            else:
                assert (outcome, works) == (Dismissal.OVER_QUOTA, True)
            if outcome is not Dismissal.OVER_QUOTA:
                asked[event].append(now)

    @given(st.lists(st.integers(0, 300), min_size=30, max_size=120))
    def test_nobody_is_flooded(self, gaps):
        """R26: whoever asks how often, a voter who uses no link is written to three times a window
        at most."""
        now, links = NOW, []
        for gap in gaps:
            now += timedelta(seconds=gap)
            recent = [at for at in links if at > now - STANDARD.quota_window]
            assert len(recent) <= STANDARD.messages_per_window
            if decide(VOTER, EMAIL, ENDLESS, History(recent), STANDARD, now) is None:
                links.append(now)

    def decide(self, voter=VOTER, typed=EMAIL, voting_round=ROUND, history=None):
        return decide(voter, typed, voting_round, history or History(), STANDARD, NOW)
