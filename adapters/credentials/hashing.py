"""argon2id, off the event loop, and no more of it at once than the machine can bear (R21)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from core.errors import CredentialsUnavailable

MEMORY_KIB = 19 * 1024
"""19 MiB, with the two below: OWASP Password Storage cheat sheet, argon2id."""
TIME_COST = 2
PARALLELISM = 1
WORKERS = 2
_LEAST = (MEMORY_KIB, TIME_COST, PARALLELISM)

Result = TypeVar("Result")


@dataclass(frozen=True)
class Argon2Parameters:
    """What one hash costs: memory in KiB, passes over it, lanes."""

    memory_kib: int = MEMORY_KIB
    time_cost: int = TIME_COST
    parallelism: int = PARALLELISM

    def require_strong(self) -> Argon2Parameters:
        """Itself; raises ValueError when one of the costs is below OWASP's."""
        given = (self.memory_kib, self.time_cost, self.parallelism)
        if any(cost < least for cost, least in zip(given, _LEAST, strict=True)):
            raise ValueError("argon2id: 19 MiB, 2 passes and 1 lane are the least (R21)")
        return self


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

    def hash(self, password: str, salt: bytes | None = None) -> str:
        """In PHC form: the parameters and the salt, a fresh one unless given, are part of it."""
        return self._hasher.hash(password, salt=salt)

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


class HashingThreads:
    """The threads of one store: so many hashes are computed at once, and no more."""

    def __init__(self, workers: int) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="credentials")

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work` returns. Raises `CredentialsUnavailable` after `aclose`."""
        try:
            running = asyncio.get_running_loop().run_in_executor(self._threads, work)
        except RuntimeError:
            raise CredentialsUnavailable("credential store: closed") from None
        return await running

    async def aclose(self) -> None:
        """Ends what has begun."""
        await asyncio.to_thread(self._threads.shutdown)
