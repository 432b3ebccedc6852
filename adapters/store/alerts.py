"""Table `alert`: what operators are to look at, and what they have done about it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from adapters.store.sql import Row, Sql, moment, placeholders, to_column, to_datetime
from core.alert import Alert, AlertAxis, AlertKind, AlertPlace, AlertState
from core.request_listing import Place

_COLUMNS = """
id, kind, axis, value, figures, first_seen, raised_at, last_seen, state, times,
acknowledged_at, acknowledged_by, resolved_at, resolved_by, note
"""
_ALL = f"SELECT {_COLUMNS} FROM alert"
_ADD = f"""
INSERT INTO alert ({_COLUMNS}) VALUES ({placeholders(15)})
ON CONFLICT (kind, axis, value) WHERE state <> 'resolved' DO NOTHING
"""
_SAVE = """
UPDATE alert SET figures = $5, first_seen = $6, raised_at = $7, last_seen = $8, state = $9,
    times = $10, acknowledged_at = $11, acknowledged_by = $12, resolved_at = $13, resolved_by = $14,
    note = $15
WHERE id = $1 AND kind = $2 AND axis = $3 AND value = $4
"""
_LAST = f"{_ALL} WHERE kind = $1 AND axis = $2 AND value = $3 ORDER BY first_seen DESC LIMIT 1"
_IN_ORDER = "ORDER BY first_seen DESC, id DESC LIMIT $1"


class AlertTable:
    """The port `Alerts`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def last_of(self, place: AlertPlace) -> Alert | None:
        values = place.kind.value, place.axis.value, place.value
        await self._sql.hold(f"alert {' '.join(values)}")
        rows = await self._sql.fetch(_LAST, *values)
        return _from_row(rows[0]) if rows else None

    async def take(self, alert_id: str) -> Alert | None:
        found = await self.get(alert_id)
        if found is None:
            return None
        await self.last_of(found.place)
        return await self.get(alert_id)

    async def add(self, alert: Alert) -> bool:
        return await self._sql.execute(_ADD, *_to_row(alert)) > 0

    async def save(self, alert: Alert) -> None:
        await self._sql.execute(_SAVE, *_to_row(alert))

    async def get(self, alert_id: str) -> Alert | None:
        rows = await self._sql.fetch(f"{_ALL} WHERE id = $1", alert_id)
        return _from_row(rows[0]) if rows else None

    async def open(self) -> Sequence[Alert]:
        rows = await self._sql.fetch(f"{_ALL} WHERE state <> 'resolved' ORDER BY first_seen, id")
        return [_from_row(row) for row in rows]

    async def newest(
        self, states: Collection[AlertState], limit: int, after: Place | None
    ) -> Sequence[Alert]:
        values: list[object] = [limit, *(each.value for each in states or AlertState)]
        query = f"{_ALL} WHERE state IN ({placeholders(len(values) - 1, 2)})"
        if after is not None:
            query += f" AND (first_seen, id) < (${len(values) + 1}, ${len(values) + 2})"
            values += [to_column(after.received_at), after.id]
        rows = await self._sql.fetch(f"{query} {_IN_ORDER}", *values)
        return [_from_row(row) for row in rows]

    async def forget(self, before: datetime) -> int:
        query = "DELETE FROM alert WHERE state = 'resolved' AND resolved_at < $1"
        return await self._sql.execute(query, to_column(before))


def _to_row(alert: Alert) -> tuple[object, ...]:
    place = alert.place
    return (
        alert.id,
        place.kind.value,
        place.axis.value,
        place.value,
        json.dumps(dict(alert.figures)),
        to_column(alert.first_seen),
        to_column(alert.raised_at),
        to_column(alert.last_seen),
        alert.state.value,
        alert.times,
        to_column(alert.acknowledged_at),
        alert.acknowledged_by,
        to_column(alert.resolved_at),
        alert.resolved_by,
        alert.note,
    )


def _from_row(row: Row) -> Alert:
    return Alert(
        row[0],
        AlertPlace(AlertKind(row[1]), AlertAxis(row[2]), row[3]),
        json.loads(row[4]),
        moment(row[5]),
        moment(row[6]),
        moment(row[7]),
        AlertState(row[8]),
        row[9],
        to_datetime(row[10]),
        row[11],
        to_datetime(row[12]),
        row[13],
        row[14],
    )
