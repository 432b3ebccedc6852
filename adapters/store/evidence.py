"""What can be proven of a round at a moment: sums of buckets, and what is not folded into them yet.

Tables `evidence_due`, `evidence_counted` and `evidence_bucket`, see `folding.py`. One statement
reads all of it: the answer is that of a full count (`evidence_recount.py`), whatever was folded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from adapters.store.folding import Cell, Folding, changed, up_to
from adapters.store.sql import Row, Sql, to_column
from core.evidence import FIGURES, Axis, Course, Line, Tally

HOUR = 3_600_000_000
"""Microseconds."""
_CHANGE = """
SELECT min({moment}) FROM message_change AS change
WHERE change.delivery = renewal.id || '.password' AND {states}"""
# An attempt may fail and another route deliver: the message as a whole is number 0.
DELIVERED = "change.state = 'delivered'"
ENDED = "change.number = 0 AND change.state IN ('failed', 'expired')"
_LATER = """
SELECT min(later.confirmed_at) FROM recovery_request AS later
WHERE later.round_voter = renewal.round_voter
    AND (later.confirmed_at, later.id) > (renewal.confirmed_at, renewal.id)"""


def _hour(moment: str) -> str:
    """SQL of the first whole hour at or after a moment."""
    return f"((({moment}) + {HOUR - 1}) / {HOUR})"


_COURSE = {
    "confirmed": "renewal.confirmed_at",
    "superseded": _LATER,
    "delivered": _CHANGE.format(moment="recorded_at", states=DELIVERED),
    "undelivered": _CHANGE.format(moment="recorded_at", states=ENDED),
    "happened_delivered": _CHANGE.format(moment="happened_at", states=DELIVERED),
    "happened_undelivered": _CHANGE.format(moment="happened_at", states=ENDED),
}
_FACTS = f"""
SELECT renewal.id AS request, renewal.round_voter AS voter, renewal.round_id AS round_id,
    coalesce(renewal.constituency, '') AS constituency, coalesce(renewal.post, '') AS post,
    coalesce(renewal.country, '') AS country, coalesce(renewal.partner, '') AS partner,
    {", ".join(f"{_hour(moment)} AS {name}" for name, moment in _COURSE.items())}
FROM recovery_request AS renewal
WHERE renewal.id {{among_touched}}
    AND renewal.confirmed_at IS NOT NULL AND renewal.round_id IS NOT NULL
"""
AXES = (Axis.CONSTITUENCY, Axis.POST, Axis.COUNTRY, Axis.PARTNER)
"""In the order of the columns."""


def _adds(row: Row) -> Iterator[tuple[Cell, int, str, int]]:
    _, _, round_id, *names = row[:7]
    for hour, figure, by in Course(*row[7:]).changes():
        for axis, name in zip(AXES, names, strict=True):
            yield (round_id, axis.value, name), hour, figure, by


FOLDING = Folding(
    name="evidence",
    columns=("voter", "round_id", "constituency", "post", "country", "partner", *_COURSE),
    facts=_FACTS,
    groups=("round_id", "axis", "name"),
    figures=FIGURES,
    adds=_adds,
    by_voter=True,
)
_SUMS = f"""
SELECT 0 AS part, axis AS request, name AS voter, round_id,
    NULL AS constituency, NULL AS post, NULL AS country, NULL AS partner,
    {", ".join(f"CAST(sum({figure}) AS BIGINT)" for figure in FIGURES)}, NULL
FROM ({{buckets}}) AS buckets GROUP BY axis, name, round_id
"""


class EvidenceSql:
    """The ports `DeliveryEvidence` and `EvidenceFolding`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def fold(self, limit: int) -> int:
        return await FOLDING.fold(self._sql, limit)

    async def lines(
        self, round_id: str, hour: datetime, axes: Sequence[Axis]
    ) -> Mapping[Axis, Sequence[Line]]:
        last = (to_column(hour) or 0) // HOUR
        query = sums_query(self._sql, last, axes)
        sums: defaultdict[tuple[str, str], dict[str, int]] = defaultdict(_nothing)
        pending: list[Row] = []
        for part, *row in await self._sql.fetch(query, round_id):
            if part:
                pending.append((part, *row))
            else:
                sums[row[0], row[1]] = dict(zip(FIGURES, row[7:12], strict=True))
        new, old = changed(pending)
        for rows, sign in ((new, 1), (old, -1)):
            for row in rows:
                for (_, axis, name), at, figure, by in _adds(row):
                    if at <= last:
                        sums[str(axis), str(name)][figure] += sign * by
        return {axis: _lines(axis, sums) for axis in axes}


def sums_query(sql: Sql, hour: int, axes: Sequence[Axis]) -> str:
    """The one statement; `$1` is the round."""
    kept = ", ".join(f"'{axis.value}'" for axis in axes)
    buckets = " UNION ALL ".join(
        f"SELECT * FROM evidence_bucket WHERE round_id = $1 AND axis IN ({kept}) "
        f"AND span = {span} AND start >= {begin} AND start < {end}"
        for span, begin, end in up_to(hour)
    )
    touched = FOLDING.touched(sql, "SELECT DISTINCT request FROM evidence_due")
    rows = FOLDING.rows(sql, "round_id = $1")
    return f"WITH {touched} {_SUMS.format(buckets=buckets)} UNION ALL {rows}"


def _nothing() -> dict[str, int]:
    return dict.fromkeys(FIGURES, 0)


def _lines(axis: Axis, sums: Mapping[tuple[str, str], Mapping[str, int]]) -> Sequence[Line]:
    return [
        Line(
            name,
            Tally(by["confirmed"], by["delivered"], by["undelivered"]),
            Tally(by["confirmed"], by["happened_delivered"], by["happened_undelivered"]),
        )
        for (of, name), by in sums.items()
        if of == axis and by["confirmed"]
    ]
