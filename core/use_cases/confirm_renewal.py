"""Screens 5 and 6: link, identifier and security code; then the password is on its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.delivery import Delivery
from core.errors import DomainError, LinkProblem, LinkRejected, RenewalClosed
from core.events import Event, IdentifierMismatched, RenewalConfirmed
from core.keys import Keyring
from core.locale import Locale
from core.messages import MessageKind
from core.one_time_link import digest_of
from core.password_issuer import SEED_BYTES, PasswordIssuer
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.randomness import Randomness
from core.ports.register import Register
from core.ports.unit_of_work import Begin, RenewalUnit
from core.quotas import looked_at_since
from core.recovery_request import RecoveryRequest
from core.security_code import CheckedAnswer, RenewalStep, SecurityCodeAnswer
from core.use_cases.consume_security_code import SecurityCodes, consume
from core.use_cases.count_identifiers import Tries
from core.voter import Identifier
from core.voting_round import Calendar, VotingRound


@dataclass(frozen=True)
class Confirmation:
    """The form of screen 5, parsed. `token` is whatever the link carried."""

    token: str
    identifier: Identifier
    security_code: SecurityCodeAnswer
    network: str = ""
    """Where it comes from, as limits count it: wrong identifiers are counted by it, too."""
    locale: Locale | None = None
    """Of the SMS, as the screen says: whoever asked may have been another (R61)."""


_Outcome = tuple[DomainError | None, Event | None]
"""What to tell the caller and what to note, both once the unit has committed."""


@dataclass(frozen=True)
class _Finding:
    """Whether the identifier is the voter's, and whether it was renewed in the link's round: then
    the password may not be (R8)."""

    matches: bool = False
    renewed: bool = False
    voters: tuple[str, ...] = ()
    """The voter's pseudonyms, under each key."""
    voting_round: VotingRound | None = None
    """The link's, while it is open."""
    is_over: bool = False
    """The link is good, and its round is not open any more: somebody has changed the calendar."""
    request_id: str | None = None
    """Whose link it is, when it is good."""


