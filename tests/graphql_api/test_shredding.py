"""R20, A6: who has every file of a database, and the keys of the day after, has no password.

Seeds that were wiped are still in tables, logs and backups (`tests/adapters/test_seeds_left.py`).
The searcher here knows how passwords are made and which requests there were, and tries every 32
bytes that stand near a request's id, or near the id of a key, as its seed.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg
import httpx
import pytest

from adapters.password_keys import key_file
from adapters.password_keys.daily import DailyKeyFile
from core.keys import Keyring, SecretKey
from core.password_issuer import SEED_BYTES, PasswordIssuer
from core.password_keys import PasswordKeys, RingPasswordKeys
from core.policy import STANDARD
from graphql_api.app import build_app
from graphql_api.compose import choose_ports, compose, prepare_database
from graphql_api.compose.key_keeper import build_key_keeper
from graphql_api.settings import Settings
from tests.graphql_api.conftest import CAMILLE, Portal

DAY = timedelta(days=1)
AFTER_ID, BEFORE_KEY = 600, 80
"""Bytes after a request's id, and before the id of its key, within which its seed stands."""
KEY_ID = re.compile(rb":[0-9a-f]{8}:\d{4}-\d\d-\d\d")


@dataclass
class Trial:
    """A deployment on one engine, and what somebody may have copied of it."""

    portal: Portal
    settings: Settings
    dsn: str

    @property
    def key_path(self) -> Path:
        keys = self.portal.application.ports.password_keys
        assert isinstance(keys, DailyKeyFile)
        return keys.path

    async def backup(self) -> bytes:
        """What a backup of the live database holds, row by row."""
        if self.dsn:
            return await self._rows()
        copy = self.settings.data_dir / "backup.sqlite3"
        with (
            closing(sqlite3.connect(self.settings.database)) as source,
            closing(sqlite3.connect(copy)) as there,
        ):
            source.backup(there)
        content = copy.read_bytes()
        copy.unlink()
        return content

    async def requests(self) -> list[str]:
        """Their ids, which every log line tells."""
        async with self.portal.application.ports.store.read() as unit:
            return [row[0] for row in await unit.sql.fetch("SELECT id FROM recovery_request")]

    async def _rows(self) -> bytes:
        connection = await asyncpg.connect(self.dsn)
        try:
            rows = await connection.fetch("SELECT * FROM recovery_request")
        finally:
            await connection.close()
        values = (value for row in rows for value in row.values())
        return b"|".join(v if isinstance(v, bytes) else str(v).encode() for v in values)

    async def files(self) -> list[bytes]:
        """What the engine has on its disk: heap and write-ahead log, or file and `-wal`."""
        if not self.dsn:
            database = self.settings.database
            return [each.read_bytes() for each in database.parent.glob(f"{database.name}*")]
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute("CHECKPOINT")
            folder = Path(await connection.fetchval("SHOW data_directory"))
            heap = await connection.fetchval("SELECT pg_relation_filepath('recovery_request')")
        finally:
            await connection.close()
        logs = (each for each in (folder / "pg_wal").iterdir() if each.is_file())
        return [(folder / heap).read_bytes(), *(each.read_bytes() for each in logs)]


@pytest.fixture(params=["sqlite", "postgres"])
async def trial(request, make_settings, sample_register, tmp_path, clock):
    """Everything in place, on each engine."""
    given, dsn = {}, ""
    if request.param == "postgres":
        dsn = request.getfixturevalue("own_server").dsn()
        file = tmp_path / "keys" / "password-key"
        key_file.make(file, key_file.new_key(clock.now().date()))
        given = {"database_url": dsn, "password_key_file": file}
        given |= {"register_kind": "sqlite", "credentials": "sqlite"}
    settings = make_settings(**given)
    settings.data_dir.mkdir()
    await asyncio.to_thread(prepare_database, settings)
    shutil.copy(sample_register(settings), settings.register_file)
    application = compose(settings, choose_ports(settings, clock=clock))
    await application.start()
    transport = httpx.ASGITransport(build_app(application), False, client=("203.0.113.7", 50123))
    async with httpx.AsyncClient(transport=transport, base_url="http://a.example.org") as http:
        yield Trial(Portal(application, http, clock), settings, dsn)
    await application.stop()


