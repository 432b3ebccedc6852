"""The recovery requests in the store, one small port for each kind of reader."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.recovery_request import RecoveryRequest
from core.rows_deleted import RowsDeleted
from core.unreached import Cause
from core.voter_history import History
from core.voting_round import Span


class RecoveryRequests(Protocol):
    """The requests by id."""

    async def add(self, request: RecoveryRequest) -> None:
        """Store a new request."""
        ...

    async def get(self, request_id: str) -> RecoveryRequest | None:
        """The request, or None when there is none (any more)."""
        ...

    async def save(self, request: RecoveryRequest, was: RecoveryRequest) -> None:
        """Make of `was` what `request` says, in nothing but what differs: the rest may have changed
        meanwhile. Raises `ConcurrentChange` unless it still stands in `was.state`."""
        ...

    async def note(self, request: RecoveryRequest, cause: Cause) -> None:
        """What stands in this request's way, while it stands in this state; nothing else of it
        changes."""
        ...

    async def note_link(self, request_id: str, cause: Cause | None) -> None:
        """Whether the e-mail with this request's link has arrived (None), or why not; nothing once
        the link was used, or withdrawn."""
        ...


class OneTimeLinks(Protocol):
    """The requests by their link. Each verb is one statement: nothing can come between (R13)."""

    async def find(self, digest: bytes) -> RecoveryRequest | None:
        """The request whose link has this digest, or None."""
        ...

    async def unused(self) -> Sequence[RecoveryRequest]:
        """The requests whose link was sent and neither used nor ended: run out or not."""
        ...

    async def redeem(
        self, digest: bytes, now: datetime, seed: bytes, password_key: str
    ) -> RecoveryRequest | None:
        """Use the link up: exactly one caller ever gets the confirmed request, the rest get None.

        Stores the seed of the new password and the id of the key that it is to be used with.
        """
        ...

    async def spend_attempt(self, digest: bytes, now: datetime) -> int | None:
        """Count a wrong identifier. The attempts left to all networks, less than 0 beyond the last,
        or None when the link was no longer good."""
        ...

    async def supersede(self, voters: Sequence[str], now: datetime) -> int:
        """Revoke every link still open of these pseudonyms (one voter's, under each key); how many
        there were (R17)."""
        ...


class RenewalHistory(Protocol):
    """What quotas are counted from."""

    async def of(
        self,
        pairs: Sequence[str],
        voters: Sequence[str],
        asked_since: datetime,
        since: datetime,
        but: str,
    ) -> History:
        """What happened under these pseudonyms (one pair's since `asked_since`, one voter's since
        `since`, under each key), the request with the id `but` left out. Of the voter's requests
        the latest `MOST_COUNTED`, and as many of those whose e-mail failed. Frozen when an operator
        has stopped this voter's renewals, and counted from when these last went on again.

        In a unit that writes, no other such unit is told of the same pseudonyms until this one
        ends: what is decided on the count still holds when it is stored (R17, R26)."""
        ...


class Housekeeping(Protocol):
    """What is tidied up without anyone asking."""

    async def expire_links(self, now: datetime) -> int:
        """Mark requests whose link has run out as *expired*; how many.

        A link whose e-mail still waits for the relay is spared: its lifetime has not begun (R17).
        """
        ...

    async def overdue(self, before: datetime, limit: int) -> Sequence[str]:
        """Requests confirmed before then that still hold a seed: the job that should have ended
        them is lost."""
        ...

    async def password_keys_in_use(self) -> Sequence[str]:
        """The ids of the keys, each once, that seeds in the database are for."""
        ...

    async def open_by_key(self, now: datetime) -> Mapping[str, int]:
        """How many requests have a link that can be used, or hold a seed, by the id of the key of
        their link, under which their voters are known, too."""
        ...

    async def assign(self, span: Span) -> int:
        """Note of requests whose rounds are not known, and that were received within the span, that
        they belong to its rounds, and to the one in which they were decided; of how many, a few
        thousand in one go. 0: none is left."""
        ...

    async def assign_decided(self) -> int:
        """The same for those received in no span at all: each belongs to the round in which it was
        decided. Those that nothing says a round of stay as they are."""
        ...

    async def delete_answered(self, before: datetime) -> RowsDeleted:
        """Delete messages to the assistance cell that were received before, with what was sent; how
        many rows of each kind. Dead jobs of before then go, too, unless their request is kept."""
        ...

    async def forget_freezes(self, before: datetime) -> int:
        """Forget orders to stop a voter's renewals that ended before then, once no request of the
        voter's is kept; how many rows, one for each pseudonym."""
        ...

    async def forget_security_codes(self, now: datetime) -> int:
        """Forget consumed codes that have run out anyway; how many."""
        ...
