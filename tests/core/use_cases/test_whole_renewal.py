"""The guide from screen 2 to screen 6, with a worker behind it."""

from __future__ import annotations

from core.delivery import DeliveryState
from core.events import LinkIssued, MessageEnded, PasswordIssued, RenewalConfirmed, RenewalRequested
from core.messages import MessageKind
from core.recovery_request import State


async def test_from_the_form_to_the_sms(portal):
    """R2-R6, R22: e-mail, link, confirmation, SMS, notice; and the new password works."""
    request_id = await portal.ask()
    await portal.work()
    await portal.confirm(portal.email.sent[0].facts["token"])
    await portal.work()
    assert [message.kind for message in portal.email.sent] == [
        MessageKind.LINK,
        MessageKind.PASSWORD_CHANGED,
    ]
    (sms,) = portal.sms.sent
    assert await portal.kept_credentials.verify(portal.numic, sms.password.reveal())
    request = await portal.request(request_id)
    assert (request.state, request.seed, request.typed_email) == (State.PASSWORD_SENT, None, None)
    assert [type(event) for event in portal.events.kept] == [
        RenewalRequested,
        LinkIssued,
        MessageEnded,
        RenewalConfirmed,
        PasswordIssued,
        MessageEnded,
    ]
    assert await portal.due() == set()
    deliveries = await portal.all("deliveries")
    assert {each.state for each in deliveries} == {DeliveryState.ACCEPTED}


async def test_no_address_is_left_behind(portal):
    """R44: afterwards the store holds references and pseudonyms, and no address or number."""
    await portal.ask()
    await portal.work()
    await portal.confirm(portal.email.sent[0].facts["token"])
    await portal.work()
    (request,) = await portal.all("requests")
    held = [value for value in vars(request).values() if isinstance(value, str)]
    assert not [value for value in held if "camille" in value or "639980001" in value]
