"""By what an operator is known: a secret, and the codes that an app makes of it (R47)."""

from datetime import datetime
from typing import Protocol


class OperatorCodes(Protocol):
    """Codes of six digits that change with time (RFC 6238)."""

    def address(self, name: str, secret: bytes) -> str:
        """The `otpauth:` address from which an app takes the secret."""
        ...

    def step_of(self, secret: bytes, code: str, now: datetime) -> int | None:
        """The time step whose code this is: the present one or a neighbour; None: of none."""
        ...


class Sealing(Protocol):
    """Secrets of ours in the database, unreadable without the keys."""

    def seal(self, secret: bytes, about: str) -> tuple[str, bytes]:
        """The id of the newest key, and the secret sealed under it; only as `about` it opens."""
        ...

    def is_stale(self, key_id: str) -> bool:
        """Whether this is an older key that is still in the ring."""
        ...

    def unseal(self, key_id: str, sealed: bytes, about: str) -> bytes:
        """Raises `KeyUnavailable` when the key is not in the ring, or something was changed."""
        ...
