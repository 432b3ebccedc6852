"""argon2id, off the event loop, and no more of it at once than the machine can bear (R21)."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

MEMORY_KIB = 19 * 1024
"""19 MiB, with the two below: OWASP Password Storage cheat sheet, argon2id."""
TIME_COST = 2
PARALLELISM = 1


@dataclass(frozen=True)
class Argon2Parameters:
    """What one hash costs: memory in KiB, passes over it, lanes."""

    memory_kib: int = MEMORY_KIB
    time_cost: int = TIME_COST
    parallelism: int = PARALLELISM

    @property
    def strong_enough(self) -> bool:
        """Whether none of the costs is below OWASP's."""
        return (
            self.memory_kib >= MEMORY_KIB
            and self.time_cost >= TIME_COST
            and self.parallelism >= PARALLELISM
        )


class UnreadableHash(Exception):
    """What is stored for a voter is not an argon2 hash."""


class Argon2id:
    """Hashes and verifies. Blocks for tens of milliseconds: call it in a thread."""

    def __init__(self, parameters: Argon2Parameters) -> None:
        self._hasher = PasswordHasher(
            time_cost=parameters.time_cost,
            memory_cost=parameters.memory_kib,
            parallelism=parameters.parallelism,
            type=Type.ID,
        )
        self._nobody: str | None = None
        self._making_nobody = threading.Lock()

    def hash(self, password: str) -> str:
        """In PHC form: the parameters and a fresh salt are part of it."""
        return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password is the stored one; the same work when nothing is stored.

        Raises `UnreadableHash`.
        """
        nobody = self._dummy()
        try:
            typed = password.encode("utf-8", "surrogatepass")
            return self._hasher.verify(stored or nobody, typed) and stored is not None
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError):
            raise UnreadableHash from None

    def _dummy(self) -> str:
        """Made for the first verification, known voter or not, with this store's parameters."""
        with self._making_nobody:
            if self._nobody is None:
                self._nobody = self._hasher.hash("nobody's password")
            return self._nobody
