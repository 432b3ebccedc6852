"""RecoveryRequest: one voter's demand for a new password, from the form to the SMS.

The states and the moves between them are one table; the diagram in the docs is drawn from it. The
decision on a request is in `core/quotas.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from core.errors import LinkProblem
from core.keys import Keyring
from core.locale import Locale
from core.one_time_link import OneTimeLink
from core.reasons import Dismissal, Revocation
from core.unreached import Cause
from core.voter import ElectoralNumber, EmailAddress, Voter


class State(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    DISMISSED = "dismissed"
    LINK_SENT = "link_sent"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    REVOKED = "revoked"
    CONFIRMED = "confirmed"
    PASSWORD_SENT = "password_sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.DISMISSED, State.LINK_SENT}),
    State.LINK_SENT: frozenset({State.CONFIRMED, State.EXPIRED, State.SUPERSEDED, State.REVOKED}),
    State.CONFIRMED: frozenset({State.PASSWORD_SENT, State.UNDELIVERED}),
    State.PASSWORD_SENT: frozenset({State.DELIVERED, State.UNDELIVERED}),
    State.UNDELIVERED: frozenset({State.DELIVERED}),
    State.DISMISSED: frozenset(),
    State.EXPIRED: frozenset(),
    State.SUPERSEDED: frozenset(),
    State.REVOKED: frozenset(),
    State.DELIVERED: frozenset(),
}
"""From each state to those that may follow. A late receipt can still turn *undelivered* around."""


class ForbiddenTransition(Exception):
    """A move that the table does not know: a defect in the caller, never a voter's doing."""


