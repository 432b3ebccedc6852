"""Table `deployment`: under which keys a database is worked on."""

from __future__ import annotations

from adapters.store.sql import Sql
from core.errors import StoreUnavailable
from core.keys import Keyring, Purpose

_MARK = b"deployment"


async def belong_to(sql: Sql, keyring: Keyring, claim: bool) -> None:
    """Refuse a database that was made under other keys: with the wrong ones, live requests would
    be given up for good. The first caller's keys make it theirs, unless it does not `claim` it;
    then nothing is written."""
    if claim:
        await sql.hold("deployment")
    marks = {key.id: keyring.mac(Purpose.PSEUDONYM, _MARK, key.id).hex() for key in keyring.keys}
    rows = await sql.fetch("SELECT key_id, key_check FROM deployment")
    known = {row[0]: row[1] for row in rows}
    if known and not any(known.get(key_id) == mark for key_id, mark in marks.items()):
        raise StoreUnavailable("the database belongs to other keys than REASSORT_KEYS")
    if claim and keyring.newest not in known:
        insert = "INSERT INTO deployment (key_id, key_check) VALUES ($1, $2)"
        await sql.execute(insert, keyring.newest, marks[keyring.newest])
