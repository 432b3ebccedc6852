"""Tables `partner`, `partner_key` and `partner_suspension`: who may call, and who may not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.store.sql import Row, Sql, moment, to_column, to_datetime
from core.partner import Partner, PartnerKey, Suspension

_PARTNER = "SELECT name, scopes, origins, created_at FROM partner"
_ADD = """
INSERT INTO partner (name, scopes, origins, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO NOTHING
"""
_KEYS = """
SELECT prefix, partner, digest, created_at, ends_at, revoked, last_used_at, voter_told_at
FROM partner_key
ORDER BY created_at, prefix
"""
_ADD_KEY = """
INSERT INTO partner_key (prefix, partner, digest, created_at, ends_at, revoked, last_used_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
_END = """
UPDATE partner_key SET ends_at = $2, revoked = $3
WHERE partner = $1 AND (ends_at IS NULL OR ends_at > $2)
"""
_USED = """
UPDATE partner_key SET {column} = $2
WHERE prefix = $1 AND ({column} IS NULL OR {column} < $2)
"""
_LAST_USED, _VOTER_TOLD = _USED.format(column="last_used_at"), _USED.format(column="voter_told_at")

_SUSPENSION = """
SELECT partner, suspended_at, suspended_by, reason, resumed_at, resumed_by FROM partner_suspension
"""
_SUSPEND = """
INSERT INTO partner_suspension (partner, suspended_at, suspended_by, reason) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
"""
_RESUME = """
UPDATE partner_suspension SET resumed_at = $2, resumed_by = $3
WHERE partner = $1 AND resumed_at IS NULL
"""


class PartnerTable:
    """The port `Partners`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, partner: Partner) -> bool:
        scopes, origins = " ".join(sorted(partner.scopes)), " ".join(partner.origins)
        created_at = to_column(partner.created_at)
        return await self._sql.execute(_ADD, partner.name, scopes, origins, created_at) == 1

    async def get(self, name: str) -> Partner | None:
        rows = await self._sql.fetch(f"{_PARTNER} WHERE name = $1", name)
        return _partner(rows[0]) if rows else None

    async def all(self) -> Sequence[Partner]:
        found = [_partner(row) for row in await self._sql.fetch(_PARTNER)]
        return sorted(found, key=lambda each: each.name)


class PartnerKeyTable:
    """The port `PartnerKeys`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, key: PartnerKey) -> None:
        await self._sql.execute(
            _ADD_KEY,
            key.prefix,
            key.partner,
            key.digest,
            to_column(key.created_at),
            to_column(key.ends_at),
            int(key.revoked),
            to_column(key.last_used_at),
        )

    async def all(self) -> Sequence[PartnerKey]:
        return [_key(row) for row in await self._sql.fetch(_KEYS)]

    async def end(self, partner: str, at: datetime, revoked: bool) -> int:
        return await self._sql.execute(_END, partner, to_column(at), int(revoked))

    async def note_use(self, prefix: str, at: datetime, tells_voter: bool) -> None:
        await self._sql.execute(_LAST_USED, prefix, to_column(at))
        if tells_voter:
            await self._sql.execute(_VOTER_TOLD, prefix, to_column(at))


class SuspensionTable:
    """The port `Suspensions`. A partial index has one in force win."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, suspension: Suspension) -> bool:
        at, by = to_column(suspension.suspended_at), suspension.suspended_by
        done = await self._sql.execute(_SUSPEND, suspension.partner, at, by, suspension.reason)
        return done == 1

    async def end(self, partner: str, at: datetime, by: str) -> bool:
        return await self._sql.execute(_RESUME, partner, to_column(at), by) == 1

    async def in_force(self) -> Sequence[Suspension]:
        rows = await self._sql.fetch(f"{_SUSPENSION} WHERE resumed_at IS NULL")
        return sorted((_suspension(row) for row in rows), key=lambda each: each.partner)

    async def all(self) -> Sequence[Suspension]:
        return [_suspension(row) for row in await self._sql.fetch(f"{_SUSPENSION} ORDER BY id")]


def _suspension(row: Row) -> Suspension:
    ended_at = to_datetime(row[4])
    return Suspension(row[0], moment(row[1]), row[2], row[3], ended_at, row[5])


def _partner(row: Row) -> Partner:
    return Partner(row[0], frozenset(row[1].split()), tuple(row[2].split()), moment(row[3]))


def _key(row: Row) -> PartnerKey:
    return PartnerKey(
        prefix=row[0],
        partner=row[1],
        digest=bytes(row[2]),
        created_at=moment(row[3]),
        ends_at=to_datetime(row[4]),
        revoked=bool(row[5]),
        last_used_at=to_datetime(row[6]),
        voter_told_at=to_datetime(row[7]),
    )
