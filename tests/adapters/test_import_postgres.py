"""Import into PostgreSQL over a register that is being asked. The old one always answers."""

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from adapters.connections.postgres import PostgresPool
from adapters.register.import_csv import (
    ImportFailed,
    ImportRefused,
    ImportReport,
    import_register,
)
from adapters.register.import_csv.into_postgres import PostgresDestination
from adapters.register.postgres import PostgresRegister, RegisterTables, prepare
from core.errors import RegisterUnavailable
from core.keys import Keyring, SecretKey
from core.voter import Identifier, Numic
from tests.servers.postgres import Databases, PostgresServer, administer, run

OLD_KEY, NEW_KEY = SecretKey("old", b"o" * 32), SecretKey("new", b"n" * 32)
KEYRING, BOTH = Keyring((OLD_KEY,)), Keyring((NEW_KEY, OLD_KEY))
HEADER = "numic;identifier;email;phone"
CAMILLE, IDENTIFIER = Numic("00012345"), Identifier.parse("K7WPQ2M4XN9B")
FIRST = [
    "12345;K7WPQ2M4XN9B;camille.martin@example.org;+33612345678",
    "54321;T4RJH8C2VW6D;dominique.bernard@example.org;",
    "67890;M9XK3FQ7ZB5L;claude.petit@example.org;+33612345679",
]


def _write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


class Desk:
    """Imports into one database; what an operator does."""

    def __init__(self, folder: Path, dsn: str) -> None:
        self.folder, self.dsn = folder, dsn

    def load(
        self, lines: list[str], keyring: Keyring = KEYRING, source: Path | None = None, **options
    ) -> ImportReport:
        source = source or _write(self.folder / "voters.csv", lines)
        place = {key: options.pop(key) for key in ("patience", "pause") if key in options}
        options = {"max_removed": 1.0, **options}
        destination = PostgresDestination(self.dsn, **place)
        report = self.folder / "report.csv"
        return import_register(source, destination, keyring, report=report, **options)

    async def load_beside(self, lines: list[str], **options) -> ImportReport:
        return await asyncio.to_thread(self.load, lines, **options)

    async def tables(self) -> list[str]:
        query = "SELECT tablename FROM pg_tables WHERE tablename LIKE 'register%' ORDER BY 1"
        return [row[0] for row in await administer(self.dsn, query)]


@pytest.fixture(scope="module")
def shared(databases: Databases) -> str:
    return databases.create("template0")


@pytest.fixture
def desk(tmp_path: Path, shared: str) -> Desk:
    """An operator whose database holds the first three voters."""
    run(administer(shared, "DROP TABLE IF EXISTS register_voter, register_meta"))
    desk = Desk(tmp_path, shared)
    desk.load(FIRST)
    return desk


@pytest.fixture
async def register(desk: Desk) -> AsyncIterator[PostgresRegister]:
    pool = PostgresPool(desk.dsn)
    yield PostgresRegister(pool, BOTH)
    await pool.close()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.stop()


async def _email(register: PostgresRegister) -> str | None:
    voter = await register.find(CAMILLE)
    return voter and voter.email and voter.email.value


def test_the_counts_compare_with_the_previous_register(desk: Desk):
    """R35: one unchanged, one with another e-mail, one gone, one new, whatever their order."""
    outcome = desk.load(
        ["99;K7WPQ2M4XN9C;new@example.org;", FIRST[2], FIRST[0].replace("camille", "c")]
    )
    counts = (outcome.added, outcome.updated, outcome.unchanged, outcome.removed)
    assert counts == (1, 1, 1, 1)


@pytest.mark.parametrize(
    ("before", "after"),
    [("K7WPQ2M4XN9B", "K7WPQ2M4XN9C"), ("+33612345678", ""), ("+33612345678", "+33612345670")],
)
def test_any_changed_column_counts_as_updated(desk: Desk, before: str, after: str):
    """R35: an identifier, a phone gone, a phone changed."""
    outcome = desk.load([FIRST[0].replace(before, after), *FIRST[1:]])
    assert (outcome.updated, outcome.unchanged) == (1, 2)


