"""Secrets of ours in the database."""

from typing import Protocol


class Sealing(Protocol):
    """What is sealed is unreadable without the keys, and opens in its own place only."""

    def seal(self, secret: bytes, about: str) -> tuple[str, bytes]:
        """The id of the newest key, and the secret sealed under it; only as `about` it opens."""
        ...

    def is_stale(self, key_id: str) -> bool:
        """Whether this is an older key that is still in the ring."""
        ...

    def unseal(self, key_id: str, sealed: bytes, about: str) -> bytes:
        """Raises `KeyUnavailable` when the key is not in the ring, or something was changed."""
        ...
