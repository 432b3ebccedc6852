"""What accepting writes lies at the end of each index, however many requests there are."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.jobs import Job, JobKind
from core.locale import Locale
from core.recovery_request import RecoveryRequest
from core.voter import EmailAddress, Numic

INDEXES = """
SELECT name, sql FROM sqlite_master
WHERE type = 'index' AND tbl_name = 'recovery_request' AND sql IS NOT NULL
"""


@pytest.fixture
async def accepted(diskless_store, clock):
    now = clock.now()
    numic, email = Numic("12345678"), EmailAddress("camille@example.org")
    request = RecoveryRequest("r1", numic, email, "p", Locale.FR, now, rounds=("2027-1",))
    job = Job(JobKind.SEND_LINK, request.id)
    until = now + timedelta(minutes=10)
    assert await diskless_store.intake.accept("code", until, request, job)
    return diskless_store


async def test_a_request_just_received_is_in_one_index(accepted):
    """That of what is undecided, in the order of arrival. Where voters, pairs and links are
    looked up, it is not yet."""
    async with accepted.read() as unit:
        held = [
            name
            for name, sql in await unit.sql.fetch(INDEXES)
            if await unit.sql.fetch(f"SELECT 1 FROM recovery_request {_condition(sql)}")
        ]
    assert held == ["recovery_request_undecided"]


def _condition(sql: str) -> str:
    """Which rows an index holds."""
    _, where, condition = sql.partition(" WHERE ")
    return where + condition
