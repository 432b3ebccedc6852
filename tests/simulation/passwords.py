"""The portal's credentials, to be compared at no cost."""

from __future__ import annotations

from datetime import datetime

from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.voter import Numic


class PlainCredentials:
    """The port `Credentials` with the newest password of each voter as it is: nothing is hashed,
    so that a comparison costs nothing."""

    def __init__(self) -> None:
        self._newest: dict[Numic, tuple[tuple[datetime, str], str]] = {}

    async def put(self, numic: Numic, password: Password, issuance: Issuance) -> bool:
        rank = issuance.issued_at, issuance.request_id
        stored = self._newest.get(numic)
        if stored is not None and rank < stored[0]:
            return False
        self._newest[numic] = rank, password.reveal()
        return True

    def verify(self, numic: Numic, password: str) -> bool:
        return self._newest.get(numic, (None, None))[1] == password
