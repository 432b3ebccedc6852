"""One voter whom nothing reaches, as operators look through them (R45, R48).

As many as `Unreached` counts of the same round at the same moment: the figure, told one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.request_listing import Place
from core.unreached import Cause


@dataclass(frozen=True)
class UnreachedVoter:
    """By the latest renewal or link. Nothing in it tells the voter: `round_voter` is known in the
    round alone, and None while nobody has decided whose the request is."""

    request_id: str
    round_voter: str | None
    cause: Cause
    since: datetime
    """When the voter confirmed; of a link, when she asked for it."""
    constituency: str | None
    post: str | None
    country: str | None

    @property
    def place(self) -> Place:
        return Place(self.since, self.request_id)


@dataclass(frozen=True)
class UnreachedWanted:
    """Of which round, at which moment."""

    round_id: str
    now: datetime
    patience: timedelta
    """Voters who wait for less are not unreached."""
    beside: tuple[str, ...] = ()
    """The rounds that are looked after together: a voter who renewed in one of them is not counted
    for a link in another."""
    cause: Cause | None = None
    """None: whatever it is."""

    @property
    def waits_since_before(self) -> datetime:
        return self.now - self.patience

    def may_be(self, *causes: Cause) -> bool:
        return self.cause is None or self.cause in causes
