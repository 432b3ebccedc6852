"""From version 1 of the schema, that of release 0.1.0, to version 2: everything is still there."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from adapters.store.migrate import migrate
from adapters.store.migrate_postgres import migrate_postgres
from adapters.store.postgres import PostgresStore
from adapters.store.sql import to_column
from adapters.store.sqlite import SqliteStore
from core.assistance import AssistanceRequest, AssistanceTopic
from core.attempt import Attempt
from core.delivery import Delivery, DeliveryState
from core.errors import StoreUnavailable
from core.jobs import Job, JobKind
from core.keys import Keyring, Purpose, SecretKey
from core.locale import Locale
from core.messages import MessageKind
from core.one_time_link import OneTimeLink
from core.recovery_request import RecoveryRequest, State
from core.voter import EmailAddress, Numic
from tests.servers.postgres import administer

HOUR = timedelta(hours=1)
REQUEST = """
INSERT INTO recovery_request VALUES (
    'r1', 'numic:00012345', 'camille.martin@example.org', 'pair', 'fr', {noon}, 'partner',
    'confirmed', NULL, 'voter', '2027-1', {noon}, '2027', {bytes:6e}, {bytes:64}, {later}, 4,
    {noon}, {bytes:73}, '2027', {noon}, 1
)
"""
DELIVERY = """
INSERT INTO delivery VALUES (
    '{id}', '{kind}', 'r1', 'en', {noon}, '{state}', 3, {route}, {reference}, {reason}, {later}
)
"""
OTHERS = (
    "INSERT INTO assistance_request VALUES "
    "('a1', 'ABCD2345', 'other', 'camille.martin@example.org', 'Bonjour', 'fr', {noon})",
    "INSERT INTO consumed_code VALUES ('answered', {later})",
)
JOBS = {
    "sqlite": "INSERT INTO job (key, kind, subject, due_at, attempts) "
    "VALUES ('send_link:r1', 'send_link', 'r1', {noon}, 2)",
    "postgres": "INSERT INTO reassort_pgqueuer "
    "(priority, entrypoint, dedupe_key, payload, execute_after, status, attempts) "
    "VALUES (0, 'send_link', 'send_link:r1', 'r1', '{at}', 'queued', 2)",
}


class Version1:
    """A database as 0.1.0 left it: made from that version's own file, rows by plain SQL."""

    def __init__(self, engine, place, noon):
        self.engine, self.place, self.noon = engine, place, noon

    def fill(self, text, **values):
        for byte in ("6e", "64", "73"):
            literal = f"X'{byte * 32}'" if self.engine == "sqlite" else rf"'\x{byte * 32}'::bytea"
            text = text.replace(f"{{bytes:{byte}}}", literal)
        moments = {"noon": to_column(self.noon), "later": to_column(self.noon + HOUR)}
        return text.format(**moments, **values)

    async def migrate(self):
        if self.engine == "postgres":
            return await migrate_postgres(self.place)
        return await asyncio.to_thread(migrate, self.place)

    async def write(self, *statements):
        if self.engine == "postgres":
            await administer(self.place, *statements)
            return
        with closing(sqlite3.connect(self.place, isolation_level=None)) as connection:
            for each in statements:
                connection.execute(each)

    def store(self):
        return (PostgresStore if self.engine == "postgres" else SqliteStore)(self.place)


@pytest.fixture(params=["sqlite", "postgres"])
async def old(request, tmp_path, monkeypatch, noon):
    """An empty database of version 1."""
    place = tmp_path / "reassort.sqlite3"
    if request.param == "postgres":
        place = request.getfixturevalue("databases").create("template0")
    database = Version1(request.param, place, noon)
    with monkeypatch.context() as patch:
        for module in ("migrate", "migrate_postgres"):
            patch.setattr(f"adapters.store.{module}.SCHEMA_VERSION", 1)
        assert await database.migrate() is True
    return database


@pytest.fixture
async def upgraded(old):
    """Opens the store that the upgraded database is; lets it go at the end."""
    opened = []

    async def upgraded():
        assert await old.migrate() is True
        assert await old.migrate() is False
        opened.append(old.store())
        await opened[0].open()
        return opened[0]

    yield upgraded
    for store in opened:
        await store.close()


async def test_it_is_not_opened_as_it_is(old):
    """R29: the new program refuses the old database and names the way out."""
    store = old.store()
    with pytest.raises(StoreUnavailable, match="reassort migrate"):
        await store.open()
    await store.close()


