"""Where recovery requests, deliveries, consumed codes and jobs are kept.

Shared by the engines:

- `sql.py`: what the repositories ask of an engine, plain SQL with `$1` parameters, which SQLite and
  PostgreSQL both take; `unit.py`: the unit of work over it
- a file a table: `requests.py`, with `request_rows.py` and `requests_listed.py`; `deliveries.py`,
  `attempts.py`, `early_receipts.py`, `mail_attempts.py`, `message_changes.py`, which triggers
  write, `assistance.py`, `consumed_codes.py`, `partners.py`, `voter_freezes.py`, `deployment.py`,
  `clocks.py`, `lineage.py`, `interventions.py`, `alerts.py`, `operators.py`, `round_keys.py`,
  `round_releases.py`, `destructions.py`, with `messages_of.py`;
  `route_ledger.py`, with the arithmetic in `pace.py`
- `first_sending.py`: what was reported of the sending before the round
- `round_voters.py`: by what voters are known in the round
- `evidence.py` sums up what was known of a round at a moment, by `folding.py`;
  `evidence_recount.py` counts it anew
- `statistics.py` counts how its requests went, by `passages.py`; `statistics_recount.py` does so
  without what a worker has counted
- `figures.py` counts, from `figure_buckets.py`; `unreached_voters.py` tells one by one whom nothing
  reaches, both by what stands in `unreached_sql.py`; `housekeeping.py` deletes
- `stored_jobs.py`: the queue as workers see it
- `migrations`: the schema; `migrate.py` and `migrate_postgres.py` bring a database to it

The engines:

- `sqlite.py`: one file; `diskless.py`: the same in memory, for tests and sandboxes. Both speak
  through `sqlite_connection.py`, keep jobs in `sqlite_jobs.py` and take requests in by
  `sqlite_intake.py`
- `postgres.py`: for many machines, with `postgres_connection.py`, `postgres_unit.py`,
  `postgres_intake.py` and `postgres_jobs.py`. `pgqueuer_jobs.py` is its queue as workers see it,
  `pgqueuer_names.py` what PgQueuer's tables are called, `job_notifier.py` wakes workers
- `beats.py`: when a worker on SQLite writes
- `gathering.py`: of either, who waits to be taken in, and who shares a commit
"""