async def test_under_a_new_key_identifiers_are_not_compared(desk: Desk):
    """R14, R35: U9: rotation does not count everybody as updated, and is told; the newest key
    signs."""
    outcome = desk.load(FIRST, BOTH)
    assert (outcome.unchanged, outcome.hashed_anew) == (3, True)
    assert not desk.load(FIRST, BOTH).hashed_anew
    pool = PostgresPool(desk.dsn)
    with pytest.raises(RegisterUnavailable, match="import the register again"):
        await PostgresRegister(pool, KEYRING).identifier_matches(CAMILLE, IDENTIFIER)
    assert await PostgresRegister(pool, BOTH).identifier_matches(CAMILLE, IDENTIFIER)
    await pool.close()


def test_the_report_and_the_counts_are_those_of_a_file(desk: Desk, tmp_path: Path):
    """R35: the rules do not depend on where the register is kept."""
    lines = [*FIRST, FIRST[0], "x;y", "7;K7WPQ2M4XN9C;;01 99 00 12 34", "8;short;a@example.org;"]
    options = {"force": True, "default_region": "FR"}
    here = desk.load(lines, **options)
    first = (tmp_path / "report.csv").read_text()
    source, file = tmp_path / "voters.csv", tmp_path / "register.sqlite3"
    _write(source, FIRST)
    import_register(source, file, KEYRING, report=tmp_path / "report.csv")
    _write(source, lines)
    there = import_register(source, file, KEYRING, report=tmp_path / "report.csv", **options)
    assert here == there
    assert (tmp_path / "report.csv").read_text() == first


@pytest.mark.parametrize(
    ("lines", "reason"),
    [(["x;y", FIRST[0]], "1 of 2 lines"), ([], "no voter"), (FIRST[:1], "2 of 3 voters")],
    ids=["rejected", "empty", "cut-short"],
)
async def test_a_bad_file_replaces_nothing(
    desk: Desk, register: PostgresRegister, lines: list[str], reason: str
):
    """R35: refused, nothing left over, until forced."""
    with pytest.raises(ImportRefused, match=reason):
        desk.load(lines, max_removed=0.05)
    assert await _email(register) == "camille.martin@example.org"
    assert await desk.tables() == ["register_meta", "register_voter"]
    assert desk.load(lines, max_removed=0.05, force=True).replaced


async def test_a_running_register_notices_the_new_one(desk: Desk, register: PostgresRegister):
    """R35: without a restart, from the next lookup on; nothing of the old one stays."""
    for name in ("one", "two", "three"):
        desk.load([FIRST[0].replace("camille.martin", name)])
        assert await _email(register) == f"{name}@example.org"
    assert await desk.tables() == ["register_meta", "register_voter"]


async def test_readers_see_one_register_or_the_other_and_no_error(
    desk: Desk, register: PostgresRegister
):
    """R14, R29, R35: while imports under alternating keys take place, every identifier is checked
    under the key of its own register, and nobody is missing."""
    asked = 0
    imports = asyncio.create_task(_alternate(desk))

    async def ask() -> None:
        nonlocal asked
        while not imports.done():
            assert await register.identifier_matches(CAMILLE, IDENTIFIER)
            assert await _email(register) in ("camille.martin@example.org", "c.martin@example.org")
            asked += 1

    await asyncio.gather(*(ask() for _ in range(5)))
    await imports
    assert asked > 50


async def _alternate(desk: Desk) -> None:
    changed = [FIRST[0].replace("camille", "c"), *FIRST[1:]]
    for number in range(12):
        keyring = BOTH if number % 2 else KEYRING
        await desk.load_beside(changed if number % 2 else FIRST, keyring=keyring)


