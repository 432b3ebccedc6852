"""Holding and releasing voting rounds, and what was destroyed then (R47)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from core.round_release import Destruction, Doomed, Hold, Kept, Operator, Release
from core.rows_deleted import MessagesDeleted


class Operators(Protocol):
    """Who may release. None is ever deleted."""

    async def alone(self, name: str) -> None:
        """Until this unit ends, no other one that writes passes here with the same name."""
        ...

    async def add(self, operator: Operator) -> bool:
        """False when the name was given before, also to one who was removed since."""
        ...

    async def get(self, name: str) -> Operator | None:
        """None when there is none of this name, or not any more."""
        ...

    async def all(self) -> Sequence[Operator]:
        """By name, those who were removed as well."""
        ...

    async def spend(self, name: str, step: int) -> bool:
        """Use up the code of this time step. False when it or a later one was used before."""
        ...

    async def failed(self, name: str, at: datetime) -> None:
        """Count a wrong code; a right one begins to count anew."""
        ...

    async def reseal(self, name: str, key_id: str, secret: bytes) -> None:
        """The same secret, sealed under another key."""
        ...

    async def remove(self, name: str, at: datetime, by: str) -> bool:
        """False when there is none of this name. The secret is wiped."""
        ...


class RoundReleases(Protocol):
    """Holds and releases. Of each at most one of a round stands. None is ever deleted."""

    async def alone(self) -> None:
        """Until this unit ends, no other one that writes passes here: what is decided on holds and
        releases still holds when it is stored."""
        ...

    async def add_hold(self, hold: Hold) -> bool:
        """False when one stands."""
        ...

    async def lift(self, round_id: str, at: datetime, by: str) -> bool:
        """False when none stands."""
        ...

    async def holds(self) -> Sequence[Hold]:
        """From the oldest to the newest, those that were lifted as well."""
        ...

    async def propose(self, release: Release) -> bool:
        """False when one stands."""
        ...

    async def approve(self, round_id: str, at: datetime, by: str) -> bool:
        """False when none stands that waits for approval, and by another."""
        ...

    async def withdraw(self, round_id: str, at: datetime, by: str) -> bool:
        """False when none stands."""
        ...

    async def releases(self) -> Sequence[Release]:
        """From the oldest to the newest, those that were withdrawn as well."""
        ...


class Destructions(Protocol):
    """The records, and the deleting itself."""

    async def all(self) -> Sequence[Destruction]:
        """From the oldest to the newest."""
        ...

    async def save(self, record: Destruction) -> None:
        """Store it, in the place of the one of the same release."""
        ...

    async def after(self, request_id: str, limit: int) -> Sequence[Doomed]:
        """So many requests that follow this id, in the order of the ids."""
        ...

    async def delete(self, request_ids: Sequence[str]) -> MessagesDeleted:
        """These requests go, with their messages; of those how many."""
        ...

    async def forget_first_sending(self, round_id: str) -> bool:
        """Delete what was reported of the round's first sending, or a part of it; whether nothing
        is left."""
        ...

    async def kept(self) -> Sequence[Kept]:
        """How many requests there are, by their rounds."""
        ...
