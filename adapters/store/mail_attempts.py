"""Tables `mail_attempt` and `mail_verdict`: the relays' parts in e-mails, and how relays stand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from adapters.store.sql import Row, Sql, moment, placeholders, to_column, to_datetime
from core.delivery import DeliveryState
from core.errors import ConcurrentChange
from core.link_shares import LinkCount, MailVerdict
from core.mail_attempt import MailAttempt
from core.route_health import Health

_COLUMNS = (
    "delivery", "number", "route", "domain", "begun_at", "sending", "state", "reference", "reason",
    "was_shown", "accepted_at", "changed_at",
)  # fmt: skip
_ALL = ", ".join(f"sent.{column}" for column in _COLUMNS)
_ADD = f"""
INSERT INTO mail_attempt ({", ".join(_COLUMNS)}) VALUES ({placeholders(len(_COLUMNS))})
ON CONFLICT (delivery, number) DO NOTHING
"""
_OF = f"SELECT {_ALL} FROM mail_attempt AS sent WHERE delivery = $1 ORDER BY number"
_SAVE = """
UPDATE mail_attempt
SET sending = $3, state = $4, reference = $5, reason = $6, was_shown = $7, accepted_at = $8,
    changed_at = $9
WHERE delivery = $1 AND number = $2 AND state = $10
"""
_ROUTES_OF = """
SELECT DISTINCT sent.route FROM recovery_request AS asked
JOIN mail_attempt AS sent ON sent.delivery = asked.id || '.link'
WHERE (asked.voter IN ({known_as}) OR asked.round_voter IN ({known_as}))
  AND sent.delivery <> $1 AND sent.accepted_at >= $2 AND asked.confirmed_at IS NULL
"""
_LINKS = """
mail_attempt AS sent
JOIN delivery ON delivery.id = sent.delivery AND delivery.kind = 'link'
JOIN recovery_request AS asked ON asked.id = delivery.subject
"""
_SHARES = f"""
SELECT sent.route, sent.domain, count(*), count(CASE
    WHEN sent.state IN ('accepted', 'delivered') AND asked.confirmed_at <= sent.accepted_at + $3
    THEN 1 END)
FROM {_LINKS}
WHERE sent.accepted_at >= $1 AND sent.accepted_at < $2
GROUP BY sent.route, sent.domain
"""
_UNTAKEN = f"""
SELECT {_ALL} FROM {_LINKS}
WHERE sent.route = $1 AND sent.domain = $2 AND sent.accepted_at >= $3 AND sent.state = 'accepted'
  AND asked.state = 'link_sent' AND asked.link_expires_at > $4
ORDER BY sent.accepted_at LIMIT $5
"""
_FIRST_VERDICT = """
INSERT INTO mail_verdict (route, domain, health, since) VALUES ($1, $2, $3, $4)
ON CONFLICT (route, domain) DO NOTHING
"""
_VERDICT = """
UPDATE mail_verdict SET health = $3, since = $4
WHERE route = $1 AND domain = $2 AND health = $5 AND since = $6
"""
_MICROSECOND = timedelta(microseconds=1)


class MailAttemptTable:
    """The port `MailAttempts`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def add(self, attempt: MailAttempt) -> None:
        key = (attempt.delivery, attempt.number)
        begun = (attempt.route, attempt.domain, to_column(attempt.begun_at))
        taken = ConcurrentChange(attempt.id)
        await self._sql.change(_ADD, *key, *begun, *_course(attempt), otherwise=taken)

    async def of(self, delivery: str) -> Sequence[MailAttempt]:
        return [_from_row(row) for row in await self._sql.fetch(_OF, delivery)]

    async def save(self, attempt: MailAttempt, was: MailAttempt) -> None:
        key = (attempt.delivery, attempt.number)
        values = (*key, *_course(attempt), was.state.value)
        await self._sql.change(_SAVE, *values, otherwise=ConcurrentChange(attempt.id))

    async def routes_of(
        self, known_as: Sequence[str], since: datetime, but: str
    ) -> Collection[str]:
        query = _ROUTES_OF.format(known_as=placeholders(len(known_as), 3))
        rows = await self._sql.fetch(query, but, to_column(since), *known_as)
        return frozenset(row[0] for row in rows)


class MailRouteTables:
    """The port `MailRoutes`."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    async def verdicts(self) -> Sequence[MailVerdict]:
        rows = await self._sql.fetch("SELECT route, domain, health, since FROM mail_verdict")
        return [MailVerdict(row[0], row[1], Health(row[2]), moment(row[3])) for row in rows]

    async def judge(self, verdict: MailVerdict, was: MailVerdict | None) -> bool:
        row = (verdict.route, verdict.domain, verdict.health.value, to_column(verdict.since))
        if was is None:
            return await self._sql.execute(_FIRST_VERDICT, *row) == 1
        stood = (was.health.value, to_column(was.since))
        return await self._sql.execute(_VERDICT, *row, *stood) == 1

    async def links(
        self, since: datetime, before: datetime, within: timedelta
    ) -> Sequence[LinkCount]:
        span = (to_column(since), to_column(before), within // _MICROSECOND)
        return [LinkCount(*row) for row in await self._sql.fetch(_SHARES, *span)]

    async def untaken(
        self, route: str, domain: str, since: datetime, now: datetime, limit: int
    ) -> Sequence[MailAttempt]:
        moments = (to_column(since), to_column(now))
        rows = await self._sql.fetch(_UNTAKEN, route, domain, *moments, limit)
        return [_from_row(row) for row in rows]


def _course(attempt: MailAttempt) -> tuple[object, ...]:
    """What changes in the course of an attempt."""
    return (
        attempt.sending,
        attempt.state.value,
        attempt.reference,
        attempt.reason,
        int(attempt.was_shown),
        to_column(attempt.accepted_at),
        to_column(attempt.changed_at),
    )


def _from_row(row: Row) -> MailAttempt:
    values = dict(zip(_COLUMNS, row, strict=True))
    return MailAttempt(
        **{name: values[name] for name in ("delivery", "number", "route", "domain", "sending")},
        begun_at=moment(values["begun_at"]),
        state=DeliveryState(values["state"]),
        reference=values["reference"],
        reason=values["reason"],
        was_shown=bool(values["was_shown"]),
        accepted_at=to_datetime(values["accepted_at"]),
        changed_at=to_datetime(values["changed_at"]),
    )
