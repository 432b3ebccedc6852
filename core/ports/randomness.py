"""Chance."""

from typing import Protocol


class Randomness(Protocol):
    """Where nonces, seeds and ids come from."""

    def token(self, size: int) -> bytes:
        """`size` bytes from a cryptographically secure source."""
        ...