def derivable(dumps: list[bytes], known: list[str], ring: Keyring, keys: PasswordKeys) -> set[str]:
    """Every password of the `known` requests that follows from these bytes and these keys."""
    ids = {key.id for key in ring.keys}
    if isinstance(keys, DailyKeyFile):
        days = [keys.oldest() + number * DAY for number in range(-2, 3)]
        ids |= {f"{each}:{keys.file_id()}:{day}" for each in ids for day in days}
    usable, issuer = [each for each in ids if each in keys], PasswordIssuer(keys, STANDARD)
    by_key = stretches(KEY_ID, dumps, before=BEFORE_KEY)
    return {
        issuer.derive(request_id, seed, key_id).reveal()
        for request_id in known
        for seed in by_key | stretches(re.compile(request_id.encode()), dumps, after=AFTER_ID)
        for key_id in usable
    }


def stretches(
    anchor: re.Pattern[bytes], dumps: list[bytes], before: int = 0, after: int = 0
) -> set[bytes]:
    """All 32 bytes that stand next to what is found, on this side or that."""
    found: set[bytes] = set()
    for dump in dumps:
        for each in anchor.finditer(dump):
            near = dump[max(each.start() - before, 0) : each.end() + after]
            found |= {near[at : at + SEED_BYTES] for at in range(len(near) - SEED_BYTES + 1)}
    # A seed is chance: 32 bytes of which many are the same are none. It halves the work.
    return {each for each in found if len(set(each)) >= 20}


async def test_the_keys_of_the_day_after_give_no_password(trial, clock, keyring, tmp_path):
    """R20, A6: with those of the day itself the same search finds every password, in the backup and
    in the engine's files alike: it can find, and there is something to be found."""
    portal, passwords, backups, known = trial.portal, set(), [], []
    for _ in range(2):
        answer = await portal.confirm(await portal.token(), CAMILLE.identifier)
        assert answer["__typename"] == "PasswordRenewed"
        known = await trial.requests()
        backups.append(await trial.backup())
        await portal.work()
        passwords.add(portal.newest_password)
        clock.advance(timedelta(minutes=10))
    of_the_day = trial.key_path.read_bytes()
    left = await trial.files()

    clock.advance(DAY)
    await portal.application.key_keeper.look()
    day_after = trial.key_path.read_bytes()
    everything = [*backups, *left, *await trial.files()]

    def search(dumps, ring, file):
        if file is None:
            keys = RingPasswordKeys(ring)
        else:
            copy = tmp_path / "copy"
            copy.write_bytes(file)
            copy.chmod(0o600)
            keys = DailyKeyFile(copy, ring, clock, made_alone=False)
        return passwords & derivable(dumps, known, ring, keys)

    assert search(backups, keyring, of_the_day) == passwords
    assert search(left, keyring, of_the_day) == passwords
    assert search(everything, keyring, day_after) == set()
    assert search(everything, keyring, None) == set()
    others = Keyring((SecretKey("2027", b"o" * 32),))
    assert search(everything, others, of_the_day) == set()
    secret = json.loads(of_the_day)["key"].encode()
    assert not [each for each in trial.key_path.parent.iterdir() if secret in each.read_bytes()]


async def test_the_process_does_it_by_itself(trial, clock):
    """R20: a gateway that is started the day after destroys the key without being asked."""
    before = trial.key_path.read_bytes()
    clock.advance(DAY)
    keeper = trial.portal.application.key_keeper
    await keeper.aclose()
    keeper.begin()
    async with asyncio.timeout(30):
        while trial.key_path.read_bytes() == before:
            await asyncio.sleep(0.01)
    assert key_file.read(trial.key_path).day == clock.now().date()


@dataclass
class Looked:
    """A clock that was looked at, in the place of `WatchClock`."""

    is_sure: bool


async def test_no_key_goes_by_a_clock_that_is_not_sure(trial, clock):
    """R20: a process whose clock runs ahead would destroy the key that is in use: all wait until
    the clock was found right."""
    application, looked = trial.portal.application, Looked(is_sure=False)
    keeper = build_key_keeper(application.settings, application.ports, looked)
    first = application.ports.password_keys.oldest()
    clock.advance(3 * DAY)
    await keeper.look()
    assert application.ports.password_keys.oldest() == first
    looked.is_sure = True
    await keeper.look()
    assert application.ports.password_keys.oldest() > first
