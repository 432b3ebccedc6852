"""Partners and their keys in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adapters.store.memory_table import Table
from core.partner import Partner, PartnerKey


class MemoryPartners:
    """The port `Partners`."""

    def __init__(self, table: Table[Partner]) -> None:
        self._table = table

    async def add(self, partner: Partner) -> bool:
        if self._table.get(partner.name) is not None:
            return False
        self._table.put(partner.name, partner)
        return True

    async def get(self, name: str) -> Partner | None:
        return self._table.get(name)

    async def all(self) -> Sequence[Partner]:
        return sorted(self._table.rows(), key=lambda each: each.name)


class MemoryPartnerKeys:
    """The port `PartnerKeys`."""

    def __init__(self, table: Table[PartnerKey]) -> None:
        self._table = table

    async def add(self, key: PartnerKey) -> None:
        self._table.insert(key.prefix, key)

    async def all(self) -> Sequence[PartnerKey]:
        return sorted(self._table.rows(), key=lambda each: (each.created_at, each.prefix))

    async def end(self, partner: str, at: datetime, revoked: bool) -> int:
        ended = [
            replace(each, ends_at=at, revoked=revoked)
            for each in self._table.rows()
            if each.partner == partner and (each.ends_at is None or each.ends_at > at)
        ]
        for each in ended:
            self._table.put(each.prefix, each)
        return len(ended)

    async def note_use(self, prefix: str, at: datetime) -> None:
        key = self._table.get(prefix)
        if key is not None and (key.last_used_at is None or key.last_used_at < at):
            self._table.put(prefix, replace(key, last_used_at=at))
