"""What is asked every few seconds, or every minute, reads an index of what is open, not a table."""

from __future__ import annotations

import pytest

from adapters.store import (
    attempts,
    evidence,
    evidence_recount,
    figure_buckets,
    figures,
    mail_attempts,
    requests,
    round_voters,
)
from adapters.store.folding import SPANS
from adapters.store.sql import placeholders
from adapters.store.unreached_sql import NOR_IN_ANOTHER_ROUND
from core.evidence import Axis

PLANS = {
    "recovery_request_waiting": figures._OVERDUE.format(rounds="$2"),
    "recovery_request_without_link": figures._WITHOUT_LINK.format(rounds="$1", others=""),
    "recovery_request_open_links": figures._DEFERRED.format(rounds="$2", others=""),
    "recovery_request_undecided": figures._UNDECIDED,
    "recovery_request_with_seed": requests._OVERDUE,
    "recovery_request_by_round_voter": round_voters._ONE,
    "recovery_request_decided_by_pair": requests._history(2, 1),
    "recovery_request_by_change": round_voters._TO_SORT_OUT,
    "recovery_request_without_round_voter": "SELECT * FROM recovery_request WHERE "
    + round_voters._UNKNOWN,
}
SEEDS = requests._KEYS_IN_USE


async def plan_of(store, query, values):
    async with store.read() as unit:
        rows = await unit.sql.fetch(f"EXPLAIN QUERY PLAN {query}", *values)
    return [row[-1] for row in rows]


@pytest.mark.parametrize("index", PLANS)
async def test_by_its_index(diskless_store, index):
    """R48: whatever else there is in the table."""
    query = PLANS[index]
    values = [1 for name in ("$1", "$2", "$3", "$4", "$5", "$6") if name in query]
    plan = await plan_of(diskless_store, query, values)
    assert any(f"INDEX {index} " in step for step in plan), plan
    assert not [step for step in plan if step.startswith("SCAN recovery_request")]
    if index in ("recovery_request_waiting", "recovery_request_without_link"):
        assert f"COVERING INDEX {index} " in plan[0], "no row of the table is read for it"


@pytest.mark.parametrize(("query", "moments"), [(figures._WITHOUT_LINK, 0), (figures._DEFERRED, 1)])
async def test_of_several_rounds(diskless_store, query, moments):
    """R48: a voter's renewal in another round is one row, found by its id."""
    rounds = placeholders(2, 1 + moments)
    others = NOR_IN_ANOTHER_ROUND.format(rounds=rounds)
    asked = query.format(rounds=rounds, others=others)
    plan = await plan_of(diskless_store, asked, [1] * (2 + moments))
    assert "SEARCH renewed USING PRIMARY KEY (id=?)" in plan
    assert not [step for step in plan if step.startswith("SCAN")]


async def test_a_portion_of_a_round(diskless_store):
    """R49: some thousand requests by their ids, their messages and the voters' others by theirs."""
    plan = await plan_of(diskless_store, evidence_recount._UP_TO, ["2027-1", 1, "a", "b"])
    assert plan[0] == "SEARCH renewal USING PRIMARY KEY (id>? AND id<?)"
    assert not [step for step in plan if step.startswith("SCAN")]


async def test_shares_at_a_moment(diskless_store):
    """R49: buckets by their key, what is due by its requests and their voters: nothing is read that
    grows with the requests of a round."""
    async with diskless_store.read() as unit:
        query = evidence.sums_query(unit.sql, 500_000, list(Axis))
    plan = await plan_of(diskless_store, query, ["2027-1"])
    buckets = [step for step in plan if "evidence_bucket" in step]
    key = "(round_id=? AND axis=? AND span=? AND start>? AND start<?)"
    assert len(buckets) == len(SPANS)
    assert all(step == f"SEARCH evidence_bucket USING PRIMARY KEY {key}" for step in buckets)
    assert any("INDEX recovery_request_by_round_voter (round_voter=?)" in step for step in plan)
    scans = {step.split()[1] for step in plan if step.startswith("SCAN")}
    assert scans <= {"evidence_due", "due", "known", "touched", "buckets"}


@pytest.mark.parametrize("query", [round_voters._OVERTAKE_IN, round_voters._RENEWED_BESIDE])
async def test_a_voter_of_other_rounds_is_found(diskless_store, query):
    """R48: by each name that she has; whoever is decided on waits for it."""
    listed = round_voters._listed(query, ["2027-1"], ["p", "v"], 3)
    plan = await plan_of(diskless_store, listed, [1] * 5)
    assert "MULTI-INDEX OR" in plan
    assert not [step for step in plan if step.startswith("SCAN")]


@pytest.mark.parametrize("query", [attempts._ROUTES_OF, mail_attempts._ROUTES_OF])
async def test_a_voters_messages_are_found(diskless_store, query):
    """R31, R51: by the voter, before each is sent."""
    plan = await plan_of(diskless_store, query.format(known_as="$4, $5"), [1] * 5)
    assert "MULTI-INDEX OR" in plan
    assert not [step for step in plan if step.startswith("SCAN")]


async def test_the_keys_in_use_are_those_of_the_seeds(diskless_store):
    """R20: what has no seed is not looked at."""
    plan = await plan_of(diskless_store, SEEDS, [])
    assert plan[0] == "SCAN recovery_request USING INDEX recovery_request_with_seed"


async def test_buckets_are_searched_by_their_key(diskless_store):
    """R48: of four lengths; what is not folded is searched, too."""
    plan = await plan_of(
        diskless_store, figure_buckets.SUMS, ["sms", *range(len(figure_buckets.SPANS))]
    )
    assert len([step for step in plan if "SEARCH figure_bucket USING PRIMARY KEY" in step]) == 4
    assert [step for step in plan if step.startswith("SCAN")] == ["SCAN parts"]
