"""Credential store in memory: for tests and demonstrations. Keeps hashes, never a plaintext."""

from __future__ import annotations

import asyncio
from datetime import datetime

from adapters.credentials.hashing import Argon2id, Argon2Parameters
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic

Rank = tuple[datetime, str]


class MemoryCredentials:
    """`core.ports.credentials.Credentials` in a dict. The cost of a hash is the caller's choice:
    `Argon2Parameters(8, 1)` is the least that argon2 can do, in a fraction of a millisecond."""

    def __init__(self, parameters: Argon2Parameters) -> None:
        self._argon2id = Argon2id(parameters)
        self._hashes: dict[Numic, tuple[Rank, str]] = {}

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        """See the port."""
        hashed = await asyncio.to_thread(self._argon2id.hash, password.reveal())
        rank = issuance.issued_at, issuance.request_id
        stored = self._hashes.get(numic)
        if stored is not None and rank < stored[0]:
            return False
        self._hashes[numic] = rank, hashed
        return True

    async def verify(self, numic: Numic, password: str) -> bool:
        """Whether this is the voter's newest password; as much work for a voter without one."""
        _, hashed = self._hashes.get(numic, (None, None))
        return await asyncio.to_thread(self._argon2id.verify, hashed, password)

    async def aclose(self) -> None:
        """Nothing to let go of."""
