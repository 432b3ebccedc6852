"""A credential store that is down for some."""

from __future__ import annotations

from collections.abc import Mapping

from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic

from ..credentials.hashing import Argon2Parameters
from ..credentials.memory import MemoryCredentials
from .setback import Setback, befall


class SandboxCredentials(MemoryCredentials):
    """`setbacks` happen to whoever is to have a new password."""

    def __init__(self, parameters: Argon2Parameters, setbacks: Mapping[Numic, Setback]) -> None:
        super().__init__(parameters)
        self._setbacks = setbacks

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        """See the port."""
        await befall(self._setbacks, numic)
        return await super().put(numic, password, issuance)