async def test_requests_messages_and_codes_are_kept(old, upgraded, noon):
    """R29: what waited for its end before the upgrade finds it after: the request with its seed,
    the message to the cell, the answered code."""
    await old.write(*map(old.fill, (REQUEST, *OTHERS)))
    store = await upgraded()
    email = EmailAddress("camille.martin@example.org")
    async with store.begin() as unit:
        assert await unit.requests.get("r1") == RecoveryRequest(
            id="r1",
            number=Numic("00012345"),
            typed_email=email,
            pair="pair",
            locale=Locale.FR,
            received_at=noon,
            partner="partner",
            state=State.CONFIRMED,
            voter="voter",
            round_id="2027-1",
            written_at=noon,
            link=OneTimeLink("2027", b"n" * 32, b"d" * 32, noon + HOUR, 4),
            confirmed_at=noon,
            seed=b"s" * 32,
            password_key="2027",
            changed_at=noon,
            password_was_in_force=True,
        )
        assert await unit.assistance.get("a1") == AssistanceRequest(
            "a1", "ABCD2345", AssistanceTopic.OTHER, email, "Bonjour", Locale.FR, noon
        )
        assert await unit.codes.consume("answered", noon + HOUR) is False


@pytest.mark.parametrize("state", DeliveryState)
async def test_deliveries_are_kept(old, upgraded, noon, state):
    """R29: a delivery keeps its state; one that a relay or gateway has knows since when."""
    known = {"route": "'kannel'", "reference": "'77'", "reason": "'busy'"}
    kind = MessageKind.PASSWORD
    row = old.fill(DELIVERY, id=f"r1.{kind}", kind=kind, state=state, **known)
    await old.write(row)
    store = await upgraded()
    async with store.read() as unit:
        assert await unit.deliveries.get(f"r1.{kind}") == Delivery(
            id=f"r1.{kind}",
            kind=kind,
            subject="r1",
            locale=Locale.EN,
            queued_at=noon,
            state=state,
            attempts=3,
            route="kannel",
            reference="77",
            reason="busy",
            changed_at=noon + HOUR,
            accepted_at=noon + HOUR if state is DeliveryState.ACCEPTED else None,
        )


async def test_jobs_are_kept(old, upgraded, noon):
    """R29: what was queued before the upgrade is claimed after it."""
    await old.write(old.fill(JOBS[old.engine], at=noon.isoformat()))
    store = await upgraded()
    async with store.begin() as unit:
        assert not await unit.jobs.due([JobKind.SEND_LINK], noon - HOUR)
        claimed = await unit.jobs.claim(JobKind.SEND_LINK, 10, noon, noon + HOUR)
    assert [(each.job, each.attempts) for each in claimed] == [(Job(JobKind.SEND_LINK, "r1"), 3)]


async def test_the_keys_it_belongs_to_are_kept(old, upgraded):
    """R29: the upgraded database refuses the keys that it refused before."""
    ours = Keyring((SecretKey("2027", b"o" * 32),))
    mark = ours.mac(Purpose.PSEUDONYM, b"deployment", "2027").hex()
    await old.write(f"INSERT INTO deployment VALUES ('2027', '{mark}')")
    store = await upgraded()
    await store.belong_to(ours)
    with pytest.raises(StoreUnavailable, match="belongs to other keys"):
        await store.belong_to(Keyring((SecretKey("2027", b"f" * 32),)))


async def test_an_old_delivery_is_worked_on(old, upgraded, noon):
    """R31: the SMS of before the upgrade goes out by the routes of after it, and is deleted with
    its attempts when its time has come."""
    values = {"route": "NULL", "reference": "NULL", "reason": "NULL", "state": "queued"}
    sms = old.fill(DELIVERY, id="r1.password", kind="password", **values)
    await old.write(old.fill(REQUEST), sms)
    store = await upgraded()
    attempt = Attempt("r1.password", 1, "north", "AR", 70_000, noon)
    async with store.begin() as unit:
        assert not await unit.attempts.of("r1.password")
        await unit.attempts.add(attempt)
        assert list(await unit.attempts.of("r1.password")) == [attempt]
    async with store.begin() as unit:
        assert await unit.destructions.delete(["r1"]) == (1, 1, 1)
        assert not await unit.attempts.of("r1.password")
        assert await unit.requests.get("r1") is None
