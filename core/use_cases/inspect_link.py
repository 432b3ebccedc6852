"""Screen 5 opens: is this link still good? Looking changes nothing, however often (R15)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.errors import LinkProblem
from core.keys import Keyring
from core.one_time_link import digest_of
from core.ports.clock import Clock
from core.ports.unit_of_work import Begin, RenewalUnit


@dataclass(frozen=True)
class LinkStatus:
    """`problem` is None when the link is good; `expires_at` is None when it is unknown."""

    problem: LinkProblem | None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class InspectLink:
    """Reads, and only reads."""

    read: Begin[RenewalUnit]
    keyring: Keyring
    clock: Clock

    async def __call__(self, token: str) -> LinkStatus:
        """Raises `StoreUnavailable`."""
        async with self.read() as unit:
            request = await unit.links.find(digest_of(token))
        if request is None or request.link is None:
            return LinkStatus(LinkProblem.UNKNOWN)
        problem = request.link_problem(self.clock.now(), self.keyring)
        return LinkStatus(problem, request.link.expires_at)
