"""Wrong identifiers are counted by link and by network: part of the steps of a confirmation.

A link bears few from one network, and several times as many in all. So somebody who reads the
voter's e-mails, and types wrong identifiers, uses up his own tries and not hers (R16, R61).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.keys import Keyring, Purpose
from core.policy import LONGEST_LINK_LIFETIME, RenewalPolicy
from core.ports.consumed_codes import ConsumedCodes
from core.ports.recovery_requests import OneTimeLinks


@dataclass(frozen=True)
class Tries:
    """Those of one network on one link. Each is kept like a security code that was answered, under
    a pseudonym, for as long as the link may be used."""

    codes: ConsumedCodes
    name: str
    most: int
    anyhow: int
    """So many it has whatever other networks have tried."""
    until: datetime

    @classmethod
    def of(
        cls,
        codes: ConsumedCodes,
        request_id: str,
        now: datetime,
        network: str,
        keyring: Keyring,
        policy: RenewalPolicy,
    ) -> Tries:
        """`network`: as limits count it, an address or an IPv6 network."""
        tag = keyring.tag(Purpose.NETWORK, f"{request_id} {network}")
        until = now + LONGEST_LINK_LIFETIME
        most, anyhow = policy.link_attempts, policy.link_attempts_anyhow
        return cls(codes, f"identifier {request_id} {tag}", most, anyhow, until)

    async def are_begun(self) -> bool:
        """Whether this network has had as many as it has anyhow: before that it may always try."""
        return await self.codes.is_consumed(self._place(self.anyhow))

    async def are_used_up(self, left_in_all: int) -> bool:
        """Whether this network may try no more: it has had its tries, or as many as it has anyhow,
        and those of all networks are gone."""
        return await self.codes.is_consumed(
            self._place(self.most if left_in_all > 0 else self.anyhow)
        )

    async def count(self, links: OneTimeLinks, digest: bytes, now: datetime) -> int | None:
        """Count a wrong identifier: the tries that are left to this network, and None when it had
        none, or the link is no longer good. The first of a network are heard whatever others have
        tried before: else these would decide whether the voter's are."""
        number = await self._spend()
        left_in_all = None if number is None else await links.spend_attempt(digest, now)
        if number is None or left_in_all is None:
            return None
        left = max(min(self.most - number, left_in_all), self.anyhow - number)
        return left if left >= 0 else None

    async def _spend(self) -> int | None:
        """Which of this network's tries it is, from 1; None when it had none left."""
        for number in range(1, self.most + 1):
            if await self.codes.consume(self._place(number), self.until):
                return number
        return None

    def _place(self, number: int) -> str:
        return f"{self.name} {number}"
