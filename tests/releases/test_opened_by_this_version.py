"""Databases that released versions have filled, opened by this one: whoever renewed goes on.

`fill.py` says what each voter of them had done by then, and how the files were made.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pyotp import TOTP

from adapters.trial import SetClock
from core.delivery import DeliveryState
from core.messages import Channel
from core.recovery_request import State
from core.use_cases.assign_rounds import AssignRounds
from core.voter import Numic
from graphql_api.compose import prepare_database
from tests.releases.fill import NAMES, Portal, numic_of, settings_of
from tests.servers.postgres import Databases

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.json"))


@dataclass
class Reopened:
    """A deployment over a released version's data, and what that version had handed out."""

    portal: Portal
    told: dict[str, Any]
    clock: SetClock

    async def state_of(self, name: str) -> list[str]:
        """The states and reasons of a voter's requests, oldest first."""
        async with self.portal.application.ports.store.read() as unit:
            rows = await unit.requests._sql.fetch(
                "SELECT state, reason FROM recovery_request WHERE number = $1 ORDER BY received_at",
                f"numic:{numic_of(name)}",
            )
        return [" ".join(filter(None, (row[0], row[1]))) for row in rows]


def restore_sqlite(folder: Path, statements: dict[str, list[str]]) -> None:
    for name, lines in statements.items():
        with sqlite3.connect(folder / name) as database:
            database.executescript("\n".join(lines))
        database.close()


async def restore_postgres(dsn: str, lines: list[str]) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("\n".join(lines))
    await connection.close()


@pytest.fixture(params=FILES, ids=[file.stem for file in FILES])
async def reopened(
    request: pytest.FixtureRequest, tmp_path: Path, databases: Databases
) -> AsyncIterator[Reopened]:
    document = json.loads(request.param.read_text("utf-8"))
    given = {}
    if "postgres" in document["sql"]:
        given = {"database_url": databases.create("template0")}
        await restore_postgres(given["database_url"], document["sql"]["postgres"])
    else:
        restore_sqlite(tmp_path, document["sql"])
    settings = settings_of(tmp_path, **given)
    await asyncio.to_thread(prepare_database, settings)
    clock = SetClock(datetime.fromisoformat(document["at"]))
    portal = Portal(settings, clock, b"later")
    await portal.application.start()
    yield Reopened(portal, document["told"], clock)
    await portal.application.stop()


async def test_a_living_link_renews(reopened):
    """R14, R4: a link in a mailbox is good for its renewal, whichever version sent it."""
    portal, told = reopened.portal, reopened.told
    await portal.work()
    before = len(portal.inbox["sms"])
    assert await portal.confirm(told["living"]) == {"__typename": "PasswordRenewed"}
    await portal.work()
    assert len(portal.inbox["sms"]) == before + 1
    password = portal.inbox["sms"][0]["text"].splitlines()[1]
    credentials = portal.application.ports.credentials
    assert await credentials.verify(Numic(numic_of("living")), password)
    assert await portal.confirm(told["living"]) == {
        "__typename": "LinkRejected",
        "code": "LINK_USED",
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("used", "LINK_USED"),
        ("delivered", "LINK_USED"),
        ("undelivered", "LINK_USED"),
        ("revoked", "LINK_REVOKED"),
        ("expired", "LINK_EXPIRED"),
    ],
)
async def test_a_dead_link_stays_dead(reopened, name, code):
    """R13, R16: an upgrade revives none."""
    answer = await reopened.portal.confirm(reopened.told[name])
    assert answer == {"__typename": "LinkRejected", "code": code}


async def test_the_password_in_force_stays(reopened):
    """R19: the voter signs in with what the SMS said."""
    credentials = reopened.portal.application.ports.credentials
    assert await credentials.verify(Numic(numic_of("used")), reopened.told["password"])


async def test_work_that_was_queued_is_done(reopened):
    """R29: a request gets its link, a confirmed renewal its password, from the new worker."""
    portal = reopened.portal
    assert await reopened.state_of("received") == ["received"]
    assert await reopened.state_of("confirmed") == ["confirmed"]
    await portal.work()
    assert await reopened.state_of("received") == ["link_sent"]
    assert await reopened.state_of("confirmed") == ["password_sent"]
    assert len(portal.inbox["sms"]) == 1


async def test_requests_of_every_state_stay_in_it(reopened):
    """R29: none is moved, or forgotten, by an upgrade."""
    states = [state for name in NAMES for state in await reopened.state_of(name)]
    assert {state.partition(" ")[0] for state in states} == set(State)
    assert await reopened.state_of("dismissed") == ["dismissed no_phone"]
    await reopened.portal.work()
    for name in ("expired", "revoked", "delivered", "undelivered"):
        assert await reopened.state_of(name) == [name]


async def test_a_late_receipt_counts(reopened):
    """R30: of an SMS that the version before had handed over and given up."""
    async with reopened.portal.application.ports.store.read() as unit:
        rows = await unit.sql.fetch("SELECT reference FROM attempt WHERE state = 'failed'")
    await reopened.portal.report(DeliveryState.DELIVERED, rows[0][0])
    assert await reopened.state_of("undelivered") == ["delivered"]


async def test_a_message_to_the_cell_is_sent(reopened):
    """R1, R29: from the job that the version before has queued."""
    portal = reopened.portal
    already = len(portal.inbox["emails"])
    await portal.work()
    new = portal.inbox["emails"][: len(portal.inbox["emails"]) - already]
    assert [each for each in new if "Help." in each["text"]]


