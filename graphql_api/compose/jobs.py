"""The queue as workers and operators see it, and what wakes idle workers."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

from graphql_api.settings import Settings

from .storage import Store, postgres_settings

if TYPE_CHECKING:
    from adapters.jobs.worker import Waking
    from adapters.store.pgqueuer_jobs import PgQueuerJobs
    from adapters.store.stored_jobs import StoredJobs

Jobs: TypeAlias = "StoredJobs | PgQueuerJobs"


@runtime_checkable
class HoldsPgQueuer(Protocol):
    """A store whose jobs are in PgQueuer's tables."""

    def statements(self) -> AbstractAsyncContextManager[Any]: ...


@runtime_checkable
class KeepsBeats(Protocol):
    """A store whose writes others wait for."""

    def keep_to_beats(self) -> None: ...
    def note_arrival(self) -> None: ...


def choose_jobs(store: Store) -> Jobs:
    if isinstance(store, HoldsPgQueuer):
        from adapters.store.pgqueuer_jobs import PgQueuerJobs

        return PgQueuerJobs(store.statements)
    from adapters.store.stored_jobs import StoredJobs

    if isinstance(store, KeepsBeats):
        return StoredJobs(store.begin, store.read, store.note_arrival)
    return StoredJobs(store.begin, store.read)


def choose_waking(settings: Settings, store: Store) -> Waking | None:
    """None: such a store's workers look for jobs by themselves."""
    if not isinstance(store, HoldsPgQueuer):
        return None
    from adapters.store.job_notifier import JobListener

    return JobListener(settings.dsn, postgres_settings(settings, connections=1))
