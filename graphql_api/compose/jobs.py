"""The queue as workers and operators see it, and what wakes idle workers."""

from __future__ import annotations

from adapters.jobs.worker import Waking
from adapters.store.job_notifier import BellListener
from adapters.store.pgqueuer_jobs import PgQueuerJobs
from adapters.store.postgres import PostgresStore
from adapters.store.stored_jobs import StoredJobs
from graphql_api.settings import Settings

from .storage import Store, postgres_settings

Jobs = StoredJobs | PgQueuerJobs


def choose_jobs(store: Store) -> Jobs:
    if isinstance(store, PostgresStore):
        return PgQueuerJobs(store.statements)
    return StoredJobs(store.begin, store.read)


def choose_waking(settings: Settings, store: Store) -> Waking | None:
    """None: such a store's workers look for jobs by themselves."""
    if isinstance(store, PostgresStore):
        return BellListener(settings.dsn, postgres_settings(settings, connections=1))
    return None
