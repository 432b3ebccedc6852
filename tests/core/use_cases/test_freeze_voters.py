"""R61: what an operator's order to stop one voter's renewals leaves as it is."""

from __future__ import annotations

import pytest

from core.messages import MessageKind
from core.recovery_request import State
from core.use_cases.freeze_voters import FreezeVoters

WHY = "a relative reads the mailbox"


@pytest.fixture
def verb(portal):
    return FreezeVoters(
        portal.begin,
        portal.store.read,
        portal.register,
        portal.keyring,
        portal.clock,
        portal.randomness,
        portal.events,
    )


async def test_an_sms_under_way_goes_out(portal, verb):
    """R61, A1: what was confirmed is finished: the voter has a password that works."""
    request_id = await portal.confirmed()
    await verb.freeze(portal.numic, "jeanne", WHY)
    await portal.work()
    (sms,) = portal.sms.sent
    assert await portal.kept_credentials.verify(portal.numic, sms.password.reveal())
    assert (await portal.request(request_id)).state is State.PASSWORD_SENT


async def test_the_mailbox_is_told_whom_to_ask(portal, verb):
    """R61, A1: at the address on file, in place of a link."""
    await verb.freeze(portal.numic, "jeanne", WHY)
    await portal.ask()
    await portal.work()
    (email,) = portal.email.sent
    assert (email.kind, email.to) == (MessageKind.RENEWALS_STOPPED, portal.email_address)


async def test_the_register_does_not_answer(portal, verb):
    """R61: the order holds all the same, and the operator is told that nobody has checked it."""
    portal.register.down = True
    assert await verb.freeze(portal.numic, "jeanne", WHY) is False
    assert [each.is_in_force for each in await verb.all()] == [True]
