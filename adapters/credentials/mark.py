"""What foreign systems are given to remember: a voter's newest issuance, and whether its password
is being set at this moment."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from .rank import Rank, instant

_INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
_WRITTEN = re.compile(
    rf"(?P<at>{_INSTANT}) (?P<request>\S+)(?: pending (?P<until>{_INSTANT}))?", re.ASCII
)


class UnreadableMark(Exception):
    """The attribute holds something else. The text does not repeat it."""

    def __init__(self) -> None:
        super().__init__("unreadable mark")


class NotNow(Exception):
    """The system is well, but will not have this password, or not yet."""


@dataclass(frozen=True)
class Mark:
    """Written `<instant> <request>`, or `<instant> <request> pending <until>` in between."""

    rank: Rank
    until: str | None = None

    @classmethod
    def read(cls, value: str) -> Self:
        """Raises `UnreadableMark`."""
        found = _WRITTEN.fullmatch(value)
        if found is None:
            raise UnreadableMark
        return cls((found["at"], found["request"]), found["until"])

    @property
    def written(self) -> str:
        pending = [] if self.until is None else ["pending", self.until]
        return " ".join([*self.rank, *pending])

    @property
    def is_pending(self) -> bool:
        return self.until is not None

    def pending_until(self, until: datetime) -> Self:
        """The same issuance, while its password is being set."""
        return replace(self, until=instant(until))

    def refused(self) -> Self:
        """The same issuance, whose password the system refused: it waits for a next attempt, and
        nobody waits for it. Written as pending until it was issued, which versions that do not know
        of it read as over."""
        return replace(self, until=self.rank[0])

    @property
    def was_refused(self) -> bool:
        """Whether it is certain that nothing of this issuance is in force."""
        return self.until == self.rank[0]

    def holds_off(self, other: Mark, now: datetime) -> bool:
        """Whether another issuance has to wait for this one's end."""
        return self.rank != other.rank and self.until is not None and instant(now) < self.until


def settled(there: Mark | None, mark: Mark, now: datetime) -> bool | None:
    """What `put` answers without doing anything, or None when there is something to do.

    Raises `NotNow` while somebody else sets an earlier password: theirs may not come after ours.
    """
    if there is None or there.rank < mark.rank:
        if there is not None and there.holds_off(mark, now):
            raise NotNow("an earlier password is being set")
        return None
    if there.rank > mark.rank:
        return False
    return None if there.is_pending else True
