"""Setting a session of PostgreSQL up, through whatever stands between.

The settings are SET once the connection is there. At start-up a pooler either refuses them
(PgBouncer 1.18: 08P01) or, told to `ignore_startup_parameters`, drops them, and with them every
time limit.
"""

from __future__ import annotations

import secrets

import asyncpg

_MARK = "reassort.session"
_LOOK = f"SELECT current_setting('{_MARK}', true), pg_is_in_recovery()"


class PoolerBetween(Exception):
    """What was set is not there in the next statement: each may go to another server session."""


class TakesNoWrites(Exception):
    """A standby: it answers everything but writes."""


async def set_up(connection: asyncpg.Connection, session: dict[str, str], writable: bool) -> None:
    """Two round trips. `session`: names and values, all of them our own words. Raises
    `PoolerBetween`, `TakesNoWrites` where the server must be `writable`, or as asyncpg does."""
    mark = secrets.token_hex(8)
    settings = (session | {_MARK: mark}).items()
    await connection.execute(";".join(f"SET {name} TO '{value}'" for name, value in settings))
    found = await connection.fetchrow(_LOOK)
    if found is None or found[0] != mark:
        raise PoolerBetween
    if writable and found[1]:
        raise TakesNoWrites