async def test_quotas_go_on(reopened):
    """R26: who had three e-mails gets no fourth by an upgrade."""
    reopened.clock.advance(timedelta(minutes=5))
    await reopened.portal.request("quota")
    await reopened.portal.work()
    last = (await reopened.state_of("quota"))[-1]
    assert last == "dismissed over_quota"


async def test_every_request_belongs_to_its_round(reopened):
    """R47: by the calendar, as soon as a worker tidies up; none is lost on the way."""
    portal = reopened.portal

    async def rounds() -> list[str | None]:
        async with portal.application.ports.store.read() as unit:
            rows = await unit.requests._sql.fetch("SELECT rounds FROM recovery_request")
        return [row[0] for row in rows]

    before = await rounds()
    assert set(before) == {None}
    await AssignRounds(portal.application.ports.store.begin, portal.application.settings.calendar)()
    assert await rounds() == ["demo"] * len(before)


async def test_its_voters_are_known_in_their_rounds(reopened):
    """R48: by the worker's chores, and by the same as voters that are decided on now."""
    portal = reopened.portal
    await portal.application.worker.catch_up()
    async with portal.application.ports.store.begin() as unit:
        rows = await unit.sql.fetch("SELECT number, round_voter, voter FROM recovery_request")
        for number, known, voter in rows:
            numic = Numic(number.partition(":")[2])
            mine = await portal.application.keep_round_keys.voter_in(unit, "demo", numic)
            assert known == (mine if voter else None)
    assert any(voter for _, _, voter in rows)


async def test_its_messages_count_in_the_figures(reopened):
    """R48: what that version sent is counted by the migration, what comes after by itself."""
    portal = reopened.portal
    epoch = datetime.fromtimestamp(0, UTC)

    async def counted() -> list[int]:
        async with portal.application.ports.store.read() as unit:
            found = await unit.figures.counts(epoch)
            rows = [
                await unit.sql.fetch("SELECT count(*) FROM attempt"),
                await unit.sql.fetch("SELECT count(*) FROM delivery WHERE kind <> 'password'"),
            ]
        by_channel = Counter[Channel]()
        for each in found:
            by_channel[each.channel] += each.messages
        assert [by_channel[Channel.SMS], by_channel[Channel.EMAIL]] == [row[0][0] for row in rows]
        return [row[0][0] for row in rows]

    before = await counted()
    assert await portal.confirm(reopened.told["living"]) == {"__typename": "PasswordRenewed"}
    await portal.work()
    assert min(before) > 0
    assert [now > was for now, was in zip(await counted(), before, strict=True)] == [True, True]


async def test_each_step_of_its_messages_is_kept(reopened):
    """R45, R49: from the migration on, of what that version began and of what comes after."""
    portal = reopened.portal
    changed = "SELECT delivery, was, state FROM message_change WHERE number > 0 "
    changed += "ORDER BY delivery, id"
    async with portal.application.ports.store.read() as unit:
        assert await unit.sql.fetch(changed) == []
    assert await portal.confirm(reopened.told["living"]) == {"__typename": "PasswordRenewed"}
    await portal.work()
    async with portal.application.ports.store.read() as unit:
        rows = [tuple(row) for row in await unit.sql.fetch(changed)]
    by_sms = [row[1:] for row in rows if row[0].endswith(".password")]
    assert by_sms == [("", "queued"), ("queued", "accepted")] * 2, "the living, the confirmed"
    assert {row[2] for row in rows if row[0].endswith(".link")} == {"accepted"}


async def test_nothing_goes_before_two_persons_release_it(reopened):
    """R47: two years later a worker has deleted no request, message or attempt; after the release
    and the term none of the round is left, and the record tells how many there were."""
    portal, clock = reopened.portal, reopened.clock
    application = portal.application
    tables = ("recovery_request", "delivery", "attempt", "mail_attempt", "message_change")

    async def rows() -> list[int]:
        async with application.ports.store.read() as unit:
            counts = [await unit.requests._sql.fetch(f"SELECT count(*) FROM {t}") for t in tables]
        requests, messages, by_sms, by_mail, changes = (count[0][0] for count in counts)
        return [requests, messages, by_sms + by_mail, changes]

    async def codes() -> AsyncIterator[tuple[str, str]]:
        for name in ("jeanne", "paul"):
            secret = (await application.keep_operators.add(name, "root")).partition("secret=")[2]
            yield name, TOTP(secret.partition("&")[0]).at(clock.now())

    before = await rows()
    clock.advance(timedelta(days=730))
    await application.worker.catch_up()
    kept = await rows()
    assert kept[0] == before[0] == 12
    assert all(now >= then for now, then in zip(kept, before, strict=True))
    proven = [each async for each in codes()]
    await application.release_rounds.propose("demo", *proven[0])
    await application.release_rounds.approve("demo", *proven[1])
    clock.advance(timedelta(days=30))
    await application.worker.catch_up()
    assert await rows() == [0, 0, 0, 0]
    (verified,) = await application.release_rounds.verify("demo")
    record = verified.record
    assert [record.requests, record.messages, record.attempts, record.changes] == kept
    assert verified.problem is None


async def test_a_consumed_security_code_stays_consumed(reopened):
    """R27: single use, across versions."""
    answer = await reopened.portal.request("received", reopened.told["used_code"])
    assert answer == {"__typename": "SecurityCodeRejected"}


async def test_a_partner_s_key_works(reopened):
    """R40: a partner notices nothing."""
    headers = {"authorization": f"Bearer {reopened.told['api_key']}"}
    issue = "mutation ($input: IssueSecurityCodeInput!) { issueSecurityCode(input: $input) { id } }"
    issued = await reopened.portal.ask(issue, {"step": "REQUEST"}, headers)
    assert issued["id"]
