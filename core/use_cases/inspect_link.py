"""Screen 5 opens: is this link still good? Looking changes nothing, however often (R15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.errors import LinkProblem, RenewalClosed
from core.keys import Keyring
from core.one_time_link import digest_of
from core.policy import RenewalPolicy
from core.ports.clock import Clock
from core.ports.unit_of_work import Begin, RenewalUnit
from core.recovery_request import RecoveryRequest
from core.use_cases.count_identifiers import Tries
from core.voting_round import Calendar


@dataclass(frozen=True)
class LinkStatus:
    """`problem` is None when the link itself is good; `expires_at` is None when it is unknown.
    `is_closed`: the link's round is not open, so it cannot be used."""

    problem: LinkProblem | None
    expires_at: datetime | None = None
    is_closed: bool = False

    @property
    def code(self) -> str | None:
        """Why a confirmation could not succeed now, None when it could. A link ends with its round:
        then a new request is of no use, and the vote is what is over."""
        if self.is_closed and self.problem in (None, LinkProblem.EXPIRED):
            return RenewalClosed.code
        return self.problem.value if self.problem else None


@dataclass(frozen=True)
class InspectLink:
    """Reads, and only reads."""

    read: Begin[RenewalUnit]
    calendar: Calendar
    keyring: Keyring
    policy: RenewalPolicy
    clock: Clock

    async def __call__(self, token: str, network: str = "") -> LinkStatus:
        """As a confirmation from this network would find the link, before it looks at the
        identifier. Raises `StoreUnavailable`."""
        async with self.read() as unit:
            request = await unit.links.find(digest_of(token))
            if request is None or request.link is None:
                return LinkStatus(LinkProblem.UNKNOWN)
            now = self.clock.now()
            problem = request.link_problem(now, self.keyring)
            is_closed = self.calendar.open_named(request.round_id, now) is None
            is_good = problem is None and not is_closed
            tries = self._tries(network, unit, request, now)
            if is_good and await tries.are_used_up(request.link.attempts_left):
                problem = LinkProblem.REVOKED
        return LinkStatus(problem, request.link.expires_at, is_closed)

    def _tries(
        self, network: str, unit: RenewalUnit, request: RecoveryRequest, now: datetime
    ) -> Tries:
        """Once they are used up the right identifier would be refused as well (R16)."""
        return Tries.of(unit.codes, request.id, now, network, self.keyring, self.policy)
