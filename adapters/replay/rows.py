"""The rows of a recorded election, with what was not recorded as it depends on keys or chance."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from adapters.store.sql import to_column
from core.identifiers import CHANCE_BYTES, new_id
from core.keys import Keyring
from core.use_cases.request_renewal import pair_of
from core.voter import EmailAddress, Numic

from .recorded import MADE_ANEW, TABLES, Change

KnownInRound = Callable[[Any, str, Numic], Awaitable[str | None]]
"""In this unit of work, in the round of this id: what the voter is known by."""
_REQUESTS = "recovery_request"


class Rows:
    """Makes anew under the keys of the database that the rows are for. The same election has the
    same ids everywhere."""

    def __init__(self, election: str, round_id: str, keyring: Keyring, known: KnownInRound) -> None:
        self._election, self._round_id = election, round_id
        self._keyring, self._known = keyring, known
        self._voters: dict[str, Numic] = {}
        """Who made a request, by its number in the recording."""
        self._ids: dict[str, str] = {}

    async def of(self, unit: Any, change: Change) -> dict[str, Any]:
        """The columns that are to be written, with those of the key."""
        values = {name: self._value(name, x, change.at) for name, x in change.values.items()}
        if change.table == _REQUESTS:
            values |= await self._of_request(unit, change)
        return {**self.key(change), **values}

    def key(self, change: Change) -> dict[str, Any]:
        """The columns by which the row is found."""
        names = TABLES[change.table]
        told = (self._told(each, change.at) for each in change.key)
        return dict(zip(names, told, strict=True))

    async def _of_request(self, unit: Any, change: Change) -> dict[str, Any]:
        number = change.key[0]
        if change.is_new:
            self._voters[number] = Numic(f"{change.values['number']:08}")
        numic = self._voters[number]
        made = {name: self._made(name, number) for name in MADE_ANEW if change.values.get(name)}
        if "voter" in made:
            made["voter"] = self._keyring.pseudonym(numic.value)
        if "round_voter" in made:
            made["round_voter"] = await self._known(unit, self._round_id, numic)
        return {**made, **self._typed(numic)} if change.is_new else made

    def _typed(self, numic: Numic) -> dict[str, Any]:
        """What the voter wrote into the form."""
        email = EmailAddress(f"voter{int(numic.value)}@example.org")
        pair = self._keyring.pseudonym(pair_of(numic, email))
        return {"number": f"numic:{numic.value}", "pair": pair}

    def _made(self, name: str, number: str) -> Any:
        """Of keys the newest; otherwise what no secret is made of, and no link or password leads
        to."""
        if name.endswith("_key"):
            return self._keyring.newest
        return self._digest(f"{name}:{number}")[: 32 if name == "link_digest" else 16]

    def _value(self, name: str, value: Any, at: datetime) -> Any:
        if name.endswith("_at") and value is not None:
            return to_column(at + timedelta(milliseconds=value))
        return self._told(value, at)

    def _told(self, value: Any, at: datetime) -> Any:
        """A request's id is of the moment at which it is first told of: when it was received."""
        if not isinstance(value, str) or not value.startswith("#"):
            return value
        number, dot, rest = value.partition(".")
        if number not in self._ids:
            self._ids[number] = new_id(at, self._digest(number)[:CHANCE_BYTES])
        return self._ids[number] + dot + rest

    def _digest(self, text: str) -> bytes:
        return hashlib.sha256(f"{self._election}:{text}".encode()).digest()


def statement(change: Change, values: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """What writes these columns, and its parameters."""
    places = {name: f"${number}" for number, name in enumerate(values, 1)}
    query = _adding(change.table, places) if change.is_new else _setting(change.table, places)
    return query, tuple(values.values())


def _adding(table: str, places: Mapping[str, str]) -> str:
    return f"INSERT INTO {table} ({', '.join(places)}) VALUES ({', '.join(places.values())})"


def _setting(table: str, places: Mapping[str, str]) -> str:
    pairs = {name: f"{name} = {place}" for name, place in places.items()}
    found = " AND ".join(pairs.pop(name) for name in TABLES[table])
    return f"UPDATE {table} SET {', '.join(pairs.values())} WHERE {found}"
