"""The move from the embedded database to PostgreSQL: everything or nothing."""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.connections.postgres import PostgresPool
from adapters.credentials.postgres import PostgresCredentials
from adapters.credentials.sqlite import SqliteCredentials
from adapters.move_to_postgresql import MoveFailed, move_to_postgres
from adapters.store.pgqueuer_jobs import PgQueuerJobs
from adapters.store.postgres import PostgresStore
from adapters.store.sqlite import SqliteStore
from adapters.store.stored_jobs import StoredJobs
from adapters.trial import SeededRandomness, SetClock
from core.assistance import AssistanceRequest, AssistanceTopic
from core.delivery import Delivery
from core.jobs import Job, JobKind
from core.keys import Keyring
from core.locale import Locale
from core.messages import MessageKind
from core.password_issuer import Password
from core.ports.credentials import Issuance
from core.recovery_request import State
from core.voter import EmailAddress, Numic
from tests.core.use_cases.conftest import Portal
from tests.rehearsal import TrialUnits
from tests.servers.postgres import Databases, administer

NUMIC = Numic("00012345")
LEASE = timedelta(minutes=5)


@pytest.fixture
def empty_dsn(databases: Databases) -> str:
    return databases.create("template0")


@pytest.fixture
def passwords(tmp_path: Path) -> Path:
    return tmp_path / "credentials.sqlite3"


@pytest.fixture
def portal(
    sqlite_store: SqliteStore, clock: SetClock, randomness: SeededRandomness, keyring: Keyring
) -> Portal:
    return Portal(sqlite_store, clock, randomness, keyring)


@pytest.fixture
async def filled(sqlite_path, sqlite_store, received, link_sent, noon, keyring, passwords) -> Path:
    """A database with a request in every state, and something of all the rest; closed."""
    async with sqlite_store.begin() as unit:
        await unit.requests.add(received("received"))
        for state in set(State) - {State.RECEIVED}:
            await unit.requests.add(received(state.value))
        await unit.deliveries.add(
            Delivery("d1", MessageKind.LINK, "received", Locale.FR, queued_at=noon)
        )
        contact = EmailAddress("camille.martin@example.org")
        topic = next(iter(AssistanceTopic))
        await unit.assistance.add(
            AssistanceRequest("a1", "REF1", topic, contact, "Bonjour", Locale.FR, noon)
        )
        await unit.codes.consume("code", noon)
        await unit.jobs.enqueue(Job(JobKind.SEND_LINK, "received"), at=noon)
        await unit.jobs.enqueue(Job(JobKind.SEND_LINK, "dead"), at=noon)
        await unit.jobs.enqueue(Job(JobKind.ISSUE_PASSWORD, "held"), at=noon)
    await sqlite_store.belong_to(keyring)
    jobs = StoredJobs(sqlite_store.begin, sqlite_store.read)
    await jobs.claim({JobKind.ISSUE_PASSWORD: 1}, noon, LEASE)
    claimed = await jobs.claim({JobKind.SEND_LINK: 5}, noon, LEASE)
    dead = next(each for each in claimed if each.job.subject == "dead")
    live = next(each for each in claimed if each.job.subject == "received")
    await jobs.settle([], [(live, noon)], [(dead, "SmtpRefused")], noon)
    await sqlite_store.close()
    _set_states(sqlite_path, link_sent("link_sent"))
    credentials = SqliteCredentials(passwords)
    await credentials.put(NUMIC, Password("ABCDEFGHJKLM"), Issuance("r1", "2027-1", noon))
    await credentials.aclose()
    return sqlite_path