async def test_a_long_query_delays_the_import_and_no_reader(desk: Desk, register: PostgresRegister):
    """R29, R35: a dump of the old register is left to end; lookups go on meanwhile."""
    connection = await asyncpg.connect(desk.dsn)
    dump = connection.transaction()
    await dump.start()
    await connection.fetch("SELECT * FROM register_voter")
    importing = asyncio.create_task(desk.load_beside(FIRST[:2], pause=0.05))
    longest, deadline = 0.0, time.perf_counter() + 1
    while time.perf_counter() < deadline:
        started = time.perf_counter()
        await _email(register)
        longest = max(longest, time.perf_counter() - started)
        await asyncio.sleep(0.001)
    assert not importing.done()
    assert longest < 0.5
    await dump.rollback()
    assert (await importing).removed == 1
    await connection.close()


async def test_a_query_without_end_is_told(desk: Desk, register: PostgresRegister):
    """R35: the import gives up in the end, and leaves the old register and nothing else."""
    connection = await asyncpg.connect(desk.dsn)
    async with connection.transaction():
        await connection.fetch("SELECT * FROM register_voter")
        with pytest.raises(ImportFailed, match="long query"):
            await desk.load_beside(FIRST[:1], patience=0.2, pause=0.05)
    await connection.close()
    assert await desk.tables() == ["register_meta", "register_voter"]
    assert await _email(register) == "camille.martin@example.org"


async def test_two_imports_at_once_are_refused(desk: Desk, tmp_path: Path):
    """R35: the second says so, and does not sweep away the first one's work."""
    other = Desk(tmp_path / "other", desk.dsn)
    other.folder.mkdir()
    told: list[str] = []

    def meanwhile(*_: int) -> None:
        with pytest.raises(ImportFailed, match="another import") as refusal:
            other.load(FIRST)
        told.append(str(refusal.value))

    assert desk.load([*FIRST[:2], "7;K7WPQ2M4XN9C;a@example.org;"], progress=meanwhile).added == 1
    assert told


def _big(folder: Path) -> Path:
    lines = (f"{n};K7WPQ2M4XN9B;voter.{n}@example.org;" for n in range(200_000))
    return _write(folder / "big.csv", list(lines))


_IMPORT = """
import sys
from pathlib import Path
from adapters.register.import_csv import import_register
from adapters.register.import_csv.into_postgres import PostgresDestination
from core.keys import Keyring, SecretKey
keyring = Keyring((SecretKey("old", b"o" * 32),))
def progress(*done):
    print(*done, flush=True)
source = Path(sys.argv[1])
import_register(source, PostgresDestination(sys.argv[2]), keyring,
                report=source.with_suffix(".report"), progress=progress, processes=0)
"""


async def test_a_kill_half_way_leaves_the_old_register(
    desk: Desk, register: PostgresRegister, tmp_path: Path
):
    """R35: after SIGKILL the old register answers, the next import succeeds and sweeps up."""
    arguments = [sys.executable, "-c", _IMPORT, str(_big(tmp_path)), desk.dsn]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as half_way:
        assert half_way.stdout is not None
        assert half_way.stdout.readline()
        assert half_way.stdout.readline()
        half_way.send_signal(signal.SIGKILL)
    assert half_way.returncode == -signal.SIGKILL
    assert "register_voter_importing" in await desk.tables()
    assert await _email(register) == "camille.martin@example.org"
    assert (await _load_once_free(desk, [FIRST[0].replace("camille", "c")])).removed == 2
    assert await _email(register) == "c.martin@example.org"
    assert await desk.tables() == ["register_meta", "register_voter"]


async def _load_once_free(desk: Desk, lines: list[str]) -> ImportReport:
    """The server may take a moment to notice that the killed import is gone."""
    for _ in range(100):
        try:
            return await desk.load_beside(lines)
        except ImportFailed:
            await asyncio.sleep(0.05)
    raise AssertionError("the killed import still holds its lock")


