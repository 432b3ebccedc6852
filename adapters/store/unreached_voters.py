"""Which voters of a round are unreached: of each kind those who waited longest, then the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.store.request_rows import number_from_column
from adapters.store.requests_listed import COUNTRY
from adapters.store.sql import Row, Sql, moment, placeholders, to_column
from adapters.store.unreached_sql import (
    BEYOND_ITS_LINK,
    NOR_IN_ANOTHER_ROUND,
    NOT_RENEWED,
    WAITING,
    WAITS_STILL,
    WITHOUT_LINK,
)
from core.recovery_request import State, why_unreached
from core.request_listing import Place
from core.unreached import Cause
from core.unreached_voters import UnreachedVoter, UnreachedWanted
from core.voter import ElectoralNumber

_OF_RENEWALS = (State.CONFIRMED, State.PASSWORD_SENT, State.UNDELIVERED)
_UNTIL_NOTED = " ".join(
    f"WHEN '{state.value}' THEN '{why_unreached(state, None)}'" for state in _OF_RENEWALS
)
_LINKS = ", ".join(f"'{cause.value}'" for cause in Cause if cause.is_of_link)
# `why_unreached`, as SQL.
_WHY = f"""CASE WHEN cause IS NULL OR cause IN ({_LINKS}) THEN CASE state {_UNTIL_NOTED} END
    ELSE cause END"""
_OF_VOTER = f"round_voter, constituency, post, {COUNTRY} AS country"
_OF_NOBODY = ", ".join(
    f"CAST(NULL AS TEXT) AS {name}" for name in ("round_voter", "constituency", "post", "country")
)
# A number counts once, for the rounds that were open when it was typed first.
_NUMBERS_UNDECIDED = """(
    SELECT id, received_at, rounds,
        row_number() OVER (PARTITION BY number ORDER BY received_at, id) AS turn
    FROM recovery_request WHERE changed_at IS NULL AND received_at < {before}
)"""
_NUMBERS = "SELECT id, number FROM recovery_request WHERE id IN ({ids})"


@dataclass(frozen=True)
class _Kind:
    """Voters who are unreached in one way. Names in braces are those of `_Values`."""

    causes: tuple[Cause, ...]
    why: str
    since: str
    condition: str
    told: str = _OF_VOTER
    table: str = "recovery_request"

    @property
    def query(self) -> str:
        return f"""
        SELECT id, {self.why} AS cause, {self.since} AS since, {self.told}
        FROM {self.table} AS asked WHERE {self.condition}
        """


_OF_PASSWORDS = tuple(cause for cause in Cause if not cause.is_of_link)
_KINDS = (
    _Kind(
        _OF_PASSWORDS,
        _WHY,
        "confirmed_at",
        f"{WAITING} AND round_id = {{round}} AND confirmed_at < {{before}}",
    ),
    _Kind(
        _OF_PASSWORDS,
        _WHY,
        "confirmed_at",
        "state = 'undelivered' AND overtaken = 0 AND round_id = {round}",
    ),
    _Kind(
        (Cause.LINK_BOUNCED, Cause.LINK_GIVEN_UP, Cause.LINK_DEFERRED, Cause.LINK_WITHDRAWN),
        "cause",
        "received_at",
        f"{WITHOUT_LINK} AND round_id = {{round}} AND {NOT_RENEWED} {{beside}}",
    ),
    _Kind(
        (Cause.LINK_DEFERRED,),
        f"'{Cause.LINK_DEFERRED}'",
        "received_at",
        f"{BEYOND_ITS_LINK} AND round_id = {{round}} AND {NOT_RENEWED} {{beside}} "
        f"AND {WAITS_STILL}",
    ),
    _Kind(
        (Cause.LINK_UNDECIDED,),
        f"'{Cause.LINK_UNDECIDED}'",
        "received_at",
        "turn = 1 AND (rounds IS NULL OR "
        "replace('\n' || rounds || '\n', '\n' || {round} || '\n', '') <> '\n' || rounds || '\n')",
        _OF_NOBODY,
        _NUMBERS_UNDECIDED,
    ),
)


class UnreachedVotersSql:
    """The port `UnreachedVoters`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def longest(
        self, wanted: UnreachedWanted, limit: int, after: Place | None
    ) -> Sequence[UnreachedVoter]:
        found = [
            _from_row(row)
            for query, values in queries(wanted, limit, after)
            for row in await self._sql.fetch(query, *values)
        ]
        return sorted(found, key=lambda each: each.place)[:limit]

    async def numbers(self, request_ids: Sequence[str]) -> Mapping[str, ElectoralNumber]:
        query = _NUMBERS.format(ids=placeholders(len(request_ids)))
        rows = await self._sql.fetch(query, *request_ids)
        return {id_: number_from_column(number) for id_, number in rows}


def queries(
    wanted: UnreachedWanted, limit: int, after: Place | None
) -> Iterator[tuple[str, tuple[object, ...]]]:
    """One for each kind of voter who may be meant, with its values."""
    for kind in _KINDS:
        if wanted.may_be(*kind.causes):
            values = _Values(wanted)
            query = kind.query.format_map(values) + "".join(_narrower(kind, values, after))
            yield f"{query} ORDER BY {kind.since}, id LIMIT {values.given(limit)}", values.all


class _Values(dict[str, str]):
    """What a query compares with; each value is taken in where its name stands in the text."""

    def __init__(self, wanted: UnreachedWanted) -> None:
        self._wanted, self._all = wanted, list[object]()

    @property
    def all(self) -> tuple[object, ...]:
        return tuple(self._all)

    @property
    def cause(self) -> Cause | None:
        return self._wanted.cause

    def given(self, value: object) -> str:
        self._all.append(value)
        return f"${len(self._all)}"

    def __missing__(self, name: str) -> str:
        wanted = self._wanted
        if name == "beside":
            others = [each for each in wanted.beside if each != wanted.round_id]
            named = ", ".join(map(self.given, others))
            return NOR_IN_ANOTHER_ROUND.format(rounds=named) if others else ""
        moments = {"now": wanted.now, "before": wanted.waits_since_before}
        at = moments.get(name)
        return self.given(wanted.round_id if at is None else to_column(at))


def _narrower(kind: _Kind, values: _Values, after: Place | None) -> Iterator[str]:
    if values.cause is not None and len(kind.causes) > 1:
        yield f" AND {kind.why} = {values.given(values.cause.value)}"
    if after is not None:
        since, id_ = values.given(to_column(after.received_at)), values.given(after.id)
        yield f" AND {kind.since} >= {since} AND ({kind.since}, id) > ({since}, {id_})"


def _from_row(row: Row) -> UnreachedVoter:
    id_, cause, since, round_voter, constituency, post, country = row
    return UnreachedVoter(
        id_, round_voter, Cause(cause), moment(since), constituency, post, country
    )
