"""What accepting a request costs in CPU, by how many are stored; run by hand.

    python -m tests.benchmarks.growth [--engines sqlite postgres] [--requests 1000 1000000]
        [--rounds 15] [--batch 64]
    python -m tests.benchmarks.growth --pages 1000 1000000 10000000

Databases of each number are filled first: requests of nine days in every standing that figures tell
apart, with a security code and a waiting job each, as if nobody had ever tidied up, their messages
and attempts. Then the same few voters ask in all of them in turns, over the ASGI app one after the
other, and of the use case one after the other and all at once. CPU time is that of this process,
in which SQLite runs, and on PostgreSQL that of the server's processes with a checkpoint at the end
of each turn: what is written once a checkpoint is written in full, as when requests are few.

Beside the database as it is stands one with every request indexed by its pair, and one whose ids
are random as well, as those of 0.2.0 are. The exit code is 1 when a request costs more than 1.25
times as much in the largest database as in the smallest, both as they are.

`--pages` counts what the statement of PostgreSQL's intake touches and logs instead.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import random
import secrets
import sqlite3
import statistics
import sys
import tempfile
import time
from base64 import b32hexencode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import asyncpg

from adapters.store.postgres_intake import _ACCEPT, _received
from adapters.store.sql import to_column
from core.identifiers import CHANCE_BYTES, new_id
from core.jobs import JobKind
from core.locale import Locale
from core.recovery_request import RecoveryRequest
from core.use_cases import request_renewal
from core.voter import EmailAddress, Numic
from graphql_api.running.logs import configure_logs
from tests.servers.postgres import PostgresServer, administer

from .cost_of_figures import CONFIRMED, ROUND, _case
from .cost_of_steps import Bench, _schedule, _settings

BOUND = 1.25
AS_IT_IS, BY_PAIR, BY_CHANCE = "as it is", "all by pair", "and by chance"
VARIANTS = (AS_IT_IS, BY_PAIR, BY_CHANCE)
ALONE, BARE, AT_ONCE = "over the ASGI app", "the use case", "the use case, at once"
WAYS = (ALONE, BARE, AT_ONCE)
AGE = timedelta(days=9)
BY_EVERY_PAIR = (
    "DROP INDEX recovery_request_decided_by_pair",
    "CREATE INDEX recovery_request_by_pair ON recovery_request (pair, received_at)",
)
"""As 0.2.0 has it."""

# -- Filling: 10^6 of each in a minute --

_MS = "at / 1000"
_ALPHABET = "'0123456789abcdefghijklmnopqrstuv'"
_TIME = " || ".join(
    f"substr({_ALPHABET}, CAST((({_MS}) >> {43 - 5 * k}) & 31 AS INTEGER) + 1, 1)" for k in range(9)
)
"""The first 45 bits of an id, as `new_id` writes them."""
IDS = {
    AS_IT_IS: f"{_TIME} || substr(chance, 1, 15)",
    BY_PAIR: f"{_TIME} || substr(chance, 1, 15)",
    BY_CHANCE: "substr(chance, 1, 24)",
}
ENGINES = {
    "postgres": {
        "with": "WITH",
        "numbers": "generate_series(CAST(0 AS BIGINT), {count} - 1) AS n (i)",
        "chance": "md5(random()::text || i)",
        "bytes": "sha256(random()::text::bytea)",
        "code": "rtrim(translate(encode(decode('00' || lpad(to_hex(received_at / 1000000), 8, '0')"
        " || md5(random()::text) || substr(md5(id), 1, 16), 'hex'), 'base64'), '+/', '-_'), '=')",
        "jobs": "INSERT INTO reassort_pgqueuer (priority, entrypoint, dedupe_key, payload,"
        " execute_after, status) SELECT 0, 'send_link', 'send_link:' || id,"
        " convert_to(id, 'UTF8'), to_timestamp(received_at / 1000000), 'queued'",
    },
    "sqlite": {
        "with": "WITH RECURSIVE n (i) AS"
        " (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count} - 1),",
        "numbers": "n",
        "chance": "lower(hex(randomblob(16)))",
        "bytes": "randomblob(32)",
        "code": "code(received_at)",
        "jobs": "INSERT INTO job (key, kind, subject, due_at)"
        " SELECT 'send_link:' || id, 'send_link', id, received_at",
    },
}
_REQUESTS = """
{with} placed AS (
    SELECT i, (i * 7919) % 1000 AS k, {begun} + i * {step} AS at, {chance} AS chance FROM {numbers}
), made AS (
    SELECT i, at, chance, {state} AS state, {cause} AS cause, {overtaken} AS overtaken FROM placed
), known AS (
    SELECT made.*, {id} AS id, state NOT IN ('received', 'dismissed') AS has_link,
        state IN ({confirmed}) AS renews FROM made
)
INSERT INTO recovery_request (id, number, pair, locale, received_at, state, voter, round_id, rounds,
    round_voter, written_at, link_key, link_nonce, link_digest, link_expires_at, link_attempts_left,
    confirmed_at, password_key, changed_at, cause, overtaken, constituency, post, country)
