"""Wrong identifiers are counted by link and by network: part of the steps of a confirmation.

A link bears few from one network, and several times as many in all. So somebody who reads the
voter's e-mails, and types wrong identifiers, uses up his own tries and not hers (R16, R61).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.keys import Keyring, Purpose
from core.policy import LONGEST_LINK_LIFETIME
from core.ports.consumed_codes import ConsumedCodes


@dataclass(frozen=True)
class Tries:
    """Those of one network on one link. Each is kept like a security code that was answered, under
    a pseudonym, for as long as the link may be used."""

    codes: ConsumedCodes
    name: str
    most: int
    until: datetime

    @classmethod
    def of(
        cls,
        codes: ConsumedCodes,
        request_id: str,
        now: datetime,
        network: str,
        keyring: Keyring,
        most: int,
    ) -> Tries:
        """`network`: as limits count it, an address or an IPv6 network."""
        tag = keyring.tag(Purpose.NETWORK, f"{request_id} {network}")
        until = now + LONGEST_LINK_LIFETIME
        return cls(codes, f"identifier {request_id} {tag}", most, until)

    async def are_used_up(self) -> bool:
        return await self.codes.is_consumed(self._place(self.most))

    async def spend(self) -> int | None:
        """Count a wrong identifier; how many tries are left here, None when none was."""
        for number in range(1, self.most + 1):
            if await self.codes.consume(self._place(number), self.until):
                return self.most - number
        return None

    def _place(self, number: int) -> str:
        return f"{self.name} {number}"
