"""Worker, before screen 4: look the voter up, decide, and queue what is to be e-mailed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from core.delivery import Delivery
from core.errors import ConcurrentChange
from core.events import LinkIssued, RenewalDismissed
from core.keys import Keyring
from core.messages import MessageKind
from core.one_time_link import NONCE_BYTES, OneTimeLink
from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.ports.countries import Countries
from core.ports.events import Events
from core.ports.randomness import Randomness
from core.ports.register import Register
from core.ports.unit_of_work import Begin, RenewalUnit
from core.quotas import decide, is_closing_told, link_end, looked_at_since
from core.reasons import Dismissal
from core.recovery_request import RecoveryRequest, State
from core.use_cases.keep_round_keys import KeepRoundKeys
from core.use_cases.request_renewal import pair_of
from core.voter import EmailAddress, Voter
from core.voter_history import History
from core.voting_round import Calendar, VotingRound

EXPLANATION = {
    Dismissal.NO_PHONE: MessageKind.NO_PHONE,
    Dismissal.PHONE_UNUSABLE: MessageKind.PHONE_UNUSABLE,
    Dismissal.IDENTIFIER_RENEWED: MessageKind.IDENTIFIER_RENEWED,
    Dismissal.RENEWALS_USED_UP: MessageKind.RENEWALS_STOPPED,
    Dismissal.RENEWALS_FROZEN: MessageKind.RENEWALS_STOPPED,
}
"""Which e-mail explains which dismissal (R7, R8)."""


@dataclass(frozen=True)
class _Known:
    """By what the voter is known: under each key of the ring, and in the round."""

    pseudonyms: tuple[str, ...] = ()
    in_round: str | None = None
    in_others: tuple[str, ...] = ()
    """In the rounds beside it."""
    round_id: str | None = None
    """The voter's round; None of a number that is nobody's, and when none is open for the voter."""
    voter: Voter | None = None
    country: str | None = None
    """Of the number on file."""


@dataclass(frozen=True)
class SendLink:
    """Decides on one received request. Run again after a crash, it finds its work done."""

    begin: Begin[RenewalUnit]
    read: Begin[RenewalUnit]
    register: Register
    calendar: Calendar
    policy: RenewalPolicy
    keyring: Keyring
    round_keys: KeepRoundKeys
    clock: Clock
    randomness: Randomness
    events: Events
    countries: Countries

    async def __call__(self, request_id: str) -> None:
        """Raises `RegisterUnavailable`, `StoreUnavailable`: to be tried again later."""
        async with self.read() as unit:
            request = await unit.requests.get(request_id)
        if request is None or request.state is not State.RECEIVED or request.typed_email is None:
            return
        voter = await self.register.find(request.number)
        try:
            async with self.begin() as unit:
                event = await self._settle(unit, request, request.typed_email, voter)
        except ConcurrentChange:  # another worker has decided
            return
        self.events.record(event)

    async def _settle(
        self,
        unit: RenewalUnit,
        request: RecoveryRequest,
        typed_email: EmailAddress,
        voter: Voter | None,
    ) -> RenewalDismissed | LinkIssued:
        now = self.clock.now()
        voting_round = self._round_of(voter, now)
        pseudonyms = self.keyring.pseudonyms(voter.numic.value) if voter else ()
        history = await unit.history.of(
            self.keyring.pseudonyms(pair_of(request.number, typed_email)),
            pseudonyms,
            asked_since=now - self.policy.quota_window,
            since=looked_at_since(voting_round, now),
            but=request.id,
        )
        reason = decide(voter, typed_email, voting_round, history, self.policy, now)
        round_id = voting_round.id if voting_round else request.round_to_be_known_in
        theirs = voting_round.id if voter is not None and voting_round is not None else None
        in_round = await self._in_round(unit, voter, round_id)
        phone = voter.phone if voter else None
        country = self.countries.of(phone) if phone else None
        known = _Known(pseudonyms, in_round, (), theirs, voter, country)
        if reason is None and voter is not None and voting_round is not None:
            known = await self._with_others(unit, known, voter, voting_round)
            return await self._issue(unit, request, known, voting_round, history)
        reason = reason or Dismissal.ROUND_CLOSED
        told = EXPLANATION.get(reason)
        if reason is Dismissal.ROUND_CLOSED and is_closing_told(
            voter, typed_email, history, self.policy, now
        ):
            told = MessageKind.ROUND_CLOSED
        return await self._dismiss(unit, request, reason, known, told)

    async def _in_round(
        self, unit: RenewalUnit, voter: Voter | None, round_id: str | None
    ) -> str | None:
        if voter is None or round_id is None:
            return None
        return await self.round_keys.voter_in(unit, round_id, voter.numic)

    async def _with_others(
        self, unit: RenewalUnit, known: _Known, voter: Voter, voting_round: VotingRound
    ) -> _Known:
        beside = self.calendar.beside(voting_round)
        others = await self.round_keys.voter_in_others(unit, beside, voter.numic)
        return replace(known, in_others=others)

    def _round_of(self, voter: Voter | None, now: datetime) -> VotingRound | None:
        """The voter's; of a number that is nobody's any that is open."""
        if voter is None:
            return self.calendar.first_to_close(now)
        return self.calendar.round_of(voter, now)

    async def _issue(
        self,
        unit: RenewalUnit,
        request: RecoveryRequest,
        known: _Known,
        voting_round: VotingRound,
        history: History,
    ) -> LinkIssued:
        now = self.clock.now()
        link = OneTimeLink.issue(
            self.keyring,
            request.id,
            self.randomness.token(NONCE_BYTES),
            link_end(history, voting_round, self.policy, now),
            self.policy.link_attempts_in_all,
        )
        superseded = await unit.links.supersede(known.pseudonyms, now)
        voter = known.pseudonyms[0]
        issued = request.with_link(link, now, voter, voting_round.id, known.in_round)
        issued = issued.counted_at(known.voter, known.country)
        await unit.requests.save(issued, was=request)
        await unit.round_voters.overtake(issued)
        beside = self.calendar.beside(voting_round)
        known_as = (*known.pseudonyms, *known.in_others)
        await unit.round_voters.overtake_in(beside, known_as, issued)
        await self._queue_email(unit, MessageKind.LINK, issued)
        return LinkIssued(request.id, voter, superseded)

    async def _dismiss(
        self,
        unit: RenewalUnit,
        request: RecoveryRequest,
        reason: Dismissal,
        known: _Known,
        told: MessageKind | None,
    ) -> RenewalDismissed:
        voter = known.pseudonyms[0] if known.pseudonyms else None
        now, in_round, round_id = self.clock.now(), known.in_round, known.round_id
        is_told = told is not None
        dismissed = request.dismissed(reason, now, voter, in_round, round_id, is_told)
        dismissed = dismissed.counted_at(known.voter, known.country)
        await unit.requests.save(dismissed, was=request)
        if told is not None:
            await self._queue_email(unit, told, dismissed)
        return RenewalDismissed(request.id, reason, voter)

    async def _queue_email(
        self, unit: RenewalUnit, kind: MessageKind, request: RecoveryRequest
    ) -> None:
        now = self.clock.now()
        await unit.queue(Delivery.queued(kind, request.id, request.locale, now))
