"""Where recovery requests, deliveries, consumed codes and jobs are kept.

`sql.py` is what the engines share: plain SQL with `$1` parameters, which SQLite and PostgreSQL both
take. Each table has its file, and `migrations/` its schema. `sqlite.py` is the embedded engine,
`postgres.py` the one for many machines, `memory.py` the one for tests.
"""
