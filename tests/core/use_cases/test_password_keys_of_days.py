"""Renewals whose passwords depend on a day's key: across midnight, and when the key is gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.password_keys import key_file
from adapters.password_keys.daily import DailyKeyFile
from core.delivery import DeliveryState
from core.errors import KeyUnavailable
from core.messages import MessageKind
from core.policy import STANDARD
from core.recovery_request import State
from core.use_cases.destroy_password_keys import DestroyPasswordKeys

ONE, HOUR = timedelta(days=1), timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def keys(portal, tmp_path):
    """The portal's keys, of a file; it is half an hour before midnight."""
    now = portal.clock.now()
    portal.clock.advance(now.replace(hour=23, minute=30, second=0, microsecond=0) - now)
    keys = DailyKeyFile(tmp_path / "password-key", portal.keyring, portal.clock, made_alone=True)
    portal.password_keys = keys
    portal.wire()
    return keys


@pytest.fixture
def destroy(portal, keys):
    return DestroyPasswordKeys(portal.store.read, keys, STANDARD, portal.clock)


async def pass_time(portal, hours, destroy):
    """Hour by hour, while a worker tidies up."""
    for _ in range(hours):
        portal.clock.advance(HOUR)
        await portal.end_overdue()
        await destroy()


async def test_another_route_has_the_same_password_the_day_after(portal, keys, destroy):
    """R19, R20, R31: the key lives as long as the seed, which lives while a route is left; with
    the seed it goes."""
    portal.route_by(a={"receipt_within": 5 * HOUR}, b={"receipt_within": 5 * HOUR})
    request_id, first_day = await portal.confirmed(), keys.oldest()
    assert (await portal.request(request_id)).password_key.endswith(str(first_day))
    await portal.issue_password(request_id)
    await pass_time(portal, 5, destroy)
    assert keys.oldest() == first_day
    await portal.fail_over(f"{request_id}.password.1")
    sent = [each.sent[-1].password.reveal() for each in portal.providers.values()]
    assert sent[0] == sent[1]
    assert (await portal.request(request_id)).seed is None
    await pass_time(portal, 3, destroy)
    assert keys.oldest() == first_day + ONE


async def test_a_password_that_nobody_took(portal, keys, destroy):
    """R20, R29: tried until its deadline, across midnight; then it ends, the voter is told, and
    the key goes."""
    first_day = keys.oldest()
    request_id = await portal.confirmed()
    await pass_time(portal, 6, destroy)
    assert keys.oldest() == first_day
    await pass_time(portal, 2, destroy)
    request = await portal.request(request_id)
    assert (request.state, request.seed) == (State.UNDELIVERED, None)
    assert keys.oldest() == first_day + ONE


async def test_a_clock_that_jumps_ahead_and_comes_back(portal, keys, destroy):
    """R20, R29: a seed that is held keeps its key; what was confirmed meanwhile is issued, too."""
    first_day = keys.oldest()
    request_id = await portal.confirmed()
    portal.clock.advance(3 * ONE)
    assert await destroy() is None
    portal.clock.advance(-3 * ONE)
    await portal.issue_password(request_id)
    portal.clock.advance(3 * ONE)
    assert await destroy() == first_day + 3 * ONE
    portal.clock.advance(-3 * ONE + 5 * MINUTE)
    later = await portal.confirmed()
    await portal.issue_password(later)
    assert len(portal.sms.sent) == 2
    password = portal.sms.sent[-1].password.reveal()
    assert await portal.kept_credentials.verify(portal.numic, password)


@pytest.mark.parametrize("gone", ["destroyed", "another file"])
async def test_a_seed_whose_key_is_gone(portal, keys, tmp_path, gone):
    """R14, R29: of a database that was put back beside a newer file, or of another file: it waits
    as for any key, ends with its deadline, and the voter is told that nothing has changed."""
    request_id = await portal.confirmed()
    if gone == "destroyed":
        await keys.destroy_before(keys.oldest() + ONE)
    else:
        (tmp_path / "password-key").unlink()
        key_file.make(tmp_path / "password-key", key_file.new_key(keys.oldest()))
        keys.load()
    before = await portal.stored_but_for_causes()
    with pytest.raises(KeyUnavailable, match="not here, or not any more"):
        await portal.issue_password(request_id)
    assert await portal.stored_but_for_causes() == before
    portal.clock.advance(STANDARD.message_deadline + MINUTE)
    await portal.issue_password(request_id)
    request = await portal.request(request_id)
    assert (request.state, request.seed) == (State.UNDELIVERED, None)
    assert (await portal.delivery(f"{request_id}.password")).state is DeliveryState.EXPIRED
    told = await portal.delivery(f"{request_id}.{MessageKind.PASSWORD_NOT_SENT.value}")
    assert told.state is DeliveryState.QUEUED
    assert portal.sms.sent == []


async def test_a_process_that_has_no_file(portal, keys):
    """R29: a worker of 0.2.0, or one that was not restarted yet, puts the job off again and again,
    and one that has the file takes it."""
    request_id = await portal.confirmed()
    portal.password_keys = None
    portal.wire()
    for _ in range(20):
        await portal.work()
        portal.clock.advance(10 * MINUTE)
    assert (await portal.request(request_id)).state is State.CONFIRMED
    portal.password_keys = keys
    portal.wire()
    await portal.work()
    assert (await portal.request(request_id)).state is State.PASSWORD_SENT


async def test_nothing_is_consumed_while_no_key_can_be_had(portal, keys, tmp_path):
    """R28: the link is as it was, and good once the file can be read again."""
    file = tmp_path / "password-key"
    keys.load(make=True)
    file.chmod(0o644)
    portal.password_keys = DailyKeyFile(file, portal.keyring, portal.clock, made_alone=True)
    portal.wire()
    _, token = await portal.link()
    before = await portal.stored()
    with pytest.raises(KeyUnavailable, match="chmod 600"):
        await portal.confirm(token)
    assert await portal.stored() == before
    file.chmod(0o600)
    await portal.confirm(token)
