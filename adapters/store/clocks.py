"""Tables `heartbeat` and `clock_mark`: what the processes' clocks say, and the server's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from adapters.store.sql import Row, Sql, moment, to_column, to_datetime
from core.clock_check import Heartbeat, ProcessKind, Uptime
from core.outage import Outage

_MARK = "SELECT seen_at FROM clock_mark"
_MOVE = """
INSERT INTO clock_mark (id, seen_at) VALUES (1, $1)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at
WHERE clock_mark.seen_at < excluded.seen_at
"""
_BEAT = """
INSERT INTO heartbeat (process, kind, at, boot, uptime, outages, begun_at)
VALUES ($1, $2, $3, $4, $5, $6, $3)
ON CONFLICT (process) DO UPDATE
SET at = excluded.at, boot = excluded.boot, uptime = excluded.uptime, outages = excluded.outages,
    stopped = 0
"""
_BEATS = "SELECT process, kind, at, boot, uptime, outages, begun_at, stopped FROM heartbeat"
_STOP = "UPDATE heartbeat SET stopped = 1 WHERE process = $1"
_FORGET = """
DELETE FROM heartbeat WHERE at < $1 AND EXISTS (
    SELECT 1 FROM heartbeat AS later WHERE later.kind = heartbeat.kind AND later.at > heartbeat.at
)
"""
_MICROSECOND = timedelta(microseconds=1)


class ClockTables:
    """The port `Clocks`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def server_time(self) -> datetime | None:
        if self._sql.server_time is None:
            return None
        ((now,),) = await self._sql.fetch(self._sql.server_time)
        return now

    async def mark(self) -> datetime | None:
        rows = await self._sql.fetch(_MARK)
        return moment(rows[0][0]) if rows else None

    async def move_mark(self, to: datetime) -> None:
        await self._sql.execute(_MOVE, to_column(to))

    async def reset_mark(self, to: datetime) -> None:
        await self._sql.execute("DELETE FROM clock_mark WHERE seen_at > $1", to_column(to))
        await self._sql.execute("DELETE FROM heartbeat WHERE at > $1", to_column(to))
        await self.move_mark(to)

    async def beat(self, heartbeat: Heartbeat) -> None:
        uptime = heartbeat.uptime
        values = (to_column(heartbeat.at), uptime.boot, uptime.since // _MICROSECOND)
        down = _written(heartbeat.outages)
        await self._sql.execute(_BEAT, heartbeat.process, heartbeat.kind.value, *values, down)

    async def forget_beats(self, before: datetime) -> int:
        return await self._sql.execute(_FORGET, to_column(before))

    async def beats(self) -> Sequence[Heartbeat]:
        return [_beat(row) for row in await self._sql.fetch(_BEATS)]

    async def stop(self, process: str) -> None:
        await self._sql.execute(_STOP, process)


def _beat(row: Row) -> Heartbeat:
    process, kind, at, boot, up, down, begun_at, stopped = row
    uptime = Uptime(boot, up * _MICROSECOND)
    return Heartbeat(
        *(process, ProcessKind(kind), moment(at), uptime, _read(down)),
        begun_at=to_datetime(begun_at),
        has_stopped=bool(stopped),
    )


def _written(outages: Sequence[Outage]) -> str:
    """One column: nobody looks for a neighbour in it."""
    rows = [
        (o.neighbour, to_column(o.since), to_column(o.failed_at), o.failures, o.reason)
        for o in outages
    ]
    return json.dumps(rows)


def _read(text: str) -> tuple[Outage, ...]:
    return tuple(
        Outage(neighbour, moment(since), moment(failed_at), failures, reason)
        for neighbour, since, failed_at, failures, reason in json.loads(text)
    )
