"""The recovery store. An adapter is imported by the function that builds it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from core.errors import StoreUnavailable
from core.intervention import Intervention
from core.keys import Keyring
from core.ports.intake import Intake
from core.ports.unit_of_work import UnitOfWork
from graphql_api.settings import Settings

if TYPE_CHECKING:
    from adapters.connections.postgres import PostgresSettings
    from core.ports.lineage import LastSighting


class StoredUnit(UnitOfWork, Protocol):
    """A unit of work whose jobs can be claimed, too."""

    @property
    def jobs(self) -> Any:
        """The port `JobQueue`, and what `adapters.store.stored_jobs.StoredJobs` asks of a table."""
        ...


class Store(Protocol):
    """Units of work on one database, whichever its engine. `open` before use, `close` after; both
    may be repeated. Raises `StoreUnavailable`."""

    @property
    def intake(self) -> Intake: ...

    async def open(self) -> None:
        """Connect, and refuse a database whose schema is not this version's."""
        ...

    async def close(self) -> None:
        """Finish what is being written and let the database go."""
        ...

    async def belong_to(self, keyring: Keyring, claim: bool = True) -> None:
        """Refuse a database that was made under other keys; make one that is nobody's theirs,
        unless told not to `claim` it."""
        ...

    async def password_key_file(self) -> str | None:
        """The id of the password keys' file that the seeds are for; None when there is none."""
        ...

    async def claim_password_keys(self, file_id: str) -> str | None:
        """Make the database this file's, unless it is another's; whose it is then."""
        ...

    async def adopt_password_keys(self, file_id: str | None, trace: Intervention) -> None:
        """Make it this file's, whoever's it was, and leave the trace, in one commit."""
        ...

    async def check(self) -> None:
        """Raises `StoreUnavailable` unless the database can be read and takes writes; changes
        nothing."""
        ...

    async def connections_allowed(self) -> int | None:
        """How many the server takes from all who are no superuser; None where there is none."""
        ...

    async def checkpoint(self) -> None:
        """Leave nothing of what was wiped in the engine's own files, as far as it can (R20)."""
        ...

    def begin(self) -> AbstractAsyncContextManager[StoredUnit]:
        """A unit that commits, durably, when left."""
        ...

    def read(self) -> AbstractAsyncContextManager[StoredUnit]:
        """A unit that sees what is committed and takes no lock. Writing to it fails."""
        ...


def choose_store(settings: Settings) -> Store:
    if settings.engine == "postgres":
        from adapters.store.postgres import PostgresStore

        writing = postgres_settings(settings, settings.database_connections)
        return PostgresStore(settings.dsn, writing, settings.database_readers)
    from adapters.store.sqlite import SqliteStore

    return SqliteStore(settings.database, settings.store_lock_timeout)


@contextmanager
def told_where(settings: Settings) -> Iterator[None]:
    """Adds to a `StoreUnavailable` which server `DATABASE_URL` names; of a file it is said
    already."""
    try:
        yield
    except StoreUnavailable as failure:
        raise StoreUnavailable(f"{failure}{_servers(settings)}") from None


def _servers(settings: Settings) -> str:
    if settings.engine == "sqlite":
        return ""
    from adapters.connections.postgres_hosts import hosts_of

    servers = ", ".join(f"{name}:{port}" for name, port in hosts_of(settings.dsn))
    return f" (PostgreSQL of DATABASE_URL: {servers or 'no host is named'})"


def last_sighting(settings: Settings) -> LastSighting:
    """What this machine remembers of the store."""
    from adapters.last_sighting import LastSightingFile

    return LastSightingFile(settings.data_dir / "recovery.last-seen")


def postgres_settings(
    settings: Settings, connections: int, read_only: bool = False
) -> PostgresSettings:
    """As every pool of this process has them, but for its size."""
    from adapters.connections.postgres import PostgresSettings

    return PostgresSettings(
        connections=connections,
        connect_timeout=settings.database_connect_timeout,
        acquire_timeout=settings.database_acquire_timeout,
        statement_timeout=settings.database_statement_timeout,
        lock_timeout=settings.database_lock_timeout,
        idle_timeout=settings.database_idle_timeout,
        read_only=read_only,
    )


def prepare_database(settings: Settings) -> bool:
    """Create or upgrade the recovery store, and the tables of register and credentials that are in
    the same PostgreSQL; True when something changed. Raises `StoreUnavailable`. Not to be called
    where an event loop runs."""
    if settings.engine == "sqlite":
        from adapters.store.migrate import migrate

        return migrate(settings.database)
    with told_where(settings):
        return asyncio.run(_prepare_postgres(settings))


def move_database(settings: Settings, store: Path) -> dict[str, int]:
    """Copy the file `store`, and the hashes of the passwords in force, into the PostgreSQL of the
    settings; how many rows of each table. Raises `MoveFailed` or `StoreUnavailable`."""
    from adapters.move_to_postgresql import MoveFailed, move_to_postgres

    if settings.engine != "postgres":
        raise MoveFailed("DATABASE_URL is not PostgreSQL's: set it to where the data is to go")
    prepare_database(settings)
    return asyncio.run(move_to_postgres(store, settings.credentials_file, settings.dsn))


async def _prepare_postgres(settings: Settings) -> bool:
    from adapters.connections.postgres import connect_for_long, told_as
    from adapters.connections.postgres_tables import TablesHeld
    from adapters.credentials.postgres import prepare as prepare_credentials
    from adapters.register.postgres import prepare as prepare_register
    from adapters.store.migrate_postgres import migrate_postgres

    changed = await migrate_postgres(settings.dsn)
    with told_as(StoreUnavailable, "database"):
        connection = await connect_for_long(settings.dsn, settings.database_connect_timeout)
        try:
            if settings.register_choice == "postgres":
                await prepare_register(connection)
            if settings.credentials_choice == "postgres":
                await prepare_credentials(connection)
        except TablesHeld:
            raise StoreUnavailable("a long query holds a table: migrate again later") from None
        finally:
            await connection.close(timeout=settings.database_connect_timeout)
    return changed
