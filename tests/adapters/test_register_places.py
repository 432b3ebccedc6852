"""Constituencies and posts of an imported register, and registers of 0.2.0, which have none."""

from __future__ import annotations

import asyncio
import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from adapters.connections.postgres import PostgresPool, connect_for_long
from adapters.connections.postgres_tables import TablesHeld
from adapters.register.import_csv import ImportFailed, ImportRefused, ImportReport, import_register
from adapters.register.import_csv.findings import Hygiene
from adapters.register.import_csv.into_postgres import PostgresDestination
from adapters.register.postgres import PostgresRegister, prepare
from adapters.register.sqlite import SqliteRegister
from core.keys import Keyring, SecretKey
from core.voter import Numic, Voter
from tests.servers.postgres import Databases, administer, run

KEYRING = Keyring((SecretKey("k1", b"k" * 32),))
HEADER = "numic;identifier;email;phone"
CAMILLE = Numic("00000001")
VOTERS = [f"{each};K7WPQ2M4XN9B;voter.{each}@example.org;" for each in range(1, 4)]
PLACED = [f"{each};2;Lima" for each in VOTERS]


class Desk:
    """Imports into one place; what an operator does."""

    def __init__(self, folder: Path, dsn: str | None = None) -> None:
        self.folder, self.dsn, self.file = folder, dsn, folder / "register.sqlite3"

    def load(self, header: str, lines: list[str], **options) -> ImportReport:
        source = self.folder / "voters.csv"
        source.write_text("\n".join([header, *lines]), "utf-8")
        patience = options.pop("patience", 60)
        place = PostgresDestination(self.dsn, patience=patience) if self.dsn else self.file
        return import_register(source, place, KEYRING, report=self.report, **options)

    @property
    def report(self) -> Path:
        return self.folder / "report.csv"

    async def voter(self, numic: Numic = CAMILLE) -> Voter:
        if self.dsn is None:
            register = SqliteRegister(self.file, KEYRING)
            found = await register.find(numic)
            register.close()
        else:
            pool = PostgresPool(self.dsn)
            found = await PostgresRegister(pool, KEYRING).find(numic)
            await pool.close()
        assert found is not None
        return found

    async def become_one_of_0_2_0(self) -> None:
        """As that release has left it."""
        if self.dsn is None:
            with closing(sqlite3.connect(self.file)) as connection:
                connection.executescript(
                    "ALTER TABLE voter DROP COLUMN constituency;"
                    "ALTER TABLE voter DROP COLUMN post; PRAGMA user_version = 1"
                )
        else:
            for change in (
                "ALTER TABLE register_voter DROP COLUMN constituency, DROP COLUMN post",
                "UPDATE register_meta SET version = 1",
            ):
                await administer(self.dsn, change)


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    if request.param == "sqlite":
        return Desk(tmp_path)
    databases: Databases = request.getfixturevalue("databases")
    return Desk(tmp_path, databases.create("template0"))


@pytest.mark.parametrize("header", ["constituency;post", "Circonscription;Poste consulaire"])
async def test_where_a_voter_is_registered_is_imported(desk: Desk, header: str):
    """R49: under English and French headings, as written but for spaces around."""
    lines = [f"{VOTERS[0]}; 2 ;São  Paulo", f"{VOTERS[1]};11;"]
    outcome = desk.load(f"{HEADER};{header}", lines)
    voter = await desk.voter()
    assert (voter.constituency, voter.post) == ("2", "São Paulo")
    voter = await desk.voter(Numic("00000002"))
    assert (voter.constituency, voter.post) == ("11", None)
    assert outcome.hygiene[Hygiene.POST_MISSING] == 1
    assert (outcome.without_constituency, outcome.without_post) == (0, 1)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("", "CONSTITUENCY_MISSING"),
        (" ", "CONSTITUENCY_MISSING"),
        ("x" * 65, "CONSTITUENCY_MISSING"),
        ("2.0", "NUMBER_AS_FLOAT"),
    ],
)
async def test_what_is_no_constituency_is_remarked_on(desk: Desk, cell: str, code: str):
    """R35, R49: a voter without one is kept, counted and named by line."""
    lines = [f"{VOTERS[0]};{cell}", f"{VOTERS[1]};2"]
    outcome = desk.load(f"{HEADER};circonscription", lines)
    assert (await desk.voter()).constituency is None
    assert outcome.without_constituency == 1
    with desk.report.open(encoding="utf-8", newline="") as file:
        assert ["2", "constituency", code, "kept"] in list(csv.reader(file))