@dataclass(frozen=True)
class ConfirmRenewal:
    """Redeems a link once.

    The register is asked first and its answer judged inside the unit of work, so that the answers
    given are exactly as many as the attempts allowed, however many arrive at once (R13, R16). When
    the register is down nothing is consumed: neither the link nor the security code.
    """

    begin: Begin[RenewalUnit]
    read: Begin[RenewalUnit]
    security_codes: SecurityCodes
    register: Register
    calendar: Calendar
    keyring: Keyring
    issuer: PasswordIssuer
    clock: Clock
    randomness: Randomness
    events: Events

    async def __call__(self, confirmation: Confirmation) -> None:
        """Returns when the renewal is durable. Raises `RenewalClosed`, `SecurityCodeRejected`,
        `LinkRejected`, `SecurityCodesUnavailable`, `RegisterUnavailable`, `KeyUnavailable`,
        `StoreUnavailable`."""
        if not self.calendar.is_open(self.clock.now()):
            raise RenewalClosed
        code = confirmation.security_code
        checked = await self.security_codes.check(RenewalStep.CONFIRM, code)
        finding = _Finding()
        if checked.problem is None:
            finding = await self._examine(confirmation)
        async with self.begin() as unit:
            refusal, event = await self._settle(unit, confirmation, checked, finding)
        if event is not None:
            self.events.record(event)
        if refusal is not None:
            raise refusal

    async def _examine(self, confirmation: Confirmation) -> _Finding:
        """What the register says of the link's voter and this identifier. It is only asked about
        links that are still good, and asked anew: much may have changed since the link was sent."""
        async with self.read() as unit:
            request = await unit.links.find(digest_of(confirmation.token))
        now = self.clock.now()
        if request is None or request.link_problem(now, self.keyring):
            return _Finding()
        voting_round = self.calendar.open_named(request.round_id, now)
        if voting_round is None:
            return _Finding(is_over=True)
        voter = await self.register.find(request.number)
        if voter is None or not request.is_of(voter, self.keyring):
            return _Finding(request_id=request.id)
        matches = await self.register.identifier_matches(voter.numic, confirmation.identifier)
        return _Finding(
            matches,
            matches and voter.has_renewed_identifier_in(voting_round.id),
            self.keyring.pseudonyms(voter.numic.value),
            voting_round,
            request_id=request.id,
        )

    async def _settle(
        self, unit: RenewalUnit, given: Confirmation, checked: CheckedAnswer, finding: _Finding
    ) -> _Outcome:
        refusal = await consume(unit.codes, given.security_code.id, checked)
        if refusal is not None:
            return refusal, None
        if finding.is_over:
            return RenewalClosed(), None
        digest, now = digest_of(given.token), self.clock.now()
        tries = self._tries(unit, finding, given, now)
        if tries is not None and await _is_refused_to(tries, unit, digest):
            return LinkRejected(LinkProblem.REVOKED), None
        if finding.renewed:
            return LinkRejected(LinkProblem.IDENTIFIER_RENEWED), None
        left, otherwise = None, LinkProblem.USED
        if finding.matches and await self._are_renewals_stopped(unit, finding, now):
            otherwise = LinkProblem.RENEWALS_STOPPED
        elif finding.matches:
            seed = self.randomness.token(SEED_BYTES)
            confirmed = await unit.links.redeem(digest, now, seed, self.issuer.key_id)
            if confirmed is not None:
                locale = given.locale or confirmed.locale
                return None, await self._queue_password(unit, confirmed, finding, locale)
        elif tries is not None:
            left, otherwise = await tries.count(unit.links, digest, now), LinkProblem.REVOKED
        return await self._rejection(unit, digest, now, left, otherwise)

    def _tries(
        self, unit: RenewalUnit, finding: _Finding, given: Confirmation, now: datetime
    ) -> Tries | None:
        """Those that this network has on the link; None when it is not good."""
        if finding.request_id is None:
            return None
        policy = self.issuer.policy
        return Tries.of(unit.codes, finding.request_id, now, given.network, self.keyring, policy)

    async def _are_renewals_stopped(
        self, unit: RenewalUnit, finding: _Finding, now: datetime
    ) -> bool:
        """Looked up in the commit that redeems, while no other unit may redeem for this voter, nor
        stop it: of many links confirmed at once no more succeed than are allowed, and none once
        an operator has stopped them (R61)."""
        voting_round, voters = finding.voting_round, finding.voters
        if voting_round is None:
            return False
        since = looked_at_since(voting_round, now)
        history = await unit.history.of((), voters, asked_since=now, since=since, but="")
        return history.is_frozen or history.are_renewals_used_up(
            self.issuer.policy, voting_round, now
        )

    async def _queue_password(
        self,
        unit: RenewalUnit,
        confirmed: RecoveryRequest,
        finding: _Finding,
        locale: Locale,
    ) -> Event:
        now = self.clock.now()
        await unit.round_voters.overtake(confirmed)
        if finding.voting_round is not None:
            beside = self.calendar.beside(finding.voting_round)
            await unit.round_voters.overtake_in(beside, finding.voters, confirmed)
        await unit.queue(Delivery.queued(MessageKind.PASSWORD, confirmed.id, locale, now))
        return RenewalConfirmed(confirmed.id, confirmed.voter)

    async def _rejection(
        self,
        unit: RenewalUnit,
        digest: bytes,
        now: datetime,
        left: int | None,
        otherwise: LinkProblem,
    ) -> _Outcome:
        """Why the store would not have it, read after its verdict; `left` attempts when counted;
        `otherwise` when the link itself is good."""
        request = await unit.links.find(digest)
        if request is None:
            return LinkRejected(LinkProblem.UNKNOWN), None
        keyring = self.keyring
        lost = request.link is not None and request.link.key_id not in keyring
        if left is not None and not lost:
            mismatch = LinkRejected(LinkProblem.IDENTIFIER_MISMATCH, left)
            return mismatch, IdentifierMismatched(request.id, left)
        problem = request.link_problem(now, keyring) or otherwise
        is_over = self.calendar.open_named(request.round_id, now) is None
        if problem is LinkProblem.EXPIRED and is_over:
            return RenewalClosed(), None
        return LinkRejected(problem), None


async def _is_refused_to(tries: Tries, unit: RenewalUnit, digest: bytes) -> bool:
    """Whether this network has tried too often: then the right identifier comes too late. How many
    are left in all is read in the unit that counts the next, where it matters."""
    if not await tries.are_begun():
        return False
    request = await unit.links.find(digest)
    return (
        request is not None
        and request.link is not None
        and await tries.are_used_up(request.link.attempts_left)
    )
