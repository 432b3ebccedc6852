"""Table `deployment`: under which keys a database is worked on, and with which password keys."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from adapters.store.interventions import InterventionTable
from adapters.store.sql import Sql
from core.errors import StoreUnavailable
from core.intervention import Intervention
from core.keys import Keyring, Purpose

_MARK = b"deployment"
_PASSWORD_KEYS = "password:keys"
"""The row that tells the file of the password keys. No id of the ring has a colon."""


class _Unit(Protocol):
    @property
    def sql(self) -> Sql: ...


class Deployed(Protocol):
    """What an engine says of the deployment whose database it is, in units of its own."""

    def begin(self) -> AbstractAsyncContextManager[_Unit]: ...

    def read(self) -> AbstractAsyncContextManager[_Unit]: ...

    async def belong_to(self, keyring: Keyring, claim: bool = True) -> None:
        """Refuse a database that was made under other keys: with the wrong ones, live requests
        would be given up for good. The first caller's keys make it theirs, unless it does not
        `claim` it; then nothing is written. Raises `StoreUnavailable`."""
        async with self.begin() if claim else self.read() as unit:
            await _belong_to(unit.sql, keyring, claim)

    async def password_key_file(self) -> str | None:
        """The id of the file whose keys this database's seeds are for; None when there is none."""
        async with self.read() as unit:
            return await _password_key_file(unit.sql)

    async def claim_password_keys(self, file_id: str) -> str | None:
        """Make the database this file's, unless it is another's already; whose it is then."""
        async with self.begin() as unit:
            return await _claim_password_keys(unit.sql, file_id, instead=False)

    async def adopt_password_keys(self, file_id: str | None, trace: Intervention) -> None:
        """Make the database this file's (None: no file's), even if it is another's; in the same
        commit stands who ordered it."""
        async with self.begin() as unit:
            await _claim_password_keys(unit.sql, file_id, instead=True)
            await InterventionTable(unit.sql).add(trace)


async def _belong_to(sql: Sql, keyring: Keyring, claim: bool) -> None:
    if claim:
        await sql.hold("deployment")
    marks = {key.id: keyring.mac(Purpose.PSEUDONYM, _MARK, key.id).hex() for key in keyring.keys}
    rows = await sql.fetch("SELECT key_id, key_check FROM deployment")
    known = {row[0]: row[1] for row in rows if row[0] != _PASSWORD_KEYS}
    if known and not any(known.get(key_id) == mark for key_id, mark in marks.items()):
        raise StoreUnavailable("the database belongs to other keys than REASSORT_KEYS")
    if claim and keyring.newest not in known:
        insert = "INSERT INTO deployment (key_id, key_check) VALUES ($1, $2)"
        await sql.execute(insert, keyring.newest, marks[keyring.newest])


async def _password_key_file(sql: Sql) -> str | None:
    rows = await sql.fetch("SELECT key_check FROM deployment WHERE key_id = $1", _PASSWORD_KEYS)
    return rows[0][0] if rows else None


async def _claim_password_keys(sql: Sql, file_id: str | None, instead: bool) -> str | None:
    await sql.hold("deployment")
    known = await _password_key_file(sql)
    if known is not None and not instead:
        return known
    await sql.execute("DELETE FROM deployment WHERE key_id = $1", _PASSWORD_KEYS)
    if file_id is not None:
        insert = "INSERT INTO deployment (key_id, key_check) VALUES ($1, $2)"
        await sql.execute(insert, _PASSWORD_KEYS, file_id)
    return file_id