SELECT id, 'numic:' || CAST(10000000 + i AS TEXT), 'a' || substr(chance, 2), 'fr', at, state,
    CASE WHEN has_link THEN 'b' || substr(chance, 2) END, '{round}', '{round}',
    CASE WHEN has_link THEN 'c' || substr(chance, 2) END, CASE WHEN has_link THEN at END,
    CASE WHEN has_link THEN '2027' END, CASE WHEN has_link THEN {bytes} END,
    CASE WHEN has_link THEN {bytes} END, CASE WHEN has_link THEN at + 3600000000 END, 5,
    CASE WHEN renews THEN at + 60000000 END, CASE WHEN renews THEN '2027' END,
    CASE WHEN state <> 'received' THEN at END, cause, overtaken,
    CAST(i % 11 + 1 AS TEXT), 'post' || CAST(i % 210 AS TEXT), CAST(i % 181 AS TEXT)
FROM known ORDER BY id
"""
_OTHERS = (
    "INSERT INTO consumed_code (id, until)"
    " SELECT {code}, received_at + 600000000 FROM recovery_request ORDER BY received_at",
    "{jobs} FROM recovery_request ORDER BY id",
    """
INSERT INTO delivery (id, kind, subject, locale, queued_at, state, attempts, route, destination)
SELECT id || '.link', 'link', id, 'fr', received_at, 'accepted', 1, 'smtp', 'mail.example.org'
FROM recovery_request WHERE written_at IS NOT NULL
""",
    """
INSERT INTO attempt (delivery, number, route, country, cost, begun_at, state)
SELECT id || '.password', 1, 'north', country, 70000, confirmed_at, 'delivered'
FROM recovery_request WHERE confirmed_at IS NOT NULL
""",
)


def filling(engine: str, variant: str, count: int) -> Iterator[str]:
    """The statements, in their order."""
    words = {name: word.replace("{count}", str(count)) for name, word in ENGINES[engine].items()}
    begun = datetime.now(UTC) - AGE
    words |= {
        "begun": str(to_column(begun)),
        "step": str(AGE // timedelta(microseconds=1) // count),
        "state": _case(0),
        "cause": _case(1),
        "overtaken": _case(2),
        "confirmed": ", ".join(f"'{each}'" for each in CONFIRMED),
        "round": ROUND,
        "id": IDS[variant],
    }
    for statement in (_REQUESTS, *_OTHERS):
        yield statement.format_map(words)


_IN_HASTE = (
    "SET session_replication_role = replica",
    "SET synchronous_commit = off",
    "SET work_mem = '256MB'",
    "SET maintenance_work_mem = '1GB'",
)
_BY_TIME = """
SELECT indexname, indexdef FROM pg_indexes
WHERE schemaname = current_schema() AND indexdef NOT LIKE 'CREATE UNIQUE%'
    AND tablename IN ('recovery_request', 'reassort_pgqueuer', 'consumed_code', 'delivery')