@dataclass(frozen=True)
class RecoveryRequest:
    """One request. `typed_email` and `seed` are wiped as soon as they have served.

    `pair` and `voter` are keyed pseudonyms: of what was typed, and of the voter once known.
    """

    id: str
    number: ElectoralNumber
    typed_email: EmailAddress | None
    pair: str
    locale: Locale
    received_at: datetime
    partner: str | None = None
    """Whose front end the voter used: the e-mail's link leads back there."""
    state: State = State.RECEIVED
    reason: Dismissal | Revocation | None = None
    voter: str | None = None
    round_id: str | None = None
    written_at: datetime | None = None
    """When an e-mail to the voter was queued because of this request."""
    link: OneTimeLink | None = None
    confirmed_at: datetime | None = None
    seed: bytes | None = None
    password_key: str | None = None
    changed_at: datetime | None = None
    password_was_in_force: bool = False
    """Whether the credential store may hold the new password: if its SMS is then given up, the
    voter has none that works."""
    rounds: tuple[str, ...] = ()
    """The voting rounds, by id, that were open when it was received: it belongs to them, whatever
    is decided, and is kept until all of them are released (R47). Empty for a request that release
    0.2.0 received, until a worker has looked them up."""
    round_voter: str | None = None
    """By what the voter is known in the round, whatever keys come and go (`core/round_keys.py`).
    None while nobody could tell: a worker looks again."""
    cause: Cause | None = None
    """Why the voter is not reached, as far as it was noted: see `why_unreached`."""
    constituency: str | None = None
    """Where the voter is counted: as the register had it when it was decided."""
    post: str | None = None
    """The consular post, likewise."""
    country: str | None = None
    """Of the number on file then, ISO 3166; None without one."""

    def counted_at(self, voter: Voter | None, country: str | None) -> RecoveryRequest:
        """Its voter is known now, and the country of the number."""
        if voter is None:
            return self
        return replace(self, constituency=voter.constituency, post=voter.post, country=country)

    @property
    def round_to_be_known_in(self) -> str | None:
        """The round in which the voter is counted; None while none is known."""
        return self.round_id or next(iter(self.rounds), None)

    @property
    def known_as(self) -> tuple[str, ...]:
        """By what the voter's other requests are found: a rotation changes the pseudonym, and not
        what she is known by in the round. Empty while nobody knows who it is."""
        return tuple(each for each in (self.voter, self.round_voter) if each is not None)

    def dismissed(
        self,
        reason: Dismissal,
        now: datetime,
        voter: str | None,
        round_voter: str | None = None,
        round_id: str | None = None,
        is_told: bool | None = None,
    ) -> RecoveryRequest:
        """No link, for `reason`; the typed address is forgotten. `round_id`: the voter's, if there
        is one. `is_told`: whether an e-mail explains it; otherwise the reason says."""
        moved = self._moved(State.DISMISSED, now)
        is_told = reason.is_explained if is_told is None else is_told
        written_at = now if is_told else None
        known = replace(moved, voter=voter, round_voter=round_voter, round_id=round_id)
        if round_id is not None:
            known = replace(known, rounds=self._rounds_with(round_id))
        return replace(known, reason=reason, typed_email=None, written_at=written_at)

    def with_link(
        self,
        link: OneTimeLink,
        now: datetime,
        voter: str,
        round_id: str,
        round_voter: str | None = None,
    ) -> RecoveryRequest:
        """A link was issued and its e-mail queued; the typed address is forgotten."""
        moved = self._moved(State.LINK_SENT, now)
        return replace(
            moved,
            link=link,
            voter=voter,
            round_id=round_id,
            round_voter=round_voter,
            rounds=self._rounds_with(round_id),
            typed_email=None,
            written_at=now,
        )

    def _rounds_with(self, round_id: str) -> tuple[str, ...]:
        """A round that opened since the receipt keeps the request as well (R47)."""
        if not self.rounds or round_id in self.rounds:
            return self.rounds
        return (*self.rounds, round_id)

    def mail_failed(self, now: datetime) -> RecoveryRequest:
        """The e-mail with the link did not arrive, and may have come back, with the link in it, to
        others. The voter was not written to, as far as quotas go: she may ask again at once, unless
        a day's e-mails have failed so (`core/quotas.py`)."""
        moved = self._moved(State.REVOKED, now)
        return replace(moved, reason=Revocation.MAIL_FAILED, cause=Cause.LINK_BOUNCED)

    def restored(self, now: datetime) -> RecoveryRequest:
        """A backup was put back, which may have lost that the link was used. The voter was not
        written to, as far as quotas go: she may ask again at once."""
        moved = self._moved(State.REVOKED, now)
        cause = Cause.LINK_WITHDRAWN
        return replace(moved, reason=Revocation.RESTORED, written_at=None, cause=cause)

    def password_handed_over(
        self, now: datetime, keeps_seed: bool = False, cause: Cause = Cause.NO_RECEIPT
    ) -> RecoveryRequest:
        """A route took the SMS: the seed has served (R20), unless another route is to carry the
        same password should this one not deliver."""
        seed = self.seed if keeps_seed else None
        moved = self._moved(State.PASSWORD_SENT, now)
        return replace(moved, seed=seed, password_was_in_force=True, cause=cause)

    def resent(
        self, now: datetime, keeps_seed: bool, cause: Cause = Cause.NO_RECEIPT
    ) -> RecoveryRequest:
        """Another route took the SMS; with the last route the seed goes."""
        seed = self.seed if keeps_seed else None
        return replace(self, seed=seed, changed_at=now, cause=cause)

    def delivered(self, now: datetime) -> RecoveryRequest:
        """The SMS is on the voter's phone; the seed is no longer needed."""
        if self.state is State.DELIVERED:
            return self
        return replace(self._moved(State.DELIVERED, now), seed=None, cause=None)

    def given_up(
        self, now: datetime, in_force: bool, cause: Cause | None = None
    ) -> RecoveryRequest:
        """No provider will take the SMS: operators see it, the voter is told and may ask again.
        Without a `cause` of its own, what stood in the way last was it."""
        moved = self._moved(State.UNDELIVERED, now)
        why = cause or why_unreached(self.state, self.cause)
        return replace(moved, seed=None, password_was_in_force=in_force, cause=why)

    def is_of(self, voter: Voter, keyring: Keyring) -> bool:
        """Whether this voter is the one whom it was decided for: a NUMEL can pass to another."""
        return voter.numic == self.number or self.voter in keyring.pseudonyms(voter.numic.value)

    def link_problem(self, now: datetime, keyring: Keyring) -> LinkProblem | None:
        """Why this request's link cannot be used now; None when it can.

        A key that is taken out of the ring takes the links that it made with it (R14).
        """
        if self.link is None:
            return LinkProblem.UNKNOWN
        if self.link.key_id not in keyring:
            return LinkProblem.REVOKED
        if self.state is State.LINK_SENT:
            return LinkProblem.EXPIRED if self.link.is_expired(now) else None
        return _PROBLEM_OF_STATE.get(self.state, LinkProblem.USED)

    def _moved(self, state: State, now: datetime) -> RecoveryRequest:
        if state not in TRANSITIONS[self.state]:
            raise ForbiddenTransition(f"{self.state} -> {state}")
        return replace(self, state=state, changed_at=now)


def why_unreached(state: State, noted: Cause | None) -> Cause | None:
    """Why the voter of a renewal in this state is not reached; None when she is, as far as is
    known, or has confirmed none. What release 0.2.0 wrote notes nothing."""
    of_password = None if noted is None or noted.is_of_link else noted
    return (of_password or _UNTIL_NOTED[state]) if state in _UNTIL_NOTED else None


_UNTIL_NOTED = {
    State.CONFIRMED: Cause.UNTRIED,
    State.PASSWORD_SENT: Cause.NO_RECEIPT,
    State.UNDELIVERED: Cause.REFUSED,
}

_PROBLEM_OF_STATE = {
    State.EXPIRED: LinkProblem.EXPIRED,
    State.SUPERSEDED: LinkProblem.REVOKED,
    State.REVOKED: LinkProblem.REVOKED,
}
