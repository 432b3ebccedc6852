"""What PgQueuer's objects are called in our database.

Given one by one: PgQueuer would else read them from `PGQUEUER_*` in the environment, where another
program's may stand. The prefix keeps them apart from a PgQueuer that the host may have.
"""

from __future__ import annotations

from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel

PREFIX = "reassort_"
TABLE = f"{PREFIX}pgqueuer"
CHANNEL = f"{PREFIX}ch_pgqueuer"


def pgqueuer_settings() -> DBSettings:
    """For PgQueuer's own functions and commands (there: `PGQUEUER_PREFIX=reassort_`)."""
    return DBSettings(
        prefix=PREFIX,
        db_schema=None,
        channel=Channel(CHANNEL),
        function=f"{PREFIX}fn_pgqueuer_changed",
        statistics_table=f"{PREFIX}pgqueuer_statistics",
        queue_status_type=f"{PREFIX}pgqueuer_status",
        queue_table=TABLE,
        queue_table_log=f"{PREFIX}pgqueuer_log",
        trigger=f"{PREFIX}tg_pgqueuer_changed",
        schedules_table=f"{PREFIX}pgqueuer_schedules",
        durability=Durability.durable,
    )
