"""What is proven of an election at a moment is what its voters knew then."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import asyncpg
import pytest

from adapters.store.evidence_recount import EvidenceRecount
from adapters.store.postgres import PostgresStore
from adapters.store.request_rows import COLUMNS
from adapters.store.sql import placeholders
from core.evidence import Axis, Evidence, Line, Tally, evidence

from .election import Election
from .model import HOUR, SECOND, Profile
from .profiles import ARGENTINA_2022, GOOD_DAY
from .test_unreached import honest

ROUND = "2027-1"
Lines = Mapping[Axis, Sequence[Line]]
TABLES = {
    "recovery_request": ", ".join(COLUMNS),
    "message_change": "delivery, number, channel, route, place, operator, was, state, reason, "
    "happened_at, recorded_at",
}
"""What evidence is read from."""


@dataclass
class Witness:
    """Asks once an hour what can be proven of the hour before, and of the opening once more."""

    election: Election
    told: dict[datetime, Lines] = field(default_factory=dict)
    again: list[Lines] = field(default_factory=list)
    rows: dict[str, Sequence[Sequence[object]]] = field(default_factory=dict)
    """Of each table, at the last look."""

    async def __call__(self) -> None:
        now = self.election.clock.now()
        self.told[now - HOUR] = await self._tallies(now - HOUR)
        if now > self.election.profile.opens_at + HOUR:
            self.again.append(await self._tallies(self.election.profile.opens_at))
            store = self.election.portal.store
            self.rows = {
                name: store.rows(f"SELECT {columns} FROM {name}")
                for name, columns in TABLES.items()
            }

    async def _tallies(self, moment: datetime) -> Lines:
        """By buckets, with what is not folded yet; and the same by a full count."""
        async with self.election.portal.store.read() as unit:
            quick = await unit.evidence.lines(ROUND, moment, list(Axis))
            anew = await EvidenceRecount(unit.sql).lines(ROUND, moment, list(Axis))
        assert told(quick) == told(anew)
        return quick

    def truth(self, moment: datetime, country: str) -> Tally:
        """From the telephones. A receipt takes a second."""
        confirmed = delivered = 0
        for each in self.election.electors:
            by_then = [at for at in each.confirmed_at if at <= moment]
            if each.country.code != country or not by_then:
                continue
            confirmed += 1
            delivered += any(
                sms.issued_at == by_then[-1] and sms.at + SECOND <= moment for sms in each.hand
            )
        return Tally(confirmed, delivered)


def witnessed(profile: Profile, voters: int = 60) -> Witness:
    election = Election(profile, voters)
    witness = Witness(election)
    election.every_hour = witness
    election.run_to_end()
    return witness


def countries(lines: Lines, moment: datetime) -> Evidence:
    return evidence(ROUND, moment, lines[Axis.COUNTRY], Axis.COUNTRY, smallest=1)


def told(lines: Lines) -> dict[tuple[Axis, str | None], Line]:
    return {(axis, line.group): line for axis in lines for line in lines[axis]}


def recorded(lines: Lines) -> dict[tuple[Axis, str | None], Tally]:
    return {group: line.recorded for group, line in told(lines).items()}


@pytest.mark.parametrize("profile", [ARGENTINA_2022.with_one_route(), GOOD_DAY])
def test_shares_are_those_of_the_voters(profile: Profile) -> None:
    """R49: at every hour, per voter, by country: confirmed and delivered as the voters have
    it; whatever has no end yet, or was given up, is not called delivered."""
    witness = witnessed(honest(profile))
    assert len(witness.told) > 24
    for moment, counts in witness.told.items():
        for line in countries(counts, moment).groups:
            true = witness.truth(moment, str(line.group))
            for told in (line.recorded, line.happened):
                assert (told.confirmed, told.delivered) == (true.confirmed, true.delivered)
    opening = countries(witness.told[profile.opens_at], profile.opens_at)
    everybody = sum(
        (witness.truth(profile.opens_at, x.code) for x in profile.countries), start=Tally()
    )
    assert opening.total is not None
    assert opening.total.recorded.confirmed == everybody.confirmed > 10
    if profile is not GOOD_DAY:  # the country in trouble is told first
        assert opening.groups[0].group == "AR"


def test_what_was_recorded_by_then_stays(databases) -> None:
    """R49: whatever comes later, the answer about the opening is the same, to the last look; on
    PostgreSQL as well, a year later."""
    witness = witnessed(ARGENTINA_2022.with_one_route())
    opening = witness.election.profile.opens_at
    first = recorded(witness.told[opening])
    assert len(witness.again) > 24
    for later in witness.again:
        assert recorded(later) == first
    year_later = asyncio.run(on_postgresql(witness, databases.create(), opening))
    assert recorded(year_later) == first
    assert told(year_later) == told(witness.again[-1])


async def on_postgresql(witness: Witness, dsn: str, moment: datetime) -> Lines:
    """What that engine says of the same rows."""
    connection = await asyncpg.connect(dsn)
    try:
        for name, columns in TABLES.items():
            values = placeholders(columns.count(",") + 1)
            await connection.executemany(
                f"INSERT INTO {name} ({columns}) VALUES ({values})", witness.rows[name]
            )
    finally:
        await connection.close()
    store = PostgresStore(dsn)
    await store.open()
    try:
        async with store.read() as unit:
            return await unit.evidence.lines(ROUND, moment, list(Axis))
    finally:
        await store.close()
