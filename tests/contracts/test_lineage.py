"""Which database this is: a backup that was put back is known by the looks that it lacks (F-3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.last_sighting import LastSightingFile
from core.errors import DatabaseRestored
from core.events import RestoreFound
from core.lineage import Sighting
from core.use_cases.watch_lineage import WatchLineage
from tests.rehearsal import KeptEvents

LOOKS = "UPDATE lineage SET looks = $1"


@pytest.fixture
def beside(tmp_path):
    return LastSightingFile(tmp_path / "recovery.last-seen")


@pytest.fixture
def process(store, clock, randomness, beside):
    """Makes another process of this machine."""
    return lambda: WatchLineage(store.begin, beside, clock, randomness, KeptEvents())


async def restore(store, looks):
    """As if a backup were put back that was looked at so often."""
    async with store.begin() as unit:
        await unit.sql.execute(LOOKS, looks)


async def test_each_look_is_counted_and_remembered(process, beside):
    """R29: in the database and beside it, by all processes together."""
    first, second = process(), process()
    assert beside.read() is None
    await first.refuse()
    await first()
    name = beside.read().name
    await second()
    await first()
    assert beside.read() == Sighting(name, 3)


async def test_an_older_database_is_refused(process, store, beside):
    """R13, R29: at start and under a process that runs, which stays stopped; nothing is counted."""
    running, starting = process(), process()
    for _ in range(3):
        await running()
    await restore(store, 2)
    with pytest.raises(DatabaseRestored, match="by 1 looks at it: a backup was put back"):
        await starting.refuse()
    for _ in range(2):
        with pytest.raises(DatabaseRestored, match="run `reassort after-restore`"):
            await running()
    assert running.is_lost
    assert not starting.is_lost
    assert [type(each) for each in running.events.kept] == [RestoreFound]
    assert beside.read().looks == 3
    async with store.read() as unit:
        assert await unit.lineage.looks_of(beside.read().name) == 2


async def test_a_process_remembers_where_the_machine_cannot(process, store, tmp_path):
    """R29: a folder that cannot be written to keeps nobody from working."""
    running = process()
    (tmp_path / "recovery.last-seen").mkdir()
    await running()
    await running()
    await restore(store, 1)
    with pytest.raises(DatabaseRestored):
        await running()


async def test_another_database_is_refused(process, beside):
    """R29: one that never had the name that is remembered: older than that name, or another's."""
    beside.write(Sighting("never-heard", 1))
    with pytest.raises(DatabaseRestored, match="not the one last seen here"):
        await process().refuse()


async def test_its_successor_is_taken(process, store, clock, beside):
    """R29: a machine that remembers the name before a restore that was seen to goes on."""
    running = process()
    await running()
    async with store.begin() as unit:
        await unit.lineage.begin("second", clock.now(), by="ada")
    await running()
    assert beside.read() == Sighting("second", 2)


@pytest.mark.parametrize("text", ["", "one", "name looks", "a 1 2", "x" * 300])
async def test_what_cannot_be_read_is_not_remembered(process, beside, text):
    """R29: a damaged file lets the process start, and is replaced."""
    beside._path.write_text(text, "utf-8")
    assert beside.read() is None
    await process()()
    assert beside.read().looks == 1
    assert beside._path.stat().st_mode & 0o777 == 0o600


async def test_codes_of_what_was_lost_count_as_answered(store, clock):
    """R27: those that end by the moment that a restore was seen to; later ones do not."""
    now, hour = clock.now(), timedelta(hours=1)
    async with store.begin() as unit:
        await unit.lineage.begin("second", now, "ada", now + hour)
        assert not await unit.codes.consume("before", now + hour)
        assert await unit.codes.consume("after", now + hour + timedelta(microseconds=1))
