"""Shape of our own copy of the register, shared by the import that writes it and by its readers.

It is written once, whole, and never changed afterwards: a new import makes a new file, or table.
Numbers are stored as integers, which halves the indexes; the code gives them their zeros and plus
signs back. The tables in PostgreSQL are in `postgres.sql`, of the same columns.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from adapters.numbering import PhoneKind
from core.keys import Keyring, Purpose
from core.voter import EmailAddress, Identifier, Numel, Numic, PhoneNumber, Voter

APPLICATION_ID = 0x52415352
"""SQLite's `PRAGMA application_id`, "RASR": no other program's file is taken for ours."""
SCHEMA_VERSION = 2
"""SQLite's `PRAGMA user_version`; set last, so that a half-made file does not carry it."""
WITHOUT_PLACES = 1
"""The version of 0.2.0: it knows neither constituencies nor posts, and is read all the same."""
READABLE = (WITHOUT_PLACES, SCHEMA_VERSION)
MAC_BYTES = 16
"""128 bits of HMAC-SHA256: an identifier is guessed, not forged, and nobody collides by chance."""

TABLES = """
CREATE TABLE voter (
    line INTEGER PRIMARY KEY,     -- in the imported file
    numic INTEGER NOT NULL,
    numel INTEGER,
    email TEXT,
    phone INTEGER,                -- E.164 without its plus sign
    phone_kind TEXT,
    identifier BLOB NOT NULL,     -- HMAC, see identifier_mac
    identifier_renewed_in TEXT,
    constituency TEXT,
    post TEXT
);
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
INDEXES = """
CREATE UNIQUE INDEX voter_numic ON voter (numic);
CREATE UNIQUE INDEX voter_numel ON voter (numel) WHERE numel IS NOT NULL;
"""
NOBODY = bytes(MAC_BYTES)
"""Compared with for a voter whom the register does not know: as much work, and never equal."""
KEY_ID = "identifier_key"
"""Name, in `meta`, of the id of the key under which the identifiers were hashed."""
KEY_CHECK = "identifier_key_check"
"""Name, in `meta`, of a value that only that very key makes: ids can be given twice."""

SUMMARY = "summary"
"""Name, in `meta`, of the counts of the import, as JSON."""


class NotARegister(Exception):
    """The file or table is missing its marks: another program's, an older one's, or half made."""


class LostKey(NotARegister):
    """Nobody's identifier can be checked: the key of the import is not in the keyring."""

    def __init__(self) -> None:
        super().__init__("the register's key is not in the keyring: import the register again")


def identifier_mac(keyring: Keyring, numic: Numic, identifier: Identifier, key_id: str) -> bytes:
    """What is stored of an identifier: bound to its voter, useless without the key.

    Raises `KeyError` when the key is no longer in the ring.
    """
    message = (numic.value + identifier.canonical).encode()
    return keyring.mac(Purpose.REGISTER, message, key_id)[:MAC_BYTES]


def read_only_uri(path: Path) -> str:
    """SQLite URI of a finished register. Immutable: SQLite takes no locks and makes no files."""
    return f"{path.absolute().as_uri()}?mode=ro&immutable=1"


def version_of(connection: sqlite3.Connection, schema: str = "main") -> int:
    """One of `READABLE`; raises `NotARegister`, or `sqlite3.Error` when unreadable."""
    application = connection.execute(f"PRAGMA {schema}.application_id").fetchone()[0]
    version = connection.execute(f"PRAGMA {schema}.user_version").fetchone()[0]
    if application != APPLICATION_ID or version not in READABLE:
        raise NotARegister("not a finished register of this version")
    return version


def key_id_of(connection: sqlite3.Connection, schema: str = "main") -> str:
    """The key of a finished register; raises as `version_of` does."""
    version_of(connection, schema)
    query = f"SELECT value FROM {schema}.meta WHERE name = ?"  # noqa: S608 - our own schema names
    return connection.execute(query, (KEY_ID,)).fetchone()[0]


def check_key(connection: sqlite3.Connection, keyring: Keyring, key_id: str) -> None:
    """Raises `LostKey` unless the ring holds the very key under which the file was imported."""
    query = "SELECT value FROM meta WHERE name = ?"
    stored = connection.execute(query, (KEY_CHECK,)).fetchone()
    compare_key(keyring, key_id, stored and stored[0])


def compare_key(keyring: Keyring, key_id: str, stored: str | None) -> None:
    """Raises `LostKey` unless the ring's key of this id is the one that made the check `stored`."""
    try:
        if stored is None or stored != key_check(keyring, key_id):
            raise LostKey
    except KeyError:
        raise LostKey from None


def key_check(keyring: Keyring, key_id: str) -> str:
    """What only this very key makes. Raises `KeyError` when it is not in the ring."""
    return keyring.mac(Purpose.REGISTER, b"check", key_id)[:8].hex()


def seal(connection: sqlite3.Connection, keyring: Keyring, key_id: str) -> None:
    """Write the marks of a finished register."""
    marks = [(KEY_ID, key_id), (KEY_CHECK, key_check(keyring, key_id))]
    connection.executemany("INSERT INTO meta VALUES (?, ?)", marks)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


StoredVoter = tuple[
    int, int | None, str | None, int | None, str | None, str | None, str | None, str | None
]
"""NUMIC, NUMEL, e-mail, phone, its kind, round of the identifier's renewal, constituency, post."""


def voter_of(stored: StoredVoter) -> Voter:
    """The voter as the core knows them."""
    numic, numel, email, phone, kind, renewed_in, constituency, post = stored
    usable = phone is not None and (kind is None or PhoneKind(kind).takes_sms)
    return Voter(
        numic=Numic(f"{numic:08d}"),
        email=None if email is None else EmailAddress(email),
        phone=PhoneNumber(f"+{phone}") if usable else None,
        numel=None if numel is None else Numel(f"{numel:09d}"),
        identifier_renewed_in=renewed_in,
        has_unusable_phone=kind is not None and not usable,
        constituency=constituency,
        post=post,
    )