async def test_a_file_without_the_columns_is_not_complained_about(desk: Desk):
    """R49: both are optional; all the same it is said how many voters have none."""
    outcome = desk.load(HEADER, VOTERS)
    voter = await desk.voter()
    assert (voter.constituency, voter.post) == (None, None)
    assert Hygiene.CONSTITUENCY_MISSING not in outcome.hygiene
    assert (outcome.without_constituency, outcome.without_post) == (3, 3)


async def test_a_register_of_0_2_0_answers_as_before(desk: Desk):
    """R49: an upgrade waits for no import; the voters have no constituency until it comes."""
    desk.load(f"{HEADER};constituency;post", PLACED)
    await desk.become_one_of_0_2_0()
    if desk.dsn is not None:  # `reassort migrate`, which comes before any new process
        connection = await connect_for_long(desk.dsn)
        await prepare(connection)
        await prepare(connection)
        await connection.close()
    voter = await desk.voter()
    assert (voter.numic, voter.constituency, voter.post) == (CAMILLE, None, None)
    if desk.dsn is None:
        register = SqliteRegister(desk.file, KEYRING)
        assert await register.voters_by_place() == {(None, None): 3}
        register.close()


def test_the_import_after_one_of_0_2_0_compares_with_it(desk: Desk):
    """R35: a file that was cut short is refused then as ever, and its voters count as updated."""
    desk.load(f"{HEADER};constituency;post", PLACED)
    run(desk.become_one_of_0_2_0())
    with pytest.raises(ImportRefused, match="2 of 3 voters"):
        desk.load(f"{HEADER};constituency;post", PLACED[:1])
    outcome = desk.load(f"{HEADER};constituency;post", [*PLACED[:2], f"{VOTERS[2]};;"])
    assert (outcome.updated, outcome.unchanged) == (2, 1)
    outcome = desk.load(
        f"{HEADER};constituency;post", [PLACED[0], f"{VOTERS[1]};3;Lima", VOTERS[2] + ";;"]
    )
    assert (outcome.updated, outcome.unchanged) == (1, 2)


async def test_a_misspelt_round_is_named(desk: Desk):
    """R8: before the vote, by the import itself; a line may name several rounds."""
    lines = [f"{VOTERS[0]};2027-1, 2022", f"{VOTERS[1]};2027-l", f"{VOTERS[2]};2027-1"]
    header = f"{HEADER};identifier_renewed_in"
    outcome = desk.load(header, lines, rounds=["2027-1"])
    assert outcome.rounds_unknown == ("2022", "2027-l")
    voter = await desk.voter()
    assert voter.has_renewed_identifier_in("2027-1")
    assert voter.has_renewed_identifier_in("2022")
    assert desk.load(header, lines, rounds=["2027-1", "2027-l", "2022"]).rounds_unknown == ()
    assert desk.load(header, lines).rounds_unknown == ()


async def test_look_ups_go_on_while_the_columns_are_added(databases: Databases, tmp_path: Path):
    """R29: a dump holds the table; the migration waits for it, and holds up nobody behind it."""
    dsn = databases.create("template0")
    desk = Desk(tmp_path, dsn)
    await asyncio.to_thread(desk.load, HEADER, VOTERS)
    await desk.become_one_of_0_2_0()
    dump, migration = await connect_for_long(dsn), await connect_for_long(dsn)
    pool = PostgresPool(dsn)
    try:
        async with dump.transaction():
            await dump.execute("SELECT count(*) FROM register_voter")
            with pytest.raises(TablesHeld):
                await asyncio.wait_for(prepare(migration, patience=0), 60)
            waiting = asyncio.create_task(prepare(migration))
            query = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock'"
            while not (await pool.fetch(f"{query} AND NOT granted"))[0][0]:
                await asyncio.sleep(0.01)
            await asyncio.wait_for(pool.fetch("SELECT count(*) FROM register_voter"), 30)
            assert not waiting.done()
        await waiting
        assert (await pool.fetch("SELECT count(post) FROM register_voter"))[0][0] == 0
    finally:
        await pool.close()
        for each in (dump, migration):
            await each.close()


async def test_an_import_that_finds_the_table_held_says_so(databases: Databases, tmp_path: Path):
    """R35: in a sentence, and with the register as it was."""
    dsn = databases.create("template0")
    desk = Desk(tmp_path, dsn)
    await asyncio.to_thread(desk.load, HEADER, VOTERS)
    await desk.become_one_of_0_2_0()
    dump = await connect_for_long(dsn)
    try:
        async with dump.transaction():
            await dump.execute("SELECT count(*) FROM register_voter")
            with pytest.raises(ImportFailed, match="a long query holds the register's table"):
                await asyncio.to_thread(desk.load, HEADER, VOTERS, patience=0)
    finally:
        await dump.close()
