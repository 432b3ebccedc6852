"""For operators: partners and their API keys are made, renewed and ended (R40)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.events import PartnerResumed, PartnerSuspended
from core.intervention import Act, Intervention
from core.partner import PREFIX_BYTES, SECRET_BYTES, ApiKey, Partner, PartnerKey, Suspension
from core.ports.clock import Clock
from core.ports.events import Events
from core.ports.randomness import Randomness
from core.ports.unit_of_work import Begin, PartnerUnit
from core.use_cases.note_interventions import told


class UnknownPartner(ValueError):
    """There is no partner of that name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no partner {name}: see `reassort partner list`")


@dataclass(frozen=True)
class KeepPartners:
    """The partners' list. Who changes it, `by`, stands in the same commit. Raises `ValueError` when
    nobody is named, and `StoreUnavailable`."""

    begin: Begin[PartnerUnit]
    read: Begin[PartnerUnit]
    clock: Clock
    randomness: Randomness
    events: Events
    named: frozenset[str] = frozenset()
    """Partners that stand in the settings; they need not have a key."""

    async def register(
        self, name: str, scopes: Sequence[str] = (), origins: Sequence[str] = (), *, by: str
    ) -> ApiKey:
        """A new partner's first key. Raises `ValueError` when the name is taken or something is
        malformed."""
        now = self.clock.now()
        partner = Partner(name, frozenset(scopes), tuple(origins), now)
        noted = Intervention(now, by, Act.PARTNER_ADDED, " ".join([name, *scopes, *origins]))
        async with self.begin() as unit:
            if not await unit.partners.add(partner):
                raise ValueError(f"there is a partner {name} already")
            key = await self._add_key(unit, name)
            await unit.interventions.add(noted)
        self.events.record(told(noted))
        return key

    async def rotate(self, name: str, overlap: timedelta, *, by: str) -> ApiKey:
        """A new key; those before end after `overlap`, or earlier if they were to. Raises
        `UnknownPartner`."""
        now, hours = self.clock.now(), overlap / timedelta(hours=1)
        noted = Intervention(now, by, Act.PARTNER_ROTATED, f"{name} overlap {hours:g} h")
        async with self.begin() as unit:
            await _known(unit, name)
            await unit.partner_keys.end(name, now + overlap, revoked=False)
            key = await self._add_key(unit, name)
            await unit.interventions.add(noted)
        self.events.record(told(noted))
        return key

    async def revoke(self, name: str, *, by: str) -> int:
        """Every key ends now. Returns how many that were. Raises `UnknownPartner`."""
        now = self.clock.now()
        async with self.begin() as unit:
            await _known(unit, name)
            count = await unit.partner_keys.end(name, now, revoked=True)
            noted = Intervention(now, by, Act.PARTNER_REVOKED, f"{name} {count} keys")
            await unit.interventions.add(noted)
        self.events.record(told(noted))
        return count

    async def suspend(self, name: str, by: str, reason: str) -> None:
        """Keys, tokens, origin and links end within seconds, until `resume`. Raises
        `UnknownPartner`, and `ValueError` when it is suspended already."""
        suspension = Suspension(name, self.clock.now(), by, reason)
        async with self.begin() as unit:
            if name not in self.named:
                await _known(unit, name)
            if not await unit.suspensions.add(suspension):
                raise ValueError(f"the partner {name} is suspended already")
        self.events.record(PartnerSuspended(name, by, reason))

    async def resume(self, name: str, by: str) -> None:
        """What was suspended holds again; keys that were revoked stay so. Raises `ValueError` when
        nothing was."""
        async with self.begin() as unit:
            if not await unit.suspensions.end(name, self.clock.now(), by):
                raise ValueError(f"the partner {name} is not suspended")
        self.events.record(PartnerResumed(name, by))

    async def suspensions(self) -> Sequence[Suspension]:
        """Those in force and those that have ended, from the oldest to the newest."""
        async with self.read() as unit:
            return await unit.suspensions.all()

    async def all(self) -> tuple[Sequence[Partner], Sequence[PartnerKey]]:
        """Partners by name, and keys from the oldest to the newest."""
        async with self.read() as unit:
            return await unit.partners.all(), await unit.partner_keys.all()

    async def _add_key(self, unit: PartnerUnit, name: str) -> ApiKey:
        key = ApiKey.make(self.randomness.token(SECRET_BYTES), self.randomness.token(PREFIX_BYTES))
        made = PartnerKey(key.prefix, name, key.digest, self.clock.now())
        await unit.partner_keys.add(made)
        return key


async def _known(unit: PartnerUnit, name: str) -> None:
    if await unit.partners.get(name) is None:
        raise UnknownPartner(name)
