"""What the demo shows is what the simulation gives, and comes out of the tables again."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest

from adapters.replay.recorded import Recorded, election_names, read_election
from adapters.replay.replay import Replay
from adapters.replay.rows import Rows
from adapters.trial import SetClock
from core.keys import Keyring, SecretKey
from core.use_cases.fold_figures import FoldFigures

from .store import SimulatedStore
from .timeline_data import SHOWN, lines, recorded

LONG = timedelta(hours=3)
"""So much of each election is simulated here: whatever changes it, changes its first hours."""
KEYS = Keyring((SecretKey("another", b"r" * 32),))
Seen = dict[str, Counter[tuple[Any, ...]]]


@dataclass
class Simulated:
    lines: list[bytes] = field(default_factory=list)
    seen: Seen = field(default_factory=dict)


@cache
def simulated(name: str) -> Simulated:
    """The first hours, and what was in the tables at their end."""
    made, recorder = Simulated(), recorded(SHOWN[name])
    election = recorder.election
    end = election.profile.renewals_from + LONG

    async def look() -> None:
        await FoldFigures(election.portal.store.begin)()
        made.seen = seen(election.portal.store.rows)

    election.timeline.at(end, look)
    asyncio.run(election.run(until=end + timedelta(seconds=1)))
    rows = [each for each in recorder.rows if each[0] <= int(end.timestamp() * 1000)]
    recorder.rows = rows
    made.lines = list(lines(SHOWN[name], recorder))
    return made


def seen(rows: Callable[[str], Sequence[Sequence[Any]]]) -> Seen:
    """What tables hold, without what depends on keys or on chance, to the millisecond."""
    return {name: Counter(tuple(row) for row in rows(query)) for name, query in LOOKS.items()}


LOOKS = {
    "requests": "SELECT number, state, reason, cause, overtaken, country, constituency, round_id, "
    "rounds, received_at / 1000, confirmed_at / 1000, changed_at / 1000, link_expires_at / 1000, "
    "link_attempts_left, password_was_in_force, voter IS NULL, seed IS NULL, "
    "link_digest IS NULL FROM recovery_request",
    "attempts": "SELECT number, route, country, cost, state, begun_at / 1000, changed_at / 1000, "
    "receipt_due_at / 1000 FROM attempt",
    "relays": "SELECT number, route, domain, state, begun_at / 1000 FROM mail_attempt",
    "changes": "SELECT number, channel, route, place, was, state, reason, happened_at / 1000, "
    "recorded_at / 1000 FROM message_change",
    "figures": "SELECT figure, span, start, place, route, operator, state, messages, cost "
    "FROM figure_bucket WHERE messages <> 0",
    "voters": "SELECT count(DISTINCT number), count(DISTINCT voter), count(DISTINCT round_voter) "
    "FROM recovery_request WHERE voter IS NOT NULL",
}


async def replayed(recorded: Recorded, until: datetime) -> Seen:
    clock, store = SetClock(recorded.heading.opens_at), SimulatedStore()
    await store.open()

    async def known(_: object, round_id: str, numic: object) -> str:
        return f"{round_id}:{numic!r}:{numic.value}"

    rows = Rows(recorded.name, recorded.heading.round, KEYS, known)
    replay = Replay(recorded, store.begin, rows, clock)
    while clock.now() < until:
        clock.advance(timedelta(minutes=7))
        clock.advance(min(until - clock.now(), timedelta(0)))
        await replay.catch_up()
    await FoldFigures(store.begin)()
    try:
        return seen(store.rows)
    finally:
        await store.close()


def test_every_election_that_is_shipped_is_one_that_is_simulated() -> None:
    assert election_names() == sorted(SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shipped_is_what_the_simulation_gives(name: str) -> None:
    """When this fails: `python -m tests.simulation.timeline_data --write`."""
    first, *changes = simulated(name).lines
    shipped = read_election(name)
    assert type(shipped.heading).read(first) == shipped.heading
    assert len(changes) > 200
    assert tuple(changes) == shipped.lines[: len(changes)]


@pytest.mark.parametrize("name", SHOWN)
def test_a_replay_leaves_in_the_tables_what_the_election_left(name: str) -> None:
    """The rows, what triggers wrote of their changes, and the figures: as told by the product's own
    statements, however many changes come at once."""
    shipped = read_election(name)
    again = asyncio.run(replayed(shipped, shipped.heading.opens_at + LONG))
    for table, rows in simulated(name).seen.items():
        assert again[table] == rows, table
        assert rows.total() > 0


def test_nothing_in_a_recording_is_a_secret_or_anybodys() -> None:
    """No address, no digest, no key, no text of a message: only numbers of made-up voters."""
    for name in election_names():
        for change in read_election(name).changes():
            for column, value in change.values.items():
                if isinstance(value, str):
                    assert len(value) <= 24, column
                    assert "@" not in value
