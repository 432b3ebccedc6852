"""Register read from a view in the consulate's own PostgreSQL.

The consulate makes a view, by default `reassort_voter`, and a role that may read it and no more:

| column | type | |
|---|---|---|
| `numic` | text | 8 digits, zeros in front; one row a NUMIC |
| `numel` | text, may be null | 9 digits, zeros in front; one row a NUMEL |
| `email` | text, may be null | |
| `phone` | text, may be null | with country code, or of the setting's `default_region` |
| `identifier` | text | 12 letters and digits; or `identifier_hash`, below |
| `identifier_renewed_in` | text or array, may be null | ids of the rounds of its renewal |
| settings' `constituency`, `post` | text, may be null | where the voter is registered |

`numic` and `numel` are compared as they are, so that the indexes below the view serve them. What
is read is brought to the core's form: an e-mail address or a phone that cannot be one counts as
absent, as in an imported file.

With `identifier_hash` instead of `identifier` the plain one never leaves the consulate: text, 64
hexadecimal digits, HMAC-SHA256 under a key that both sides have, of the NUMIC's 8 digits followed
by the identifier in capitals with 0 for O and 1 for I. With pgcrypto:
`encode(hmac(numic || translate(upper(identifier), 'OI', '01'), key, 'sha256'), 'hex')`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from adapters.connections.postgres import PostgresPool, told_as
from adapters.connections.postgres_tables import plain_name
from adapters.numbering import is_region
from adapters.register.import_csv import fields
from adapters.register.import_csv.findings import LineRejected
from core.census import Places
from core.errors import InvalidFields, RegisterUnavailable
from core.keys import KEY_BYTES
from core.voter import ElectoralNumber, Identifier, Numel, Numic, Voter

_HASH_BYTES = 32
_COLUMNS = "numic, numel, email, phone, identifier_renewed_in"


@dataclass(frozen=True)
class ViewSettings:
    """How the view is read."""

    view: str = "reassort_voter"
    schema: str = "public"
    default_region: str | None = None
    """Country (ISO 3166, "FR") of phone numbers without country code; None: these are absent."""
    hash_key: bytes | None = field(default=None, repr=False)
    """The key of `identifier_hash`, 32 bytes or more; None: the view has `identifier`."""
    constituency: str | None = None
    """The column of the voter's constituency; None: the view has none."""
    post: str | None = None
    """The column of the consular post, likewise."""

    def __post_init__(self) -> None:
        for name in (self.view, self.schema, self.constituency, self.post):
            plain_name(name or "none")
        if self.default_region is not None and not is_region(self.default_region):
            raise ValueError(f"no country has the code {self.default_region!r}")
        if self.hash_key is not None and len(self.hash_key) < KEY_BYTES:
            raise ValueError(f"the key of identifier_hash needs at least {KEY_BYTES} bytes")

    @property
    def columns(self) -> str:
        """Of a voter, in the order in which they are read."""
        return f"{_COLUMNS}, {self.places}"

    @property
    def places(self) -> str:
        """Where a voter is registered."""
        return f"{self.constituency or 'NULL'}::text, {self.post or 'NULL'}::text"