"""


def besides(variant: str) -> tuple[str, ...]:
    return () if variant == AS_IT_IS else BY_EVERY_PAIR


async def fill_postgres(dsn: str, variant: str, count: int) -> None:
    """Without the triggers, and tidied: no vacuum of its own comes in between. Indexes come last,
    and rows by their ids: ids of chance, one by one, would take many minutes."""
    connection = await asyncpg.connect(dsn, command_timeout=7200)
    try:
        for setting in _IN_HASTE:
            await connection.execute(setting)
        later = await connection.fetch(_BY_TIME)
        for name, _ in later:
            await connection.execute(f"DROP INDEX {name}")
        for statement in filling("postgres", variant, count):
            await connection.execute(statement)
        for definition in (*(each for _, each in later), *besides(variant)):
            await connection.execute(definition)
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def fill_sqlite(path: Path, variant: str, count: int) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.create_function("code", 1, _code_id)
    for pragma in ("synchronous = OFF", "journal_mode = MEMORY", "cache_size = -4000000"):
        connection.execute(f"PRAGMA {pragma}")
    triggers = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall()
    for name, _ in triggers:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in (*filling("sqlite", variant, count), *besides(variant)):
        connection.execute(statement)
    for _, sql in triggers:
        connection.execute(sql)
    connection.close()


def _code_id(at: int) -> str:
    """As `DigitsCaptcha` writes them."""
    raw = bytes(1) + (at // 1_000_000).to_bytes(4) + secrets.token_bytes(24)
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def random_id(at: datetime, chance: bytes) -> str:
    """In the order of nothing: an id as it was."""
    return b32hexencode(secrets.token_bytes(15)).decode().lower()


# -- Measuring --


@dataclass
class Case:
    """One filled database, with an application on it."""

    engine: str
    variant: str
    count: int
    bench: Bench
    dsn: str
    spent: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """By way, of each round: milliseconds a request of this process, and of the server's."""
    asked: int = 0

    async def turn(self, batch: int) -> None:
        bench = self.bench
        made = new_id if self.variant != BY_CHANCE else random_id
        with patch.object(request_renewal, "new_id", made):
            forms = [await bench._request_body(voter) for voter in self._voters(batch)]
            await self._timed(ALONE, batch, lambda: bench.post(forms, "RenewalReq"))
            demands = [await bench._demand(voter) for voter in self._voters(2 * batch)]
            await self._timed(BARE, batch, lambda: bench.each(bench.request, demands[:batch]))
            await self._timed(
                AT_ONCE, batch, lambda: asyncio.gather(*map(bench.request, demands[batch:]))
            )

    def _voters(self, count: int) -> list[str]:
        first, self.asked = self.asked, self.asked + count
        return [f"{each:08}" for each in range(first + 1, first + count + 1)]

    async def _timed(self, way: str, count: int, act: Callable[[], Awaitable[object]]) -> None:
        await self._checkpoint()
        gc.collect()
        server, began = await self._server_time(), time.process_time()
        await act()
        ours = time.process_time() - began
        await self._checkpoint()
        server = await self._server_time() - server
        self.spent.setdefault(way, []).append((ours / count * 1000, server / count * 1000))

    async def _checkpoint(self) -> None:
        if self.dsn:
            await administer(self.dsn, "CHECKPOINT")

    async def _server_time(self) -> float:
        """Seconds of CPU of all that serves this database: those that share the server wait while
        another's turn is."""
        if not self.dsn:
            return 0.0
        rows = await administer(self.dsn, _SERVING)
        return sum(_schedule(row[0]) for row in rows)

    def total(self, way: str) -> list[float]:
        return [ours + server for ours, server in self.spent[way]]


_SERVING = """
SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND (
    datname = current_database() AND backend_type = 'client backend'
    OR backend_type IN ('checkpointer', 'background writer', 'walwriter', 'io worker'))
"""


async def measure(engine: str, options: argparse.Namespace, folder: Path, server: str) -> int:
    cases: list[Case] = []
    for variant in options.variants:
        for count in options.requests:
            name = f"growth_{engine}_{len(cases)}"
            cases.append(await _case_of(engine, variant, count, folder / name, server, name))
    gc.freeze()
    chance = random.Random(10)
    try:
        for number in range(options.rounds + 1):
            for case in chance.sample(cases, len(cases)):
                await case.turn(options.batch)
                if number == 0:
                    case.spent.clear()  # connections, statements and caches
    finally:
        for case in cases:
            await case.bench.application.ports.store.close()
    return report(cases)


async def _case_of(
    engine: str, variant: str, count: int, folder: Path, server: str, name: str
) -> Case:
    folder.mkdir()
    dsn = ""
    if server:
        await administer(server, f"CREATE DATABASE {name}")
        dsn = server.replace("/postgres?", f"/{name}?")
    settings = await asyncio.to_thread(_settings, folder, 1, dsn)
    began = time.monotonic()
    if dsn:
        await fill_postgres(dsn, variant, count)
    else:
        await asyncio.to_thread(fill_sqlite, settings.data_dir / "recovery.sqlite3", variant, count)
    print(f"{engine}, {variant}, {count:,}: filled in {time.monotonic() - began:.0f} s", flush=True)
    bench = Bench(settings, None)
    await bench.application.start()
    return Case(engine, variant, count, bench, dsn)


