"""A worker of the benchmark `jobs`, as a process of its own.

python -m tests.benchmarks.job_worker KIND FOLDER DSN RELAY-PORT CONCURRENCY
"""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from adapters.jobs.settings import WorkerSettings
from adapters.jobs.worker import Worker
from adapters.store.job_notifier import JobListener
from adapters.store.pgqueuer_jobs import PgQueuerJobs
from adapters.store.postgres import PostgresStore
from adapters.system import SystemClock
from core.jobs import JobKind
from graphql_api.compose import compose
from graphql_api.running.logs import configure_logs
from graphql_api.running.serving import run, work
from graphql_api.settings import Settings, read_settings

EMPTY, RENEWALS = "empty", "renewals"


def run_worker(kind: str, folder: Path, dsn: str, port: int, concurrency: int) -> None:
    """One worker; prints a line when it works."""
    configure_logs("WARNING")
    if kind == EMPTY:
        asyncio.run(_work_on_empty_jobs(dsn, concurrency))
    else:
        settings = renewal_settings(folder, dsn, port, concurrency)
        run(work(compose(settings), _say_ready))


async def _work_on_empty_jobs(dsn: str, concurrency: int) -> None:
    async def nothing(_: str = "") -> None: ...

    store, stop = PostgresStore(dsn), asyncio.Event()
    await store.open()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    paces = WorkerSettings(concurrency=dict.fromkeys(JobKind, concurrency))
    handlers = dict.fromkeys(JobKind, nothing)
    source, bell = PgQueuerJobs(store.statements), JobListener(dsn)
    worker = Worker(source, handlers, nothing, SystemClock(), paces, bell)
    _say_ready()
    await worker.run(stop)
    await store.close()


def _say_ready() -> None:
    print("working", flush=True)


def renewal_settings(folder: Path, dsn: str, port: int, concurrency: int) -> Settings:
    now = datetime.now(UTC)
    calendar = {
        "id": "2027-1",
        "opens_at": now - timedelta(days=1),
        "closes_at": now + timedelta(days=9),
    }
    return read_settings(
        keys="2027:" + "a2V5" * 11,
        voting_rounds=[calendar],
        data_dir=folder,
        database_url=dsn,
        register_kind="sqlite",
        job_concurrency=concurrency,
        email="smtp",
        smtp_port=port,
        smtp_security="plain",
        sms="inbox",
        log_level="WARNING",
    )


if __name__ == "__main__":
    kind, folder, dsn, port, concurrency = sys.argv[1:]
    run_worker(kind, Path(folder), dsn, int(port), int(concurrency))