class PostgresViewRegister:
    """`core.ports.register.Register` over the view. The pool, which should be `read_only`, is the
    host's to close. Two rows of one number raise `RegisterUnavailable`."""

    def __init__(self, pool: PostgresPool, settings: ViewSettings | None = None) -> None:
        self._pool = pool
        self._settings = settings or ViewSettings()

    async def find(self, number: ElectoralNumber) -> Voter | None:
        """See the port."""
        column = "numic" if isinstance(number, Numic) else "numel"
        row = await self._one(self._settings.columns, column, number)
        return None if row is None else _voter(row, number, self._settings.default_region)

    async def identifier_matches(self, numic: Numic, identifier: Identifier) -> bool:
        """See the port. Does the same work for a voter whom the view does not have."""
        hashed = self._settings.hash_key is not None
        row = await self._one("identifier_hash" if hashed else "identifier", "numic", numic)
        stored = row[0] if row is not None and isinstance(row[0], str) else None
        known = _hash(stored) if hashed else _digest(numic, _canonical(stored, identifier))
        given = self._mac(numic, identifier) if hashed else _digest(numic, identifier.canonical)
        return hmac.compare_digest(known, given) and stored is not None

    async def voters_by_place(self) -> Places:
        """See `core.ports.register.CountsVoters`. Reads every voter, in the consulate's database
        and within the pool's time limit."""
        settings = self._settings
        query = (
            f"SELECT {settings.places}, count(*) FROM {settings.schema}.{settings.view} "  # noqa: S608
            "GROUP BY 1, 2"
        )
        with told_as(RegisterUnavailable, "register view"):
            rows = await self._pool.fetch(query)
        places, notes = Counter[tuple[str | None, str | None]](), fields.Notes()
        for constituency, post, voters in rows:
            place = fields.place_of(constituency or "", "constituency", notes)
            places[place, fields.place_of(post or "", "post", notes)] += voters
        return places

    def _mac(self, numic: Numic, identifier: Identifier) -> bytes:
        message = (numic.value + identifier.canonical).encode()
        return hmac.digest(self._settings.hash_key or b"", message, hashlib.sha256)

    async def _one(self, columns: str, column: str, number: ElectoralNumber) -> Any:
        settings = self._settings
        query = (
            f"SELECT {columns} FROM {settings.schema}.{settings.view} "  # noqa: S608 - plain names
            f"WHERE {column} = $1 LIMIT 2"
        )
        with told_as(RegisterUnavailable, "register view"):
            rows = await self._pool.fetch(query, number.value)
        if len(rows) > 1:
            raise RegisterUnavailable("register view: two voters of one number")
        return rows[0] if rows else None


def _voter(row: Any, asked: ElectoralNumber, default_region: str | None) -> Voter:
    texts = [each if each is None or isinstance(each, str) else None for each in row]
    numic, numel, email, phone, _, constituency, post = texts
    notes = fields.Notes()
    reading = fields.phone_of(phone or "", default_region, notes)
    try:
        voter = Voter(
            numic=fields.numic_of(numic or ""),
            email=fields.email_of(email or "", notes),
            phone=reading.number if reading is not None and reading.takes_sms else None,
            numel=_numel(numel or ""),
            identifier_renewed_in=fields.round_of(_rounds(row[4])),
            has_unusable_phone=reading is not None and not reading.takes_sms,
            constituency=fields.place_of(constituency or "", "constituency", notes),
            post=fields.place_of(post or "", "post", notes),
        )
    except LineRejected as rejected:
        raise RegisterUnavailable(f"register view: unusable {rejected.column}") from None
    if asked not in (voter.numic, voter.numel):
        raise RegisterUnavailable("register view: the voter is not the one asked for")
    return voter


def _rounds(value: Any) -> str:
    """A text, a number, or an array of either: none may be lost (R8)."""
    several = value if isinstance(value, list) else [value]
    return "\n".join(str(each) for each in several if each is not None)


def _numel(text: str) -> Numel | None:
    number = fields.numel_of(text, fields.Notes())
    return None if number is None else Numel(f"{number:09d}")


def _canonical(stored: str | None, given: Identifier) -> str:
    """The stored identifier as it is compared; "" when it cannot be one, which matches none."""
    try:
        return Identifier.parse(stored or "", len(given.canonical)).canonical
    except InvalidFields:
        return ""


def _digest(numic: Numic, identifier: str) -> bytes:
    """Digests are of one length, so that comparing them takes one time."""
    return hashlib.sha256((numic.value + identifier).encode()).digest()


def _hash(stored: str | None) -> bytes:
    try:
        known = bytes.fromhex(stored or "")
    except ValueError:
        known = b""
    return known if len(known) == _HASH_BYTES else bytes(_HASH_BYTES)