def report(cases: Sequence[Case]) -> int:
    print(f"\n{'':9} {'':14} {'way':22} {'stored':>10} {'ours':>7} {'server':>7}  ratio, quartiles")
    over = 0
    for case in cases:
        least = next(each for each in cases if each.variant == case.variant)
        for way in WAYS:
            ours, server = (statistics.median(part) for part in zip(*case.spent[way], strict=True))
            line = f"{case.engine:9} {case.variant:14} {way:22} {case.count:10,}"
            line += f" {ours:7.3f} {server:7.3f}"
            if case is not least:
                pairs = zip(case.total(way), least.total(way), strict=True)
                low, middle, high = statistics.quantiles([a / b for a, b in pairs], n=4)
                is_over = case.variant == AS_IT_IS and middle > BOUND
                over += is_over
                line += f"  {middle:.2f} ({low:.2f} to {high:.2f}){' OVER' if is_over else ''}"
            print(line)
    return 1 if over else 0


# -- Pages --


async def pages(options: argparse.Namespace, folder: Path, server: str) -> None:
    """What one demand's statement touches, the middle of 40, each right after a checkpoint."""
    names = ("hit and read", "read", "dirtied", "WAL bytes", "full pages")
    print(f"{'':14} {'stored':>10} " + " ".join(f"{name:>12}" for name in names))
    for variant in options.variants:
        for count in options.pages:
            name = f"pages_{len(list(folder.iterdir()))}"
            case = await _case_of("postgres", variant, count, folder / name, server, name)
            await case.bench.application.ports.store.close()
            found = await _touched(case)
            figures = [statistics.median(column) for column in zip(*found, strict=True)]
            print(f"{variant:14} {count:10,} " + " ".join(f"{each:12,.0f}" for each in figures))
            await administer(server, f"DROP DATABASE {name}")


async def _touched(case: Case) -> list[tuple[float, ...]]:
    found = []
    connection = await asyncpg.connect(case.dsn, command_timeout=600)
    explain = "EXPLAIN (ANALYZE, BUFFERS, WAL, COSTS OFF, TIMING OFF, FORMAT JSON) "
    try:
        for number in range(44):
            await connection.execute("CHECKPOINT")
            values = [[each] for each in _demand(case, number)]
            ((plan,),) = await connection.fetch(explain + _ACCEPT, *values)
            found.append(_counted(json.loads(plan)[0]["Plan"]))
    finally:
        await connection.close()
    return found[4:]


def _counted(plan: dict[str, Any]) -> tuple[float, ...]:
    """Of the three tables that are written to: what is read besides is one row of one."""
    written = [each for each in plan["Plans"] if each["Node Type"] == "ModifyTable"]
    assert len(written) == 3
    names = ("Shared Read Blocks", "Shared Dirtied Blocks", "WAL Bytes", "WAL FPI")
    read, *others = (sum(each[name] for each in written) for name in names)
    return (read + sum(each["Shared Hit Blocks"] for each in written), read, *others)


def _demand(case: Case, number: int) -> tuple[object, ...]:
    now = datetime.now(UTC)
    made = random_id if case.variant == BY_CHANCE else new_id
    id = made(now, secrets.token_bytes(CHANCE_BYTES))
    request = RecoveryRequest(
        id,
        Numic(f"{number:08}"),
        EmailAddress("camille.martin@example.org"),
        secrets.token_hex(16),
        Locale.FR,
        now,
        rounds=(ROUND,),
    )
    until = to_column(now + timedelta(minutes=10))
    code = _code_id(int(now.timestamp() * 1e6))
    return (code, until, JobKind.SEND_LINK.value, id, now, *_received(request))


def main() -> int:
    parser = argparse.ArgumentParser(description="CPU of accepting, by requests stored.")
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgres"])
    parser.add_argument("--requests", type=int, nargs="+", default=[1_000, 1_000_000])
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=[AS_IT_IS, BY_CHANCE])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--pages", type=int, nargs="+", help="count what is touched instead")
    options = parser.parse_args()
    configure_logs("INFO", stream=open(os.devnull, "w"))  # noqa: SIM115 - written, not shown
    code = 0
    with tempfile.TemporaryDirectory(prefix="reassort-growth-") as folder, ExitStack() as running:
        for engine in ["postgres"] if options.pages else options.engines:
            dsn = ""
            if engine == "postgres":
                server = PostgresServer()
                running.callback(server.stop)
                dsn = server.dsn()
            if options.pages:
                asyncio.run(pages(options, Path(folder), dsn))
            else:
                code |= asyncio.run(measure(engine, options, Path(folder), dsn))
    return code


if __name__ == "__main__":
    sys.exit(main())
