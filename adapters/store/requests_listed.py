"""Table `recovery_request` as operators look through it: by state, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adapters.store.request_rows import number_to_column, reason_from_column
from adapters.store.sql import Row, Sql, moment, placeholders, to_column, to_datetime
from core.recovery_request import State
from core.request_listing import Listed, Place, Wanted
from core.unreached import Cause
from core.voter import ElectoralNumber

# Of what release 0.2.0 decided, the SMS says which country it was.
COUNTRY = """coalesce(asked.country, (
    SELECT sms.country FROM attempt AS sms WHERE sms.delivery = asked.id || '.password'
    ORDER BY sms.number DESC LIMIT 1
))"""
_LISTED = f"""
SELECT id, received_at, state, reason, cause, partner, round_id, round_voter, confirmed_at,
    changed_at, constituency, {COUNTRY} AS country
FROM recovery_request AS asked WHERE
"""
# What nobody has decided on is in an index of its own, which costs nothing to those who wait.
_UNDECIDED = "state = 'received' AND changed_at IS NULL"
_DECIDED = "state = '{state}' AND changed_at IS NOT NULL"
_IN_ORDER = "ORDER BY received_at DESC, id DESC LIMIT"
_OF_VOTER = f"""
SELECT id FROM (
    SELECT id, received_at FROM recovery_request WHERE voter IN ({{known_as}})
    UNION SELECT id, received_at FROM recovery_request WHERE round_voter IN ({{known_as}})
    UNION SELECT id, received_at FROM recovery_request
    WHERE changed_at IS NULL AND number IN ({{numbers}})
) AS theirs {_IN_ORDER} $1
"""


class RequestListingTable:
    """The port `RequestListing`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def newest(self, wanted: Wanted, limit: int, after: Place | None) -> Sequence[Listed]:
        query, values = listing_query(wanted, limit, after)
        return [_from_row(row) for row in await self._sql.fetch(query, *values)]

    async def get(self, request_id: str) -> Listed | None:
        rows = await self._sql.fetch(f"{_LISTED} id = $1", request_id)
        return _from_row(rows[0]) if rows else None

    async def of_voter(
        self, known_as: Sequence[str], numbers: Sequence[ElectoralNumber], limit: int
    ) -> Sequence[str]:
        query = _OF_VOTER.format(
            known_as=placeholders(len(known_as), 2),
            numbers=placeholders(len(numbers), 2 + len(known_as)),
        )
        rows = await self._sql.fetch(query, limit, *known_as, *map(number_to_column, numbers))
        return [row[0] for row in rows]


def listing_query(
    wanted: Wanted, limit: int, after: Place | None
) -> tuple[str, tuple[object, ...]]:
    """The newest of each state, each from an index in its order, and of these the newest."""
    values: list[object] = [limit]
    narrower = "".join(f" AND {each}" for each in _conditions(wanted, after, values))
    parts = (
        f"SELECT * FROM ({_LISTED} {_standing_in(state)}{narrower} {_IN_ORDER} $1) AS of_{state}"
        for state in wanted.states or State
    )
    return f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS listed {_IN_ORDER} $1", tuple(values)


def _standing_in(state: State) -> str:
    return _UNDECIDED if state is State.RECEIVED else _DECIDED.format(state=state.value)


def _conditions(wanted: Wanted, after: Place | None, values: list[object]) -> Iterable[str]:
    """Adds to `values` what each compares with."""

    def given(condition: str, *those: object) -> str:
        names = [f"${len(values) + 1 + place}" for place in range(len(those))]
        values.extend(those)
        return condition.format(*names)

    if after is not None:
        yield given("received_at <= {0}", to_column(after.received_at))
        yield given("(received_at, id) < ({0}, {1})", to_column(after.received_at), after.id)
    if wanted.since is not None:
        yield given("received_at >= {0}", to_column(wanted.since))
    if wanted.until is not None:
        yield given("received_at < {0}", to_column(wanted.until))
    if wanted.reason is not None:
        yield given("reason = {0}", wanted.reason.value)
    if wanted.partner is not None:
        yield given("partner = {0}", wanted.partner)
    if wanted.country is not None:
        yield given(f"{COUNTRY} = {{0}}", wanted.country)
    if wanted.constituency is not None:
        yield given("constituency = {0}", wanted.constituency)


def _from_row(row: Row) -> Listed:
    id_, received_at, state, reason, cause, partner, round_id, round_voter = row[:8]
    confirmed_at, changed_at, constituency, country = row[8:]
    return Listed(
        id=id_,
        received_at=moment(received_at),
        state=State(state),
        reason=reason_from_column(reason),
        cause=Cause(cause) if cause else None,
        partner=partner,
        round_id=round_id,
        round_voter=round_voter,
        confirmed_at=to_datetime(confirmed_at),
        changed_at=to_datetime(changed_at),
        constituency=constituency,
        country=country,
    )
