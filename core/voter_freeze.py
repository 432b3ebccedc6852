"""An operator's order that one voter's password is not renewed for now (R61).

For instance when a relative reads the voter's e-mails, where links and identifier are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from core.keys import Keyring
from core.trace import check_words


@dataclass(frozen=True)
class VoterFreeze:
    """Kept after its end, as a trace. Who the voter is, only pseudonyms tell.

    Raises `ValueError` when it does not say who ordered it, or why."""

    id: str
    voters: Mapping[str, str]
    """The voter's pseudonyms by the id of their key: every key that was in the ring."""
    frozen_at: datetime
    frozen_by: str
    reason: str
    unfrozen_at: datetime | None = None
    unfrozen_by: str | None = None

    def __post_init__(self) -> None:
        check_words(by=self.frozen_by, why=self.reason)

    @property
    def is_in_force(self) -> bool:
        return self.unfrozen_at is None

    def outlives_rotation(self, keyring: Keyring) -> bool:
        """Whether it holds when only the newest key is left in the ring."""
        return keyring.newest in self.voters
