"""How many round trips to PostgreSQL a transaction takes, and what of it is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from adapters.store.postgres_unit import TOGETHER, PostgresUnit
from core.errors import ConcurrentChange, StoreUnavailable
from tests.servers.postgres import administer

ADD = "INSERT INTO shelf (id, book) VALUES ($1, $2) ON CONFLICT DO NOTHING"
LEND = "UPDATE shelf SET lent = lent + $2 WHERE id = $1 AND lent < 2"
LEND_OTHERS = "UPDATE shelf SET lent = lent + $2 WHERE id <> $1 AND lent < 2"
NOTE = "INSERT INTO note (text) VALUES ($1)"


class Recorded:
    """A connection that remembers what was said on it."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.said: list[str] = []

    async def execute(self, query: str, *values: object) -> str:
        self.said.append(query)
        return await self._connection.execute(query, *values)

    async def fetch(self, query: str, *values: object) -> list[Any]:
        self.said.append(query)
        return await self._connection.fetch(query, *values)


@pytest.fixture
async def connection(postgres_dsn) -> AsyncIterator[Recorded]:
    connection = await asyncpg.connect(postgres_dsn)
    await connection.execute(
        "CREATE TABLE shelf (id TEXT PRIMARY KEY, book TEXT, lent INT DEFAULT 0);"
        "CREATE TABLE note (text TEXT)"
    )
    yield Recorded(connection)
    await connection.execute("ROLLBACK; DROP TABLE shelf, note")
    await connection.close()


async def shelf(dsn) -> dict[str, int]:
    return {row[0]: row[1] for row in await administer(dsn, "SELECT id, lent FROM shelf")}


async def notes(dsn) -> list[str]:
    return [row[0] for row in await administer(dsn, "SELECT text FROM note")]


async def test_nothing_takes_no_round_trip(connection):
    """R29: a unit that found its work done says nothing to the server."""
    unit = PostgresUnit(connection)
    await unit.commit()
    await PostgresUnit(connection).roll_back()
    assert connection.said == []


async def test_one_change_is_its_own_transaction(connection, postgres_dsn):
    """R29: it commits by itself."""
    unit = PostgresUnit(connection)
    await unit.change(ADD, "a", "Emma")
    assert await shelf(postgres_dsn) == {}
    await unit.commit()
    assert connection.said == [ADD]
    assert await shelf(postgres_dsn) == {"a": 0}


async def test_several_changes_are_one_statement(connection, postgres_dsn):
    """R29: all of them or none, in their order, and committed by itself."""
    await administer(postgres_dsn, "INSERT INTO shelf VALUES ('a', 'Emma')")
    unit = PostgresUnit(connection)
    await unit.change(LEND, "a", 2, otherwise=ConcurrentChange("a"))
    await unit.change(NOTE, "lent")
    await unit.change(ADD, "b", "Ulysses", otherwise=ConcurrentChange("b"))
    await unit.commit()
    assert len(connection.said) == 1
    assert await shelf(postgres_dsn) == {"a": 2, "b": 0}
    assert await notes(postgres_dsn) == ["lent"]


@pytest.mark.parametrize("begins", [False, True])
@pytest.mark.parametrize("first", ["a", "gone"])
async def test_a_change_of_nothing_undoes_the_others(connection, postgres_dsn, first, begins):
    """R29: whether or not the transaction had begun, and whichever it is."""
    await administer(postgres_dsn, "INSERT INTO shelf VALUES ('a', 'Emma')")
    unit = PostgresUnit(connection)
    if begins:
        await unit.hold("shelf")
    await unit.change(NOTE, "lent")
    await unit.change(LEND, first, 1, otherwise=ConcurrentChange(first))
    await unit.change(ADD, "a", "Emma", otherwise=ConcurrentChange("a"))
    with pytest.raises(ConcurrentChange):
        await unit.commit()
    await unit.roll_back()
    assert await shelf(postgres_dsn) == {"a": 0}
    assert await notes(postgres_dsn) == []


async def test_changes_of_one_table_follow_each_other(connection, postgres_dsn):
    """R29: one statement would make the second of two changes of a row nowhere."""
    unit = PostgresUnit(connection)
    await unit.change(ADD, "a", "Emma")
    await unit.change(LEND, "a", 1, otherwise=ConcurrentChange("a"))
    await unit.change(LEND, "a", 1, otherwise=ConcurrentChange("a"))
    await unit.commit()
    assert await shelf(postgres_dsn) == {"a": 2}


@pytest.mark.parametrize(
    ("only", "but", "statements"), [("a", "a", 1), ("a", "b", 4), ("a", None, 4), (None, "a", 4)]
)
async def test_of_other_rows_a_change_goes_with_the_one_before(
    connection, postgres_dsn, only, but, statements
):
    """R29: where it is told that they are others; else they follow each other."""
    await administer(postgres_dsn, "INSERT INTO shelf VALUES ('a', 'Emma'), ('b', 'Ulysses')")
    unit = PostgresUnit(connection)
    await unit.change(LEND, "a", 1, otherwise=ConcurrentChange("a"), only=only)
    await unit.change(LEND_OTHERS, but or "a", 1, but=but)
    await unit.commit()
    assert len(connection.said) == statements
    assert await shelf(postgres_dsn) == ({"a": 2, "b": 0} if but == "b" else {"a": 1, "b": 1})


async def test_a_query_sees_the_changes_before_it(connection, postgres_dsn):
    """R29: in one transaction, which others see when it is committed."""
    unit = PostgresUnit(connection)
    await unit.change(ADD, "a", "Emma")
    assert [row[0] for row in await unit.fetch("SELECT id FROM shelf")] == ["a"]
    assert await unit.execute("DELETE FROM shelf WHERE id = $1", "a") == 1
    await unit.change(ADD, "b", "Ulysses")
    assert await shelf(postgres_dsn) == {}
    await unit.commit()
    assert await shelf(postgres_dsn) == {"b": 0}


async def test_what_is_held_comes_with_the_beginning(connection, postgres_dsn):
    """R29: before what is still to be changed, once for each name."""
    unit = PostgresUnit(connection)
    await unit.change(ADD, "a", "Emma")
    await unit.hold("one", "two")
    await unit.hold("two")
    held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    assert [row[0] for row in await administer(postgres_dsn, held)] == [2]
    await unit.commit()
    assert len(connection.said) == 3
    assert [row[0] for row in await administer(postgres_dsn, held)] == [0]


async def test_ever_so_many_changes_are_made(connection, postgres_dsn):
    """R29: a statement has an end."""
    unit = PostgresUnit(connection)
    for number in range(3 * TOGETHER + 1):
        await unit.change(NOTE, str(number))
    await unit.commit()
    assert await notes(postgres_dsn) == [str(number) for number in range(3 * TOGETHER + 1)]


async def test_a_server_that_rolled_back_is_told_of(connection):
    """R29: after an error in the transaction nothing of it is stored, and its commit says so."""
    unit = PostgresUnit(connection)
    await unit.hold("one")
    with pytest.raises(StoreUnavailable):
        await unit.fetch("SELECT 1 / 0")
    with pytest.raises(StoreUnavailable, match="rolled back"):
        await unit.commit()
