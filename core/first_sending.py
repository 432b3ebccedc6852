"""Receipts of the first sending: that of all passwords before a round, which is not ours (R59).

The 11 % of 2022 were of it. A provider's report says of each voter, by NUMIC, what became of the
SMS. Here a line becomes a receipt, or is refused for a reason that has a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from core.electorate import comparable
from core.evidence import Axis, Line, Tally
from core.voter import Numic

AHEAD = timedelta(minutes=5)
"""By how much a provider's clock may be ahead of ours: a later time is of another zone."""
LONGEST_NAME = 100
"""Characters of an operator or a route."""


class SendingState(StrEnum):
    """What became of a voter's message."""

    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """It left, and no end is known."""

    @property
    def weight(self) -> int:
        """Of two receipts of one moment the heavier one holds."""
        return _WEIGHTS[self]


_WEIGHTS = {SendingState.UNKNOWN: 0, SendingState.FAILED: 1, SendingState.DELIVERED: 2}
_CALLED = {
    SendingState.DELIVERED: (
        "delivered", "delivrd", "received", "remis", "delivre", "recu", "distribue",
    ),
    SendingState.FAILED: (
        "failed", "undelivered", "undeliv", "undeliverable", "rejected", "rejectd", "expired",
        "deleted", "blocked", "echec", "echoue", "non remis", "non delivre", "rejete", "expire",
        "bloque",
    ),
    SendingState.UNKNOWN: (
        "unknown", "sent", "accepted", "acceptd", "enroute", "submitted", "queued", "buffered",
        "pending", "inconnu", "envoye", "accepte", "en cours", "en attente", "soumis",
    ),
}  # fmt: skip
_STATE_OF = {words: state for state, called in _CALLED.items() for words in called}


class Refusal(StrEnum):
    """Why a line of a report is no receipt. Codes are stable: reports are compared over time."""

    WRONG_COLUMN_COUNT = "WRONG_COLUMN_COUNT"
    """More or fewer cells than the header has: half a line, for one."""
    BAD_ENCODING = "BAD_ENCODING"
    LINE_TOO_LONG = "LINE_TOO_LONG"
    NUMIC_INVALID = "NUMIC_INVALID"
    TIME_INVALID = "TIME_INVALID"
    TIME_WITHOUT_ZONE = "TIME_WITHOUT_ZONE"
    """Neither the line nor whoever imports says by which clock."""
    TIME_TO_COME = "TIME_TO_COME"
    """Later than now: of another zone, or of a clock that is wrong."""
    STATE_UNKNOWN = "STATE_UNKNOWN"
    NAME_INVALID = "NAME_INVALID"
    """An operator or a route that is too long, or holds what is no text."""
    VOTER_UNKNOWN = "VOTER_UNKNOWN"
    """The register knows no such NUMIC."""
    VOTER_OF_ANOTHER_ROUND = "VOTER_OF_ANOTHER_ROUND"


class LineRefused(Exception):
    """This line is no receipt."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True)
class SendingReceipt:
    """A line of a report."""

    numic: Numic
    at: datetime
    state: SendingState
    operator: str = ""
    route: str = ""


@dataclass(frozen=True)
class KnownReceipt:
    """The same as it is kept: of a voter by what is known in the round alone, and of her place."""

    voter: str
    at: datetime
    state: SendingState
    operator: str
    route: str
    constituency: str
    post: str
    country: str

    @property
    def rank(self) -> tuple[datetime, int]:
        """The highest of a voter's holds."""
        return self.at, self.state.weight


@dataclass(frozen=True)
class SendingCount:
    """So many voters of one place stand in one state. Empty names: not known."""

    constituency: str
    post: str
    country: str
    state: SendingState
    voters: int


@lru_cache(maxsize=256)
def state_of(text: str) -> SendingState:
    """However it is written. Raises `LineRefused`."""
    state = _STATE_OF.get(" ".join(comparable(text.replace("_", " ")).split()))
    if state is None:
        raise LineRefused(Refusal.STATE_UNKNOWN)
    return state


def moment_of(text: str, zone: ZoneInfo | None, now: datetime) -> datetime:
    """ISO 8601 with its zone; without one it is read by the clocks of `zone`. UTC. Raises
    `LineRefused`."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise LineRefused(Refusal.TIME_INVALID) from None
    if at.tzinfo is None and zone is None:
        raise LineRefused(Refusal.TIME_WITHOUT_ZONE)
    try:
        at = (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        raise LineRefused(Refusal.TIME_INVALID) from None
    if at > now + AHEAD:
        raise LineRefused(Refusal.TIME_TO_COME)
    return at


def name_of(text: str) -> str:
    """An operator's or a route's, as it was given. Raises `LineRefused`."""
    name = text.strip()
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise LineRefused(Refusal.NAME_INVALID)
    return name


def lines_by(counts: Iterable[SendingCount], axis: Axis) -> Sequence[Line]:
    """As the evidence of a round is told, one of each group: whoever is in a report is *confirmed*
    there, and there is one figure, what is known today."""
    sums: dict[str, Tally] = {}
    for each in counts:
        name = getattr(each, axis.value)
        delivered = each.voters if each.state is SendingState.DELIVERED else 0
        failed = each.voters if each.state is SendingState.FAILED else 0
        sums[name] = sums.get(name, Tally()) + Tally(each.voters, delivered, failed)
    return [Line(name, tally, tally) for name, tally in sums.items()]
