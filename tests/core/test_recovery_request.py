"""The states of a request, and the moves between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import LinkProblem
from core.reasons import Dismissal
from core.recovery_request import TRANSITIONS, ForbiddenTransition, State

NOW = datetime(2027, 6, 5, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)


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
            Dismissal.RENEWALS_USED_UP,
            Dismissal.RENEWALS_FROZEN,
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