async def test_a_dying_server_fails_the_import_and_keeps_the_old_register(
    own_server: PostgresServer, tmp_path: Path
):
    """R29, R35: the import says so in a sentence; once the server is back the old register answers
    as if nothing had been."""
    desk = Desk(tmp_path, own_server.dsn())
    desk.load(FIRST)
    source = _big(tmp_path)
    with pytest.raises(ImportFailed, match="PostgreSQL cannot be reached") as failure:
        desk.load([], source=source, progress=lambda *_: own_server.kill())
    assert "example.org" not in str(failure.value)
    assert str(tmp_path) not in str(failure.value)
    pool = PostgresPool(own_server.dsn())
    register = PostgresRegister(pool, KEYRING)
    with pytest.raises(RegisterUnavailable):
        await register.find(CAMILLE)
    own_server.start()
    assert await _email(register) == "camille.martin@example.org"
    await pool.close()


async def test_a_crash_of_the_server_after_the_import_loses_nobody(
    own_server: PostgresServer, tmp_path: Path
):
    """R35: what the import has reported is on disk, though its rows were written in a hurry."""
    desk = Desk(tmp_path, own_server.dsn())
    assert desk.load([], source=_big(tmp_path)).replaced
    own_server.kill()
    own_server.start()
    rows = await administer(own_server.dsn(), "SELECT count(*), sum(numic) FROM register_voter")
    assert tuple(rows[0]) == (200_000, 199_999 * 100_000)


def test_an_unreachable_database_is_told_plainly(tmp_path: Path):
    """R35, R42: neither the host nor the password is in the sentence."""
    desk = Desk(tmp_path, f"postgresql://someone:secret@/none?host={tmp_path}")
    with pytest.raises(ImportFailed, match="PostgreSQL cannot be reached") as failure:
        desk.load(FIRST)
    assert "secret" not in str(failure.value) + repr(PostgresDestination(desk.dsn))


async def test_whoever_may_read_the_old_register_may_read_the_new(desk: Desk):
    """R16: a gateway whose role only reads goes on after an import by another role."""
    await administer(desk.dsn, "DROP ROLE IF EXISTS reassort_reader", "CREATE ROLE reassort_reader")
    grants = "GRANT SELECT ON register_voter TO reassort_reader"
    await administer(desk.dsn, grants, "GRANT SELECT ON register_voter TO PUBLIC")
    desk.load(FIRST)
    (row,) = await administer(
        desk.dsn, "SELECT relacl::text FROM pg_class WHERE relname = 'register_voter'"
    )
    assert "reassort_reader=r/" in row[0]
    assert re.search(r"[{,]=r/", row[0])
    await administer(
        desk.dsn, "REVOKE ALL ON register_voter FROM reassort_reader", "DROP ROLE reassort_reader"
    )


async def test_a_register_may_have_a_schema_of_its_own(desk: Desk, register: PostgresRegister):
    """R35: two registers in one database do not meet."""
    await administer(desk.dsn, "DROP SCHEMA IF EXISTS other CASCADE", "CREATE SCHEMA other")
    tables = RegisterTables("other")
    source = _write(desk.folder / "voters.csv", [FIRST[0].replace("camille", "c")])
    report = desk.folder / "report.csv"
    destination = PostgresDestination(desk.dsn, tables)
    assert import_register(source, destination, KEYRING, report=report).added == 1
    pool = PostgresPool(desk.dsn)
    assert await _email(PostgresRegister(pool, KEYRING, tables)) == "c.martin@example.org"
    assert await _email(register) == "camille.martin@example.org"
    await pool.close()
    await administer(desk.dsn, "DROP SCHEMA other CASCADE")
    with pytest.raises(ValueError, match="lower-case"):
        RegisterTables("x; DROP")


async def test_many_may_prepare_at_once(databases: Databases):
    """R29: replicas that start together make the tables once, and none of them fails."""
    dsn = databases.create("template0")

    async def one() -> None:
        connection = await asyncpg.connect(dsn)
        await prepare(connection)
        await prepare(connection)
        await connection.close()

    await asyncio.gather(*(one() for _ in range(8)))
    pool = PostgresPool(dsn)
    with pytest.raises(RegisterUnavailable, match="import-register"):
        await PostgresRegister(pool, KEYRING).find(CAMILLE)
    await pool.close()
