"""What is asked again and again reads what has changed, and no table of requests."""

from __future__ import annotations

from adapters.store import statistics


async def plan_of(store, query, value):
    async with store.read() as unit:
        rows = await unit.sql.fetch(f"EXPLAIN QUERY PLAN {query}", value)
    return [row[-1] for row in rows]


async def test_an_hour_is_read_by_its_key(diskless_store):
    """R32: what was counted lies together by the hour."""
    plan = await plan_of(diskless_store, statistics.OF_HOUR, 1)
    assert any("counted USING PRIMARY KEY (hour=?)" in step for step in plan)
    assert [step for step in plan if step.startswith("SCAN")] == ["SCAN last"]


async def test_changes_are_read_by_their_number(diskless_store):
    """R32: each request that is due by its id, and what nobody has decided on by an index."""
    async with diskless_store.read() as unit:
        query = statistics.since(unit.sql)
    plan = await plan_of(diskless_store, query, 1)
    assert "SEARCH statistics_change USING INTEGER PRIMARY KEY (rowid>?)" in plan
    assert "SEARCH asked USING PRIMARY KEY (id=?)" in plan
    assert "SEARCH counted USING INDEX statistics_counted_of (request=?)" in plan
    assert {step for step in plan if step.startswith("SCAN")} == {
        "SCAN statistics_due",
        "SCAN asked USING INDEX recovery_request_undecided",
    }
