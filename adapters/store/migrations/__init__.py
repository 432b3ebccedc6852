"""The schema, version by version: forward only, each version one transaction.

To add version N: a file `000N_what.sql` in this folder, and `SCHEMA_VERSION = N`. Such a file is
for both engines; `000N_what.sqlite.sql` and `000N_what.postgres.sql` are for one. The files of a
version run in the order of their names. In them `{bytes}` is a column of bytes, `{serial}` a key
that counts, `{clustered}` ends a table that is read by its key, `{;}` ends a step in the body of a
trigger, `--` begins a comment, and no literal holds that or a semicolon.

The release before goes on working on the new schema until it is restarted: a version only adds
(tables, columns that may be empty or have a default, indexes). What no code needs any more is
removed by a later release than the one that stopped using it; a column's name or meaning never
changes. On PostgreSQL a version's locks are held until its commit, and requests give up after three
seconds: an index (not CONCURRENTLY, which no transaction takes) and an UPDATE of all rows are for
the tables of recovery requests, which end with their rounds. What would take longer than a second
or two there is done in portions by the workers of one release, and relied upon by the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

from core.errors import StoreUnavailable

Engine = Literal["sqlite", "postgres"]

SCHEMA_VERSION = 7
"""What this version of reassort reads and writes."""

_WORDS: dict[Engine, dict[str, str]] = {
    "sqlite": {
        "{bytes}": "BLOB",
        "{serial}": "INTEGER PRIMARY KEY AUTOINCREMENT",
        "{clustered}": " WITHOUT ROWID",
    },
    "postgres": {
        "{bytes}": "BYTEA",
        "{serial}": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "{clustered}": "",
    },
}
_STEP_ENDS = "{;}"


def statements(engine: Engine, version: int) -> Iterator[str]:
    """The statements that lead from the version before to this one."""
    for file in _files(engine, version):
        text = file.read_text("utf-8")
        for token, word in _WORDS[engine].items():
            text = text.replace(token, word)
        code = "\n".join(line.partition("--")[0] for line in text.splitlines())
        code = code.replace(_STEP_ENDS, "\0")
        for statement in filter(None, (each.strip() for each in code.split(";"))):
            yield statement.replace("\0", ";")


def refuse_another(version: int) -> None:
    """Raises `StoreUnavailable` for a database whose schema is not this version's."""
    if version > SCHEMA_VERSION:
        raise StoreUnavailable("the database is of a later version of reassort")
    if version != SCHEMA_VERSION:
        raise StoreUnavailable("the database has another schema: run `reassort migrate`")


def _files(engine: Engine, version: int) -> list[Traversable]:
    """`0001_first.sql` and `0001_jobs.sqlite.sql`, without those for other engines."""
    found = []
    for file in folder().iterdir():
        number, _, rest = file.name.partition("_")
        if number == f"{version:04}" and rest.partition(".")[2] in ("sql", f"{engine}.sql"):
            found.append(file)
    return sorted(found, key=lambda file: file.name)


def folder() -> Traversable:
    """Where the files are."""
    return files("adapters.store.migrations")