def _set_states(path: Path, link) -> None:
    """As they are stored; the link's columns for all that had one."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for number, state in enumerate(State):
            connection.execute(
                "UPDATE recovery_request SET state = ?, link_nonce = ?, link_digest = ?, seed = ?, "
                "link_attempts_left = 5 WHERE id = ?",
                (state.value, b"n" * 16, bytes([number]) * 32, b"seed", state.value),
            )


def tables_of(path: Path) -> list[str]:
    """All of them, but for the jobs, which PostgreSQL keeps otherwise."""
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute(named) if name != "job"]


async def test_signs_of_life_stay(filled: Path, passwords: Path, empty_dsn: str):
    """R32: no worker of the old database is taken for one of the new."""
    fill_what_is_empty(filled)
    moved = await move_to_postgres(filled, passwords, empty_dsn)
    assert "heartbeat" not in moved
    assert "clock_mark" in moved
    ((rows,),) = await administer(empty_dsn, "SELECT count(*) FROM heartbeat")
    assert rows == 0


def fill_what_is_empty(path: Path) -> None:
    """Each table without a row gets two, in which no column is as another, or NULL."""
    values = {"TEXT": "t{}", "BLOB": b"b%d", "BIGINT": None, "INTEGER": None}
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in tables_of(path):
            if connection.execute(f"SELECT 1 FROM {table}").fetchone():
                continue
            columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
            for row in (100, 200):
                made = []
                for place, _, kind, *_ in columns:
                    number, form = row + place, values[kind]
                    text = form.format(number) if isinstance(form, str) else form and form % number
                    made.append(number if form is None else text)
                marks = ", ".join("?" * len(made))
                connection.execute(f"INSERT INTO {table} VALUES ({marks})", made)


async def test_every_row_of_every_table_arrives(filled: Path, passwords: Path, empty_dsn: str):
    """R29: value by value, whatever tables there are; and PostgreSQL has no table of ours that
    nothing was moved to."""
    fill_what_is_empty(filled)
    moved = await move_to_postgres(filled, passwords, empty_dsn)
    assert moved["recovery_request"] == len(State)
    assert moved["job"] == 3
    for path in (filled, passwords):
        with closing(sqlite3.connect(path)) as source:
            for table in set(tables_of(path)) - {"heartbeat"}:
                cursor = source.execute(f"SELECT * FROM {table}")
                columns = ", ".join(column[0] for column in cursor.description)
                there = await administer(empty_dsn, f"SELECT {columns} FROM {table}")
                here = sorted(cursor.fetchall(), key=repr)
                assert sorted(map(tuple, there), key=repr) == here, table
                assert len(here) == moved[table] > 0
    named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    ours = {row[0] for row in await administer(empty_dsn, named)}
    strange = {each for each in ours - set(moved) if "pgqueuer" not in each}
    assert strange == {"reassort_schema", "heartbeat"}


async def test_jobs_go_on_where_they_stood(
    filled: Path, passwords: Path, empty_dsn: str, noon: datetime
):
    """R29: what was due is due, what a worker held comes back when its lease ends, with its
    attempts; what was dead is listed with its reason and can be queued again."""
    await move_to_postgres(filled, passwords, empty_dsn)
    store = PostgresStore(empty_dsn)
    await store.open()
    jobs = PgQueuerJobs(store.statements)
    room = {JobKind.SEND_LINK: 9, JobKind.ISSUE_PASSWORD: 9}
    (first,) = await jobs.claim(room, noon, LEASE)
    assert (first.job, first.attempts) == (Job(JobKind.SEND_LINK, "received"), 2)
    later = await jobs.claim({JobKind.ISSUE_PASSWORD: 9}, noon + LEASE, LEASE)
    assert [each.attempts for each in later] == [2]
    (dead,) = await jobs.list(10)
    assert (dead.job.subject, dead.reason, dead.buried_at) == ("dead", "SmtpRefused", noon)
    assert await jobs.requeue([dead.id], noon) == 1
    async with store.begin() as unit:
        await unit.jobs.enqueue(Job(JobKind.SEND_LINK, "received"), at=noon)
    assert len(await jobs.claim(room, noon, LEASE)) == 1  # the dead one, and no second "received"
    await store.close()


async def test_passwords_in_force_stay_in_force(filled: Path, passwords: Path, empty_dsn: str):
    """R19: hashes move as they are, with the order of their issuances."""
    await move_to_postgres(filled, passwords, empty_dsn)
    pool = PostgresPool(empty_dsn)
    credentials = PostgresCredentials(pool)
    assert await credentials.verify(NUMIC, "ABCDEFGHJKLM")
    await credentials.aclose()
    await pool.close()


async def test_a_deployment_keeps_its_keys(
    filled: Path, passwords: Path, empty_dsn: str, keyring: Keyring
):
    """R14: the moved database still belongs to its keys."""
    await move_to_postgres(filled, passwords, empty_dsn)
    store = PostgresStore(empty_dsn)
    await store.open()
    await store.belong_to(keyring, claim=False)
    await store.close()


async def test_a_target_with_rows_is_refused(filled: Path, passwords: Path, empty_dsn: str):
    """R29: moving twice, or into a database in use, changes nothing there."""
    await move_to_postgres(filled, passwords, empty_dsn)
    with pytest.raises(MoveFailed, match="not empty"):
        await move_to_postgres(filled, passwords, empty_dsn)
    (row,) = await administer(empty_dsn, "SELECT count(*) FROM recovery_request")
    assert row[0] == len(State)


async def test_nothing_arrives_when_something_cannot(filled: Path, passwords: Path, empty_dsn: str):
    """R29: a row that PostgreSQL refuses undoes the whole move; its value is not told."""
    with closing(sqlite3.connect(passwords)) as connection, connection:
        connection.execute("UPDATE credential SET hash = 'secret' || char(0)")
    with pytest.raises(MoveFailed, match="PostgreSQL: ") as failure:
        await move_to_postgres(filled, passwords, empty_dsn)
    assert "secret" not in str(failure.value)
    (row,) = await administer(empty_dsn, "SELECT count(*) FROM recovery_request")
    assert row[0] == 0


async def test_a_running_gateway_is_noticed(filled: Path, passwords: Path, empty_dsn: str):
    """R29: even one that does nothing: it would go on writing to the file."""
    store = SqliteStore(filled)
    await store.open()
    with pytest.raises(MoveFailed, match="in use"):
        await move_to_postgres(filled, passwords, empty_dsn)
    await store.close()
    assert await move_to_postgres(filled, passwords, empty_dsn)


async def test_what_is_no_database_is_told(tmp_path: Path, passwords: Path, empty_dsn: str):
    """R29: a missing file, another schema, another program's file."""
    path = tmp_path / "a.sqlite3"
    with pytest.raises(MoveFailed, match=r"there is no a\.sqlite3"):
        await move_to_postgres(path, passwords, empty_dsn)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE other (id)")
    with pytest.raises(MoveFailed, match="another version"):
        await move_to_postgres(path, passwords, empty_dsn)
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(MoveFailed, match="cannot be read"):
        await move_to_postgres(path, passwords, empty_dsn)


async def test_a_renewal_begun_before_ends_after(
    sqlite_store: SqliteStore, sqlite_path: Path, passwords: Path, empty_dsn: str, portal: Portal
):
    """R29: the link that was sent before the move is confirmed after it, and its password comes."""
    await portal.ask()
    await portal.work()
    await sqlite_store.close()
    await move_to_postgres(sqlite_path, passwords, empty_dsn)
    store = PostgresStore(empty_dsn)
    await store.open()
    _keep_in(portal, store, PgQueuerJobs(store.statements))
    await portal.confirm(portal.email.sent[0].facts["token"])
    await portal.work()
    (sms,) = portal.sms.sent
    assert await portal.kept_credentials.verify(NUMIC, sms.password.reveal())
    await store.close()


def _keep_in(portal: Portal, store: PostgresStore, jobs: PgQueuerJobs) -> None:
    portal.store, portal.begin, portal.jobs = store, TrialUnits(store.begin), jobs
    portal.wire()
