"""The parts that mail relays have in e-mails, and how relays stand by mailbox domain."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.link_shares import LinkCount, MailVerdict
from core.mail_attempt import MailAttempt


class MailAttempts(Protocol):
    """Attempts by delivery and number."""

    async def add(self, attempt: MailAttempt) -> None:
        """Store a new attempt; raises `ConcurrentChange` when its delivery has one of that number:
        someone else is at it."""
        ...

    async def of(self, delivery: str) -> Sequence[MailAttempt]:
        """The attempts of this delivery, in the order of their numbers."""
        ...

    async def save(self, attempt: MailAttempt, was: MailAttempt) -> None:
        """Replace `was`; raises `ConcurrentChange` unless it still stands in `was.state`."""
        ...

    async def routes_of(
        self, known_as: Sequence[str], since: datetime, but: str
    ) -> Collection[str]:
        """The routes that have carried a link to the voter who is `known_as` any of these (see
        `RecoveryRequest.known_as`) since then, by any delivery but this one."""
        ...


class MailRoutes(Protocol):
    """What the processes know together about the mail routes."""

    async def verdicts(self) -> Sequence[MailVerdict]:
        """How each route stands in each mailbox domain in which it was ever judged to fail."""
        ...

    async def judge(self, verdict: MailVerdict, was: MailVerdict | None) -> bool:
        """Store a verdict in place of `was`; False when another worker was first."""
        ...

    async def links(
        self, since: datetime, before: datetime, within: timedelta
    ) -> Sequence[LinkCount]:
        """The links that each route carried to each mailbox domain, accepted from then and before
        then. Taken are those confirmed `within` that time which no other route carried later."""
        ...

    async def untaken(
        self, route: str, domain: str, since: datetime, now: datetime, limit: int
    ) -> Sequence[MailAttempt]:
        """Attempts of this route to this domain, accepted since then and no end heard of, whose
        link still works and was not used; the oldest first."""
        ...
